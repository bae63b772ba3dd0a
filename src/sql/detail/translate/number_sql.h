#pragma once
// Exact decimal arithmetic in the engine's SQL: decimals travel through our functions as their
// unscaled value.

#include <string>

#include "detail/types/type.h"

namespace tarn::sql {

/// The unscaled value (HUGEINT) of an expression whose engine type is an integer or DECIMAL(…,
/// type.scale).
std::string unscaled_sql(const std::string& expression, const SqlType& type);
/// DECIMAL(38, scale) of an unscaled value.
std::string decimal_sql(const std::string& unscaled, int scale);
/// "INTEGER", "BIGINT", ...
std::string integer_sql(const SqlType& type);

}  // namespace tarn::sql
