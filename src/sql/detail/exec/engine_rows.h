#pragma once
// Rows of a table of the engine itself: a temporary one, or one of a dedicated SQL pool.

#include <string>
#include <vector>

#include "base/cancel.h"
#include "engine/database.h"
#include "lake/row_change.h"

namespace tarn::sql {

/// A name for the row's number that no column has.
std::string free_row_column(const std::vector<std::string>& columns);
/// A parenthesised SELECT of all columns and the row's number.
std::string numbered_rows_sql(const std::string& table, const std::string& row_column);
/// Changes rows of it. `columns` as the engine has them.
void edit_engine_rows(engine::Connection& connection, const std::string& table,
                      const std::vector<std::string>& columns, const lake::RowEdit& edit,
                      const CancelToken& cancel);

}  // namespace tarn::sql
