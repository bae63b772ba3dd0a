#pragma once

#include <string>

#include "lake/path.h"

namespace tarn::lake {

inline LakePath p(const std::string& text) { return parse_path(text); }

}  // namespace tarn::lake
