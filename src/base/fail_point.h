#pragma once
// Named points at which a crash test ends the process: TARN_FAIL_POINT=delta.commit.before_link[:N]
// ends it with SIGKILL at the N-th pass (the first by default). Costs one relaxed load when none is
// set.

namespace tarn {

void fail_point(const char* name);

}  // namespace tarn
