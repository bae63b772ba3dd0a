#include "jobs/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "base/json.h"
#include "base/text.h"
#include "home.h"

namespace tarn::jobs {
namespace {

using testing::HasSubstr;

constexpr double kLongS = 20;  // a test that waits so long has failed

// A worker in shell: $2 is the job file, $4 the deadline. `say KIND JSON` appends an event.
constexpr const char* kPrelude = R"sh(
cd "$(dirname "$2")"
n=$(cat journal.ndjson 2>/dev/null | wc -l)
say() { n=$((n+1)); echo "{\"sequence\":$n,\"time\":1700000000000000,\"event\":\"$1\",$2}" >> journal.ndjson; }
start=$(sed 's/.*) //' /proc/$$/stat | cut -d' ' -f20)
say worker "\"pid\":$$,\"start_time\":$start"
say data '"rows":3,"columns":3'
run0=11111111111111111111111111111110
run1=11111111111111111111111111111111
started() { say trial_started "\"trial\":$1,\"run_id\":\"$2\",\"algorithm\":\"LightGBM\",\"preprocessing\":\"target=log\",\"params\":{\"leaves\":\"7\"}"; }
ended() { say trial_finished "\"trial\":$1,\"run_id\":\"$2\",\"metrics\":{\"spearman_correlation\":0.$3,\"r2_score\":0.5},\"primary_metric\":\"spearman_correlation\",\"fold_scores\":[0.8,null],\"duration_s\":0.25,\"error\":\"\""; }
model() { mkdir -p "$1"; echo onnx > "$1/model.onnx"; echo MLmodel > "$1/MLmodel"; }
about() { echo "\"trial\":0,\"run_id\":\"$run0\",\"algorithm\":\"LightGBM\",\"preprocessing\":\"\",\"primary_metric\":\"spearman_correlation\",\"score\":0.91,\"metrics\":{\"spearman_correlation\":0.91},\"members\":[],\"folder\":\"$1\",\"sha256\":\"\",\"verified_rows\":3,\"difference_max\":0"; }
)sh";

class SchedulerTest : public testing::Test {
 protected:
  SchedulerOptions options(const std::string& script) {
    const auto file = home_.folder.path() / "worker.sh";
    std::ofstream(file) << kPrelude << script;
    SchedulerOptions options;
    options.worker_command = {"/bin/sh", file.string()};
    options.poll_s = 0.01;
    options.grace_s = 0.2;
    options.code_version = "0.1.0";
    return options;
  }

  std::unique_ptr<Scheduler> scheduler(const std::string& script) {
    auto made = std::make_unique<Scheduler>(home_.services(), options(script));
    made->start();
    return made;
  }

  // Waits until `reached` holds of the job.
  Job wait_until(Scheduler& scheduler, const Job& job, const auto& reached) {
    for (int i = 0; i < 2000; ++i) {
      const Job now = scheduler.jobs().get(job.id);
      if (reached(now)) return now;
      scheduler.wait(job.id, 0.01);
    }
    ADD_FAILURE() << "the job did not get there: " << name_of(scheduler.jobs().get(job.id).state);
    return scheduler.jobs().get(job.id);
  }

  Home home_;
};

constexpr const char* kGood = R"sh(
started 0 $run0; ended 0 $run0 91
started 1 $run1; ended 1 $run1 80
say finalizing '"x":1'
model model
say finished "$(about model),\"ended_by\":\"trials\""
)sh";

