#include "identity/tokens.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "identity/secrets.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::identity {
namespace {

template <typename F>
Code code_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no error was thrown";
  return Code::kInternal;
}

class StoppedClock : public Clock {
 public:
  Micros now() const override { return time; }
  Micros time = 1'000'000'000'000'000;
};

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

class TokensTest : public ::testing::Test {
 protected:
  RunTokenSpec spec() const {
    return {.run_id = "run1",
            .actions = {"runs/*", "sql/select"},
            .scopes = {Scope::experiment("e1").text(), Scope::database("default").text()},
            .lifetime_s = 60};
  }

  TemporaryFolder home_;
  StoppedClock clock_;
  std::unique_ptr<meta::Store> store_ = meta::Store::open(test_store(home_ / "tarn.db"));
  std::string workspace_ = meta::ensure_workspace(*store_, "main");
  Authority authority_{*store_, workspace_};
  Tokens tokens_{*store_, workspace_, authority_, home_.path(), clock_};
};

TEST_F(TokensTest, TheOwnersTokenLiesInAFileThatOnlyTheOwnerReads) {
  const std::string token = owner_token(home_.path());
  EXPECT_EQ(token.size(), 5 + 2 * kTokenBytes);
  EXPECT_EQ(mode_of(home_ / "run/token"), 0600u);
  EXPECT_EQ(mode_of(home_ / "run"), 0700u);
  EXPECT_EQ(owner_token(home_.path()), token);
  EXPECT_EQ(tokens_.authenticate(token).id, authority_.owner().id);
}

TEST_F(TokensTest, ManyThreadsMakeOneTokenFile) {
  std::vector<std::string> found(8);
  std::vector<std::thread> threads;
  for (std::string& each : found) threads.emplace_back([&] { each = owner_token(home_.path()); });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& each : found) EXPECT_EQ(each, found.front());
}

TEST_F(TokensTest, ATokenFileThatOthersReadIsRefused) {
  owner_token(home_.path());
  ::chmod((home_ / "run/token").c_str(), 0644);
  EXPECT_EQ(code_of([&] { owner_token(home_.path()); }), Code::kPermissionDenied);
  std::filesystem::remove(home_ / "run/token");
  write_file(home_ / "elsewhere", "tarn_");
  std::filesystem::create_symlink(home_ / "elsewhere", home_ / "run/token");
  EXPECT_THROW(owner_token(home_.path()), Error);
}

TEST_F(TokensTest, ADamagedTokenFileIsReported) {
  owner_token(home_.path());
  write_file(home_ / "run/token", "x");
  ::chmod((home_ / "run/token").c_str(), 0600);
  EXPECT_EQ(code_of([&] { owner_token(home_.path()); }), Code::kDataLoss);
}

TEST_F(TokensTest, WrongTokensAreNobody) {
  std::string token = owner_token(home_.path());
  for (const std::string& wrong :
       {std::string(), token + "0", token.substr(1), token.substr(0, token.size() - 1),
        std::string(token.size(), 'x'), "tarn_" + std::string(64, '0')}) {
    EXPECT_EQ(code_of([&] { tokens_.authenticate(wrong); }), Code::kUnauthenticated) << wrong;
  }
  token.back() = token.back() == '0' ? '1' : '0';
  EXPECT_EQ(code_of([&] { tokens_.authenticate(token); }), Code::kUnauthenticated);
}

TEST_F(TokensTest, ARunsTokenIsLimitedToItsRunsActionsAndScopes) {
  const Principal run = tokens_.authenticate(tokens_.issue_run_token(authority_.owner(), spec()));
  EXPECT_EQ(run.kind, PrincipalKind::kRun);
  EXPECT_EQ(run.run_id, "run1");
  EXPECT_TRUE(authority_.allows(run, actions::kRunsWrite, Scope::run("e1", "r")));
  EXPECT_TRUE(authority_.allows(run, actions::kSqlSelect, Scope::object("default", "dbo", "t")));
  EXPECT_FALSE(authority_.allows(run, actions::kRunsWrite, Scope::run("e2", "r")));
  EXPECT_FALSE(authority_.allows(run, actions::kRunsWrite, Scope::workspace()));
  EXPECT_FALSE(authority_.allows(run, actions::kSqlInsert, Scope::object("default", "dbo", "t")));
  for (const Action action : all_actions()) {
    if (action.starts_with("runs/") || action == actions::kSqlSelect) continue;
    EXPECT_FALSE(authority_.allows(run, action, Scope::experiment("e1"))) << action;
    EXPECT_FALSE(authority_.allows(run, action, Scope::database("default"))) << action;
  }
}

