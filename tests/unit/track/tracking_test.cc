#include "track/tracking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

#include "base/error.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::track {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using TrackedRun = Run;  // inside a fixture, Run is one of GoogleTest's

template <typename F>
Error error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return Error(Code::kInternal, "none");
}

class TickingClock : public Clock {
 public:
  Micros now() const override { return time++; }
  mutable Micros time = 1'000'000;
};

class TrackingTest : public ::testing::Test {
 protected:
  TrackedRun new_run(const std::string& name = "r") {
    return tracking_.create_run(
        {.experiment_id = experiment_.id, .id = {}, .name = name, .user = "alice"});
  }

  TemporaryFolder home_;
  TickingClock clock_;
  std::unique_ptr<meta::Store> store_ = meta::Store::open(test_store(home_ / "tarn.db"));
  std::string workspace_ = meta::ensure_workspace(*store_, "main");
  Tracking tracking_{*store_, workspace_, home_ / "lake/artifacts", clock_};
  Experiment experiment_ = tracking_.create_experiment("bikes", {{"team", "lab"}});
};

// -- Experiments

TEST_F(TrackingTest, AnExperimentIsFoundByIdAndByName) {
  EXPECT_EQ(experiment_.name, "bikes");
  EXPECT_EQ(experiment_.artifact_location, "artifacts/" + experiment_.id);
  EXPECT_EQ(experiment_.tags.at("team"), "lab");
  EXPECT_EQ(tracking_.experiment(experiment_.id).name, "bikes");
  EXPECT_EQ(tracking_.find_experiment("bikes")->id, experiment_.id);
  EXPECT_FALSE(tracking_.find_experiment("Bikes"));
  EXPECT_EQ(tracking_.resolve_experiment("bikes").id, experiment_.id);
  EXPECT_EQ(tracking_.resolve_experiment(experiment_.id).id, experiment_.id);
  EXPECT_EQ(tracking_.ensure_experiment("bikes").id, experiment_.id);
  EXPECT_NE(tracking_.ensure_experiment("others").id, experiment_.id);
  const Error error = error_of([&] { tracking_.resolve_experiment("bikse"); });
  EXPECT_EQ(error.code(), Code::kNotFound);
  EXPECT_EQ(error.hint(), "Did you mean 'bikes'?");
  EXPECT_EQ(error_of([&] { tracking_.experiment("none"); }).code(), Code::kNotFound);
  EXPECT_EQ(error_of([&] { tracking_.create_experiment("bikes"); }).code(), Code::kAlreadyExists);
}

TEST_F(TrackingTest, TheDefaultExperimentIsThereWhenAskedFor) {
  EXPECT_EQ(tracking_.experiment("0").name, "Default");
  EXPECT_EQ(tracking_.resolve_experiment("Default").id, "0");
  EXPECT_EQ(tracking_.create_run({}).experiment_id, "0");
  EXPECT_EQ(error_of([&] { tracking_.delete_experiment("0"); }).code(), Code::kInvalidArgument);
}

TEST_F(TrackingTest, EnsureExperimentByManyThreadsMakesOne) {
  std::vector<std::string> ids(8);
  std::vector<std::thread> threads;
  for (std::string& id : ids)
    threads.emplace_back([&] { id = tracking_.ensure_experiment("shared").id; });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& id : ids) EXPECT_EQ(id, ids.front());
}

TEST_F(TrackingTest, ARenameBasedOnAnOldStateIsAConflict) {
  const std::string etag = experiment_.etag;
  const Experiment renamed = tracking_.rename_experiment(experiment_.id, "cycles", etag);
  EXPECT_EQ(renamed.name, "cycles");
  EXPECT_NE(renamed.etag, etag);
  EXPECT_EQ(error_of([&] { tracking_.rename_experiment(experiment_.id, "wheels", etag); }).code(),
            Code::kConflict);
  tracking_.create_experiment("taken");
  EXPECT_EQ(error_of([&] { tracking_.rename_experiment(experiment_.id, "taken"); }).code(),
            Code::kAlreadyExists);
}

