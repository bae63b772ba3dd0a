// FOR JSON PATH and AUTO: the query's rows as one text.

#include <algorithm>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/json_item.h"

namespace tarn::sql {
namespace {

constexpr std::string_view kJsonColumn = "JSON_F52E2B61-18A1-11d1-B105-00805F49916B";

Error invalid_name(const std::string& name, ast::Span span) {
  return bind_error(13603,
                    "Property '" + name +
                        "' cannot be generated in JSON output due to invalid character in the "
                        "column name or alias. Column name or alias that contains '..', starts or "
                        "ends with '.' is not allowed in query that has FOR JSON clause.",
                    span);
}

/// "a.b" as {"a", "b"}.
std::vector<std::string> path_of(const std::string& name, ast::Span span) {
  std::vector<std::string> parts = split(name, '.');
  for (const std::string& part : parts) {
    if (part.empty()) throw invalid_name(name, span);
  }
  return parts;
}

/// Throws 13601 where two columns make one property, or an object's columns are not neighbours.
void check_conflicts(const std::vector<bound::JsonRows::Item>& items, ast::Span span) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (items[i].level != items[j].level) continue;
      const auto& a = items[j].path;
      const auto& b = items[i].path;
      std::size_t same = 0;
      while (same < a.size() && same < b.size() && a[same] == b[same]) ++same;
      const bool one_inside = same == a.size() || same == b.size();
      const auto shares = [&](const bound::JsonRows::Item& item) {
        return item.path.size() > same &&
               std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(same),
                          item.path.begin());
      };
      const bool apart =
          same > 0 && !std::all_of(items.begin() + static_cast<std::ptrdiff_t>(j),
                                   items.begin() + static_cast<std::ptrdiff_t>(i), shares);
      if (!one_inside && !apart) continue;
      throw bind_error(13601,
                       "Property '" + join(b, ".") +
                           "' cannot be generated in JSON output due to a conflict with another "
                           "column name or alias. Use different names and aliases for each column "
                           "in SELECT list.",
                       span);
    }
  }
}

/// The table that an item comes from, as AUTO names its arrays; empty for an expression.
std::string table_of(const bound::Expr& item) {
  const auto* column = std::get_if<bound::Column>(&item.node);
  if (!column) return {};
  const std::size_t dot = column->display.find('.');
  return dot == std::string::npos ? std::string() : column->display.substr(0, dot);
}

}  // namespace

bound::Query Binder::Impl::bind_for_json(const ast::Query& query, const Scope* outer) {
  const ast::ForClause& clause = *query.for_clause;
  const ast::Span span = clause.span;
  if (clause.kind == ast::ForClause::Kind::kOther) throw unsupported(clause.what, span);
  if (clause.root && clause.without_wrapper) {
    throw bind_error(13620,
                     "ROOT option and WITHOUT_ARRAY_WRAPPER option cannot be used together in FOR "
                     "JSON. Remove one of these options.",
                     span);
  }
  const bool is_auto = clause.kind == ast::ForClause::Kind::kJsonAuto;
  bound::JsonRows json;
  json.rows = std::make_unique<bound::Query>(bind_rows(query, outer));
  if (!json.rows->assigns.empty()) {
    throw for_clause_refused(clause, "ASSIGNMENT");
  }
  const auto* select = std::get_if<bound::Select>(&json.rows->node);
  if (is_auto && select && !select->from) {
    throw bind_error(13600,
                     "FOR JSON AUTO requires at least one table for generating JSON objects. Use "
                     "FOR JSON PATH or add a FROM clause with a table name.",
                     span);
  }
  json.relation = next_relation++;
  json.root = clause.root;
  json.include_nulls = clause.include_nulls;
  json.without_wrapper = clause.without_wrapper;
  std::vector<std::string> tables;
  for (std::size_t i = 0; i < json.rows->columns.size(); ++i) {
    const bound::ResultColumn& column = json.rows->columns[i];
    if (column.name.empty()) {
      throw bind_error(13605,
                       "Column expressions and data sources without names or aliases cannot be "
                       "formatted as JSON text using FOR JSON clause. Add alias to the unnamed "
                       "column or table.",
                       span);
    }
    bound::JsonRows::Item item;
    item.path = is_auto ? std::vector<std::string>{column.name} : path_of(column.name, span);
    if (is_auto && select) {
      // An expression belongs to the table of the column before it.
      const std::string table = table_of(*select->items[i]);
      auto found = std::find(tables.begin(), tables.end(), table);
      if (table.empty()) {
        item.level = tables.empty() ? 0 : tables.size() - 1;
      } else {
        if (found == tables.end()) found = tables.insert(tables.end(), table);
        item.level = static_cast<std::size_t>(found - tables.begin());
      }
    }
    bound::ExprPtr value =
        make_expr(column.type, column.nullable, span,
                  bound::Column{json.relation, "c" + std::to_string(i), column.name});
    const bool is_json = select && gives_json(*select->items[i]);
    item.json = json_of(std::move(value), is_json, context->default_collation());
    json.items.push_back(std::move(item));
  }
  for (std::size_t i = 1; i < tables.size(); ++i) json.levels.push_back(tables[i]);
  check_conflicts(json.items, span);

  bound::Query rows;
  rows.node = std::move(json);
  return text_query(std::move(rows), kJsonColumn, span);
}

}  // namespace tarn::sql
