#include "detail/servers.h"

#include <unistd.h>

#include <climits>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"

namespace tarn::jobs::detail {
namespace {

using meta::Transaction;

/// What two processes have in common when each other's pid means something to them: the boot of
/// the kernel and the pid namespace.
std::string this_machine() {
  std::error_code ignored;
  return std::string(trim(read_file("/proc/sys/kernel/random/boot_id", 64))) + " " +
         std::filesystem::read_symlink("/proc/self/ns/pid", ignored).string();
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "unknown";
}

}  // namespace

Servers::Servers(meta::Store& store, std::string workspace_id, std::string server_id,
                 std::string home, bool alone, const Clock& clock)
    : store_(store),
      workspace_id_(std::move(workspace_id)),
      own_id_(std::move(server_id)),
      home_(std::move(home)),
      alone_(alone),
      clock_(clock),
      machine_(this_machine()) {}

Servers::~Servers() { leave(); }

void Servers::join() {
  if (alone_) return;
  started_at_ = clock_.now();
  write_row();
  stopping_ = false;
  thread_ = std::thread([this] { keep_fresh(); });
}

void Servers::leave() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stopping_changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Servers::write_row() {
  const ProcessId self = process_id(::getpid()).value_or(ProcessId{::getpid(), 0});
  store_.write([&](Transaction& tx) {
    tx.execute(
        "INSERT INTO servers (workspace_id, server_id, host, machine, pid, start_time, home, "
        "started_at, renewed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
        "ON CONFLICT (workspace_id, server_id) DO UPDATE SET host = excluded.host, machine = "
        "excluded.machine, pid = excluded.pid, start_time = excluded.start_time, home = "
        "excluded.home, started_at = excluded.started_at, renewed_at = excluded.renewed_at",
        workspace_id_, own_id_, host_name(), machine_, self.pid, self.start_time, home_,
        started_at_, clock_.now());
  });
}

void Servers::keep_fresh() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    stopping_changed_.wait_for(lock, std::chrono::duration<double>(kRenewS));
    if (stopping_) return;
    lock.unlock();
    try {
      write_row();
    } catch (const std::exception& error) {
      log::warn("this server could not say that it lives", {{"error", error.what()}});
    }
    lock.lock();
  }
}

std::optional<meta::Row> Servers::row_of(const std::string& server_id) {
  return store_.read([&](Transaction& tx) {
    return tx.query_one(
        "SELECT machine, pid, start_time, renewed_at, host FROM servers WHERE workspace_id = $1 "
        "AND server_id = $2",
        workspace_id_, server_id);
  });
}

Servers::Standing Servers::standing(const std::string& server_id) {
  if (alone_ || server_id.empty() || server_id == own_id_) return Standing::kOurs;
  const auto row = row_of(server_id);
  if (!row) return Standing::kGoneElsewhere;
  if (row->text(0) == machine_) {
    const ProcessId process{static_cast<pid_t>(row->int64(1)),
                            static_cast<std::uint64_t>(row->int64(2))};
    return is_running(process) ? Standing::kAlive : Standing::kGone;
  }
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  const auto [seen, first] = seen_.try_emplace(server_id, Seen{row->int64(3), now});
  if (!first && seen->second.renewed_at != row->int64(3)) seen->second = {row->int64(3), now};
  const double silent_s = std::chrono::duration<double>(now - seen->second.since).count();
  return silent_s < kLeaseS ? Standing::kAlive : Standing::kGoneElsewhere;
}

bool Servers::is_here(const std::string& server_id) {
  if (alone_ || server_id.empty() || server_id == own_id_) return true;
  const auto row = row_of(server_id);
  return row && row->text(0) == machine_;
}

std::string Servers::describe(const std::string& server_id) {
  const auto row = row_of(server_id);
  if (!row) return "a server that the store does not know";
  return row->text(4) + " (last seen " + format_utc(row->int64(3)) + ")";
}

}  // namespace tarn::jobs::detail
