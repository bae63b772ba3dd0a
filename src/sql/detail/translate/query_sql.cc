#include <utility>

#include "detail/bind/bind_error.h"
#include "detail/translate/engine_type.h"
#include "detail/translate/narrowing.h"
#include "detail/translate/translator.h"

namespace tarn::sql {
namespace {

std::string column_name(std::size_t index) {
  return engine::quote_name("c" + std::to_string(index));
}
std::string common_table_name(int number) {
  return engine::quote_name("w" + std::to_string(number));
}
constexpr std::string_view kDepthColumn = "\"depth\"";

bool has_keys(const bound::Query& query) {
  for (const bound::ResultColumn& column : query.columns) {
    if (has_key(column.type)) return true;
  }
  return false;
}

std::string key_of_column(const bound::Query& query, std::size_t index, const std::string& table) {
  const SqlType& type = query.columns[index].type;
  return key_sql(table + "." + column_name(index), type, type.collation, true);
}

/// The use of a recursive common table inside its own definition.
int recursive_use(const bound::Relation& relation) {
  if (const auto* use = std::get_if<bound::CommonTableUse>(&relation.node)) {
    return use->recursive ? relation.number : 0;
  }
  if (const auto* join = std::get_if<bound::Join>(&relation.node)) {
    const int left = recursive_use(*join->left);
    return left ? left : recursive_use(*join->right);
  }
  return 0;
}

}  // namespace

struct Translator::RelationVisitor {
  Translator& to;
  const bound::Relation& relation;

  std::string alias() const { return " AS " + relation_name(relation.number); }

  std::string operator()(const bound::EngineTable& node) const {
    const auto demand = to.narrowing_.find(relation.number);
    if (!node.narrowed || demand == to.narrowing_.end()) return node.engine_sql + alias();
    return node.narrowed(demand->second) + alias();
  }
  std::string operator()(const bound::Derived& node) const {
    return "(" + to.query(*node.query) + ")" + alias();
  }
  std::string operator()(const bound::CommonTableUse& node) const {
    return common_table_name(node.number) + alias();
  }
  std::string operator()(const bound::Values& node) const {
    std::string text = "(VALUES ";
    for (std::size_t row = 0; row < node.rows.size(); ++row) {
      text += row ? ", (" : "(";
      for (std::size_t i = 0; i < node.rows[row].size(); ++i) {
        text += (i ? ", " : "") + to.expression(*node.rows[row][i]);
      }
      text += ")";
    }
    text += ")" + alias() + "(";
    for (std::size_t i = 0; i < node.rows.front().size(); ++i)
      text += (i ? ", " : "") + column_name(i);
    return text + ")";
  }
  std::string operator()(const bound::TableFunction& node) const {
    Emission emission;
    emission.result = node.function->result(node.arguments);
    return "(" + to.filled(*node.function, node.arguments, std::move(emission), {}, {}) + ")" +
           alias();
  }
  std::string operator()(const bound::OpenJson& node) const {
    return "(" + to.open_json(node) + ")" + alias();
  }
  std::string operator()(const bound::Predict& node) const {
    std::string inputs;
    for (const bound::ExprPtr& input : node.inputs)
      inputs += (inputs.empty() ? "" : ", ") + to.expression(*input);
    const std::string data = relation_name(node.data->number);
    const std::string called =
        "(SELECT " + data + ".*, " + engine::quote_name(node.engine_function) + "(" + inputs +
        ") AS " + relation_name(node.call) + " FROM " + to.relation(*node.data) + ") AS " + data;
    std::string outputs;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      outputs += ", " + to.expression(*node.outputs[i]) + " AS " +
                 engine::quote_name("o" + std::to_string(i));
    }
    return "(SELECT " + data + ".*" + outputs + " FROM " + called + ") AS " + data;
  }
  std::string operator()(const bound::Join& node) const {
    const std::string left = to.relation(*node.left);
    const std::string right = to.relation(*node.right);
    switch (node.kind) {
      case ast::JoinKind::kCross:
        return "(" + left + " CROSS JOIN " + right + ")";
      case ast::JoinKind::kCrossApply:
        return "(" + left + " CROSS JOIN LATERAL " + right + ")";
      case ast::JoinKind::kOuterApply:
        return "(" + left + " LEFT JOIN LATERAL " + right + " ON true)";
      default:
        break;
    }
    const char* word = node.kind == ast::JoinKind::kLeft    ? " LEFT JOIN "
                       : node.kind == ast::JoinKind::kRight ? " RIGHT JOIN "
                       : node.kind == ast::JoinKind::kFull  ? " FULL JOIN "
                                                            : " JOIN ";
    return "(" + left + word + right + " ON " + to.expression(*node.on) + ")";
  }
};

