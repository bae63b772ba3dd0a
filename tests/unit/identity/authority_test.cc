#include "identity/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::identity {
namespace {

using ::testing::HasSubstr;

template <typename F>
Error error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return Error(Code::kInternal, "none");
}

class AuthorityTest : public ::testing::Test {
 protected:
  TemporaryFolder home_;
  std::unique_ptr<meta::Store> store_ = meta::Store::open(test_store(home_ / "tarn.db"));
  std::string workspace_ = meta::ensure_workspace(*store_, "main");
  Authority authority_{*store_, workspace_};
};

TEST_F(AuthorityTest, TheOwnerMayDoEveryActionEverywhere) {
  const Principal owner = authority_.owner();
  EXPECT_EQ(owner.uid, ::geteuid());
  EXPECT_FALSE(owner.name.empty());
  ASSERT_GE(all_actions().size(), 60u);
  for (const Action action : all_actions()) {
    EXPECT_TRUE(authority_.allows(owner, action, Scope::workspace())) << action;
    EXPECT_TRUE(authority_.allows(owner, action, Scope::object("d", "s", "t"))) << action;
  }
}

TEST_F(AuthorityTest, APrincipalWithoutRolesMayDoNothing) {
  authority_.owner();
  const Principal nobody = authority_.create_principal("bob", PrincipalKind::kUser, 4711);
  for (const Action action : all_actions()) {
    EXPECT_FALSE(authority_.allows(nobody, action, Scope::workspace())) << action;
    EXPECT_FALSE(authority_.allows(Principal::anonymous(), action, Scope::workspace())) << action;
    EXPECT_FALSE(authority_.allows(authority_.unix_user(4712), action, Scope::workspace()))
        << action;
  }
}

