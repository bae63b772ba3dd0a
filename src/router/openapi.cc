// The OpenAPI 3.1 document of a route table.

#include <set>

#include "base/json.h"
#include "base/text.h"
#include "detail/route_table.h"
#include "router/service_routes.h"

namespace tarn::router {
namespace {

/// Schemas of objects, each once under its name.
using Components = Json;

Json schema_json(const Schema& schema, Components& components);

Json object_schema(const Schema& schema, Components& components) {
  Json json = {{"type", "object"}};
  if (!schema.doc.empty()) json["description"] = schema.doc;
  json["properties"] = Json::object();
  Json required = Json::array();
  for (const Schema::Field& field : schema.fields()) {
    Json property = schema_json(field.schema, components);
    if (!field.doc.empty()) property["description"] = field.doc;
    if (!field.default_json.empty()) property["default"] = parse_json(field.default_json);
    json["properties"][field.name] = std::move(property);
    if (field.required) required.push_back(field.name);
  }
  if (!required.empty()) json["required"] = std::move(required);
  json["additionalProperties"] = false;
  return json;
}

const char* type_of(Schema::Kind kind) {
  switch (kind) {
    case Schema::Kind::kBool:
      return "boolean";
    case Schema::Kind::kInteger:
      return "integer";
    case Schema::Kind::kNumber:
      return "number";
    case Schema::Kind::kString:
      return "string";
    case Schema::Kind::kArray:
      return "array";
    case Schema::Kind::kMap:
    case Schema::Kind::kObject:
      return "object";
    case Schema::Kind::kAny:
      return "";
  }
  return "";
}

Json schema_json(const Schema& schema, Components& components) {
  if (schema.kind == Schema::Kind::kAny) return Json::object();
  if (schema.kind == Schema::Kind::kObject) {
    if (!components.contains(schema.name)) {
      components[schema.name] = nullptr;  // a type may contain itself
      components[schema.name] = object_schema(schema, components);
    }
    return {{"$ref", "#/components/schemas/" + schema.name}};
  }
  Json json = {{"type", type_of(schema.kind)}};
  if (!schema.format.empty()) json["format"] = schema.format;
  if (!schema.values.empty()) json["enum"] = schema.values;
  if (schema.kind == Schema::Kind::kArray) json["items"] = schema_json(*schema.items, components);
  if (schema.kind == Schema::Kind::kMap) {
    json["additionalProperties"] = schema_json(*schema.items, components);
  }
  return json;
}

Json content_of(const BodyDescription& body, Components& components) {
  const Json schema = body.schema ? schema_json(*body.schema, components) : Json::object();
  return {{body.media_type, {{"schema", schema}}}};
}

Json parameter(const std::string& name, const char* in, const std::string& doc, bool required,
               Json schema) {
  Json json = {{"name", name}, {"in", in}, {"required", required}, {"schema", std::move(schema)}};
  if (!doc.empty()) json["description"] = doc;
  return json;
}

Json parameters_of(const Route& route, const std::vector<detail::PatternSegment>& pattern) {
  Json list = Json::array();
  for (const detail::PatternSegment& segment : pattern) {
    if (segment.kind == detail::PatternSegment::Kind::kLiteral) continue;
    const bool rest = segment.kind == detail::PatternSegment::Kind::kRest;
    list.push_back(parameter(segment.text, "path",
                             rest ? "The rest of the path, slashes included." : "", true,
                             {{"type", "string"}}));
  }
  for (const QueryParameter& query : route.query) {
    Json schema = {{"type", type_of(query.kind)}};
    if (!query.values.empty()) schema["enum"] = query.values;
    list.push_back(parameter(query.name, "query", query.doc, query.required, std::move(schema)));
  }
  return list;
}

std::string path_of(const std::vector<detail::PatternSegment>& pattern) {
  std::string path;
  for (const detail::PatternSegment& segment : pattern) {
    const bool literal = segment.kind == detail::PatternSegment::Kind::kLiteral;
    path += "/" + (literal ? segment.text : "{" + segment.text + "}");
  }
  return path;
}

/// "get_lake_files_path": unique, since method and pattern are.
std::string operation_id(const Route& route) {
  std::string id = to_lower(route.method);
  bool boundary = true;
  for (const char c : route.pattern) {
    if (!std::isalnum(static_cast<unsigned char>(c))) {
      boundary = true;
      continue;
    }
    if (boundary) id.push_back('_');
    boundary = false;
    id.push_back(c);
  }
  return id;
}

Json operation(const Route& route, const std::vector<detail::PatternSegment>& pattern,
               Components& components) {
  Json json = {{"operationId", operation_id(route)}, {"summary", route.summary}};
  if (!pattern.empty() && !pattern.front().text.empty()) {
    json["tags"] = Json::array({pattern.front().text});
  }
  json["x-tarn-action"] = route.action;
  if (Json list = parameters_of(route, pattern); !list.empty())
    json["parameters"] = std::move(list);
  if (!route.request.media_type.empty()) {
    json["requestBody"] = {{"required", true}, {"content", content_of(route.request, components)}};
    if (!route.request.doc.empty()) json["requestBody"]["description"] = route.request.doc;
  }
  const std::string& doc = route.response.doc;
  Json success = {{"description", doc.empty() ? "Success." : doc}};
  if (!route.response.media_type.empty())
    success["content"] = content_of(route.response, components);
  json["responses"] = {{std::to_string(route.response_status), std::move(success)},
                       {"default", {{"$ref", "#/components/responses/Problem"}}}};
  if (route.action == kPublicAction) json["security"] = Json::array();
  return json;
}

Json problem_schema() {
  const Json text = {{"type", "string"}};
  const Json number = {{"type", "integer"}};
  const auto object = [](Json properties) -> Json {
    return {{"type", "object"}, {"properties", std::move(properties)}};
  };
  Json problem = object(
      {{"type", text},
       {"title", text},
       {"status", number},
       {"detail", text},
       {"code", text},
       {"hint", text},
       {"place", object({{"source", text}, {"line", number}, {"column", number}})},
       {"sql",
        object({{"number", number}, {"severity", number}, {"state", number}, {"procedure", text}})},
       {"request_id", text}});
  problem["description"] = "What went wrong, where, and what to do (RFC 9457).";
  problem["required"] = {"type", "title", "status", "detail", "code"};
  return problem;
}

}  // namespace

std::string openapi_document(const std::string& title, const std::string& version,
                             const std::vector<Route>& routes) {
  Components schemas = Json::object();
  Json paths = Json::object();
  for (const Route& route : routes) {
    // Its protocol is described by whose it is; OpenAPI knows one operation a method and path.
    if (!route.variant.empty()) continue;
    const auto pattern = detail::parse_pattern(route.pattern);
    paths[path_of(pattern)][to_lower(route.method)] = operation(route, pattern, schemas);
  }
  schemas["Problem"] = problem_schema();
  Json json = {{"openapi", "3.1.0"}, {"info", {{"title", title}, {"version", version}}}};
  json["paths"] = std::move(paths);
  const Json problem_content = {
      {"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}};
  json["components"] = {
      {"schemas", std::move(schemas)},
      {"responses", {{"Problem", {{"description", "An error."}, {"content", problem_content}}}}},
      {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}};
  json["security"] = Json::array({Json{{"token", Json::array()}}});
  return json.dump();
}

}  // namespace tarn::router
