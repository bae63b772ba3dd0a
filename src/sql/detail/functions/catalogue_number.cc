#include "detail/functions/definitions.h"
#include "detail/translate/engine_type.h"
#include "detail/translate/number_sql.h"
#include "detail/translate/translator.h"

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

/// The numbers come one chunk after the other: no list of them is ever made.
std::string emit_series(const Emission& call) {
  const std::string& start = call.arguments[0];
  const std::string& stop = call.arguments[1];
  std::string step = "CASE WHEN " + start + " > " + stop + " THEN -1 ELSE 1 END";
  if (call.arguments.size() == 3) {
    step = "CASE WHEN " + call.arguments[2] + " = 0 THEN CAST(tarn_fail(4199, " +
           engine::quote_text(
               "Argument value 0 is invalid for argument 3 of generate_series function.") +
           ") AS " + engine_type_sql(call.result) + ") ELSE " + call.arguments[2] + " END";
  }
  const std::string type = engine_type_sql(call.result);
  if (is_integer(call.result)) {
    const auto whole = [](const std::string& value) { return "CAST(" + value + " AS BIGINT)"; };
    return "SELECT CAST(\"n\" AS " + type + ") AS \"value\" FROM generate_series(" + whole(start) +
           ", " + whole(stop) + ", " + whole(step) + ") AS \"g\"(\"n\")";
  }
  const std::string count =
      "CAST(floor((" + stop + " - " + start + ") / (" + step + ")) AS BIGINT) + 1";
  return "SELECT CAST(" + start + " + \"n\" * (" + step + ") AS " + type +
         ") AS \"value\" FROM range(CAST(0 AS BIGINT), " + count + ") AS \"g\"(\"n\")";
}

SqlType series_type(result::Arguments arguments) {
  SqlType type = arguments[0]->type;
  for (const bound::ExprPtr& argument : arguments) type = *common_type(type, argument->type);
  return type;
}

std::string bits_text(const SqlType& type) { return std::to_string(8 * storage_length(type)); }

std::string wide(const std::string& x) { return "CAST(" + x + " AS BIGINT)"; }

/// A shift to the left by `places`.
std::string shift(const Emission& call, const std::string& places) {
  const SqlType& type = call.types[0];
  if (is_binary(type)) return "tarn_shift_binary(" + call.arguments[0] + ", " + places + ")";
  return "tarn_shift_integer(" + wide(call.arguments[0]) + ", " + places + ", " + bits_text(type) +
         ")";
}

std::string emit_shift_left(const Emission& call) { return shift(call, call.arguments[1]); }
std::string emit_shift_right(const Emission& call) { return shift(call, "-" + call.arguments[1]); }

std::string emit_bit_count(const Emission& call) {
  const SqlType& type = call.types[0];
  if (is_binary(type)) return "tarn_bit_count_binary(" + call.arguments[0] + ")";
  return "tarn_bit_count_integer(" + wide(call.arguments[0]) + ", " + bits_text(type) + ")";
}

std::string emit_get_bit(const Emission& call) {
  const SqlType& type = call.types[0];
  if (is_binary(type))
    return "tarn_get_bit_binary(" + call.arguments[0] + ", " + call.arguments[1] + ")";
  return "tarn_get_bit_integer(" + wide(call.arguments[0]) + ", " + call.arguments[1] + ", " +
         bits_text(type) + ")";
}

std::string emit_set_bit(const Emission& call) {
  const SqlType& type = call.types[0];
  const std::string value = call.arguments.size() > 2 ? call.arguments[2] : "1";
  if (is_binary(type)) {
    return "tarn_set_bit_binary(" + call.arguments[0] + ", " + call.arguments[1] + ", " + value +
           ")";
  }
  return "tarn_set_bit_integer(" + wide(call.arguments[0]) + ", " + call.arguments[1] + ", " +
         value + ", " + bits_text(type) + ")";
}

/// GREATEST and LEAST pass over NULLs, as the engine's do. Text is compared by its key.
std::string extreme(const Emission& call, const std::string& name) {
  const bool keyed = has_key(call.result);
  std::string list;
  for (const std::string& x : call.arguments) {
    const std::string key = key_sql(x, call.result, call.result.collation, false);
    list += list.empty() ? "" : ", ";
    list +=
        keyed ? "CASE WHEN " + x + " IS NOT NULL THEN {'k': " + key + ", 'v': " + x + "} END" : x;
  }
  return name + "(" + list + ")" + (keyed ? ".v" : "");
}

std::string emit_greatest(const Emission& call) { return extreme(call, "greatest"); }
std::string emit_least(const Emission& call) { return extreme(call, "least"); }

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
      volatile_function(define("CRYPT_GEN_RANDOM", 1, {kBigInt}, result::varbinary8000,
                               "tarn_random_bytes({0})", Nulls::kAlways)),
      // A second argument is a seed that is mixed in; the bytes are as random without it.
      volatile_function(define("CRYPT_GEN_RANDOM", 2, {kBigInt, kBinary}, result::varbinary8000,
                               "tarn_random_bytes({0})", Nulls::kAlways)),
      emitted_by(emit_shift_left, define("LEFT_SHIFT", 2, {kBits, kBigInt}, result::first, "")),
      emitted_by(emit_shift_right, define("RIGHT_SHIFT", 2, {kBits, kBigInt}, result::first, "")),
      emitted_by(emit_bit_count, define("BIT_COUNT", 1, {kBits}, result::bigint, "")),
      emitted_by(emit_get_bit, define(
                                   "GET_BIT", 2, {kBits, kBigInt},
                                   [](result::Arguments) { return SqlType::bit(); }, "")),
      emitted_by(emit_set_bit,
                 define("SET_BIT", {2, 3}, {kBits, kBigInt, kBigInt}, result::first, "")),
      emitted_by(emit_greatest,
                 define("GREATEST", {1, 254}, {kOrdered}, result::first, "", Nulls::kAlways)),
      emitted_by(emit_least,
                 define("LEAST", {1, 254}, {kOrdered}, result::first, "", Nulls::kAlways)),
      volatile_function(define("NEWID", 0, {}, result::guid, "gen_random_uuid()", Nulls::kNever)),
      of_kind(FunctionKind::kTable, emitted_by(emit_series, define("GENERATE_SERIES", {2, 3},
                                                                   {kNumber}, series_type, ""))),
  };
  return functions;
}

}  // namespace tarn::sql
