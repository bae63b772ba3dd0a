#include "lake/delta_schema.h"

#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/type.h"

namespace tarn::lake::delta {
namespace {

using Kind = Type::Kind;

constexpr int kNestingMax = 50;

struct Primitive {
  Kind kind;
  std::string_view delta;
  std::string_view engine;
};
constexpr std::array kPrimitives = {
    Primitive{Kind::kString, "string", "VARCHAR"},
    Primitive{Kind::kLong, "long", "BIGINT"},
    Primitive{Kind::kInteger, "integer", "INTEGER"},
    Primitive{Kind::kShort, "short", "SMALLINT"},
    Primitive{Kind::kByte, "byte", "TINYINT"},
    Primitive{Kind::kFloat, "float", "REAL"},
    Primitive{Kind::kDouble, "double", "DOUBLE"},
    Primitive{Kind::kBoolean, "boolean", "BOOLEAN"},
    Primitive{Kind::kBinary, "binary", "BLOB"},
    Primitive{Kind::kDate, "date", "DATE"},
    Primitive{Kind::kTimestamp, "timestamp", "TIMESTAMP"},
    Primitive{Kind::kTimestampNtz, "timestamp_ntz", "TIMESTAMP"},
};

const Primitive& primitive_of(Kind kind) {
  for (const Primitive& primitive : kPrimitives) {
    if (primitive.kind == kind) return primitive;
  }
  throw Error(Code::kInternal, "A Delta type has no name.");
}

[[noreturn]] void damaged(std::string_view what) {
  throw Error(Code::kDataLoss,
              "The schema in the Delta log is damaged: " + std::string(what) + ".");
}

Json type_to_json(const Type& type);

Json field_to_json(const Field& field) {
  Json json;
  json["name"] = field.name;
  json["type"] = type_to_json(field.type);
  json["nullable"] = field.nullable;
  json["metadata"] = parse_json(field.metadata, "column metadata");
  return json;
}

Json struct_to_json(const std::vector<Field>& fields) {
  Json json;
  json["type"] = "struct";
  json["fields"] = Json::array();
  for (const Field& field : fields) json["fields"].push_back(field_to_json(field));
  return json;
}

Json type_to_json(const Type& type) {
  switch (type.kind) {
    case Kind::kDecimal:
      return "decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case Kind::kStruct:
      return struct_to_json(type.children);
    case Kind::kArray:
      return {{"type", "array"},
              {"elementType", type_to_json(type.children.at(0).type)},
              {"containsNull", type.children.at(0).nullable}};
    case Kind::kMap:
      return {{"type", "map"},
              {"keyType", type_to_json(type.children.at(0).type)},
              {"valueType", type_to_json(type.children.at(1).type)},
              {"valueContainsNull", type.children.at(1).nullable}};
    default:
      return std::string(primitive_of(type.kind).delta);
  }
}

Type type_from_text(std::string_view text) {
  for (const Primitive& primitive : kPrimitives) {
    if (primitive.delta == text)
      return {.kind = primitive.kind, .precision = 0, .scale = 0, .children = {}};
  }
  if (text == "decimal")
    return {.kind = Kind::kDecimal, .precision = 10, .scale = 0, .children = {}};
  if (text.starts_with("decimal(") && text.ends_with(")")) {
    const std::vector<std::string> parts = split(text.substr(8, text.size() - 9), ',');
    Type type{.kind = Kind::kDecimal, .precision = 0, .scale = 0, .children = {}};
    const auto number = [&](std::string_view digits, int& value) {
      digits = trim(digits);
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value);
      return error == std::errc() && end == digits.data() + digits.size();
    };
    if (parts.size() == 2 && number(parts[0], type.precision) && number(parts[1], type.scale) &&
        type.precision >= 1 && type.precision <= 38 && type.scale >= 0 &&
        type.scale <= type.precision) {
      return type;
    }
    damaged("a decimal is out of range");
  }
  throw Error(Code::kUnsupported, "The Delta table has a column of a type that is not supported: " +
                                      std::string(text) + ".");
}

Type type_from_json(const Json& json, int depth);

Field field_from_json(const Json& json, int depth) {
  Field field;
  field.name = json.at("name").get<std::string>();
  field.type = type_from_json(json.at("type"), depth);
  field.nullable = json.value("nullable", true);
  if (json.contains("metadata")) field.metadata = json.at("metadata").dump();
  return field;
}

Type type_from_json(const Json& json, int depth) {
  if (depth > kNestingMax) damaged("types are nested too deeply");
  if (json.is_string()) return type_from_text(json.get<std::string>());
  const std::string name = json.at("type").get<std::string>();
  Type type;
  if (name == "struct") {
    type.kind = Kind::kStruct;
    for (const Json& field : json.at("fields"))
      type.children.push_back(field_from_json(field, depth + 1));
  } else if (name == "array") {
    type.kind = Kind::kArray;
    type.children.push_back({.name = "element",
                             .type = type_from_json(json.at("elementType"), depth + 1),
                             .nullable = json.value("containsNull", true)});
  } else if (name == "map") {
    type.kind = Kind::kMap;
    type.children.push_back(
        {.name = "key", .type = type_from_json(json.at("keyType"), depth + 1), .nullable = false});
    type.children.push_back({.name = "value",
                             .type = type_from_json(json.at("valueType"), depth + 1),
                             .nullable = json.value("valueContainsNull", true)});
  } else {
    throw Error(Code::kUnsupported,
                "The Delta table has a column of a type that is not supported: " + name + ".");
  }
  return type;
}

void check_type(const Field& field) {
  const Type& type = field.type;
  if (type.kind == Kind::kDecimal && (type.precision < 1 || type.precision > 38 || type.scale < 0 ||
                                      type.scale > type.precision)) {
    throw Error(
        Code::kInvalidArgument,
        "A decimal's precision must be within 1 and 38 and its scale not above it: column '" +
            field.name + "'.");
  }
}

}  // namespace

