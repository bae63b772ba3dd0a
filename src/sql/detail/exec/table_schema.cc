#include "detail/exec/table_schema.h"

#include "base/json.h"
#include "detail/exec/failure.h"
#include "detail/syntax/parser.h"
#include "detail/translate/engine_type.h"

namespace tarn::sql {
namespace {

namespace delta = lake::delta;
using delta_kind = delta::Type::Kind;

constexpr const char* kTypeKey = "tarn.sqlType";
constexpr const char* kCollationKey = "tarn.collation";
constexpr const char* kDefaultKey = "tarn.default";
constexpr const char* kIdentityKey = "tarn.identity";  // [seed, increment]

delta::Type decimal(int precision, int scale) {
  delta::Type type;
  type.kind = delta_kind::kDecimal;
  type.precision = precision;
  type.scale = scale;
  return type;
}

delta::Type plain(delta_kind kind) {
  delta::Type type;
  type.kind = kind;
  return type;
}

delta::Type delta_type(const SqlType& type) {
  switch (type.id) {
    case TypeId::kBit:
      return plain(delta_kind::kBoolean);
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
      return plain(delta_kind::kShort);
    case TypeId::kInt:
      return plain(delta_kind::kInteger);
    case TypeId::kBigInt:
      return plain(delta_kind::kLong);
    case TypeId::kDecimal:
    case TypeId::kNumeric:
      return decimal(type.precision, type.scale);
    case TypeId::kMoney:
      return decimal(19, 4);
    case TypeId::kSmallMoney:
      return decimal(10, 4);
    case TypeId::kReal:
      return plain(delta_kind::kFloat);
    case TypeId::kFloat:
      return plain(delta_kind::kDouble);
    case TypeId::kDate:
      return plain(delta_kind::kDate);
    case TypeId::kSmallDateTime:
    case TypeId::kDateTime:
    case TypeId::kDateTime2:
    case TypeId::kDateTimeOffset:
      return plain(delta_kind::kTimestamp);
    case TypeId::kBinary:
    case TypeId::kVarbinary:
    case TypeId::kImage:
      return plain(delta_kind::kBinary);
    default:
      return plain(delta_kind::kString);
  }
}

/// What a Delta type is without a word about SQL Server's: as Synapse reads it.
SqlType natural_type(const delta::Type& type) {
  switch (type.kind) {
    case delta_kind::kBoolean:
      return SqlType::bit();
    case delta_kind::kByte:
    case delta_kind::kShort:
      return SqlType::of(TypeId::kSmallInt);
    case delta_kind::kInteger:
      return SqlType::integer();
    case delta_kind::kLong:
      return SqlType::bigint();
    case delta_kind::kFloat:
      return SqlType::of(TypeId::kReal);
    case delta_kind::kDouble:
      return SqlType::floating();
    case delta_kind::kDecimal:
      return SqlType::decimal(type.precision, type.scale);
    case delta_kind::kDate:
      return SqlType::of(TypeId::kDate);
    case delta_kind::kTimestamp:
    case delta_kind::kTimestampNtz:
      return SqlType::datetime2(kFractionMax);
    case delta_kind::kBinary:
      return SqlType::varbinary(kMaxLength);
    case delta_kind::kString:
      return SqlType::varchar(kCharLengthMax);
    default:
      return SqlType::varchar(kMaxLength);  // nested: its JSON
  }
}

std::string text_of(const Json& metadata, const char* key) {
  const auto found = metadata.find(key);
  return found != metadata.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Somebody else may have changed the column's type and left our note: it counts only where it fits
/// the type.
bool fits(const SqlType& declared, const delta::Type& stored) {
  const delta::Type expected = delta_type(declared);
  if (expected.kind == delta_kind::kTimestamp && stored.kind == delta_kind::kTimestampNtz)
    return true;
  return expected == stored;
}

std::string engine_cast(const std::string& name, const delta::Type& stored, const SqlType& type) {
  const std::string column = engine::quote_name(name);
  if (stored.nested()) return "CAST(to_json(" + column + ") AS VARCHAR)";
  if (delta::engine_type(stored) == engine_type_sql(type)) return column;
  return "CAST(" + column + " AS " + engine_type_sql(type) + ")";
}

}  // namespace

delta::Field delta_field(const TableColumn& column) {
  delta::Field field;
  field.name = column.name;
  field.type = delta_type(column.type);
  field.nullable = column.nullable;
  Json metadata = Json::object();
  if (!(natural_type(field.type) == column.type)) metadata[kTypeKey] = to_string(column.type);
  if (column.type.collation && column.type.coercibility == Coercibility::kExplicit) {
    metadata[kCollationKey] = column.type.collation->name;
  }
  if (!column.default_text.empty()) metadata[kDefaultKey] = column.default_text;
  if (column.identity)
    metadata[kIdentityKey] = Json::array({column.identity->seed, column.identity->increment});
  field.metadata = metadata.dump();
  return field;
}

delta::Schema delta_schema(const std::vector<TableColumn>& columns) {
  delta::Schema schema;
  for (const TableColumn& column : columns) schema.fields.push_back(delta_field(column));
  return schema;
}

TableColumn table_column(const delta::Field& field, const Collation* collation) {
  TableColumn column{field.name, natural_type(field.type), field.nullable, {}};
  const Json metadata =
      parse_json(field.metadata.empty() ? "{}" : field.metadata, "the column " + field.name);
  if (const std::string declared = text_of(metadata, kTypeKey); !declared.empty()) {
    const SqlType type = bind_type(parse_type_name(declared), nullptr);
    if (fits(type, field.type)) column.type = type;
  }
  if (is_character(column.type)) {
    const Collation* own = find_collation(text_of(metadata, kCollationKey));
    column.type = column.type.with_collation(own ? own : collation, Coercibility::kImplicit);
  }
  column.default_text = text_of(metadata, kDefaultKey);
  if (const auto found = metadata.find(kIdentityKey);
      found != metadata.end() && found->is_array() && found->size() == 2 &&
      (*found)[0].is_number_integer() && (*found)[1].is_number_integer()) {
    column.identity = {(*found)[0].get<std::int64_t>(), (*found)[1].get<std::int64_t>()};
  }
  return column;
}

std::vector<TableColumn> table_columns(const delta::Schema& schema, const Collation* collation) {
  std::vector<TableColumn> columns;
  for (const delta::Field& field : schema.fields) columns.push_back(table_column(field, collation));
  return columns;
}

std::vector<TargetColumn> target_columns(const std::vector<TableColumn>& columns) {
  std::vector<TargetColumn> targets;
  for (const TableColumn& column : columns)
    targets.push_back({column.name, column.type, column.nullable});
  return targets;
}

std::string typed_scan(const std::string& scan, const delta::Schema& schema,
                       const std::vector<TableColumn>& columns) {
  std::string items;
  bool plain_scan = true;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string cast = engine_cast(columns[i].name, schema.fields[i].type, columns[i].type);
    const std::string name = engine::quote_name(columns[i].name);
    if (i > 0) items += ", ";
    items += cast;
    if (cast != name) {
      items += " AS " + name;
      plain_scan = false;
    }
  }
  return plain_scan ? scan : "(SELECT " + items + " FROM " + scan + ")";
}

}  // namespace tarn::sql
