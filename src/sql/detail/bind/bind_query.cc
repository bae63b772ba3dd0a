// Queries: common tables, set operations, and what stands behind them (ORDER BY, OFFSET, FETCH).

#include <iterator>
#include <set>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"

namespace tarn::sql {
namespace {

/// Whether a FROM names the common table (subqueries in expressions cannot recurse).
bool mentions(const ast::TableSource& source, const std::string& name);

bool mentions(const ast::QueryTerm& term, const std::string& name) {
  if (const auto* select = std::get_if<ast::Select>(&term.node)) {
    return select->from && mentions(*select->from, name);
  }
  const auto& operation = std::get<ast::SetOperation>(term.node);
  return mentions(*operation.left, name) || mentions(*operation.right, name);
}

bool mentions(const ast::TableSource& source, const std::string& name) {
  if (const auto* table = std::get_if<ast::NamedTable>(&source.node)) {
    return table->name.parts.size() == 1 && equal_ignoring_case(table->name.last().text, name);
  }
  if (const auto* derived = std::get_if<ast::DerivedTable>(&source.node))
    return mentions(*derived->query->term, name);
  if (const auto* predict = std::get_if<ast::Predict>(&source.node))
    return mentions(*predict->data, name);
  if (const auto* pivot = std::get_if<ast::Pivot>(&source.node))
    return mentions(*pivot->source, name);
  if (const auto* unpivot = std::get_if<ast::Unpivot>(&source.node))
    return mentions(*unpivot->source, name);
  if (const auto* join = std::get_if<ast::Join>(&source.node)) {
    return mentions(*join->left, name) || mentions(*join->right, name);
  }
  return false;
}

int references(const ast::TableSource& source, const std::string& name) {
  if (const auto* join = std::get_if<ast::Join>(&source.node)) {
    return references(*join->left, name) + references(*join->right, name);
  }
  return mentions(source, name) ? 1 : 0;
}

bool has_outer_join(const ast::TableSource& source) {
  const auto* join = std::get_if<ast::Join>(&source.node);
  if (!join) return false;
  using Kind = ast::JoinKind;
  return join->kind == Kind::kLeft || join->kind == Kind::kRight || join->kind == Kind::kFull ||
         join->kind == Kind::kOuterApply || has_outer_join(*join->left) ||
         has_outer_join(*join->right);
}

Error recursive_part_error(int number, const std::string& what, const std::string& table,
                           ast::Span span) {
  return bind_error(number,
                    what +
                        " not allowed in the recursive part of a recursive common table "
                        "expression '" +
                        table + "'.",
                    span);
}

/// Throws for what a recursive member may not have: 253, 460, 461, 462, 467.
void check_recursive_part(const ast::QueryTerm& term, const std::string& table) {
  const auto* select = std::get_if<ast::Select>(&term.node);
  if (!select) throw unsupported("a set operation as a recursive member", term.span);
  if (references(*select->from, table) > 1) {
    throw bind_error(253,
                     "Recursive member of a common table expression '" + table +
                         "' has multiple recursive references.",
                     term.span);
  }
  if (select->distinct) throw recursive_part_error(460, "DISTINCT operator is", table, term.span);
  if (select->top)
    throw recursive_part_error(461, "The TOP or OFFSET operator is", table, term.span);
  if (has_outer_join(*select->from))
    throw recursive_part_error(462, "Outer join is", table, term.span);
  if (select->has_group_by || select->having) {
    throw recursive_part_error(467, "GROUP BY, HAVING, or aggregate functions are", table,
                               term.span);
  }
}

/// The hints of OPTION, which say how SQL Server should run a query. All but MAXRECURSION change
/// nothing here.
bool is_query_hint(std::string_view name) {
  static const std::set<std::string_view> kHints = {
      "CONCAT UNION",
      "DISABLE EXTERNALPUSHDOWN",
      "DISABLE SCALEOUTEXECUTION",
      "EXPAND VIEWS",
      "FAST",
      "FORCE EXTERNALPUSHDOWN",
      "FORCE ORDER",
      "FORCE SCALEOUTEXECUTION",
      "FOR TIMESTAMP AS OF",
      "HASH GROUP",
      "HASH JOIN",
      "HASH UNION",
      "IGNORE_NONCLUSTERED_COLUMNSTORE_INDEX",
      "KEEP PLAN",
      "KEEPFIXED PLAN",
      "LABEL",
      "LOOP JOIN",
      "MAX_GRANT_PERCENT",
      "MAXDOP",
      "MAXRECURSION",
      "MERGE JOIN",
      "MERGE UNION",
      "MIN_GRANT_PERCENT",
      "NO_PERFORMANCE_SPOOL",
      "OPTIMIZE FOR",
      "OPTIMIZE FOR UNKNOWN",
      "ORDER GROUP",
      "PARAMETERIZATION FORCED",
      "PARAMETERIZATION SIMPLE",
      "QUERYTRACEON",
      "RECOMPILE",
      "ROBUST PLAN",
      "TABLE HINT",
      "USE HINT",
      "USE PLAN",
  };
  return kHints.contains(name);
}

/// Whether the column is NULL without a type of its own in all parts of the query: it takes the
/// other side's type.
bool is_bare_null(const bound::Query& query, std::size_t column) {
  if (const auto* select = std::get_if<bound::Select>(&query.node)) {
    const bound::Expr& item = *select->items[column];
    const auto* literal = std::get_if<bound::Literal>(&item.node);
    return literal && !literal->text && item.type.id == TypeId::kInt;
  }
  const auto* operation = std::get_if<bound::SetOperation>(&query.node);
  return operation && is_bare_null(*operation->left, column) &&
         is_bare_null(*operation->right, column);
}

int max_recursion(const ast::Query* query) {
  if (!query) return kRecursionDefault;
  for (const ast::Option& option : query->options) {
    if (option.name != "MAXRECURSION" || !option.value) continue;
    const auto* number = std::get_if<ast::NumberLiteral>(&option.value->node);
    if (!number || number->text.size() > 5 || std::stoi(number->text) > 32767) {
      throw bind_error(
          310,
          "The value specified for the MAXRECURSION option exceeds the allowed maximum of 32767.",
          option.span, {}, 15);
    }
    return std::stoi(number->text);
  }
  return kRecursionDefault;
}

/// The names that a common or derived table's columns have. Throws 8155, 8156, 8158, 8159.
void name_columns(std::vector<SourceColumn>& columns, const std::vector<ast::Identifier>& names,
                  const std::string& table, ast::Span span) {
  const std::size_t visible = columns.size() - (!columns.empty() && columns.back().hidden ? 1 : 0);
  if (!names.empty() && names.size() != visible) {
    const bool more = visible > names.size();
    throw bind_error(more ? 8158 : 8159,
                     "'" + table + "' has " + (more ? "more" : "fewer") +
                         " columns than were specified in the column list.",
                     span);
  }
  for (std::size_t i = 0; i < visible; ++i) {
    if (!names.empty()) columns[i].name = names[i].text;
    if (columns[i].name.empty()) {
      throw bind_error(8155,
                       "No column name was specified for column " + std::to_string(i + 1) +
                           " of '" + table + "'.",
                       span, "Give it one: expression AS name.");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (!equal_ignoring_case(columns[i].name, columns[j].name)) continue;
      throw bind_error(
          8156,
          "The column '" + columns[i].name + "' was specified multiple times for '" + table + "'.",
          span);
    }
  }
}

std::vector<SourceColumn> source_columns(const bound::Query& query) {
  std::vector<SourceColumn> columns;
  for (std::size_t i = 0; i < query.columns.size(); ++i) {
    SourceColumn column;
    column.name = query.columns[i].name;
    column.type = query.columns[i].type;
    if (is_character(column.type) && column.type.coercibility == Coercibility::kDefault) {
      column.type.coercibility = Coercibility::kImplicit;
    }
    column.nullable = query.columns[i].nullable;
    column.engine_name = "c" + std::to_string(i);
    column.base = query.columns[i].base;
    column.hidden = column.base == kRowNumber;
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace

bound::Query Binder::Impl::bind_query(const ast::Query& query, const Scope* outer) {
  if (query.for_clause && query.for_clause->is_xml()) return bind_for_xml(query, outer);
  if (query.for_clause) return bind_for_json(query, outer);
  return bind_rows(query, outer);
}

bound::Query Binder::Impl::bind_rows(const ast::Query& query, const Scope* outer) {
  check_hints(query.options);
  const std::size_t visible = common_tables.size();
  bound::Query tables;
  bind_common_tables(query.ctes, &query, tables, outer);
  bound::Query bound = bind_term(*query.term, &query, outer);
  common_tables.resize(visible);
  std::move(tables.common_tables.begin(), tables.common_tables.end(),
            std::inserter(bound.common_tables, bound.common_tables.begin()));
  return bound;
}

void Binder::Impl::check_hints(const std::vector<ast::Option>& options) {
  for (const ast::Option& option : options) {
    if (is_query_hint(option.name)) continue;
    throw bind_error(102, "Incorrect syntax near '" + option.name + "'.", option.span,
                     "There is no such query hint.", 15);
  }
}

bound::Query Binder::Impl::bind_term(const ast::QueryTerm& term, const ast::Query* tail,
                                     const Scope* outer) {
  count_node(term.span);
  if (const auto* select = std::get_if<ast::Select>(&term.node))
    return bind_select(*select, tail, outer, term.span);
  return bind_set_operation(std::get<ast::SetOperation>(term.node), tail, outer, term.span);
}

bound::Query Binder::Impl::bind_set_operation(const ast::SetOperation& operation,
                                              const ast::Query* tail, const Scope* outer,
                                              ast::Span span) {
  bound::Query left = bind_term(*operation.left, nullptr, outer);
  bound::Query right = bind_term(*operation.right, nullptr, outer);
  if (left.columns.size() != right.columns.size()) {
    throw bind_error(205,
                     "All queries combined using a UNION, INTERSECT or EXCEPT operator must have "
                     "an equal number of "
                     "expressions in their target lists.",
                     span);
  }
  bound::Query query;
  std::vector<SqlType> types;
  for (std::size_t i = 0; i < left.columns.size(); ++i) {
    const std::optional<SqlType> type =
        is_bare_null(left, i)    ? right.columns[i].type
        : is_bare_null(right, i) ? left.columns[i].type
                                 : common_type(left.columns[i].type, right.columns[i].type);
    if (!type)
      throw operand_clash(right.columns[i].type, left.columns[i].type, operation.right->span);
    types.push_back(*type);
    const bool nullable = left.columns[i].nullable || right.columns[i].nullable;
    query.columns.push_back({left.columns[i].name, *type, nullable});
  }
  if (!left.assigns.empty() || !right.assigns.empty()) {
    throw bind_error(
        10734,
        "Variable assignment is not allowed in a statement containing a top level UNION, INTERSECT "
        "or EXCEPT operator.",
        span);
  }
  convert_columns(left, types);
  convert_columns(right, types);
  query.node = bound::SetOperation{operation.op, operation.all,
                                   std::make_unique<bound::Query>(std::move(left)),
                                   std::make_unique<bound::Query>(std::move(right))};
  if (tail) {
    sort_by_output(*tail, query);
    bind_limits(*tail, query, outer);
  }
  return query;
}

void Binder::Impl::convert_columns(bound::Query& query, std::span<const SqlType> types) {
  if (auto* select = std::get_if<bound::Select>(&query.node)) {
    for (std::size_t i = 0; i < types.size(); ++i) {
      select->items[i] = convert_implicit(std::move(select->items[i]), types[i]);
    }
  } else {
    auto& operation = std::get<bound::SetOperation>(query.node);
    convert_columns(*operation.left, types);
    convert_columns(*operation.right, types);
  }
  for (std::size_t i = 0; i < types.size(); ++i) query.columns[i].type = types[i];
}

namespace {

Error not_in_select_list(ast::Span span) {
  return bind_error(104,
                    "ORDER BY items must appear in the select list if the statement contains a "
                    "UNION, INTERSECT or EXCEPT operator.",
                    span);
}

/// The place of the item of a union's first query that is written just so: t.c; else -1.
int place_in_first_select(const ast::QueryTerm& term, const ast::Name& name) {
  const ast::QueryTerm* first = &term;
  while (const auto* operation = std::get_if<ast::SetOperation>(&first->node))
    first = operation->left.get();
  const auto& items = std::get<ast::Select>(first->node).items;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto* item = std::get_if<ast::ExprItem>(&items[i].node);
    if (!item) return -1;  // of `*` the places are not known here
    const auto* column = std::get_if<ast::ColumnRef>(&item->expr->node);
    if (!column || column->name.parts.size() != name.parts.size()) continue;
    bool same = true;
    for (std::size_t part = 0; part < name.parts.size(); ++part)
      same = same && equal_ignoring_case(column->name.parts[part].text, name.parts[part].text);
    if (same) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace

void Binder::Impl::sort_by_output(const ast::Query& tail, bound::Query& query) {
  for (const ast::OrderItem& item : tail.order_by) {
    bound::SortKey key;
    key.descending = item.descending;
    if (const auto* number = std::get_if<ast::NumberLiteral>(&item.expr->node);
        number && number->form == ast::NumberLiteral::Form::kInteger) {
      const std::size_t position =
          number->text.size() > 6 ? 0 : static_cast<std::size_t>(std::stoi(number->text));
      if (position < 1 || position > query.columns.size()) {
        throw bind_error(108,
                         "The ORDER BY position number " + number->text +
                             " is out of range of the number of items in the select list.",
                         item.span);
      }
      key.column = static_cast<int>(position) - 1;
    } else if (const auto* name = std::get_if<ast::ColumnRef>(&item.expr->node);
               name && name->name.parts.size() > 1) {
      key.column = place_in_first_select(*tail.term, name->name);
      if (key.column < 0) throw not_in_select_list(item.span);
    } else if (name && name->name.parts.size() == 1) {
      for (std::size_t i = 0; i < query.columns.size() && key.column < 0; ++i) {
        if (equal_ignoring_case(query.columns[i].name, name->name.last().text))
          key.column = static_cast<int>(i);
      }
      if (key.column < 0) {
        throw bind_error(207, "Invalid column name '" + name->name.last().text + "'.", item.span);
      }
    } else {
      throw not_in_select_list(item.span);
    }
    query.order_by.push_back(std::move(key));
  }
}

bound::ExprPtr Binder::Impl::bind_row_count(const ast::Expr& expr, const Scope*) {
  const Env env;
  bound::ExprPtr count = bind_value(expr, env);
  if (!is_integer(count->type)) {
    throw bind_error(1060,
                     "The number of rows provided for a TOP or FETCH clauses row count parameter "
                     "must be an integer.",
                     expr.span);
  }
  const auto value = integer_constant(*count);
  if (value && *value < 0) {
    throw bind_error(
        1060,
        "The number of rows provided for a TOP or FETCH clauses row count parameter must not be "
        "negative.",
        expr.span, {}, 15);
  }
  return convert_implicit(std::move(count), SqlType::bigint());
}

void Binder::Impl::bind_limits(const ast::Query& tail, bound::Query& query, const Scope* outer) {
  if (!tail.offset) return;
  query.offset = bind_row_count(*tail.offset, outer);
  if (!tail.fetch) return;
  query.fetch = bind_row_count(*tail.fetch, outer);
  if (integer_constant(*query.fetch) == 0) {
    throw bind_error(10744,
                     "The number of rows provided for a FETCH clause must be greater then zero.",
                     tail.fetch->span, {}, 15);
  }
}

void Binder::Impl::check_order(const ast::Query& query) {
  if (query.order_by.empty() || query.offset || query.for_clause) return;
  const auto* select = std::get_if<ast::Select>(&query.term->node);
  if (select && select->top) return;
  throw bind_error(
      1033,
      "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and "
      "common table expressions, unless TOP, OFFSET or FOR XML is also specified.",
      query.order_by.front().span, {}, 15);
}

void Binder::Impl::bind_common_tables(const std::vector<ast::CommonTable>& tables,
                                      const ast::Query* options, bound::Query& query,
                                      const Scope* outer) {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const ast::CommonTable& table = tables[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (!equal_ignoring_case(tables[j].name.text, table.name.text)) continue;
      throw bind_error(
          239, "Duplicate common table expression name '" + table.name.text + "' was specified.",
          table.name.span);
    }
    check_order(*table.query);
    const auto* operation = std::get_if<ast::SetOperation>(&table.query->term->node);
    if (operation && mentions(*operation->right, table.name.text)) {
      bind_recursive_table(table, max_recursion(options), query, outer);
      continue;
    }
    bound::Query definition = bind_query(*table.query, outer);
    VisibleCommonTable visible{table.name.text, next_common_table++, source_columns(definition),
                               false};
    name_columns(visible.columns, table.columns, table.name.text, table.name.span);
    query.common_tables.push_back(
        {visible.number, std::make_unique<bound::Query>(std::move(definition)), {}, 0});
    common_tables.push_back(std::move(visible));
  }
}

void Binder::Impl::bind_recursive_table(const ast::CommonTable& table, int recursion_max,
                                        bound::Query& query, const Scope* outer) {
  const std::string& name = table.name.text;
  // UNION ALL is left-associative: the recursive members hang on the right side of the spine.
  const ast::QueryTerm* anchor_term = table.query->term.get();
  std::vector<const ast::QueryTerm*> members;
  while (const auto* operation = std::get_if<ast::SetOperation>(&anchor_term->node)) {
    if (!mentions(*operation->right, name)) break;
    if (operation->op != ast::SetOperation::Op::kUnion || !operation->all) {
      throw bind_error(252,
                       "Recursive common table expression '" + name +
                           "' does not contain a top-level UNION ALL operator.",
                       table.name.span);
    }
    members.insert(members.begin(), operation->right.get());
    anchor_term = operation->left.get();
  }
  if (mentions(*anchor_term, name)) {
    const bool mixed = std::holds_alternative<ast::SetOperation>(anchor_term->node);
    throw bind_error(mixed ? 247 : 246,
                     (mixed ? "An anchor member was found in the recursive part of recursive query "
                              "\""
                            : "No anchor member was specified for recursive query \"") +
                         name + "\".",
                     table.name.span, "Write the members that name it last.");
  }
  bound::Query anchor = bind_term(*anchor_term, nullptr, outer);
  VisibleCommonTable visible{name, next_common_table++, source_columns(anchor), true};
  name_columns(visible.columns, table.columns, name, table.name.span);
  for (SourceColumn& column : visible.columns) column.nullable = true;
  common_tables.push_back(visible);
  std::vector<SqlType> types;
  for (const bound::ResultColumn& column : anchor.columns) types.push_back(column.type);
  bound::CommonTable bound{
      visible.number, std::make_unique<bound::Query>(std::move(anchor)), {}, recursion_max};
  for (const ast::QueryTerm* member : members) {
    bound.recursions.push_back(
        std::make_unique<bound::Query>(bind_recursive_part(*member, visible, types, outer)));
  }
  common_tables.back().recursive = false;
  query.common_tables.push_back(std::move(bound));
}

bound::Query Binder::Impl::bind_recursive_part(const ast::QueryTerm& term,
                                               const VisibleCommonTable& table,
                                               std::span<const SqlType> types, const Scope* outer) {
  check_recursive_part(term, table.name);
  bound::Query part = bind_term(term, nullptr, outer);
  if (const auto* select = std::get_if<bound::Select>(&part.node);
      select && (select->aggregation || select->having)) {
    throw recursive_part_error(467, "GROUP BY, HAVING, or aggregate functions are", table.name,
                               term.span);
  }
  if (part.columns.size() != types.size()) {
    throw bind_error(205,
                     "All queries combined using a UNION, INTERSECT or EXCEPT operator must have "
                     "an equal number of expressions in their target lists.",
                     term.span);
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] == part.columns[i].type) continue;
    throw bind_error(240,
                     "Types don't match between the anchor and the recursive part in column \"" +
                         table.columns[i].name + "\" of recursive query \"" + table.name + "\".",
                     term.span,
                     "The anchor has " + to_string(types[i]) + ", the recursive part " +
                         to_string(part.columns[i].type) + ": CAST one of them.");
  }
  return part;
}

}  // namespace tarn::sql
