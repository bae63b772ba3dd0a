#pragma once
// Actions of the Delta log as JSON (Delta protocol, "Actions").

#include <vector>

#include "base/json.h"
#include "lake/delta_log.h"

namespace tarn::lake::delta::detail {

/// {"add": {…}}, {"commitInfo": {…}}, …
Json action_to_json(const Action& action);

/// Appends what a line holds; an unknown action is passed over. Throws Json::exception and Error
/// (kDataLoss for a path that leaves the table, kUnsupported for a file elsewhere).
void actions_from_json(const Json& line, std::vector<Action>& actions);

}  // namespace tarn::lake::delta::detail
