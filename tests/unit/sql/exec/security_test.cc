#include "detail/exec/security.h"

#include <gtest/gtest.h>

#include "identity/authority.h"
#include "identity/logins.h"
#include "session_fixture.h"

namespace tarn::sql {
namespace {

class SecurityTest : public SessionTest {
 protected:
  void SetUp() override {
    SessionTest::SetUp();
    authority_ = std::make_unique<identity::Authority>(*store_, services_.workspace_id);
    logins_ = std::make_unique<identity::Logins>(*store_, services_.workspace_id, *authority_);
    services_.authority = authority_.get();
    services_.logins = logins_.get();
    act_as(authority_->owner());
  }
  void TearDown() override {
    session_.reset();
    logins_.reset();
    authority_.reset();
    SessionTest::TearDown();
  }

  void act_as(const identity::Principal& principal) {
    SessionOptions options;
    options.login = principal.name;
    options.principal = principal;
    options.authorize = [this, principal](const Permission& permission) {
      authority_->authorize(principal, permission.action, permission.scope);
    };
    session_ = std::make_unique<Session>(services_, options);
  }
  void act_as_login(std::string_view name) {
    act_as(authority_->principal(logins_->find(name)->principal_id));
  }
  std::vector<std::string> roles(std::string_view login, std::string_view database = "default") {
    return authority_->roles_on(logins_->find(login)->principal_id,
                                identity::Scope::database(database));
  }

