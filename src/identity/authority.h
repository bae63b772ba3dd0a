#pragma once
// identity: principals, roles and permissions, tokens, sealed secrets, audit.
//
// It owns the decision whether a principal may do an action somewhere, and the record of it. It
// never knows HTTP or SQL: surfaces find out who asks and name the action. Thread-safe.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "identity/actions.h"
#include "identity/principal.h"
#include "identity/scope.h"
#include "meta/paging.h"
#include "meta/store.h"

namespace tarn::identity {

/// A role: a name and the action patterns that it grants.
struct Role {
  std::string_view name;  // "owner", "contributor", "reader"
  std::string_view description;
  std::vector<std::string_view> patterns;

  bool grants(Action action) const;
};

/// The built-in roles, from the mightiest down.
const std::vector<Role>& roles();
/// Throws Error(kInvalidArgument) with the nearest name.
const Role& role(std::string_view name);

struct RoleAssignment {
  std::string id;
  std::string principal_id;
  std::string principal_name;
  std::string role;
  std::string scope;
  Micros created_at = 0;
};

enum class Outcome { kAllowed, kDenied, kFailed };
std::string_view name_of(Outcome outcome);

struct AuditEntry {
  std::string id;
  Micros time = 0;
  std::string principal_id;
  std::string principal_name;
  std::string action;
  std::string scope;
  std::string outcome;  // "allowed", "denied", "failed"
  std::string request_id;
  std::string details;  // JSON, secrets redacted; may be empty
};

/// What a surface knows about one call; the audit log keeps it.
struct CallFacts {
  std::string request_id;
  std::string details;  // JSON or text, at most kAuditDetailsBytesMax (cut there); redacted before
                        // it is kept
};

inline constexpr std::size_t kAuditDetailsBytesMax = 4000;
inline constexpr int kAuditPageMax = 1000;
inline constexpr int kAssignmentPageMax = 1000;
inline constexpr std::size_t kPrincipalNameBytesMax = 256;
/// What another server on the same store grants or revokes holds here after this time at the
/// latest.
inline constexpr std::chrono::seconds kGrantsKept{2};

/// Who decides about a file where no role does: the lake's access control lists, which lie above
/// this module and are plugged in by `app`. A role comes first, as in Azure: what one grants is not
/// asked here.
class FileAccess {
 public:
  virtual ~FileAccess() = default;
  /// `path` is below the container; empty: the container's root.
  virtual bool allows(const Principal& principal, Action action, const std::string& container,
                      const std::string& path) = 0;
};

/// Answers for one workspace.
class Authority {
 public:
  /// `owner_uid` (by default the process's own) becomes the owner on first use.
  Authority(meta::Store& store, std::string workspace_id, std::optional<uid_t> owner_uid = {},
            const Clock& clock = Clock::system());
  ~Authority();

  // -- Who asks
  // -----------------------------------------------------------------------------------------------------

  /// The owner: the Unix user that the workspace belongs to.
  Principal owner();
  /// A Unix user of this machine; anonymous where no principal has the uid.
  Principal unix_user(uid_t uid);
  /// Makes a principal without any role. Throws Error(kAlreadyExists).
  Principal create_principal(std::string_view name, PrincipalKind kind,
                             std::optional<uid_t> uid = {});
  /// Throws Error(kNotFound).
  Principal principal(std::string_view id);

  // -- May they
  // -----------------------------------------------------------------------------------------------------

  bool allows(const Principal& principal, Action action, const Scope& scope);
  /// By a role, and not by what an access control list says.
  bool allows_by_role(const Principal& principal, Action action, const Scope& scope);
  /// `access` outlives the authority. Set it before the first request.
  void set_file_access(FileAccess* access);
  /// Returns when the principal may; else records the denial and throws Error: kUnauthenticated for
  /// anonymous, kPermissionDenied else, saying what is missing and who can grant it. An action
  /// outside actions.h is our bug.
  void authorize(const Principal& principal, Action action, const Scope& scope,
                 const CallFacts& facts = {});

  /// Throws Error(kNotFound) for an unknown principal, kInvalidArgument for an unknown role.
  /// Idempotent.
  void grant(const Principal& by, std::string_view principal_id, std::string_view role,
             const Scope& scope);
  /// False where there was no such assignment. The last owner of the workspace stays (kConflict).
  bool revoke(const Principal& by, std::string_view principal_id, std::string_view role,
              const Scope& scope);
  meta::PageOf<RoleAssignment> assignments(const meta::Page& page = {});
  /// The roles that the principal has on exactly this scope.
  std::vector<std::string> roles_on(std::string_view principal_id, const Scope& scope);

  // -- What was done
  // ------------------------------------------------------------------------------------------------

  /// Writes an audit entry in the transaction of the change itself: both are there, or neither.
  void audit(meta::Transaction& tx, const Principal& principal, Action action, const Scope& scope,
             Outcome outcome, const CallFacts& facts = {});
  /// The same in a transaction of its own: for denials, failures, and changes outside the store
  /// (the lake).
  void audit(const Principal& principal, Action action, const Scope& scope, Outcome outcome,
             const CallFacts& facts = {});
  /// Newest first.
  meta::PageOf<AuditEntry> audit_log(const meta::Page& page = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::identity
