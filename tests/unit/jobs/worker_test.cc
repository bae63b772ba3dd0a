#include "jobs/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "base/json.h"
#include "base/yaml.h"
#include "detail/automl_worker.h"
#include "detail/job_file.h"
#include "detail/resumption.h"
#include "home.h"
#include "jobs/journal.h"
#include "onnx/scorer.h"

namespace tarn::jobs {
namespace {

using testing::Contains;
using testing::HasSubstr;

// 150 days: a season, a temperature and rentals that follow them.
std::string days() {
  std::string csv = "day,season,temp,holiday,rentals\n";
  for (int i = 0; i < 150; ++i) {
    const double temp = std::sin(i / 20.0);
    const char* season = i % 4 == 0   ? "winter"
                         : i % 4 == 1 ? "spring"
                         : i % 4 == 2 ? "summer"
                                      : "autumn";
    csv += "2024-01-" + std::to_string(1 + i % 28) + "," + season + "," + std::to_string(temp) +
           "," + (i % 7 == 0 ? "true" : "false") + "," +
           std::to_string(500 + std::lround(300 * temp) + 40 * (i % 4)) + "\n";
  }
  return csv;
}

class Worker : public testing::Test {
 protected:
  Worker() { home_.lake.put(lake::parse_path("files/days.csv"), days()); }

  std::filesystem::path make_job(const std::string& name, AutoMlSpec spec) {
    detail::JobFile job;
    job.job_id = job.job_name = name;
    job.run_id = "0123456789abcdef0123456789abcdef";
    job.code_version = "0.1.0";
    spec.training_data.path = "files/days.csv";
    job.data = detail::resolve(spec.training_data, home_.catalog);
    job.spec = std::move(spec);
    const auto file = home_.folder.path() / name / detail::kJobFile;
    write_file(file, detail::to_json(job));
    return file;
  }

  static AutoMlSpec spec(int trials) {
    AutoMlSpec spec = rentals_spec();
    spec.max_trials = trials;
    spec.n_cross_validations = 3;
    spec.allowed_training_algorithms = {ml::Algorithm::kElasticNet, ml::Algorithm::kKnn,
                                        ml::Algorithm::kLightGbm};
    spec.description = "Rentals of a day";
    return spec;
  }

  static int run(const std::filesystem::path& job, double seconds) {
    const Micros deadline = Clock::system().now() + static_cast<Micros>(seconds * 1e6);
    const std::vector<std::string> arguments = {"--job", job.string(), "--deadline",
                                                std::to_string(deadline)};
    return worker_main(arguments);
  }

  static std::vector<Event> journal(const std::filesystem::path& job) {
    return read_journal(job.parent_path() / detail::kJournalFile, 0, 0).events;
  }

  static std::vector<std::string> kinds(const std::filesystem::path& job) {
    std::vector<std::string> result;
    for (const Event& event : journal(job)) result.push_back(event.kind);
    return result;
  }