TEST_F(TrackingTest, DeletedExperimentsTakeTheirRunsAndGiveThemBack) {
  const TrackedRun kept = new_run();
  const TrackedRun gone = new_run();
  tracking_.delete_run(gone.id);
  tracking_.delete_experiment(experiment_.id);
  EXPECT_EQ(tracking_.experiment(experiment_.id).stage, Stage::kDeleted);
  EXPECT_EQ(tracking_.run(kept.id).stage, Stage::kDeleted);
  EXPECT_EQ(error_of([&] { new_run(); }).code(), Code::kConflict);
  EXPECT_EQ(error_of([&] { tracking_.log(kept.id, {}); }).code(), Code::kConflict);
  EXPECT_EQ(error_of([&] { tracking_.ensure_experiment("bikes"); }).code(), Code::kConflict);
  EXPECT_EQ(error_of([&] { tracking_.restore_run(kept.id); }).code(), Code::kConflict);
  EXPECT_TRUE(tracking_.experiments(Show::kActive).items.empty());
  EXPECT_EQ(tracking_.experiments(Show::kDeleted).items.size(), 1u);
  tracking_.restore_experiment(experiment_.id);
  EXPECT_EQ(tracking_.run(kept.id).stage, Stage::kActive);
  EXPECT_EQ(tracking_.run(gone.id).stage, Stage::kDeleted);
  tracking_.restore_run(gone.id);
  EXPECT_EQ(tracking_.run(gone.id).stage, Stage::kActive);
}

// -- Runs

TEST_F(TrackingTest, ARunHasMlflowsShape) {
  const TrackedRun run = new_run("first");
  EXPECT_EQ(run.id.size(), 32u);
  EXPECT_EQ(run.status, RunStatus::kRunning);
  EXPECT_EQ(run.artifact_uri, "artifacts/" + experiment_.id + "/" + run.id + "/artifacts");
  EXPECT_EQ(tracking_.artifact_folder(run),
            home_ / "lake/artifacts" / experiment_.id / run.id / "artifacts");
  EXPECT_EQ(run.tags.at("mlflow.runName"), "first");
  EXPECT_EQ(run.tags.at("mlflow.user"), "alice");
  EXPECT_FALSE(run.end_time);
  EXPECT_EQ(tracking_.find_run(experiment_.id, "first")->id, run.id);
  EXPECT_FALSE(tracking_.find_run(experiment_.id, "second"));
  EXPECT_EQ(error_of([&] { tracking_.run(std::string(32, 'a')); }).code(), Code::kNotFound);
}

TEST_F(TrackingTest, ChildrenAreFoundByTheirParentWhicheverWayItWasNamed) {
  const TrackedRun parent = new_run("parent");
  const TrackedRun by_field = tracking_.create_run(
      {.experiment_id = experiment_.id, .id = {}, .name = {}, .user = {}, .parent_id = parent.id});
  RunSpec tagged{.experiment_id = experiment_.id, .id = {}, .name = {}, .user = {}};
  tagged.tags["mlflow.parentRunId"] = parent.id;
  const TrackedRun by_tag = tracking_.create_run(tagged);
  const TrackedRun later = new_run();
  tracking_.log(later.id,
                {.metrics = {}, .params = {}, .tags = {{"mlflow.parentRunId", parent.id}}});
  EXPECT_EQ(by_field.tags.at("mlflow.parentRunId"), parent.id);
  RunFilter filter;
  filter.parent_id = parent.id;
  filter.newest_first = false;
  std::vector<std::string> ids;
  for (const TrackedRun& child : tracking_.runs(filter).items) ids.push_back(child.id);
  EXPECT_THAT(ids, ElementsAre(by_field.id, by_tag.id, later.id));
  EXPECT_TRUE(tracking_.remove_tag(by_tag.id, "mlflow.parentRunId"));
  EXPECT_EQ(tracking_.runs(filter).items.size(), 2u);
  EXPECT_FALSE(tracking_.remove_tag(by_tag.id, "mlflow.parentRunId"));
}

