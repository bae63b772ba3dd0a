#include "detail/resumption.h"

#include <functional>

#include "base/files.h"
#include "detail/job_file.h"
#include "jobs/journal.h"

namespace tarn::jobs::detail {
namespace {

void for_each_event(const std::filesystem::path& folder,
                    const std::function<void(const Event&)>& look) {
  std::int64_t offset = 0;
  std::int64_t sequence = 0;
  while (true) {
    const JournalPart part = read_journal(folder / kJournalFile, offset, sequence);
    if (part.events.empty()) return;
    for (const Event& event : part.events) look(event);
    offset = part.offset;
    sequence = part.events.back().sequence;
  }
}

bool is_ensemble(const std::string& algorithm) { return algorithm.ends_with("Ensemble"); }

void started(const TrialStartedEvent& trial, Resumption& resumption) {
  if (is_ensemble(trial.algorithm)) {
    resumption.ensemble_trials[trial.algorithm] = trial.trial;
    resumption.ensemble_runs[trial.algorithm] = trial.run_id;
  } else {
    resumption.runs[trial.trial] = trial.run_id;
  }
}

void finished(const TrialFinishedEvent& trial, Resumption& resumption) {
  for (const auto& [algorithm, run] : resumption.ensemble_runs) {
    if (run == trial.run_id) resumption.finished_ensembles.insert(algorithm);
  }
  const auto found = resumption.runs.find(trial.trial);
  if (found != resumption.runs.end() && found->second == trial.run_id)
    resumption.finished.insert(trial.trial);
}

}  // namespace

std::filesystem::path record_file(const std::filesystem::path& folder, int trial) {
  return folder / kTrialsFolder / std::to_string(trial);
}

Resumption read_resumption(const std::filesystem::path& folder) {
  Resumption resumption;
  for_each_event(folder, [&](const Event& event) {
    if (event.kind == events::kTrialStarted) {
      started(read_trial_started(event.body), resumption);
    } else if (event.kind == events::kTrialFinished) {
      finished(read_trial_finished(event.body), resumption);
    } else if (event.kind == events::kBest) {
      resumption.best = read_model(event.body);
    } else if (event.kind == events::kFinalizing) {
      resumption.search_over = true;
    }
  });
  for (const int trial : resumption.finished) {
    const std::filesystem::path file = record_file(folder, trial);
    if (!std::filesystem::exists(file)) continue;
    resumption.records.push_back(read_file(file));
    if (trial == resumption.recorded) ++resumption.recorded;
  }
  if (resumption.best && !std::filesystem::exists(folder / resumption.best->folder))
    resumption.best.reset();
  return resumption;
}

bool last_worker_got_further(const std::filesystem::path& folder) {
  bool further = false;
  for_each_event(folder, [&](const Event& event) {
    if (event.kind == events::kWorker) further = false;
    if (event.kind == events::kTrialFinished) further = true;
  });
  return further;
}

}  // namespace tarn::jobs::detail
