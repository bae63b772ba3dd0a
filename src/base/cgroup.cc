#include "cgroup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>

#include "error.h"
#include "files.h"

namespace tarn {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kPeriodUs = 100'000;  // in which cpus_max is counted
constexpr std::uint64_t kQuotaUsMin = 1'000;  // the kernel's least

/// Empty, or why it could not be written. A file of a cgroup takes one write.
std::string write_failure(const fs::path& file, const std::string& text) {
  const FileDescriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (out && ::write(out.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()))
    return {};
  return std::strerror(errno);
}

void write_or_throw(const fs::path& file, const std::string& text) {
  if (const std::string why = write_failure(file, text); !why.empty())
    throw Error(Code::kUnavailable, "Cannot write " + text + " to " + file.string() + ": " + why);
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool has_word(const fs::path& file, std::string_view word) {
  std::istringstream words(text_of(file));
  for (std::string one; words >> one;) {
    if (one == word) return true;
  }
  return false;
}

/// The path after "0::" in /proc/<pid>/cgroup.
std::string group_in(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0::")) return line.substr(3);
  }
  return {};
}

/// Where cgroup v2 is mounted, and which group that is the top of (proc(5), mountinfo).
struct Mount {
  std::string root;
  fs::path place;
};
std::optional<Mount> mount_in(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" - cgroup2 ") == std::string::npos) continue;
    std::istringstream fields(line);
    std::string id, parent, device, root, place;
    if (fields >> id >> parent >> device >> root >> place) return Mount{root, place};
  }
  return std::nullopt;
}

/// The folder of the group that the process is in.
std::optional<fs::path> own_folder(const fs::path& proc) {
  const std::string group = group_in(text_of(proc / "cgroup"));
  const auto mount = mount_in(text_of(proc / "mountinfo"));
  if (group.empty() || !mount) return std::nullopt;
  const fs::path inside = fs::path(group).lexically_relative(mount->root);
  if (inside.empty() || *inside.begin() == "..") return std::nullopt;
  return (mount->place / inside).lexically_normal();
}

bool is_writable(const fs::path& folder) {
  return ::access(folder.c_str(), W_OK) == 0 &&
         ::access((folder / "cgroup.procs").c_str(), W_OK) == 0 &&
         ::access((folder / "cgroup.subtree_control").c_str(), W_OK) == 0;
}

/// Lets the group's own groups have limits. Of memory at least.
bool enable_controllers(const fs::path& folder) {
  const fs::path control = folder / "cgroup.subtree_control";
  if (!write_failure(control, "+memory").empty()) return false;
  for (const char* controller : {"+cpu", "+pids"}) {
    if (has_word(folder / "cgroup.controllers", controller + 1)) write_failure(control, controller);
  }
  return true;
}

}  // namespace

std::optional<Cgroups> Cgroups::take_over(const fs::path& proc) {
  auto own = own_folder(proc);
  if (!own) return std::nullopt;
  if (own->filename().empty()) own = own->parent_path();
  // Where an earlier life, or systemd's DelegateSubgroup=, has put this process already.
  if (own->filename() == kOwnGroup && is_writable(own->parent_path()) &&
      enable_controllers(own->parent_path())) {
    return Cgroups(own->parent_path());
  }
  const std::string self = std::to_string(getpid());
  if (!is_writable(*own) || !has_word(*own / "cgroup.controllers", "memory")) return std::nullopt;
  if (text_of(*own / "cgroup.procs") != self + '\n') return std::nullopt;
  // A group with processes of its own cannot limit others within it.
  const fs::path inner = *own / kOwnGroup;
  std::error_code ignored;
  fs::create_directory(inner, ignored);
  if (write_failure(inner / "cgroup.procs", self).empty() && enable_controllers(*own))
    return Cgroups(*own);
  write_failure(*own / "cgroup.procs", self);
  ::rmdir(inner.c_str());
  return std::nullopt;
}

void Cgroups::make(const std::string& name, const GroupLimits& limits) const {
  const fs::path group = folder_ / name;
  std::error_code error;
  fs::create_directory(group, error);
  if (error)
    throw Error(Code::kUnavailable,
                "Cannot make the cgroup " + group.string() + ": " + error.message());
  if (limits.memory_bytes_max > 0) {
    write_or_throw(group / "memory.max", std::to_string(limits.memory_bytes_max));
    // All of the group or nothing; and memory that is swapped out is memory. A kernel without swap
    // has no such file.
    write_failure(group / "memory.oom.group", "1");
    write_failure(group / "memory.swap.max", "0");
  }
  if (limits.cpus_max > 0) {
    const auto quota = static_cast<std::uint64_t>(std::llround(limits.cpus_max * kPeriodUs));
    write_or_throw(group / "cpu.max",
                   std::to_string(std::max(quota, kQuotaUsMin)) + " " + std::to_string(kPeriodUs));
  }
  if (limits.processes_max > 0)
    write_or_throw(group / "pids.max", std::to_string(limits.processes_max));
}

void Cgroups::add(const std::string& name, pid_t pid) const {
  write_or_throw(folder_ / name / "cgroup.procs", std::to_string(pid));
}

std::uint64_t Cgroups::processes_out_of_memory(const std::string& name) const {
  std::istringstream events(text_of(folder_ / name / "memory.events"));
  std::string event;
  for (std::uint64_t count = 0; events >> event >> count;) {
    if (event == "oom_kill") return count;
  }
  return 0;
}

void Cgroups::remove(const std::string& name) const noexcept { ::rmdir((folder_ / name).c_str()); }

void Cgroups::remove_all(std::string_view prefix) const noexcept {
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix)) remove(name);
  }
}

}  // namespace tarn
