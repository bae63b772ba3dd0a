#pragma once
// The engine's own types. T-SQL's types are sql's business; these are what chunks carry.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tarn::engine {

enum class Kind {
  kBoolean,  // bool
  kInt8,     // std::int8_t, and so on
  kInt16,
  kInt32,
  kInt64,
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kInt128,  // Int128
  kFloat,
  kDouble,
  kDecimal,  // std::int16_t up to precision 4, int32 up to 9, int64 up to 18, Int128 up to 38
  kText,     // UTF-8
  kBlob,
  kDate,         // std::int32_t days since 1970-01-01
  kTime,         // std::int64_t microseconds since midnight
  kTimestamp,    // std::int64_t microseconds since 1970-01-01, without a zone
  kTimestampTz,  // the same in UTC
  kTimestampSeconds,
  kTimestampMillis,
  kTimestampNanos,
  kInterval,
  kUuid,    // Int128 with the topmost bit flipped
  kEnum,    // read it with text()
  kList,    // children[0] is the element
  kStruct,  // children with names
  kMap,     // a list of struct(key, value)
  kNull,    // an untyped NULL
  kOther,   // cast it to text in the query
};

__extension__ typedef __int128 Int128;

struct Type {
  Kind kind = Kind::kNull;
  int precision = 0;  // of a decimal: 1 to 38
  int scale = 0;      // of a decimal
  std::vector<Type> children;
  std::vector<std::string> names;  // of a struct's children

  Type() = default;
  Type(Kind k) : kind(k) {}  // NOLINT: a plain kind is a type
  static Type decimal(int precision, int scale);
  static Type list(Type element);
  static Type structure(std::vector<std::pair<std::string, Type>> fields);

  friend bool operator==(const Type&, const Type&) = default;
};

/// The type as the engine's SQL writes it: "DECIMAL(18,2)", "STRUCT(\"a\" REAL)".
std::string to_sql(const Type& type);

/// A name in double quotes, inner ones doubled.
std::string quote_name(std::string_view name);
/// A text in single quotes, inner ones doubled. Throws Error(kInvalidArgument) on a NUL byte.
std::string quote_text(std::string_view text);

}  // namespace tarn::engine
