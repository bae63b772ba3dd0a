#include "detail/exec/pool_statements.h"

#include "detail/exec/failure.h"
#include "detail/exec/modules.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/query_run.h"
#include "detail/exec/statement_context.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/transactions.h"

namespace tarn::sql {
namespace {

namespace actions = identity::actions;

/// What T-SQL waits for statements of others before it gives up.
constexpr std::chrono::milliseconds kDropPatience{2'000};

std::string text_of(const ast::Option& option) {
  if (option.word) return option.word->text;
  if (option.value)
    if (const auto* text = std::get_if<ast::StringLiteral>(&option.value->node)) return text->value;
  return {};
}

struct PoolOptions {
  std::string level;
};

/// EDITION and SERVICE_OBJECTIVE; MAXSIZE has no effect here.
PoolOptions pool_options(const std::vector<ast::Option>& options) {
  PoolOptions result;
  for (const ast::Option& option : options) {
    if (option.name == "EDITION") {
      if (equal_ignoring_case(text_of(option), "DataWarehouse")) continue;
      throw not_supported("the edition '" + text_of(option) + "'", option.span,
                          "EDITION = 'DataWarehouse' makes a dedicated SQL pool.");
    }
    if (option.name == "SERVICE_OBJECTIVE") {
      try {
        result.level = pools::performance_level_of(text_of(option));
      } catch (const Error& error) {
        throw failure(40804,
                      "The specified service objective '" + text_of(option) + "' is invalid.",
                      option.span, error.hint());
      }
      continue;
    }
    if (option.name != "MAXSIZE")
      throw not_supported("the database option " + option.name, option.span);
  }
  return result;
}

pools::Pools& pools_of(const SessionState& session, ast::Span span) {
  if (!session.services.pools) throw not_supported("a dedicated SQL pool", span);
  return *session.services.pools;
}

Error in_use(const std::string& name, const Error& error, ast::Span span) {
  return failure_of(Code::kConflict, 3702, 16, 3,
                    "Cannot drop database \"" + name + "\" because it is currently in use.", span,
                    error.message());
}

}  // namespace

bool names_pool(const std::vector<ast::Option>& options) {
  for (const ast::Option& option : options)
    if (option.name == "EDITION" || option.name == "SERVICE_OBJECTIVE") return true;
  return false;
}

void create_pool(Execution& run, const ast::CreateDatabase& statement, ast::Span span) {
  const std::string& name = statement.name.text;
  const PoolOptions options = pool_options(statement.options);
  std::string collation;
  if (statement.collation) {
    const Collation* known = find_collation(statement.collation->text);
    if (!known) {
      throw failure(448, "Invalid collation '" + statement.collation->text + "'.",
                    statement.collation->span);
    }
    collation = known->name;
  }
  const auto taken = [&] {
    return failure_of(Code::kAlreadyExists, 1801, 16, 3,
                      "Database '" + name + "' already exists. Choose a different database name.",
                      span);
  };
  if (find_any_database(run.session, name)) throw taken();
  try {
    pools_of(run.session, span).create(name, options.level, collation, run.session.options.login);
  } catch (const Error& error) {
    if (error.code() == Code::kAlreadyExists) throw taken();
    throw;
  }
}

void alter_database(Execution& run, const ast::AlterDatabase& statement, ast::Span span) {
  refuse_in_transaction(run.session, "ALTER DATABASE", span);
  const bool current = !statement.name.delimited && statement.name.text == "CURRENT";
  const std::string name = current ? run.session.database : statement.name.text;
  run.session.authorize(actions::kSqlAlterDatabase, identity::Scope::database(name));
  const auto pool = find_pool(run.session, name);
  if (!pool) {
    throw failure(5011,
                  "User does not have permission to alter database '" + name +
                      "', the database does not exist, or the database is not in a state that "
                      "allows access checks.",
                  span, "Only a dedicated SQL pool has a SERVICE_OBJECTIVE.");
  }
  const PoolOptions options = pool_options(statement.options);
  if (!options.level.empty()) pools_of(run.session, span).scale(pool->name, options.level);
}

void drop_pool(Execution& run, const std::string& name, ast::Span span) {
  try {
    pools_of(run.session, span).drop(name, kDropPatience);
  } catch (const Error& error) {
    if (error.code() == Code::kConflict) throw in_use(name, error, span);
    throw;
  }
}

void rename_object(Execution& run, const Frame& frame, const ast::RenameObject& statement) {
  const ast::Span span = statement.object.span;
  refuse_in_transaction(run.session, "RENAME OBJECT", span);
  const auto context = make_context(run, frame);
  const ObjectName name = context->object_name(statement.object);
  run.session.authorize(actions::kSqlAlterTable, name.scope());
  const auto table = context->find_table(name);
  if (!table) {
    throw failure_of(Code::kNotFound, 15225, 11, 1,
                     "No item by the name of '" + name.object +
                         "' could be found in the current database '" + name.database +
                         "', given that @itemtype was input as '(null)'.",
                     span);
  }
  const auto taken = [&](const char* kind) {
    return failure_of(Code::kAlreadyExists, 15335, 11, 1,
                      "Error: The new name '" + statement.to.text + "' is already in use as a " +
                          kind + " name and would cause a duplicate that is not permitted.",
                      statement.to.span);
  };
  if (statement.column) {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < table->columns().size(); ++i) {
      const std::string& column = table->columns()[i].name;
      if (equal_ignoring_case(column, statement.column->text)) {
        found = i;
      } else if (equal_ignoring_case(column, statement.to.text)) {
        throw taken("COLUMN");
      }
    }
    if (!found)
      throw failure(207, "Invalid column name '" + statement.column->text + "'.",
                    statement.column->span);
    return table->rename_column(run, *found, statement.to.text);
  }
  ObjectName then = name;
  then.object = statement.to.text;
  if (!equal_ignoring_case(then.object, name.object) &&
      (context->find_table(then) || find_module(run.session, then)))
    throw taken("OBJECT");
  table->rename(run, statement.to.text);
}

void set_identity_insert(Execution& run, const Frame& frame, const ast::SetOption& statement,
                         ast::Span span) {
  const auto context = make_context(run, frame);
  const ObjectName name = context->object_name(statement.table);
  run.session.authorize(actions::kSqlInsert, name.scope());
  const auto table = context->find_table(name);
  if (!table) {
    throw failure_of(Code::kNotFound, 1088, 16, 11,
                     "Cannot find the object \"" + name.object +
                         "\" because it does not exist or you do not have permissions.",
                     span);
  }
  bool has = false;
  for (const TableColumn& column : table->columns()) has = has || column.identity.has_value();
  if (!has) {
    throw failure(8106,
                  "Table '" + name.object +
                      "' does not have the identity property. Cannot perform SET operation.",
                  span);
  }
  std::string& now = run.session.identity_insert;
  const std::string key = to_lower(name.text());
  if (!statement.word || !equal_ignoring_case(statement.word->text, "ON")) {
    if (now == key) now.clear();
    return;
  }
  if (!now.empty() && now != key) {
    throw failure(8107,
                  "IDENTITY_INSERT is already ON for table '" + now +
                      "'. Cannot perform SET operation for table '" + name.object + "'.",
                  span);
  }
  now = key;
}

}  // namespace tarn::sql
