#include "backup/home_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "temporary_folder.h"

namespace tarn::backup {
namespace {

namespace fs = std::filesystem;

class HomeFormatTest : public ::testing::Test {
 protected:
  const fs::path& home() const { return folder_.path(); }

  Code refusal() const {
    try {
      migrate_home(home());
    } catch (const Error& error) {
      return error.code();
    }
    return Code::kInternal;
  }

  TemporaryFolder folder_;
};

TEST_F(HomeFormatTest, ANewHomeGetsTheNewestFormat) {
  EXPECT_EQ(home_format(home()), 0);
  fs::create_directories(home() / "run");  // the lock lies there before
  migrate_home(home());
  EXPECT_EQ(home_format(home()), kHomeFormat);
  migrate_home(home());
  EXPECT_EQ(home_format(home()), kHomeFormat);
}

TEST_F(HomeFormatTest, AFolderWithOtherThingsIsNotTakenOver) {
  write_file(home() / "thesis.tex", "x");
  EXPECT_EQ(refusal(), Code::kInvalidArgument);
  EXPECT_FALSE(fs::exists(home() / "FORMAT"));
}

TEST_F(HomeFormatTest, AnOlderHomeIsCopiedOnceThenMigrated) {
  write_file(home() / "FORMAT", "1\n");
  write_file(home() / "secret.key", "key");
  fs::permissions(home() / "secret.key", fs::perms::owner_read);
  migrate_home(home());
  EXPECT_EQ(home_format(home()), kHomeFormat);
  const fs::path copy = home() / "backups" / "format-1";
  EXPECT_EQ(read_file(copy / "FORMAT"), "1\n");
  EXPECT_EQ(fs::status(copy / "secret.key").permissions(), fs::perms::owner_read);
  // After a crash between the copy and the new FORMAT the first copy stays.
  write_file(home() / "FORMAT", "1\n");
  fs::permissions(home() / "secret.key", fs::perms::owner_all);
  write_file(home() / "secret.key", "half migrated");
  migrate_home(home());
  EXPECT_EQ(read_file(copy / "secret.key"), "key");
}

TEST_F(HomeFormatTest, ANewerOneAndOneWithoutAVersionAreRefused) {
  write_file(home() / "FORMAT", std::to_string(kHomeFormat + 1) + "\n");
  EXPECT_EQ(refusal(), Code::kUnsupported);
  for (const char* text : {"", "two", "0", "-1"}) {
    write_file(home() / "FORMAT", text);
    EXPECT_EQ(refusal(), Code::kDataLoss) << text;
  }
  EXPECT_FALSE(fs::exists(home() / "backups"));
}

}  // namespace
}  // namespace tarn::backup
