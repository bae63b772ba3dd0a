#pragma once
// Scalar functions that the engine lacks or that must fail as SQL Server does, registered with the
// engine under names that begin with "tarn_". Their errors are tarn::Error with SQL Server's
// number.

#include "engine/database.h"

namespace tarn::sql {

/// Registers all of them. Call it once for each database before the first translated query.
void register_engine_functions(engine::Database& database);

}  // namespace tarn::sql
