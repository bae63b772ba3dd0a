// Lake::append: in place, and whole or not at all.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>

#include "expect_error.h"
#include "lake/lake.h"
#include "short_path.h"
#include "temporary_folder.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;

class AppendTest : public testing::Test {
 protected:
  FileInfo append(std::string_view bytes, const Conditions& conditions = {}) {
    return lake_.append(p("files/log"), source_of(bytes), conditions);
  }
  ino_t inode() const {
    struct stat status {};
    return ::stat((lake_.root() / "files/log").c_str(), &status) == 0 ? status.st_ino : 0;
  }
  bool noted() const {
    return fs::exists(lake_.root() / ".appends") && !fs::is_empty(lake_.root() / ".appends");
  }

  TemporaryFolder home_;
  Lake lake_{home_ / "lake"};
};

TEST_F(AppendTest, AddsInPlaceUnderANewEtag) {
  const FileInfo before = lake_.put(p("files/log"), "one,");
  const ino_t same = inode();
  const auto open = lake_.open(p("files/log"));
  std::optional<FileInfo> told;
  const FileInfo after = lake_.append(p("files/log"), source_of("two,"), {}, {},
                                      [&](const FileInfo& future) { told = future; });
  EXPECT_EQ(lake_.read(p("files/log")), "one,two,");
  EXPECT_EQ(inode(), same);
  EXPECT_NE(after.etag, before.etag);
  EXPECT_EQ(after.etag, lake_.stat(p("files/log")).etag);
  EXPECT_EQ(told->etag, after.etag);
  EXPECT_EQ(after.size, 8u);
  EXPECT_EQ(open->info().size, 4u);
  EXPECT_FALSE(noted());
  EXPECT_EQ(append("").size, 8u);
}

TEST_F(AppendTest, Conditions) {
  EXPECT_ERROR(kNotFound, append("x"));
  const FileInfo before = lake_.put(p("files/log"), "1");
  append("2", {.if_match = before.etag});
  EXPECT_ERROR(kConflict, append("3", {.if_match = before.etag}));
  lake_.make_folder(p("files/folder"));
  EXPECT_ERROR(kInvalidArgument, lake_.append(p("files/folder"), source_of("x")));
  EXPECT_EQ(lake_.read(p("files/log")), "12");
}

TEST_F(AppendTest, WhatIsRefusedAtTheEndIsTakenBack) {
  const FileInfo before = lake_.put(p("files/log"), "1");
  const auto refuse = [](const FileInfo&) { throw Error(Code::kUnavailable, "no"); };
  EXPECT_ERROR(kUnavailable, lake_.append(p("files/log"), source_of("2"), {}, {}, refuse));
  EXPECT_EQ(lake_.stat(p("files/log")).etag, before.etag);
  EXPECT_FALSE(noted());
}

TEST_F(AppendTest, AFileWithOtherLinksIsWrittenAnew) {
  lake_.put(p("files/log"), "1");
  fs::create_hard_link(lake_.root() / "files/log", home_ / "copy");
  append("2");
  EXPECT_EQ(lake_.read(p("files/log")), "12");
  EXPECT_EQ(fs::file_size(home_ / "copy"), 1u);
}

TEST_F(AppendTest, ALargeOneIsWrittenAnew) {
  lake_.put(p("files/log"), "1");
  std::uint64_t left = Lake::kAppendAtOnceMax + 5;
  const auto source = [&](std::span<char> buffer) {
    const auto count = std::min<std::uint64_t>(left, buffer.size());
    std::fill_n(buffer.data(), count, 'x');
    left -= count;
    return count;
  };
  EXPECT_EQ(lake_.append(p("files/log"), source).size, Lake::kAppendAtOnceMax + 6);
}

/// Run by the test below in a process of its own, which ends at the point that it is told.
TEST(AppendChild, DISABLED_AppendsAndDies) {
  Lake(std::getenv("TARN_TEST_LAKE")).append(p("files/log"), source_of("two,"));
}

class AppendCrashTest : public AppendTest, public testing::WithParamInterface<const char*> {};

TEST_P(AppendCrashTest, LeavesTheOldFileOrTheNewOne) {
  const FileInfo before = lake_.put(p("files/log"), "one,");
  const std::string command =
      "TARN_FAIL_POINT=" + std::string(GetParam()) + " TARN_TEST_LAKE='" + lake_.root().string() +
      "' '" + fs::read_symlink("/proc/self/exe").string() +
      "' --gtest_also_run_disabled_tests --gtest_filter=AppendChild.* >/dev/null 2>&1";
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGKILL)
      << "the point was not passed: " << status;
  ASSERT_TRUE(noted());
  Lake next(lake_.root());
  next.undo_appends();
  EXPECT_FALSE(noted());
  const std::string found = next.read(p("files/log"));
  if (std::string_view(GetParam()) == "lake.append.after_end") {
    EXPECT_EQ(found, "one,two,");
  } else {
    EXPECT_EQ(found, "one,");
    EXPECT_EQ(next.stat(p("files/log")).etag, before.etag);
  }
  next.append(p("files/log"), source_of("three"));
  EXPECT_EQ(next.read(p("files/log")), found + "three");
}

INSTANTIATE_TEST_SUITE_P(EachPoint, AppendCrashTest,
                         testing::Values("lake.append.before_bytes", "lake.append.half",
                                         "lake.append.before_end", "lake.append.after_end"));

TEST_F(AppendTest, ANoteOfAFileThatWasReplacedUndoesNothing) {
  lake_.put(p("files/log"), "one,");
  fs::create_directories(lake_.root() / ".appends");
  write_file(lake_.root() / ".appends/x",
             R"({"path":"files/log","inode":1,"size":2,"modified_ns":5,"new_size":9,)"
             R"("new_modified_ns":6})");
  write_file(lake_.root() / ".appends/y", "nonsense");
  lake_.undo_appends();
  EXPECT_EQ(lake_.read(p("files/log")), "one,");
  EXPECT_FALSE(fs::exists(lake_.root() / ".appends/x"));
}

}  // namespace
}  // namespace tarn::lake
