// FOR JSON and OPENJSON.

#include "base/json.h"
#include "detail/functions/json_text.h"
#include "detail/translate/translator.h"
#include "engine/type.h"

namespace tarn::sql {
namespace {

/// Between the levels of AUTO in a row, and between rows: JSON has neither outside of its escapes.
constexpr std::string_view kLevelMark = "chr(1)";
constexpr std::string_view kRowMark = "chr(2)";

/// An object of a row while it is put together: `"name":value` texts, NULL where one is left out.
struct Members {
  std::vector<std::string> texts;

  std::string joined() const { return "concat_ws(','" + tail() + ")"; }
  std::string tail() const {
    std::string text;
    for (const std::string& member : texts) text += ", " + member;
    return text;
  }
};

std::string property(const std::string& name) {
  return engine::quote_text(json_quoted(name) + ":");
}

}  // namespace

std::string Translator::json_rows(const bound::JsonRows& json) {
  std::vector<std::string> objects;
  for (std::size_t level = 0; level <= json.levels.size(); ++level) {
    // `open` are the objects from the row's own to the one that is being written.
    std::vector<Members> open(1);
    std::vector<std::string> names;
    const auto close = [&]() {
      const std::string inner = open.back().joined();
      open.pop_back();
      open.back().texts.push_back("(" + property(names.back()) + " || '{' || nullif(" + inner +
                                  ", '') || '}')");
      names.pop_back();
    };
    for (const bound::JsonRows::Item& item : json.items) {
      if (item.level != level) continue;
      std::size_t same = 0;
      while (same < names.size() && same + 1 < item.path.size() && names[same] == item.path[same])
        ++same;
      while (names.size() > same) close();
      while (names.size() + 1 < item.path.size()) {
        names.push_back(item.path[names.size()]);
        open.emplace_back();
      }
      std::string value = expression(*item.json);
      if (json.include_nulls) value = "coalesce(" + value + ", 'null')";
      open.back().texts.push_back("(" + property(item.path.back()) + " || " + value + ")");
    }
    while (!names.empty()) close();
    objects.push_back("'{' || " + open.back().joined() + " || '}'");
  }
  const std::string order = " ORDER BY " + relation_name(json.relation) + ".\"rn\")";
  std::string rows;
  if (json.levels.empty()) {
    rows = "string_agg(" + objects.front() + ", ','" + order;
  } else {
    std::string row;
    for (const std::string& object : objects)
      row += (row.empty() ? "" : " || " + std::string(kLevelMark) + " || ") + object;
    std::string names;
    for (const std::string& level : json.levels) names += (names.empty() ? "" : "\x01") + level;
    rows = "tarn_json_nest(string_agg(" + row + ", " + std::string(kRowMark) + order + ", " +
           engine::quote_text(names) + ")";
  }
  std::string whole = rows;
  if (!json.without_wrapper) whole = "'[' || " + rows + " || ']'";
  if (json.root) whole = "'{' || " + property(*json.root) + " || " + whole + " || '}'";
  return "SELECT " + whole + " AS \"c0\" FROM (SELECT *, row_number() OVER () AS \"rn\" FROM (" +
         query(*json.rows) + ") AS \"o\") AS " + relation_name(json.relation) +
         " HAVING count(*) > 0";
}

std::string Translator::open_json(const bound::OpenJson& node) {
  const std::string json = expression(*node.json);
  const std::string path = expression(*node.path);
  const std::string rows = "(SELECT unnest(from_json(";
  const std::string shape = ", '[[\"VARCHAR\"]]')) AS \"r\") AS \"e\"";
  if (node.columns.empty()) {
    return "SELECT \"r\"[1] AS \"key\", \"r\"[2] AS \"value\", CAST(\"r\"[3] AS UTINYINT) AS "
           "\"type\" FROM " +
           rows + "tarn_openjson(" + json + ", " + path + ")" + shape;
  }
  Json columns = Json::array();
  std::string list;
  for (std::size_t i = 0; i < node.columns.size(); ++i) {
    columns.push_back({node.columns[i].path, node.columns[i].as_json});
    list += (i ? ", " : "") + std::string("\"r\"[") + std::to_string(i + 1) + "] AS \"c" +
            std::to_string(i) + "\"";
  }
  const std::string spec = columns.dump(-1, ' ', false, Json::error_handler_t::replace);
  return "SELECT " + list + " FROM " + rows + "tarn_openjson_rows(" + json + ", " + path + ", " +
         engine::quote_text(spec) + ")" + shape;
}

}  // namespace tarn::sql
