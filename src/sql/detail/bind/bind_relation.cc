// FROM: tables, views, common and derived tables, functions, PREDICT and joins.

#include <iterator>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/row_binder.h"

namespace tarn::sql {
namespace {

void mark_nullable(std::vector<ScopeRelation>& relations, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    for (SourceColumn& column : relations[i].columns) column.nullable = true;
  }
}

void append(Scope& scope, Scope&& local, ast::Span span) {
  for (ScopeRelation& relation : local.relations) {
    if (!relation.name.empty() && scope.has(relation)) {
      throw bind_error(
          relation.schema.empty() ? 1011 : 1013,
          relation.schema.empty()
              ? "The correlation name '" + relation.name +
                    "' is specified multiple times in a FROM clause."
              : "The objects \"" + relation.name + "\" and \"" + relation.name +
                    "\" in the FROM clause have the same exposed names. Use correlation names to "
                    "distinguish them.",
          span);
    }
    scope.relations.push_back(std::move(relation));
  }
}

const char* source_kind(const ast::TableSource& source) {
  return source.alias.name ? source.alias.name->text.c_str() : "";
}

}  // namespace

std::vector<SourceColumn> Binder::Impl::columns_of(Source& source) const {
  for (SourceColumn& column : source.columns) {
    if (!is_character(column.type)) continue;
    const Collation* collation =
        column.type.collation ? column.type.collation : context->default_collation();
    column.type = column.type.with_collation(collation, Coercibility::kImplicit);
  }
  return std::move(source.columns);
}

const VisibleCommonTable* Binder::Impl::find_common_table(const ast::Name& name) const {
  if (name.parts.size() != 1) return nullptr;
  for (auto table = common_tables.rbegin(); table != common_tables.rend(); ++table) {
    if (equal_ignoring_case(table->name, name.last().text)) return &*table;
  }
  return nullptr;
}

bound::RelationPtr Binder::Impl::introduce(bound::RelationNode node, ScopeRelation relation,
                                           const ast::TableSource& source, Scope& scope) {
  auto bound = std::make_unique<bound::Relation>();
  bound->number = relation.number ? relation.number : next_relation++;
  bound->span = source.span;
  bound->node = std::move(node);
  relation.number = bound->number;
  if (source.alias.name) {
    relation.name = source.alias.name->text;
    relation.schema.clear();
    relation.database.clear();
  }
  const std::vector<ast::Identifier>& names = source.alias.columns;
  if (!names.empty()) {
    std::size_t visible = 0;
    for (SourceColumn& column : relation.columns) {
      if (column.hidden) continue;
      if (column.engine_name.empty()) column.engine_name = column.name;
      if (visible < names.size()) column.name = names[visible].text;
      ++visible;
    }
    if (visible != names.size()) {
      const bool more = visible > names.size();
      throw bind_error(more ? 8158 : 8159,
                       "'" + relation.name + "' has " + (more ? "more" : "fewer") +
                           " columns than were specified in the column list.",
                       source.span);
    }
  }
  Scope local;
  local.relations.push_back(std::move(relation));
  append(scope, std::move(local), source.span);
  return bound;
}

