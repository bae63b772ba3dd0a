#include "detail/exec/definitions.h"

#include <set>

#include "detail/bind/binder.h"
#include "detail/exec/column_definitions.h"
#include "detail/exec/external_objects.h"
#include "detail/exec/failure.h"
#include "detail/exec/modules.h"
#include "detail/exec/pool_statements.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/query_run.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/table_design.h"
#include "detail/exec/table_store.h"
#include "detail/exec/table_writes.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/transactions.h"
#include "detail/exec/user_functions.h"
#include "lake/catalog.h"

namespace tarn::sql {
namespace {

namespace actions = identity::actions;

bool is_temporary(const ast::Name& name) { return name.last().text.starts_with('#'); }

Error already_there(const std::string& name, ast::Span span) {
  return failure_of(Code::kAlreadyExists, 2714, 16, 6,
                    "There is already an object named '" + name + "' in the database.", span);
}

void require_schema(Execution& run, const ObjectName& name, ast::Span span) {
  if (has_schema(run.session, name.database, name.schema)) return;
  throw failure_of(Code::kNotFound, 2760, 16, 1,
                   "The specified schema name \"" + name.schema +
                       "\" either does not exist or you do not have permission to use it.",
                   span);
}

/// A table's name must be free among tables, views and procedures.
void require_free(Execution& run, StatementContext& context, const ObjectName& name,
                  ast::Span span) {
  require_schema(run, name, span);
  if (find_module(run.session, name) || context.find_table(name) ||
      find_external(run.session, ExternalKind::kTable, name))
    throw already_there(name.object, span);
}

std::map<std::string, std::string> configuration_of(const TableDesign& design) {
  const std::string text = design_text(design);
  if (text.empty()) return {};
  return {{std::string(kDesignProperty), text}};
}

/// How a dedicated pool spreads and indexes its rows says nothing about the result: kept for the
/// catalog, told, not done.
void tell_options(Execution& run, const std::vector<ast::Option>& options) {
  if (options.empty()) return;
  std::string passed;
  for (const ast::Option& option : options) passed += (passed.empty() ? "" : ", ") + option.name;
  run.sink.on_message({0,
                       0,
                       1,
                       static_cast<int>(options.front().span.line),
                       {},
                       "Kept in the catalog, without an effect on a single node: " + passed + "."});
}

/// The rows of a table are not spread by numbers that it makes up itself.
void check_identity(const std::vector<TableColumn>& columns, const TableDesign& design,
                    ast::Span span) {
  for (const TableColumn& column : columns) {
    if (!column.identity) continue;
    for (const std::string& name : design.distribution_columns)
      if (equal_ignoring_case(name, column.name))
        throw not_supported("DISTRIBUTION = HASH of an IDENTITY column", span,
                            "Distribute by another column, or ROUND_ROBIN.");
  }
}

/// A temporary table's options are looked at, not kept.
void check_temporary_options(const ast::CreateTable& statement,
                             const std::vector<TableColumn>& columns, std::string_view text) {
  TableDesign design;
  add_options(design, statement.options, names_of(columns), text);
  add_keys(design, statement.columns, statement.constraints, names_of(columns),
           statement.name.last().text);
}

std::int64_t create_table_as(Execution& run, StatementContext& context, const ObjectName& name,
                             const Translation& query, ast::Span span,
                             const std::vector<ast::Option>& options = {},
                             std::string_view text = {}) {
  refuse_in_transaction(run.session, "CREATE TABLE", span);
  refuse_system_database(name.database, "CREATE TABLE", span);
  run.session.authorize(actions::kSqlCreateTable,
                        identity::Scope::schema(name.database, name.schema));
  require_free(run, context, name, span);
  const auto columns = columns_of(query.columns, name.object);
  TableDesign design;
  add_options(design, options, names_of(columns), text);
  tell_options(run, options);
  try {
    const auto store = table_store(run.session, name.database);
    return repeat_on_conflict(run, [&] {
      return store->create_table(run, {name, columns, configuration_of(design), query.engine_sql});
    });
  } catch (const Error& error) {
    if (error.code() == Code::kAlreadyExists && !error.sql())
      throw already_there(name.object, span);
    throw;
  }
}

Translation named(Translation query, const std::vector<ast::ColumnDefinition>& names,
                  const std::string& table) {
  if (names.empty()) return query;
  if (names.size() != query.columns.size()) {
    throw failure(names.size() > query.columns.size() ? 8158 : 8159,
                  "'" + table + "' has " +
                      (names.size() > query.columns.size() ? "more" : "fewer") +
                      " columns than were specified in the column list.");
  }
  for (std::size_t i = 0; i < names.size(); ++i) query.columns[i].name = names[i].name.text;
  return query;
}

void create_database_table(Execution& run, const Frame& frame, StatementContext& context,
                           const ast::CreateTable& statement) {
  const ast::Span span = statement.name.span;
  refuse_in_transaction(run.session, "CREATE TABLE", span);
  const ObjectName name = context.object_name(statement.name, 2702);
  refuse_system_database(name.database, "CREATE TABLE", span);
  run.session.authorize(actions::kSqlCreateTable,
                        identity::Scope::schema(name.database, name.schema));
  require_free(run, context, name, span);
  const auto columns =
      defined_columns(statement.columns, statement.constraints,
                      run.session.collation_of(name.database), frame.text, name.object);
  const auto store = table_store(run.session, name.database);
  store->check_columns(columns, span);
  TableDesign design;
  add_options(design, statement.options, names_of(columns), frame.text);
  add_keys(design, statement.columns, statement.constraints, names_of(columns), name.object);
  check_identity(columns, design, span);
  tell_options(run, statement.options);
  try {
    repeat_on_conflict(run, [&] {
      return store->create_table(run, {name, columns, configuration_of(design), {}});
    });
  } catch (const Error& error) {
    if (error.code() == Code::kAlreadyExists && !error.sql())
      throw already_there(name.object, span);
    throw;
  }
}

/// A module's own name has at most two parts (166), and its database is the current one.
ObjectName module_name(const StatementContext& context, const ast::Name& name, const char* kind) {
  if (name.parts.size() > 2) {
    throw failure_of(
        Code::kInvalidArgument, 166, 15, 1,
        std::string("'CREATE/ALTER ") + kind +
            "' does not allow specifying the database name as a prefix to the object name.",
        name.span);
  }
  ObjectName full = context.object_name(name);
  refuse_system_database(full.database, std::string("CREATE ") + kind, name.span);
  return full;
}

/// 2714, 208 and 2010, by what is there and what the statement expects.
void check_mode(Execution& run, StatementContext& context, const ObjectName& name, ModuleKind kind,
                ast::CreateMode mode, ast::Span span) {
  require_schema(run, name, span);
  const auto existing = find_module(run.session, name);
  if (context.find_table(name) || find_external(run.session, ExternalKind::kTable, name) ||
      (existing && mode == ast::CreateMode::kCreate)) {
    throw already_there(name.object, span);
  }
  if (existing && existing->kind != kind && !(is_function(existing->kind) && is_function(kind))) {
    throw failure(2010,
                  "Cannot perform alter on '" + name.schema + "." + name.object +
                      "' because it is an incompatible object type.",
                  span);
  }
  if (!existing && mode == ast::CreateMode::kAlter)
    throw invalid_object(name.schema + "." + name.object, span);
}

/// The columns of a view or function have names, each another one (4511, 4506).
void check_column_names(const std::string& module, const std::vector<std::string>& columns,
                        ast::Span span) {
  std::set<std::string, CaseInsensitive> names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].empty()) {
      throw failure(
          4511,
          "Create View or Function failed because no column name was specified for column " +
              std::to_string(i + 1) + ".",
          span);
    }
    if (!names.insert(columns[i]).second) {
      throw failure(4506,
                    "Column names in each view or function must be unique. Column name '" +
                        columns[i] + "' in view or function '" + module +
                        "' is specified more than once.",
                    span);
    }
  }
}

