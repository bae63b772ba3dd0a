#include "detail/bind/binder.h"

#include <map>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"

namespace tarn::sql {

Binder::Binder(BindContext& context) : impl_(std::make_unique<Impl>(context)) {}
Binder::~Binder() = default;

bound::Query Binder::bind_query(const ast::Query& query) {
  bound::Query bound = impl_->bind_query(query, nullptr);
  impl_->order_dates(bound);
  return bound;
}

bound::Query Binder::bind_definition(const ast::Query& query) {
  Impl::check_order(query);
  return bind_query(query);
}

bound::ExprPtr Binder::bind_value(const ast::Expr& expr, const SqlType* target) {
  bound::ExprPtr bound = impl_->bind_value(expr, Env{});
  SqlType type = target ? *target : bound->type;
  if (type.id == TypeId::kNull) type = SqlType::integer();
  if (is_character(type) && !type.collation) {
    type = type.with_collation(impl_->context->default_collation(), Coercibility::kDefault);
  }
  bound = convert_implicit(std::move(bound), type);
  impl_->order_dates(bound);
  return bound;
}

bound::ExprPtr Binder::bind_condition(const ast::Expr& expr) {
  bound::ExprPtr bound = impl_->bind_condition(expr, Env{});
  impl_->order_dates(bound);
  return bound;
}

namespace {

/// Types of SQL Server that lake tables have no place for.
std::string_view refused_type_hint(std::string_view name) {
  static const std::map<std::string_view, std::string_view, CaseInsensitive> kRefused = {
      {"xml", "Keep XML in nvarchar(max)."},
      {"sql_variant", "Use the type that the values have."},
      {"hierarchyid", "Keep paths in varchar."},
      {"geometry", "Keep well-known text in varchar(max)."},
      {"geography", "Keep well-known text in varchar(max)."},
      {"rowversion", "Delta versions a table as a whole."},
      {"timestamp", "It is rowversion's old name; for a date and time use datetime2."},
      {"cursor", "Work on sets."},
      {"vector", "Keep numbers as JSON in varchar(max)."},
      {"json", "Keep JSON in nvarchar(max)."},
  };
  const auto found = kRefused.find(name);
  return found == kRefused.end() ? std::string_view() : found->second;
}

/// A type's error with the numbers of the place that it stands at.
Error placed_type_error(const Error& error, const ast::TypeName& name, bool cast, int number) {
  std::string message = error.message();
  const auto put = [&](std::string_view what, const std::string& value) {
    if (const std::size_t at = message.find(what); at != std::string::npos)
      message.replace(at, what.size(), value);
  };
  put("#0", "#" + std::to_string(number));
  put("Line 1:", "Line " + std::to_string(name.span.line) + ":");
  const int sql_number = error.sql() ? error.sql()->number : 0;
  if (sql_number != 243 || cast) {
    return bind_error(sql_number, message, name.span, error.hint(), error.sql()->severity);
  }
  return bind_error(2715,
                    "Column, parameter, or variable #" + std::to_string(number) +
                        ": Cannot find data type " + name.name + ".",
                    name.span, error.hint());
}

}  // namespace

SqlType bind_type(const ast::TypeName& name, const Collation* collation, bool cast, int number) {
  if (const std::string_view hint = refused_type_hint(name.name); !hint.empty())
    throw unsupported("the type " + to_lower(name.name), name.span, std::string(hint));
  try {
    return type_from_ddl(name.name, name.length, name.scale, name.max, cast)
        .with_collation(collation, Coercibility::kImplicit);
  } catch (const Error& error) {
    throw placed_type_error(error, name, cast, number);
  }
}

}  // namespace tarn::sql
