#include "detail/half_submitted.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "temporary_folder.h"

namespace tarn::jobs::detail {
namespace {

namespace fs = std::filesystem;

const std::string kRun = "11111111111111111111111111111110";

class HalfSubmittedTest : public testing::Test {
 protected:
  fs::path folder(const std::string& name = kRun) { return artifacts_.path() / "0" / name; }

  // A file that is `age_s` seconds old at the moment of the sweep.
  void put(const fs::path& file, double age_s) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "{}";
    fs::last_write_time(
        file, fs::file_time_type::clock::now() - std::chrono::seconds(static_cast<long>(age_s)));
  }

  std::size_t sweep() {
    return sweep_half_submitted(artifacts_.path(), FileSystem::system(), Clock::system(),
                                [&](std::string_view id) { return runs_.contains(id); });
  }

  TemporaryFolder artifacts_;
  std::set<std::string, std::less<>> runs_;
};

TEST_F(HalfSubmittedTest, AnOldJobFileWithoutARunGoesWithItsFolder) {
  put(folder() / "job.json", kHalfSubmittedAgeMinS + 1);
  EXPECT_EQ(sweep(), 1u);
  EXPECT_FALSE(fs::exists(folder()));
  EXPECT_EQ(sweep(), 0u);
}

TEST_F(HalfSubmittedTest, WhatHasARunStays) {
  runs_ = {kRun};
  put(folder() / "job.json", 3600);
  EXPECT_EQ(sweep(), 0u);
  EXPECT_TRUE(fs::exists(folder() / "job.json"));
}

TEST_F(HalfSubmittedTest, WhatIsYoungMayBeOnItsWay) {
  put(folder() / "job.json", kHalfSubmittedAgeMinS - 30);
  EXPECT_EQ(sweep(), 0u);
  EXPECT_TRUE(fs::exists(folder() / "job.json"));
}

TEST_F(HalfSubmittedTest, WhatHoldsMoreOrIsNoRunsFolderIsSomebodysOwn) {
  put(folder() / "job.json", 3600);
  put(folder() / "journal.ndjson", 3600);
  put(folder("notes") / "job.json", 3600);
  put(artifacts_.path() / "job.json", 3600);
  EXPECT_EQ(sweep(), 0u);
  EXPECT_TRUE(fs::exists(folder("notes") / "job.json"));
}

TEST_F(HalfSubmittedTest, NoFolderIsNothingToSweep) {
  EXPECT_EQ(sweep_half_submitted(artifacts_.path() / "none", FileSystem::system(), Clock::system(),
                                 [](std::string_view) { return false; }),
            0u);
}

}  // namespace
}  // namespace tarn::jobs::detail
