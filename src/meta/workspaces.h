#pragma once
// The workspaces of a store. Every other table's first key column is the id found here.

#include <string>
#include <string_view>

#include "base/clock.h"
#include "meta/store.h"

namespace tarn::meta {

/// The id of the workspace of this name, made when absent. Names: 1 to 63 of a-z, 0-9 and '-',
/// first a letter or digit. Throws Error(kInvalidArgument).
std::string ensure_workspace(Store& store, std::string_view name,
                             const Clock& clock = Clock::system());

}  // namespace tarn::meta
