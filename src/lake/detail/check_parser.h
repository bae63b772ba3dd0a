#pragma once
// The expressions of CHECK constraints: from Spark's SQL to the engine's.

#include <string>
#include <string_view>

#include "lake/delta_schema.h"

namespace tarn::lake::delta::detail {

/// A condition over the schema's columns as the engine's SQL over c0, c1, …. Throws
/// Error(kUnsupported) whose message says what is not understood: "the function 'rand'".
std::string translate_check(std::string_view expression, const Schema& schema);

}  // namespace tarn::lake::delta::detail
