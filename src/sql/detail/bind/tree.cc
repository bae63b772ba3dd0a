#include "detail/bind/tree.h"

#include "detail/bind/bind_error.h"
#include "detail/bind/conversion.h"

namespace tarn::sql {
namespace {

using bound::Expr;
using bound::ExprPtr;
using Visit = std::function<void(ExprPtr&)>;

void visit_if(ExprPtr& expr, const Visit& visit) {
  if (expr) visit(expr);
}

void visit_all(std::vector<ExprPtr>& exprs, const Visit& visit) {
  for (ExprPtr& expr : exprs) visit_if(expr, visit);
}

void visit_orders(std::vector<bound::Order>& orders, const Visit& visit) {
  for (bound::Order& order : orders) visit_if(order.expr, visit);
}

void for_each_expression(bound::Relation& relation, const Visit& visit);

struct ChildVisitor {
  const Visit& visit;

  void operator()(bound::Literal&) const {}
  void operator()(bound::Held&) const {}
  void operator()(bound::Column&) const {}
  void operator()(bound::Arithmetic& node) const { both(node); }
  void operator()(bound::DateShift& node) const {
    visit(node.date);
    visit(node.days);
  }
  void operator()(bound::Concat& node) const { both(node); }
  void operator()(bound::Negate& node) const { visit(node.operand); }
  void operator()(bound::Bitwise& node) const { both(node); }
  void operator()(bound::BitNot& node) const { visit(node.operand); }
  void operator()(bound::Convert& node) const { visit(node.operand); }
  void operator()(bound::RequireValue& node) const { visit(node.operand); }
  void operator()(bound::Compare& node) const { both(node); }
  void operator()(bound::Logical& node) const { visit_all(node.operands, visit); }
  void operator()(bound::Not& node) const { visit(node.operand); }
  void operator()(bound::Like& node) const {
    visit(node.operand);
    visit(node.pattern);
    visit_if(node.escape, visit);
  }
  void operator()(bound::Between& node) const {
    visit(node.operand);
    visit(node.low);
    visit(node.high);
  }
  void operator()(bound::InList& node) const {
    visit(node.operand);
    visit_all(node.list, visit);
  }
  void operator()(bound::Quantified& node) const {
    visit(node.operand);
    sql::for_each_expression(*node.query, visit);
  }
  void operator()(bound::IsNull& node) const { visit(node.operand); }
  void operator()(bound::Distinct& node) const { both(node); }
  void operator()(bound::Exists& node) const { sql::for_each_expression(*node.query, visit); }
  void operator()(bound::ScalarSubquery& node) const {
    sql::for_each_expression(*node.query, visit);
  }
  void operator()(bound::Case& node) const {
    for (bound::Case::When& when : node.whens) {
      visit(when.condition);
      visit(when.result);
    }
    visit_if(node.otherwise, visit);
  }
  void operator()(bound::Coalesce& node) const { visit_all(node.operands, visit); }
  void operator()(bound::Call& node) const { visit_all(node.arguments, visit); }
  void operator()(bound::Aggregate& node) const {
    visit_all(node.arguments, visit);
    visit_orders(node.within_group, visit);
  }
  void operator()(bound::Window& node) const {
    visit_all(node.arguments, visit);
    visit_all(node.partition_by, visit);
    visit_orders(node.order_by, visit);
  }

 private:
  template <typename Node>
  void both(Node& node) const {
    visit(node.left);
    visit(node.right);
  }
};

struct RelationVisitor {
  const Visit& visit;