void check_view_columns(const ast::CreateView& statement, const bound::Query& query) {
  const std::string& view = statement.name.last().text;
  if (!statement.columns.empty() && statement.columns.size() != query.columns.size()) {
    const bool more = query.columns.size() > statement.columns.size();
    throw failure(more ? 8158 : 8159,
                  "'" + view + "' has " + (more ? "more" : "fewer") +
                      " columns than were specified in the column list.",
                  statement.name.span);
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < query.columns.size(); ++i) {
    names.push_back(statement.columns.empty() ? query.columns[i].name : statement.columns[i].text);
  }
  check_column_names(view, names, statement.query_span);
}

void check_parameters(const std::vector<ast::Parameter>& parameters, const Collation* collation) {
  std::set<std::string, CaseInsensitive> names;
  for (const ast::Parameter& parameter : parameters) {
    bind_type(parameter.type, collation);
    if (names.insert(parameter.name).second) continue;
    throw failure_of(Code::kInvalidArgument, 134, 15, 2,
                     "The variable name '" + parameter.name +
                         "' has already been declared. Variable names must be unique within a "
                         "query batch or stored procedure.",
                     parameter.span);
  }
}

class Dropper {
 public:
  Dropper(Execution& run, const Frame& frame, const ast::Drop& statement)
      : run_(run), statement_(statement), context_(make_context(run, frame)) {}

