#pragma once
// Delta's type system and the JSON form of a schema (Delta protocol, "Schema Serialization
// Format").

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::lake::delta {

struct Field;

struct Type {
  enum class Kind {
    kString,
    kLong,
    kInteger,
    kShort,
    kByte,
    kFloat,
    kDouble,
    kDecimal,
    kBoolean,
    kBinary,
    kDate,
    kTimestamp,     // an instant, UTC microseconds
    kTimestampNtz,  // a wall-clock time; a table feature of its own
    kStruct,
    kArray,
    kMap
  };
  Kind kind = Kind::kString;
  int precision = 0;  // of a decimal: 1 to 38
  int scale = 0;
  std::vector<Field> children;  // struct: its fields; array: "element"; map: "key" and "value"

  bool nested() const { return kind >= Kind::kStruct; }
  bool operator==(const Type&) const;
};

struct Field {
  std::string name;
  Type type;
  bool nullable = true;
  std::string metadata = "{}";  // a JSON object, kept as it is

  bool operator==(const Field&) const;
};

struct Schema {
  std::vector<Field> fields;

  /// The field of that name: exactly, else without regard to ASCII case; null when there is none.
  const Field* find(std::string_view name) const;
  bool operator==(const Schema&) const = default;
};

/// "integer", "decimal(10,2)", "array<string>": Delta's name, for messages and DESCRIBE.
std::string name_of(const Type& type);
/// The engine's type that a scan yields: "INTEGER", "DECIMAL(10,2)", "STRUCT(a INTEGER)". Instants
/// (kTimestamp) come as plain TIMESTAMP in UTC, so that both kinds of timestamps read alike.
std::string engine_type(const Type& type);

std::string schema_to_json(const Schema& schema);
/// Throws Error(kDataLoss) on malformed JSON, kUnsupported on an unknown type (by name).
Schema schema_from_json(std::string_view json);

/// Refuses what a Delta table cannot have: no columns, two columns of one name (ASCII case
/// ignored), empty names, decimals out of range. Throws Error(kInvalidArgument).
void check_schema(const Schema& schema);

inline constexpr std::size_t kColumnsMax = 4096;

}  // namespace tarn::lake::delta
