#include "detail/worker_processes.h"

#include <signal.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>

#include "base/log.h"
#include "detail/job_file.h"

namespace tarn::jobs::detail {
namespace {

// The machine's memory, and some for what a process reserves and never touches. None under a
// sanitizer, whose shadow memory takes most of the address space.
std::uint64_t reserved_bytes_max() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#else
  constexpr std::uint64_t kReservedBytes = 4ull << 30;
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
             static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE)) +
         kReservedBytes;
#endif
}

std::vector<std::pair<std::string, std::string>> environment(const SchedulerOptions& options) {
  // OpenMP threads that spin while they wait take the time of those that work.
  std::vector<std::pair<std::string, std::string>> result = {
      {"PATH", "/usr/local/bin:/usr/bin:/bin"},
      {"LANG", "C.UTF-8"},
      {"TZ", "UTC"},
      {"OMP_WAIT_POLICY", "passive"}};
  for (const char* name : {"TARN_LIBRARY_PATH", "TARN_FAIL_POINT", "LD_LIBRARY_PATH",
                           "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) result.emplace_back(name, value);
  }
  result.insert(result.end(), options.worker_environment.begin(), options.worker_environment.end());
  return result;
}

std::string group_of(const Job& job) { return kGroupPrefix + job.id; }

}  // namespace

ProcessId WorkerProcesses::start(const Job& job, const std::filesystem::path& folder,
                                 Micros deadline) {
  const WorkerLimits& limits = options_.worker_limits;
  clear(job, folder);
  ProcessSpec process;
  process.arguments = options_.worker_command;
  if (process.arguments.empty()) process.arguments = {own_executable().string(), "worker"};
  const auto argue = [&process](std::initializer_list<std::string> more) {
    process.arguments.insert(process.arguments.end(), more);
  };
  argue({"--job", (folder / kJobFile).string(), "--deadline", std::to_string(deadline)});
  if (limits.memory_bytes_max > 0) argue({"--memory", std::to_string(limits.memory_bytes_max)});
  process.environment = environment(options_);
  process.directory = folder;
  process.output = folder / kLogFile;
  process.limits.open_files_max = limits.open_files_max;
  process.limits.address_space_bytes_max = reserved_bytes_max();

  bool grouped = false;
  if (options_.cgroups) {
    try {
      options_.cgroups->make(group_of(job), {.memory_bytes_max = limits.memory_bytes_max,
                                             .cpus_max = limits.cpus_max,
                                             .processes_max = limits.processes_max});
      grouped = true;
    } catch (const Error& error) {
      log::warn("jobs.cgroup.failed", {{"job", job.name}, {"error", error.what()}});
    }
  }
  if (!grouped) {
    const int cores = static_cast<int>(std::ceil(limits.cpus_max));
    process.limits.memory_bytes_max = limits.memory_bytes_max;
    process.limits.processes_max = limits.processes_max;
    process.limits.cores_max = cores;
    process.limits.first_core = started_++ * cores;  // those after the former job's
  }
  const ProcessId worker = spawn(process);
  if (grouped && !join_group(job, worker)) {
    signal_group(worker, SIGKILL);
    throw Error(Code::kUnavailable, "The worker cannot be limited: its cgroup does not take it.",
                "The server's log tells why.");
  }
  return worker;
}

bool WorkerProcesses::join_group(const Job& job, const ProcessId& worker) const {
  try {
    options_.cgroups->add(group_of(job), worker.pid);
    return true;
  } catch (const Error& error) {
    log::error("jobs.cgroup.failed", {{"job", job.name}, {"error", error.what()}});
    return !is_running(worker);  // it has ended already: that is looked at as ever
  }
}

bool WorkerProcesses::was_out_of_memory(const Job& job, const std::filesystem::path& folder) const {
  std::error_code ignored;
  if (std::filesystem::exists(folder / kOutOfMemoryFile, ignored)) return true;
  return options_.cgroups && options_.cgroups->processes_out_of_memory(group_of(job)) > 0;
}

bool WorkerProcesses::may_have_been_out_of_memory() const {
  return options_.worker_limits.memory_bytes_max > 0 && !options_.cgroups;
}

void WorkerProcesses::clear(const Job& job, const std::filesystem::path& folder) const noexcept {
  ::unlink((folder / kOutOfMemoryFile).c_str());
  if (options_.cgroups) options_.cgroups->remove(group_of(job));
}

void WorkerProcesses::sweep() const noexcept {
  if (options_.cgroups) options_.cgroups->remove_all(kGroupPrefix);
}

}  // namespace tarn::jobs::detail
