#pragma once
// Limits of groups of processes by cgroup v2 (the kernel's
// Documentation/admin-guide/cgroup-v2.rst), where the system lets this process make groups: a
// systemd service with Delegate=yes, a container whose first process it is.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tarn {

/// 0: no limit.
struct GroupLimits {
  std::uint64_t memory_bytes_max = 0;  // what all its processes hold, files that they read included
  double cpus_max = 0;                 // 1.5: one and a half cores' time
  std::uint64_t processes_max = 0;     // threads are counted
};

/// A cgroup that is ours, and the groups in it. Thread-safe.
class Cgroups {
 public:
  /// The group that this process moves into, so that its former one may have others in it.
  static constexpr const char* kOwnGroup = "tarn-server";

  /// Takes over the group that this process is in, if it may be written, has the memory controller
  /// and nobody else in it; else empty, and nothing has changed. `proc` is the process's folder in
  /// /proc.
  static std::optional<Cgroups> take_over(const std::filesystem::path& proc = "/proc/self");

  explicit Cgroups(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }

  /// Makes the group, or gives one that is there these limits. Throws Error(kUnavailable).
  void make(const std::string& name, const GroupLimits& limits) const;
  /// Moves a process into the group. Throws Error(kUnavailable).
  void add(const std::string& name, pid_t pid) const;
  /// How many of its processes the kernel has ended because of its memory limit.
  std::uint64_t processes_out_of_memory(const std::string& name) const;
  /// Removes the group if no process is in it.
  void remove(const std::string& name) const noexcept;
  /// Removes all groups with this prefix that no process is in.
  void remove_all(std::string_view prefix) const noexcept;

 private:
  std::filesystem::path folder_;
};

}  // namespace tarn
