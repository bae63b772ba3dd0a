// JSON_VALUE, JSON_QUERY, JSON_MODIFY, ISJSON, JSON_PATH_EXISTS. FOR JSON and OPENJSON are no
// functions: see translate/json_sql.cc.

#include "detail/functions/definitions.h"

namespace tarn::sql {

std::span<const FunctionDef> json_functions() {
  using enum Take;
  static const std::vector<FunctionDef> functions = {
      define("ISJSON", 1, {kText}, result::integer, "tarn_isjson({0}, '')"),
      define("ISJSON", 2, {kText}, result::integer, "tarn_isjson({0}, {1})"),
      define("JSON_PATH_EXISTS", 2, {kText}, result::integer, "tarn_json_path_exists({0}, {1})"),
      define("JSON_VALUE", 2, {kText}, result::nvarchar4000, "tarn_json_value({0}, {1})",
             Nulls::kAlways),
      define("JSON_QUERY", 1, {kText}, result::nvarchar_max, "tarn_json_query({0}, '$')",
             Nulls::kAlways),
      define("JSON_QUERY", 2, {kText}, result::nvarchar_max, "tarn_json_query({0}, {1})",
             Nulls::kAlways),
      // The value comes as JSON already: see bind_json_call.
      define("JSON_MODIFY", 3, {kText}, result::nvarchar_max, "tarn_json_modify({0}, {1}, {2})",
             Nulls::kAlways),
  };
  return functions;
}

}  // namespace tarn::sql
