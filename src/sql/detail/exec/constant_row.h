#pragma once
// Queries that need no engine: SELECT 1, SELECT @p AS name, SELECT @v = @v + 1. Drivers and pools
// send them to see whether a connection lives, programs to set variables.

#include <optional>
#include <vector>

#include "detail/bind/bound.h"
#include "detail/exec/session_state.h"

namespace tarn::sql {

/// The values of the query's only row, where it has no source and each of its items is a simple
/// value (simple_value.h); else nothing. An item whose value would be an error is none.
std::optional<std::vector<Constant>> constant_row(const bound::Query& query);

/// Sends the row; false where a value has a type that only the engine writes, and nothing was sent.
bool send_row(Execution& run, const bound::Query& query, const std::vector<Constant>& row);
/// To the query's variables.
void assign_row(Frame& frame, const bound::Query& query, const std::vector<Constant>& row);

}  // namespace tarn::sql