TEST_F(SchedulerTest, CompletesAndRegisters) {
  const auto scheduler = this->scheduler(kGood);
  AutoMlSpec spec = rentals_spec();
  spec.model_name = "rental-model";
  spec.tags["course"] = "dp-203";
  const Job job = scheduler->wait(scheduler->submit(spec, "alice").id, kLongS);
  ASSERT_EQ(job.state, JobState::kCompleted)
      << (job.error ? job.error->message + job.error->hint : "");

  const Json result = Json::parse(job.result);
  EXPECT_EQ(result["best_child_run_id"], "11111111111111111111111111111110");
  EXPECT_EQ(result["trials"], 2);
  EXPECT_EQ(result["ended_by"], "trials");
  EXPECT_EQ(result["model"]["uri"], "models:/rental-model/1");

  const track::Run run = home_.tracking.run(job.run_id);
  EXPECT_EQ(run.status, track::RunStatus::kFinished);
  EXPECT_EQ(run.tags.at("automl_best_child_run_id"), "11111111111111111111111111111110");
  EXPECT_EQ(run.tags.at("course"), "dp-203");
  EXPECT_EQ(run.params.at("rows"), "3");
  EXPECT_EQ(run.params.at("training_data"), "files/data/rentals.csv");
  EXPECT_EQ(run.metrics.at("spearman_correlation").value, 0.91);

  const track::Run trial = home_.tracking.run("11111111111111111111111111111110");
  EXPECT_EQ(trial.parent_id, job.run_id);
  EXPECT_EQ(trial.status, track::RunStatus::kFinished);
  EXPECT_EQ(trial.params.at("leaves"), "7");
  EXPECT_EQ(trial.metrics.at("r2_score").value, 0.5);
  EXPECT_EQ(trial.tags.at("run_algorithm"), "LightGBM");
  EXPECT_TRUE(std::filesystem::exists(home_.tracking.artifact_folder(trial) /
                                      "outputs/mlflow-model/model.onnx"));

  const assets::ModelVersion version = home_.models.version("rental-model", 1);
  EXPECT_EQ(version.lineage.run_id, trial.id);
  EXPECT_EQ(version.lineage.table, "files/data/rentals.csv");
  EXPECT_EQ(version.lineage.seed, "0");
  EXPECT_EQ(version.lineage.code_version, "0.1.0");
}

TEST_F(SchedulerTest, AWorkerWithoutMemoryIsAFailedJobThatSaysItsLimit) {
  auto settings = options("touch worker.out-of-memory; exit 71");
  settings.worker_limits.memory_bytes_max = 500'000'000;
  Scheduler scheduler(home_.services(), settings);
  scheduler.start();
  const Job job = scheduler.wait(scheduler.submit(rentals_spec(), "alice").id, kLongS);
  ASSERT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->code, "ResourceExhausted");
  EXPECT_EQ(job.error->message, "The job needed more memory than its limit of 0.5 GB.");
  EXPECT_EQ(job.error->hint,
            "Train on fewer rows or columns, or with fewer concurrent trials, or raise the limit: "
            "tarn serve --job-memory-gb.");
  EXPECT_FALSE(std::filesystem::exists(scheduler.folder(job) / "worker.out-of-memory"));
}

TEST_F(SchedulerTest, ACrashUnderALimitOfTheProcessSaysThatItMayBeTheMemory) {
  auto settings = options("kill -SEGV $$");
  settings.worker_limits.memory_bytes_max = 500'000'000;
  Scheduler scheduler(home_.services(), settings);
  scheduler.start();
  const Job job = scheduler.wait(scheduler.submit(rentals_spec(), "alice").id, kLongS);
  ASSERT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->message, "The worker ended without a result (signal 11).");
  EXPECT_THAT(job.error->hint, HasSubstr("more memory than tarn serve --job-memory-gb gives"));
}

TEST_F(SchedulerTest, WorkersGetGroupsOfTheirOwn) {
  const std::filesystem::path groups = home_.folder.path() / "cgroup";
  std::filesystem::create_directories(groups / "tarn-job-of-a-former-life");
  // The worker finds what was written to its group; then it is as if the kernel had ended it.
  auto settings = options("group=$(echo " + groups.string() + "/tarn-job-*)" + R"sh(
while [ ! -s "$group/cgroup.procs" ]; do sleep 0.01; done
cat "$group/cpu.max" "$group/memory.max" "$group/pids.max" >&2
echo oom_kill 1 > "$group/memory.events"
kill -KILL $$
)sh");
  settings.worker_limits.memory_bytes_max = 500'000'000;
  settings.worker_limits.cpus_max = 0.5;
  settings.worker_limits.processes_max = 100;
  settings.cgroups = Cgroups(groups);
  std::string log;
  Job job;
  {
    Scheduler scheduler(home_.services(), settings);
    scheduler.start();
    job = scheduler.wait(scheduler.submit(rentals_spec(), "alice").id, kLongS);
    log = scheduler.read_log(job, 0, 1000);
  }
  ASSERT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->message, "The job needed more memory than its limit of 0.5 GB.");
  EXPECT_THAT(log, HasSubstr("50000 100000500000000100"));
  EXPECT_FALSE(std::filesystem::exists(groups / "tarn-job-of-a-former-life"));
}

