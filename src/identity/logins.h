#pragma once
// SQL logins: principals that show who they are by a password (CREATE LOGIN). The store keeps a
// salted hash that is slow to compute (scrypt, RFC 7914), never the password.
//
// Names are compared without regard to case, as SQL Server does. Thread-safe.

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "identity/authority.h"

namespace tarn::identity {

inline constexpr std::size_t kPasswordBytesMin = 8;
inline constexpr std::size_t kPasswordBytesMax = 512;  // 128 characters, as SQL Server

struct SqlLogin {
  std::string name;
  std::string principal_id;
  bool enabled = true;
  Micros created_at = 0;
  Micros modified_at = 0;
};

class Logins {
 public:
  Logins(meta::Store& store, std::string workspace_id, Authority& authority,
         const Clock& clock = Clock::system());

  /// Whose name and password these are; nothing where either is wrong or the login is disabled.
  /// That takes the same time, whichever it is; what was right once is known again at once.
  std::optional<Principal> authenticate(std::string_view name, std::string_view password);

  std::optional<SqlLogin> find(std::string_view name);
  /// All, by name.
  std::vector<SqlLogin> list();

  /// The login belongs to the principal of that name, which is made where there is none, without
  /// any role. Throws Error: kAlreadyExists; kInvalidArgument for a password that is too short or
  /// too long.
  void create(const Principal& by, std::string_view name, std::string_view password);
  /// These throw Error(kNotFound).
  void set_password(const Principal& by, std::string_view name, std::string_view password);
  void set_enabled(const Principal& by, std::string_view name, bool enabled);
  /// A principal that came with the login goes with it, and what it may do. The last owner of the
  /// workspace stays (kConflict).
  void drop(const Principal& by, std::string_view name);

 private:
  /// Of passwords that were right: under a key of this process, and for one stored hash.
  struct Remembered {
    std::string password_hash;
    std::string tag;
  };

  bool remembers(const std::string& key, const std::string& hash, std::string_view password);
  void remember(const std::string& key, const std::string& hash, std::string_view password);

  meta::Store& store_;
  std::string workspace_id_;
  Authority& authority_;
  const Clock& clock_;
  std::string process_key_;
  std::mutex mutex_;
  std::unordered_map<std::string, Remembered> remembered_;
};

/// "scrypt$<log2 n>$<r>$<p>$<salt>$<hash>", salt and hash in Base64; another one at each call.
std::string hash_password(std::string_view password);
/// Whether the password has that hash. Throws Error(kDataLoss) for a text that is no hash.
bool has_hash(std::string_view password, std::string_view hash);

}  // namespace tarn::identity