bound::RelationPtr Binder::Impl::bind_relation(const ast::TableSource& source, Scope& scope) {
  count_node(source.span);
  if (row_target && row_target->node == &source) return bind_target(*row_target, source, scope);
  const auto from_source = [&](Source resolved) {
    ScopeRelation relation;
    relation.columns = columns_of(resolved);
    relation.database = resolved.database;
    relation.schema = resolved.schema;
    relation.name = resolved.name;
    return introduce(
        bound::EngineTable{std::move(resolved.engine_sql), std::move(resolved.narrowed)},
        std::move(relation), source, scope);
  };
  return std::visit(
      ast::Overloaded{
          [&](const ast::NamedTable& node) { return bind_named(node, source, scope); },
          [&](const ast::VariableTable& node) {
            return from_source(context->resolve_table_variable(node.name, source.span));
          },
          [&](const ast::DerivedTable& node) {
            Env env;
            env.scope = scope.parent;
            return bind_derived(bind_subquery(*node.query, env, false, source.span),
                                source_kind(source), source, scope);
          },
          [&](const ast::ValuesTable& node) { return bind_values(node, source, scope); },
          [&](const ast::FunctionTable& node) { return bind_function_table(node, source, scope); },
          [&](const ast::OpenRowset& node) {
            return from_source(context->resolve_openrowset(node, source.span));
          },
          [&](const ast::Predict& node) { return bind_predict(node, source, scope); },
          [&](const ast::Pivot& node) { return bind_pivot(node, source, scope); },
          [&](const ast::Unpivot& node) { return bind_unpivot(node, source, scope); },
          [&](const ast::Join& node) { return bind_join(node, source, scope); },
      },
      source.node);
}

bound::RelationPtr Binder::Impl::bind_named(const ast::NamedTable& table,
                                            const ast::TableSource& source, Scope& scope) {
  if (const VisibleCommonTable* common = find_common_table(table.name)) {
    ScopeRelation relation;
    relation.name = common->name;
    relation.columns = common->columns;
    return introduce(bound::CommonTableUse{common->number, common->recursive}, std::move(relation),
                     source, scope);
  }
  if (row_target) {
    const auto view = row_target->views.find(&source);
    if (view != row_target->views.end()) return bind_view(view->second, source, scope);
  }
  std::variant<Source, ViewSource> resolved = context->resolve_table(table.name);
  if (auto* view = std::get_if<ViewSource>(&resolved)) return bind_view(*view, source, scope);
  auto& found = std::get<Source>(resolved);
  ScopeRelation relation;
  relation.columns = columns_of(found);
  relation.database = found.database;
  relation.schema = found.schema;
  relation.name = found.name;
  return introduce(bound::EngineTable{std::move(found.engine_sql), std::move(found.narrowed)},
                   std::move(relation), source, scope);
}

bound::RelationPtr Binder::Impl::bind_view(const ViewSource& view, const ast::TableSource& source,
                                           Scope& scope) {
  if (view_depth >= kViewDepthMax) {
    throw bind_error(
        217, "Maximum view nesting level exceeded (limit " + std::to_string(kViewDepthMax) + ").",
        source.span);
  }
  struct Outside {
    Impl& impl;
    BindContext* context;
    std::vector<VisibleCommonTable> common_tables;
    ~Outside() {
      impl.context = context;
      impl.common_tables = std::move(common_tables);
      --impl.view_depth;
    }
  };
  bound::Query query;
  try {
    const Outside outside{*this, context, std::move(common_tables)};
    common_tables.clear();
    ++view_depth;
    if (view.context) context = view.context.get();
    query = bind_query(*view.query, nullptr);
  } catch (Error& error) {
    // Places inside the view mean nothing in the user's text.
    error.set_place(place_of(source.span));
    throw;
  }
  const std::size_t columns =
      query.columns.size() -
      (!query.columns.empty() && query.columns.back().base == kRowNumber ? 1 : 0);
  if (!view.columns.empty() && view.columns.size() != columns) {
    throw bind_error(4502,
                     "View or function '" + view.name +
                         "' has more column names specified than columns defined.",
                     source.span);
  }
  for (std::size_t i = 0; i < view.columns.size(); ++i) query.columns[i].name = view.columns[i];
  bound::RelationPtr relation = bind_derived(std::move(query), view.name, source, scope);
  if (!source.alias.name) {
    scope.relations.back().database = view.database;
    scope.relations.back().schema = view.schema;
  }
  return relation;
}

