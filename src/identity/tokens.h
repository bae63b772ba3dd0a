#pragma once
// Bearer tokens. The store keeps their SHA-256 only; the text is shown once.
//
//   <home>/run/token     the owner's token, mode 0600: who can read the file is the owner
//   tarn_<64 hex>        a token's text

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "identity/authority.h"

namespace tarn::identity {

inline constexpr std::size_t kTokenBytes = 32;  // of randomness
inline constexpr double kTokenLifetimeMax_s = 366 * 86400.0;
inline constexpr double kRunTokenLifetimeMax_s = 30 * 86400.0;

/// Compares two texts in a time that depends on the length of `given` only.
bool equal_in_constant_time(std::string_view given, std::string_view expected);

/// The owner's token in `<home>/run/token`, made on first use (0600, its folder 0700). Throws
/// Error(kPermissionDenied) where the file can be read by others.
std::string owner_token(const std::filesystem::path& home);

struct RunTokenSpec {
  std::string run_id;                // the job's or run's id
  std::vector<std::string> actions;  // patterns; each must cover a known action
  std::vector<std::string> scopes;   // texts of Scope; the token works there and below
  double lifetime_s = 86400;         // at most kRunTokenLifetimeMax_s
};

class Tokens {
 public:
  /// `home`: where run/token lies.
  Tokens(meta::Store& store, std::string workspace_id, Authority& authority,
         std::filesystem::path home, const Clock& clock = Clock::system());

  /// Who presents this token. Throws Error(kUnauthenticated) for a wrong, expired or revoked one,
  /// without telling which.
  Principal authenticate(std::string_view token);

  /// A token for the children of a run, acting for `submitter`: it may do what it lists and the
  /// submitter may, and nothing else. The text is not kept.
  std::string issue_run_token(const Principal& submitter, const RunTokenSpec& spec);
  /// Ends all tokens of a run; called when it ends. The number ended.
  int revoke_run_tokens(std::string_view run_id);

  /// A long-lived token for a principal (kUser or kService).
  std::string issue_token(const Principal& by, std::string_view principal_id, double lifetime_s);

 private:
  meta::Store& store_;
  std::string workspace_id_;
  Authority& authority_;
  std::filesystem::path home_;
  const Clock& clock_;
};

}  // namespace tarn::identity