TEST_F(SchedulerTest, RefusesBeforeAnythingIsStored) {
  const auto scheduler = this->scheduler(kGood);
  AutoMlSpec spec = rentals_spec();
  spec.target_column_name = "rental";
  try {
    scheduler->submit(spec, "alice");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "There is no column 'rental' in files/data/rentals.csv. Did you mean 'rentals'?");
  }
  spec = rentals_spec();
  spec.training_data.path = "files/data/rental.csv";
  EXPECT_THROW(scheduler->submit(spec, "alice"), Error);
  spec.training_data = {.table = "default.bike_data",
                        .table_version = {},
                        .type = "",
                        .path = "",
                        .place = {"j.yml", 5, 3}};
  try {
    scheduler->submit(spec, "alice");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("j.yml:5:3: "));
  }
  EXPECT_TRUE(scheduler->jobs().list().items.empty());
}

TEST_F(SchedulerTest, NamesAreUnique) {
  Scheduler scheduler(home_.services(), options(kGood));
  AutoMlSpec spec = rentals_spec();
  spec.name = "nightly";
  scheduler.submit(spec, "alice");
  try {
    scheduler.submit(spec, "alice");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kAlreadyExists);
  }
}

TEST_F(SchedulerTest, WorkersFailureIsTheJobs) {
  const auto scheduler = this->scheduler(
      R"sh(say failed '"code":"InvalidArgument","message":"The target is constant.","hint":"Take another."')sh");
  const Job job = scheduler->wait(scheduler->submit(rentals_spec(), "alice").id, kLongS);
  ASSERT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->message, "The target is constant.");
  EXPECT_EQ(home_.tracking.run(job.run_id).status, track::RunStatus::kFailed);
}

TEST_F(SchedulerTest, CrashIsAFailedJobWithItsLog) {
  const auto scheduler =
      this->scheduler("started 0 $run0\necho something bad password=hunter2 >&2\nkill -9 $$\n");
  const Job job = scheduler->wait(scheduler->submit(rentals_spec(), "alice").id, kLongS);
  ASSERT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->message, "The worker ended without a result (signal 9).");
  EXPECT_THAT(job.error->hint, HasSubstr("something bad"));
  EXPECT_THAT(job.error->hint, testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(scheduler->read_log(job, 0, 1000), HasSubstr("something bad"));
  // Its trial did not end by itself.
  EXPECT_EQ(home_.tracking.run("11111111111111111111111111111110").status,
            track::RunStatus::kKilled);
}

TEST_F(SchedulerTest, AnotherWorkerGoesOnWhereOneDied) {
  const auto scheduler = this->scheduler(R"sh(
if [ $n -lt 4 ]; then started 0 $run0; ended 0 $run0 91; kill -9 $$; fi
started 1 $run1; ended 1 $run1 80
say finalizing '"x":1'
model model
say finished "$(about model),\"ended_by\":\"trials\""
)sh");
  const Job job = scheduler->wait(scheduler->submit(rentals_spec(), "alice").id, kLongS);
  ASSERT_EQ(job.state, JobState::kCompleted);
  EXPECT_EQ(Json::parse(job.result)["trials"], 2);
}

TEST_F(SchedulerTest, AWorkerThatGetsNoFurtherIsTheLast) {
  const auto scheduler = this->scheduler(R"sh(
echo here >> started
if [ $n -lt 4 ]; then started 0 $run0; ended 0 $run0 91; fi
kill -9 $$
)sh");
  const Job job = scheduler->wait(scheduler->submit(rentals_spec(), "alice").id, kLongS);
  ASSERT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->message, "The worker ended without a result (signal 9).");
  EXPECT_EQ(read_file(scheduler->folder(job) / "started"), "here\nhere\n");
}

TEST_F(SchedulerTest, ProgramThatCannotStartFailsTheJob) {
  SchedulerOptions wrong = options("");
  wrong.worker_command = {"/no/such/program"};
  Scheduler scheduler(home_.services(), wrong);
  scheduler.start();
  const Job job = scheduler.wait(scheduler.submit(rentals_spec(), "alice").id, kLongS);
  EXPECT_EQ(job.state, JobState::kFailed);
}

TEST_F(SchedulerTest, DamagedJournalFailsTheJob) {
  const auto scheduler = this->scheduler("echo rubbish >> journal.ndjson\nsleep 30\n");
  const Job job = scheduler->wait(scheduler->submit(rentals_spec(), "alice").id, kLongS);
  ASSERT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->code, "DataLoss");
}

