#pragma once
// Parts of the engine's SQL that reads a snapshot.

#include <optional>
#include <string>

#include "lake/delta_schema.h"

namespace tarn::lake::delta::detail {

/// A partition value of the log as a typed constant of the engine.
std::string partition_constant(const std::optional<std::string>& value, const Type& type);

}  // namespace tarn::lake::delta::detail
