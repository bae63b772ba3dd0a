// DATEPART by weeks that begin with another day than Sunday.

#include "detail/bind/binder_impl.h"

namespace tarn::sql {

bound::ExprPtr Binder::Impl::bind_week_part(const FunctionDef& function, const std::string& part,
                                            const ast::FunctionCall& call, const Env& env,
                                            ast::Span span) {
  const auto number = [&](std::int64_t value) { return make_integer(value, span); };
  const auto of = [&](const char* name) {
    std::string ignored;
    return make_call(function, bind_arguments(function, call, env, &ignored), name, span);
  };
  const auto with = [&](Arithmetic op, bound::ExprPtr left, std::int64_t right) {
    return arithmetic(op, std::move(left), number(right), span);
  };
  // The day of the week from 0, the first one being what SET DATEFIRST says; Sunday is 1 without.
  const auto weekday = [&]() {
    return with(Arithmetic::kModulo,
                with(Arithmetic::kAdd, of("weekday"), 2 * kSundayFirst - 1 - context->date_first()),
                7);
  };
  if (part == "weekday") return with(Arithmetic::kAdd, weekday(), 1);
  // Days of the year from 0, and how far the year's first day lies in its week.
  bound::ExprPtr first = arithmetic(
      Arithmetic::kSubtract, weekday(),
      with(Arithmetic::kModulo, with(Arithmetic::kSubtract, of("dayofyear"), 1), 7), span);
  first = with(Arithmetic::kModulo, with(Arithmetic::kAdd, std::move(first), 7), 7);
  bound::ExprPtr days = arithmetic(
      Arithmetic::kAdd, with(Arithmetic::kSubtract, of("dayofyear"), 1), std::move(first), span);
  return with(Arithmetic::kAdd, with(Arithmetic::kDivide, std::move(days), 7), 1);
}

}  // namespace tarn::sql
