#include "detail/migration.h"

#include "detail/backend.h"

namespace tarn::meta::detail {

namespace {

constexpr std::string_view kClustered = "{{clustered}}";

/// Texts compare by their bytes, as in SQLite, whatever the database's own collation is.
std::string with_binary_texts(std::string script) {
  constexpr std::string_view kText = " TEXT";
  constexpr std::string_view kBinary = " COLLATE \"C\"";
  for (std::size_t at = script.find(kText); at != std::string::npos;
       at = script.find(kText, at + 1)) {
    const std::size_t end = at + kText.size();
    if (end < script.size() && std::string_view(" ,);\n").find(script[end]) == std::string::npos)
      continue;
    script.insert(end, kBinary);
  }
  return script;
}

std::string script_of(const Migration& migration, Dialect dialect) {
  std::string script(migration.portable);
  const std::string_view clustered = dialect == Dialect::kSqlite ? " WITHOUT ROWID" : "";
  for (std::size_t at = script.find(kClustered); at != std::string::npos;
       at = script.find(kClustered, at)) {
    script.replace(at, kClustered.size(), clustered);
  }
  if (dialect == Dialect::kSqlite) return script + std::string(migration.sqlite);
  return with_binary_texts(std::move(script)) + std::string(migration.postgres);
}

void apply(Connection& connection, const Migration& migration, const Clock& clock) {
  if (!connection.has_table("schema_migrations")) {
    connection.run_script(
        "CREATE TABLE schema_migrations (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
        "applied_at BIGINT NOT NULL)");
  }
  connection.run_script(script_of(migration, connection.dialect()));
  const Value values[] = {migration.version, migration.name, clock.now()};
  connection.execute(
      "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)", values);
}

[[noreturn]] void refuse_foreign(Dialect dialect) {
  if (dialect == Dialect::kPostgres) {
    throw Error(Code::kDataLoss,
                "The PostgreSQL database holds tables, but is no metadata store of Tarn.",
                "Name an empty database: CREATE DATABASE tarn ENCODING 'UTF8' TEMPLATE template0.");
  }
  throw Error(Code::kDataLoss, "The file is a database, but not a metadata store of Tarn.",
              "Name another file, or restore it from a backup.");
}

}  // namespace

std::span<const Migration> all_migrations() {
  static const Migration kAll[] = {kMigration0001, kMigration0002, kMigration0003, kMigration0004,
                                   kMigration0005, kMigration0006, kMigration0007};
  return kAll;
}

std::int64_t stored_version(Connection& connection) {
  if (!connection.has_table("schema_migrations")) {
    if (connection.is_empty()) return 0;
    // Two looks: another server may have made the store between them.
    if (!connection.has_table("schema_migrations")) refuse_foreign(connection.dialect());
  }
  const Rows rows = connection.query("SELECT COALESCE(MAX(version), 0) FROM schema_migrations", {});
  return rows.front().int64(0);
}

void migrate(Connection& connection, std::span<const Migration> migrations, const Clock& clock,
             const BeforeUpgrade& before_upgrade) {
  const std::int64_t newest = migrations.empty() ? 0 : migrations.back().version;
  if (stored_version(connection) < newest) {
    connection.begin(Begin::kMigration);
    try {
      // Another process may have been here while this one waited for the write lock.
      const std::int64_t found = stored_version(connection);
      if (found > 0 && found < newest && before_upgrade) before_upgrade(found);
      for (const Migration& migration : migrations) {
        if (migration.version > found) apply(connection, migration, clock);
      }
      connection.commit();
    } catch (...) {
      connection.rollback();
      throw;
    }
  }
  const std::int64_t stored = stored_version(connection);
  if (stored > newest) {
    throw Error(Code::kUnsupported,
                "The metadata store was written by a newer Tarn: this one knows version " +
                    std::to_string(newest) + ", the store has " + std::to_string(stored) + ".",
                "Use the newer program, or restore the backup that it made.");
  }
}

}  // namespace tarn::meta::detail
