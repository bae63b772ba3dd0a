#include "disk_full.h"

#include <cerrno>

namespace tarn {
namespace {

// "Could not allocate space for object … because the filegroup is full."
const SqlStatus kStatus{.number = 1105, .severity = 17, .state = 2, .procedure = {}};

}  // namespace

Error disk_full(std::string message, std::string hint) {
  Error error(Code::kResourceExhausted, std::move(message), std::move(hint));
  error.set_sql(kStatus);
  return error;
}

bool is_disk_full(const Error& error) {
  return error.code() == Code::kResourceExhausted && error.sql() &&
         error.sql()->number == kStatus.number;
}

bool is_disk_full(int system_error) { return system_error == ENOSPC || system_error == EDQUOT; }

}  // namespace tarn