bool Type::operator==(const Type&) const = default;
bool Field::operator==(const Field&) const = default;

const Field* Schema::find(std::string_view name) const {
  const Field* similar = nullptr;
  for (const Field& field : fields) {
    if (field.name == name) return &field;
    if (!similar && equal_ignoring_case(field.name, name)) similar = &field;
  }
  return similar;
}

std::string name_of(const Type& type) {
  switch (type.kind) {
    case Kind::kDecimal:
      return "decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case Kind::kArray:
      return "array<" + name_of(type.children.at(0).type) + ">";
    case Kind::kMap:
      return "map<" + name_of(type.children.at(0).type) + "," + name_of(type.children.at(1).type) +
             ">";
    case Kind::kStruct: {
      std::vector<std::string> fields;
      for (const Field& field : type.children)
        fields.push_back(field.name + ":" + name_of(field.type));
      return "struct<" + join(fields, ",") + ">";
    }
    default:
      return std::string(primitive_of(type.kind).delta);
  }
}

std::string engine_type(const Type& type) {
  switch (type.kind) {
    case Kind::kDecimal:
      return "DECIMAL(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case Kind::kArray:
      return engine_type(type.children.at(0).type) + "[]";
    case Kind::kMap:
      return "MAP(" + engine_type(type.children.at(0).type) + ", " +
             engine_type(type.children.at(1).type) + ")";
    case Kind::kStruct: {
      std::vector<std::string> fields;
      for (const Field& field : type.children) {
        fields.push_back(engine::quote_name(field.name) + " " + engine_type(field.type));
      }
      return "STRUCT(" + join(fields, ", ") + ")";
    }
    default:
      return std::string(primitive_of(type.kind).engine);
  }
}

std::string schema_to_json(const Schema& schema) { return struct_to_json(schema.fields).dump(); }

Schema schema_from_json(std::string_view text) {
  try {
    const Type type = type_from_json(parse_json(text, "schemaString"), 0);
    if (type.kind != Kind::kStruct) damaged("it is no struct");
    return {.fields = type.children};
  } catch (const Json::exception& error) {
    damaged(error.what());
  } catch (const Error& error) {
    if (error.code() == Code::kInvalidArgument) damaged(error.message());
    throw;
  }
}

void check_schema(const Schema& schema) {
  if (schema.fields.empty())
    throw Error(Code::kInvalidArgument, "A table needs at least one column.");
  if (schema.fields.size() > kColumnsMax) {
    throw Error(Code::kTooLarge,
                "A table can have at most " + std::to_string(kColumnsMax) + " columns.");
  }
  std::set<std::string, CaseInsensitive> names;
  for (const Field& field : schema.fields) {
    if (field.name.empty() || !valid_utf8(field.name) ||
        field.name.find('\0') != std::string::npos) {
      throw Error(Code::kInvalidArgument, "A column needs a name.");
    }
    if (!names.insert(field.name).second) {
      throw Error(Code::kInvalidArgument, "Two columns have the same name: '" + field.name + "'.");
    }
    check_type(field);
  }
}

}  // namespace tarn::lake::delta
