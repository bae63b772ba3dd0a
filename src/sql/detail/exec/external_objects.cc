#include "detail/exec/external_objects.h"

#include <algorithm>

#include "detail/exec/external_tables.h"
#include "detail/exec/failure.h"
#include "detail/exec/modules.h"
#include "detail/exec/query_run.h"
#include "detail/exec/transactions.h"
#include "detail/syntax/parser.h"
#include "identity/secrets.h"
#include "lake/path.h"
#include "meta/store.h"

namespace tarn::sql {
namespace {

namespace actions = identity::actions;

/// What is no table has no schema: its key is one that no schema can have.
struct Kind {
  ExternalKind kind;
  const char* type;        // of the row
  const char* schema_key;  // null: the table's own
  const char* words;
};
constexpr Kind kExternalKinds[] = {
    {ExternalKind::kTable, "ET", nullptr, "external table"},
    {ExternalKind::kDataSource, "ED",
     "\x1f"
     "external_data_sources",
     "external data source"},
    {ExternalKind::kFileFormat, "EF",
     "\x1f"
     "external_file_formats",
     "external file format"},
    {ExternalKind::kCredential, "EC",
     "\x1f"
     "credentials",
     "credential"},
};

const Kind& facts_of(ExternalKind kind) { return kExternalKinds[static_cast<int>(kind)]; }

ExternalKind kind_of(ast::ObjectKind kind) {
  switch (kind) {
    case ast::ObjectKind::kExternalDataSource:
      return ExternalKind::kDataSource;
    case ast::ObjectKind::kExternalFileFormat:
      return ExternalKind::kFileFormat;
    case ast::ObjectKind::kCredential:
      return ExternalKind::kCredential;
    default:
      return ExternalKind::kTable;
  }
}

constexpr std::string_view kExternalColumns =
    "database_name, schema_name, name, definition, created_at, modified_at";

ExternalObject object_of(const meta::Row& row, ExternalKind kind) {
  return {kind, row.text(0), row.text(1), row.text(2), row.text(3), row.int64(4), row.int64(5)};
}

std::string schema_key(ExternalKind kind, const std::string& schema) {
  const char* own = facts_of(kind).schema_key;
  return own ? std::string(own) : to_lower(schema);
}

std::string value_of(const ast::Option& option) {
  if (option.word) return option.word->text;
  if (!option.value) return {};
  if (const auto* text = std::get_if<ast::StringLiteral>(&option.value->node)) return text->value;
  if (const auto* number = std::get_if<ast::NumberLiteral>(&option.value->node))
    return number->text;
  throw not_supported("this value of the option " + option.name, option.span,
                      "Write it as a literal.");
}

void collect(const std::vector<ast::Option>& options, std::map<std::string, std::string>& values) {
  for (const ast::Option& option : options) {
    if (!option.nested.empty() && !option.word) {
      collect(option.nested, values);
    } else {
      values[option.name] = value_of(option);
    }
  }
}

using Names = std::initializer_list<std::string_view>;

void check_options(const std::vector<ast::Option>& options, Names known) {
  for (const ast::Option& option : options) {
    if (!option.nested.empty() && !option.word) {
      check_options(option.nested, known);
    } else if (std::find(known.begin(), known.end(), option.name) == known.end()) {
      std::vector<std::string> names(known.begin(), known.end());
      throw not_supported("the option " + option.name, option.span,
                          did_you_mean(option.name, names));
    }
  }
}

Error missing_option(const char* option, const ast::CreateExternal& statement) {
  return failure_of(Code::kInvalidArgument, 102, 15, 1,
                    std::string("The option is missing: ") + option + ".", statement.name.span,
                    std::string("Add ") + option + " = '…'.");
}

std::string secret_name(const std::string& database, const std::string& credential) {
  return "sql/" + to_lower(database) + "/" + to_lower(credential);
}

void check_source(SessionState& session, const ObjectName& name,
                  const ast::CreateExternal& statement,
                  const std::map<std::string, std::string>& values) {
  check_options(statement.options,
                {"LOCATION", "CREDENTIAL", "TYPE", "PUSHDOWN", "CONNECTION_OPTIONS"});
  const auto location = values.find("LOCATION");
  if (location == values.end()) throw missing_option("LOCATION", statement);
  try {
    lake::parse_path(location->second);
  } catch (Error& error) {
    error.set_sql({46548, 16, 1, {}});
    throw;
  }
  if (const auto credential = values.find("CREDENTIAL"); credential != values.end()) {
    if (!find_external(session, ExternalKind::kCredential, {name.database, {}, credential->second}))
      throw failure_of(Code::kNotFound, 46525, 16, 1,
                       "Cannot find the credential '" + credential->second +
                           "', because it does not exist or you do not have permission.",
                       statement.name.span);
  }
}

void check_format(const ast::CreateExternal& statement,
                  const std::map<std::string, std::string>& values) {
  check_options(statement.options, {"FORMAT_TYPE", "FIELD_TERMINATOR", "STRING_DELIMITER",
                                    "FIRST_ROW", "USE_TYPE_DEFAULT", "ENCODING", "DATE_FORMAT",
                                    "PARSER_VERSION", "DATA_COMPRESSION", "SERDE_METHOD"});
  const auto type = values.find("FORMAT_TYPE");
  if (type == values.end()) throw missing_option("FORMAT_TYPE", statement);
  const std::string name = to_upper(type->second);
  if (name != "DELIMITEDTEXT" && name != "PARQUET" && name != "DELTA") {
    throw not_supported("the option FORMAT_TYPE = " + name, statement.name.span,
                        "DELIMITEDTEXT, PARQUET and DELTA are there.");
  }
  file_format_options(values, statement.name.span);
}

/// The definition of a credential without its secret.
std::string open_definition(const ast::CreateExternal& statement,
                            const std::map<std::string, std::string>& values) {
  const auto identity = values.find("IDENTITY");
  if (identity == values.end()) throw missing_option("IDENTITY", statement);
  std::string quoted;
  for (const char c : identity->second) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  std::string name;
  for (const char c : statement.name.text) name += c == ']' ? std::string("]]") : std::string(1, c);
  return "CREATE DATABASE SCOPED CREDENTIAL [" + name + "] WITH IDENTITY = '" + quoted + "'";
}

/// The external tables of the database that name it.
std::optional<std::string> used_by(const SessionState& session, const ExternalObject& object) {
  const char* option = object.kind == ExternalKind::kDataSource   ? "DATA_SOURCE"
                       : object.kind == ExternalKind::kFileFormat ? "FILE_FORMAT"
                                                                  : nullptr;
  if (object.kind == ExternalKind::kCredential) {
    for (const ExternalObject& source :
         list_external(session, ExternalKind::kDataSource, object.database)) {
      const auto values = external_options(source);
      const auto found = values.find("CREDENTIAL");
      if (found != values.end() && equal_ignoring_case(found->second, object.name))
        return source.name;
    }
  }
  if (!option) return std::nullopt;
  for (const ExternalObject& table :
       list_external(session, ExternalKind::kTable, object.database)) {
    const auto values = external_options(table);
    const auto found = values.find(option);
    if (found != values.end() && equal_ignoring_case(found->second, object.name))
      return table.schema + "." + table.name;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ExternalObject> find_external(const SessionState& session, ExternalKind kind,
                                            const ObjectName& name) {
  const auto row = session.services.store->read([&](meta::Transaction& tx) {
    return tx.query_one(
        "SELECT " + std::string(kExternalColumns) +
            " FROM sql_modules WHERE workspace_id = $1 AND database_key = $2 AND schema_key = $3"
            " AND module_key = $4 AND type = $5",
        session.services.workspace_id, to_lower(name.database), schema_key(kind, name.schema),
        to_lower(name.object), std::string(facts_of(kind).type));
  });
  if (!row) return std::nullopt;
  return object_of(*row, kind);
}

std::vector<ExternalObject> list_external(const SessionState& session, ExternalKind kind,
                                          const std::string& database) {
  const auto rows = session.services.store->read([&](meta::Transaction& tx) {
    return tx.query("SELECT " + std::string(kExternalColumns) +
                        " FROM sql_modules WHERE workspace_id = $1 AND database_key = $2 AND type "
                        "= $3 ORDER BY schema_key, module_key",
                    session.services.workspace_id, to_lower(database),
                    std::string(facts_of(kind).type));
  });
  std::vector<ExternalObject> objects;
  for (const meta::Row& row : rows) objects.push_back(object_of(row, kind));
  return objects;
}

void put_external(SessionState& session, const ExternalObject& object) {
  if (object.definition.size() > kModuleBytesMax) {
    throw failure_of(Code::kTooLarge, 8623, 16, 1,
                     "The definition is longer than " + std::to_string(kModuleBytesMax) +
                         " bytes: " + object.name);
  }
  const Micros now = session.services.clock->now();
  session.services.store->write([&](meta::Transaction& tx) {
    tx.execute(
        "INSERT INTO sql_modules (workspace_id, database_key, schema_key, module_key, "
        "database_name, schema_name, name, type, definition, created_at, modified_at) VALUES ($1, "
        "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        session.services.workspace_id, to_lower(object.database),
        schema_key(object.kind, object.schema), to_lower(object.name), object.database,
        object.schema, object.name, std::string(facts_of(object.kind).type), object.definition, now,
        now);
  });
}

void remove_external(SessionState& session, const ExternalObject& object) {
  session.services.store->write([&](meta::Transaction& tx) {
    tx.execute(
        "DELETE FROM sql_modules WHERE workspace_id = $1 AND database_key = $2 AND schema_key = $3"
        " AND module_key = $4",
        session.services.workspace_id, to_lower(object.database),
        schema_key(object.kind, object.schema), to_lower(object.name));
  });
  if (object.kind == ExternalKind::kCredential && session.services.secrets)
    session.services.secrets->remove(secret_name(object.database, object.name));
}

void remove_credentials(SessionState& session, const std::string& database) {
  for (const ExternalObject& credential :
       list_external(session, ExternalKind::kCredential, database))
    remove_external(session, credential);
}

std::map<std::string, std::string> external_options(const ExternalObject& object) {
  std::map<std::string, std::string> values;
  const ast::Batch batch = parse_batch(object.definition);
  check(!batch.statements.empty(), "a stored external object has no statement");
  const ast::StatementNode& node = batch.statements.front()->node;
  if (const auto* table = std::get_if<ast::CreateExternalTable>(&node)) {
    collect(table->options, values);
  } else {
    collect(std::get<ast::CreateExternal>(node).options, values);
  }
  return values;
}

void create_external(Execution& run, const Frame& frame, const ast::CreateExternal& statement) {
  SessionState& session = run.session;
  const ExternalKind kind = kind_of(statement.kind);
  refuse_in_transaction(session, "CREATE EXTERNAL", statement.name.span);
  const ObjectName name{make_context(run, frame)->database(), {}, statement.name.text};
  session.authorize(actions::kSqlAlterDatabase, identity::Scope::database(name.database));
  if (find_external(session, kind, name)) {
    throw failure_of(
        Code::kAlreadyExists, 46502, 16, 1,
        std::string("The ") + facts_of(kind).words + " exists already: '" + name.object + "'.",
        statement.name.span, "Choose another name, or DROP it first.");
  }
  std::map<std::string, std::string> values;
  collect(statement.options, values);
  ExternalObject object{kind, name.database, {}, name.object, statement.definition, 0, 0};
  if (kind == ExternalKind::kDataSource) check_source(session, name, statement, values);
  if (kind == ExternalKind::kFileFormat) check_format(statement, values);
  if (kind == ExternalKind::kCredential) {
    session.authorize(actions::kSecretsWrite, identity::Scope::workspace());
    check_options(statement.options, {"IDENTITY", "SECRET"});
    object.definition = open_definition(statement, values);
    if (const auto secret = values.find("SECRET"); secret != values.end()) {
      check(session.services.secrets != nullptr, "a session has a place for secrets");
      session.services.secrets->put(secret_name(name.database, name.object), secret->second);
    }
  }
  put_external(session, object);
}

void drop_external(Execution& run, StatementContext& context, ast::ObjectKind kind,
                   const ast::Name& name, bool if_exists) {
  SessionState& session = run.session;
  const ExternalKind external = kind_of(kind);
  ObjectName full{context.database(), {}, name.last().text};
  if (external == ExternalKind::kTable) {
    full = context.object_name(name);
    session.authorize(actions::kSqlDropTable, full.scope());
  } else {
    session.authorize(actions::kSqlAlterDatabase, identity::Scope::database(full.database));
  }
  const auto object = find_external(session, external, full);
  if (!object) {
    if (if_exists) return;
    throw failure_of(Code::kNotFound, 3701, 11, 5,
                     std::string("Cannot drop the ") + facts_of(external).words + " '" +
                         name.last().text +
                         "', because it does not exist or you do not have permission.",
                     name.span);
  }
  if (const auto user = used_by(session, *object)) {
    throw failure_of(Code::kConflict, 46526, 16, 1,
                     std::string("Cannot drop the ") + facts_of(external).words + " '" +
                         object->name + "', because it is used by '" + *user + "'.",
                     name.span, "Drop that first.");
  }
  remove_external(session, *object);
}

}  // namespace tarn::sql
