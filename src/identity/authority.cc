#include "identity/authority.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <unordered_map>

#include "base/error.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/text.h"
#include "detail/unix_name.h"

namespace tarn::identity {

namespace {

using meta::Row;
using meta::Rows;
using meta::Transaction;

constexpr std::string_view kAuditList = "audit";
constexpr std::string_view kAssignmentList = "assignments";
constexpr std::size_t kCachedPrincipalsMax = 10'000;

struct Grant {
  const Role* role;
  Scope scope;
};

Principal principal_of(const Row& row) {
  Principal principal;
  principal.id = row.text(0);
  principal.kind = row.text(1) == "service" ? PrincipalKind::kService : PrincipalKind::kUser;
  principal.name = row.text(2);
  if (const auto uid = row.optional_int64(3)) principal.uid = static_cast<uid_t>(*uid);
  return principal;
}

void check_principal_name(std::string_view name) {
  if (!name.empty() && name.size() <= kPrincipalNameBytesMax && valid_utf8(name)) return;
  throw Error(
      Code::kInvalidArgument,
      "A principal's name has 1 to " + std::to_string(kPrincipalNameBytesMax) + " bytes of UTF-8.");
}

/// The container and path of a scope that is a file's, a folder's or a container's.
std::optional<std::pair<std::string, std::string>> file_of(const Scope& scope) {
  constexpr std::string_view kContainers = "/containers/";
  std::string_view text = scope.text();
  if (!text.starts_with(kContainers)) return std::nullopt;
  text.remove_prefix(kContainers.size());
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // A scope escapes these two alone.
    const std::string_view escape = text.substr(i, 3);
    if (escape == "%2F" || escape == "%25") {
      plain += escape == "%2F" ? '/' : '%';
      i += 2;
    } else {
      plain += text[i];
    }
  }
  const std::size_t slash = std::min(plain.find('/'), plain.size());
  return std::pair(plain.substr(0, slash), plain.substr(std::min(slash + 1, plain.size())));
}

/// Cut to the limit, at a character's border.
std::string kept_details(std::string_view details) {
  std::string text = log::redact(details);
  if (text.size() <= kAuditDetailsBytesMax) return text;
  std::size_t end = kAuditDetailsBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

}  // namespace

std::string_view name_of(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kUser:
      return "user";
    case PrincipalKind::kService:
      return "service";
    case PrincipalKind::kRun:
      return "run";
    case PrincipalKind::kAnonymous:
      return "anonymous";
  }
  return "anonymous";
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllowed:
      return "allowed";
    case Outcome::kDenied:
      return "denied";
    case Outcome::kFailed:
      return "failed";
  }
  return "failed";
}

/// Grants are read once per principal and forgotten with every change of an assignment in this
/// process. Another process that changes them holds the home's lock, so no server runs beside it.
struct Authority::Impl {
  meta::Store& store;
  const std::string workspace_id;
  const uid_t owner_uid;
  const Clock& clock;

  std::mutex mutex;
  std::optional<Principal> owner;
  struct Kept {
    std::vector<Grant> grants;
    std::chrono::steady_clock::time_point until;
  };
  std::unordered_map<std::string, Kept> grants;
  FileAccess* file_access = nullptr;
  std::uint64_t changes = 0;  // of assignments, so that a read that began before one is not kept