bound::RelationPtr Binder::Impl::bind_derived(bound::Query query, const std::string& name,
                                              const ast::TableSource& source, Scope& scope) {
  ScopeRelation relation;
  relation.name = name;
  for (std::size_t i = 0; i < query.columns.size(); ++i) {
    const bound::ResultColumn& column = query.columns[i];
    SqlType type = column.type;
    if (is_character(type) && type.coercibility != Coercibility::kImplicit) {
      type.coercibility = Coercibility::kImplicit;
    }
    relation.columns.push_back({column.name, type, column.nullable, "c" + std::to_string(i),
                                column.base == kRowNumber, column.base});
  }
  for (std::size_t i = 0; source.alias.columns.empty() && i < relation.columns.size(); ++i) {
    if (relation.columns[i].hidden) continue;
    const std::string& column = relation.columns[i].name;
    if (column.empty()) {
      throw bind_error(8155,
                       "No column name was specified for column " + std::to_string(i + 1) +
                           " of '" + name + "'.",
                       source.span, "Give it one: expression AS name.");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (!equal_ignoring_case(column, relation.columns[j].name)) continue;
      throw bind_error(
          8156, "The column '" + column + "' was specified multiple times for '" + name + "'.",
          source.span);
    }
  }
  return introduce(bound::Derived{std::make_unique<bound::Query>(std::move(query))},
                   std::move(relation), source, scope);
}

bound::RelationPtr Binder::Impl::bind_values(const ast::ValuesTable& table,
                                             const ast::TableSource& source, Scope& scope) {
  Env env;
  env.scope = scope.parent;
  bound::Values values;
  const std::size_t width = table.rows.front().size();
  for (const std::vector<ast::ExprPtr>& row : table.rows) {
    if (row.size() != width) {
      throw bind_error(
          10709,
          "The number of columns for each row in a table value constructor must be the same.",
          source.span);
    }
    std::vector<bound::ExprPtr> bound;
    for (const ast::ExprPtr& expr : row) bound.push_back(bind_value(*expr, env));
    values.rows.push_back(std::move(bound));
  }
  ScopeRelation relation;
  if (source.alias.name) relation.name = source.alias.name->text;
  for (std::size_t i = 0; i < width; ++i) {
    std::vector<bound::ExprPtr*> column;
    bool nullable = false;
    for (std::vector<bound::ExprPtr>& row : values.rows) {
      column.push_back(&row[i]);
      nullable = nullable || row[i]->nullable;
    }
    SqlType type = unify(column, source.span);
    if (is_character(type)) type.coercibility = Coercibility::kImplicit;
    relation.columns.push_back({{}, type, nullable, "c" + std::to_string(i), false});
  }
  if (source.alias.columns.empty()) {
    throw bind_error(8155, "No column name was specified for column 1 of '" + relation.name + "'.",
                     source.span, "Name the columns: (VALUES ...) AS t(a, b).");
  }
  return introduce(std::move(values), std::move(relation), source, scope);
}

bound::RelationPtr Binder::Impl::bind_function_table(const ast::FunctionTable& table,
                                                     const ast::TableSource& source, Scope& scope) {
  Env env;
  env.scope = scope.parent;
  const std::string name = to_upper(table.call.name.last().text);
  if (name == "OPENJSON") return bind_openjson(table, source, scope);
  bool known = false;
  const FunctionDef* function = find_function(name, table.call.arguments.size(), known);
  if (!known || table.call.name.parts.size() > 1) {
    if (const auto user = context->resolve_function(table.call.name))
      return bind_user_table(*user, table, source, scope);
  }
  if (!function || function->kind != FunctionKind::kTable) {
    throw bind_error(208, "Invalid object name '" + table.call.name.last().text + "'.", source.span,
                     did_you_mean(name, function_names()));
  }
  if (table.schema) throw bind_error(102, "Incorrect syntax near 'WITH'.", source.span, {}, 15);
  ScopeRelation relation;
  relation.name = source.alias.name ? source.alias.name->text : name;
  bound::TableFunction call;
  call.function = function;
  call.arguments = bind_arguments(*function, table.call, env, nullptr);
  if (name == "GENERATE_SERIES") {
    const SqlType type = function->result(call.arguments);
    for (bound::ExprPtr& argument : call.arguments)
      argument = convert_implicit(std::move(argument), type);
    relation.columns.push_back({"value", type, false, "value", false});
  } else {
    const SqlType type = function->result(call.arguments)
                             .with_collation(context->default_collation(), Coercibility::kImplicit);
    const bound::Literal* separator = literal_of(*call.arguments[1]);
    if (separator && separator->text && utf16_length(*separator->text) != 1) {
      throw bind_error(214,
                       "Procedure expects parameter 'separator' of type 'nchar(1)/nvarchar(1)'.",
                       call.arguments[1]->span);
    }
    relation.columns.push_back({"value", type, false, "value", false});
    if (call.arguments.size() == 3 && integer_constant(*call.arguments[2]) == 1)
      relation.columns.push_back({"ordinal", SqlType::bigint(), false, "ordinal", false});
  }
  return introduce(std::move(call), std::move(relation), source, scope);
}