TEST_F(TrackingTest, CreatingTheSameRunTwiceIsCreatingItOnce) {
  const std::string id(32, 'a');
  const RunSpec spec{.experiment_id = experiment_.id, .id = id, .name = "n", .user = {}};
  EXPECT_EQ(tracking_.create_run(spec).start_time, tracking_.create_run(spec).start_time);
  EXPECT_EQ(error_of([&] {
              tracking_.create_run({.experiment_id = "0", .id = id, .name = {}, .user = {}});
            }).code(),
            Code::kAlreadyExists);
  for (const std::string& bad :
       {std::string(31, 'a'), std::string(33, 'a'), std::string(32, 'A'), std::string(32, '/')}) {
    EXPECT_EQ(error_of([&] {
                tracking_.create_run({.experiment_id = "0", .id = bad, .name = {}, .user = {}});
              }).code(),
              Code::kInvalidArgument);
  }
  EXPECT_EQ(error_of([&] {
              tracking_.create_run({.experiment_id = "none", .id = {}, .name = {}, .user = {}});
            }).code(),
            Code::kNotFound);
}

TEST_F(TrackingTest, AnEndedRunStaysEndedUntilItIsResumed) {
  const TrackedRun run = new_run();
  tracking_.end_run(run.id, RunStatus::kKilled, 77);
  tracking_.end_run(run.id, RunStatus::kFinished, 99);
  EXPECT_EQ(tracking_.run(run.id).status, RunStatus::kKilled);
  EXPECT_EQ(tracking_.run(run.id).end_time, 77);
  EXPECT_EQ(error_of([&] { tracking_.end_run(run.id, RunStatus::kRunning); }).code(),
            Code::kInvalidArgument);
  tracking_.resume_run(run.id);
  EXPECT_EQ(tracking_.run(run.id).status, RunStatus::kRunning);
  EXPECT_FALSE(tracking_.run(run.id).end_time);
  tracking_.end_run(run.id, RunStatus::kFinished);
  EXPECT_TRUE(tracking_.run(run.id).end_time);
}

TEST_F(TrackingTest, StatusNamesAreMlflows) {
  for (const char* name : {"RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"}) {
    EXPECT_EQ(name_of(parse_run_status(name)), name);
  }
  EXPECT_EQ(error_of([] { parse_run_status("finished"); }).code(), Code::kInvalidArgument);
}

// -- Logging

TEST_F(TrackingTest, ABatchIsLoggedWhole) {
  const TrackedRun run = new_run();
  Batch batch;
  batch.metrics = {{"rmse", 3.5, 10, 0}, {"rmse", 2.5, 11, 1}, {"r2", 0.9, 10, 0}};
  batch.params = {{"depth", "6"}};
  batch.tags = {{"note", "x"}, {"mlflow.runName", "better"}};
  batch.status = RunStatus::kFinished;
  tracking_.log(run.id, batch);
  const TrackedRun read = tracking_.run(run.id);
  EXPECT_EQ(read.metrics.at("rmse").value, 2.5);
  EXPECT_EQ(read.metrics.at("rmse").step, 1);
  EXPECT_EQ(read.metrics.at("r2").value, 0.9);
  EXPECT_EQ(read.params.at("depth"), "6");
  EXPECT_EQ(read.tags.at("note"), "x");
  EXPECT_EQ(read.name, "better");
  EXPECT_EQ(read.status, RunStatus::kFinished);
  EXPECT_NE(read.etag, run.etag);
}

