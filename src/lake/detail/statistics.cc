#include "detail/statistics.h"

#include <algorithm>
#include <cctype>

#include "base/json.h"

namespace tarn::lake::delta::detail {
namespace {

using Kind = Type::Kind;

bool is_number(std::string_view text) {
  const Json value = Json::parse(text, nullptr, false);
  return value.is_number();
}

// "2026-01-02"; years of another length, BC and infinity have no bound.
bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isdigit(c) || c == '-'; });
}

// "2026-01-02 03:04:05.678+00" to "2026-01-02T03:04:05.678Z"; without a zone the Z is left out.
std::optional<std::string> timestamp(std::string_view text, bool zoned) {
  if (text.ends_with("+00")) text.remove_suffix(3);
  if (text.size() < 19 || !is_date(text.substr(0, 10)) || text[10] != ' ') return std::nullopt;
  std::string out(text);
  out[10] = 'T';
  const bool plain = std::all_of(out.begin() + 11, out.end(), [](unsigned char c) {
    return std::isdigit(c) || c == ':' || c == '.';
  });
  if (!plain) return std::nullopt;
  return zoned ? out + "Z" : out;
}

// A bound as JSON text; empty where the type has none or it cannot be written exactly.
std::optional<std::string> bound(const Type& type, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  switch (type.kind) {
    case Kind::kLong:
    case Kind::kInteger:
    case Kind::kShort:
    case Kind::kByte:
    case Kind::kFloat:
    case Kind::kDouble:
    case Kind::kDecimal:
      // The digits as they are: a decimal has more of them than a double holds.
      return is_number(*text) ? text : std::nullopt;
    case Kind::kDate:
      return is_date(*text) ? std::optional("\"" + *text + "\"") : std::nullopt;
    case Kind::kTimestamp:
    case Kind::kTimestampNtz: {
      const auto time = timestamp(*text, type.kind == Kind::kTimestamp);
      return time ? std::optional("\"" + *time + "\"") : std::nullopt;
    }
    case Kind::kString: {
      const auto characters = std::count_if(text->begin(), text->end(),
                                            [](unsigned char c) { return (c & 0xC0) != 0x80; });
      if (static_cast<std::size_t>(characters) > kStatisticsTextMax) return std::nullopt;
      return Json(*text).dump();
    }
    default:
      return std::nullopt;
  }
}

void append(std::string& object, const std::string& name, const std::string& value) {
  if (!object.empty()) object += ",";
  object += Json(name).dump() + ":" + value;
}

}  // namespace

std::string statistics_json(const Schema& schema, std::int64_t records,
                            const std::map<std::string, ColumnStatistics>& columns) {
  std::string minimums;
  std::string maximums;
  std::string nulls;
  std::size_t written = 0;
  for (const Field& field : schema.fields) {
    const auto found = columns.find(field.name);
    if (found == columns.end() || field.type.nested()) continue;
    if (++written > kStatisticsColumnsMax) break;
    const ColumnStatistics& column = found->second;
    const auto low = bound(field.type, column.min);
    const auto high = bound(field.type, column.max);
    if (low && high && !column.has_nan) {
      append(minimums, field.name, *low);
      append(maximums, field.name, *high);
    }
    if (column.null_count) append(nulls, field.name, std::to_string(*column.null_count));
  }
  return "{\"numRecords\":" + std::to_string(records) + ",\"minValues\":{" + minimums +
         "},\"maxValues\":{" + maximums + "},\"nullCount\":{" + nulls + "}}";
}

}  // namespace tarn::lake::delta::detail
