#include "engine/type.h"

#include "base/error.h"
#include "detail/access.h"

namespace tarn::engine {

Type Type::decimal(int precision, int scale) {
  Type type(Kind::kDecimal);
  type.precision = precision;
  type.scale = scale;
  return type;
}

Type Type::list(Type element) {
  Type type(Kind::kList);
  type.children.push_back(std::move(element));
  return type;
}

Type Type::structure(std::vector<std::pair<std::string, Type>> fields) {
  Type type(Kind::kStruct);
  for (auto& [name, field] : fields) {
    type.names.push_back(std::move(name));
    type.children.push_back(std::move(field));
  }
  return type;
}

namespace {

struct Mapping {
  Kind kind;
  duckdb_type type;
  const char* sql;
};

constexpr Mapping kMappings[] = {
    {Kind::kBoolean, DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
    {Kind::kInt8, DUCKDB_TYPE_TINYINT, "TINYINT"},
    {Kind::kInt16, DUCKDB_TYPE_SMALLINT, "SMALLINT"},
    {Kind::kInt32, DUCKDB_TYPE_INTEGER, "INTEGER"},
    {Kind::kInt64, DUCKDB_TYPE_BIGINT, "BIGINT"},
    {Kind::kUInt8, DUCKDB_TYPE_UTINYINT, "UTINYINT"},
    {Kind::kUInt16, DUCKDB_TYPE_USMALLINT, "USMALLINT"},
    {Kind::kUInt32, DUCKDB_TYPE_UINTEGER, "UINTEGER"},
    {Kind::kUInt64, DUCKDB_TYPE_UBIGINT, "UBIGINT"},
    {Kind::kInt128, DUCKDB_TYPE_HUGEINT, "HUGEINT"},
    {Kind::kFloat, DUCKDB_TYPE_FLOAT, "REAL"},
    {Kind::kDouble, DUCKDB_TYPE_DOUBLE, "DOUBLE"},
    {Kind::kText, DUCKDB_TYPE_VARCHAR, "VARCHAR"},
    {Kind::kBlob, DUCKDB_TYPE_BLOB, "BLOB"},
    {Kind::kDate, DUCKDB_TYPE_DATE, "DATE"},
    {Kind::kTime, DUCKDB_TYPE_TIME, "TIME"},
    {Kind::kTimestamp, DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP"},
    {Kind::kTimestampTz, DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMPTZ"},
    {Kind::kTimestampSeconds, DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S"},
    {Kind::kTimestampMillis, DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS"},
    {Kind::kTimestampNanos, DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS"},
    {Kind::kInterval, DUCKDB_TYPE_INTERVAL, "INTERVAL"},
    {Kind::kUuid, DUCKDB_TYPE_UUID, "UUID"},
    {Kind::kNull, DUCKDB_TYPE_SQLNULL, "\"NULL\""},
};

const Mapping* find_mapping(Kind kind) {
  for (const Mapping& mapping : kMappings)
    if (mapping.kind == kind) return &mapping;
  return nullptr;
}

std::string take_text(char* text) {
  std::string copy(text ? text : "");
  duckdb_free(text);
  return copy;
}

Type struct_from(duckdb_logical_type handle) {
  Type type(Kind::kStruct);
  for (idx_t i = 0; i < duckdb_struct_type_child_count(handle); ++i) {
    type.names.push_back(take_text(duckdb_struct_type_child_name(handle, i)));
    LogicalType child(duckdb_struct_type_child_type(handle, i));
    type.children.push_back(type_from(child.get()));
  }
  return type;
}

Type enum_from(duckdb_logical_type handle) {
  Type type(Kind::kEnum);
  switch (duckdb_enum_internal_type(handle)) {
    case DUCKDB_TYPE_UTINYINT:
      type.children.emplace_back(Kind::kUInt8);
      break;
    case DUCKDB_TYPE_USMALLINT:
      type.children.emplace_back(Kind::kUInt16);
      break;
    default:
      type.children.emplace_back(Kind::kUInt32);
  }
  const std::uint32_t size = duckdb_enum_dictionary_size(handle);
  for (std::uint32_t i = 0; i < size; ++i) {
    type.names.push_back(take_text(duckdb_enum_dictionary_value(handle, i)));
  }
  return type;
}

}  // namespace

Type type_from(duckdb_logical_type handle) {
  const duckdb_type id = duckdb_get_type_id(handle);
  switch (id) {
    case DUCKDB_TYPE_DECIMAL:
      return Type::decimal(duckdb_decimal_width(handle), duckdb_decimal_scale(handle));
    case DUCKDB_TYPE_LIST: {
      LogicalType child(duckdb_list_type_child_type(handle));
      return Type::list(type_from(child.get()));
    }
    case DUCKDB_TYPE_MAP: {
      LogicalType key(duckdb_map_type_key_type(handle));
      LogicalType value(duckdb_map_type_value_type(handle));
      Type type(Kind::kMap);
      type.children.push_back(
          Type::structure({{"key", type_from(key.get())}, {"value", type_from(value.get())}}));
      return type;
    }
    case DUCKDB_TYPE_STRUCT:
      return struct_from(handle);
    case DUCKDB_TYPE_ENUM:
      return enum_from(handle);
    default:
      for (const Mapping& mapping : kMappings)
        if (mapping.type == id) return mapping.kind;
      return Kind::kOther;
  }
}

LogicalType type_to(const Type& type) {
  if (const Mapping* mapping = find_mapping(type.kind)) {
    return LogicalType(duckdb_create_logical_type(mapping->type));
  }
  if (type.kind == Kind::kDecimal) {
    return LogicalType(duckdb_create_decimal_type(static_cast<uint8_t>(type.precision),
                                                  static_cast<uint8_t>(type.scale)));
  }
  if (type.kind == Kind::kList) {
    LogicalType child = type_to(type.children.at(0));
    return LogicalType(duckdb_create_list_type(child.get()));
  }
  if (type.kind == Kind::kStruct) {
    std::vector<LogicalType> children;
    std::vector<duckdb_logical_type> handles;
    std::vector<const char*> names;
    for (std::size_t i = 0; i < type.children.size(); ++i) {
      children.push_back(type_to(type.children[i]));
      handles.push_back(children.back().get());
      names.push_back(type.names[i].c_str());
    }
    return LogicalType(duckdb_create_struct_type(handles.data(), names.data(), handles.size()));
  }
  throw Error(Code::kUnsupported, "The engine cannot make a column of the type " + to_sql(type));
}

std::string to_sql(const Type& type) {
  if (const Mapping* mapping = find_mapping(type.kind)) return mapping->sql;
  switch (type.kind) {
    case Kind::kDecimal:
      return "DECIMAL(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case Kind::kList:
      return to_sql(type.children.at(0)) + "[]";
    case Kind::kMap: {
      const Type& entry = type.children.at(0);
      return "MAP(" + to_sql(entry.children.at(0)) + ", " + to_sql(entry.children.at(1)) + ")";
    }
    case Kind::kStruct: {
      std::string text = "STRUCT(";
      for (std::size_t i = 0; i < type.children.size(); ++i) {
        if (i > 0) text += ", ";
        text += quote_name(type.names[i]) + ' ' + to_sql(type.children[i]);
      }
      return text + ")";
    }
    case Kind::kEnum:
      return "VARCHAR";
    default:
      return "VARIANT";
  }
}

std::string quote_name(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string quote_text(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\0')
      throw Error(Code::kInvalidArgument, "A text with a NUL byte cannot be written in a query");
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + '\'';
}

}  // namespace tarn::engine