TEST_F(SchedulerTest, CancelEndsTheWorkerAndItsChildren) {
  const auto scheduler =
      this->scheduler("started 0 $run0\nsleep 60 &\necho $! > child\nmv child child.pid\nwait\n");
  const Job submitted = scheduler->submit(rentals_spec(), "alice");
  const auto pid_file = scheduler->folder(submitted) / "child.pid";
  wait_until(*scheduler, submitted, [&](const Job&) { return std::filesystem::exists(pid_file); });
  const pid_t child = std::stoi(read_file(pid_file));
  scheduler->cancel(submitted.id);
  const Job job = scheduler->wait(submitted.id, kLongS);
  EXPECT_EQ(job.state, JobState::kCanceled);
  EXPECT_TRUE(job.cancel_requested_at.has_value());
  EXPECT_FALSE(job.error.has_value());
  EXPECT_EQ(home_.tracking.run(job.run_id).status, track::RunStatus::kKilled);
  EXPECT_EQ(home_.tracking.run("11111111111111111111111111111110").status,
            track::RunStatus::kKilled);
  for (int i = 0;
       i < 500 && is_running({child, process_id(child) ? process_id(child)->start_time : 0}); ++i)
    usleep(10'000);
  const auto left = process_id(child);
  EXPECT_FALSE(left && is_running(*left));
  // A job that has ended stays as it is.
  EXPECT_EQ(scheduler->cancel(job.id).state, JobState::kCanceled);
}

TEST_F(SchedulerTest, CancelOfAQueuedJobNeedsNoWorker) {
  Scheduler scheduler(home_.services(), options(kGood));  // not started: jobs stay queued
  const Job job = scheduler.cancel(scheduler.submit(rentals_spec(), "alice").name);
  EXPECT_EQ(job.state, JobState::kCanceled);
  EXPECT_TRUE(job.ended_at.has_value());
  EXPECT_EQ(home_.tracking.run(job.run_id).status, track::RunStatus::kKilled);
}

TEST_F(SchedulerTest, DeadlineEndsTheWorkerAndKeepsTheBest) {
  const auto scheduler = this->scheduler(R"sh(
started 0 $run0; ended 0 $run0 91
model best/0
say best "$(about best/0),\"ended_by\":\"\""
started 1 $run1
sleep 60
)sh");
  AutoMlSpec spec = rentals_spec();
  spec.timeout_s = 1;
  spec.model_name = "rental-model";
  const Job job = scheduler->wait(scheduler->submit(spec, "alice").id, kLongS);
  ASSERT_EQ(job.state, JobState::kCompleted) << (job.error ? job.error->message : "");
  EXPECT_EQ(Json::parse(job.result)["ended_by"], "timeout");
  EXPECT_EQ(home_.models.version("rental-model", 1).lineage.run_id,
            "11111111111111111111111111111110");
  EXPECT_EQ(home_.tracking.run("11111111111111111111111111111111").status,
            track::RunStatus::kKilled);
}

TEST_F(SchedulerTest, DeadlineWithoutAModelFails) {
  const auto scheduler = this->scheduler("started 0 $run0\nsleep 60\n");
  AutoMlSpec spec = rentals_spec();
  spec.timeout_s = 1;
  const Job job = scheduler->wait(scheduler->submit(spec, "alice").id, kLongS);
  ASSERT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->code, "DeadlineExceeded");
}

TEST_F(SchedulerTest, AnotherSchedulerAdoptsTheWorker) {
  const std::string script =
      std::string("started 0 $run0\nwhile [ ! -e go ]; do sleep 0.02; done\n") +
      R"sh(ended 0 $run0 91; model model; say finished "$(about model),\"ended_by\":\"trials\"")sh";
  auto first = scheduler(script);
  const Job job = first->submit(rentals_spec(), "alice");
  const Job running =
      wait_until(*first, job, [](const Job& now) { return now.journal_sequence >= 3; });
  ASSERT_EQ(running.state, JobState::kRunning);
  first.reset();
  EXPECT_TRUE(is_running(*running.worker));

  const auto second = scheduler(script);
  std::ofstream(second->folder(job) / "go").close();
  const Job done = second->wait(job.id, kLongS);
  EXPECT_EQ(done.state, JobState::kCompleted);
  EXPECT_EQ(Json::parse(done.result)["trials"], 1);
}