TEST_F(AuthorityTest, TheOwnerIsMadeOnceAlsoByManyThreadsAndAnotherServer) {
  std::vector<std::thread> threads;
  std::vector<std::string> ids(8);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    threads.emplace_back([&, i] { ids[i] = Authority(*store_, workspace_).owner().id; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::count(ids.begin(), ids.end(), ids.front()), 8);
  EXPECT_EQ(authority_.owner().id, ids.front());
  EXPECT_EQ(authority_.unix_user(::geteuid()).id, ids.front());
}

TEST_F(AuthorityTest, AnotherUserWhoRunsTheServerLaterIsNotMadeOwner) {
  authority_.owner();
  Authority later(*store_, workspace_, 4711);
  EXPECT_FALSE(later.allows(later.owner(), actions::kSqlSelect, Scope::workspace()));
}

TEST_F(AuthorityTest, WorkspacesDoNotSeeEachOther) {
  const Principal owner = authority_.owner();
  Authority other(*store_, meta::ensure_workspace(*store_, "other"));
  EXPECT_FALSE(other.allows(owner, actions::kSqlSelect, Scope::workspace()));
  EXPECT_NE(other.owner().id, owner.id);
}

TEST_F(AuthorityTest, ARoleHoldsFromItsScopeDownwards) {
  const Principal owner = authority_.owner();
  const Principal bob = authority_.create_principal("bob", PrincipalKind::kUser);
  authority_.grant(owner, bob.id, "reader", Scope::database("Sales"));
  EXPECT_TRUE(authority_.allows(bob, actions::kSqlSelect, Scope::database("sales")));
  EXPECT_TRUE(authority_.allows(bob, actions::kSqlSelect, Scope::object("SALES", "dbo", "Orders")));
  EXPECT_FALSE(
      authority_.allows(bob, actions::kSqlSelect, Scope::object("sales2", "dbo", "orders")));
  EXPECT_FALSE(authority_.allows(bob, actions::kSqlSelect, Scope::workspace()));
  EXPECT_FALSE(
      authority_.allows(bob, actions::kSqlInsert, Scope::object("sales", "dbo", "orders")));
  authority_.grant(owner, bob.id, "contributor", Scope::container("files"));
  EXPECT_TRUE(authority_.allows(bob, actions::kLakeFilesWrite, Scope::file("files", "a/b.csv")));
  EXPECT_FALSE(authority_.allows(bob, actions::kLakeFilesWrite, Scope::file("models", "a/b.csv")));
  EXPECT_TRUE(authority_.revoke(owner, bob.id, "contributor", Scope::container("files")));
  EXPECT_FALSE(authority_.revoke(owner, bob.id, "contributor", Scope::container("files")));
  EXPECT_FALSE(authority_.allows(bob, actions::kLakeFilesWrite, Scope::file("files", "a/b.csv")));
}

TEST_F(AuthorityTest, OnlyOwnersChangeRights) {
  for (const Action action : {actions::kRolesWrite, actions::kTokensWrite, actions::kSecretsWrite,
                              actions::kServerManage, actions::kAuditRead}) {
    EXPECT_TRUE(role("owner").grants(action));
    EXPECT_FALSE(role("contributor").grants(action)) << action;
    EXPECT_FALSE(role("reader").grants(action)) << action;
  }
}

TEST_F(AuthorityTest, AReaderChangesNothing) {
  for (const Action action : all_actions()) {
    if (!role("reader").grants(action)) continue;
    EXPECT_TRUE(role("contributor").grants(action)) << action;
    for (const std::string_view verb : {"write", "delete", "create", "alter", "drop", "insert",
                                        "update", "cancel", "register", "deploy", "manage"}) {
      EXPECT_EQ(action.find(verb), std::string_view::npos) << action;
    }
  }
}

TEST_F(AuthorityTest, EveryPatternOfARoleCoversAnAction) {
  for (const Role& each : roles()) {
    for (const std::string_view pattern : each.patterns) {
      EXPECT_TRUE(std::ranges::any_of(all_actions(), [&](Action action) {
        return covers(pattern, action);
      })) << pattern;
    }
  }
}

TEST_F(AuthorityTest, ADenialSaysWhatIsMissingAndIsRecorded) {
  const Principal bob = authority_.create_principal("bob", PrincipalKind::kUser);
  const Error error = error_of([&] {
    authority_.authorize(bob, actions::kSqlSelect, Scope::object("default", "dbo", "bike_data"),
                         {.request_id = "r1", .details = "SELECT 1"});
  });
  EXPECT_EQ(error.code(), Code::kPermissionDenied);
  EXPECT_EQ(error.message(),
            "'bob' lacks the permission 'sql/select' on "
            "'/databases/default/schemas/dbo/objects/bike_data'.");
  EXPECT_THAT(error.hint(), HasSubstr("role 'reader'"));
  const auto log = authority_.audit_log();
  ASSERT_EQ(log.items.size(), 1u);
  EXPECT_EQ(log.items[0].principal_name, "bob");
  EXPECT_EQ(log.items[0].action, "sql/select");
  EXPECT_EQ(log.items[0].outcome, "denied");
  EXPECT_EQ(log.items[0].request_id, "r1");
  EXPECT_EQ(log.items[0].details, "SELECT 1");
}

TEST_F(AuthorityTest, AnonymousIsAskedToSayWhoItIs) {
  const Principal stranger = authority_.unix_user(4711);
  const Error error =
      error_of([&] { authority_.authorize(stranger, actions::kServerRead, Scope::workspace()); });
  EXPECT_EQ(error.code(), Code::kUnauthenticated);
  EXPECT_EQ(authority_.audit_log().items.front().principal_name, "anonymous (uid 4711)");
}

TEST_F(AuthorityTest, AnActionThatIsNotListedIsOurBug) {
  EXPECT_EQ(error_of([&] { authority_.allows(authority_.owner(), "sql/everything", {}); }).code(),
            Code::kInternal);
}

TEST_F(AuthorityTest, TheAuditEntryComesWithTheChangeOrNotAtAll) {
  const Principal owner = authority_.owner();
  EXPECT_ANY_THROW(store_->write([&](meta::Transaction& tx) {
    authority_.audit(tx, owner, actions::kModelsRegister, Scope::model("m"), Outcome::kAllowed);
    throw Error(Code::kUnavailable, "the change failed");
  }));
  EXPECT_TRUE(authority_.audit_log().items.empty());
  authority_.grant(owner, owner.id, "reader", Scope::workspace());
  ASSERT_EQ(authority_.audit_log().items.size(), 1u);
  EXPECT_EQ(authority_.audit_log().items[0].action, "identity/roles/write");
}

TEST_F(AuthorityTest, AuditDetailsAreRedactedAndCut) {
  const Principal owner = authority_.owner();
  authority_.audit(owner, actions::kSqlCopy, {}, Outcome::kAllowed,
                   {.request_id = {}, .details = "Authorization: Bearer abcdefgh12345678"});
  EXPECT_THAT(authority_.audit_log().items[0].details, Not(HasSubstr("abcdefgh12345678")));
  std::string text;
  while (text.size() <= kAuditDetailsBytesMax) text += "ü";
  authority_.audit(owner, actions::kSqlCopy, {}, Outcome::kAllowed,
                   {.request_id = {}, .details = "x" + text});
  EXPECT_EQ(authority_.audit_log().items[0].details.size(), kAuditDetailsBytesMax - 1);
  authority_.audit(owner, actions::kSqlCopy, {}, Outcome::kAllowed,
                   {.request_id = {}, .details = text});
  EXPECT_EQ(authority_.audit_log().items[0].details.size(), kAuditDetailsBytesMax);
}

TEST_F(AuthorityTest, TheLastOwnerStays) {
  const Principal owner = authority_.owner();
  EXPECT_EQ(
      error_of([&] { authority_.revoke(owner, owner.id, "owner", Scope::workspace()); }).code(),
      Code::kConflict);
  EXPECT_TRUE(authority_.allows(owner, actions::kServerManage, {}));
  const Principal bob = authority_.create_principal("bob", PrincipalKind::kUser);
  authority_.grant(owner, bob.id, "owner", Scope::workspace());
  EXPECT_TRUE(authority_.revoke(bob, owner.id, "owner", Scope::workspace()));
  EXPECT_FALSE(authority_.allows(owner, actions::kServerManage, {}));
}

TEST_F(AuthorityTest, GrantsAreChecked) {
  const Principal owner = authority_.owner();
  EXPECT_EQ(error_of([&] { authority_.grant(owner, "none", "reader", {}); }).code(),
            Code::kNotFound);
  EXPECT_EQ(error_of([&] { authority_.grant(owner, owner.id, "king", {}); }).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(error_of([&] { authority_.create_principal("", PrincipalKind::kUser); }).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(error_of([&] { authority_.create_principal("x", PrincipalKind::kRun); }).code(),
            Code::kInvalidArgument);
  const std::string name(kPrincipalNameBytesMax, 'n');
  authority_.create_principal(name, PrincipalKind::kService);
  EXPECT_EQ(error_of([&] { authority_.create_principal(name, PrincipalKind::kService); }).code(),
            Code::kAlreadyExists);
  EXPECT_EQ(
      error_of([&] { authority_.create_principal(name + "n", PrincipalKind::kService); }).code(),
      Code::kInvalidArgument);
}

TEST_F(AuthorityTest, ListsComeInPages) {
  const Principal owner = authority_.owner();
  for (const char* name : {"a", "b", "c"})
    authority_.grant(owner, owner.id, "reader", Scope::model(name));
  std::vector<std::string> scopes;
  meta::Page page{.size = 2, .token = {}};
  for (int pages = 1;; ++pages) {
    const auto part = authority_.assignments(page);
    for (const RoleAssignment& each : part.items) scopes.push_back(each.scope);
    if (part.next_token.empty()) {
      EXPECT_EQ(pages, 2);
      break;
    }
    EXPECT_EQ(part.items.size(), 2u);
    page.token = part.next_token;
  }
  EXPECT_THAT(scopes, testing::ElementsAre("/", "/models/a", "/models/b", "/models/c"));

  const auto newest = authority_.audit_log({.size = 2, .token = {}});
  ASSERT_EQ(newest.items.size(), 2u);
  EXPECT_EQ(newest.items[0].scope, "/models/c");
  const auto rest = authority_.audit_log({.size = 2, .token = newest.next_token});
  ASSERT_EQ(rest.items.size(), 1u);
  EXPECT_EQ(rest.items[0].scope, "/models/a");
  EXPECT_EQ(rest.next_token, "");
  authority_.audit_log({.size = kAuditPageMax, .token = {}});
  EXPECT_THROW(authority_.audit_log({.size = kAuditPageMax + 1, .token = {}}), Error);
  EXPECT_THROW(authority_.audit_log({.size = 2, .token = "bad"}), Error);
}

TEST(ActionsTest, PatternsCoverWhatLiesBelow) {
  EXPECT_TRUE(covers("*", "sql/select"));
  EXPECT_TRUE(covers("sql/*", "sql/select"));
  EXPECT_TRUE(covers("sql/*", "sql/view/create"));
  EXPECT_TRUE(covers("sql/select", "sql/select"));
  EXPECT_FALSE(covers("sql/select", "sql/selects"));
  EXPECT_FALSE(covers("sql/*", "sqlx/select"));
  EXPECT_FALSE(covers("sql", "sql/select"));
  EXPECT_FALSE(covers("sql/*", "sql/"));
  EXPECT_FALSE(covers("", "sql/select"));
  EXPECT_FALSE(covers("s*", "sql/select"));
}

TEST(ScopeTest, TextsAreReadBackAndNamesStayInTheirLevel) {
  for (const Scope& scope : {Scope::workspace(), Scope::container("files"),
                             Scope::file("files", "a/b c/ü.csv"), Scope::object("D", "S", "T/U"),
                             Scope::run("1", "2"), Scope::job("j"), Scope::model("m%2F")}) {
    EXPECT_EQ(Scope::parse(scope.text()), scope) << scope.text();
    EXPECT_TRUE(scope.within(Scope::workspace()));
    EXPECT_TRUE(scope.within(scope));
  }
  EXPECT_EQ(Scope::object("D", "S", "T/U").text(), "/databases/d/schemas/s/objects/t%2Fu");
  EXPECT_NE(Scope::model("m%2F"), Scope::model("m/"));
  EXPECT_FALSE(Scope::container("filesystem").within(Scope::container("files")));
  EXPECT_FALSE(Scope::workspace().within(Scope::container("files")));
  for (const std::string_view bad : {"", "files", "/a/", "/a//b", "//"})
    EXPECT_THROW(Scope::parse(bad), Error) << bad;
  Scope::parse("/" + std::string(kScopeBytesMax - 1, 'a'));
  EXPECT_THROW(Scope::parse("/" + std::string(kScopeBytesMax, 'a')), Error);
}

}  // namespace
}  // namespace tarn::identity
