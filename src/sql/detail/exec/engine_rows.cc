#include "detail/exec/engine_rows.h"

#include <algorithm>

#include "base/text.h"

namespace tarn::sql {

std::string free_row_column(const std::vector<std::string>& columns) {
  std::string name = "tarn_row";
  const auto taken = [&](const std::string& column) { return equal_ignoring_case(column, name); };
  while (std::any_of(columns.begin(), columns.end(), taken)) name += '_';
  return name;
}

std::string numbered_rows_sql(const std::string& table, const std::string& row_column) {
  return "(SELECT *, rowid AS " + engine::quote_name(row_column) + " FROM " + table + ")";
}

void edit_engine_rows(engine::Connection& connection, const std::string& table,
                      const std::vector<std::string>& columns, const lake::RowEdit& edit,
                      const CancelToken& cancel) {
  std::string sets;
  for (std::size_t i = 0; i < edit.values.size(); ++i) {
    if (edit.values[i].empty()) continue;
    sets += (sets.empty() ? "" : ", ") + engine::quote_name(columns[i]) + " = " + edit.values[i];
  }
  if (!sets.empty()) {
    std::string sql = "UPDATE " + table + " AS o SET " + sets + " FROM " + edit.changes +
                      " AS c WHERE o.rowid = c.c0";
    if (!edit.removed.empty()) sql += " AND NOT (" + edit.removed + ")";
    connection.execute(sql, cancel);
  }
  if (!edit.removed.empty()) {
    connection.execute("DELETE FROM " + table + " WHERE rowid IN (SELECT c.c0 FROM " +
                           edit.changes + " AS c WHERE c.c0 IS NOT NULL AND " + edit.removed + ")",
                       cancel);
  }
  if (!edit.added.empty()) connection.execute("INSERT INTO " + table + " " + edit.added, cancel);
}

}  // namespace tarn::sql