  void drop(const ast::Name& name) {
    if (statement_.kind != ast::ObjectKind::kTable || !is_temporary(name))
      refuse_in_transaction(run_.session, "DROP", name.span);
    switch (statement_.kind) {
      case ast::ObjectKind::kDatabase:
        return drop_database(name);
      case ast::ObjectKind::kSchema:
        return drop_schema(name);
      case ast::ObjectKind::kTable:
        return drop_table(name);
      case ast::ObjectKind::kView:
        return drop_module(name, ModuleKind::kView, actions::kSqlDropView, "view");
      case ast::ObjectKind::kProcedure:
        return drop_module(name, ModuleKind::kProcedure, actions::kSqlDropProcedure, "procedure");
      case ast::ObjectKind::kFunction:
        return drop_module(name, ModuleKind::kScalarFunction, actions::kSqlDropProcedure,
                           "function");
      default:
        return drop_external(run_, *context_, statement_.kind, name, statement_.if_exists);
    }
  }

 private:
  void missing(const char* kind, const std::string& name, ast::Span span, int number = 3701) const {
    if (statement_.if_exists) return;
    throw failure_of(Code::kNotFound, number, number == 3701 ? 11 : 16, number == 3701 ? 5 : 1,
                     std::string("Cannot drop the ") + kind + " '" + name +
                         "', because it does not exist or you do not have permission.",
                     span);
  }

  void drop_table(const ast::Name& name) {
    if (is_temporary(name)) {
      if (!drop_temp_table(run_.session, name.last().text))
        missing("table", name.last().text, name.span);
      return;
    }
    const ObjectName full = context_->object_name(name, 3701);
    run_.session.authorize(actions::kSqlDropTable, full.scope());
    const bool dropped =
        !is_system_database(full.database) &&
        repeat_on_conflict(run_, [&]() -> std::int64_t {
          return table_store(run_.session, full.database)->drop_table(run_, full) ? 1 : 0;
        }) > 0;
    if (dropped) return;
    if (find_external(run_.session, ExternalKind::kTable, full)) {
      throw failure(3705,
                    "Cannot use DROP TABLE with '" + full.schema + "." + full.object +
                        "' because '" + full.schema + "." + full.object +
                        "' is an external table. Use DROP EXTERNAL TABLE.",
                    name.span);
    }
    if (const auto module = find_module(run_.session, full);
        module && module->kind == ModuleKind::kView) {
      throw failure(3705,
                    "Cannot use DROP TABLE with '" + full.schema + "." + full.object +
                        "' because '" + full.schema + "." + full.object +
                        "' is a view. Use DROP VIEW.",
                    name.span);
    }
    missing("table", name.last().text, name.span);
  }

  void drop_module(const ast::Name& name, ModuleKind kind, identity::Action action,
                   const char* word) {
    const ObjectName full = context_->object_name(name);
    run_.session.authorize(action, full.scope());
    const auto module = find_module(run_.session, full);
    const bool fits =
        module && (module->kind == kind || (is_function(kind) && is_function(module->kind)));
    if (!fits) return missing(word, name.last().text, name.span);
    remove_module(run_.session, full);
  }

  void drop_schema(const ast::Name& name) {
    const std::string& schema = name.last().text;
    const std::string& database = context_->database();
    refuse_system_database(database, "DROP SCHEMA", name.span);
    run_.session.authorize(actions::kSqlDropSchema, identity::Scope::schema(database, schema));
    const auto store = table_store(run_.session, database);
    if (!store->has_schema(schema)) return missing("schema", schema, name.span, 15151);
    for (const Module& module : list_modules(run_.session, database)) {
      if (equal_ignoring_case(module.schema, schema))
        throw referenced(schema, module.name, name.span);
    }
    for (const ExternalObject& table :
         list_external(run_.session, ExternalKind::kTable, database)) {
      if (equal_ignoring_case(table.schema, schema))
        throw referenced(schema, table.name, name.span);
    }
    const auto tables = store->table_names(schema, 1);
    if (!tables.empty()) throw referenced(schema, tables.front(), name.span);
    store->drop_schema(run_, schema);
  }

