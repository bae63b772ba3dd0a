#include "lake/joint_commit.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "delta_fixture.h"
#include "expect_error.h"
#include "killed_child.h"
#include "lake/row_change.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;
using Kind = delta::Type::Kind;

constexpr const char* kFolderVariable = "TARN_JOINT_COMMIT_TEST";

/// Replaces the rows of the table by one with `value`.
TableCommit replaced(const std::shared_ptr<delta::Table>& table, engine::Connection& connection,
                     int value) {
  const auto read = table->snapshot();
  TableWriter writer(table->folder(), read->schema());
  FileChange files{read->files, writer.write(connection, "SELECT " + std::to_string(value))};
  writer.keep();
  return {table, row_commit(*read, files, "WRITE", "somebody")};
}

/// Run by crash_at() alone.
TEST(JointCommitChild, DISABLED_CommitsAndDies) {
  const char* folder = std::getenv(kFolderVariable);
  if (!folder) GTEST_SKIP();
  engine::Settings settings;
  settings.threads = 1;
  settings.allowed_directories = {folder};
  const auto database = engine::Database::open(settings);
  engine::Connection connection = database->connect();
  const auto provider = [&]() -> engine::Database& { return *database; };
  std::vector<TableCommit> commits;
  for (const char* name : {"c", "a", "b"}) {
    commits.push_back(
        replaced(std::make_shared<delta::Table>(fs::path(folder) / name, provider), connection, 2));
  }
  bool published = false;
  JointCommits(fs::path(folder) / "journals", folder).commit(std::move(commits), published);
}

class JointCommitTest : public DeltaTest {
 protected:
  void SetUp() override {
    for (const char* name : {"a", "b", "c"}) {
      auto table = shared(name);
      table->create(schema({{"n", Kind::kInteger}}));
      insert(*table, "SELECT 1");
    }
  }
  fs::path journals() const { return home_.path() / "journals"; }
  JointCommits joint() const { return {journals(), home_.path()}; }
  std::shared_ptr<delta::Table> shared(const std::string& name) {
    auto& table = tables_[name];
    if (!table) table = open(name);
    return table;
  }
  bool commit(std::vector<TableCommit> commits) const {
    bool published = false;
    joint().commit(std::move(commits), published);
    return published;
  }
  JointCommits::Open opener() {
    return [this](const fs::path& folder) { return shared(folder.filename().string()); };
  }
  std::string value(const std::string& name) {
    const auto table = shared(name);
    std::string text;
    for (const auto& row : rows(*table, *table->snapshot(), "ORDER BY n"))
      text += (text.empty() ? "" : ",") + row[0].value_or("NULL");
    return text;
  }
  std::string values() { return value("a") + " " + value("b") + " " + value("c"); }
  std::size_t journal_files() const {
    std::error_code error;
    std::size_t count = 0;
    for (fs::directory_iterator entry(journals(), error); entry != fs::directory_iterator();
         ++entry)
      ++count;
    return count;
  }
  std::vector<TableCommit> all(int value) {
    engine::Connection connection = database_->connect();
    return {replaced(shared("c"), connection, value), replaced(shared("a"), connection, value),
            replaced(shared("b"), connection, value)};
  }
  /// Commits in a process of its own that dies at the point.
  void crash_at(const char* point) {
    run_until_killed("JointCommitChild.DISABLED_CommitsAndDies", point,
                     {{kFolderVariable, home_.path().string()}});
    tables_.clear();
  }

  std::map<std::string, std::shared_ptr<delta::Table>> tables_;
};

TEST_F(JointCommitTest, CommitsAllAndLeavesNoJournal) {
  EXPECT_TRUE(commit(all(2)));
  EXPECT_EQ(values(), "2 2 2");
  EXPECT_EQ(journal_files(), 0u);
  const std::string parameters = shared("a")->history(1).front().info.parameters;
  EXPECT_NE(parameters.find("transaction"), std::string::npos);
  EXPECT_EQ(parameters, shared("c")->history(1).front().info.parameters);
}

TEST_F(JointCommitTest, AConflictInOneChangesNone) {
  auto commits = all(2);
  insert(*shared("b"), "SELECT 7");
  EXPECT_ERROR(kConflict, commit(std::move(commits)));
  EXPECT_EQ(values(), "1 1,7 1");
  EXPECT_EQ(journal_files(), 0u);
}