  void operator()(bound::EngineTable&) const {}
  void operator()(bound::Derived& node) const { sql::for_each_expression(*node.query, visit); }
  void operator()(bound::CommonTableUse&) const {}
  void operator()(bound::Values& node) const {
    for (std::vector<ExprPtr>& row : node.rows) visit_all(row, visit);
  }
  void operator()(bound::TableFunction& node) const { visit_all(node.arguments, visit); }
  void operator()(bound::OpenJson& node) const {
    visit(node.json);
    visit(node.path);
  }
  void operator()(bound::Predict& node) const {
    for_each_expression(*node.data, visit);
    visit_all(node.inputs, visit);
  }
  void operator()(bound::Join& node) const {
    for_each_expression(*node.left, visit);
    for_each_expression(*node.right, visit);
    visit_if(node.on, visit);
  }
};

void for_each_expression(bound::Relation& relation, const Visit& visit) {
  std::visit(RelationVisitor{visit}, relation.node);
}

void for_each_expression(bound::Select& select, const Visit& visit) {
  if (select.from) for_each_expression(*select.from, visit);
  visit_if(select.where, visit);
  if (select.aggregation) {
    visit_all(select.aggregation->keys, visit);
    visit_all(select.aggregation->aggregates, visit);
  }
  visit_if(select.having, visit);
  visit_all(select.items, visit);
}

void visit_nodes(std::vector<bound::XmlRows::Node>& nodes, const Visit& visit) {
  for (bound::XmlRows::Node& node : nodes) {
    visit_if(node.value, visit);
    visit_nodes(node.children, visit);
  }
}

/// What distinguishes two nodes of one kind beside their children, as text.
struct Signature {
  std::string operator()(const bound::Literal& node) const {
    return node.text ? "'" + *node.text : "null";
  }
  std::string operator()(const bound::Held& node) const { return std::to_string(node.slot); }
  std::string operator()(const bound::Column& node) const {
    return std::to_string(node.relation) + "." + node.engine_name;
  }
  std::string operator()(const bound::Arithmetic& node) const { return number(node.op); }
  std::string operator()(const bound::DateShift& node) const { return node.subtract ? "-" : "+"; }
  std::string operator()(const bound::Concat&) const { return {}; }
  std::string operator()(const bound::Negate&) const { return {}; }
  std::string operator()(const bound::Bitwise& node) const { return number(node.op); }
  std::string operator()(const bound::BitNot&) const { return {}; }
  std::string operator()(const bound::Convert& node) const {
    return std::to_string(node.style) + (node.tries ? "t" : "");
  }
  std::string operator()(const bound::RequireValue& node) const { return node.column; }
  std::string operator()(const bound::Compare& node) const { return number(node.op); }
  std::string operator()(const bound::Logical& node) const { return number(node.op); }
  std::string operator()(const bound::Not&) const { return {}; }
  std::string operator()(const bound::Like& node) const { return node.negated ? "not" : ""; }
  std::string operator()(const bound::Between& node) const { return node.negated ? "not" : ""; }
  std::string operator()(const bound::InList& node) const { return node.negated ? "not" : ""; }
  std::string operator()(const bound::IsNull& node) const { return node.negated ? "not" : ""; }
  std::string operator()(const bound::Distinct& node) const { return node.negated ? "not" : ""; }
  std::string operator()(const bound::Quantified&) const { return {}; }
  std::string operator()(const bound::Exists&) const { return {}; }
  std::string operator()(const bound::ScalarSubquery&) const { return {}; }
  std::string operator()(const bound::Case& node) const {
    return std::to_string(node.whens.size());
  }
  std::string operator()(const bound::Coalesce&) const { return {}; }
  std::string operator()(const bound::Call& node) const {
    return address(node.function) + node.part;
  }
  std::string operator()(const bound::Aggregate& node) const {
    return address(node.function) + (node.distinct ? "d" : "") + (node.star ? "*" : "") +
           orders(node.within_group);
  }
  std::string operator()(const bound::Window& node) const {
    std::string text = address(node.function) + (node.star ? "*" : "") +
                       (node.ignore_nulls ? "i" : "") + orders(node.order_by) +
                       std::to_string(node.partition_by.size());
    if (node.has_frame) text += number(node.unit) + edge(node.start) + edge(node.end);
    return text;
  }

 private:
  template <typename Enum>
  static std::string number(Enum value) {
    return std::to_string(static_cast<int>(value));
  }
  static std::string address(const FunctionDef* function) {
    return std::to_string(reinterpret_cast<std::uintptr_t>(function));
  }
  static std::string orders(const std::vector<bound::Order>& orders) {
    std::string text;
    for (const bound::Order& order : orders) text += order.descending ? "d" : "a";
    return text;
  }
  static std::string edge(const bound::WindowBound& bound) {
    return "," + number(bound.kind) + ":" + std::to_string(bound.offset);
  }
};

std::vector<const Expr*> children(const Expr& expr) {
  std::vector<const Expr*> found;
  // Visiting does not change anything here: the visitor only collects addresses.
  for_each_child(const_cast<Expr&>(expr), [&](ExprPtr& child) { found.push_back(child.get()); });
  return found;
}

bool has_subquery(const Expr& expr) {
  return std::holds_alternative<bound::Exists>(expr.node) ||
         std::holds_alternative<bound::Quantified>(expr.node) ||
         std::holds_alternative<bound::ScalarSubquery>(expr.node);
}

template <typename Node>
bool contains(Expr& expr) {
  if (std::holds_alternative<Node>(expr.node)) return true;
  if (const auto* in = std::get_if<bound::Quantified>(&expr.node))
    return contains<Node>(*in->operand);
  if (has_subquery(expr)) return false;
  bool found = false;
  for_each_child(expr, [&](ExprPtr& child) { found = found || contains<Node>(*child); });
  return found;
}

std::string_view ungrouped_clause(int number) {
  if (number == 8121) return "the HAVING clause";
  if (number == 8127) return "the ORDER BY clause";
  return "the select list";
}

class Lifter {
 public:
  Lifter(bound::Aggregation& aggregation, const std::set<int>& local, int number)
      : aggregation_(aggregation), local_(local), number_(number) {}

