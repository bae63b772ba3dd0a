// Is everything there that a pool's file says of itself?

#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "detail/pool_impl.h"
#include "engine/database.h"

namespace tarn::pools {
namespace {

using Columns = std::vector<std::string>;

/// The tables of the schema `data` with their columns, in their order.
std::map<std::string, Columns> engine_tables(engine::Connection& connection,
                                             const std::string& pool) {
  std::map<std::string, Columns> tables;
  const auto rows = connection.rows(
      "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'data' AND "
      "database_name = " +
      engine::quote_text("pool:" + to_lower(pool)) + " ORDER BY table_name, column_index");
  for (const auto& row : rows) tables[row[0].value_or("")].push_back(row[1].value_or(""));
  return tables;
}

bool same_columns(const Columns& there, const lake::delta::Schema& described) {
  if (there.size() != described.fields.size()) return false;
  for (std::size_t i = 0; i < there.size(); ++i) {
    const std::string& name = described.fields[i].name;
    // The engine's own `rowid` is in the way of some names: they have a '_' more there.
    if (!equal_ignoring_case(there[i], name) && !equal_ignoring_case(there[i], name + "_"))
      return false;
  }
  return true;
}

/// Reads all of a table, so that the engine compares the checksums of its blocks.
void read_all(engine::Connection& connection, const PoolTable& table, const CancelToken& cancel) {
  connection.rows("SELECT bit_xor(hash(t)) FROM " + table.engine_name + " AS t", cancel);
}

}  // namespace

PoolCheck check_pool(const std::string& pool, const Definitions& definitions,
                     engine::Connection& connection, const CancelToken& cancel) {
  PoolCheck check;
  const auto there = engine_tables(connection, pool);
  std::set<std::string> described;
  for (const auto& [key, table] : definitions.tables) {
    cancel.check();
    ++check.tables;
    const std::string full = table->schema + "." + table->name;
    const std::string name = "t" + std::to_string(table->id);
    described.insert(name);
    const auto found = there.find(name);
    if (found == there.end()) {
      check.problems.push_back("its table is missing: " + full);
      continue;
    }
    if (!same_columns(found->second, table->metadata.schema))
      check.problems.push_back("a table has other columns than its description: " + full);
    try {
      read_all(connection, *table, cancel);
    } catch (const Error& error) {
      if (error.code() == Code::kCancelled) throw;
      check.problems.push_back("a table cannot be read: " + full + ": " + error.message());
    }
  }
  for (const auto& [name, columns] : there) {
    if (!described.contains(name))
      check.problems.push_back("a table has no description: data." + name);
  }
  return check;
}

}  // namespace tarn::pools