  std::unique_ptr<identity::Authority> authority_;
  std::unique_ptr<identity::Logins> logins_;
};

TEST_F(SecurityTest, ALoginFromItsCreationToItsEnd) {
  EXPECT_EQ(run("CREATE LOGIN [bob] WITH PASSWORD = 'Tr0ub4dor&3'"), "");
  EXPECT_TRUE(logins_->authenticate("bob", "Tr0ub4dor&3"));
  EXPECT_EQ(run("ALTER LOGIN bob WITH PASSWORD = N'something new'"), "");
  EXPECT_TRUE(logins_->authenticate("bob", "something new"));
  EXPECT_EQ(run("ALTER LOGIN bob DISABLE"), "");
  EXPECT_FALSE(logins_->authenticate("bob", "something new"));
  EXPECT_EQ(run("ALTER LOGIN bob ENABLE"), "");
  EXPECT_TRUE(logins_->authenticate("bob", "something new"));
  EXPECT_EQ(run("DROP LOGIN bob"), "");
  EXPECT_FALSE(logins_->find("bob"));
}

TEST_F(SecurityTest, UsersAndRolesAreRolesOfIdentity) {
  run("CREATE LOGIN bob WITH PASSWORD = 'Tr0ub4dor&3'");
  run("CREATE TABLE dbo.t (a int); INSERT INTO dbo.t VALUES (1)");
  act_as_login("bob");
  EXPECT_NE(error("SELECT 1"), "no error, but: \n1");
  act_as(authority_->owner());
  EXPECT_EQ(run("CREATE USER bob FOR LOGIN bob WITH DEFAULT_SCHEMA = dbo"), "");
  EXPECT_EQ(roles("bob"), (std::vector<std::string>{"sql-connect"}));
  act_as_login("bob");
  EXPECT_EQ(run("SELECT 1 AS a"), "a\n1");
  EXPECT_EQ(error_number("SELECT a FROM dbo.t"), 229);
  act_as(authority_->owner());
  run("ALTER ROLE db_datareader ADD MEMBER bob");
  act_as_login("bob");
  EXPECT_EQ(run("SELECT a FROM dbo.t"), "a\n1");
  EXPECT_EQ(error_number("INSERT INTO dbo.t VALUES (2)"), 229);
  act_as(authority_->owner());
  run("ALTER ROLE [DB_DATAWRITER] ADD MEMBER bob");
  act_as_login("bob");
  EXPECT_EQ(run("INSERT INTO dbo.t VALUES (2)"), "(1)");
  EXPECT_EQ(error_number("CREATE TABLE dbo.u (a int)"), 229);
  act_as(authority_->owner());
  run("ALTER ROLE db_owner ADD MEMBER bob");
  act_as_login("bob");
  EXPECT_EQ(run("CREATE TABLE dbo.u (a int)"), "");
  act_as(authority_->owner());
  run("ALTER ROLE db_owner DROP MEMBER bob");
  EXPECT_EQ(roles("bob"), (std::vector<std::string>{"sql-connect", "sql-user", "sql-writer"}));
  run("DROP USER bob");
  EXPECT_TRUE(roles("bob").empty());
  EXPECT_EQ(run("DROP USER IF EXISTS bob"), "");
}

TEST_F(SecurityTest, WhoShowsTheOldPasswordMaySetTheirOwn) {
  run("CREATE LOGIN bob WITH PASSWORD = 'Tr0ub4dor&3'; CREATE LOGIN eve WITH PASSWORD = "
      "'Tr0ub4dor&3'");
  run("CREATE USER bob; CREATE USER eve");
  act_as_login("bob");
  EXPECT_EQ(run("ALTER LOGIN bob WITH PASSWORD = 'something new' OLD_PASSWORD = 'Tr0ub4dor&3'"),
            "");
  EXPECT_TRUE(logins_->authenticate("bob", "something new"));
  EXPECT_EQ(error("ALTER LOGIN bob WITH PASSWORD = 'another one' OLD_PASSWORD = 'Tr0ub4dor&3'"),
            "15151: Cannot alter the login 'bob', because it does not exist or you do not have "
            "permission.");
  EXPECT_EQ(error("ALTER LOGIN bob WITH PASSWORD = 'another one'"),
            "15247: User does not have permission to perform this action.");
  EXPECT_EQ(error_number("ALTER LOGIN eve WITH PASSWORD = 'x' OLD_PASSWORD = 'Tr0ub4dor&3'"),
            15247);
}

TEST_F(SecurityTest, OnlyWhoMayGrantRolesMakesLogins) {
  run("CREATE LOGIN bob WITH PASSWORD = 'Tr0ub4dor&3'; CREATE USER bob; ALTER ROLE db_owner ADD "
      "MEMBER bob");
  act_as_login("bob");
  for (const char* statement : {"CREATE LOGIN eve WITH PASSWORD = 'Tr0ub4dor&3'",
                                "ALTER LOGIN bob DISABLE", "DROP LOGIN bob", "CREATE USER bob",
                                "DROP USER bob", "ALTER ROLE db_datareader ADD MEMBER bob"}) {
    EXPECT_EQ(error_number(statement), 15247) << statement;
  }
}

TEST_F(SecurityTest, WrongStatementsSaySo) {
  run("CREATE LOGIN bob WITH PASSWORD = 'Tr0ub4dor&3'");
  EXPECT_EQ(error("CREATE LOGIN BOB WITH PASSWORD = 'Tr0ub4dor&3'"),
            "15025: The server principal 'BOB' already exists.");
  EXPECT_EQ(error("CREATE LOGIN eve WITH PASSWORD = 'short'"),
            "15116: Password validation failed. The password does not meet the operating system "
            "policy requirements because it is too short.");
  EXPECT_EQ(error_number("CREATE LOGIN eve WITH PASSWORD = '" + std::string(513, 'x') + "'"),
            15117);
  EXPECT_EQ(error("ALTER LOGIN eve DISABLE"),
            "15151: Cannot alter the login 'eve', because it does not exist or you do not have "
            "permission.");
  EXPECT_EQ(error("DROP LOGIN eve"),
            "15151: Cannot drop the login 'eve', because it does not exist or you do not have "
            "permission.");
  EXPECT_EQ(error("CREATE USER eve FOR LOGIN eve"),
            "15007: 'eve' is not a valid login or you do not have permission.");
  EXPECT_EQ(error("ALTER ROLE db_owner ADD MEMBER bob"),
            "15151: Cannot add the principal 'bob', because it does not exist or you do not have "
            "permission.");
  run("CREATE USER bob");
  EXPECT_EQ(error("CREATE USER bob"),
            "15023: User, group, or role 'bob' already exists in the current database.");
  EXPECT_EQ(error("ALTER ROLE nothing ADD MEMBER bob"),
            "15151: Cannot alter the role 'nothing', because it does not exist or you do not have "
            "permission.");
  EXPECT_EQ(error("DROP USER eve"),
            "15151: Cannot drop the user 'eve', because it does not exist or you do not have "
            "permission.");
}

TEST_F(SecurityTest, WhatIsNotHereIsRefusedByName) {
  run("CREATE LOGIN bob WITH PASSWORD = 'Tr0ub4dor&3'; CREATE USER bob");
  const std::pair<std::string, std::string> cases[] = {
      {"CREATE LOGIN x FROM WINDOWS", "CREATE LOGIN FROM WINDOWS"},
      {"CREATE LOGIN x FROM EXTERNAL PROVIDER", "CREATE LOGIN FROM EXTERNAL"},
      {"CREATE LOGIN x WITH PASSWORD = 'Tr0ub4dor&3', DEFAULT_DATABASE = master",
       "CREATE LOGIN WITH DEFAULT_DATABASE"},
      {"CREATE LOGIN x WITH PASSWORD = 0x0200AB HASHED", "a password's hash"},
      {"CREATE LOGIN x WITH PASSWORD = 'Tr0ub4dor&3' MUST_CHANGE", "MUST_CHANGE"},
      {"ALTER LOGIN bob WITH NAME = x", "ALTER LOGIN WITH NAME"},
      {"CREATE USER x WITHOUT LOGIN", "CREATE USER WITHOUT LOGIN"},
      {"CREATE USER x FOR LOGIN bob", "a user with another name than its login"},
      {"CREATE USER bob WITH DEFAULT_SCHEMA = s", "DEFAULT_SCHEMA other than dbo"},
      {"ALTER ROLE db_ddladmin ADD MEMBER bob", "the role db_ddladmin"},
      {"ALTER ROLE r WITH NAME = s", "ALTER ROLE WITH NAME"},
      {"CREATE ROLE r", "CREATE ROLE"},
  };
  for (const auto& [statement, what] : cases) {
    const std::string text = error(statement);
    EXPECT_EQ(text.substr(0, 6), "40517:") << statement << ": " << text;
    EXPECT_NE(text.find(what), std::string::npos) << text;
  }
}

TEST_F(SecurityTest, InATransactionAndWithoutAPrincipal) {
  EXPECT_NE(error("BEGIN TRAN; CREATE LOGIN x WITH PASSWORD = 'Tr0ub4dor&3'").find("CREATE LOGIN"),
            std::string::npos);
  EXPECT_FALSE(logins_->find("x"));
  session_ = std::make_unique<Session>(services_, SessionOptions{});
  EXPECT_EQ(error_number("CREATE LOGIN x WITH PASSWORD = 'Tr0ub4dor&3'"), 40517);
}

TEST_F(SecurityTest, ABatchThatSetsAPasswordIsNotShown) {
  EXPECT_EQ(without_passwords("SELECT 1"), "SELECT 1");
  EXPECT_EQ(without_passwords("create Login x with Password = 'secret'"),
            "-- a statement that sets a password");
}

}  // namespace
}  // namespace tarn::sql
