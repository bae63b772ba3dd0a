#include "detail/exec/table_store.h"

#include "detail/exec/failure.h"
#include "detail/exec/lake_tables.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/system_databases.h"

namespace tarn::sql {

std::string OpenTable::full_name() const {
  return lake::TableName{.database = name_.database, .schema = name_.schema, .table = name_.object}
      .text();
}

void OpenTable::rename(Execution&, const std::string&) const {
  throw not_supported("RENAME OBJECT of a table of the lake, " + full_name(), {},
                      "CREATE TABLE … AS SELECT, and drop the old one.");
}

void OpenTable::rename_column(Execution&, std::size_t, const std::string&) const {
  throw not_supported("RENAME OBJECT … COLUMN of a table of the lake, " + full_name());
}

std::unique_ptr<TableStore> table_store(const SessionState& session, const std::string& database) {
  if (const auto pool = find_pool(session, database)) return pool_store(session, *pool);
  return lake_store(session, database);
}

Error mixed_transaction(const std::string& table) {
  return not_supported(
      "one transaction that changes a SQL pool and tables elsewhere (" + table + ")", {},
      "Use a transaction for the pool and another for the rest.");
}

}  // namespace tarn::sql
