#pragma once
// Values as SQL Server's own bytes, for CAST from and to binary: uniqueidentifier, numbers,
// datetime.

#include <vector>

#include "engine/database.h"

namespace tarn::sql {

/// tarn_guid_binary, tarn_binary_guid, tarn_float_binary, tarn_real_binary, tarn_decimal_binary,
/// tarn_binary_decimal, tarn_money_binary, tarn_binary_money, tarn_datetime_binary and
/// tarn_binary_datetime.
void add_typed_binary(std::vector<engine::ScalarFunction>& functions);

}  // namespace tarn::sql
