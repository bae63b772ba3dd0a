#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/cancel.h"
#include "base/error.h"
#include "base/fail_point.h"
#include "base/files.h"
#include "base/log.h"
#include "base/process.h"
#include "base/thread_pool.h"

namespace tarn {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder : public testing::Test {
 protected:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "tarn-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() override { fs::remove_all(folder_); }

  std::size_t entries() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }

  fs::path folder_;
};

using Files = TemporaryFolder;
using Processes = TemporaryFolder;
using Log = TemporaryFolder;

TEST_F(Files, PublishReplacesAndLeavesNoTemporary) {
  write_file(folder_ / "a", "one");
  write_file(folder_ / "a", "two");
  EXPECT_EQ(read_file(folder_ / "a"), "two");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, WhatIsNotPublishedLeavesNoTrace) {
  {
    auto file = FileSystem::system().create(folder_ / "a");
    file->write("half");
    EXPECT_EQ(entries(), 1u);
  }
  EXPECT_EQ(entries(), 0u);
}

TEST_F(Files, OnlyOnePublishesIfAbsent) {
  auto first = FileSystem::system().create(folder_ / "x/1");
  auto second = FileSystem::system().create(folder_ / "x/1");
  first->write("first");
  second->write("second");
  EXPECT_TRUE(first->publish_if_absent());
  EXPECT_FALSE(second->publish_if_absent());
  EXPECT_EQ(read_file(folder_ / "x/1"), "first");
}

TEST_F(Files, ErrorsSayWhat) {
  EXPECT_THROW(read_file(folder_ / "none"), Error);
  write_file(folder_ / "big", std::string(100, 'x'));
  EXPECT_NO_THROW(read_file(folder_ / "big", 100));
  EXPECT_THROW(read_file(folder_ / "big", 99), Error);
  EXPECT_THROW(read_file(folder_), Error);
}

TEST_F(Files, LocksExcludeEachOther) {
  const auto path = folder_ / "lock";
  auto shared = FileLock::acquire(path, FileLock::Mode::kShared, 0);
  ASSERT_TRUE(shared);
  EXPECT_TRUE(FileLock::acquire(path, FileLock::Mode::kShared, 0));
  EXPECT_FALSE(FileLock::acquire(path, FileLock::Mode::kExclusive, 0.02));
  shared.reset();
  auto exclusive = FileLock::acquire(path, FileLock::Mode::kExclusive, 0);
  ASSERT_TRUE(exclusive);
  EXPECT_FALSE(FileLock::acquire(path, FileLock::Mode::kShared, 0));
  EXPECT_EQ(FileLock::holder(path), "pid " + std::to_string(getpid()));
}

std::optional<ExitStatus> wait_for(const ProcessId& process) {
  for (int i = 0; i < 500; ++i) {
    if (auto status = try_reap(process)) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return std::nullopt;
}

TEST_F(Processes, RunWithTheirOwnEnvironmentFolderAndLog) {
  const ProcessSpec spec{
      .arguments = {"/bin/sh", "-c", "echo $GREETING; pwd; echo bad >&2; exit 7"},
      .environment = {{"GREETING", "hello"}},
      .directory = folder_,
      .output = folder_ / "log"};
  const auto status = wait_for(spawn(spec));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 7);
  EXPECT_EQ(read_file(folder_ / "log"), "hello\n" + folder_.string() + "\nbad\n");
}

TEST_F(Processes, TheWholeGroupIsEnded) {
  const auto process =
      spawn({.arguments = {"/bin/sh", "-c", "sleep 100 & sleep 100"}, .environment = {}});
  EXPECT_TRUE(is_running(process));
  EXPECT_FALSE(is_running({process.pid, process.start_time + 1}));
  EXPECT_FALSE(signal_group({process.pid, process.start_time + 1}, SIGKILL));
  EXPECT_TRUE(signal_group(process, SIGKILL));
  const auto status = wait_for(process);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->signal, SIGKILL);
  EXPECT_FALSE(is_running(process));
}

