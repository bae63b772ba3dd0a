#pragma once
// How a failure is shown and what exit code it becomes.

#include "base/error.h"

namespace tarn::cli {

int exit_code_of(Code code);

/// On standard error: "error: …", and before an error of SQL "Msg 208, Level 16, State 1, Line 3",
/// as SQL Server's tools print it.
void print_error(const Error& error);

}  // namespace tarn::cli
