#include "identity/account_key.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "temporary_folder.h"

namespace tarn::identity {
namespace {

TEST(AccountKey, IsMadeOnceAndRenewed) {
  TemporaryFolder home;
  const auto store = meta::Store::open((home / "tarn.db").string());
  Secrets secrets(*store, "w", home.path());
  AccountKey key(secrets);
  const std::string first = key.text();
  EXPECT_EQ(from_base64(first).size(), AccountKey::kKeyBytes);
  EXPECT_EQ(AccountKey(secrets).text(), first);
  const std::string signature = key.sign("text");
  EXPECT_EQ(signature, hmac_sha256(first, "text"));
  EXPECT_NE(key.renew(), first);
  EXPECT_NE(key.sign("text"), signature);
}

TEST(AccountKey, SignsWithHmacSha256) {
  // RFC 4231, test case 2.
  EXPECT_EQ(
      hmac_sha256(to_base64("Jefe"), "what do ya want for nothing?"),
      to_base64(from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")));
}

}  // namespace
}  // namespace tarn::identity