  Home home_;
};

TEST_F(Worker, TrainsFromItsJobFileToAModelFolder) {
  const auto job = make_job("job", spec(4));
  ASSERT_EQ(run(job, 120), 0);
  const std::vector<Event> events = journal(job);
  EXPECT_EQ(events.front().kind, "worker");
  EXPECT_EQ(events.back().kind, "finished");
  EXPECT_THAT(kinds(job), Contains("best"));
  EXPECT_EQ(Json::parse(events[1].body)["rows"], 150);

  const Json finished = Json::parse(events.back().body);
  EXPECT_EQ(finished["ended_by"], "trials");
  EXPECT_LE(finished["difference_max"].get<double>(), 1e-5);
  EXPECT_GT(finished["score"].get<double>(), 0.8);
  EXPECT_TRUE(finished["metrics"].contains("root_mean_squared_error"));

  const auto folder = job.parent_path() / finished["folder"].get<std::string>();
  for (const char* name : {"conda.yaml", "python_env.yaml", "requirements.txt"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
  const Yaml mlmodel = Yaml::parse(read_file(folder / "MLmodel"), "MLmodel");
  EXPECT_EQ(mlmodel.find("run_id")->as_string(), finished["run_id"].get<std::string>());
  EXPECT_EQ(mlmodel.find("flavors")->find("python_function")->find("loader_module")->as_string(),
            "mlflow.onnx");
  const Json inputs = parse_json(mlmodel.find("signature")->find("inputs")->as_string());
  const auto scorer = onnx::Scorer::load(read_file(folder / "model.onnx"));
  ASSERT_EQ(inputs.size(), scorer->inputs().size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    EXPECT_EQ(inputs[i]["name"], scorer->inputs()[i].name);
  EXPECT_EQ(scorer->outputs()[0].name, "variable_out1");
  const std::string card = read_file(folder / "model_card.md");
  EXPECT_THAT(card, HasSubstr("Rentals of a day"));
  EXPECT_THAT(card, HasSubstr("| season | string |"));
}

TEST_F(Worker, SameSeedSameModelWhateverTheConcurrency) {
  AutoMlSpec two = spec(5);
  two.max_concurrent_trials = 2;
  const auto first = make_job("first", spec(5));
  const auto second = make_job("second", two);
  ASSERT_EQ(run(first, 120), 0);
  ASSERT_EQ(run(second, 120), 0);
  EXPECT_EQ(Json::parse(journal(first).back().body)["sha256"],
            Json::parse(journal(second).back().body)["sha256"]);
}

// A deadline may cut off a trial that the search had given the next number, which the ensemble then
// has.
TEST_F(Worker, EnsembleIsATrialOfItsOwn) {
  const auto file = make_job("job", spec(4));
  JournalWriter writer(file.parent_path() / detail::kJournalFile);
  detail::AutoMlWorker worker(detail::read_job_file(file), file.parent_path(), writer, 0);
  ml::TrialResult cut;
  cut.info.index = 3;
  cut.info.algorithm = "ExtremeRandomTrees";
  worker.on_trial_started(cut.info);
  ml::TrialResult ensemble;
  ensemble.info.index = 3;
  ensemble.info.algorithm = "VotingEnsemble";
  worker.on_ensemble(ensemble);
  const std::vector<Event> events = journal(file);
  ASSERT_EQ(events.size(), 4u);
  const Json first = Json::parse(events[0].body), second = Json::parse(events[1].body),
             third = Json::parse(events[2].body);
  EXPECT_EQ(first["trial"], 3);
  EXPECT_EQ(second["trial"], 4);
  EXPECT_NE(first["run_id"], second["run_id"]);
  EXPECT_EQ(second["run_id"], third["run_id"]);
}

// A journal as a worker leaves it that dies after some trials, with their records.
TEST_F(Worker, GoesOnWhereAnotherDied) {
  const auto whole = make_job("whole", spec(5));
  ASSERT_EQ(run(whole, 120), 0);
  const auto cut = make_job("cut", spec(5));
  std::string lines;
  int finished = 0;
  std::istringstream journal_text(read_file(whole.parent_path() / detail::kJournalFile));
  for (std::string line; std::getline(journal_text, line) && finished < 3;) {
    lines += line + "\n";
    finished += line.find("\"trial_finished\"") != std::string::npos;
  }
  write_file(cut.parent_path() / detail::kJournalFile, lines + "{\"torn");
  std::filesystem::copy(whole.parent_path() / detail::kTrialsFolder,
                        cut.parent_path() / detail::kTrialsFolder);
  EXPECT_TRUE(detail::last_worker_got_further(cut.parent_path()));
  const auto before = journal(cut).size();
  ASSERT_EQ(run(cut, 120), 0);
  std::map<int, std::set<std::string>> runs;
  int started_again = 0;
  const std::vector<Event> events = journal(cut);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].kind != "trial_started") continue;
    const Json body = Json::parse(events[i].body);
    runs[body["trial"].get<int>()].insert(body["run_id"].get<std::string>());
    started_again += i >= before && body["trial"] < 3;
  }
  EXPECT_EQ(started_again, 0);
  for (const auto& [trial, ids] : runs) EXPECT_EQ(ids.size(), 1u) << trial;
  EXPECT_EQ(Json::parse(events.back().body)["sha256"],
            Json::parse(journal(whole).back().body)["sha256"]);
}

TEST_F(Worker, ChartsLieAmongTheArtifacts) {
  const auto job = make_job("job", spec(2));
  ASSERT_EQ(run(job, 120), 0);
  const Json finished = Json::parse(journal(job).back().body);
  int trials = 0;
  for (const Event& event : journal(job)) {
    if (event.kind != "trial_finished") continue;
    ++trials;
    const auto folder = job.parent_path().parent_path() /
                        Json::parse(event.body)["run_id"].get<std::string>() / "artifacts";
    const Json residuals = Json::parse(read_file(folder / "residuals"));
    EXPECT_EQ(residuals["schema_type"], "residuals");
    EXPECT_EQ(residuals["data"]["bin_edges"].size(), residuals["data"]["bin_counts"].size() + 1);
    const Json predicted = Json::parse(read_file(folder / "predicted_true"));
    EXPECT_EQ(predicted["schema_type"], "predictions");
    EXPECT_EQ(predicted["data"]["bin_averages"].size(), predicted["data"]["bin_counts"].size());
  }
  EXPECT_EQ(trials, 4);  // and two ensembles
  const Json importance = Json::parse(
      read_file(job.parent_path().parent_path() / finished["run_id"].get<std::string>() /
                "artifacts" / "permutation_importance.json"));
  EXPECT_EQ(importance["metric"], "spearman_correlation");
  EXPECT_EQ(importance["importances"].size(), 4u);
}

TEST_F(Worker, EndsAtItsExitScore) {
  AutoMlSpec easy = spec(50);
  easy.exit_score = 0.1;
  const auto job = make_job("job", easy);
  ASSERT_EQ(run(job, 120), 0);
  EXPECT_EQ(Json::parse(journal(job).back().body)["ended_by"], "exit score");
  EXPECT_TRUE(std::filesystem::exists(
      job.parent_path() / Json::parse(journal(job).back().body)["folder"].get<std::string>() /
      "model.onnx"));
}

TEST_F(Worker, SaysWhyItFailed) {
  AutoMlSpec wrong = spec(2);
  wrong.target_column_name = "season";
  const auto job = make_job("job", wrong);
  EXPECT_EQ(run(job, 60), 1);
  EXPECT_EQ(journal(job).back().kind, "failed");
  const Json said = Json::parse(journal(job).back().body);
  EXPECT_EQ(said["message"], "The target of a regression must be a number: season is string.");
  EXPECT_EQ(said["hint"], "Choose another target, or cast the column to a number.");
}

TEST_F(Worker, HasNoTimeLeft) {
  const auto job = make_job("job", spec(2));
  EXPECT_EQ(run(job, 0.001), 1);
  EXPECT_EQ(Json::parse(journal(job).back().body)["code"], "DeadlineExceeded");
}

TEST_F(Worker, LeavesAJobThatAnotherHas) {
  const auto job = make_job("job", spec(2));
  const auto lock =
      FileLock::acquire(job.parent_path() / detail::kLockFile, FileLock::Mode::kExclusive, 0);
  EXPECT_EQ(run(job, 60), 75);
  EXPECT_TRUE(journal(job).empty());
}

TEST_F(Worker, RefusesWrongArguments) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {}, {"--job"}, {"--job", "x"}, {"--job", "x", "--deadline", "soon"}, {"--what", "x"}}) {
    EXPECT_EQ(worker_main(arguments), 64);
  }
}

}  // namespace
}  // namespace tarn::jobs