  static Error referenced(const std::string& schema, const std::string& object, ast::Span span) {
    return failure_of(Code::kConflict, 3729, 16, 1,
                      "Cannot drop schema '" + schema +
                          "' because it is being referenced by object '" + object + "'.",
                      span);
  }

  void drop_database(const ast::Name& name) {
    const std::string& database = name.last().text;
    if (is_system_database(database)) {
      throw failure_of(
          Code::kConflict, 3708, 16, 1,
          "Cannot drop the database '" + database + "' because it is a system database.",
          name.span);
    }
    run_.session.authorize(actions::kSqlDropDatabase, identity::Scope::database(database));
    lake::Catalog& catalog = *run_.session.services.catalog;
    const auto info = find_any_database(run_.session, database);
    if (!info) return missing("database", database, name.span);
    if (info->name == run_.session.database) {
      throw failure_of(
          Code::kConflict, 3702, 16, 3,
          "Cannot drop database \"" + info->name + "\" because it is currently in use.", name.span,
          "USE another database first.");
    }
    if (find_pool(run_.session, info->name)) {
      drop_pool(run_, info->name, name.span);
    } else {
      catalog.drop_database(info->name);
    }
    remove_credentials(run_.session, info->name);
    remove_modules(run_.session, info->name);
  }

  Execution& run_;
  const ast::Drop& statement_;
  std::shared_ptr<StatementContext> context_;
};

}  // namespace

void create_database(Execution& run, const ast::CreateDatabase& statement, ast::Span span) {
  refuse_in_transaction(run.session, "CREATE DATABASE", span);
  run.session.authorize(actions::kSqlCreateDatabase, identity::Scope::workspace());
  if (names_pool(statement.options)) return create_pool(run, statement, span);
  if (!statement.options.empty()) {
    throw not_supported("the database option " + statement.options.front().name,
                        statement.options.front().span);
  }
  std::string collation(lake::kDefaultCollation);
  if (statement.collation) {
    const Collation* known = find_collation(statement.collation->text);
    if (!known) {
      throw failure(448, "Invalid collation '" + statement.collation->text + "'.",
                    statement.collation->span);
    }
    collation = known->name;
  }
  if (find_any_database(run.session, statement.name.text)) {
    throw failure_of(
        Code::kAlreadyExists, 1801, 16, 3,
        "Database '" + statement.name.text + "' already exists. Choose a different database name.",
        span);
  }
  try {
    run.session.services.catalog->create_database(statement.name.text, collation);
  } catch (const Error& error) {
    if (error.code() != Code::kAlreadyExists) throw;
    throw failure_of(
        Code::kAlreadyExists, 1801, 16, 3,
        "Database '" + statement.name.text + "' already exists. Choose a different database name.",
        span);
  }
}

void create_schema(Execution& run, const Frame& frame, const ast::CreateSchema& statement) {
  refuse_in_transaction(run.session, "CREATE SCHEMA", statement.name.span);
  const std::string database = make_context(run, frame)->database();
  refuse_system_database(database, "CREATE SCHEMA", statement.name.span);
  run.session.authorize(actions::kSqlCreateSchema, identity::Scope::database(database));
  const auto store = table_store(run.session, database);
  if (store->has_schema(statement.name.text))
    throw already_there(statement.name.text, statement.name.span);
  store->create_schema(run, statement.name.text);
}

std::optional<std::int64_t> create_table(Execution& run, Frame& frame, ast::CreateTable& statement,
                                         ast::Span span) {
  const auto context = make_context(run, frame);
  const bool temporary = is_temporary(statement.name);
  if (statement.as_select) {
    const std::string& name = statement.name.last().text;
    const Translation query = named(translate(Binder(*context).bind_query(*statement.as_select)),
                                    statement.columns, name);
    if (temporary) {
      check_temporary_options(statement, columns_of(query.columns, name), frame.text);
      tell_options(run, statement.options);
      return create_temp_table_as(run, frame, name, query);
    }
    return create_table_as(run, *context, context->object_name(statement.name, 2702), query, span,
                           statement.options, frame.text);
  }
  if (temporary) {
    const std::string& name = statement.name.last().text;
    const auto columns =
        defined_columns(statement.columns, statement.constraints, context->default_collation(),
                        frame.text, name, KeyRule::kEnforced);
    refuse_identity(columns, span);
    check_temporary_options(statement, columns, frame.text);
    tell_options(run, statement.options);
    create_temp_table(
        run, frame, name, columns,
        enforced_keys(statement.columns, statement.constraints, names_of(columns), name));
  } else {
    create_database_table(run, frame, *context, statement);
  }
  return std::nullopt;
}

