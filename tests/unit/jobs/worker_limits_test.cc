#include "jobs/worker_limits.h"

#include <gtest/gtest.h>

namespace tarn::jobs {
namespace {

std::string refusal(const WorkerLimits& limits) {
  try {
    check_limits(limits);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(WorkerLimits, HaveALeast) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({.memory_bytes_max = WorkerLimits::kMemoryBytesMin,
                     .cpus_max = WorkerLimits::kCpusMin,
                     .open_files_max = WorkerLimits::kOpenFilesMin,
                     .processes_max = WorkerLimits::kProcessesMin}),
            "");
  EXPECT_EQ(
      refusal({.memory_bytes_max = WorkerLimits::kMemoryBytesMin - 1}),
      "The limit of the memory of a job is too low; the least is 0.256 GB. Raise it, or leave "
      "it out.");
  EXPECT_EQ(refusal({.cpus_max = 0.009}),
            "The limit of the CPUs of a job is too low; the least is 0.01. Raise it, or leave it "
            "out.");
  EXPECT_EQ(refusal({.open_files_max = WorkerLimits::kOpenFilesMin - 1}),
            "The limit of the open files of a job is too low; the least is 64. Raise it, or leave "
            "it out.");
  EXPECT_EQ(refusal({.processes_max = WorkerLimits::kProcessesMin - 1}),
            "The limit of the processes of a job is too low; the least is 16. Raise it, or leave "
            "it out.");
}

TEST(WorkerLimits, OutOfMemorySaysWhatToDo) {
  EXPECT_STREQ(out_of_memory(1'500'000'000).what(),
               "The job needed more memory than its limit of 1.5 GB. Train on fewer rows or "
               "columns, or with fewer concurrent trials, or raise the limit: tarn serve "
               "--job-memory-gb.");
  EXPECT_STREQ(out_of_memory(0).what(),
               "The job needed more memory than there is. Train on fewer rows or columns, or with "
               "fewer concurrent trials.");
}

}  // namespace
}  // namespace tarn::jobs
