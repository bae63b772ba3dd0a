// FOR XML PATH and RAW: the query's rows as one text. There is no type xml: TYPE is what a query
// around it knows of its subquery.
// https://learn.microsoft.com/sql/relational-databases/xml/use-path-mode-with-for-xml

#include <algorithm>
#include <array>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/functions/definitions.h"
#include "detail/functions/xml_text.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

using bound::XmlRows;

constexpr std::string_view kXmlColumn = "XML_F52E2B61-18A1-11d1-B105-00805F49916B";
constexpr int kXmlIsoStyle = 126;
constexpr int kXmlNumberStyle = 2;  // all digits of money and float
constexpr int kXmlNumberLength = 64;

/// A query's rows where it is a subquery FOR XML, or null.
const XmlRows* xml_rows_of(const bound::Expr& item) {
  const auto* subquery = std::get_if<bound::ScalarSubquery>(&item.node);
  if (!subquery) return nullptr;
  const auto* select = std::get_if<bound::Select>(&subquery->query->node);
  const auto* derived =
      select && select->from ? std::get_if<bound::Derived>(&select->from->node) : nullptr;
  return derived ? std::get_if<XmlRows>(&derived->query->node) : nullptr;
}

bool is_typed_xml(const bound::Expr& item) {
  const XmlRows* rows = xml_rows_of(item);
  return rows && rows->typed;
}

bound::ExprPtr xml_call(const FunctionDef& function, bound::ExprPtr argument,
                        const Collation* collation) {
  const SqlType type =
      SqlType::nvarchar(kMaxLength).with_collation(collation, Coercibility::kDefault);
  const bool nullable = argument->nullable;
  const ast::Span span = argument->span;
  bound::Call node{&function, {}, {}};
  node.arguments.push_back(std::move(argument));
  return make_expr(type, nullable, span, std::move(node));
}

/// The value as XML writes it, its special characters still as they are.
bound::ExprPtr written(bound::ExprPtr value, const Collation* collation) {
  const SqlType type = value->type;
  if (is_character(type)) return value;
  if (is_binary(type)) {
    static const FunctionDef base64 =
        define("FOR XML", 1, {Take::kBinary}, result::nvarchar_max, "to_base64({0})");
    return xml_call(base64, std::move(value), collation);
  }
  int style = 0;
  if (is_temporal(type)) style = kXmlIsoStyle;
  if (is_money(type) || is_approximate(type)) style = kXmlNumberStyle;
  const SqlType target =
      SqlType::varchar(kXmlNumberLength).with_collation(collation, Coercibility::kDefault);
  return convert_explicit(std::move(value), target, false, style);
}

bound::ExprPtr escaped(bound::ExprPtr value, bool attribute, const Collation* collation) {
  static const FunctionDef of_text =
      define("FOR XML", 1, {Take::kText}, result::nvarchar_max, "tarn_xml_escape({0}, false)");
  static const FunctionDef of_attribute =
      define("FOR XML", 1, {Take::kText}, result::nvarchar_max, "tarn_xml_escape({0}, true)");
  return xml_call(attribute ? of_attribute : of_text, written(std::move(value), collation),
                  collation);
}

/// Throws 6850 for what is no XML name.
void check_xml_name(const std::string& name, const char* what, ast::Span span) {
  const std::optional<std::size_t> bad = bad_xml_name_character(name);
  if (!bad) return;
  const std::string character =
      *bad < name.size() ? name.substr(*bad, utf8_length_at(name, *bad)) : std::string();
  throw bind_error(6850,
                   std::string(what) + " name '" + name +
                       "' contains an invalid XML identifier as required by FOR XML; '" +
                       character + "'(" + code_point_text(name, *bad) +
                       ") is the first character at fault.",
                   span);
}

/// Puts a row's columns into its tree.
class XmlTree {
 public:
  XmlTree(XmlRows& xml, const Collation* collation, ast::Span span)
      : xml_(xml), collation_(collation), span_(span) {}

