#pragma once
// Tables in the lake: Delta folders, one commit a statement, or one of a transaction's end.

#include <memory>

#include "detail/exec/table_store.h"

namespace tarn::sql {

std::unique_ptr<TableStore> lake_store(const SessionState& session, const std::string& database);

}  // namespace tarn::sql
