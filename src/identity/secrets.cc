#include "identity/secrets.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <memory>

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "detail/private_file.h"

namespace tarn::identity {

namespace {

using meta::Row;
using meta::Transaction;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::string_view kList = "secrets";

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  check(RAND_bytes(bytes_of(bytes), static_cast<int>(size)) == 1, "no randomness");
  return bytes;
}

/// nonce, ciphertext, tag (NIST SP 800-38D). `bound_to` is authenticated with it: a secret moved to
/// another name does not open.
std::string seal(std::string_view key, std::string_view bound_to, std::string_view secret) {
  const std::string nonce = random_bytes(kNonceBytes);
  std::string text(secret.size(), '\0');
  std::string tag(kTagBytes, '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool sealed =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                         bytes_of(std::string_view(nonce))) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, bytes_of(bound_to),
                        static_cast<int>(bound_to.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), bytes_of(text), &size, bytes_of(secret),
                        static_cast<int>(secret.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), bytes_of(text) + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1;
  check(sealed, "a secret could not be sealed");
  return nonce + text + tag;
}

/// Empty where it was altered or sealed with another key or name.
std::optional<std::string> unseal(std::string_view key, std::string_view bound_to,
                                  std::string_view sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  const std::string_view nonce = sealed.substr(0, kNonceBytes);
  const std::string_view text = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string secret(text.size(), '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool opened =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                         bytes_of(nonce)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, bytes_of(bound_to),
                        static_cast<int>(bound_to.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes_of(secret), &size, bytes_of(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), bytes_of(secret) + size, &size) == 1;
  if (!opened) return std::nullopt;
  return secret;
}

void check_secret_name(std::string_view name) {
  if (!name.empty() && name.size() <= kSecretNameBytesMax) return;
  throw Error(Code::kInvalidArgument,
              "A secret's name has 1 to " + std::to_string(kSecretNameBytesMax) + " bytes.");
}

}  // namespace

Secrets::Secrets(meta::Store& store, std::string workspace_id, std::filesystem::path home,
                 const Clock& clock)
    : store_(store),
      workspace_id_(std::move(workspace_id)),
      home_(std::move(home)),
      clock_(clock) {}

std::string Secrets::key() {
  const std::filesystem::path file = home_ / "secret.key";
  std::string key = detail::read_or_make_private(file, [] { return random_bytes(kKeyBytes); });
  if (key.size() != kKeyBytes) {
    throw Error(Code::kDataLoss, "The key file of the secrets is damaged: " + file.string() + ".",
                "Restore it from a backup; without it the stored secrets cannot be read.");
  }
  return key;
}

void Secrets::put(std::string_view name, std::string_view secret) {
  check_secret_name(name);
  if (secret.size() > kSecretBytesMax) {
    throw Error(Code::kTooLarge,
                "A secret has at most " + std::to_string(kSecretBytesMax) + " bytes.");
  }
  const std::string bound_to = workspace_id_ + "/" + std::string(name);
  const std::string sealed = to_base64(seal(key(), bound_to, secret));
  store_.write([&](Transaction& tx) {
    tx.execute(
        "INSERT INTO secrets (workspace_id, name, sealed, created_at, modified_at) VALUES ($1, $2, "
        "$3, $4, $4) "
        "ON CONFLICT (workspace_id, name) DO UPDATE SET sealed = excluded.sealed, "
        "modified_at = excluded.modified_at, etag = secrets.etag + 1",
        workspace_id_, name, sealed, clock_.now());
  });
}

std::optional<std::string> Secrets::get(std::string_view name) {
  const auto row = store_.read([&](Transaction& tx) {
    return tx.query_one("SELECT sealed FROM secrets WHERE workspace_id = $1 AND name = $2",
                        workspace_id_, name);
  });
  if (!row) return std::nullopt;
  const std::string bound_to = workspace_id_ + "/" + std::string(name);
  auto secret = unseal(key(), bound_to, from_base64(row->text(0)));
  if (!secret) {
    throw Error(Code::kDataLoss, "A stored secret cannot be opened: " + std::string(name) + ".",
                "It was altered, or sealed with another secret.key. Store it again.");
  }
  return secret;
}

bool Secrets::remove(std::string_view name) {
  return store_.write([&](Transaction& tx) {
    return tx.execute("DELETE FROM secrets WHERE workspace_id = $1 AND name = $2", workspace_id_,
                      name) > 0;
  });
}

meta::PageOf<std::string> Secrets::list(const meta::Page& page) {
  meta::check_page_size(page, kSecretPageMax);
  std::string after;
  if (!page.token.empty()) after = meta::parse_page_token(kList, page.token, 1).front();
  const meta::Rows rows = store_.read([&](Transaction& tx) {
    return tx.query(
        "SELECT name FROM secrets WHERE workspace_id = $1 AND name > $2 ORDER BY name LIMIT $3",
        workspace_id_, after, page.size + 1);
  });
  meta::PageOf<std::string> result;
  for (const Row& row : rows) {
    if (result.items.size() == static_cast<std::size_t>(page.size)) {
      const std::string last[] = {result.items.back()};
      result.next_token = meta::page_token(kList, last);
      break;
    }
    result.items.push_back(row.text(0));
  }
  return result;
}

}  // namespace tarn::identity
