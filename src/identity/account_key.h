#pragma once
// The account key of the storage API: 64 random bytes, sealed in the store, with which clients sign
// requests and shared access signatures. Who has it may do what the owner may; renewing it ends
// every signature made with the one before. Thread-safe.

#include <mutex>
#include <string>
#include <string_view>

#include "identity/secrets.h"

namespace tarn::identity {

class AccountKey {
 public:
  static constexpr std::size_t kKeyBytes = 64;

  explicit AccountKey(Secrets& secrets) : secrets_(secrets) {}

  /// Base64, as Azure shows it; made at the first call.
  std::string text();
  /// Makes another one.
  std::string renew();
  /// Base64 of HMAC-SHA256 of `string_to_sign` under the key.
  std::string sign(std::string_view string_to_sign);

 private:
  std::string make();

  Secrets& secrets_;
  std::mutex mutex_;  // of two that ask for the first key both get the same
};

/// HMAC-SHA256, Base64. `key` is Base64 too.
std::string hmac_sha256(std::string_view key_base64, std::string_view text);

}  // namespace tarn::identity
