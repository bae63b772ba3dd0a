#pragma once
// Child processes by posix_spawn, in a process group of their own, with limits and nothing
// inherited but what is named.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tarn {

/// The kernel's limits of one process (setrlimit(2)); children inherit them, each for itself. 0:
/// none.
struct ProcessLimits {
  std::uint64_t memory_bytes_max = 0;  // RLIMIT_DATA: what it may write to, thread stacks too
  std::uint64_t address_space_bytes_max = 0;  // RLIMIT_AS: what it reserves as well
  std::uint64_t open_files_max = 0;           // RLIMIT_NOFILE
  std::uint64_t processes_max = 0;            // RLIMIT_NPROC: of its user; root has no such limit
  /// It runs on so many of the cores that we may run on, from this one on (modulo their number).
  int cores_max = 0;
  int first_core = 0;
};

struct ProcessSpec {
  std::vector<std::string> arguments;                            // [0] is the program's path
  std::vector<std::pair<std::string, std::string>> environment;  // the whole of it
  std::filesystem::path directory;                               // the working directory
  std::filesystem::path output;  // receives standard output and error, appended; empty: discarded
  ProcessLimits limits = {};
};

/// Identifies a process across a restart of the server: a pid may be used again, a pid with its
/// start time is not.
struct ProcessId {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // field 22 of /proc/<pid>/stat, in clock ticks since boot

  friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

/// Starts the program. A limit above our own hard one becomes that one. Throws Error.
ProcessId spawn(const ProcessSpec& spec);

/// The process's identity, or empty when none has the pid.
std::optional<ProcessId> process_id(pid_t pid);
/// Whether exactly this process still runs (a zombie does not).
bool is_running(const ProcessId& process);

struct ExitStatus {
  int code = 0;    // valid when signal is 0
  int signal = 0;  // that ended it
};
/// Reaps a child of ours without waiting; empty while it runs, or when it is no child of ours.
std::optional<ExitStatus> try_reap(const ProcessId& process);

/// Sends `signal` to the process's whole group, if it is still this process. False when it is gone.
bool signal_group(const ProcessId& process, int signal);

/// The path of the running program.
std::filesystem::path own_executable();

}  // namespace tarn