std::int64_t run_select_into(Execution& run, Frame& frame, const ast::Query& query,
                             const ast::Select& select, ast::Span span) {
  const auto context = make_context(run, frame);
  const Translation rows = translate(Binder(*context).bind_query(query));
  const ast::Name& target = *select.into;
  if (is_temporary(target)) return create_temp_table_as(run, frame, target.last().text, rows);
  return create_table_as(run, *context, context->object_name(target, 2702), rows, span);
}

void create_view(Execution& run, const Frame& frame, const ast::CreateView& statement) {
  refuse_in_transaction(run.session, "CREATE VIEW", statement.name.span);
  const auto context = make_context(run, frame);
  const ObjectName name = module_name(*context, statement.name, "VIEW");
  const bool alter = statement.mode == ast::CreateMode::kAlter;
  run.session.authorize(alter ? actions::kSqlAlterView : actions::kSqlCreateView,
                        identity::Scope::schema(name.database, name.schema));
  check_mode(run, *context, name, ModuleKind::kView, statement.mode, statement.name.span);
  for (const std::string& option : statement.options) {
    if (option == "CHECK OPTION")
      throw not_supported("a view WITH CHECK OPTION", statement.name.span,
                          "Views are read-only, so there is nothing to check.");
    if (option == "ENCRYPTION" || option == "VIEW_METADATA")
      throw not_supported("a view WITH " + option, statement.name.span);
  }
  StatementContext inside(std::make_shared<StatementFacts>(run.session, run.cancel), nullptr,
                          name.database);
  check_view_columns(statement, Binder(inside).bind_definition(*statement.query));
  put_module(run.session, ModuleKind::kView, name, statement.definition);
}

void create_procedure(Execution& run, const Frame& frame, const ast::CreateProcedure& statement) {
  refuse_in_transaction(run.session, "CREATE PROCEDURE", statement.name.span);
  const auto context = make_context(run, frame);
  const ObjectName name = module_name(*context, statement.name, "PROCEDURE");
  const bool alter = statement.mode == ast::CreateMode::kAlter;
  run.session.authorize(alter ? actions::kSqlAlterProcedure : actions::kSqlCreateProcedure,
                        identity::Scope::schema(name.database, name.schema));
  check_mode(run, *context, name, ModuleKind::kProcedure, statement.mode, statement.name.span);
  check_parameters(statement.parameters, context->default_collation());
  put_module(run.session, ModuleKind::kProcedure, name, statement.definition);
}

void create_function(Execution& run, const Frame& frame, const ast::CreateFunction& statement) {
  const auto context = make_context(run, frame);
  const ObjectName name = module_name(*context, statement.name, "FUNCTION");
  const ModuleKind kind = statement.returns ? ModuleKind::kScalarFunction
                          : statement.query ? ModuleKind::kTableFunction
                                            : ModuleKind::kStatementsFunction;
  const bool alter = statement.mode == ast::CreateMode::kAlter;
  run.session.authorize(alter ? actions::kSqlAlterProcedure : actions::kSqlCreateProcedure,
                        identity::Scope::schema(name.database, name.schema));
  check_mode(run, *context, name, kind, statement.mode, statement.name.span);
  check_parameters(statement.parameters, context->default_collation());
  if (statement.returns) {
    bind_type(*statement.returns, context->default_collation());
    check_function_body(statement);
  } else if (!statement.query) {
    defined_columns(statement.columns, {}, context->default_collation(), frame.text,
                    statement.table);
    check_function_body(statement);
  } else {
    // Its parameters are variables without a value while it is only looked at.
    Frame parameters;
    for (const ast::Parameter& parameter : statement.parameters) {
      parameters.variables[parameter.name] = {
          bind_type(parameter.type, context->default_collation()), std::nullopt};
    }
    StatementContext inside(std::make_shared<StatementFacts>(run.session, run.cancel), &parameters,
                            name.database);
    const bound::Query query = Binder(inside).bind_definition(*statement.query);
    std::vector<std::string> columns;
    for (const bound::ResultColumn& column : query.columns) columns.push_back(column.name);
    check_column_names(name.object, columns, statement.query_span);
  }
  put_module(run.session, kind, name, statement.definition);
}

void drop_objects(Execution& run, const Frame& frame, const ast::Drop& statement) {
  Dropper dropper(run, frame, statement);
  for (const ast::Name& name : statement.names) dropper.drop(name);
}

}  // namespace tarn::sql