  std::vector<Grant> grants_of(const std::string& principal_id) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex);
      if (const auto found = grants.find(principal_id);
          found != grants.end() && std::chrono::steady_clock::now() < found->second.until) {
        return found->second.grants;
      }
      seen = changes;
    }
    std::vector<Grant> list = read_grants(principal_id);
    const std::lock_guard lock(mutex);
    if (seen == changes) {
      if (grants.size() >= kCachedPrincipalsMax) grants.clear();
      grants.insert_or_assign(principal_id,
                              Kept{list, std::chrono::steady_clock::now() + identity::kGrantsKept});
    }
    return list;
  }

  std::vector<Grant> read_grants(const std::string& principal_id) {
    const Rows rows = store.read([&](Transaction& tx) {
      return tx.query(
          "SELECT role, scope FROM role_assignments WHERE workspace_id = $1 AND principal_id = $2",
          workspace_id, principal_id);
    });
    std::vector<Grant> list;
    for (const Row& row : rows) list.push_back({&role(row.text(0)), Scope::parse(row.text(1))});
    return list;
  }

  /// Whether the principal may ask for it at all: it is known, and its token is not limited to
  /// other actions or scopes.
  bool within_token(const Principal& principal, Action action, const Scope& scope);
  bool granted(const Principal& principal, Action action, const Scope& scope);

  void forget_grants() {
    const std::lock_guard lock(mutex);
    ++changes;
    grants.clear();
  }

  std::optional<Principal> find_uid(Transaction& tx, uid_t uid) const {
    const auto row = tx.query_one(
        "SELECT principal_id, kind, name, uid FROM principals WHERE workspace_id = $1 AND uid = $2",
        workspace_id, uid);
    if (!row) return std::nullopt;
    return principal_of(*row);
  }

  void insert(Transaction& tx, const Principal& principal) const {
    std::optional<std::int64_t> uid;
    if (principal.uid) uid = *principal.uid;
    tx.execute(
        "INSERT INTO principals (workspace_id, principal_id, kind, name, uid, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        workspace_id, principal.id, name_of(principal.kind), principal.name, uid, clock.now());
  }

  void assign(Transaction& tx, const std::string& by, std::string_view principal_id,
              std::string_view role_name, const Scope& scope) const {
    const std::optional<std::string> creator = by.empty() ? std::nullopt : std::optional(by);
    tx.execute(
        "INSERT INTO role_assignments (workspace_id, principal_id, role, scope, assignment_id, "
        "created_at, "
        "created_by) VALUES ($1, $2, $3, $4, $5, $6, $7) "
        "ON CONFLICT (workspace_id, principal_id, role, scope) DO NOTHING",
        workspace_id, principal_id, role_name, scope.text(), new_id(), clock.now(), creator);
  }

  std::string denial_hint(Action action, const Scope& scope) const {
    std::string least = "owner";
    for (const Role& candidate : roles()) {
      if (candidate.grants(action)) least = candidate.name;
    }
    std::string hint = "An owner of the workspace can grant it: role '" + least + "' on '" +
                       scope.text() + "' or above.";
    if (file_access && file_of(scope)) hint += " Its access control list can name them too.";
    return hint;
  }
};

Authority::Authority(meta::Store& store, std::string workspace_id, std::optional<uid_t> owner_uid,
                     const Clock& clock)
    : impl_(new Impl{.store = store,
                     .workspace_id = std::move(workspace_id),
                     .owner_uid = owner_uid.value_or(::geteuid()),
                     .clock = clock,
                     .mutex = {},
                     .owner = {},
                     .grants = {},
                     .file_access = nullptr,
                     .changes = 0}) {}

Authority::~Authority() = default;

Principal Authority::owner() {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->owner) return *impl_->owner;
  }
  const auto find = [&](Transaction& tx) { return impl_->find_uid(tx, impl_->owner_uid); };
  std::optional<Principal> found = impl_->store.read(find);
  if (!found) {
    found = impl_->store.write([&](Transaction& tx) {
      if (auto meanwhile = find(tx)) return *meanwhile;
      Principal made{.id = new_id(),
                     .name = detail::unix_name(impl_->owner_uid),
                     .kind = PrincipalKind::kUser,
                     .uid = impl_->owner_uid,
                     .token_actions = {},
                     .token_scopes = {},
                     .run_id = {}};
      // A workspace whose folder moved to another user keeps its owners; the new user is one more
      // only where the store had none at all.
      const bool first = tx.query("SELECT 1 FROM role_assignments WHERE workspace_id = $1 LIMIT 1",
                                  impl_->workspace_id)
                             .empty();
      impl_->insert(tx, made);
      if (first) impl_->assign(tx, {}, made.id, "owner", Scope::workspace());
      return made;
    });
    impl_->forget_grants();
  }
  const std::lock_guard lock(impl_->mutex);
  impl_->owner = found;
  return *found;
}

Principal Authority::unix_user(uid_t uid) {
  if (uid == impl_->owner_uid) return owner();
  const auto found = impl_->store.read([&](Transaction& tx) { return impl_->find_uid(tx, uid); });
  if (found) return *found;
  Principal unknown = Principal::anonymous();
  unknown.uid = uid;
  return unknown;
}