std::string Translator::relation(const bound::Relation& relation) {
  return std::visit(RelationVisitor{*this, relation}, relation.node);
}

std::string Translator::select_list(const bound::Query& query, const bound::Select& select,
                                    const std::string& extra) {
  std::string text;
  for (std::size_t i = 0; i < query.columns.size(); ++i) {
    text += (i ? ", " : "") + expression(*select.items[i]) + " AS " + column_name(i);
  }
  if (!extra.empty()) text += ", " + extra;
  return text;
}

std::string Translator::aggregated(const bound::Select& select) {
  const bound::Aggregation& aggregation = *select.aggregation;
  std::vector<std::string> keys;
  for (const bound::ExprPtr& expr : aggregation.keys) keys.push_back(key(*expr));
  std::string list;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::string value = keys[i];
    if (has_key(aggregation.keys[i]->type)) {
      // One of the values that the key stands for: the least, so that it is always the same one.
      value = "min(" + expression(*aggregation.keys[i]) + ")";
      if (!aggregation.sets.empty())
        value = "CASE WHEN GROUPING(" + keys[i] + ") = 0 THEN " + value + " END";
    }
    list +=
        (list.empty() ? "" : ", ") + value + " AS " + engine::quote_name("k" + std::to_string(i));
  }
  for (std::size_t i = 0; i < aggregation.aggregates.size(); ++i) {
    list += (list.empty() ? "" : ", ") + expression(*aggregation.aggregates[i]) + " AS " +
            engine::quote_name("a" + std::to_string(i));
  }
  if (list.empty()) list = "count(*) AS \"a0\"";
  std::string text = "SELECT " + list;
  if (select.from) text += " FROM " + relation(*select.from);
  if (select.where) text += " WHERE " + expression(*select.where);
  if (aggregation.scalar) return text;
  std::string groups;
  if (aggregation.sets.empty()) {
    for (const std::string& one : keys) groups += (groups.empty() ? "" : ", ") + one;
    return text + " GROUP BY " + groups;
  }
  for (const std::vector<int>& set : aggregation.sets) {
    groups += groups.empty() ? "(" : ", (";
    for (std::size_t i = 0; i < set.size(); ++i)
      groups += (i ? ", " : "") + keys[static_cast<std::size_t>(set[i])];
    groups += ")";
  }
  return text + " GROUP BY GROUPING SETS (" + groups + ")";
}

std::string Translator::limit(const bound::Query& query, const bound::Top* top) {
  std::string text;
  if (top && !top->percent && !top->with_ties) text += " LIMIT " + expression(*top->count);
  if (query.fetch) text += " LIMIT " + expression(*query.fetch);
  if (query.offset) text += " OFFSET " + expression(*query.offset);
  return text;
}

namespace {

/// The condition by which TOP … PERCENT and WITH TIES choose rows that are sorted by `order`.
std::string top_condition(const std::string& count, const bound::Top& top,
                          const std::string& order) {
  const std::string limit = top.percent ? "ceil(count(*) OVER () * " + count + " / 100.0)" : count;
  const std::string over = order.empty() ? "()" : "(ORDER BY " + order + ")";
  return std::string(top.with_ties ? "rank()" : "row_number()") + " OVER " + over + " <= " + limit;
}

}  // namespace

std::string Translator::tail_over_columns(const bound::Query& query, const std::string& rows,
                                          const bound::Top* top) {
  std::string order;
  for (const bound::SortKey& sort : query.order_by) {
    order += (order.empty() ? "" : ", ") +
             key_of_column(query, static_cast<std::size_t>(sort.column), "\"s\"") +
             (sort.descending ? " DESC NULLS LAST" : " ASC NULLS FIRST");
  }
  if (order.empty() && !top && !query.offset) return rows;
  std::string text = "SELECT * FROM (" + rows + ") AS \"s\"";
  if (top && (top->percent || top->with_ties)) {
    text += " QUALIFY " + top_condition(expression(*top->count), *top, order);
  }
  if (!order.empty()) text += " ORDER BY " + order;
  return text + limit(query, top);
}

std::string Translator::distinct(const bound::Query& query, const std::string& rows) {
  if (!has_keys(query)) return "SELECT DISTINCT * FROM (" + rows + ") AS \"d\"";
  std::string list;
  std::string groups;
  for (std::size_t i = 0; i < query.columns.size(); ++i) {
    const std::string key = key_of_column(query, i, "\"d\"");
    const bool keyed = has_key(query.columns[i].type);
    list += (i ? ", " : "") + (keyed ? "min(\"d\"." + column_name(i) + ")" : key) + " AS " +
            column_name(i);
    groups += (i ? ", " : "") + key;
  }
  return "SELECT " + list + " FROM (" + rows + ") AS \"d\" GROUP BY " + groups;
}

