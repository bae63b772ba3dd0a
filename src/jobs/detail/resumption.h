#pragma once
// What workers before this one have done of a job, from its journal and the records beside it.

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "detail/events.h"

namespace tarn::jobs::detail {

struct Resumption {
  std::map<int, std::string> runs;             // of the trials of the search that began, by number
  std::set<int> finished;                      // those of them that are over
  std::map<std::string, int> ensemble_trials;  // by algorithm
  std::map<std::string, std::string> ensemble_runs;
  std::set<std::string> finished_ensembles;
  std::optional<ModelEvent> best;
  bool search_over = false;
  std::vector<std::string> records;  // as ml::Settings::records takes them

  /// Trials of the search that have a record, from the first on without a gap.
  int recorded = 0;
};

/// Of a folder without a journal nothing. Throws Error(kDataLoss) for a damaged journal.
Resumption read_resumption(const std::filesystem::path& folder);

/// Whether the last worker that the journal tells of has finished a trial: another one then gets
/// further, where this one died.
bool last_worker_got_further(const std::filesystem::path& folder);

/// Where the record of a trial lies.
std::filesystem::path record_file(const std::filesystem::path& folder, int trial);

}  // namespace tarn::jobs::detail
