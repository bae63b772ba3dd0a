#pragma once
// The engine's errors as tarn::Error.

#include <duckdb.h>

#include "base/error.h"

namespace tarn::engine {

/// "Conversion Error: Could not convert ...": the message as the engine has it, without its excerpt
/// of the query.
Error error_from(duckdb_error_type type, const char* message);

}  // namespace tarn::engine
