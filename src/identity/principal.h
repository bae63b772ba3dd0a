#pragma once
// Who asks.

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace tarn::identity {

enum class PrincipalKind {
  kUser,       // a person: a Unix user of this machine, or somebody with a token
  kService,    // a program with a token
  kRun,        // the children of one run: may do what its token lists, and nothing else
  kAnonymous,  // nobody that we know; has no role, ever
};

std::string_view name_of(PrincipalKind kind);

/// A value: what identity found out about the caller of this request. It holds no permission by
/// itself; each action asks Authority::authorize.
struct Principal {
  std::string id;    // UUIDv7; empty for anonymous
  std::string name;  // "alice", "run 3f2a…"
  PrincipalKind kind = PrincipalKind::kAnonymous;
  std::optional<uid_t> uid;  // of a Unix user

  /// Of a run's or a limited token: the only actions (patterns) and scopes that it may use. Empty:
  /// no such limit.
  std::vector<std::string> token_actions;
  std::vector<std::string> token_scopes;
  std::string run_id;  // of kRun

  static Principal anonymous() { return {.name = "anonymous"}; }
};

}  // namespace tarn::identity
