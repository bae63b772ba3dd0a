#pragma once
// Whether a change can go on top of a commit that came before it (Delta protocol; "Concurrency
// control" of Delta Lake).

#include <vector>

#include "lake/delta_table.h"

namespace tarn::lake::delta::detail {

/// Throws Error(kConflict) naming what the winner of `version` did. Returns when the two get along.
void check_conflict(const Change& change, std::int64_t version, const std::vector<Action>& winner);

}  // namespace tarn::lake::delta::detail
