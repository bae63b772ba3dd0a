#pragma once
// The threads of one call of train(): they take trials in order, run them, and keep the best so
// far.

#include <atomic>
#include <condition_variable>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "detail/early_termination.h"
#include "detail/ensemble.h"
#include "detail/search.h"
#include "detail/trial.h"
#include "detail/trial_record.h"
#include "ml/regression.h"

namespace tarn::ml::detail {

class TrainingRun {
 public:
  TrainingRun(const Settings& settings, Micros started_us, const Validation& validation,
              std::vector<Algorithm> algorithms, std::vector<ModelInput> inputs,
              TrialListener& listener, const CancelToken& cancel);

  /// Runs all trials, then chooses and fits the model. Called once.
  TrainResult run();

 private:
  struct Slot {
    enum class State { kRunning, kSucceeded, kFailed, kEndedEarly, kCut } state = State::kRunning;
    TrialResult result;
    TrialOutcome outcome;
    Micros fit_us = 0;  // of one fit, on average over the folds
  };

  void work();
  bool next_trial(int& index, Configuration& configuration, Bar& bar);
  Bar bar_for(int index) const;
  void run_one(int index, const Configuration& configuration, const Bar& bar);
  Slot try_one(int index, const Configuration& configuration, const Bar& bar);
  bool take_record(int index, const Configuration& configuration);
  void complete(Slot& slot) const;
  void tell(const Slot& slot);
  void finish(Slot done);
  void announce_if_best(int index);
  std::optional<PipelineMember> best_member(const TrialOutcome& outcome, bool needed);
  void update_limit();
  void update_deadline();
  int finished_prefix() const;
  void fail(const std::exception_ptr& error);

  // When the search is over (conclusion.cc).
  struct Member {
    int trial = 0;
    double weight = 0;
  };
  struct Blend {
    TrialResult result;
    std::vector<Member> members;
    double bias = 0;
    double loss = 0;
  };
  TrainResult conclude();
  TrainResult best_so_far(std::vector<TrialResult> trials,
                          std::vector<TrialResult> ensembles) const;
  TrainResult result_of(Model model, TrialResult best, std::vector<TrialResult> trials,
                        std::vector<TrialResult> ensembles) const;
  [[noreturn]] void fail_without_model(const std::vector<TrialResult>& trials) const;
  std::vector<int> candidates_among(const std::vector<int>& trials) const;
  std::vector<Blend> make_blends(const std::vector<int>& trials, int first_index);
  Blend make_blend(const char* algorithm, int index, const std::vector<int>& trials,
                   const Candidates& candidates);
  std::optional<Model> fit_members(const Blend& blend);
  std::vector<ColumnImportance> importance_of(const Blend& blend) const;
  Model model_of(std::string algorithm, std::vector<PipelineMember> members, double bias) const;

  const Settings& settings_;
  const Validation& validation_;
  const Objective objective_;
  const FoldPrefixes prefixes_;
  const Judgement judgement_{validation_, objective_, prefixes_};
  const std::vector<ModelInput> inputs_;
  TrialListener& listener_;
  Search search_;
  const Micros started_us_;
  std::atomic<Micros> deadline_us_;         // for everything
  std::atomic<Micros> search_deadline_us_;  // earlier: the final fits take time too
  const CancelToken cancel_;
  const Stop stop_;
  const Stop search_stop_;

  const std::uint64_t fingerprint_;
  std::map<int, TrialRecord> records_;  // of an earlier run, by trial; not changed while trials run

  std::mutex mutex_;
  std::condition_variable finished_;
  std::vector<std::unique_ptr<Slot>> slots_;
  int trials_limit_;
  bool ended_ = false;  // by an error
  bool timed_out_ = false;
  bool no_progress_ = false;
  std::exception_ptr error_;

  std::mutex listener_mutex_;  // never taken while mutex_ is held
  std::optional<TrialResult> announced_;
  std::optional<Model> announced_model_;
  std::map<int, PipelineMember> fitted_;  // on all rows, by trial; under mutex_
};

}  // namespace tarn::ml::detail
