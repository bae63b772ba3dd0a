#include "detail/translate/translate.h"

#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "detail/translate/translator.h"
#include "engine/database.h"

namespace tarn::sql {
namespace {

Error runtime_error(int number, std::string message, std::string hint = {}) {
  SqlStatus status;
  status.number = number;
  Error error(Code::kInvalidArgument, std::move(message), std::move(hint));
  error.set_sql(status);
  return error;
}

constexpr std::string_view kOverflow =
    "Arithmetic overflow error converting expression to data type ";

/// T-SQL's name for an integer type of the engine.
std::string_view integer_name(std::string_view engine_name) {
  if (engine_name == "UINT8") return "tinyint";
  if (engine_name == "INT16") return "smallint";
  if (engine_name == "INT64") return "bigint";
  return "int";
}

std::string_view word_after(std::string_view text, std::string_view before) {
  const std::size_t start = text.find(before);
  if (start == std::string_view::npos) return {};
  text.remove_prefix(start + before.size());
  return text.substr(0, text.find_first_of(" \n,!'"));
}

/// "300.0" as SQL Server prints a float in a message: "300.000000".
std::string fixed_text(std::string_view number) {
  char text[400];
  std::snprintf(text, sizeof text, "%f", std::strtod(std::string(number).c_str(), nullptr));
  return text;
}

/// "Type DOUBLE with value 300.0 can't be cast because the value is out of range for the
/// destination type UINT8".
Error cast_overflow(std::string_view message, std::string_view target) {
  const bool real = target == "FLOAT";
  const std::string name(real ? "real" : integer_name(target));
  const std::string value(word_after(message, "with value "));
  const std::string_view source = word_after(message, "Type ");
  if (source == "DOUBLE" || source == "FLOAT") {
    return runtime_error(
        232, "Arithmetic overflow error for type " + name + ", value = " + fixed_text(value) + ".");
  }
  if (name == "tinyint" || name == "smallint") {
    return runtime_error(
        220, "Arithmetic overflow error for data type " + name + ", value = " + value + ".");
  }
  return runtime_error(8115, std::string(kOverflow) + name + ".");
}

std::optional<Error> overflow_error(std::string_view message) {
  if (const std::string_view type = word_after(message, "destination type "); !type.empty())
    return cast_overflow(message, type);
  if (message.find("Failed to cast decimal value") != std::string_view::npos) {
    const std::string_view name = integer_name(word_after(message, "to type "));
    const bool wide = name == "int" || name == "bigint";
    return runtime_error(8115, std::string("Arithmetic overflow error converting ") +
                                   (wide ? "expression" : "numeric") + " to data type " +
                                   std::string(name) + ".");
  }
  if (message.find("to DECIMAL(") != std::string_view::npos ||
      message.find("to type DECIMAL(") != std::string_view::npos ||
      message.find(" of DECIMAL(") != std::string_view::npos) {
    return runtime_error(8115,
                         "Arithmetic overflow error converting numeric to data type numeric.");
  }
  if (message.find("Overflow in ") != std::string_view::npos ||
      message.find("Overflow on ") != std::string_view::npos) {
    const std::string_view type = word_after(message, " of ");
    const std::string_view name =
        type == "UINT8" || type.starts_with("INT") ? integer_name(type) : "int";
    return runtime_error(8115, std::string(kOverflow) + std::string(name) + ".",
                         "CAST an operand to a wider type.");
  }
  // STDDEV, VAR and other sums of floats.
  if (message.find("is out of range!") != std::string_view::npos)
    return runtime_error(8115, std::string(kOverflow) + "float.");
  return std::nullopt;
}

}  // namespace

Translation translate(const bound::Query& query) {
  Translation translation;
  translation.engine_sql = Translator().query(query);
  translation.columns = query.columns;
  translation.assigns = query.assigns;
  return translation;
}

Translation translate_value(const bound::Expr& expr) {
  Translation translation;
  translation.engine_sql = "SELECT " + Translator().expression(expr) + " AS \"c0\"";
  translation.columns.push_back({{}, expr.type, expr.nullable});
  return translation;
}

Error sql_error(const Error& error) {
  if (error.sql()) return error;
  const std::string_view message = error.message();
  if (message.find("More than one row returned by a subquery") != std::string_view::npos) {
    return runtime_error(512,
                         "Subquery returned more than 1 value. This is not permitted when the "
                         "subquery follows =, !=, <, "
                         "<= , >, >= or when the subquery is used as an expression.");
  }
  if (message.find("cannot take ") != std::string_view::npos ||
      message.find("logarithm") != std::string_view::npos ||
      message.find("input value out of range") != std::string_view::npos ||
      message.find("is out of range for numeric function") != std::string_view::npos ||
      message.find("is undefined outside [") != std::string_view::npos) {
    return runtime_error(3623, "An invalid floating point operation occurred.");
  }
  const std::string_view kind = engine::error_class(error);
  if (kind == "Constraint Error" && (message.find("Duplicate key ") != std::string_view::npos ||
                                     message.find("duplicate key ") != std::string_view::npos)) {
    Error duplicate = runtime_error(2627,
                                    "Violation of a PRIMARY KEY or UNIQUE KEY constraint. Cannot "
                                    "insert duplicate key in a temporary table.");
    duplicate.set_sql({2627, 14, 1, {}});
    return duplicate;
  }
  if (kind == "Out of Range Error" || kind == "Conversion Error") {
    if (std::optional<Error> overflow = overflow_error(message)) return *std::move(overflow);
  }
  return error;
}

}  // namespace tarn::sql