  /// PATH: "a/b/@c", "text()", or nothing.
  void add_path(const std::string& name, bound::ExprPtr value, bool is_xml) {
    std::vector<std::string> parts = name.empty() ? std::vector<std::string>() : split(name, '/');
    std::string last = parts.empty() ? std::string() : parts.back();
    const bool step = last.starts_with('@') || last.ends_with("()") || last == "*";
    if (step) parts.pop_back();
    if (!step) last.clear();
    for (const std::string& part : parts) check_xml_name(part, "Column", span_);
    std::vector<XmlRows::Node>& place = open(parts);
    if (last.starts_with('@')) {
      check_xml_name(last.substr(1), "Column", span_);
      return add_attribute(place, parts.empty(), last.substr(1), std::move(value));
    }
    if (last.starts_with("processing-instruction("))
      throw unsupported("FOR XML with a processing-instruction()", span_);
    using Kind = XmlRows::Node::Kind;
    static constexpr std::array kSteps =
        std::to_array<std::pair<std::string_view, Kind>>({{"", Kind::kText},
                                                          {"*", Kind::kText},
                                                          {"text()", Kind::kText},
                                                          {"node()", Kind::kText},
                                                          {"data()", Kind::kAtomic},
                                                          {"comment()", Kind::kComment}});
    const auto found = std::ranges::find(kSteps, std::string_view(last),
                                         &std::pair<std::string_view, Kind>::first);
    if (found == kSteps.end()) {
      throw bind_error(6851,
                       "Column '" + name + "' has invalid path: '" + last +
                           "' is no step that FOR XML PATH has.",
                       span_, "Use names, @name, text(), node(), data() and comment().");
    }
    const bool as_is = is_xml && found->second == Kind::kText;
    XmlRows::Node node;
    node.kind = as_is ? Kind::kXml : found->second;
    node.value = as_is ? std::move(value) : escaped(std::move(value), false, collation_);
    place.push_back(std::move(node));
  }

  /// RAW: an attribute or an element a column.
  void add_raw(const std::string& name, bound::ExprPtr value, bool is_xml, bool elements) {
    const std::string encoded = encoded_xml_name(name);
    if (elements || is_xml) {
      std::vector<XmlRows::Node>& place = open({encoded}, true);
      XmlRows::Node node;
      node.kind = is_xml ? XmlRows::Node::Kind::kXml : XmlRows::Node::Kind::kText;
      node.value = is_xml ? std::move(value) : escaped(std::move(value), false, collation_);
      place.push_back(std::move(node));
      return;
    }
    add_attribute(xml_.nodes, true, encoded, std::move(value));
  }

 private:
  /// Where the children go of the element at that path: the last one, where it has the name.
  std::vector<XmlRows::Node>& open(const std::vector<std::string>& path, bool fresh = false) {
    std::vector<XmlRows::Node>* place = &xml_.nodes;
    for (const std::string& name : path) {
      const bool there = !fresh && !place->empty() &&
                         place->back().kind == XmlRows::Node::Kind::kElement &&
                         place->back().name == name;
      if (!there) {
        place->emplace_back();
        place->back().name = name;
      }
      place = &place->back().children;
    }
    return *place;
  }

  void add_attribute(std::vector<XmlRows::Node>& place, bool of_row, const std::string& name,
                     bound::ExprPtr value) {
    if (of_row && xml_.row.empty()) {
      throw bind_error(6864,
                       "Row tag omission (empty row tag name) cannot be used with "
                       "attribute-centric FOR XML serialization.",
                       span_);
    }
    for (const XmlRows::Node& node : place) {
      if (node.kind == XmlRows::Node::Kind::kAttribute) {
        if (node.name != name) continue;
        throw bind_error(6810,
                         "Column name '" + name +
                             "' is repeated. The same attribute cannot be generated more than "
                             "once on the same XML tag.",
                         span_);
      }
      throw bind_error(6852,
                       "Attribute-centric column '@" + name +
                           "' must not come after a non-attribute-centric sibling in XML "
                           "hierarchy in FOR XML PATH.",
                       span_);
    }
    XmlRows::Node node;
    node.kind = XmlRows::Node::Kind::kAttribute;
    node.name = name;
    node.value = escaped(std::move(value), true, collation_);
    place.push_back(std::move(node));
  }

  XmlRows& xml_;
  const Collation* collation_;
  ast::Span span_;
};

}  // namespace

