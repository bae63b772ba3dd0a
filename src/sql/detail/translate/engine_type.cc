#include "detail/translate/engine_type.h"

#include "base/error.h"
#include "detail/functions/moment_text.h"
#include "sql/offset_moment.h"

namespace tarn::sql {
namespace {

std::string hex_blob(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text = "unhex('";
  text.reserve(bytes.size() * 2 + 10);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text + "')";
}

/// The packed value of "2024-01-31 12:30:00.123+01:00".
std::string packed_literal(const std::string& text) {
  const auto parsed = parse_moment(text, 121);
  check(parsed.has_value(), "a datetimeoffset constant is not in its canonical form");
  const int offset = parsed->offset_minutes.value_or(0);
  const engine::Int128 value = packed({parsed->moment - offset * std::int64_t{60'000'000}, offset});
  // Beyond 64 bits, but always within 128: in two decimal parts.
  constexpr std::int64_t kPart = 1'000'000'000'000'000'000;
  const auto high = static_cast<std::int64_t>(value / kPart);
  const auto low = static_cast<std::int64_t>(value % kPart);
  return "(" + std::to_string(high) + "::HUGEINT * " + std::to_string(kPart) + "::HUGEINT + (" +
         std::to_string(low) + "))";
}

}  // namespace

engine::Type engine_type(const SqlType& type) {
  switch (type.id) {
    case TypeId::kBoolean:
    case TypeId::kBit:
      return engine::Kind::kBoolean;
    case TypeId::kTinyInt:
      return engine::Kind::kUInt8;
    case TypeId::kSmallInt:
      return engine::Kind::kInt16;
    case TypeId::kNull:
    case TypeId::kInt:
      return engine::Kind::kInt32;
    case TypeId::kBigInt:
      return engine::Kind::kInt64;
    case TypeId::kDecimal:
    case TypeId::kNumeric:
      return engine::Type::decimal(type.precision, type.scale);
    case TypeId::kMoney:
      return engine::Type::decimal(19, 4);
    case TypeId::kSmallMoney:
      return engine::Type::decimal(10, 4);
    case TypeId::kReal:
      return engine::Kind::kFloat;
    case TypeId::kFloat:
      return engine::Kind::kDouble;
    case TypeId::kDate:
      return engine::Kind::kDate;
    case TypeId::kTime:
      return engine::Kind::kTime;
    case TypeId::kSmallDateTime:
    case TypeId::kDateTime:
    case TypeId::kDateTime2:
      return engine::Kind::kTimestamp;
    case TypeId::kDateTimeOffset:
      return engine::Kind::kInt128;
    case TypeId::kBinary:
    case TypeId::kVarbinary:
    case TypeId::kImage:
      return engine::Kind::kBlob;
    case TypeId::kUniqueIdentifier:
      return engine::Kind::kUuid;
    case TypeId::kChar:
    case TypeId::kVarchar:
    case TypeId::kText:
    case TypeId::kNchar:
    case TypeId::kNvarchar:
    case TypeId::kNtext:
      return engine::Kind::kText;
  }
  return engine::Kind::kText;
}

std::string engine_type_sql(const SqlType& type) { return engine::to_sql(engine_type(type)); }

SqlType sql_type_of(const engine::Type& type) {
  using engine::Kind;
  switch (type.kind) {
    case Kind::kBoolean:
      return SqlType::bit();
    case Kind::kUInt8:
      return SqlType::of(TypeId::kTinyInt);
    case Kind::kInt8:
    case Kind::kInt16:
      return SqlType::of(TypeId::kSmallInt);
    case Kind::kUInt16:
    case Kind::kInt32:
    case Kind::kNull:
      return SqlType::integer();
    case Kind::kUInt32:
    case Kind::kInt64:
      return SqlType::bigint();
    case Kind::kUInt64:
      return SqlType::decimal(20, 0);
    case Kind::kInt128:
      return SqlType::decimal(38, 0);
    case Kind::kFloat:
      return SqlType::of(TypeId::kReal);
    case Kind::kDouble:
      return SqlType::floating();
    case Kind::kDecimal:
      return SqlType::decimal(type.precision, type.scale);
    case Kind::kDate:
      return SqlType::of(TypeId::kDate);
    case Kind::kTime:
      return SqlType::of(TypeId::kTime);
    case Kind::kTimestamp:
    case Kind::kTimestampSeconds:
    case Kind::kTimestampMillis:
    case Kind::kTimestampNanos:
      return SqlType::datetime2(7);
    case Kind::kTimestampTz:
      return SqlType::of(TypeId::kDateTimeOffset);
    case Kind::kBlob:
      return SqlType::varbinary(kCharLengthMax);
    case Kind::kUuid:
      return SqlType::of(TypeId::kUniqueIdentifier);
    default:
      return SqlType::varchar(kCharLengthMax);
  }
}

std::string engine_literal(const SqlType& type, const std::optional<std::string>& text) {
  const std::string name = engine_type_sql(type);
  if (!text) return "CAST(NULL AS " + name + ")";
  if (is_character(type)) return engine::quote_text(*text);
  if (is_binary(type)) return hex_blob(*text);
  if (type.id == TypeId::kDateTimeOffset) return packed_literal(*text);
  if (type.id == TypeId::kBit) return *text == "0" ? "false" : "true";
  return "CAST(" + engine::quote_text(*text) + " AS " + name + ")";
}

std::string without_trailing_blanks(const std::string& text) {
  const std::size_t last = text.find_last_not_of(' ');
  return last == std::string::npos ? std::string() : text.substr(0, last + 1);
}

}  // namespace tarn::sql
