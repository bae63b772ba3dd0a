#pragma once
// SELECT @v = @v + c FROM …: the walk over the rows, each of which changes what the next one reads.

#include "detail/exec/query_run.h"

namespace tarn::sql {

/// Rows of one statement whose values only the engine can compute, one query a row.
inline constexpr std::size_t kEngineWalkRowsMax = 1'000'000;

/// Takes the rows of `rows`, the translated `query`, through its accumulation, and then sets the
/// variables; an error leaves them as they are. The number of rows.
std::int64_t accumulate_rows(Execution& run, Frame& frame, StatementContext& context,
                             bound::Query& query, const Translation& rows);

}  // namespace tarn::sql