Principal Authority::create_principal(std::string_view name, PrincipalKind kind,
                                      std::optional<uid_t> uid) {
  check_principal_name(name);
  if (kind != PrincipalKind::kUser && kind != PrincipalKind::kService) {
    throw Error(Code::kInvalidArgument,
                "Only users and services are made; not a principal of kind " +
                    std::string(name_of(kind)) + ".");
  }
  Principal made{.id = new_id(),
                 .name = std::string(name),
                 .kind = kind,
                 .uid = uid,
                 .token_actions = {},
                 .token_scopes = {},
                 .run_id = {}};
  try {
    impl_->store.write([&](Transaction& tx) { impl_->insert(tx, made); });
  } catch (const Error& error) {
    if (error.code() != Code::kAlreadyExists) throw;
    throw Error(Code::kAlreadyExists,
                "A principal of this name or Unix user is there already: " + made.name + ".");
  }
  return made;
}

Principal Authority::principal(std::string_view id) {
  const auto row = impl_->store.read([&](Transaction& tx) {
    return tx.query_one(
        "SELECT principal_id, kind, name, uid FROM principals WHERE workspace_id = $1 AND "
        "principal_id = $2",
        impl_->workspace_id, id);
  });
  if (!row)
    throw Error(Code::kNotFound,
                "There is no principal of this id: " + std::string(id.substr(0, 80)) + ".");
  return principal_of(*row);
}

void Authority::set_file_access(FileAccess* access) { impl_->file_access = access; }

bool Authority::allows(const Principal& principal, Action action, const Scope& scope) {
  if (!impl_->within_token(principal, action, scope)) return false;
  if (impl_->granted(principal, action, scope)) return true;
  const auto file = file_of(scope);
  return file && impl_->file_access &&
         impl_->file_access->allows(principal, action, file->first, file->second);
}

bool Authority::allows_by_role(const Principal& principal, Action action, const Scope& scope) {
  return impl_->within_token(principal, action, scope) && impl_->granted(principal, action, scope);
}

bool Authority::Impl::within_token(const Principal& principal, Action action, const Scope& scope) {
  check(is_action(action), "an action that actions.h does not list");
  if (principal.id.empty() || principal.kind == PrincipalKind::kAnonymous) return false;
  const auto covered = [&](std::string_view pattern) { return covers(pattern, action); };
  const auto around = [&](const std::string& text) { return scope.within(Scope::parse(text)); };
  const bool limited = principal.kind == PrincipalKind::kRun || !principal.token_actions.empty() ||
                       !principal.token_scopes.empty();
  if (limited) {
    if (std::ranges::none_of(principal.token_actions, covered)) return false;
    if (std::ranges::none_of(principal.token_scopes, around)) return false;
  }
  return true;
}

bool Authority::Impl::granted(const Principal& principal, Action action, const Scope& scope) {
  return std::ranges::any_of(grants_of(principal.id), [&](const Grant& grant) {
    return grant.role->grants(action) && scope.within(grant.scope);
  });
}

void Authority::authorize(const Principal& principal, Action action, const Scope& scope,
                          const CallFacts& facts) {
  if (allows(principal, action, scope)) return;
  audit(principal, action, scope, Outcome::kDenied, facts);
  if (principal.kind == PrincipalKind::kAnonymous) {
    throw Error(Code::kUnauthenticated,
                "Nobody that this workspace knows asks for '" + std::string(action) + "'.",
                "Send the bearer token that lies in the home's run/token, or connect as the "
                "workspace's owner.");
  }
  std::string message = "'" + principal.name + "' lacks the permission '" + std::string(action) +
                        "' on '" + scope.text() + "'.";
  if (principal.kind == PrincipalKind::kRun) {
    throw Error(Code::kPermissionDenied, std::move(message),
                "A run's token is limited to what the run was given when it was submitted.");
  }
  throw Error(Code::kPermissionDenied, std::move(message), impl_->denial_hint(action, scope));
}

void Authority::grant(const Principal& by, std::string_view principal_id,
                      std::string_view role_name, const Scope& scope) {
  const Role& granted = role(role_name);
  principal(principal_id);
  impl_->store.write([&](Transaction& tx) {
    impl_->assign(tx, by.id, principal_id, granted.name, scope);
    const std::string details =
        "grant " + std::string(granted.name) + " to " + std::string(principal_id);
    audit(tx, by, actions::kRolesWrite, scope, Outcome::kAllowed,
          {.request_id = {}, .details = details});
  });
  impl_->forget_grants();
}

