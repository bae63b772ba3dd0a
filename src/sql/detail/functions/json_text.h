#pragma once
// JSON as T-SQL's functions see it: text that is read by path, without ever becoming a tree. What
// is not touched keeps its bytes.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::sql {

/// Objects and arrays inside each other.
inline constexpr int kJsonDepthMax = 128;

/// `[append] [lax|strict] $.name."other name"[3]`.
struct JsonPath {
  struct Step {
    std::string key;                   // of an object, where `index` is empty
    std::optional<std::size_t> index;  // of an array
  };
  bool append = false;
  bool strict = false;
  std::vector<Step> steps;
};

/// Throws 13607. `append` is JSON_MODIFY's only.
JsonPath parse_json_path(std::string_view text, bool append_allowed = false);

enum class JsonKind { kNull = 0, kString = 1, kNumber = 2, kBoolean = 3, kArray = 4, kObject = 5 };

/// A value's own bytes in a text.
struct JsonSpan {
  JsonKind kind = JsonKind::kNull;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The value at the path, or nothing. Only what lies before it is read. Throws 13609 for text that
/// is no JSON object or array.
std::optional<JsonSpan> find_json(std::string_view json, const JsonPath& path);

/// A string's text without quotes and escapes; anything else as it is written.
std::string json_plain(std::string_view json, const JsonSpan& value);
/// A JSON string of the text.
std::string json_quoted(std::string_view text);

/// JSON_VALUE; nothing for NULL. Throws 13608, 13623, 13625 where the path is strict.
std::optional<std::string> json_value(std::string_view json, const JsonPath& path);
/// JSON_QUERY. Throws 13608, 13624.
std::optional<std::string> json_query(std::string_view json, const JsonPath& path);
/// JSON_MODIFY; `value` is JSON, nothing for NULL. Throws 13608, 13622.
std::string json_modify(std::string_view json, const JsonPath& path,
                        const std::optional<std::string>& value);

enum class JsonClass { kObjectOrArray, kValue, kArray, kObject, kScalar };
bool is_json(std::string_view text, JsonClass wanted);

/// The members of the object or elements of the array at the path, as [["key","value","type"], …].
/// Throws 13608 and 13611.
std::string open_json(std::string_view json, const JsonPath& path);
/// One column of OPENJSON … WITH.
struct JsonColumn {
  JsonPath path;
  bool as_json = false;
};
/// One row for an object, one an element for an array: [["a","b"], …].
std::string open_json_rows(std::string_view json, const JsonPath& path,
                           const std::vector<JsonColumn>& columns);

/// FOR JSON AUTO: rows of "object\1object\1…" separated by \2, objects of all levels but the last
/// merged where they repeat; `names` of the inner arrays are separated by \1.
std::string nest_json(std::string_view rows, std::string_view names);

}  // namespace tarn::sql
