#include "process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "error.h"

namespace tarn {
namespace {

struct Stat {
  char state = 0;
  pid_t group = 0;
  std::uint64_t start_time = 0;
};

// Reads /proc/<pid>/stat (proc(5)). The program's name, in parentheses, may itself hold blanks and
// parentheses.
std::optional<Stat> read_stat(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const auto end = line.rfind(')');
  if (end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(end + 1));
  Stat stat;
  std::string skipped;
  fields >> stat.state >> skipped >> stat.group;
  for (int field = 6; field < 22; ++field) fields >> skipped;
  fields >> stat.start_time;
  if (!fields) return std::nullopt;
  return stat;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

void spawn_check(int error, const std::string& what) {
  if (error != 0) {
    throw Error(Code::kUnavailable, "Cannot start " + what + ": " + std::strerror(error) + ".");
  }
}

struct FileActions {
  posix_spawn_file_actions_t value;
  FileActions() { posix_spawn_file_actions_init(&value); }
  ~FileActions() { posix_spawn_file_actions_destroy(&value); }
  FileActions(const FileActions&) = delete;
};

struct Attributes {
  posix_spawnattr_t value;
  Attributes() {
    posix_spawnattr_init(&value);
    // A group of its own, default handlers and no blocked signals, whatever our own threads have
    // set.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    posix_spawnattr_setpgroup(&value, 0);
    posix_spawnattr_setsigmask(&value, &none);
    posix_spawnattr_setsigdefault(&value, &all);
    posix_spawnattr_setflags(
        &value, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { posix_spawnattr_destroy(&value); }
  Attributes(const Attributes&) = delete;
};

void limit(pid_t pid, __rlimit_resource resource, std::uint64_t most) {
  rlimit found{};
  if (most == 0 || prlimit(pid, resource, nullptr, &found) != 0) return;
  const rlim_t value = std::min<rlim_t>(most, found.rlim_max);
  const rlimit wanted{value, value};
  prlimit(pid, resource, &wanted, nullptr);
}

// Of the process's first thread; those that it starts inherit it.
void keep_to_cores(pid_t pid, int count, int first) {
  cpu_set_t ours;
  if (count <= 0 || sched_getaffinity(0, sizeof(ours), &ours) != 0) return;
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &ours)) cores.push_back(core);
  }
  cpu_set_t chosen;
  CPU_ZERO(&chosen);
  for (std::size_t i = 0; i < std::min(cores.size(), static_cast<std::size_t>(count)); ++i)
    CPU_SET(cores[(static_cast<std::size_t>(first) + i) % cores.size()], &chosen);
  sched_setaffinity(pid, sizeof(chosen), &chosen);
}

void apply(const ProcessLimits& limits, pid_t pid) {
  limit(pid, RLIMIT_DATA, limits.memory_bytes_max);
  limit(pid, RLIMIT_AS, limits.address_space_bytes_max);
  limit(pid, RLIMIT_NOFILE, limits.open_files_max);
  limit(pid, RLIMIT_NPROC, limits.processes_max);
  keep_to_cores(pid, limits.cores_max, limits.first_core);
}

}  // namespace

ProcessId spawn(const ProcessSpec& spec) {
  check(!spec.arguments.empty(), "a process needs a program");
  FileActions actions;
  const std::string output = spec.output.empty() ? "/dev/null" : spec.output.string();
  posix_spawn_file_actions_addopen(&actions.value, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions.value, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0644);
  posix_spawn_file_actions_adddup2(&actions.value, 1, 2);
  if (!spec.directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions.value, spec.directory.c_str());
  }
  // Every descriptor of ours is opened with O_CLOEXEC; this also closes those that a library forgot
  // to mark.
  posix_spawn_file_actions_addclosefrom_np(&actions.value, 3);

  std::vector<std::string> arguments = spec.arguments;
  std::vector<std::string> environment;
  for (const auto& [name, value] : spec.environment) environment.push_back(name + '=' + value);

  Attributes attributes;
  pid_t pid = 0;
  const int error = posix_spawn(&pid, arguments[0].c_str(), &actions.value, &attributes.value,
                                pointers(arguments).data(), pointers(environment).data());
  spawn_check(error, arguments[0]);
  apply(spec.limits, pid);
  const auto stat = read_stat(pid);
  return {pid, stat ? stat->start_time : 0};
}

std::optional<ProcessId> process_id(pid_t pid) {
  const auto stat = read_stat(pid);
  if (!stat) return std::nullopt;
  return ProcessId{pid, stat->start_time};
}

bool is_running(const ProcessId& process) {
  const auto stat = read_stat(process.pid);
  if (!stat || stat->start_time != process.start_time) return false;
  if (stat->state != 'Z' && stat->state != 'X') return true;
  // The first thread has ended; a child of ours that cannot be reaped yet has others that have not.
  siginfo_t ended{};
  return waitid(P_PID, static_cast<id_t>(process.pid), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0;
}

std::optional<ExitStatus> try_reap(const ProcessId& process) {
  int status = 0;
  if (waitpid(process.pid, &status, WNOHANG) != process.pid) return std::nullopt;
  if (WIFSIGNALED(status)) return ExitStatus{0, WTERMSIG(status)};
  return ExitStatus{WEXITSTATUS(status), 0};
}

bool signal_group(const ProcessId& process, int signal) {
  const auto stat = read_stat(process.pid);
  if (!stat || stat->start_time != process.start_time) return false;
  return kill(-process.pid, signal) == 0;
}

std::filesystem::path own_executable() { return std::filesystem::read_symlink("/proc/self/exe"); }

}  // namespace tarn