bool Authority::revoke(const Principal& by, std::string_view principal_id,
                       std::string_view role_name, const Scope& scope) {
  const Role& revoked = role(role_name);
  const bool changed = impl_->store.write([&](Transaction& tx) {
    const std::int64_t rows = tx.execute(
        "DELETE FROM role_assignments WHERE workspace_id = $1 AND principal_id = $2 AND role = $3 "
        "AND scope = $4",
        impl_->workspace_id, principal_id, revoked.name, scope.text());
    if (rows == 0) return false;
    const bool owned =
        !tx.query(
               "SELECT 1 FROM role_assignments WHERE workspace_id = $1 AND role = 'owner' AND "
               "scope = '/' LIMIT 1",
               impl_->workspace_id)
             .empty();
    if (!owned) {
      throw Error(Code::kConflict, "The last owner of the workspace stays its owner.",
                  "Grant the role to another first.");
    }
    const std::string details =
        "revoke " + std::string(revoked.name) + " from " + std::string(principal_id);
    audit(tx, by, actions::kRolesWrite, scope, Outcome::kAllowed,
          {.request_id = {}, .details = details});
    return true;
  });
  if (changed) impl_->forget_grants();
  return changed;
}

std::vector<std::string> Authority::roles_on(std::string_view principal_id, const Scope& scope) {
  const Rows rows = impl_->store.read([&](Transaction& tx) {
    return tx.query(
        "SELECT role FROM role_assignments WHERE workspace_id = $1 AND principal_id = $2 AND scope "
        "= $3 ORDER BY role",
        impl_->workspace_id, principal_id, scope.text());
  });
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.text(0));
  return names;
}

meta::PageOf<RoleAssignment> Authority::assignments(const meta::Page& page) {
  meta::check_page_size(page, kAssignmentPageMax);
  std::string after;
  if (!page.token.empty()) after = meta::parse_page_token(kAssignmentList, page.token, 1).front();
  const Rows rows = impl_->store.read([&](Transaction& tx) {
    return tx.query(
        "SELECT a.assignment_id, a.principal_id, p.name, a.role, a.scope, a.created_at "
        "FROM role_assignments a JOIN principals p ON p.workspace_id = a.workspace_id AND "
        "p.principal_id = a.principal_id WHERE a.workspace_id = $1 AND a.assignment_id > $2 "
        "ORDER BY a.assignment_id LIMIT $3",
        impl_->workspace_id, after, page.size + 1);
  });
  meta::PageOf<RoleAssignment> result;
  for (const Row& row : rows) {
    if (result.items.size() == static_cast<std::size_t>(page.size)) {
      const std::string last[] = {result.items.back().id};
      result.next_token = meta::page_token(kAssignmentList, last);
      break;
    }
    result.items.push_back(
        {row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.int64(5)});
  }
  return result;
}

void Authority::audit(Transaction& tx, const Principal& principal, Action action,
                      const Scope& scope, Outcome outcome, const CallFacts& facts) {
  std::string name = principal.name;
  if (principal.id.empty() && principal.uid)
    name += " (uid " + std::to_string(*principal.uid) + ")";
  tx.execute(
      "INSERT INTO audit_log (workspace_id, audit_id, time, principal_id, principal_name, action, "
      "scope, outcome, "
      "request_id, details) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      impl_->workspace_id, new_id(), impl_->clock.now(), principal.id, name, action, scope.text(),
      name_of(outcome), facts.request_id, kept_details(facts.details));
}

void Authority::audit(const Principal& principal, Action action, const Scope& scope,
                      Outcome outcome, const CallFacts& facts) {
  impl_->store.write([&](Transaction& tx) { audit(tx, principal, action, scope, outcome, facts); });
}

meta::PageOf<AuditEntry> Authority::audit_log(const meta::Page& page) {
  meta::check_page_size(page, kAuditPageMax);
  std::string before = "~";  // above every UUID
  if (!page.token.empty()) before = meta::parse_page_token(kAuditList, page.token, 1).front();
  const Rows rows = impl_->store.read([&](Transaction& tx) {
    return tx.query(
        "SELECT audit_id, time, principal_id, principal_name, action, scope, outcome, request_id, "
        "details "
        "FROM audit_log WHERE workspace_id = $1 AND audit_id < $2 ORDER BY audit_id DESC LIMIT $3",
        impl_->workspace_id, before, page.size + 1);
  });
  meta::PageOf<AuditEntry> result;
  for (const Row& row : rows) {
    if (result.items.size() == static_cast<std::size_t>(page.size)) {
      const std::string last[] = {result.items.back().id};
      result.next_token = meta::page_token(kAuditList, last);
      break;
    }
    result.items.push_back({row.text(0), row.int64(1), row.text(2), row.text(3), row.text(4),
                            row.text(5), row.text(6), row.text(7), row.text(8)});
  }
  return result;
}

}  // namespace tarn::identity
