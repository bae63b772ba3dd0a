// The shell's history: a file of the user's alone.

#include "detail/sql_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "base/files.h"
#include "temporary_folder.h"

namespace tarn::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

std::size_t lines_of(const fs::path& file) {
  const std::string text = read_file(file);
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST(SqlHistory, GivesBackWhatWasAppended) {
  TemporaryFolder folder;
  const fs::path file = folder / "a/b/history";
  SqlHistory history(file);
  EXPECT_THAT(history.load(), IsEmpty());
  const std::string several = "SELECT '\\n',\n  '\\';";
  EXPECT_TRUE(history.append("SELECT 1;"));
  EXPECT_TRUE(SqlHistory(file).append(several));  // another shell
  EXPECT_THAT(history.load(), ElementsAre("SELECT 1;", several));
  EXPECT_EQ(lines_of(file), 2u);
}

TEST(SqlHistory, IsForItsOwnerAlone) {
  TemporaryFolder folder;
  const fs::path file = folder / "history";
  std::ofstream(file) << "SELECT 1;\n";
  ::chmod(file.c_str(), 0644);
  EXPECT_TRUE(SqlHistory(file).append("SELECT 2;"));
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(SqlHistory, DoesNotFollowALinkThatSomebodyElsePutThere) {
  TemporaryFolder folder;
  fs::create_symlink(folder / "other", folder / "history");
  EXPECT_FALSE(SqlHistory(folder / "history").append("SELECT 1;"));
  EXPECT_FALSE(fs::exists(folder / "other"));
}

TEST(SqlHistory, KeepsNoSecretsAndNothingTooLong) {
  TemporaryFolder folder;
  SqlHistory history(folder / "history");
  EXPECT_TRUE(history.append("CREATE LOGIN x WITH PASSWORD = 'p';"));
  EXPECT_TRUE(history.append(std::string(SqlHistory::kEntryBytesMax + 1, 'x')));
  EXPECT_THAT(history.load(), IsEmpty());
  const std::string longest(SqlHistory::kEntryBytesMax, 'x');
  EXPECT_TRUE(history.append(longest));
  EXPECT_THAT(history.load(), ElementsAre(longest));
  for (const char* text : {"SECRET = 'x'", "?sig=abc", "Authorization: Bearer x", "a Token",
                           "AccountKey=x", "SharedAccessSignature"})
    EXPECT_TRUE(SqlHistory::is_secret(text)) << text;
  EXPECT_FALSE(SqlHistory::is_secret("SELECT key_of_it FROM rentals"));
}

TEST(SqlHistory, IsShortenedWhenItHasGrownToTwiceItsLimit) {
  TemporaryFolder folder;
  const fs::path file = folder / "history";
  const auto fill = [&file](std::size_t count) {
    std::ofstream out(file);
    for (std::size_t i = 1; i <= count; ++i) out << "SELECT " << i << ";\n";
  };
  constexpr std::size_t kMax = SqlHistory::kEntriesMax;
  fill(2 * kMax);
  EXPECT_EQ(SqlHistory(file).load().size(), kMax);
  EXPECT_EQ(lines_of(file), 2 * kMax);  // not yet
  fill(2 * kMax + 1);
  const auto entries = SqlHistory(file).load();
  EXPECT_EQ(entries.size(), kMax);
  EXPECT_EQ(entries.back(), "SELECT " + std::to_string(2 * kMax + 1) + ";");
  EXPECT_EQ(lines_of(file), kMax);
}

TEST(SqlHistory, WhatCannotBeReadIsPassedOver) {
  TemporaryFolder folder;
  std::ofstream(folder / "history") << "SELECT 1;\n\xff\xfe\n\nSELECT 2;";
  EXPECT_THAT(SqlHistory(folder / "history").load(), ElementsAre("SELECT 1;", "SELECT 2;"));
  EXPECT_THAT(SqlHistory(folder.path()).load(), IsEmpty());
  EXPECT_THAT(SqlHistory("").load(), IsEmpty());
  EXPECT_TRUE(SqlHistory("").append("SELECT 1;"));
  EXPECT_FALSE(SqlHistory("/proc/none/history").append("SELECT 1;"));
}

TEST(SqlHistory, LiesWhereTheUserKeepsState) {
  ::setenv("XDG_STATE_HOME", "/state", 1);
  EXPECT_EQ(SqlHistory::default_file(), "/state/tarn/sql_history");
  ::setenv("XDG_STATE_HOME", "relative", 1);
  ::setenv("HOME", "/home/u", 1);
  EXPECT_EQ(SqlHistory::default_file(), "/home/u/.local/state/tarn/sql_history");
  ::unsetenv("XDG_STATE_HOME");
  ::unsetenv("HOME");
  EXPECT_EQ(SqlHistory::default_file(), "");
}

}  // namespace
}  // namespace tarn::cli