TEST_F(JointCommitTest, ATableThatIsGoneChangesNone) {
  auto commits = all(2);
  fs::remove_all(shared("b")->folder());
  EXPECT_THROW(commit(std::move(commits)), Error);
  EXPECT_EQ(value("a"), "1");
  EXPECT_EQ(value("c"), "1");
}

TEST_F(JointCommitTest, ACrashBeforeTheJournalLeavesNoTrace) {
  crash_at("transaction.before_journal");
  EXPECT_EQ(joint().recover(opener()), 0u);
  EXPECT_EQ(values(), "1 1 1");
}

TEST_F(JointCommitTest, ACrashBehindTheJournalIsRolledForward) {
  for (const char* point :
       {"transaction.after_journal", "transaction.between_tables", "transaction.between_tables:2",
        "transaction.before_end", "delta.commit.before_link:2", "delta.commit.after_link:2"}) {
    crash_at(point);
    EXPECT_EQ(joint().recover(opener()), 1u) << point;
    EXPECT_EQ(values(), "2 2 2") << point;
    EXPECT_EQ(joint().recover(opener()), 0u) << point;
    EXPECT_EQ(journal_files(), 0u) << point;
    commit(all(1));
  }
}

TEST_F(JointCommitTest, WhatCannotGoOnIsUndone) {
  crash_at("transaction.between_tables");  // a is committed, b and c are not
  EXPECT_EQ(values(), "2 1 1");
  insert(*shared("c"), "SELECT 7");  // another engine, meanwhile
  EXPECT_EQ(joint().recover(opener()), 1u);
  EXPECT_EQ(values(), "1 1 1,7");
  EXPECT_EQ(shared("a")->history(1).front().info.operation, "RESTORE");
  EXPECT_EQ(journal_files(), 0u);
}

TEST_F(JointCommitTest, ACrashWhileTakingBackIsNoSecondUndo) {
  crash_at("transaction.between_tables:2");  // a and b are committed, c is not
  insert(*shared("c"), "SELECT 7");
  const fs::path copy = home_.path() / "journal-copy";
  fs::path journal;
  for (const auto& entry : fs::directory_iterator(journals())) {
    if (entry.path().extension() == ".json") journal = entry.path();
  }
  fs::copy_file(journal, copy);
  EXPECT_EQ(joint().recover(opener()), 1u);
  EXPECT_EQ(values(), "1 1 1,7");
  fs::copy_file(copy, journal);  // as if it had died before it removed the journal
  EXPECT_EQ(joint().recover(opener()), 1u);
  EXPECT_EQ(values(), "1 1 1,7");
}

TEST_F(JointCommitTest, WhatCannotBeTakenBackIsSaid) {
  crash_at("transaction.between_tables");  // a is committed
  insert(*shared("a"), "SELECT 8");        // and another engine went on from there
  insert(*shared("c"), "SELECT 7");
  EXPECT_EQ(joint().recover(opener()), 1u);
  EXPECT_EQ(values(), "2,8 1 1,7") << "nothing of others is lost";
}

TEST_F(JointCommitTest, LocksWithoutAJournalGoInTime) {
  fs::create_directories(journals());
  write_file(journals() / "old.lock", "");
  write_file(journals() / "new.lock", "");
  fs::last_write_time(journals() / "old.lock",
                      fs::file_time_type::clock::now() - std::chrono::hours(1));
  EXPECT_EQ(joint().recover(opener()), 0u);
  EXPECT_FALSE(fs::exists(journals() / "old.lock"));
  EXPECT_TRUE(fs::exists(journals() / "new.lock"));
}

TEST_F(JointCommitTest, AJournalOfANewerProgramIsRefused) {
  fs::create_directories(journals());
  write_file(journals() / "x.json", R"({"format": 2, "id": "x", "tables": []})");
  EXPECT_ERROR(kUnsupported, joint().recover(opener()));
  EXPECT_TRUE(fs::exists(journals() / "x.json"));
}

TEST_F(JointCommitTest, LimitsItsTables) {
  std::vector<TableCommit> commits(JointCommits::kTablesMax + 1);
  EXPECT_ERROR(kTooLarge, commit(std::move(commits)));
  EXPECT_NO_THROW(commit({}));
}

}  // namespace
}  // namespace tarn::lake
