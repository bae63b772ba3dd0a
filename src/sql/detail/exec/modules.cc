#include "detail/exec/modules.h"

#include "detail/exec/failure.h"
#include "meta/store.h"

namespace tarn::sql {
namespace {

constexpr std::string_view kModuleColumns =
    "type, database_name, schema_name, name, definition, created_at, modified_at";

constexpr ModuleKind kModuleKinds[] = {ModuleKind::kView, ModuleKind::kProcedure,
                                       ModuleKind::kScalarFunction, ModuleKind::kTableFunction,
                                       ModuleKind::kStatementsFunction};

/// External objects are kept beside them (external_objects.h).
constexpr std::string_view kNotExternal = " type NOT IN ('ET', 'ED', 'EF', 'EC')";

Module module_of(const meta::Row& row) {
  Module module;
  for (const ModuleKind kind : kModuleKinds) {
    if (row.text(0) == type_code(kind)) module.kind = kind;
  }
  module.database = row.text(1);
  module.schema = row.text(2);
  module.name = row.text(3);
  module.definition = row.text(4);
  module.created = row.int64(5);
  module.modified = row.int64(6);
  return module;
}

}  // namespace

std::string_view type_code(ModuleKind kind) {
  switch (kind) {
    case ModuleKind::kView:
      return "V";
    case ModuleKind::kProcedure:
      return "P";
    case ModuleKind::kScalarFunction:
      return "FN";
    case ModuleKind::kTableFunction:
      return "IF";
    case ModuleKind::kStatementsFunction:
      return "TF";
  }
  return "V";
}

std::string_view type_description(ModuleKind kind) {
  switch (kind) {
    case ModuleKind::kView:
      return "VIEW";
    case ModuleKind::kProcedure:
      return "SQL_STORED_PROCEDURE";
    case ModuleKind::kScalarFunction:
      return "SQL_SCALAR_FUNCTION";
    case ModuleKind::kTableFunction:
      return "SQL_INLINE_TABLE_VALUED_FUNCTION";
    case ModuleKind::kStatementsFunction:
      return "SQL_TABLE_VALUED_FUNCTION";
  }
  return "VIEW";
}

std::optional<Module> find_module(const SessionState& session, const ObjectName& name) {
  const auto row = session.services.store->read([&](meta::Transaction& tx) {
    return tx.query_one(
        "SELECT " + std::string(kModuleColumns) +
            " FROM sql_modules WHERE workspace_id = $1 AND database_key = $2 AND schema_key = $3"
            " AND module_key = $4 AND" +
            std::string(kNotExternal),
        session.services.workspace_id, to_lower(name.database), to_lower(name.schema),
        to_lower(name.object));
  });
  if (!row) return std::nullopt;
  return module_of(*row);
}

std::vector<Module> list_modules(const SessionState& session, const std::string& database) {
  const auto rows = session.services.store->read([&](meta::Transaction& tx) {
    return tx.query("SELECT " + std::string(kModuleColumns) +
                        " FROM sql_modules WHERE workspace_id = $1 AND database_key = $2 AND" +
                        std::string(kNotExternal) + " ORDER BY schema_key, module_key",
                    session.services.workspace_id, to_lower(database));
  });
  std::vector<Module> modules;
  for (const meta::Row& row : rows) modules.push_back(module_of(row));
  return modules;
}

void put_module(SessionState& session, ModuleKind kind, const ObjectName& name,
                const std::string& definition) {
  if (definition.size() > kModuleBytesMax) {
    throw failure_of(Code::kTooLarge, 8623, 16, 1,
                     "The definition is longer than " + std::to_string(kModuleBytesMax) +
                         " bytes: " + name.text());
  }
  const Micros now = session.services.clock->now();
  const std::string type(type_code(kind));
  session.services.store->write([&](meta::Transaction& tx) {
    const auto changed = tx.execute(
        "UPDATE sql_modules SET definition = $5, type = $6, modified_at = $7, etag = etag + 1"
        " WHERE workspace_id = $1 AND database_key = $2 AND schema_key = $3 AND module_key = $4",
        session.services.workspace_id, to_lower(name.database), to_lower(name.schema),
        to_lower(name.object), definition, type, now);
    if (changed > 0) return;
    tx.execute(
        "INSERT INTO sql_modules (workspace_id, database_key, schema_key, module_key, "
        "database_name, schema_name,"
        " name, type, definition, created_at, modified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
        "$9, $10, $11)",
        session.services.workspace_id, to_lower(name.database), to_lower(name.schema),
        to_lower(name.object), name.database, name.schema, name.object, type, definition, now, now);
  });
}

bool rename_module(SessionState& session, const ObjectName& name, const std::string& renamed) {
  const Micros now = session.services.clock->now();
  return session.services.store->write([&](meta::Transaction& tx) -> std::int64_t {
    const auto taken = tx.query_one(
        "SELECT name FROM sql_modules WHERE workspace_id = $1 AND database_key = $2 AND "
        "schema_key = $3 AND module_key = $4",
        session.services.workspace_id, to_lower(name.database), to_lower(name.schema),
        to_lower(renamed));
    if (taken && !equal_ignoring_case(renamed, name.object)) return 0;
    return tx.execute(
        "UPDATE sql_modules SET module_key = $5, name = $6, modified_at = $7, etag = etag + 1"
        " WHERE workspace_id = $1 AND database_key = $2 AND schema_key = $3 AND module_key = $4",
        session.services.workspace_id, to_lower(name.database), to_lower(name.schema),
        to_lower(name.object), to_lower(renamed), renamed, now);
  }) > 0;
}

bool remove_module(SessionState& session, const ObjectName& name) {
  return session.services.store->write([&](meta::Transaction& tx) {
    return tx.execute(
        "DELETE FROM sql_modules WHERE workspace_id = $1 AND database_key = $2 AND schema_key = $3"
        " AND module_key = $4",
        session.services.workspace_id, to_lower(name.database), to_lower(name.schema),
        to_lower(name.object));
  }) > 0;
}

void remove_modules(SessionState& session, const std::string& database) {
  session.services.store->write([&](meta::Transaction& tx) {
    tx.execute("DELETE FROM sql_modules WHERE workspace_id = $1 AND database_key = $2",
               session.services.workspace_id, to_lower(database));
  });
}

}  // namespace tarn::sql