  void lift(ExprPtr& expr, bool in_subquery) {
    for (std::size_t i = 0; i < aggregation_.keys.size(); ++i) {
      if (equal(*expr, *aggregation_.keys[i])) return replace(expr, "k" + std::to_string(i));
    }
    if (std::holds_alternative<bound::Aggregate>(expr->node) && !in_subquery)
      return lift_aggregate(expr);
    if (const auto* column = std::get_if<bound::Column>(&expr->node)) {
      if (local_.contains(column->relation)) throw ungrouped(*column, expr->span);
      return;
    }
    const bool below = in_subquery || has_subquery(*expr);
    if (auto* in = std::get_if<bound::Quantified>(&expr->node)) {
      lift(in->operand, in_subquery);
      sql::for_each_expression(*in->query, [&](ExprPtr& child) { lift(child, true); });
      return;
    }
    for_each_child(*expr, [&](ExprPtr& child) { lift(child, below); });
  }

 private:
  void lift_aggregate(ExprPtr& expr) {
    std::size_t i = 0;
    while (i < aggregation_.aggregates.size() && !equal(*expr, *aggregation_.aggregates[i])) ++i;
    ExprPtr column = make_expr(expr->type, expr->nullable, expr->span,
                               bound::Column{aggregation_.relation, "a" + std::to_string(i), {}});
    if (i == aggregation_.aggregates.size()) aggregation_.aggregates.push_back(std::move(expr));
    expr = std::move(column);
  }

  void replace(ExprPtr& expr, std::string engine_name) {
    const bool nullable = expr->nullable || !aggregation_.sets.empty();
    std::string display;
    if (const auto* column = std::get_if<bound::Column>(&expr->node)) display = column->display;
    expr =
        make_expr(expr->type, nullable, expr->span,
                  bound::Column{aggregation_.relation, std::move(engine_name), std::move(display)});
  }

  Error ungrouped(const bound::Column& column, ast::Span span) const {
    return bind_error(number_,
                      "Column '" + column.display + "' is invalid in " +
                          std::string(ungrouped_clause(number_)) +
                          " because it is not contained in either an aggregate function" +
                          (aggregation_.scalar ? " and there is no GROUP BY clause."
                                               : " or the GROUP BY clause."),
                      span, "Add it to GROUP BY, or take MIN, MAX or another aggregate of it.");
  }

  bound::Aggregation& aggregation_;
  const std::set<int>& local_;
  int number_;
};

}  // namespace

void for_each_child(Expr& expr, const Visit& visit) { std::visit(ChildVisitor{visit}, expr.node); }

void for_each_expression(bound::Query& query, const Visit& visit) {
  for (bound::CommonTable& table : query.common_tables) {
    for_each_expression(*table.query, visit);
    for (bound::QueryPtr& recursion : table.recursions) for_each_expression(*recursion, visit);
  }
  if (auto* select = std::get_if<bound::Select>(&query.node)) {
    for_each_expression(*select, visit);
  } else if (auto* json = std::get_if<bound::JsonRows>(&query.node)) {
    for_each_expression(*json->rows, visit);
    for (bound::JsonRows::Item& item : json->items) visit(item.json);
  } else if (auto* xml = std::get_if<bound::XmlRows>(&query.node)) {
    for_each_expression(*xml->rows, visit);
    visit_nodes(xml->nodes, visit);
  } else {
    auto& operation = std::get<bound::SetOperation>(query.node);
    for_each_expression(*operation.left, visit);
    for_each_expression(*operation.right, visit);
  }
  for (bound::SortKey& key : query.order_by) visit_if(key.expr, visit);
  if (!query.accumulation) return;
  for (bound::Accumulation::Step& step : query.accumulation->steps) visit(step.value);
}

bool equal(const Expr& a, const Expr& b) {
  if (a.node.index() != b.node.index() || !(a.type == b.type) || has_subquery(a)) return false;
  if (std::visit(Signature{}, a.node) != std::visit(Signature{}, b.node)) return false;
  const std::vector<const Expr*> left = children(a);
  const std::vector<const Expr*> right = children(b);
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!equal(*left[i], *right[i])) return false;
  }
  return true;
}

bool contains_aggregate(Expr& expr) { return contains<bound::Aggregate>(expr); }
bool contains_window(Expr& expr) { return contains<bound::Window>(expr); }

bool contains_held(Expr& expr) {
  if (std::holds_alternative<bound::Held>(expr.node)) return true;
  bool found = false;
  for_each_child(expr, [&](ExprPtr& child) { found = found || contains_held(*child); });
  return found;
}

bool contains_subquery(Expr& expr) {
  if (has_subquery(expr)) return true;
  bool found = false;
  for_each_child(expr, [&](ExprPtr& child) { found = found || contains_subquery(*child); });
  return found;
}

void lift(ExprPtr& expr, bound::Aggregation& aggregation, const std::set<int>& local, int number) {
  Lifter(aggregation, local, number).lift(expr, false);
}

}  // namespace tarn::sql
