#include "detail/training_run.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <utility>

#include "base/error.h"
#include "detail/side_by_side.h"

namespace tarn::ml::detail {

namespace {

/// The first trial may take all the time but this part of it.
constexpr double kFirstReservePart = 0.05;
/// The final fits are expected to take so many times what they took in the trials, and the choice
/// of an ensemble a part of all the time.
constexpr double kReserveFactor = 1.5;
constexpr double kReservePart = 0.04;
constexpr double kReservePartMax = 0.5;
/// So many members are expected in the final ensemble.
constexpr std::size_t kExpectedMembers = 8;

Micros to_micros(double seconds) { return static_cast<Micros>(seconds * 1e6); }

Micros deadline_of(const Settings& settings, Micros started, double part) {
  if (!settings.timeout_s) return kNoDeadline;
  return started + to_micros(*settings.timeout_s * part);
}

DataFacts facts_of(const Validation& validation) {
  const std::span<const double> target = validation.target_to_fit();
  DataFacts facts{target.size(), *std::min_element(target.begin(), target.end())};
  // Only looked at where it may matter: the matrix of a large table is large.
  if (facts.rows <= kGaussianProcessRowsMax)
    facts.linear_features = validation.all_features(View::kLinear).set->width();
  return facts;
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
      prefixes_(validation, settings.primary_metric),
      inputs_(std::move(inputs)),
      listener_(listener),
      search_(facts_of(validation), std::move(algorithms), settings.seed),
      started_us_(started_us),
      deadline_us_(deadline_of(settings, started_us_, 1)),
      search_deadline_us_(deadline_of(settings, started_us_, 1 - kFirstReservePart)),
      cancel_(cancel),
      stop_(cancel, *settings.clock, deadline_us_),
      search_stop_(cancel, *settings.clock, search_deadline_us_),
      fingerprint_(fingerprint_of(validation, settings.primary_metric, settings.seed)),
      trials_limit_(settings.trials_max) {
  for (const std::string& bytes : settings.records) {
    if (auto record = read_record(bytes, fingerprint_))
      records_.insert_or_assign(record->outcome.index, std::move(*record));
  }
}

TrainResult TrainingRun::run() {
  run_side_by_side(std::min(settings_.concurrency, settings_.trials_max), [this] { work(); });
  if (error_) std::rethrow_exception(error_);
  return conclude();
}

void TrainingRun::work() {
  try {
    int index = 0;
    Configuration configuration;
    Bar bar;
    while (next_trial(index, configuration, bar)) {
      if (!take_record(index, configuration)) run_one(index, configuration, bar);
    }
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
bool TrainingRun::next_trial(int& index, Configuration& configuration, Bar& bar) {
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
  bar = bar_for(index);
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

/// From the outcomes that the proposal of this trial may depend on, and no others.
Bar TrainingRun::bar_for(int index) const {
  if (!settings_.early_termination || index < kEarlyTerminationTrialsMin) return {};
  std::vector<std::span<const double>> losses;
  for (int i = 0; i < std::min(search_.needs(index), finished_prefix()); ++i) {
    const Slot& slot = *slots_[static_cast<std::size_t>(i)];
    if (slot.state == Slot::State::kSucceeded) losses.emplace_back(slot.outcome.prefix_losses);
  }
  return bar_of(losses);
}

void TrainingRun::run_one(int index, const Configuration& configuration, const Bar& bar) {
  {
    const std::lock_guard lock(listener_mutex_);
    listener_.on_trial_started(info_of(index, configuration));
  }
  Slot done = try_one(index, configuration, bar);
  tell(done);
  const bool succeeded = done.state == Slot::State::kSucceeded;
  finish(std::move(done));
  if (succeeded) announce_if_best(index);
}

TrainingRun::Slot TrainingRun::try_one(int index, const Configuration& configuration,
                                       const Bar& bar) {
  const Micros started = settings_.clock->now();
  Slot slot;
  slot.result.info = info_of(index, configuration);
  slot.state = Slot::State::kSucceeded;
  try {
    slot.outcome = run_trial(index, configuration, judgement_, bar, settings_.seed, search_stop_);
    if (slot.outcome.folds_judged < validation_.folds().size())
      slot.state = Slot::State::kEndedEarly;
  } catch (const Error& e) {
    if (e.code() == Code::kCancelled) throw;
    slot.state = e.code() == Code::kDeadlineExceeded ? Slot::State::kCut : Slot::State::kFailed;
    slot.result.error = e.what();
  } catch (const std::exception& e) {
    slot.state = Slot::State::kFailed;
    slot.result.error = e.what();
  }
  slot.outcome.index = index;
  slot.outcome.configuration = configuration;
  slot.result.duration_s = static_cast<double>(settings_.clock->now() - started) * 1e-6;
  complete(slot);
  return slot;
}

/// Fills in what follows from the outcome.
void TrainingRun::complete(Slot& slot) const {
  const std::size_t folds = validation_.folds().size();
  const std::size_t judged = slot.outcome.folds_judged;
  slot.result.metrics = slot.outcome.metrics;
  slot.result.folds = slot.outcome.folds;
  if (slot.state == Slot::State::kEndedEarly) {
    slot.result.ended_early = "after " + std::to_string(judged) + " of " + std::to_string(folds) +
                              " folds: it is too far behind to win";
  }
  const double fits = static_cast<double>(std::max<std::size_t>(judged, 1));
  slot.fit_us = static_cast<Micros>(slot.result.duration_s * 1e6 / fits);
}

/// Takes over what an earlier run made of this trial. False when it must be run.
bool TrainingRun::take_record(int index, const Configuration& configuration) {
  const auto found = records_.find(index);
  if (found == records_.end() || found->second.outcome.configuration != configuration) return false;
  const TrialRecord& record = found->second;
  Slot slot;
  slot.result.info = info_of(index, configuration);
  slot.result.duration_s = record.duration_s;
  slot.result.error = record.error;
  slot.outcome = record.outcome;
  switch (record.state) {
    case TrialRecord::State::kFailed:
      slot.state = Slot::State::kFailed;
      break;
    case TrialRecord::State::kEndedEarly:
      slot.state = Slot::State::kEndedEarly;
      break;
    case TrialRecord::State::kSucceeded:
      if (slot.outcome.predicted.size() != validation_.validated().size()) return false;
      slot.state = Slot::State::kSucceeded;
      judge(judgement_, slot.outcome);
  }
  complete(slot);
  finish(std::move(slot));
  return true;
}

void TrainingRun::tell(const Slot& slot) {
  const std::lock_guard lock(listener_mutex_);
  if (slot.state != Slot::State::kCut) {
    TrialRecord record;
    record.state = slot.state == Slot::State::kSucceeded ? TrialRecord::State::kSucceeded
                   : slot.state == Slot::State::kFailed  ? TrialRecord::State::kFailed
                                                         : TrialRecord::State::kEndedEarly;
    record.duration_s = slot.result.duration_s;
    record.error = slot.result.error;
    record.outcome = slot.outcome;
    listener_.on_trial_record(slot.result, write_record(record, fingerprint_));
  }
  if (slot.state == Slot::State::kSucceeded)
    listener_.on_predictions(slot.result.info, objective_.truth(), slot.outcome.predicted);
  listener_.on_trial_finished(slot.result);
}

void TrainingRun::finish(Slot done) {
  const std::lock_guard lock(mutex_);
  if (done.state == Slot::State::kCut) timed_out_ = true;
  *slots_[static_cast<std::size_t>(done.outcome.index)] = std::move(done);
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
  std::vector<int> succeeded;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i]->state == Slot::State::kSucceeded) succeeded.push_back(static_cast<int>(i));
  }
  if (succeeded.empty()) return;
  // Whichever are chosen: the slowest ones of those that may be.
  std::vector<Micros> fits;
  for (const int trial : candidates_among(succeeded))
    fits.push_back(slots_[static_cast<std::size_t>(trial)]->fit_us);
  std::sort(fits.begin(), fits.end(), std::greater<>());
  if (fits.size() > kExpectedMembers) fits.resize(kExpectedMembers);
  double longest = 0;
  double all = 0;
  for (const Micros fit_us : fits) {
    longest = std::max(longest, static_cast<double>(fit_us));
    all += static_cast<double>(fit_us);
  }
  const double timeout = *settings_.timeout_s * 1e6;
  double expected =
      kReserveFactor * std::max(longest, all / settings_.concurrency) + kReservePart * timeout;
  if (settings_.importance) expected += all;
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
      const Model model = model_of(slot->result.info.algorithm, {*member}, 0);
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

}  // namespace tarn::ml::detail
