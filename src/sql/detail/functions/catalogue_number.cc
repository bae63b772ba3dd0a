#include "detail/functions/definitions.h"
#include "detail/translate/engine_type.h"
#include "detail/translate/number_sql.h"

namespace tarn::sql {
namespace {

/// ROUND, exact on decimals and integers.
std::string emit_round(const Emission& call) {
  const SqlType& type = call.types[0];
  const std::string truncates = call.arguments.size() == 3 ? call.arguments[2] : "0";
  if (is_approximate(type)) {
    return "tarn_round_float(CAST(" + call.arguments[0] + " AS DOUBLE), " + call.arguments[1] +
           ", " + truncates + ")";
  }
  const SqlType exact = as_decimal(type);
  return decimal_sql("tarn_round_unscaled(" + unscaled_sql(call.arguments[0], exact) + ", " +
                         std::to_string(exact.scale) + ", " + call.arguments[1] + ", " + truncates +
                         ")",
                     exact.scale);
}

}  // namespace

std::span<const FunctionDef> number_functions() {
  using enum Take;
  using result::floating;
  static const std::vector<FunctionDef> functions = {
      define("ABS", 1, {kNumber}, result::number, "abs({0})"),
      define("CEILING", 1, {kNumber}, result::whole_number, "ceil({0})"),
      define("FLOOR", 1, {kNumber}, result::whole_number, "floor({0})"),
      emitted_by(emit_round, define("ROUND", {2, 3}, {kNumber, kInt, kInt}, result::number, "")),
      define("POWER", 2, {kNumber, kFloat}, result::power,
             "tarn_finite(pow(CAST({0} AS DOUBLE), {1}))"),
      define("SQRT", 1, {kFloat}, floating, "sqrt({0})"),
      define("SQUARE", 1, {kFloat}, floating, "tarn_finite(pow({0}, 2.0::DOUBLE))"),
      define("EXP", 1, {kFloat}, floating, "tarn_finite(exp({0}))"),
      define("LOG", 1, {kFloat}, floating, "ln({0})"),
      define("LOG", 2, {kFloat}, floating, "log({1}, {0})"),
      define("LOG10", 1, {kFloat}, floating, "log10({0})"),
      define("SIGN", 1, {kNumber}, result::number, "sign({0})"),
      define("SIN", 1, {kFloat}, floating, "sin({0})"),
      define("COS", 1, {kFloat}, floating, "cos({0})"),
      define("TAN", 1, {kFloat}, floating, "tan({0})"),
      define("COT", 1, {kFloat}, floating, "cot({0})"),
      define("ASIN", 1, {kFloat}, floating, "asin({0})"),
      define("ACOS", 1, {kFloat}, floating, "acos({0})"),
      define("ATAN", 1, {kFloat}, floating, "atan({0})"),
      define("ATN2", 2, {kFloat}, floating, "atan2({0}, {1})"),
      define("PI", 0, {}, floating, "pi()", Nulls::kNever),
      define("DEGREES", 1, {kNumber}, result::number, "degrees(CAST({0} AS DOUBLE))"),
      define("RADIANS", 1, {kNumber}, result::number, "radians(CAST({0} AS DOUBLE))"),
      // One value for the whole statement, as in SQL Server: a scalar subquery is evaluated once.
      volatile_function(define("RAND", 0, {}, floating, "(SELECT random())", Nulls::kNever)),
      define("RAND", 1, {kInt}, floating, "tarn_rand({0})"),
      volatile_function(define("NEWID", 0, {}, result::guid, "gen_random_uuid()", Nulls::kNever)),
      of_kind(FunctionKind::kTable,
              define(
                  "GENERATE_SERIES", {2, 3}, {kNumber},
                  [](result::Arguments arguments) {
                    SqlType type = arguments[0]->type;
                    for (const bound::ExprPtr& argument : arguments)
                      type = *common_type(type, argument->type);
                    return is_integer(type) ? type : SqlType::bigint();
                  },
                  "SELECT CAST(unnest(generate_series({*})) AS {type}) AS \"value\"")),
  };
  return functions;
}

}  // namespace tarn::sql
