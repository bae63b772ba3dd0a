// The JSON functions as the engine calls them.

#include "base/json.h"
#include "detail/functions/json_text.h"
#include "detail/functions/row_function.h"

namespace tarn::sql {
namespace {

using engine::Kind;

/// The path of the rows before, which mostly is that of this row too.
class PathCache {
 public:
  explicit PathCache(bool append_allowed = false) : append_allowed_(append_allowed) {}

  const JsonPath& parsed(std::string_view text) {
    if (!known_ || text != text_) {
      path_ = parse_json_path(text, append_allowed_);
      text_ = text;
      known_ = true;
    }
    return path_;
  }

 private:
  bool append_allowed_;
  bool known_ = false;
  std::string text_;
  JsonPath path_;
};

JsonClass class_named(std::string_view name) {
  if (name == "VALUE") return JsonClass::kValue;
  if (name == "ARRAY") return JsonClass::kArray;
  if (name == "OBJECT") return JsonClass::kObject;
  if (name == "SCALAR") return JsonClass::kScalar;
  return JsonClass::kObjectOrArray;
}

std::vector<JsonColumn> columns_of(std::string_view specification) {
  std::vector<JsonColumn> columns;
  for (const Json& column : Json::parse(specification)) {
    columns.push_back({parse_json_path(column.at(0).get<std::string>()), column.at(1).get<bool>()});
  }
  return columns;
}

/// A function of (json, path) whose paths are parsed once for many rows.
template <typename Body>
engine::ScalarFunction path_function(std::string name, Body body) {
  engine::ScalarFunction function;
  function.name = std::move(name);
  function.parameters = {Kind::kText, Kind::kText};
  function.result = Kind::kText;
  function.call = [body](const engine::Chunk& input, engine::ColumnWriter& output) {
    PathCache paths;
    for (std::size_t i = 0; i < input.size(); ++i) {
      const Row row(input, i);
      if (row.any_null()) {
        output.set_null(i);
      } else {
        put(output, i, body(row.text(0), paths.parsed(row.text(1))));
      }
    }
  };
  return function;
}

/// JSON_MODIFY(json, path, value): NULL as the value means something.
engine::ScalarFunction modify_function() {
  engine::ScalarFunction function;
  function.name = "tarn_json_modify";
  function.parameters = {Kind::kText, Kind::kText, Kind::kText};
  function.result = Kind::kText;
  function.call = [](const engine::Chunk& input, engine::ColumnWriter& output) {
    PathCache paths(true);
    for (std::size_t i = 0; i < input.size(); ++i) {
      const Row row(input, i);
      if (row.null(0) || row.null(1)) {
        output.set_null(i);
        continue;
      }
      std::optional<std::string> value;
      if (!row.null(2)) value = std::string(row.text(2));
      put(output, i, json_modify(row.text(0), paths.parsed(row.text(1)), value));
    }
  };
  return function;
}

}  // namespace

std::vector<engine::ScalarFunction> json_engine_functions() {
  std::vector<engine::ScalarFunction> functions;
  functions.push_back(path_function("tarn_json_value", json_value));
  functions.push_back(path_function("tarn_json_query", json_query));
  functions.push_back(path_function("tarn_openjson", open_json));
  functions.push_back(modify_function());
  functions.push_back(row_function("tarn_json_path_exists", {Kind::kText, Kind::kText},
                                   Kind::kInt32, [](const Row& r) -> std::int32_t {
                                     const JsonPath path = parse_json_path(r.text(1));
                                     return find_json(r.text(0), path) ? 1 : 0;
                                   }));
  functions.push_back(row_function(
      "tarn_openjson_rows", {Kind::kText, Kind::kText, Kind::kText}, Kind::kText, [](const Row& r) {
        return open_json_rows(r.text(0), parse_json_path(r.text(1)), columns_of(r.text(2)));
      }));
  functions.push_back(row_function("tarn_isjson", {Kind::kText, Kind::kText}, Kind::kInt32,
                                   [](const Row& r) -> std::int32_t {
                                     return is_json(r.text(0), class_named(r.text(1))) ? 1 : 0;
                                   }));
  functions.push_back(row_function("tarn_json_quote", {Kind::kText}, Kind::kText,
                                   [](const Row& r) { return json_quoted(r.text(0)); }));
  functions.push_back(row_function("tarn_json_nest", {Kind::kText, Kind::kText}, Kind::kText,
                                   [](const Row& r) { return nest_json(r.text(0), r.text(1)); }));
  return functions;
}

}  // namespace tarn::sql