TEST_F(TokensTest, ARunsTokenGivesNoMoreThanItsSubmitterHas) {
  const Principal bob = authority_.create_principal("bob", PrincipalKind::kUser);
  const Principal run = tokens_.authenticate(tokens_.issue_run_token(bob, spec()));
  EXPECT_FALSE(authority_.allows(run, actions::kSqlSelect, Scope::database("default")));
  authority_.grant(authority_.owner(), bob.id, "reader", Scope::workspace());
  EXPECT_TRUE(authority_.allows(run, actions::kSqlSelect, Scope::database("default")));
  EXPECT_FALSE(authority_.allows(run, actions::kRunsWrite, Scope::run("e1", "r")));
}

TEST_F(TokensTest, ARunsTokenEnds) {
  const std::string token = tokens_.issue_run_token(authority_.owner(), spec());
  clock_.time += 59'999'999;
  tokens_.authenticate(token);
  clock_.time += 1;
  EXPECT_EQ(code_of([&] { tokens_.authenticate(token); }), Code::kUnauthenticated);

  const std::string second = tokens_.issue_run_token(authority_.owner(), spec());
  tokens_.authenticate(second);
  EXPECT_EQ(tokens_.revoke_run_tokens("run1"), 1);  // the expired one has been removed
  EXPECT_EQ(code_of([&] { tokens_.authenticate(second); }), Code::kUnauthenticated);
}

TEST_F(TokensTest, TheStoreHasNoTokensText) {
  if (on_postgres()) GTEST_SKIP() << "it looks into the store's file";
  const std::string token = tokens_.issue_run_token(authority_.owner(), spec());
  store_->checkpoint();
  for (const char* name : {"tarn.db", "tarn.db-wal"}) {
    EXPECT_EQ(read_file(home_ / name).find(token.substr(5)), std::string::npos);
  }
}

TEST_F(TokensTest, SpecificationsAreChecked) {
  const Principal owner = authority_.owner();
  const auto refused = [&](auto change) {
    RunTokenSpec wrong = spec();
    change(wrong);
    EXPECT_EQ(code_of([&] { tokens_.issue_run_token(owner, wrong); }), Code::kInvalidArgument);
  };
  refused([](RunTokenSpec& s) { s.run_id.clear(); });
  refused([](RunTokenSpec& s) { s.actions.clear(); });
  refused([](RunTokenSpec& s) { s.scopes.clear(); });
  refused([](RunTokenSpec& s) { s.actions = {"nothing/like/it"}; });
  refused([](RunTokenSpec& s) { s.scopes = {"files"}; });
  refused([](RunTokenSpec& s) { s.lifetime_s = 0; });
  refused([](RunTokenSpec& s) { s.lifetime_s = kRunTokenLifetimeMax_s + 1; });
  RunTokenSpec longest = spec();
  longest.lifetime_s = kRunTokenLifetimeMax_s;
  tokens_.issue_run_token(owner, longest);
  EXPECT_EQ(code_of([&] { tokens_.issue_run_token(Principal::anonymous(), spec()); }),
            Code::kUnauthenticated);
}

