#pragma once
// A disk without room. Every surface names it: HTTP 507, SQL Server's error 1105, exit code 75.

#include <string>

#include "error.h"

namespace tarn {

/// kResourceExhausted with SQL Server's number for it, by which is_disk_full() knows it.
Error disk_full(std::string message, std::string hint = "Free some disk space and try again.");

bool is_disk_full(const Error& error);

/// Whether a system call's errno says so: no space, or the user's quota is used up.
bool is_disk_full(int system_error);

}  // namespace tarn
