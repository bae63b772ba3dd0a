#include "app/home.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include "base/error.h"

namespace tarn::app {
namespace {

namespace fs = std::filesystem;

class HomeTest : public testing::Test {
 protected:
  HomeTest() {
    std::string name = (fs::temp_directory_path() / "tarn-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~HomeTest() override { fs::remove_all(folder_); }

  std::string error_of_opening(const fs::path& home) {
    try {
      Home::open(home, Home::Access::kRead, 0);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_;
};

TEST_F(HomeTest, IsMadeOnFirstUseAndPrivate) {
  const fs::path home = folder_ / "a" / "home";
  { Home::open(home, Home::Access::kRead, 0); }
  EXPECT_EQ(read_file(home / "FORMAT"), "2\n");
  EXPECT_EQ(fs::status(home).permissions(), fs::perms::owner_all);
  { Home::open(home, Home::Access::kWrite, 0); }
}

TEST_F(HomeTest, ReadersShareAndAWriterIsAlone) {
  const fs::path home = folder_ / "home";
  { Home::open(home, Home::Access::kWrite, 0); }
  const Home one = Home::open(home, Home::Access::kRead, 0);
  const Home two = Home::open(home, Home::Access::kRead, 0);
  EXPECT_THROW(Home::open(home, Home::Access::kWrite, 0.02), Error);
}

TEST_F(HomeTest, RefusesNewerLayoutsAndStrangeFolders) {
  const fs::path home = folder_ / "home";
  write_file(home / "FORMAT", "3\n");
  EXPECT_THAT(error_of_opening(home), testing::HasSubstr("made by a newer Tarn"));
  write_file(home / "FORMAT", "what\n");
  EXPECT_THAT(error_of_opening(home), testing::HasSubstr("holds no version"));
  write_file(folder_ / "other" / "letter.txt", "Dear");
  EXPECT_THAT(error_of_opening(folder_ / "other"), testing::HasSubstr("no home of Tarn"));
  EXPECT_TRUE(fs::exists(folder_ / "other" / "letter.txt"));
}

}  // namespace
}  // namespace tarn::app