TEST_F(TokensTest, AServicesTokenHasItsRoles) {
  const Principal owner = authority_.owner();
  const Principal service = authority_.create_principal("nightly", PrincipalKind::kService);
  authority_.grant(owner, service.id, "reader", Scope::workspace());
  const Principal found = tokens_.authenticate(tokens_.issue_token(owner, service.id, 60));
  EXPECT_EQ(found.id, service.id);
  EXPECT_EQ(found.kind, PrincipalKind::kService);
  EXPECT_TRUE(authority_.allows(found, actions::kTablesRead, {}));
  EXPECT_FALSE(authority_.allows(found, actions::kTablesWrite, {}));
  EXPECT_EQ(code_of([&] { tokens_.issue_token(owner, "none", 60); }), Code::kNotFound);
}

TEST(ConstantTimeTest, ComparesWholeTexts) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
  EXPECT_FALSE(equal_in_constant_time("ab", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abab", "ab"));
  EXPECT_FALSE(equal_in_constant_time("", "a"));
  EXPECT_FALSE(equal_in_constant_time("a", ""));
}

class SecretsTest : public ::testing::Test {
 protected:
  TemporaryFolder home_;
  std::unique_ptr<meta::Store> store_ = meta::Store::open(test_store(home_ / "tarn.db"));
  std::string workspace_ = meta::ensure_workspace(*store_, "main");
  Secrets secrets_{*store_, workspace_, home_.path()};
};

TEST_F(SecretsTest, KeepsWhatItWasGivenAndNobodyElseReadsIt) {
  if (on_postgres()) GTEST_SKIP() << "it looks into the store's file";
  using namespace std::string_literals;
  const std::string secret = "pa\0ss\xff-wort-0123456789"s;
  secrets_.put("db", secret);
  EXPECT_EQ(secrets_.get("db"), secret);
  EXPECT_EQ(secrets_.get("other"), std::nullopt);
  EXPECT_EQ(mode_of(home_ / "secret.key"), 0600u);
  for (const char* name : {"tarn.db", "tarn.db-wal"}) {
    EXPECT_EQ(read_file(home_ / name).find("wort-0123456789"), std::string::npos);
  }
  secrets_.put("db", "");
  EXPECT_EQ(secrets_.get("db"), "");
  EXPECT_TRUE(secrets_.remove("db"));
  EXPECT_FALSE(secrets_.remove("db"));
}

TEST_F(SecretsTest, AnAlteredMovedOrForeignSecretDoesNotOpen) {
  secrets_.put("a", "one");
  secrets_.put("b", "two");
  store_->write([](meta::Transaction& tx) {
    tx.execute(
        "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'b') WHERE name = "
        "'a'");
  });
  EXPECT_EQ(code_of([&] { secrets_.get("a"); }), Code::kDataLoss);
  EXPECT_EQ(secrets_.get("b"), "two");
  store_->write([](meta::Transaction& tx) {
    tx.execute("UPDATE secrets SET sealed = 'AAAA' WHERE name = 'b'");
  });
  EXPECT_EQ(code_of([&] { secrets_.get("b"); }), Code::kDataLoss);
  secrets_.put("c", "three");
  std::filesystem::remove(home_ / "secret.key");
  EXPECT_EQ(code_of([&] { secrets_.get("c"); }), Code::kDataLoss);
}

TEST_F(SecretsTest, LimitsAndPages) {
  secrets_.put(std::string(kSecretNameBytesMax, 'n'), std::string(kSecretBytesMax, 's'));
  EXPECT_EQ(code_of([&] { secrets_.put("x", std::string(kSecretBytesMax + 1, 's')); }),
            Code::kTooLarge);
  EXPECT_EQ(code_of([&] { secrets_.put(std::string(kSecretNameBytesMax + 1, 'n'), ""); }),
            Code::kInvalidArgument);
  EXPECT_EQ(code_of([&] { secrets_.put("", "x"); }), Code::kInvalidArgument);
  secrets_.put("a", "1");
  const auto first = secrets_.list({.size = 1, .token = {}});
  EXPECT_EQ(first.items, std::vector<std::string>{"a"});
  const auto second = secrets_.list({.size = 1, .token = first.next_token});
  EXPECT_EQ(second.items.front().size(), kSecretNameBytesMax);
  EXPECT_EQ(second.next_token, "");
}

}  // namespace
}  // namespace tarn::identity
