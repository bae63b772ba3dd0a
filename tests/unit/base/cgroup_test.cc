// Groups of processes: in a folder that looks like the kernel's, and in the kernel's own where it
// lets us.

#include "base/cgroup.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "temporary_folder.h"

namespace tarn {
namespace {

namespace fs = std::filesystem;

// A hierarchy of cgroup v2 whose files keep what is written to them, and a /proc/self in it.
class FakeCgroups : public testing::Test {
 protected:
  FakeCgroups() {
    group("/service");
    write_file(proc() / "mountinfo", "30 1 0:26 / / rw - ext4 /dev/sda rw\n31 30 0:27 / " +
                                         mount().string() + " rw - cgroup2 cgroup2 rw\n");
    enter("/service");
  }
  fs::path proc() const { return folder_ / "proc"; }
  fs::path mount() const { return folder_ / "mount"; }
  void group(const std::string& path) const {
    const fs::path place = mount() / path.substr(1);
    write_file(place / "cgroup.controllers", "cpuset cpu io memory pids\n");
    write_file(place / "cgroup.subtree_control", "");
    write_file(place / "cgroup.procs", "");
  }
  void enter(const std::string& path) const {
    write_file(proc() / "cgroup", "1:name=x:/other\n0::" + path + "\n");
    write_file(mount() / path.substr(1) / "cgroup.procs", std::to_string(getpid()) + "\n");
  }

  TemporaryFolder folder_;
};

TEST_F(FakeCgroups, AGroupOfOurOwnIsTakenOver) {
  fs::create_directories(mount() / "service" / Cgroups::kOwnGroup);
  const auto groups = Cgroups::take_over(proc());
  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->folder(), mount() / "service");
  EXPECT_EQ(read_file(mount() / "service/tarn-server/cgroup.procs"), std::to_string(getpid()));
  EXPECT_EQ(read_file(mount() / "service/cgroup.subtree_control"), "+pids");  // the last write
}

TEST_F(FakeCgroups, TheGroupOfAFormerLifeIsTakenAgain) {
  group("/service/tarn-server");
  enter("/service/tarn-server");
  const auto groups = Cgroups::take_over(proc());
  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->folder(), mount() / "service");
}

TEST_F(FakeCgroups, AGroupWithOthersOrWithoutMemoryIsLeftAlone) {
  write_file(mount() / "service/cgroup.procs", "1\n" + std::to_string(getpid()) + "\n");
  EXPECT_FALSE(Cgroups::take_over(proc()));
  enter("/service");
  write_file(mount() / "service/cgroup.controllers", "cpu pids\n");
  EXPECT_FALSE(Cgroups::take_over(proc()));
  EXPECT_FALSE(fs::exists(mount() / "service/tarn-server"));
  EXPECT_EQ(read_file(mount() / "service/cgroup.subtree_control"), "");
  EXPECT_FALSE(Cgroups::take_over(folder_ / "none"));
  write_file(proc() / "mountinfo", "30 1 0:26 / / rw - ext4 /dev/sda rw\n");
  EXPECT_FALSE(Cgroups::take_over(proc()));
}

TEST_F(FakeCgroups, LimitsAreWritten) {
  const Cgroups groups(mount() / "service");
  groups.make("tarn-job-1",
              {.memory_bytes_max = 1'000'000'000, .cpus_max = 1.5, .processes_max = 64});
  const fs::path group = mount() / "service/tarn-job-1";
  EXPECT_EQ(read_file(group / "memory.max"), "1000000000");
  EXPECT_EQ(read_file(group / "memory.swap.max"), "0");
  EXPECT_EQ(read_file(group / "memory.oom.group"), "1");
  EXPECT_EQ(read_file(group / "cpu.max"), "150000 100000");
  EXPECT_EQ(read_file(group / "pids.max"), "64");
  groups.add("tarn-job-1", 1234);
  EXPECT_EQ(read_file(group / "cgroup.procs"), "1234");
  EXPECT_EQ(groups.processes_out_of_memory("tarn-job-1"), 0u);
  write_file(group / "memory.events", "low 0\nhigh 0\nmax 7\noom 1\noom_kill 2\n");
  EXPECT_EQ(groups.processes_out_of_memory("tarn-job-1"), 2u);

  groups.make("tarn-job-2", {});
  EXPECT_TRUE(fs::is_empty(mount() / "service/tarn-job-2"));
  groups.remove_all("tarn-job-");
  EXPECT_FALSE(fs::exists(mount() / "service/tarn-job-2"));
  EXPECT_TRUE(fs::exists(group));  // not empty here: as if a process were in it
  EXPECT_THROW(Cgroups(folder_ / "none").make("x", {}), Error);
}

// The kernel's own, where this process is alone in a group that it may divide.
TEST(Cgroups, TheKernelEndsWhatTakesTooMuch) {
  const auto taken = Cgroups::take_over();
  if (!taken) GTEST_SKIP() << "no cgroup (v2) is ours here: the kernel's limits are not tested";
  const Cgroups& groups = *taken;
  ASSERT_TRUE(Cgroups::take_over());  // again, from where this process is now
  groups.make("tarn-job-test", {.memory_bytes_max = 64 << 20, .cpus_max = 1, .processes_max = 8});
  // Takes memory by doubling a text, once it is in the group.
  const auto process = spawn({.arguments = {"/bin/sh", "-c",
                                            "sleep 1; a=xxxxxxxxxxxxxxxx; "
                                            "while true; do a=$a$a; done"},
                              .environment = {}});
  groups.add("tarn-job-test", process.pid);
  std::optional<ExitStatus> status;
  for (int i = 0; i < 3000 && !(status = try_reap(process)); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->signal, SIGKILL);
  EXPECT_GT(groups.processes_out_of_memory("tarn-job-test"), 0u);
  groups.remove("tarn-job-test");
  EXPECT_FALSE(fs::exists(groups.folder() / "tarn-job-test"));
}

}  // namespace
}  // namespace tarn