TEST_F(TrackingTest, ABatchThatFailsLeavesNoTrace) {
  const TrackedRun run = new_run();
  tracking_.log(run.id, {.metrics = {}, .params = {{"p", "1"}}, .tags = {}});
  Batch batch;
  batch.metrics = {{"m", 1, 0, 0}};
  batch.tags = {{"t", "1"}};
  batch.params = {{"q", "1"}, {"p", "2"}};
  const Error error = error_of([&] { tracking_.log(run.id, 5, batch); });
  EXPECT_EQ(error.code(), Code::kInvalidArgument);
  EXPECT_NE(error.message().find("Param with key='p' was already logged with value='1'"),
            std::string::npos);
  const TrackedRun read = tracking_.run(run.id);
  EXPECT_TRUE(read.metrics.empty());
  EXPECT_EQ(read.tags.count("t"), 0u);
  EXPECT_EQ(read.params.size(), 1u);
  EXPECT_EQ(read.last_sequence, 0);
  tracking_.log(run.id, {.metrics = {}, .params = {{"p", "1"}}, .tags = {}});
}

TEST_F(TrackingTest, TheLatestPointIsTheGreatestWhateverTheOrderOfArrival) {
  const TrackedRun run = new_run();
  const auto latest = [&](Metric metric) {
    tracking_.log(run.id, {.metrics = {metric}, .params = {}, .tags = {}});
    return tracking_.run(run.id).metrics.at("m").value;
  };
  EXPECT_EQ(latest({"m", 1, 10, 5}), 1);
  EXPECT_EQ(latest({"m", 2, 99, 4}), 1);  // an earlier step
  EXPECT_EQ(latest({"m", 3, 9, 5}), 1);   // an earlier time
  EXPECT_EQ(latest({"m", 0, 10, 5}), 1);  // a lesser value
  EXPECT_EQ(latest({"m", 4, 10, 5}), 4);
  EXPECT_EQ(latest({"m", -1, 11, 5}), -1);
  EXPECT_EQ(latest({"m", -2, 0, 6}), -2);
  EXPECT_EQ(tracking_.metric_history(run.id, "m").items.size(), 7u);
}

TEST_F(TrackingTest, NanAndInfinityAreKept) {
  const TrackedRun run = new_run();
  const double infinity = std::numeric_limits<double>::infinity();
  tracking_.log(
      run.id,
      {.metrics = {{"nan", std::nan(""), 0, 0}, {"up", infinity, 0, 0}, {"down", -infinity, 0, 0}},
       .params = {},
       .tags = {}});
  const TrackedRun read = tracking_.run(run.id);
  EXPECT_TRUE(std::isnan(read.metrics.at("nan").value));
  EXPECT_EQ(read.metrics.at("up").value, infinity);
  EXPECT_EQ(read.metrics.at("down").value, -infinity);
  EXPECT_TRUE(std::isnan(tracking_.metric_history(run.id, "nan").items.at(0).value));
}

TEST_F(TrackingTest, AJournalMayBeReplayedFromAnyPoint) {
  const TrackedRun run = new_run();
  const auto event = [&](std::int64_t sequence) {
    Batch batch;
    batch.metrics = {{"m", static_cast<double>(sequence), sequence, sequence}};
    if (sequence == 5) batch.status = RunStatus::kFinished;
    return tracking_.log(run.id, sequence, batch);
  };
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(event(i));
  for (int i = 1; i <= 3; ++i) EXPECT_FALSE(event(i));
  const std::string etag = tracking_.run(run.id).etag;
  EXPECT_FALSE(event(2));
  EXPECT_EQ(tracking_.run(run.id).etag, etag);
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(event(i), i > 3);
  EXPECT_EQ(tracking_.metric_history(run.id, "m").items.size(), 5u);
  EXPECT_EQ(tracking_.run(run.id).last_sequence, 5);
  EXPECT_EQ(tracking_.run(run.id).status, RunStatus::kFinished);
  tracking_.log(run.id, {.metrics = {}, .params = {}, .tags = {{"unnumbered", "1"}}});
  EXPECT_EQ(tracking_.run(run.id).last_sequence, 5);
}

