#include "detail/training_run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"

namespace tarn::ml::detail {

namespace {

/// The first trial may take all the time but this part of it.
constexpr double kFirstReservePart = 0.05;
/// The final fits are expected to take so many times what they took in the trials, plus a part of
/// all the time.
constexpr double kReserveFactor = 1.5;
constexpr double kReservePart = 0.02;
constexpr double kReservePartMax = 0.5;
/// So many members are expected in the final ensemble.
constexpr std::size_t kExpectedMembers = 8;

Micros to_micros(double seconds) { return static_cast<Micros>(seconds * 1e6); }

Micros deadline_of(const Settings& settings, Micros started, double part) {
  if (!settings.timeout_s) return kNoDeadline;
  return started + to_micros(*settings.timeout_s * part);
}

DataFacts facts_of(const Validation& validation) {
  const std::vector<double>& target = validation.target();
  return {target.size(), *std::min_element(target.begin(), target.end())};
}

/// Calls `body`, which must not throw, in so many threads, this one among them. Fewer threads than
/// wanted change nothing but the time, so it goes on with those that the system gives.
template <typename Body>
void run_side_by_side(int count, const Body& body) {
  std::vector<std::thread> threads;
  try {
    for (int i = 1; i < count; ++i) threads.emplace_back([&body] { body(); });
  } catch (const std::system_error&) {
  }
  body();
  for (std::thread& thread : threads) thread.join();
}

TrialInfo info_of(int index, const Configuration& configuration) {
  TrialInfo info;
  info.index = index;
  info.algorithm = ml::name_of(configuration.algorithm);
  info.preprocessing = "target=" + std::string(name_of(configuration.scale));
  info.params = params_of(configuration);
  return info;
}

}  // namespace

TrainingRun::TrainingRun(const Settings& settings, Micros started_us, const Validation& validation,
                         std::vector<Algorithm> algorithms, std::vector<ModelInput> inputs,
                         TrialListener& listener, const CancelToken& cancel)
    : settings_(settings),
      validation_(validation),
      objective_(settings.primary_metric, validation.validated_target()),
      inputs_(std::move(inputs)),
      listener_(listener),
      search_(facts_of(validation), std::move(algorithms), settings.seed),
      started_us_(started_us),
      deadline_us_(deadline_of(settings, started_us_, 1)),
      search_deadline_us_(deadline_of(settings, started_us_, 1 - kFirstReservePart)),
      cancel_(cancel),
      stop_(cancel, *settings.clock, deadline_us_),
      search_stop_(cancel, *settings.clock, search_deadline_us_),
      trials_limit_(settings.trials_max) {}

TrainResult TrainingRun::run() {
  run_side_by_side(std::min(settings_.concurrency, settings_.trials_max), [this] { work(); });
  if (error_) std::rethrow_exception(error_);
  return conclude();
}

void TrainingRun::work() {
  try {
    int index = 0;
    Configuration configuration;
    while (next_trial(index, configuration)) run_one(index, configuration);
  } catch (...) {
    fail(std::current_exception());
  }
}

void TrainingRun::fail(const std::exception_ptr& error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = error;
  ended_ = true;
  finished_.notify_all();
}

/// Waits for the outcomes that the next proposal needs. False when there is nothing more to do.
bool TrainingRun::next_trial(int& index, Configuration& configuration) {
  constexpr auto kPoll = std::chrono::milliseconds(20);
  std::unique_lock lock(mutex_);
  for (;;) {
    if (ended_) return false;
    cancel_.check();
    index = static_cast<int>(slots_.size());
    if (index >= trials_limit_) return false;
    if (search_stop_.out_of_time()) {
      timed_out_ = true;
      return false;
    }
    if (finished_prefix() >= search_.needs(index)) break;
    finished_.wait_for(lock, kPoll);
  }
  std::vector<double> losses;
  for (int i = 0; i < search_.needs(index); ++i) {
    const Slot& slot = *slots_[static_cast<std::size_t>(i)];
    const bool succeeded = slot.state == Slot::State::kSucceeded;
    losses.push_back(succeeded ? slot.outcome.loss : std::numeric_limits<double>::infinity());
  }
  configuration = search_.propose(index, losses);
  slots_.push_back(std::make_unique<Slot>());
  return true;
}

/// How many trials from the first on are over, without a gap.
int TrainingRun::finished_prefix() const {
  int count = 0;
  for (const auto& slot : slots_) {
    if (slot->state == Slot::State::kRunning || slot->state == Slot::State::kCut) break;
    ++count;
  }
  return count;
}

void TrainingRun::run_one(int index, const Configuration& configuration) {
  TrialResult result;
  result.info = info_of(index, configuration);
  {
    const std::lock_guard lock(listener_mutex_);
    listener_.on_trial_started(result.info);
  }
  const Micros started = settings_.clock->now();
  Slot::State state = Slot::State::kSucceeded;
  TrialOutcome outcome;
  try {
    outcome =
        run_trial(index, configuration, validation_, objective_, settings_.seed, search_stop_);
    result.metrics = outcome.metrics;
    result.folds = outcome.folds;
  } catch (const Error& e) {
    if (e.code() == Code::kCancelled) throw;
    state = e.code() == Code::kDeadlineExceeded ? Slot::State::kCut : Slot::State::kFailed;
    result.error = e.what();
  } catch (const std::exception& e) {
    state = Slot::State::kFailed;
    result.error = e.what();
  }
  const Micros duration = settings_.clock->now() - started;
  result.duration_s = static_cast<double>(duration) * 1e-6;
  {
    const std::lock_guard lock(listener_mutex_);
    listener_.on_trial_finished(result);
  }
  finish(index, state, std::move(result), std::move(outcome),
         duration / static_cast<Micros>(validation_.folds().size()));
  if (state == Slot::State::kSucceeded) announce_if_best(index);
}

void TrainingRun::finish(int index, Slot::State state, TrialResult result, TrialOutcome outcome,
                         Micros fit_us) {
  const std::lock_guard lock(mutex_);
  Slot& slot = *slots_[static_cast<std::size_t>(index)];
  slot.result = std::move(result);
  slot.outcome = std::move(outcome);
  slot.fit_us = fit_us;
  slot.state = state;
  if (state == Slot::State::kCut) timed_out_ = true;
  update_limit();
  update_deadline();
  finished_.notify_all();
}

/// Ends the search after so many trials without progress; counted in the order of trials, not of
/// finishing.
void TrainingRun::update_limit() {
  const int patience = settings_.trials_without_progress_max;
  if (patience <= 0) return;
  int since_best = 0;
  double best = std::numeric_limits<double>::infinity();
  const int prefix = std::min(finished_prefix(), trials_limit_);
  for (int i = 0; i < prefix; ++i) {
    const Slot& slot = *slots_[static_cast<std::size_t>(i)];
    const bool better = slot.state == Slot::State::kSucceeded && slot.outcome.loss < best;
    if (better) best = slot.outcome.loss;
    since_best = better ? 0 : since_best + 1;
    if (since_best >= patience) {
      trials_limit_ = i + 1;
      no_progress_ = true;
      return;
    }
  }
}

/// Leaves time for fitting the members of an ensemble on all rows.
void TrainingRun::update_deadline() {
  if (!settings_.timeout_s || finished_prefix() == 0) return;
  std::vector<std::pair<double, Micros>> fits;
  for (const auto& slot : slots_) {
    if (slot->state == Slot::State::kSucceeded) fits.emplace_back(slot->outcome.loss, slot->fit_us);
  }
  if (fits.empty()) return;
  std::sort(fits.begin(), fits.end());
  if (fits.size() > kExpectedMembers) fits.resize(kExpectedMembers);
  double longest = 0;
  double all = 0;
  for (const auto& [loss, fit_us] : fits) {
    longest = std::max(longest, static_cast<double>(fit_us));
    all += static_cast<double>(fit_us);
  }
  const double timeout = *settings_.timeout_s * 1e6;
  const double expected =
      kReserveFactor * std::max(longest, all / settings_.concurrency) + kReservePart * timeout;
  const double reserve = std::min(expected, kReservePartMax * timeout);
  search_deadline_us_ = deadline_us_.load() - static_cast<Micros>(reserve);
}

void TrainingRun::announce_if_best(int index) {
  Slot* slot = nullptr;
  {
    const std::lock_guard lock(mutex_);
    slot = slots_[static_cast<std::size_t>(index)].get();  // its model is this thread's alone
  }
  const auto better = [&] {
    return !announced_ ||
           slot->result.metrics.better_than(announced_->metrics, settings_.primary_metric);
  };
  bool worth_fitting = false;
  bool first = false;
  {
    const std::lock_guard lock(listener_mutex_);
    worth_fitting = better();
    first = !announced_;
  }
  if (worth_fitting) {
    if (const auto member = best_member(slot->outcome, first)) {
      const Model model = model_of(slot->result.info.algorithm, {*member});
      const std::lock_guard lock(listener_mutex_);
      if (better()) {
        announced_ = slot->result;
        announced_model_ = model;
        listener_.on_best(slot->result, model);
      }
    }
  }
  slot->outcome.learner_of_fold.reset();
}

/// Fitted on all rows, if time allows. With a holdout the fit at hand saw nine rows in ten, and
/// another takes as long as the whole trial: the final model is fitted on all of them, this one
/// need not be.
std::optional<PipelineMember> TrainingRun::best_member(const TrialOutcome& outcome, bool needed) {
  if (validation_.folds().size() == 1) return member_of_fold(outcome, validation_);
  try {
    const PipelineMember member = fit_on_all(outcome, validation_, settings_.seed, stop_);
    const std::lock_guard lock(mutex_);
    fitted_.emplace(outcome.index, member);
    return member;
  } catch (const Error& e) {
    if (e.code() == Code::kCancelled) throw;
  }
  if (needed) return member_of_fold(outcome, validation_);
  return std::nullopt;
}

Model TrainingRun::model_of(std::string algorithm, std::vector<PipelineMember> members) const {
  auto pipeline = std::make_shared<Pipeline>();
  pipeline->algorithm = std::move(algorithm);
  pipeline->inputs = inputs_;
  pipeline->members = std::move(members);
  return Model(std::move(pipeline));
}

/// The trials that count: all from the first on without a gap, so that a time limit only cuts the
/// list.
TrainResult TrainingRun::conclude() {
  const int count = std::min(finished_prefix(), trials_limit_);
  std::vector<TrialResult> trials;
  std::vector<int> succeeded;
  for (int i = 0; i < count; ++i) {
    const Slot& slot = *slots_[static_cast<std::size_t>(i)];
    trials.push_back(slot.result);
    if (slot.state == Slot::State::kSucceeded) succeeded.push_back(i);
  }
  if (succeeded.empty()) return best_so_far(std::move(trials), {});
  int best = succeeded.front();
  for (const int i : succeeded) {
    const Metrics& metrics = trials[static_cast<std::size_t>(i)].metrics;
    if (metrics.better_than(trials[static_cast<std::size_t>(best)].metrics,
                            settings_.primary_metric))
      best = i;
  }
  const TrialResult& best_trial = trials[static_cast<std::size_t>(best)];

  std::optional<TrialResult> ensemble;
  std::optional<Model> model;
  TrialResult chosen = best_trial;
  if (settings_.ensemble && succeeded.size() > 1) {
    const std::vector<Member> members = choose_members(succeeded);
    ensemble = ensemble_result(count, members);
    if (members.size() > 1) {
      model = fit_members("VotingEnsemble", members);
      if (model) chosen = *ensemble;
    }
  }
  if (!model) model = fit_members(best_trial.info.algorithm, {{best, 1}});
  if (!model) return best_so_far(std::move(trials), std::move(ensemble));
  return result_of(*model, std::move(chosen), std::move(trials), std::move(ensemble));
}

/// Out of time even for one fit: what was announced has a model.
TrainResult TrainingRun::best_so_far(std::vector<TrialResult> trials,
                                     std::optional<TrialResult> ensemble) const {
  if (!announced_) fail_without_model(trials);
  return result_of(*announced_model_, *announced_, std::move(trials), std::move(ensemble));
}

TrainResult TrainingRun::result_of(Model model, TrialResult best, std::vector<TrialResult> trials,
                                   std::optional<TrialResult> ensemble) const {
  TrainResult result{
      std::move(model), std::move(best), std::move(trials), std::move(ensemble), {}, 0, {}};
  result.ended_by = timed_out_ ? "timeout" : no_progress_ ? "no progress" : "trials";
  return result;
}

void TrainingRun::fail_without_model(const std::vector<TrialResult>& trials) const {
  for (const TrialResult& trial : trials) {
    if (!trial.error.empty())
      throw Error(Code::kInternal, "no trial succeeded; the first one: " + trial.error);
  }
  throw Error(Code::kDeadlineExceeded,
              "the time for training was over before the first trial ended",
              "Give more time, or train on fewer rows.");
}

std::vector<TrainingRun::Member> TrainingRun::choose_members(const std::vector<int>& trials) const {
  std::vector<const std::vector<double>*> candidates;
  for (const int trial : trials)
    candidates.push_back(&slots_[static_cast<std::size_t>(trial)]->outcome.predicted);
  std::vector<Member> members;
  for (const Vote& vote : choose_votes(candidates, objective_)) {
    members.push_back({trials[vote.candidate], vote.weight});
  }
  return members;
}

TrialResult TrainingRun::ensemble_result(int index, const std::vector<Member>& members) {
  const Micros started = settings_.clock->now();
  TrialResult result;
  result.info.index = index;
  result.info.algorithm = "VotingEnsemble";
  std::vector<double> predicted(validation_.validated().size(), 0.0);
  for (const Member& member : members) {
    const Slot& slot = *slots_[static_cast<std::size_t>(member.trial)];
    for (std::size_t i = 0; i < predicted.size(); ++i)
      predicted[i] += member.weight * slot.outcome.predicted[i];
    char weight[16];
    std::snprintf(weight, sizeof weight, "%.3f", member.weight);
    result.info.params.emplace_back("trial_" + std::to_string(member.trial), weight);
  }
  result.folds = validation_.fold_metrics(predicted);
  result.metrics = mean_metrics(result.folds);
  result.duration_s = static_cast<double>(settings_.clock->now() - started) * 1e-6;
  const std::lock_guard lock(listener_mutex_);
  listener_.on_ensemble(result);
  return result;
}

/// Members are fitted side by side. None when the time is over first.
std::optional<Model> TrainingRun::fit_members(const std::string& algorithm,
                                              const std::vector<Member>& members) {
  std::vector<std::optional<PipelineMember>> fitted(members.size());
  std::atomic<std::size_t> next = 0;
  const auto fit_some = [&] {
    try {
      for (std::size_t i = next++; i < members.size(); i = next++) {
        const auto done = fitted_.find(members[i].trial);
        const TrialOutcome& outcome = slots_[static_cast<std::size_t>(members[i].trial)]->outcome;
        fitted[i] = done != fitted_.end() ? done->second
                                          : fit_on_all(outcome, validation_, settings_.seed, stop_);
        fitted[i]->weight = members[i].weight;
      }
    } catch (...) {
      fail(std::current_exception());
    }
  };
  run_side_by_side(std::min(static_cast<int>(members.size()), settings_.concurrency), fit_some);
  if (const std::exception_ptr error = std::exchange(error_, nullptr)) {
    try {
      std::rethrow_exception(error);
    } catch (const Error& e) {
      if (e.code() != Code::kDeadlineExceeded) throw;
      return std::nullopt;
    }
  }
  std::vector<PipelineMember> all;
  for (auto& member : fitted) all.push_back(std::move(*member));
  return model_of(algorithm, std::move(all));
}

}  // namespace tarn::ml::detail