TEST_F(Processes, HaveTheirLimits) {
  ProcessSpec spec{.arguments = {"/bin/sh", "-c",
                                 // Once they hold: they are set while the process begins.
                                 "sleep 0.2; ulimit -n; ulimit -d; ulimit -v; "
                                 "grep -c processor /proc/cpuinfo; nproc"},
                   .environment = {{"PATH", "/usr/bin:/bin"}},
                   .directory = folder_,
                   .output = folder_ / "log"};
  spec.limits = {.memory_bytes_max = 300 << 20,
                 .address_space_bytes_max = 900 << 20,
                 .open_files_max = 99,
                 .cores_max = 1,
                 .first_core = 7};
  ASSERT_TRUE(wait_for(spawn(spec)));
  const std::string said = read_file(folder_ / "log");
  EXPECT_EQ(said.substr(0, 17), "99\n307200\n921600\n") << said;
  EXPECT_EQ(said.substr(said.size() - 3), "\n1\n") << said;
}

TEST_F(Processes, AMissingProgramIsAnError) {
  EXPECT_THROW(spawn({.arguments = {"/no/such/program"}, .environment = {}}), Error);
}

TEST(Cancel, ReachesTokensActionsAndChildren) {
  CancelSource source;
  CancelSource child(source.token());
  int called = 0;
  const auto kept = source.token().on_cancel([&] { ++called; });
  {
    const auto dropped = source.token().on_cancel([&] { called += 100; });
  }
  EXPECT_NO_THROW(child.token().check());
  source.cancel("enough");
  source.cancel("again");
  EXPECT_EQ(called, 1);
  EXPECT_THROW(child.token().check(), Error);
  try {
    source.token().check();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kCancelled);
    EXPECT_STREQ(error.what(), "Cancelled: enough");
  }
  const auto late = source.token().on_cancel([&] { ++called; });
  EXPECT_EQ(called, 2);
  EXPECT_FALSE(CancelToken().cancelled());
}

TEST(ThreadPoolTest, RunsEverythingAndRefusesWhenFull) {
  std::atomic<int> done = 0;
  std::atomic<bool> go = false;
  {
    ThreadPool pool("test", 1, 2);
    ASSERT_TRUE(pool.submit([&] {
      while (!go) std::this_thread::yield();
      ++done;
    }));
    while (pool.queued() > 0) std::this_thread::yield();
    EXPECT_TRUE(pool.submit([&] { ++done; }));
    EXPECT_TRUE(pool.submit([&] { ++done; }));
    EXPECT_FALSE(pool.submit([&] { ++done; }));
    go = true;
  }
  EXPECT_EQ(done, 3);
}

TEST(Redact, BlanksSecretsOnly) {
  EXPECT_EQ(log::redact("Authorization: Bearer abc.def-123"), "Authorization: ***");
  EXPECT_EQ(log::redact("got Bearer abcdefghij in a header"), "got Bearer *** in a header");
  EXPECT_EQ(log::redact("postgresql://tarn:s3cret@db/x"), "postgresql://tarn:***@db/x");
  EXPECT_EQ(log::redact("CREATE LOGIN a WITH PASSWORD = N'p w'; SELECT 1"),
            "CREATE LOGIN a WITH PASSWORD = N***; SELECT 1");
  EXPECT_EQ(log::redact("(IDENTITY='x', SECRET='y')"), "(IDENTITY='x', SECRET=***)");
  EXPECT_EQ(log::redact("?sv=1&sig=abc%2F&se=2"), "?sv=1&sig=***&se=2");
  EXPECT_EQ(log::redact(R"({"password": "x", "user": "u"})"), R"({"password": ***, "user": "u"})");
  EXPECT_EQ(log::redact("the bearer of news"), "the bearer of news");
  EXPECT_EQ(log::redact("design = 1"), "design = 1");
}

TEST_F(Log, WritesOneRedactedJsonObjectALine) {
  log::open(folder_ / "log", log::Level::kInfo, false);
  {
    const log::Scope scope("request_id", "r1");
    log::info("request", {{"url", "/x?sig=secret"}, {"status", 200}});
    log::write(log::Level::kDebug, "hidden");
  }
  log::flush();
  const std::string text = read_file(folder_ / "log");
  EXPECT_THAT(text, testing::HasSubstr(
                        R"("event":"request","request_id":"r1","url":"/x?sig=***","status":200})"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("hidden")));
}

TEST(FailPoint, EndsTheProcessAtTheNamedPass) {
  // In a program of its own: the setting is read at the first pass of any fail point.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto pass = [] {
    setenv("TARN_FAIL_POINT", "here:2", 1);
    fail_point("elsewhere");
    fail_point("here");
    fail_point("here");
    _exit(0);
  };
  EXPECT_EXIT(pass(), testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace tarn