TEST_F(TrackingTest, EightThreadsLogToOneRun) {
  const TrackedRun run = new_run();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        tracking_.log(run.id, {.metrics = {{"m", 1.0 * t, t, i}}, .params = {}, .tags = {}});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tracking_.metric_history(run.id, "m", {.size = 1000, .token = {}}).items.size(), 160u);
  EXPECT_EQ(tracking_.run(run.id).metrics.at("m").step, 19);
}

TEST_F(TrackingTest, LinksSayWhatARunReadAndMade) {
  const TrackedRun run = new_run();
  const Link table{Link::Relation::kInput, "table", "default.dbo.bike_data", "3"};
  const Link model{Link::Relation::kOutput, "model", "rental-prediction-model", "1"};
  tracking_.link(run.id, model);
  tracking_.link(run.id, table);
  tracking_.link(run.id, table);
  EXPECT_THAT(tracking_.links(run.id).items, ElementsAre(table, model));
  const auto first = tracking_.links(run.id, {.size = 1, .token = {}});
  EXPECT_THAT(first.items, ElementsAre(table));
  EXPECT_THAT(tracking_.links(run.id, {.size = 1, .token = first.next_token}).items,
              ElementsAre(model));
  EXPECT_EQ(error_of([&] {
              tracking_.link(run.id, {Link::Relation::kInput, "", "x", ""});
            }).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(error_of([&] { tracking_.link(std::string(32, 'f'), table); }).code(), Code::kNotFound);
}

// -- Limits and pages

TEST_F(TrackingTest, LimitsHoldAtTheLimitAndOnePastIt) {
  const TrackedRun run = new_run();
  const auto logged = [&](const Batch& batch) {
    try {
      tracking_.log(run.id, batch);
    } catch (const Error& error) {
      return std::string(name_of(error.code()));
    }
    return std::string("ok");
  };
  const auto text = [](std::size_t characters) {
    std::string result;
    for (std::size_t i = 0; i < characters; ++i) result += "ü";  // two bytes, one character
    return result;
  };
  const auto param = [](std::string key, std::string value) {
    return Batch{.metrics = {}, .params = {{std::move(key), std::move(value)}}, .tags = {}};
  };
  const auto tag = [](std::string key, std::string value) {
    return Batch{.metrics = {}, .params = {}, .tags = {{std::move(key), std::move(value)}}};
  };
  EXPECT_EQ(logged(param(text(kKeyCharactersMax), "v")), "ok");
  EXPECT_EQ(logged(param(text(kKeyCharactersMax + 1), "v")), "TooLarge");
  EXPECT_EQ(logged(param("p", text(kParamValueCharactersMax))), "ok");
  EXPECT_EQ(logged(param("q", text(kParamValueCharactersMax + 1))), "TooLarge");
  EXPECT_EQ(logged(tag("t", text(kTagValueCharactersMax))), "ok");
  EXPECT_EQ(logged(tag("t", text(kTagValueCharactersMax + 1))), "TooLarge");
  EXPECT_EQ(logged(tag("mlflow.runName", text(kRunNameCharactersMax))), "ok");
  EXPECT_EQ(logged(tag("mlflow.runName", text(kRunNameCharactersMax + 1))), "TooLarge");
  EXPECT_EQ(logged(tag("mlflow.parentRunId", "elsewhere")), "InvalidArgument");

  Batch batch;
  for (std::size_t i = 0; i < kBatchItemsMax; ++i)
    batch.metrics.push_back({"m", 1, 0, static_cast<std::int64_t>(i)});
  EXPECT_EQ(logged(batch), "ok");
  batch.metrics.push_back({"m", 1, 0, -1});
  EXPECT_EQ(logged(batch), "TooLarge");
  batch = {};
  for (std::size_t i = 0; i < kBatchParamsMax; ++i)
    batch.params.emplace_back("p" + std::to_string(i), "");
  EXPECT_EQ(logged(batch), "ok");
  batch.params.emplace_back("one more", "");
  EXPECT_EQ(logged(batch), "TooLarge");
  batch = {};
  for (std::size_t i = 0; i < kBatchTagsMax; ++i)
    batch.tags.emplace_back("t" + std::to_string(i), "");
  EXPECT_EQ(logged(batch), "ok");
  batch.tags.emplace_back("one more", "");
  EXPECT_EQ(logged(batch), "TooLarge");

  tracking_.create_experiment(text(kExperimentNameCharactersMax));
  EXPECT_EQ(
      error_of([&] { tracking_.create_experiment(text(kExperimentNameCharactersMax + 1)); }).code(),
      Code::kTooLarge);
  EXPECT_EQ(error_of([&] { tracking_.create_experiment("  "); }).code(), Code::kInvalidArgument);
  tracking_.set_experiment_tag(experiment_.id, "k", text(kExperimentTagValueCharactersMax));
  EXPECT_EQ(error_of([&] {
              tracking_.set_experiment_tag(experiment_.id, "k",
                                           text(kExperimentTagValueCharactersMax + 1));
            }).code(),
            Code::kTooLarge);
}

TEST_F(TrackingTest, KeysAreCleanPaths) {
  const TrackedRun run = new_run();
  const auto log_key = [&](const std::string& key) {
    tracking_.log(run.id, {.metrics = {{key, 1, 0, 0}}, .params = {}, .tags = {}});
  };
  for (const char* good : {"rmse", "val/rmse", "a b", "a.b-c_d:e", "größe", "...", "a/.b"})
    log_key(good);
  using namespace std::string_literals;
  for (const std::string& bad : {""s, "/a"s, "a/"s, "a//b"s, "."s, ".."s, "a/../b"s, "a\\b"s,
                                 "a\nb"s, "a%2e"s, "a\0b"s, "\xff"s, "a;b"s, "a?b"s}) {
    EXPECT_EQ(error_of([&] { log_key(bad); }).code(), Code::kInvalidArgument) << bad;
  }
}

TEST_F(TrackingTest, RunsComeInPagesWithoutGapsOrRepeats) {
  for (int i = 0; i < 5; ++i) new_run("run" + std::to_string(i));
  for (const bool newest_first : {true, false}) {
    RunFilter filter;
    filter.experiment_id = experiment_.id;
    filter.newest_first = newest_first;
    std::vector<std::string> names;
    meta::Page page{.size = 2, .token = {}};
    do {
      const auto part = tracking_.runs(filter, page);
      for (const TrackedRun& run : part.items) names.push_back(run.name);
      page.token = part.next_token;
    } while (!page.token.empty());
    if (newest_first) {
      EXPECT_THAT(names, ElementsAre("run4", "run3", "run2", "run1", "run0"));
    } else {
      EXPECT_THAT(names, ElementsAre("run0", "run1", "run2", "run3", "run4"));
    }
  }
  EXPECT_EQ(tracking_.runs({}, {.size = 5, .token = {}}).next_token, "");
  EXPECT_NE(tracking_.runs({}, {.size = 4, .token = {}}).next_token, "");
  EXPECT_EQ(tracking_.runs({}, {.size = kRunPageMax, .token = {}}).items.size(), 5u);
  EXPECT_EQ(error_of([&] { tracking_.runs({}, {.size = kRunPageMax + 1, .token = {}}); }).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(error_of([&] { tracking_.runs({}, {.size = 0, .token = {}}); }).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(error_of([&] { tracking_.runs({}, {.size = 2, .token = "nonsense"}); }).code(),
            Code::kInvalidArgument);
}

TEST_F(TrackingTest, RunsAreFilteredByStatusAndStage) {
  const TrackedRun done = new_run("done");
  const TrackedRun gone = new_run("gone");
  new_run("going");
  tracking_.end_run(done.id, RunStatus::kFinished);
  tracking_.delete_run(gone.id);
  RunFilter filter;
  filter.status = RunStatus::kFinished;
  EXPECT_EQ(tracking_.runs(filter).items.size(), 1u);
  filter.status.reset();
  EXPECT_EQ(tracking_.runs(filter).items.size(), 2u);
  filter.show = Show::kDeleted;
  EXPECT_EQ(tracking_.runs(filter).items.at(0).name, "gone");
  filter.show = Show::kAll;
  EXPECT_EQ(tracking_.runs(filter).items.size(), 3u);
}

TEST_F(TrackingTest, ExperimentsAndMetricHistoriesComeInPages) {
  for (const char* name : {"b", "c"}) tracking_.create_experiment(name);
  const auto first = tracking_.experiments(Show::kAll, {.size = 2, .token = {}});
  ASSERT_EQ(first.items.size(), 2u);
  EXPECT_EQ(first.items[0].name, "c");
  const auto second = tracking_.experiments(Show::kAll, {.size = 2, .token = first.next_token});
  ASSERT_EQ(second.items.size(), 1u);
  EXPECT_EQ(second.items[0].name, "bikes");
  EXPECT_EQ(second.next_token, "");

  const TrackedRun run = new_run();
  Batch batch;
  const double infinity = std::numeric_limits<double>::infinity();
  batch.metrics = {{"m", -infinity, 5, -1},
                   {"m", 0.1, 5, 0},
                   {"m", 1.0 / 3, 5, 0},
                   {"m", std::nan(""), 6, 0},
                   {"m", 4, 5, 1}};
  tracking_.log(run.id, batch);
  std::vector<std::int64_t> steps;
  meta::Page page{.size = 1, .token = {}};
  do {
    const auto part = tracking_.metric_history(run.id, "m", page);
    for (const Metric& metric : part.items) steps.push_back(metric.step);
    page.token = part.next_token;
  } while (!page.token.empty());
  EXPECT_THAT(steps, ElementsAre(-1, 0, 0, 0, 1));
  EXPECT_TRUE(tracking_.metric_history(run.id, "unknown").items.empty());
  EXPECT_EQ(error_of([&] { tracking_.metric_history(std::string(32, 'f'), "m"); }).code(),
            Code::kNotFound);
  EXPECT_EQ(error_of([&] {
              tracking_.metric_history(run.id, "m", {.size = kMetricPageMax + 1, .token = {}});
            }).code(),
            Code::kInvalidArgument);
}

TEST_F(TrackingTest, WorkspacesDoNotSeeEachOther) {
  const TrackedRun run = new_run();
  Tracking other(*store_, meta::ensure_workspace(*store_, "other"), home_.path());
  EXPECT_FALSE(other.find_experiment("bikes"));
  EXPECT_EQ(error_of([&] { other.run(run.id); }).code(), Code::kNotFound);
  EXPECT_TRUE(other.runs({}).items.empty());
  other.create_experiment("bikes");
}

TEST_F(TrackingTest, ListsUseIndexes) {
  if (on_postgres()) GTEST_SKIP() << "SQLite's plans";
  // A list of runs must not become a scan of all runs, whatever it is filtered by.
  for (const char* condition : {"", "AND experiment_id = 'e'", "AND parent_run_id = 'p'"}) {
    const std::string sql =
        std::string("EXPLAIN QUERY PLAN SELECT run_id FROM runs WHERE workspace_id = 'w' ") +
        condition +
        " AND (start_time, run_id) < (5, 'r') ORDER BY start_time DESC, run_id DESC LIMIT 10";
    std::string plan;
    store_->read([&](meta::Transaction& tx) {
      for (const meta::Row& row : tx.query(sql)) plan += row.text(3) + "; ";
    });
    EXPECT_THAT(plan, HasSubstr("start_time")) << plan;
    EXPECT_THAT(plan, testing::Not(HasSubstr("TEMP B-TREE"))) << plan;
  }
}

}  // namespace
}  // namespace tarn::track
