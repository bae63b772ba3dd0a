#include "lake/schema_evolution.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "engine/type.h"

namespace tarn::lake::delta {
namespace {

using Kind = Type::Kind;

int integer_rank(Kind kind) {
  switch (kind) {
    case Kind::kByte:
      return 1;
    case Kind::kShort:
      return 2;
    case Kind::kInteger:
      return 3;
    case Kind::kLong:
      return 4;
    default:
      return 0;
  }
}

int float_rank(Kind kind) { return kind == Kind::kFloat ? 1 : kind == Kind::kDouble ? 2 : 0; }

int integer_digits(Kind kind) {
  switch (kind) {
    case Kind::kByte:
      return 3;
    case Kind::kShort:
      return 5;
    case Kind::kInteger:
      return 10;
    case Kind::kLong:
      return 20;
    default:
      return 0;
  }
}

/// Every value of `narrow` is one of `wide`, too.
bool holds(const Type& wide, const Type& narrow) {
  if (wide.kind == Kind::kDecimal) {
    const int whole = wide.precision - wide.scale;
    if (narrow.kind == Kind::kDecimal)
      return narrow.scale <= wide.scale && narrow.precision - narrow.scale <= whole;
    return integer_rank(narrow.kind) > 0 && integer_digits(narrow.kind) <= whole;
  }
  if (integer_rank(wide.kind) > 0 && integer_rank(narrow.kind) > 0)
    return integer_rank(narrow.kind) <= integer_rank(wide.kind);
  if (float_rank(wide.kind) > 0 && float_rank(narrow.kind) > 0)
    return float_rank(narrow.kind) <= float_rank(wide.kind);
  if (wide.kind == Kind::kDouble)
    return integer_rank(narrow.kind) > 0 && narrow.kind != Kind::kLong;
  return wide.kind == Kind::kTimestampNtz && narrow.kind == Kind::kDate;
}

std::vector<Field> merged_fields(const std::vector<Field>& table,
                                 const std::vector<Field>& incoming, const std::string& prefix);

Type merged_type(const Type& table, const Type& incoming, const std::string& column) {
  if (table == incoming) return table;
  if (table.kind == incoming.kind && table.nested()) {
    Type merged = table;
    if (table.kind == Kind::kStruct) {
      merged.children = merged_fields(table.children, incoming.children, column + ".");
    } else {
      for (std::size_t i = 0; i < merged.children.size(); ++i) {
        Field& child = merged.children[i];
        child.type = merged_type(child.type, incoming.children[i].type, column + "." + child.name);
        child.nullable = child.nullable || incoming.children[i].nullable;
      }
    }
    return merged;
  }
  const auto is_time = [](const Type& type) {
    return type.kind == Kind::kTimestamp || type.kind == Kind::kTimestampNtz;
  };
  if (holds(table, incoming) || (is_time(table) && is_time(incoming))) return table;
  const int rank = integer_rank(incoming.kind);
  if (integer_rank(table.kind) > 0 && rank > integer_rank(table.kind) &&
      incoming.kind != Kind::kLong)
    return incoming;
  if (holds(incoming, table)) {
    throw Error(Code::kUnsupported,
                "The column '" + column + "' would be widened from " + name_of(table) + " to " +
                    name_of(incoming) + ", which needs what Tarn cannot write: typeWidening.",
                "Cast the new rows to " + name_of(table) +
                    ", or overwrite the table with overwrite_schema.");
  }
  throw Error(Code::kInvalidArgument,
              "The column '" + column + "' is of type " + name_of(table) +
                  ", which does not go together with " + name_of(incoming) + ".",
              "Cast the new rows to " + name_of(table) + ".");
}

std::vector<Field> merged_fields(const std::vector<Field>& table,
                                 const std::vector<Field>& incoming, const std::string& prefix) {
  std::vector<Field> merged = table;
  for (const Field& field : incoming) {
    const auto known = std::find_if(merged.begin(), merged.end(), [&](const Field& candidate) {
      return equal_ignoring_case(candidate.name, field.name);
    });
    if (known == merged.end()) {
      merged.push_back(field);
      merged.back().nullable = true;
    } else {
      known->type = merged_type(known->type, field.type, prefix + known->name);
    }
  }
  return merged;
}

Type type_of(const engine::Type& type, const std::string& column) {
  using engine::Kind;
  const auto plain = [](Type::Kind kind) {
    Type result;
    result.kind = kind;
    return result;
  };
  switch (type.kind) {
    case Kind::kBoolean:
      return plain(Type::Kind::kBoolean);
    case Kind::kInt8:
      return plain(Type::Kind::kByte);
    case Kind::kUInt8:
    case Kind::kInt16:
      return plain(Type::Kind::kShort);
    case Kind::kUInt16:
    case Kind::kInt32:
    case Kind::kNull:
      return plain(Type::Kind::kInteger);
    case Kind::kUInt32:
    case Kind::kInt64:
      return plain(Type::Kind::kLong);
    case Kind::kFloat:
      return plain(Type::Kind::kFloat);
    case Kind::kDouble:
      return plain(Type::Kind::kDouble);
    case Kind::kText:
    case Kind::kEnum:
      return plain(Type::Kind::kString);
    case Kind::kBlob:
      return plain(Type::Kind::kBinary);
    case Kind::kDate:
      return plain(Type::Kind::kDate);
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
    case Kind::kTimestampSeconds:
    case Kind::kTimestampMillis:
    case Kind::kTimestampNanos:
      // Synapse knows instants only: a time without a zone is taken as UTC.
      return plain(Type::Kind::kTimestamp);
    case Kind::kDecimal: {
      Type result = plain(Type::Kind::kDecimal);
      result.precision = type.precision;
      result.scale = type.scale;
      return result;
    }
    case Kind::kList: {
      Type result = plain(Type::Kind::kArray);
      result.children.push_back({.name = "element", .type = type_of(type.children.at(0), column)});
      return result;
    }
    case Kind::kMap: {
      Type result = plain(Type::Kind::kMap);
      result.children.push_back(
          {.name = "key", .type = type_of(type.children.at(0), column), .nullable = false});
      result.children.push_back({.name = "value", .type = type_of(type.children.at(1), column)});
      return result;
    }
    case Kind::kStruct: {
      Type result = plain(Type::Kind::kStruct);
      for (std::size_t i = 0; i < type.children.size(); ++i) {
        result.children.push_back(
            {.name = type.names.at(i), .type = type_of(type.children[i], column)});
      }
      return result;
    }
    default:
      throw Error(Code::kUnsupported,
                  "The column '" + column + "' is of a type that a Delta table cannot have.",
                  "Write it as another type, for instance as text.");
  }
}

}  // namespace

Schema merged_schema(const Schema& table, const Schema& incoming) {
  Schema merged{.fields = merged_fields(table.fields, incoming.fields, "")};
  check_schema(merged);
  return merged;
}

Schema schema_of(const std::vector<engine::ColumnInfo>& columns) {
  Schema schema;
  for (const engine::ColumnInfo& column : columns)
    schema.fields.push_back({.name = column.name, .type = type_of(column.type, column.name)});
  check_schema(schema);
  return schema;
}

void check_columns(const Schema& table, const Schema& incoming) {
  std::vector<std::string> names;
  for (const Field& field : table.fields) names.push_back(field.name);
  for (const Field& field : incoming.fields) {
    if (table.find(field.name)) continue;
    std::string hint = did_you_mean(field.name, names);
    if (!hint.empty()) hint += " ";
    throw Error(Code::kInvalidArgument, "The table has no column '" + field.name + "'.",
                hint + "To add it, ask for merge_schema.");
  }
  for (const Field& field : table.fields) {
    if (field.nullable || incoming.find(field.name)) continue;
    throw Error(Code::kInvalidArgument,
                "The rows lack a column that does not allow NULL: '" + field.name + "'.");
  }
}

std::string columns_by_name_sql(const Schema& schema, const Schema& incoming,
                                const std::string& select_sql) {
  std::vector<std::string> items;
  for (const Field& field : schema.fields) {
    const Field* source = incoming.find(field.name);
    items.push_back((source ? engine::quote_name(source->name) : std::string("NULL")) + " AS " +
                    engine::quote_name(field.name));
  }
  return "SELECT " + join(items, ", ") + " FROM (" + select_sql + ")";
}

}  // namespace tarn::lake::delta
