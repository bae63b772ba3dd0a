#include "detail/syntax/dump.h"
#include "detail/syntax/dump_writer.h"

namespace tarn::sql {
namespace {

std::string_view symbol(ast::JoinKind kind) {
  switch (kind) {
    case ast::JoinKind::kInner:
      return "inner-join";
    case ast::JoinKind::kLeft:
      return "left-join";
    case ast::JoinKind::kRight:
      return "right-join";
    case ast::JoinKind::kFull:
      return "full-join";
    case ast::JoinKind::kCross:
      return "cross-join";
    case ast::JoinKind::kCrossApply:
      return "cross-apply";
    case ast::JoinKind::kOuterApply:
      return "outer-apply";
  }
  return {};
}

}  // namespace

void DumpWriter::alias(const ast::TableAlias& alias) {
  if (!alias.name) return;
  word("as");
  identifier(*alias.name);
  identifiers("columns", alias.columns);
}

void DumpWriter::rows(const std::vector<std::vector<ast::ExprPtr>>& rows) {
  open("values");
  for (const auto& row : rows) exprs({}, row);
  close();
}

void DumpWriter::source(const ast::TableSource& source) {
  std::visit(ast::Overloaded{[&](const ast::NamedTable& node) {
                               open("table");
                               name(node.name);
                               for (const std::string& hint : node.hints) word(hint);
                             },
                             [&](const ast::VariableTable& node) {
                               open("table");
                               word(node.name);
                             },
                             [&](const ast::DerivedTable& node) {
                               open("derived");
                               query(*node.query);
                             },
                             [&](const ast::ValuesTable& node) {
                               open("derived");
                               rows(node.rows);
                             },
                             [&](const ast::FunctionTable& node) {
                               open("function");
                               call(node.call);
                               if (node.schema) schema("with", *node.schema);
                             },
                             [&](const ast::OpenRowset& node) {
                               open("openrowset");
                               for (const std::string& path : node.paths) text(path);
                               options(node.options);
                               if (node.schema) schema("with", *node.schema);
                             },
                             [&](const ast::Predict& node) {
                               open("predict");
                               optional("model", node.model);
                               open("data");
                               this->source(*node.data);
                               close();
                               if (node.runtime) {
                                 word("runtime");
                                 identifier(*node.runtime);
                               }
                               schema("with", node.outputs);
                             },
                             [&](const ast::Pivot& node) {
                               open("pivot");
                               this->source(*node.source);
                               call(node.aggregate);
                               name(node.column);
                               identifiers("in", node.values);
                             },
                             [&](const ast::Unpivot& node) {
                               open("unpivot");
                               this->source(*node.source);
                               identifier(node.value);
                               identifier(node.name);
                               open("in");
                               for (const ast::Name& column : node.columns) name(column);
                               close();
                             },
                             [&](const ast::Join& node) {
                               open(symbol(node.kind));
                               this->source(*node.left);
                               this->source(*node.right);
                               if (node.on) expr(*node.on);
                             }},
             source.node);
  alias(source.alias);
  close();
}

void DumpWriter::item(const ast::SelectItem& item) {
  std::visit(ast::Overloaded{[this](const ast::StarItem& node) {
                               if (node.qualifier) {
                                 name(*node.qualifier);
                                 out_ += ".*";
                               } else {
                                 word("*");
                               }
                             },
                             [this](const ast::ExprItem& node) {
                               if (node.alias) {
                                 open("as");
                                 identifier(*node.alias);
                               }
                               expr(*node.expr);
                               if (node.alias) close();
                             },
                             [this](const ast::AssignItem& node) {
                               assign(node.op, node.variable, *node.expr);
                             }},
             item.node);
}

void DumpWriter::top(const ast::Top& top) {
  open("top");
  expr(*top.count);
  if (top.percent) word("percent");
  if (top.with_ties) word("with-ties");
  close();
}

void DumpWriter::grouping(const ast::GroupingElement& element) {
  static constexpr std::string_view kHeads[] = {"", "set", "rollup", "cube", "grouping-sets"};
  if (element.kind == ast::GroupingElement::Kind::kExpression) {
    expr(*element.expressions.front());
    return;
  }
  open(kHeads[static_cast<int>(element.kind)]);
  for (const ast::ExprPtr& each : element.expressions) expr(*each);
  for (const ast::GroupingElement& each : element.elements) grouping(each);
  close();
}

void DumpWriter::select(const ast::Select& select) {
  open("select");
  if (select.distinct) word("distinct");
  if (select.top) top(*select.top);
  open("items");
  for (const ast::SelectItem& each : select.items) item(each);
  close();
  if (select.into) {
    open("into");
    name(*select.into);
    close();
  }
  if (select.from) {
    open("from");
    source(*select.from);
    close();
  }
  optional("where", select.where);
  if (select.has_group_by) {
    open("group");
    for (const ast::GroupingElement& element : select.group_by) grouping(element);
    close();
  }
  optional("having", select.having);
  for (const ast::NamedWindow& named : select.windows) {
    open("window");
    identifier(named.name);
    window(named.window);
    close();
  }
  close();
}

void DumpWriter::term(const ast::QueryTerm& term) {
  std::visit(ast::Overloaded{
                 [this](const ast::Select& node) { select(node); },
                 [this](const ast::SetOperation& node) {
                   static constexpr std::string_view kHeads[] = {"union", "except", "intersect"};
                   open(std::string(kHeads[static_cast<int>(node.op)]) + (node.all ? "-all" : ""));
                   this->term(*node.left);
                   this->term(*node.right);
                   close();
                 }},
             term.node);
}

void DumpWriter::ctes(const std::vector<ast::CommonTable>& ctes) {
  for (const ast::CommonTable& cte : ctes) {
    open("cte");
    identifier(cte.name);
    identifiers("columns", cte.columns);
    query(*cte.query);
    close();
  }
}

void DumpWriter::for_clause(const ast::ForClause& clause) {
  if (clause.kind == ast::ForClause::Kind::kOther) return text(clause.what);
  using Kind = ast::ForClause::Kind;
  open(clause.kind == Kind::kJsonPath   ? "for-json-path"
       : clause.kind == Kind::kJsonAuto ? "for-json-auto"
       : clause.kind == Kind::kXmlPath  ? "for-xml-path"
                                        : "for-xml-raw");
  if (clause.is_xml()) text(clause.row);
  if (clause.typed) word("type");
  if (clause.elements) word("elements");
  if (clause.root) text(*clause.root);
  if (clause.include_nulls) word("include-nulls");
  if (clause.without_wrapper) word("without-wrapper");
  close();
}

void DumpWriter::query(const ast::Query& query) {
  const bool plain =
      query.ctes.empty() && query.order_by.empty() && !query.for_clause && query.options.empty();
  if (plain) {
    term(*query.term);
    return;
  }
  open("query");
  ctes(query.ctes);
  term(*query.term);
  order("order", query.order_by);
  optional("offset", query.offset);
  optional("fetch", query.fetch);
  if (query.for_clause) for_clause(*query.for_clause);
  options(query.options);
  close();
}

}  // namespace tarn::sql