std::string Translator::select(const bound::Query& query, const bound::Select& select,
                               const std::string& extra) {
  narrowing_.merge(narrowing_of(select));
  std::string text = "SELECT " + select_list(query, select, extra);
  if (select.aggregation) {
    text += " FROM (" + aggregated(select) + ") AS " + relation_name(select.aggregation->relation);
    if (select.having) text += " WHERE " + expression(*select.having);
  } else {
    if (select.from) text += " FROM " + relation(*select.from);
    if (select.where) text += " WHERE " + expression(*select.where);
  }
  const bound::Top* top = select.top ? &*select.top : nullptr;
  if (select.distinct) return tail_over_columns(query, distinct(query, text), top);
  std::string order;
  for (const bound::SortKey& sort : query.order_by) {
    const bound::Expr& expr =
        sort.expr ? *sort.expr : *select.items[static_cast<std::size_t>(sort.column)];
    order += (order.empty() ? "" : ", ") + key(expr) +
             (sort.descending ? " DESC NULLS LAST" : " ASC NULLS FIRST");
  }
  if (top && (top->percent || top->with_ties)) {
    text += " QUALIFY " + top_condition(expression(*top->count), *top, order);
  }
  if (!order.empty()) text += " ORDER BY " + order;
  return text + limit(query, top);
}

std::string Translator::set_operation(const bound::Query& query,
                                      const bound::SetOperation& operation) {
  const std::string left = this->query(*operation.left);
  const std::string right = this->query(*operation.right);
  using SetOp = ast::SetOperation::Op;
  if (operation.op == SetOp::kUnion) {
    const std::string all = "(" + left + ") UNION ALL (" + right + ")";
    return tail_over_columns(query, operation.all ? all : distinct(query, all), nullptr);
  }
  std::string matches;
  for (std::size_t i = 0; i < query.columns.size(); ++i) {
    matches += (i ? " AND " : "") + key_of_column(query, i, "\"l\"") + " IS NOT DISTINCT FROM " +
               key_of_column(query, i, "\"r\"");
  }
  const std::string rows = "SELECT * FROM (" + distinct(query, left) + ") AS \"l\" WHERE " +
                           (operation.op == SetOp::kExcept ? "NOT " : "") +
                           "EXISTS (SELECT 1 FROM (" + right + ") AS \"r\" WHERE " + matches + ")";
  return tail_over_columns(query, rows, nullptr);
}

std::string Translator::common_tables(const bound::Query& query) {
  std::string text;
  bool recursive = false;
  for (const bound::CommonTable& table : query.common_tables) {
    std::string names;
    for (std::size_t i = 0; i < table.query->columns.size(); ++i)
      names += (i ? ", " : "") + column_name(i);
    std::string definition;
    if (!table.recursions.empty()) {
      recursive = true;
      names += ", " + std::string(kDepthColumn);
      definition = "SELECT *, 0 FROM (" + this->query(*table.query) + ") AS \"s\" UNION ALL ";
      for (std::size_t i = 0; i < table.recursions.size(); ++i) {
        const bound::Query& member = *table.recursions[i];
        const auto* part = std::get_if<bound::Select>(&member.node);
        const int use = part && part->from ? recursive_use(*part->from) : 0;
        if (!use) {
          throw unsupported("this form of a recursive common table",
                            part && part->from ? part->from->span : ast::Span{});
        }
        depth_item_ = "tarn_recursion(" + relation_name(use) + "." + std::string(kDepthColumn) +
                      ", " + std::to_string(table.recursion_max) + ") AS " +
                      std::string(kDepthColumn);
        // All members see the rows of the round before: one recursive part for the engine.
        const std::string member_sql = this->query(member);
        definition += (i ? " UNION ALL " : table.recursions.size() > 1 ? "(" : "") + member_sql;
      }
      if (table.recursions.size() > 1) definition += ")";
    } else {
      definition = this->query(*table.query);
    }
    text += (text.empty() ? "" : ", ") + common_table_name(table.number) + "(" + names + ") AS (" +
            definition + ")";
  }
  return text.empty() ? text : (recursive ? "WITH RECURSIVE " : "WITH ") + text + " ";
}

std::string Translator::query(const bound::Query& query) {
  const std::string depth_item = std::exchange(depth_item_, {});
  std::string text = common_tables(query);
  if (const auto* part = std::get_if<bound::Select>(&query.node))
    return text + select(query, *part, depth_item);
  if (const auto* json = std::get_if<bound::JsonRows>(&query.node)) return text + json_rows(*json);
  if (const auto* xml = std::get_if<bound::XmlRows>(&query.node)) return text + xml_rows(*xml);
  return text + set_operation(query, std::get<bound::SetOperation>(query.node));
}

}  // namespace tarn::sql
