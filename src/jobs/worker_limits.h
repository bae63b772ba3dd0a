#pragma once
// What a job's worker may take of the machine (docs/jobs.md, "Limits of a worker").

#include <cstdint>

#include "base/error.h"

namespace tarn::jobs {

struct WorkerLimits {
  /// What a worker needs before it has read a row.
  static constexpr std::uint64_t kMemoryBytesMin = 256'000'000;
  static constexpr double kCpusMin = 0.01;
  static constexpr std::uint64_t kOpenFilesMin = 64;
  static constexpr std::uint64_t kOpenFilesDefault = 4096;
  static constexpr std::uint64_t kProcessesMin = 16;

  std::uint64_t memory_bytes_max = 0;  // 0: the machine's, and 4 GiB that are only reserved
  double cpus_max = 0;                 // cores' time; 0: all
  std::uint64_t open_files_max = kOpenFilesDefault;
  std::uint64_t processes_max = 0;  // with threads; 0: no limit
};

/// Throws Error(kInvalidArgument) for a limit below its least.
void check_limits(const WorkerLimits& limits);

/// A job whose worker needed more than its limit. 0: the machine's memory.
Error out_of_memory(std::uint64_t memory_bytes_max);

}  // namespace tarn::jobs
