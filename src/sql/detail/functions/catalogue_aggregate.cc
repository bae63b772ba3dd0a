#include "detail/functions/definitions.h"
#include "detail/translate/number_sql.h"
#include "detail/translate/translator.h"

namespace tarn::sql {
namespace {

/// AVG in the type that SQL Server gives: whole numbers divide as such, decimals exactly.
std::string emit_average(const Emission& call) {
  const std::string sum = "SUM(" + call.distinct + call.arguments[0] + ")" + call.over;
  const std::string count = "COUNT(" + call.distinct + call.arguments[0] + ")" + call.over;
  const SqlType& type = call.types[0];
  if (is_approximate(type)) return "AVG(" + call.distinct + call.arguments[0] + ")" + call.over;
  if (is_integer(type))
    return "(CAST(" + sum + " AS " + integer_sql(call.result) + ") // nullif(" + count + ", 0))";
  const SqlType total = SqlType::decimal(kDecimalPrecisionMax, as_decimal(type).scale);
  return decimal_sql("tarn_divide_unscaled(" + unscaled_sql(sum, total) + ", CAST(nullif(" + count +
                         ", 0) AS HUGEINT), " +
                         std::to_string(as_decimal(call.result).scale - total.scale) + ")",
                     as_decimal(call.result).scale);
}

std::string emit_sum(const Emission& call) {
  const std::string sum = "SUM(" + call.distinct + call.arguments[0] + ")" + call.over;
  return is_approximate(call.types[0]) ? "tarn_finite(" + sum + ")" : sum;
}

/// MIN and MAX: where case does not count, the value with the least or greatest folded form.
std::string emit_extreme(const Emission& call, const std::string& name, const std::string& by) {
  const SqlType& type = call.types[0];
  if (is_character(type) && type.collation && type.collation->folds()) {
    return by + "(" + call.arguments[0] + ", " + folded_sql(call.arguments[0], type.collation) +
           ")" + call.over;
  }
  return name + "(" + call.arguments[0] + ")" + call.over;
}

std::string emit_min(const Emission& call) { return emit_extreme(call, "MIN", "arg_min"); }
std::string emit_max(const Emission& call) { return emit_extreme(call, "MAX", "arg_max"); }

FunctionDef aggregate(FunctionDef function) {
  if (function.nulls == Nulls::kPropagate) function.nulls = Nulls::kAlways;
  return of_kind(FunctionKind::kAggregate, std::move(function));
}

FunctionDef ranking(FunctionDef function) {
  function.nulls = Nulls::kNever;
  return of_kind(FunctionKind::kRanking, std::move(function));
}

FunctionDef offset(FunctionDef function) {
  function.nulls = Nulls::kAlways;
  return of_kind(FunctionKind::kOffset, std::move(function));
}

/// STRING_AGG's: the values' own kind of text, whatever the separator is.
SqlType aggregated_text(result::Arguments arguments) {
  return result::longer_text(arguments.subspan(0, 1));
}

}  // namespace

std::span<const FunctionDef> aggregate_functions() {
  using enum Take;
  using result::floating;
  static const std::vector<FunctionDef> functions = {
      aggregate(emitted_by(emit_sum, define("SUM", 1, {kNumber}, result::sum, ""))),
      aggregate(emitted_by(emit_average, define("AVG", 1, {kNumber}, result::average, ""))),
      aggregate(emitted_by(emit_min, define("MIN", 1, {kOrdered}, result::first, ""))),
      aggregate(emitted_by(emit_max, define("MAX", 1, {kOrdered}, result::first, ""))),
      aggregate(define("COUNT", {0, 1}, {kAny}, result::integer, "COUNT({d}{key0}){over}",
                       Nulls::kNever)),
      aggregate(define("COUNT_BIG", {0, 1}, {kAny}, result::bigint, "COUNT({d}{key0}){over}",
                       Nulls::kNever)),
      aggregate(define("APPROX_COUNT_DISTINCT", 1, {kAny}, result::bigint,
                       "approx_count_distinct({key0}){over}", Nulls::kNever)),
      aggregate(define("CHECKSUM_AGG", 1, {kInt}, result::integer, "bit_xor({d}{0}){over}")),
      aggregate(define("STDEV", 1, {kFloat}, floating, "stddev_samp({d}{0}){over}")),
      aggregate(define("STDEVP", 1, {kFloat}, floating, "stddev_pop({d}{0}){over}")),
      aggregate(define("VAR", 1, {kFloat}, floating, "var_samp({d}{0}){over}")),
      aggregate(define("VARP", 1, {kFloat}, floating, "var_pop({d}{0}){over}")),
      aggregate(
          define("STRING_AGG", 2, {kText}, aggregated_text, "string_agg({0}, {1}{order}){over}")),
      aggregate(define("GROUPING", 1, {kAny}, result::tinyint, "GROUPING({key0})", Nulls::kNever)),
      aggregate(define("GROUPING_ID", {1, 32}, {kAny}, result::integer, "GROUPING({keys})",
                       Nulls::kNever)),
      ranking(define("ROW_NUMBER", 0, {}, result::bigint, "row_number(){over}")),
      ranking(define("RANK", 0, {}, result::bigint, "rank(){over}")),
      ranking(define("DENSE_RANK", 0, {}, result::bigint, "dense_rank(){over}")),
      ranking(define("NTILE", 1, {kBigInt}, result::bigint, "ntile({0}){over}")),
      ranking(define("PERCENT_RANK", 0, {}, floating, "percent_rank(){over}")),
      ranking(define("CUME_DIST", 0, {}, floating, "cume_dist(){over}")),
      offset(define("LAG", {1, 2}, {kAny, kBigInt}, result::first, "lag({*}{nulls}){over}")),
      offset(define("LAG", 3, {kAny, kBigInt, kLike0}, result::first, "lag({*}{nulls}){over}")),
      offset(define("LEAD", {1, 2}, {kAny, kBigInt}, result::first, "lead({*}{nulls}){over}")),
      offset(define("LEAD", 3, {kAny, kBigInt, kLike0}, result::first, "lead({*}{nulls}){over}")),
      offset(define("FIRST_VALUE", 1, {kAny}, result::first, "first_value({0}{nulls}){over}")),
      // Window functions with WITHIN GROUP: bind_percentile.cc gives the value and the percentile.
      offset(define("PERCENTILE_CONT", 1, {kFloat}, floating, "quantile_cont({0}, {1}){over}")),
      offset(
          define("PERCENTILE_DISC", 1, {kFloat}, result::first, "quantile_disc({0}, {1}){over}")),
      offset(define("LAST_VALUE", 1, {kAny}, result::first, "last_value({0}{nulls}){over}")),
  };
  return functions;
}

}  // namespace tarn::sql
