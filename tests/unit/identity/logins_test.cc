#include "identity/logins.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::identity {
namespace {

constexpr std::string_view kRight = "correct horse";

template <typename Action>
std::string login_error(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(name_of(error.code())) + ": " + error.message();
  }
  return "no error";
}

class LoginsTest : public testing::Test {
 protected:
  TemporaryFolder home_;
  std::unique_ptr<meta::Store> store_ = meta::Store::open(test_store(home_ / "tarn.db"));
  std::string workspace_ = meta::ensure_workspace(*store_, "main");
  Authority authority_{*store_, workspace_};
  Logins logins_{*store_, workspace_, authority_};
  Principal owner_ = authority_.owner();
};

TEST_F(LoginsTest, APasswordSaysWhoItIs) {
  EXPECT_EQ(logins_.authenticate("bob", kRight), std::nullopt);
  logins_.create(owner_, "Bob", kRight);
  for (int i = 0; i < 2; ++i) {  // the second time it is remembered
    const auto bob = logins_.authenticate("bOB", kRight);
    ASSERT_TRUE(bob);
    EXPECT_EQ(bob->name, "Bob");
    EXPECT_EQ(bob->kind, PrincipalKind::kUser);
  }
  EXPECT_EQ(logins_.authenticate("Bob", "correct horsf"), std::nullopt);
  EXPECT_EQ(logins_.authenticate("Bob", ""), std::nullopt);
  EXPECT_EQ(logins_.authenticate("Bob", std::string(100'000, 'x')), std::nullopt);
  EXPECT_EQ(logins_.authenticate("Eve", kRight), std::nullopt);
  EXPECT_FALSE(authority_.allows(*logins_.authenticate("bob", kRight), actions::kSqlConnect, {}));
}

TEST_F(LoginsTest, ANewPasswordEndsTheOldOne) {
  logins_.create(owner_, "bob", kRight);
  EXPECT_TRUE(logins_.authenticate("bob", kRight));
  logins_.set_password(owner_, "BOB", "another password");
  EXPECT_FALSE(logins_.authenticate("bob", kRight));
  EXPECT_TRUE(logins_.authenticate("bob", "another password"));
}

TEST_F(LoginsTest, ADisabledLoginIsNobody) {
  logins_.create(owner_, "bob", kRight);
  EXPECT_TRUE(logins_.authenticate("bob", kRight));
  logins_.set_enabled(owner_, "bob", false);
  EXPECT_FALSE(logins_.authenticate("bob", kRight));
  EXPECT_FALSE(logins_.find("bob")->enabled);
  logins_.set_enabled(owner_, "bob", true);
  EXPECT_TRUE(logins_.authenticate("bob", kRight));
}

TEST_F(LoginsTest, WhatCameWithALoginGoesWithIt) {
  logins_.create(owner_, "bob", kRight);
  const std::string id = logins_.find("bob")->principal_id;
  authority_.grant(owner_, id, "contributor", Scope::workspace());
  logins_.drop(owner_, "bob");
  EXPECT_FALSE(logins_.authenticate("bob", kRight));
  EXPECT_THROW(authority_.principal(id), Error);
  // Another bob has none of it.
  logins_.create(owner_, "bob", kRight);
  EXPECT_NE(logins_.find("bob")->principal_id, id);
  EXPECT_TRUE(authority_.roles_on(logins_.find("bob")->principal_id, {}).empty());
}

TEST_F(LoginsTest, APrincipalThatWasThereStays) {
  const Principal alice = authority_.create_principal("alice", PrincipalKind::kUser);
  logins_.create(owner_, "alice", kRight);
  EXPECT_EQ(logins_.authenticate("alice", kRight)->id, alice.id);
  logins_.drop(owner_, "alice");
  EXPECT_EQ(authority_.principal(alice.id).name, "alice");
}

TEST_F(LoginsTest, TheLastOwnerStays) {
  logins_.create(owner_, "bob", kRight);
  authority_.grant(owner_, logins_.find("bob")->principal_id, "owner", Scope::workspace());
  authority_.revoke(owner_, owner_.id, "owner", Scope::workspace());
  EXPECT_EQ(login_error([&] { logins_.drop(owner_, "bob"); }),
            "Conflict: The last owner of the workspace stays its owner.");
  EXPECT_TRUE(logins_.authenticate("bob", kRight));
}

TEST_F(LoginsTest, WrongRequestsAreRefused) {
  logins_.create(owner_, "bob", kRight);
  EXPECT_EQ(login_error([&] { logins_.create(owner_, "BOB", kRight); }),
            "AlreadyExists: A login of this name is there already: BOB.");
  EXPECT_EQ(login_error([&] { logins_.create(owner_, "eve", "7 chars"); }),
            "InvalidArgument: A password has at least 8 characters.");
  logins_.create(owner_, "eve", std::string(kPasswordBytesMax, 'x'));
  EXPECT_EQ(login_error([&] {
              logins_.set_password(owner_, "eve", std::string(kPasswordBytesMax + 1, 'x'));
            }),
            "InvalidArgument: A password has at most 512 bytes.");
  EXPECT_EQ(login_error([&] { logins_.create(owner_, "", kRight); }),
            "InvalidArgument: A login's name has 1 to 256 bytes.");
  for (const auto& action :
       std::vector<std::function<void()>>{[&] { logins_.set_password(owner_, "nobody", kRight); },
                                          [&] { logins_.set_enabled(owner_, "nobody", true); },
                                          [&] { logins_.drop(owner_, "nobody"); }}) {
    EXPECT_EQ(login_error(action), "NotFound: There is no login of this name: nobody.");
  }
}

TEST_F(LoginsTest, TheStoreHasNoPassword) {
  logins_.create(owner_, "bob", kRight);
  const auto hash = store_->read([&](meta::Transaction& tx) {
    return tx.query_one("SELECT password_hash FROM sql_logins")->text(0);
  });
  EXPECT_EQ(hash.substr(0, 14), "scrypt$14$8$1$");
  EXPECT_EQ(hash.find(kRight), std::string::npos);
  EXPECT_NE(hash_password(kRight), hash_password(kRight));
  EXPECT_TRUE(has_hash(kRight, hash));
  EXPECT_FALSE(has_hash("wrong", hash));
  // RFC 7914, section 12.
  EXPECT_TRUE(has_hash("pleaseletmein",
                       "scrypt$14$8$1$U29kaXVtQ2hsb3JpZGU=$"
                       "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI="));
  for (const std::string damaged : {"", "scrypt$14$8$1$AA==", "scrypt$99$8$1$AA==$AA==",
                                    "scrypt$x$8$1$AA==$AA==", "md5$14$8$1$AA==$AA=="}) {
    EXPECT_EQ(login_error([&] { has_hash(kRight, damaged); }).substr(0, 8), "DataLoss") << damaged;
  }
}

TEST_F(LoginsTest, ChangesAreAudited) {
  logins_.create(owner_, "bob", kRight);
  logins_.set_password(owner_, "bob", "another password");
  logins_.set_enabled(owner_, "bob", false);
  logins_.drop(owner_, "bob");
  std::vector<std::string> details;
  for (const AuditEntry& entry : authority_.audit_log().items) {
    EXPECT_EQ(entry.details.find("another"), std::string::npos);
    details.push_back(entry.details);
  }
  EXPECT_EQ(details, (std::vector<std::string>{"drop the login bob", "disable the login bob",
                                               "change how bob signs in", "create the login bob"}));
}

}  // namespace
}  // namespace tarn::identity
