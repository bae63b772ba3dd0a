// FOR XML.

#include "detail/translate/translator.h"
#include "engine/type.h"

namespace tarn::sql {
namespace {

using engine::quote_text;

/// Before each piece while a row is put together, so that an empty text is told from nothing; XML
/// has it nowhere but in its escapes.
constexpr std::string_view kXmlMark = "chr(1)";
/// Around atomic values: where two meet, a blank comes between.
constexpr std::string_view kAtomStart = "chr(2)";
constexpr std::string_view kAtomEnd = "chr(3)";
constexpr std::string_view kInstanceSpace =
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

std::string concatenated(const std::vector<std::string>& parts) {
  if (parts.empty()) return "''";
  std::string text = "concat(";
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i ? ", " : "") + parts[i];
  return text + ")";
}

}  // namespace

std::string Translator::xml_node(const bound::XmlRows::Node& node, bool shows_nulls) {
  using Kind = bound::XmlRows::Node::Kind;
  const std::string mark = "(" + std::string(kXmlMark) + " || ";
  switch (node.kind) {
    case Kind::kText:
    case Kind::kXml:
      return mark + expression(*node.value) + ")";
    case Kind::kAtomic:
      return mark + std::string(kAtomStart) + " || " + expression(*node.value) + " || " +
             std::string(kAtomEnd) + ")";
    case Kind::kComment:
      return mark + "'<!--' || " + expression(*node.value) + " || '-->')";
    case Kind::kAttribute:
      return mark + quote_text(" " + node.name + "=\"") + " || " + expression(*node.value) +
             " || '\"')";
    case Kind::kElement:
      break;
  }
  std::vector<std::string> attributes;
  std::vector<std::string> content;
  for (const bound::XmlRows::Node& child : node.children)
    (child.kind == Kind::kAttribute ? attributes : content).push_back(xml_node(child, shows_nulls));
  const std::string element = mark + quote_text("<" + node.name) + " || nullif(" +
                              concatenated(attributes) + " || coalesce('>' || nullif(" +
                              concatenated(content) + ", '') || " +
                              quote_text("</" + node.name + ">") + ", '/>'), '/>'))";
  const bool leaf =
      content.size() == 1 && attributes.empty() && node.children.front().kind != Kind::kElement;
  if (!shows_nulls || !leaf) return element;
  return "coalesce(" + element + ", " + quote_text("<" + node.name + " xsi:nil=\"true\"/>") + ")";
}

std::string Translator::xml_rows(const bound::XmlRows& xml) {
  using Kind = bound::XmlRows::Node::Kind;
  std::vector<std::string> attributes;
  std::vector<std::string> content;
  for (const bound::XmlRows::Node& node : xml.nodes) {
    (node.kind == Kind::kAttribute ? attributes : content)
        .push_back(xml_node(node, xml.shows_nulls));
  }
  const std::string space(xml.shows_nulls ? kInstanceSpace : std::string_view());
  std::string row = concatenated(content);
  if (!xml.row.empty()) {
    row = quote_text("<" + xml.row + (xml.root ? std::string() : space)) + " || " +
          concatenated(attributes) + " || coalesce('>' || nullif(" + row + ", '') || " +
          quote_text("</" + xml.row + ">") + ", '/>')";
  }
  std::string whole =
      "string_agg(" + row + ", '' ORDER BY " + relation_name(xml.relation) + ".\"rn\")";
  whole = "replace(replace(replace(replace(" + whole + ", " + std::string(kXmlMark) + ", ''), " +
          std::string(kAtomEnd) + " || " + std::string(kAtomStart) + ", ' '), " +
          std::string(kAtomStart) + ", ''), " + std::string(kAtomEnd) + ", '')";
  whole = "nullif(" + whole + ", '')";
  if (xml.root) {
    whole = quote_text("<" + *xml.root + space + ">") + " || " + whole + " || " +
            quote_text("</" + *xml.root + ">");
  }
  return "SELECT " + whole + " AS \"c0\" FROM (SELECT *, row_number() OVER () AS \"rn\" FROM (" +
         query(*xml.rows) + ") AS \"o\") AS " + relation_name(xml.relation) +
         " HAVING count(*) > 0";
}

}  // namespace tarn::sql