bound::RelationPtr Binder::Impl::bind_predict(const ast::Predict& predict,
                                              const ast::TableSource& source, Scope& scope) {
  Scope data;
  data.parent = scope.parent;
  bound::Predict node;
  node.data = bind_relation(*predict.data, data);
  if (data.relations.size() != 1)
    throw unsupported("a join as PREDICT's DATA", predict.data->span, "Use a common table.");
  const ScopeRelation& relation = data.relations.front();
  const Model model = context->resolve_model(predict, relation.columns, source.span);
  node.engine_function = model.engine_function;
  for (const Model::Input& input : model.inputs) {
    node.inputs.push_back(convert_implicit(
        column_of(relation, relation.columns[input.column], source.span), input.type));
  }
  node.call = next_relation++;
  ScopeRelation outputs;
  outputs.number = relation.number;
  for (std::size_t i = 0; i < model.outputs.size(); ++i) {
    const Model::Output& output = model.outputs[i];
    bound::ExprPtr field = make_expr(output.engine_result, true, source.span,
                                     bound::Column{node.call, output.engine_name, output.name});
    SqlType type = output.type;
    if (is_character(type) && !type.collation) {
      type = type.with_collation(context->default_collation(), Coercibility::kImplicit);
    }
    node.outputs.push_back(convert_explicit(std::move(field), type, false, 0));
    outputs.columns.push_back({output.name, type, true, "o" + std::to_string(i), false});
  }
  append(scope, std::move(data), source.span);
  return introduce(std::move(node), std::move(outputs), source, scope);
}

bound::RelationPtr Binder::Impl::bind_join(const ast::Join& join, const ast::TableSource& source,
                                           Scope& scope) {
  Scope local;
  local.parent = scope.parent;
  bound::Join node;
  node.kind = join.kind;
  node.left = bind_relation(*join.left, local);
  const std::size_t middle = local.relations.size();
  if (join.kind == ast::JoinKind::kCrossApply || join.kind == ast::JoinKind::kOuterApply) {
    Scope right;
    right.parent = &local;
    node.right = bind_relation(*join.right, right);
    append(local, std::move(right), source.span);
  } else {
    node.right = bind_relation(*join.right, local);
  }
  Env env;
  env.scope = &local;
  env.clause = Clause::kOn;
  if (join.on) node.on = bind_condition(*join.on, env);
  const bool right_optional = join.kind == ast::JoinKind::kLeft ||
                              join.kind == ast::JoinKind::kFull ||
                              join.kind == ast::JoinKind::kOuterApply;
  const bool left_optional =
      join.kind == ast::JoinKind::kRight || join.kind == ast::JoinKind::kFull;
  if (left_optional) mark_nullable(local.relations, 0, middle);
  if (right_optional) mark_nullable(local.relations, middle, local.relations.size());
  append(scope, std::move(local), source.span);
  auto relation = std::make_unique<bound::Relation>();
  relation->span = source.span;
  relation->node = std::move(node);
  return relation;
}

}  // namespace tarn::sql
