#include "jobs/worker_limits.h"

#include <cstdio>
#include <string>

namespace tarn::jobs {
namespace {

std::string gigabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g GB", static_cast<double>(bytes) / 1e9);
  return text;
}

void at_least(const char* what, double value, double least, const std::string& least_text) {
  if (value == 0 || value >= least) return;
  throw Error(Code::kInvalidArgument,
              "The limit of " + std::string(what) + " of a job is too low; the least is " +
                  least_text + ".",
              "Raise it, or leave it out.");
}

}  // namespace

void check_limits(const WorkerLimits& limits) {
  at_least("the memory", static_cast<double>(limits.memory_bytes_max),
           static_cast<double>(WorkerLimits::kMemoryBytesMin),
           gigabytes(WorkerLimits::kMemoryBytesMin));
  at_least("the CPUs", limits.cpus_max, WorkerLimits::kCpusMin, "0.01");
  at_least("the open files", static_cast<double>(limits.open_files_max),
           static_cast<double>(WorkerLimits::kOpenFilesMin),
           std::to_string(WorkerLimits::kOpenFilesMin));
  at_least("the processes", static_cast<double>(limits.processes_max),
           static_cast<double>(WorkerLimits::kProcessesMin),
           std::to_string(WorkerLimits::kProcessesMin));
}

Error out_of_memory(std::uint64_t memory_bytes_max) {
  const std::string limit =
      memory_bytes_max > 0 ? "its limit of " + gigabytes(memory_bytes_max) : "there is";
  const std::string raise =
      memory_bytes_max > 0 ? ", or raise the limit: tarn serve --job-memory-gb" : "";
  return Error(Code::kResourceExhausted, "The job needed more memory than " + limit + ".",
               "Train on fewer rows or columns, or with fewer concurrent trials" + raise + ".");
}

}  // namespace tarn::jobs
