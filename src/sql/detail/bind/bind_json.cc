// OPENJSON, with its default columns or with those that WITH declares, and the JSON functions whose
// arguments are not all values.

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/json_item.h"

namespace tarn::sql {
namespace {

/// `$."name"`, the path of a column without one.
std::string own_path(const std::string& name) {
  std::string quoted = "$.\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

bound::RelationPtr Binder::Impl::bind_openjson(const ast::FunctionTable& table,
                                               const ast::TableSource& source, Scope& scope) {
  Env env;
  env.scope = scope.parent;
  const ast::Span span = source.span;
  const std::vector<ast::ExprPtr>& arguments = table.call.arguments;
  if (arguments.empty() || arguments.size() > 2) {
    throw bind_error(189, "The openjson function requires 1 to 2 arguments.", span, {}, 15);
  }
  const SqlType text = SqlType::nvarchar(kMaxLength)
                           .with_collation(context->default_collation(), Coercibility::kImplicit);
  const auto text_argument = [&](std::size_t index) {
    bound::ExprPtr value = bind_value(*arguments[index], env);
    if (!is_character(value->type) && value->type.id != TypeId::kNull) {
      throw bind_error(8116,
                       "Argument data type " + std::string(name_of(value->type.id)) +
                           " is invalid for argument " + std::to_string(index + 1) +
                           " of openjson function.",
                       arguments[index]->span);
    }
    return convert_implicit(std::move(value), text);
  };
  bound::OpenJson node;
  node.json = text_argument(0);
  node.path = arguments.size() == 2 ? text_argument(1) : make_literal(text, "$", span);
  ScopeRelation relation;
  relation.name = source.alias.name ? source.alias.name->text : "OPENJSON";
  if (!table.schema) {
    const SqlType key =
        SqlType::nvarchar(kNcharLengthMax)
            .with_collation(find_collation("Latin1_General_BIN2"), Coercibility::kImplicit);
    relation.columns.push_back({"key", key, false, "key", false});
    relation.columns.push_back({"value", text, true, "value", false});
    relation.columns.push_back({"type", SqlType::of(TypeId::kTinyInt), false, "type", false});
    return introduce(std::move(node), std::move(relation), source, scope);
  }
  // The engine gives text; a query around it converts the columns.
  const int number = next_relation++;
  bound::Query query;
  bound::Select select;
  for (const ast::SchemaColumn& column : *table.schema) {
    const SqlType type = bind_type(column.type, context->default_collation());
    if (is_binary(type))
      throw unsupported("a binary column of OPENJSON", column.span, "Read it as text.");
    if (column.as_json && !(type.id == TypeId::kNvarchar && type.length == kMaxLength)) {
      throw bind_error(13618,
                       "AS JSON option can be specified only for column of nvarchar(max) type in "
                       "WITH clause.",
                       column.span);
    }
    const std::string engine_name = "c" + std::to_string(node.columns.size());
    node.columns.push_back({column.path.value_or(own_path(column.name.text)), column.as_json});
    bound::ExprPtr value =
        make_expr(text, true, column.span, bound::Column{number, engine_name, column.name.text});
    select.items.push_back(convert_explicit(std::move(value), type, false, 0));
    query.columns.push_back({column.name.text, type, true});
  }
  select.from = std::make_unique<bound::Relation>();
  select.from->number = number;
  select.from->span = span;
  select.from->node = std::move(node);
  query.node = std::move(select);
  return bind_derived(std::move(query), relation.name, source, scope);
}

bound::ExprPtr Binder::Impl::bind_json_call(std::string_view name, const ast::FunctionCall& call,
                                            const Env& env, ast::Span span) {
  bool known = false;
  const FunctionDef* function = find_function(name, call.arguments.size(), known);
  if (name == "ISJSON" && call.arguments.size() == 2) {
    const auto* word = std::get_if<ast::ColumnRef>(&call.arguments[1]->node);
    const std::string kind = word ? to_upper(word->name.last().text) : std::string();
    if (kind != "VALUE" && kind != "ARRAY" && kind != "OBJECT" && kind != "SCALAR") {
      throw bind_error(102, "Incorrect syntax near '" + kind + "'.", call.arguments[1]->span,
                       "VALUE, ARRAY, OBJECT or SCALAR stands here.", 15);
    }
    std::vector<bound::ExprPtr> arguments;
    arguments.push_back(take(bind_value(*call.arguments[0], env), Take::kText, *function, 0, {}));
    arguments.push_back(
        make_literal(text_literal_type(kind, false, context->default_collation()), kind, span));
    return make_call(*function, std::move(arguments), {}, span);
  }
  if (name != "JSON_MODIFY" || call.arguments.size() != 3) return nullptr;
  std::vector<bound::ExprPtr> arguments;
  for (std::size_t i = 0; i < 2; ++i) {
    arguments.push_back(
        take(bind_value(*call.arguments[i], env), Take::kText, *function, i, arguments));
  }
  bound::ExprPtr value = bind_value(*call.arguments[2], env);
  const bool is_json = gives_json(*value);
  arguments.push_back(json_of(std::move(value), is_json, context->default_collation()));
  return make_call(*function, std::move(arguments), {}, span);
}

}  // namespace tarn::sql
