// Schedulers that share a store: whose job is it?

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "detail/servers.h"
#include "home.h"
#include "jobs/half_made_runs.h"

namespace tarn::jobs {
namespace {

using detail::Servers;
using testing::HasSubstr;

class SeveralServersTest : public testing::Test {
 protected:
  SchedulerOptions options(const std::string& server_id) {
    const auto file = home_.folder.path() / "worker.sh";
    std::ofstream(file) << "cd \"$(dirname \"$2\")\"\necho x >> starts\nexec sleep 30\n";
    SchedulerOptions options;
    options.worker_command = {"/bin/sh", file.string()};
    options.poll_s = 0.01;
    options.server_id = server_id;
    options.shared = true;
    return options;
  }

  Job wait_until(Scheduler& scheduler, const std::string& id, const auto& reached) {
    for (int i = 0; i < 2000; ++i) {
      const Job now = scheduler.jobs().get(id);
      if (reached(now)) return now;
      ::usleep(10'000);
    }
    ADD_FAILURE() << "the job did not get there: " << name_of(scheduler.jobs().get(id).state);
    return scheduler.jobs().get(id);
  }

  void change_row(const std::string& sql) {
    home_.store->write([&](meta::Transaction& tx) { tx.execute(sql); });
  }

  Home home_;
};

TEST_F(SeveralServersTest, AJobIsStartedByOneOfThem) {
  Scheduler one(home_.services(), options("one"));
  Scheduler two(home_.services(), options("two"));
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(one.submit(rentals_spec(), "alice").id);
  one.start();
  two.start();
  int of_one = 0;
  for (const std::string& id : ids) {
    const Job job =
        wait_until(two, id, [](const Job& now) { return now.state == JobState::kRunning; });
    of_one += job.server_id == "one";
    EXPECT_TRUE(job.server_id == "one" || job.server_id == "two");
  }
  EXPECT_EQ(of_one, 2);  // jobs_max of each is 2
  for (const std::string& id : ids) {
    const auto starts = one.folder(one.jobs().get(id)) / "starts";
    for (int i = 0; i < 1000 && !std::filesystem::exists(starts); ++i) ::usleep(10'000);
    ::usleep(100'000);  // for a second one, if there is one
    EXPECT_EQ(read_file(starts), "x\n");
    const Job ended = two.cancel(id);
    wait_until(one, id, [](const Job& now) { return now.state == JobState::kCanceled; });
    EXPECT_FALSE(ended.worker && is_running(*ended.worker));
  }
}

TEST_F(SeveralServersTest, AJobOfAServerThatIsGoneIsTakenUpHere) {
  auto one = std::make_unique<Scheduler>(home_.services(), options("one"));
  one->start();
  const std::string id = one->submit(rentals_spec(), "alice").id;
  const Job running =
      wait_until(*one, id, [](const Job& now) { return now.state == JobState::kRunning; });
  one.reset();
  Scheduler two(home_.services(), options("two"));
  two.start();
  ::usleep(1'500'000);
  EXPECT_EQ(two.jobs().get(id).server_id, "one");  // its process, this one, lives
  change_row("UPDATE servers SET start_time = 1 WHERE server_id = 'one'");
  const Job taken = wait_until(two, id, [](const Job& now) { return now.server_id == "two"; });
  EXPECT_EQ(taken.state, JobState::kRunning);
  EXPECT_TRUE(taken.worker && is_running(*taken.worker));
  EXPECT_EQ(taken.worker, running.worker);
  two.cancel(id);
  wait_until(two, id, [](const Job& now) { return now.state == JobState::kCanceled; });
}

TEST_F(SeveralServersTest, AJobOfAServerElsewhereThatIsGoneFails) {
  auto one = std::make_unique<Scheduler>(home_.services(), options("one"));
  one->start();
  const std::string id = one->submit(rentals_spec(), "alice").id;
  const Job running =
      wait_until(*one, id, [](const Job& now) { return now.state == JobState::kRunning; });
  one.reset();
  change_row("DELETE FROM servers");
  Scheduler two(home_.services(), options("two"));
  two.start();
  const Job failed =
      wait_until(two, id, [](const Job& now) { return now.state == JobState::kFailed; });
  ASSERT_TRUE(failed.error);
  EXPECT_EQ(failed.error->code, "Unavailable");
  EXPECT_THAT(failed.error->message, HasSubstr("The server that ran the job is gone"));
  EXPECT_THAT(failed.error->hint, HasSubstr("Submit the job again"));
  signal_group(*running.worker, SIGKILL);
}

TEST_F(SeveralServersTest, AWorkerThatAnotherServerGaveUpIsEnded) {
  Scheduler one(home_.services(), options("one"));
  one.start();
  const std::string id = one.submit(rentals_spec(), "alice").id;
  const Job running =
      wait_until(one, id, [](const Job& now) { return now.state == JobState::kRunning; });
  ::usleep(100'000);
  change_row("UPDATE jobs SET state = 'Failed', etag = etag + 1");
  for (int i = 0; i < 1000 && is_running(*running.worker); ++i) ::usleep(10'000);
  EXPECT_FALSE(is_running(*running.worker));
  EXPECT_EQ(one.jobs().get(id).state, JobState::kFailed);
}

TEST_F(SeveralServersTest, StandingIsJudgedByProcessHereAndByNewsElsewhere) {
  Servers mine(*home_.store, home_.workspace, "mine", "/home", false);
  mine.join();
  Servers other(*home_.store, home_.workspace, "other", "/home", false);
  EXPECT_EQ(other.standing("other"), Servers::Standing::kOurs);
  EXPECT_EQ(other.standing(""), Servers::Standing::kOurs);
  EXPECT_EQ(other.standing("mine"), Servers::Standing::kAlive);
  EXPECT_TRUE(other.is_here("mine"));
  EXPECT_EQ(other.standing("unknown"), Servers::Standing::kGoneElsewhere);
  change_row("UPDATE servers SET pid = 1, start_time = 1");
  EXPECT_EQ(other.standing("mine"), Servers::Standing::kGone);
  change_row("UPDATE servers SET machine = 'another', renewed_at = 0");
  EXPECT_EQ(other.standing("mine"), Servers::Standing::kAlive);  // for kLeaseS from now
  EXPECT_FALSE(other.is_here("mine"));
  Servers alone(*home_.store, home_.workspace, "alone", "/home", true);
  EXPECT_EQ(alone.standing("mine"), Servers::Standing::kOurs);
}

TEST_F(SeveralServersTest, HalfMadeRunsGoWhenTheyAreOld) {
  namespace fs = std::filesystem;
  const fs::path artifacts = home_.lake.root() / "artifacts";
  const auto make = [&](const std::string& run, std::chrono::minutes old, bool more) {
    const fs::path folder = artifacts / "e" / run;
    write_file(folder / "job.json", "{}");
    fs::last_write_time(folder / "job.json", fs::file_time_type::clock::now() - old);
    if (more) write_file(folder / "journal.ndjson", "{}");
    return folder;
  };
  const fs::path old = make("11111111111111111111111111111111", std::chrono::minutes(61), false);
  const fs::path young = make("21111111111111111111111111111111", std::chrono::minutes(59), false);
  const fs::path ran = make("31111111111111111111111111111111", std::chrono::minutes(61), true);
  const fs::path notes = make("notes", std::chrono::minutes(61), false);
  Scheduler scheduler(home_.services(), options("one"));
  const Job queued = scheduler.submit(rentals_spec(), "alice");
  const fs::path known = scheduler.folder(queued);
  fs::last_write_time(known / "job.json",
                      fs::file_time_type::clock::now() - std::chrono::hours(99));
  EXPECT_EQ(remove_half_made_runs(*home_.store, home_.workspace, artifacts), 1u);
  EXPECT_EQ(remove_half_made_runs(*home_.store, home_.workspace, artifacts / "none"), 0u);
  EXPECT_FALSE(fs::exists(old));
  for (const fs::path& kept : {young, ran, notes, known}) EXPECT_TRUE(fs::exists(kept)) << kept;
}

}  // namespace
}  // namespace tarn::jobs
