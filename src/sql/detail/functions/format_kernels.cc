// FORMAT and PARSE.

#include <charconv>
#include <cstdint>

#include "detail/functions/culture_parse.h"
#include "detail/functions/moment_format.h"
#include "detail/functions/moment_value.h"
#include "detail/functions/number_format.h"
#include "detail/functions/row_function.h"
#include "sql/offset_moment.h"

namespace tarn::sql {
namespace {

using engine::Kind;

NumberKind number_kind(std::string_view type) {
  if (type == "float") return NumberKind::kFloat;
  if (type == "real") return NumberKind::kReal;
  return type.ends_with("int") ? NumberKind::kInteger : NumberKind::kDecimal;
}

NumberStyle number_style(std::string_view type) {
  if (type == "float" || type == "real") return NumberStyle::kFloat;
  return type.ends_with("money") ? NumberStyle::kCurrency : NumberStyle::kNumber;
}

Error not_parsed(std::string_view text, std::string_view type, std::string_view culture) {
  return runtime_failure(9819, "Error converting string value '" + std::string(text) +
                                   "' into data type " + std::string(type) + " using culture '" +
                                   std::string(culture) + "'.");
}

bool fits_integer(std::string_view literal, std::string_view type) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(literal.data(), literal.data() + literal.size(), value);
  if (error != std::errc() || end != literal.data() + literal.size()) return false;
  if (type == "tinyint") return value >= 0 && value <= UINT8_MAX;
  if (type == "smallint") return value >= INT16_MIN && value <= INT16_MAX;
  return type == "bigint" || (value >= INT32_MIN && value <= INT32_MAX);
}

/// An integer type takes "12.00" for 12, and no other fraction.
std::optional<std::string> whole_where_needed(std::optional<std::string> literal,
                                              std::string_view type) {
  const std::size_t point = literal ? literal->find('.') : std::string::npos;
  if (!literal || !type.ends_with("int")) return literal;
  if (point != std::string::npos) {
    if (literal->find_first_not_of('0', point + 1) != std::string::npos) return std::nullopt;
    literal->resize(point);
  }
  return fits_integer(*literal, type) ? literal : std::nullopt;
}

/// A plain literal that CAST to the type understands; nothing for text that is no such value.
std::optional<std::string> parsed(std::string_view text, std::string_view type,
                                  const Culture& culture) {
  if (!type.starts_with("date") && !type.starts_with("time") && type != "smalldatetime")
    return whole_where_needed(parse_number(text, number_style(type), culture), type);
  const auto moment = parse_culture_moment(text, culture);
  if (!moment) return std::nullopt;
  const auto stored = [&](std::string_view stored_type) {
    return moment_text(moment->moment, stored_type, 121, kFractionDigits,
                       moment->offset_minutes.value_or(0));
  };
  if (type == "date" || type == "time" || type == "datetimeoffset") return stored(type);
  return stored(type == "datetime2" ? type : "datetime");
}

}  // namespace

std::vector<engine::ScalarFunction> format_engine_functions() {
  std::vector<engine::ScalarFunction> functions;
  const auto add = [&](const char* name, std::vector<engine::Type> parameters, auto body) {
    functions.push_back(row_function(name, std::move(parameters), Kind::kText, body));
  };
  add("tarn_format_number", {Kind::kText, Kind::kText, Kind::kText, Kind::kText},
      [](const Row& row) {
        return format_number(row.text(0), number_kind(row.text(1)), row.text(2),
                             culture_named(row.text(3)));
      });
  add("tarn_format_moment", {Kind::kTimestamp, Kind::kText, Kind::kText}, [](const Row& row) {
    return format_moment(row.integer(0), {}, row.text(1), culture_named(row.text(2)));
  });
  add("tarn_format_offset_moment", {Kind::kInt128, Kind::kText, Kind::kText}, [](const Row& row) {
    const OffsetMoment moment = unpacked(row.wide(0));
    return format_moment(moment.local_micros(), moment.offset_minutes, row.text(1),
                         culture_named(row.text(2)));
  });
  add("tarn_format_time", {Kind::kTimestamp, Kind::kText, Kind::kText}, [](const Row& row) {
    culture_named(row.text(2));
    const std::int64_t day = floor_to(row.integer(0), kDayMicros);
    return format_time(row.integer(0) - day, row.text(1));
  });
  const std::vector<engine::Type> parse = {Kind::kText, Kind::kText, Kind::kText};
  add("tarn_parse", parse, [](const Row& row) {
    const auto literal = parsed(row.text(0), row.text(1), culture_named(row.text(2)));
    if (!literal) throw not_parsed(row.text(0), row.text(1), row.text(2));
    return *literal;
  });
  add("tarn_try_parse", parse,
      [](const Row& row) { return parsed(row.text(0), row.text(1), culture_named(row.text(2))); });
  return functions;
}

}  // namespace tarn::sql