bound::Query Binder::Impl::text_query(bound::Query rows, std::string_view column, ast::Span span) {
  const SqlType type = SqlType::nvarchar(kMaxLength)
                           .with_collation(context->default_collation(), Coercibility::kImplicit);
  rows.columns.push_back({std::string(column), type, true});
  bound::Query result;
  bound::Select around;
  around.from = std::make_unique<bound::Relation>();
  around.from->number = next_relation++;
  around.from->span = span;
  around.items.push_back(make_expr(type, true, span, bound::Column{around.from->number, "c0", {}}));
  around.from->node = bound::Derived{std::make_unique<bound::Query>(std::move(rows))};
  result.columns.push_back({std::string(column), type, true});
  result.node = std::move(around);
  return result;
}

bound::Query Binder::Impl::bind_for_xml(const ast::Query& query, const Scope* outer) {
  const ast::ForClause& clause = *query.for_clause;
  const ast::Span span = clause.span;
  const bool raw = clause.kind == ast::ForClause::Kind::kXmlRaw;
  XmlRows xml;
  xml.rows = std::make_unique<bound::Query>(bind_rows(query, outer));
  if (!xml.rows->assigns.empty()) throw for_clause_refused(clause, "ASSIGNMENT");
  xml.relation = next_relation++;
  xml.row = clause.row;
  xml.root = clause.root;
  xml.typed = clause.typed;
  xml.shows_nulls = clause.include_nulls;
  if (raw && xml.row.empty() && !clause.elements) {
    throw bind_error(6864,
                     "Row tag omission (empty row tag name) cannot be used with attribute-centric "
                     "FOR XML serialization.",
                     span);
  }
  if (xml.shows_nulls && xml.row.empty() && !xml.root)
    throw unsupported("XSINIL without an element around the rows", span, "Add ROOT.");
  if (!xml.row.empty()) check_xml_name(xml.row, "Row tag", span);
  if (xml.root) check_xml_name(*xml.root, "ROOT", span);
  const auto* select = std::get_if<bound::Select>(&xml.rows->node);
  XmlTree tree(xml, context->default_collation(), span);
  for (std::size_t i = 0; i < xml.rows->columns.size(); ++i) {
    const bound::ResultColumn& column = xml.rows->columns[i];
    if (raw && column.name.empty()) {
      throw bind_error(6809,
                       "Unnamed tables cannot be used as XML identifiers as well as unnamed "
                       "columns cannot be used for attribute names. Name unnamed columns/tables "
                       "using AS in the SELECT statement.",
                       span);
    }
    const bool is_xml = select && is_typed_xml(*select->items[i]);
    bound::ExprPtr value =
        make_expr(column.type, column.nullable, span,
                  bound::Column{xml.relation, "c" + std::to_string(i), column.name});
    if (raw) {
      tree.add_raw(column.name, std::move(value), is_xml, clause.elements);
    } else {
      tree.add_path(column.name, std::move(value), is_xml);
    }
  }
  bound::Query rows;
  const bool typed = xml.typed;
  rows.node = std::move(xml);
  return text_query(std::move(rows), typed ? std::string_view() : kXmlColumn, span);
}

bound::ExprPtr Binder::Impl::bind_xml_value(const ast::XmlValue& node, const Env& env,
                                            ast::Span span) {
  bound::ExprPtr xml = bind_value(*node.xml, env);
  if (!is_typed_xml(*xml)) {
    throw bind_error(258, "Cannot call methods on " + to_string(xml->type) + ".", span,
                     "Write FOR XML PATH(…), TYPE.");
  }
  static const FunctionDef whole =
      define("value", 1, {Take::kText}, result::nvarchar_max, "tarn_xml_text({0}, false)");
  static const FunctionDef first =
      define("value", 1, {Take::kText}, result::nvarchar_max, "tarn_xml_text({0}, true)");
  std::string path;
  for (const char c : node.path) {
    if (c != ' ') path += c;
  }
  const bool all = path == "." || path == "(.)[1]" || path == ".[1]" || path == "(/)[1]";
  const bool one = path == "text()[1]" || path == "./text()[1]" || path == "(./text())[1]" ||
                   path == "(text())[1]" || path == "(text()[1])" || path == "(./text()[1])[1]";
  if (!all && !one) {
    throw unsupported("the path '" + node.path + "' in value()", span,
                      "'.' and 'text()[1]' are there.");
  }
  const SqlType type = bind_type(node.type, context->default_collation(), true);
  bound::ExprPtr text = xml_call(all ? whole : first, std::move(xml), context->default_collation());
  text->nullable = true;
  return convert_explicit(std::move(text), type, false, 0);
}

}  // namespace tarn::sql
