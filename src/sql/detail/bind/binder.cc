#include "detail/bind/binder.h"

#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"

namespace tarn::sql {

Binder::Binder(BindContext& context) : impl_(std::make_unique<Impl>(context)) {}
Binder::~Binder() = default;

bound::Query Binder::bind_query(const ast::Query& query) {
  return impl_->bind_query(query, nullptr);
}

bound::Query Binder::bind_definition(const ast::Query& query) {
  Impl::check_order(query);
  return impl_->bind_query(query, nullptr);
}

bound::ExprPtr Binder::bind_value(const ast::Expr& expr, const SqlType* target) {
  bound::ExprPtr bound = impl_->bind_value(expr, Env{});
  SqlType type = target ? *target : bound->type;
  if (type.id == TypeId::kNull) type = SqlType::integer();
  if (is_character(type) && !type.collation) {
    type = type.with_collation(impl_->context->default_collation(), Coercibility::kDefault);
  }
  return convert_implicit(std::move(bound), type);
}

bound::ExprPtr Binder::bind_condition(const ast::Expr& expr) {
  return impl_->bind_condition(expr, Env{});
}

SqlType bind_type(const ast::TypeName& name, const Collation* collation, bool cast) {
  try {
    return type_from_ddl(name.name, name.length, name.scale, name.max, cast)
        .with_collation(collation, Coercibility::kImplicit);
  } catch (Error& error) {
    error.set_place(place_of(name.span));
    throw;
  }
}

}  // namespace tarn::sql
