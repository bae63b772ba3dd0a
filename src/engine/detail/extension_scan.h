#pragma once
// The table function of extension_scan.h.

#include "detail/access.h"

namespace tarn::engine {

void register_extension_scan(DatabaseState& database, const Settings& settings);

}  // namespace tarn::engine