TEST_F(SchedulerTest, FinishedJournalIsAppliedInFullByTheNext) {
  const std::string script = std::string("while [ ! -e go ]; do sleep 0.02; done\n") + kGood;
  auto first = scheduler(script);
  const Job job = first->submit(rentals_spec(), "alice");
  const Job running =
      wait_until(*first, job, [](const Job& now) { return now.worker.has_value(); });
  const auto folder = first->folder(job);
  first.reset();
  std::ofstream(folder / "go").close();
  for (int i = 0; i < 1000 && is_running(*running.worker); ++i) usleep(10'000);

  const auto second = scheduler(script);
  const Job done = second->wait(job.id, kLongS);
  EXPECT_EQ(done.state, JobState::kCompleted);
  EXPECT_EQ(Json::parse(done.result)["trials"], 2);
  EXPECT_EQ(home_.tracking.run("11111111111111111111111111111111").status,
            track::RunStatus::kFinished);
}

TEST_F(SchedulerTest, WorkerThatVanishedMeanwhileFailsTheJob) {
  auto first = scheduler("started 0 $run0\nsleep 60\n");
  const Job job = first->submit(rentals_spec(), "alice");
  const Job running =
      wait_until(*first, job, [](const Job& now) { return now.journal_sequence >= 3; });
  first.reset();
  signal_group(*running.worker, SIGKILL);
  const auto second = scheduler("");
  const Job done = second->wait(job.id, kLongS);
  EXPECT_EQ(done.state, JobState::kFailed);
  EXPECT_THAT(done.error->message, HasSubstr("ended without a result"));
}

// The server ended between spawning a worker and storing its pid: the job's row says Starting,
// without a worker.
TEST_F(SchedulerTest, JobThatWasOnlyStartingIsStartedAgain) {
  Job job;
  {
    Scheduler first(home_.services(), options(kGood));
    job = first.submit(rentals_spec(), "alice");
  }
  home_.store->write([&](meta::Transaction& tx) {
    tx.execute("UPDATE jobs SET state = 'Starting', started_at = $1", job.created_at);
  });
  const auto second = scheduler(kGood);
  EXPECT_EQ(second->wait(job.id, kLongS).state, JobState::kCompleted);
}

TEST_F(SchedulerTest, CompletionMayBeRepeated) {
  const auto first = scheduler(kGood);
  AutoMlSpec spec = rentals_spec();
  spec.model_name = "rental-model";
  const Job job = first->wait(first->submit(spec, "alice").id, kLongS);
  ASSERT_EQ(job.state, JobState::kCompleted);
  // As if the server had ended after it registered the model and before it stored the job's end.
  home_.store->write([&](meta::Transaction& tx) {
    tx.execute("UPDATE jobs SET state = 'Finalizing', ended_at = NULL");
  });
  const auto second = scheduler(kGood);
  const Job again = second->wait(job.id, kLongS);
  EXPECT_EQ(again.state, JobState::kCompleted);
  EXPECT_EQ(home_.models.versions("rental-model").items.size(), 1u);
}

TEST_F(SchedulerTest, RunsAsManyAsItMay) {
  SchedulerOptions limited =
      options(std::string("while [ ! -e go ]; do sleep 0.02; done\n") + kGood);
  limited.jobs_max = 1;
  limited.queue_max = 2;
  Scheduler scheduler(home_.services(), limited);
  scheduler.start();
  const Job first = scheduler.submit(rentals_spec(), "alice");
  const Job second = scheduler.submit(rentals_spec(), "alice");
  EXPECT_THROW(scheduler.submit(rentals_spec(), "alice"), Error);
  wait_until(scheduler, first, [](const Job& now) { return now.state == JobState::kRunning; });
  EXPECT_EQ(scheduler.jobs().get(second.id).state, JobState::kQueued);
  scheduler.cancel(first.id);
  wait_until(scheduler, second, [](const Job& now) { return now.state == JobState::kRunning; });
  scheduler.cancel(second.id);
  EXPECT_EQ(scheduler.wait(second.id, kLongS).state, JobState::kCanceled);
}

TEST_F(SchedulerTest, WorkersEnvironmentIsLimited) {
  setenv("TARN_TEST_SECRET", "hunter2", 1);
  const auto scheduler = this->scheduler(
      "env > env.txt\nsay failed '\"code\":\"Internal\",\"message\":\"\",\"hint\":\"\"'\n");
  const Job job = scheduler->wait(scheduler->submit(rentals_spec(), "alice").id, kLongS);
  const std::string environment = read_file(scheduler->folder(job) / "env.txt");
  EXPECT_THAT(environment, HasSubstr("OMP_WAIT_POLICY=passive"));
  EXPECT_THAT(environment, testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace tarn::jobs
