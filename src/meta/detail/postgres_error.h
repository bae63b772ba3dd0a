#pragma once
// What PostgreSQL reports, as Tarn's errors (PostgreSQL documentation, appendix A: error codes).

#include <string>

#include "detail/postgres_library.h"

namespace tarn::meta::detail {

/// Throws BusyError for what another try may do, LostError for a connection that is gone, else the
/// Error that the Transaction promises.
[[noreturn]] void throw_postgres(const PGresult* result);

}  // namespace tarn::meta::detail
