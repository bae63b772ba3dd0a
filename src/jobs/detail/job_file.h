#pragma once
// job.json: what a worker is told. Written once when the job is submitted; the data's version is
// pinned in it.

#include <filesystem>
#include <optional>
#include <string>

#include "detail/training_data.h"
#include "jobs/automl_spec.h"

namespace tarn::jobs::detail {

inline constexpr int kJobFileFormat = 1;
inline constexpr std::size_t kJobFileBytesMax = 64u << 20;  // a table's list of files is in it

// Names in a job's folder.
inline constexpr const char* kJobFile = "job.json";
inline constexpr const char* kJournalFile = "journal.ndjson";
inline constexpr const char* kLogFile = "worker.log";
inline constexpr const char* kLockFile = "worker.lock";
inline constexpr const char* kBestFolder = "best";    // <trial>/: the best model so far
inline constexpr const char* kFinalFolder = "model";  // the final one, until it is placed
inline constexpr const char* kTrialsFolder =
    "trials";  // <trial>: its record, to go on after a crash
inline constexpr const char* kScratchFolder = "tmp";

struct JobFile {
  std::string job_id;
  std::string job_name;
  std::string run_id;
  std::string code_version;
  AutoMlSpec spec;
  TrainingData data;
  std::optional<TrainingData> validation;
};

std::string to_json(const JobFile& job);
/// Throws Error(kDataLoss) for anything else than what to_json() writes.
JobFile read_job_file(const std::filesystem::path& file);

}  // namespace tarn::jobs::detail
