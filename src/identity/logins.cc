#include "identity/logins.h"

#include <openssl/evp.h>

#include <array>
#include <charconv>

#include "base/digest.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/text.h"
#include "identity/account_key.h"
#include "identity/tokens.h"

namespace tarn::identity {
namespace {

using meta::Row;
using meta::Transaction;

// 16 MB and some 50 ms a password.
constexpr std::uint64_t kCostLog2 = 14;
constexpr std::uint64_t kBlockSize = 8;
constexpr std::uint64_t kParallel = 1;
constexpr std::uint64_t kCostLog2Max = 20;
constexpr std::uint64_t kBlockSizeMax = 32;
constexpr std::uint64_t kParallelMax = 16;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kProcessKeyBytes = 32;
constexpr std::size_t kRememberedMax = 10'000;
constexpr std::string_view kScheme = "scrypt";

struct Scrypt {
  std::uint64_t cost_log2 = kCostLog2;
  std::uint64_t block_size = kBlockSize;
  std::uint64_t parallel = kParallel;
};

std::string scrypt(std::string_view password, std::string_view salt, const Scrypt& with) {
  const std::uint64_t cost = std::uint64_t{1} << with.cost_log2;
  const std::uint64_t memory_max = 128 * with.block_size * (cost + with.parallel + 2) + (1 << 20);
  std::string hash(kHashBytes, '\0');
  const int made = EVP_PBE_scrypt(password.data(), password.size(),
                                  reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
                                  cost, with.block_size, with.parallel, memory_max,
                                  reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  check(made == 1, "a password's hash could not be made");
  return hash;
}

[[noreturn]] void throw_no_hash() {
  throw Error(Code::kDataLoss, "The stored hash of a login's password is damaged.",
              "Set the password again: ALTER LOGIN … WITH PASSWORD.");
}

std::uint64_t limited_number(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > most)
    throw_no_hash();
  return value;
}

void check_password(std::string_view password) {
  if (password.size() < kPasswordBytesMin) {
    throw Error(Code::kInvalidArgument,
                "A password has at least " + std::to_string(kPasswordBytesMin) + " characters.");
  }
  if (password.size() > kPasswordBytesMax) {
    throw Error(Code::kInvalidArgument,
                "A password has at most " + std::to_string(kPasswordBytesMax) + " bytes.");
  }
}

void check_login_name(std::string_view name) {
  if (!name.empty() && name.size() <= kPrincipalNameBytesMax) return;
  throw Error(Code::kInvalidArgument,
              "A login's name has 1 to " + std::to_string(kPrincipalNameBytesMax) + " bytes.");
}

[[noreturn]] void throw_no_login(std::string_view name) {
  throw Error(Code::kNotFound,
              "There is no login of this name: " + std::string(name.substr(0, 80)) + ".");
}

/// What a name that is not there is compared with: the work is the same.
const std::string& hash_of_nobody() {
  static const std::string hash = hash_password(random_hex(kSaltBytes));
  return hash;
}

}  // namespace

std::string hash_password(std::string_view password) {
  const std::string salt = from_hex(random_hex(kSaltBytes));
  const Scrypt with;
  return std::string(kScheme) + "$" + std::to_string(with.cost_log2) + "$" +
         std::to_string(with.block_size) + "$" + std::to_string(with.parallel) + "$" +
         to_base64(salt) + "$" + to_base64(scrypt(password, salt, with));
}

bool has_hash(std::string_view password, std::string_view hash) {
  const std::vector<std::string> parts = split(hash, '$');
  if (parts.size() != 6 || parts[0] != kScheme) throw_no_hash();
  const Scrypt with = {.cost_log2 = limited_number(parts[1], kCostLog2Max),
                       .block_size = limited_number(parts[2], kBlockSizeMax),
                       .parallel = limited_number(parts[3], kParallelMax)};
  return equal_in_constant_time(to_base64(scrypt(password, from_base64(parts[4]), with)), parts[5]);
}

Logins::Logins(meta::Store& store, std::string workspace_id, Authority& authority,
               const Clock& clock)
    : store_(store),
      workspace_id_(std::move(workspace_id)),
      authority_(authority),
      clock_(clock),
      process_key_(to_base64(from_hex(random_hex(kProcessKeyBytes)))) {}

bool Logins::remembers(const std::string& key, const std::string& hash, std::string_view password) {
  const std::string tag = hmac_sha256(process_key_, password);
  const std::lock_guard lock(mutex_);
  const auto known = remembered_.find(key);
  return known != remembered_.end() && known->second.password_hash == hash &&
         equal_in_constant_time(tag, known->second.tag);
}

void Logins::remember(const std::string& key, const std::string& hash, std::string_view password) {
  const std::lock_guard lock(mutex_);
  if (remembered_.size() >= kRememberedMax) remembered_.clear();
  remembered_[key] = {hash, hmac_sha256(process_key_, password)};
}

std::optional<Principal> Logins::authenticate(std::string_view name, std::string_view password) {
  if (password.size() > kPasswordBytesMax) return std::nullopt;
  const std::string key = to_lower(name);
  bool any = true;
  const auto row = store_.read([&](Transaction& tx) {
    auto found = tx.query_one(
        "SELECT principal_id, password_hash, enabled FROM sql_logins WHERE workspace_id = $1 AND "
        "login_key = $2",
        workspace_id_, key);
    if (!found) {
      any = tx.query_one("SELECT 1 FROM sql_logins WHERE workspace_id = $1 LIMIT 1", workspace_id_)
                .has_value();
    }
    return found;
  });
  if (!any) return std::nullopt;  // there is nothing to hide
  const std::string hash = row ? row->text(1) : hash_of_nobody();
  if (!remembers(key, hash, password)) {
    if (!has_hash(password, hash)) return std::nullopt;
    if (row) remember(key, hash, password);
  }
  if (!row || row->int64(2) == 0) return std::nullopt;
  return authority_.principal(row->text(0));
}

std::optional<SqlLogin> Logins::find(std::string_view name) {
  for (SqlLogin& login : list())
    if (equal_ignoring_case(login.name, name)) return std::move(login);
  return std::nullopt;
}

std::vector<SqlLogin> Logins::list() {
  const auto rows = store_.read([&](Transaction& tx) {
    return tx.query(
        "SELECT name, principal_id, enabled, created_at, modified_at FROM sql_logins WHERE "
        "workspace_id = $1 ORDER BY login_key",
        workspace_id_);
  });
  std::vector<SqlLogin> logins;
  for (const Row& row : rows)
    logins.push_back({row.text(0), row.text(1), row.int64(2) != 0, row.int64(3), row.int64(4)});
  return logins;
}

void Logins::create(const Principal& by, std::string_view name, std::string_view password) {
  check_login_name(name);
  check_password(password);
  const std::string hash = hash_password(password);
  const Micros now = clock_.now();
  store_.write([&](Transaction& tx) {
    const std::string key = to_lower(name);
    if (tx.query_one("SELECT 1 FROM sql_logins WHERE workspace_id = $1 AND login_key = $2",
                     workspace_id_, key)) {
      throw Error(Code::kAlreadyExists,
                  "A login of this name is there already: " + std::string(name) + ".");
    }
    const auto there =
        tx.query_one("SELECT principal_id FROM principals WHERE workspace_id = $1 AND name = $2",
                     workspace_id_, name);
    const std::string id = there ? there->text(0) : new_id();
    if (!there) {
      tx.execute(
          "INSERT INTO principals (workspace_id, principal_id, kind, name, created_at) "
          "VALUES ($1, $2, 'user', $3, $4)",
          workspace_id_, id, name, now);
    }
    tx.execute(
        "INSERT INTO sql_logins (workspace_id, login_key, name, principal_id, made_principal, "
        "password_hash, enabled, created_at, modified_at) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, "
        "$7)",
        workspace_id_, key, name, id, std::int64_t{there ? 0 : 1}, hash, now);
    authority_.audit(tx, by, actions::kRolesWrite, Scope::workspace(), Outcome::kAllowed,
                     {.request_id = {}, .details = "create the login " + std::string(name)});
  });
}

void Logins::set_password(const Principal& by, std::string_view name, std::string_view password) {
  check_password(password);
  const std::string hash = hash_password(password);
  store_.write([&](Transaction& tx) {
    if (tx.execute("UPDATE sql_logins SET password_hash = $3, modified_at = $4 WHERE workspace_id "
                   "= $1 AND login_key = $2",
                   workspace_id_, to_lower(name), hash, clock_.now()) == 0) {
      throw_no_login(name);
    }
    authority_.audit(
        tx, by, actions::kRolesWrite, Scope::workspace(), Outcome::kAllowed,
        {.request_id = {}, .details = "change how " + std::string(name) + " signs in"});
  });
}

void Logins::set_enabled(const Principal& by, std::string_view name, bool enabled) {
  store_.write([&](Transaction& tx) {
    if (tx.execute("UPDATE sql_logins SET enabled = $3, modified_at = $4 WHERE workspace_id = $1 "
                   "AND login_key = $2",
                   workspace_id_, to_lower(name), std::int64_t{enabled ? 1 : 0},
                   clock_.now()) == 0) {
      throw_no_login(name);
    }
    const std::string details =
        (enabled ? "enable the login " : "disable the login ") + std::string(name);
    authority_.audit(tx, by, actions::kRolesWrite, Scope::workspace(), Outcome::kAllowed,
                     {.request_id = {}, .details = details});
  });
}

void Logins::drop(const Principal& by, std::string_view name) {
  store_.write([&](Transaction& tx) {
    const auto row = tx.query_one(
        "SELECT principal_id, made_principal FROM sql_logins WHERE workspace_id = $1 AND login_key "
        "= $2",
        workspace_id_, to_lower(name));
    if (!row) throw_no_login(name);
    tx.execute("DELETE FROM sql_logins WHERE workspace_id = $1 AND login_key = $2", workspace_id_,
               to_lower(name));
    if (row->int64(1) != 0) {
      tx.execute("DELETE FROM principals WHERE workspace_id = $1 AND principal_id = $2",
                 workspace_id_, row->text(0));
      if (!tx.query_one("SELECT 1 FROM role_assignments WHERE workspace_id = $1 AND role = 'owner' "
                        "AND scope = '/' LIMIT 1",
                        workspace_id_)) {
        throw Error(Code::kConflict, "The last owner of the workspace stays its owner.",
                    "Grant the role to another first.");
      }
    }
    authority_.audit(tx, by, actions::kRolesWrite, Scope::workspace(), Outcome::kAllowed,
                     {.request_id = {}, .details = "drop the login " + std::string(name)});
  });
}

}  // namespace tarn::identity
