#include "identity/account_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/digest.h"
#include "base/ids.h"

namespace tarn::identity {
namespace {

constexpr std::string_view kSecretName = "storage/account-key";

}  // namespace

std::string AccountKey::text() {
  const std::lock_guard lock(mutex_);
  if (const auto key = secrets_.get(kSecretName)) return *key;
  return make();
}

std::string AccountKey::renew() {
  const std::lock_guard lock(mutex_);
  return make();
}

std::string AccountKey::make() {
  std::string key = to_base64(from_hex(random_hex(kKeyBytes)));
  secrets_.put(kSecretName, key);
  return key;
}

std::string AccountKey::sign(std::string_view string_to_sign) {
  return hmac_sha256(text(), string_to_sign);
}

std::string hmac_sha256(std::string_view key_base64, std::string_view text) {
  const std::string key = from_base64(key_base64);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return to_base64({reinterpret_cast<const char*>(digest), size});
}

}  // namespace tarn::identity
