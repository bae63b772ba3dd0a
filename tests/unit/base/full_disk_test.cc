// A disk without room: what a failed write leaves, and the log that goes on.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/disk_full.h"
#include "base/files.h"
#include "base/log.h"
#include "temporary_folder.h"

namespace tarn {
namespace {

namespace fs = std::filesystem;

// No file may grow beyond so many bytes: the kernel writes what fits, then refuses.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(DiskFull, IsKnownByItsNumber) {
  const Error error = disk_full("Cannot write x: No space left on device.");
  EXPECT_TRUE(is_disk_full(error));
  EXPECT_EQ(error.code(), Code::kResourceExhausted);
  EXPECT_EQ(error.sql()->number, 1105);
  EXPECT_STREQ(error.what(),
               "Cannot write x: No space left on device. Free some disk space and try again.");
  EXPECT_FALSE(is_disk_full(Error(Code::kResourceExhausted, "The queue is full.")));
  EXPECT_TRUE(is_disk_full(ENOSPC));
  EXPECT_TRUE(is_disk_full(EDQUOT));
  EXPECT_FALSE(is_disk_full(EIO));
}

TEST(DiskFull, AWriteToAFullDeviceSaysSo) {
  TemporaryFolder folder;
  fs::create_symlink("/dev/full", folder / "file");
  try {
    FileSystem::system().append(folder / "file", "x");
    FAIL() << "/dev/full has taken it";
  } catch (const Error& error) {
    // A device cannot be shortened either; a file can.
    EXPECT_NE(std::string(error.what()).find((folder / "file").string()), std::string::npos);
  }
}

TEST(DiskFull, AFailedAppendLeavesTheFileAsItWas) {
  TemporaryFolder folder;
  const fs::path file = folder / "journal";
  FileSystem::system().append(file, "one\n");
  {
    const FileSizeLimit limit(10);
    EXPECT_THROW(FileSystem::system().append(file, "a line that is too long\n"), Error);
    EXPECT_EQ(read_file(file), "one\n");
  }
  FileSystem::system().append(file, "two\n");
  EXPECT_EQ(read_file(file), "one\ntwo\n");
}

TEST(DiskFull, AFailedFileLeavesNone) {
  TemporaryFolder folder;
  const FileSizeLimit limit(10);
  EXPECT_THROW(write_file(folder / "file", std::string(100, 'x')), Error);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(DiskFull, TheLogGoesOnAndCountsWhatItLost) {
  TemporaryFolder folder;
  const fs::path file = folder / "tarn.log";
  fs::create_symlink("/dev/full", file);
  log::open(file, log::Level::kInfo, false);
  EXPECT_NO_THROW(log::warn("lost.one"));
  EXPECT_NO_THROW(log::info("lost.two"));  // not tried again so soon
  EXPECT_NO_THROW(log::flush());
  fs::remove(file);
  std::ofstream(file) << "{\"event\":\"torn";
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  log::warn("kept");
  const std::string text = read_file(file);
  EXPECT_EQ(text.substr(0, 15), "{\"event\":\"torn\n");
  EXPECT_NE(text.find("\"event\":\"log.lines_lost\",\"lines\":2"), std::string::npos) << text;
  EXPECT_NE(text.find("\"event\":\"kept\""), std::string::npos) << text;
  EXPECT_EQ(text.find("lost.one"), std::string::npos);
}

}  // namespace
}  // namespace tarn
