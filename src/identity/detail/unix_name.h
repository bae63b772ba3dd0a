#pragma once
// The name of a Unix user.

#include <sys/types.h>

#include <string>

namespace tarn::identity::detail {

/// "alice", or "uid 1000" where the machine has no name for it.
std::string unix_name(uid_t uid);

}  // namespace tarn::identity::detail
