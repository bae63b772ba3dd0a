#include "detail/exec/object_ids.h"

#include "base/text.h"
#include "lake/catalog.h"

namespace tarn::sql {
namespace {

/// FNV-1a over the lower-case text, in 31 bits.
std::int32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (const char c : to_lower(text)) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16777619u;
  }
  return static_cast<std::int32_t>(hash & 0x7fffffffu);
}

}  // namespace

std::int32_t object_id(const ObjectName& name) { return hash_of(name.text()) | 0x10000000; }

std::int32_t schema_id(std::string_view database, std::string_view schema) {
  if (equal_ignoring_case(schema, lake::kDefaultSchema)) return 1;
  if (equal_ignoring_case(schema, "guest")) return 2;
  if (equal_ignoring_case(schema, "INFORMATION_SCHEMA")) return 3;
  if (equal_ignoring_case(schema, "sys")) return 4;
  return 5 + hash_of(std::string(database) + "." + std::string(schema)) % 1'000'000;
}

std::int32_t database_id(std::string_view database) {
  if (equal_ignoring_case(database, "master")) return 1;
  if (equal_ignoring_case(database, "tempdb")) return 2;
  if (equal_ignoring_case(database, "msdb")) return 4;
  if (equal_ignoring_case(database, lake::kDefaultDatabase)) return kFirstDatabaseId;
  return kFirstDatabaseId + 1 + hash_of(database) % 30'000;
}

int system_type_id(TypeId id) {
  switch (id) {
    case TypeId::kBit:
      return 104;
    case TypeId::kTinyInt:
      return 48;
    case TypeId::kSmallInt:
      return 52;
    case TypeId::kBigInt:
      return 127;
    case TypeId::kDecimal:
      return 106;
    case TypeId::kNumeric:
      return 108;
    case TypeId::kSmallMoney:
      return 122;
    case TypeId::kMoney:
      return 60;
    case TypeId::kReal:
      return 59;
    case TypeId::kFloat:
      return 62;
    case TypeId::kDate:
      return 40;
    case TypeId::kTime:
      return 41;
    case TypeId::kSmallDateTime:
      return 58;
    case TypeId::kDateTime:
      return 61;
    case TypeId::kDateTime2:
      return 42;
    case TypeId::kDateTimeOffset:
      return 43;
    case TypeId::kChar:
      return 175;
    case TypeId::kVarchar:
      return 167;
    case TypeId::kText:
      return 35;
    case TypeId::kNchar:
      return 239;
    case TypeId::kNvarchar:
      return 231;
    case TypeId::kNtext:
      return 99;
    case TypeId::kBinary:
      return 173;
    case TypeId::kVarbinary:
      return 165;
    case TypeId::kImage:
      return 34;
    case TypeId::kUniqueIdentifier:
      return 36;
    default:
      return 56;
  }
}

}  // namespace tarn::sql
