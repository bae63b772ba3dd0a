#pragma once
// The servers that share a store: each keeps a row that says that it lives, so that the others know
// which jobs have lost theirs.
//
// A server on the same machine is judged by its process. Of one on another machine only its row is
// seen: it is gone when the row has not changed for kLeaseS by our own clock, so that clocks that
// differ do no harm.

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/process.h"
#include "meta/store.h"

namespace tarn::jobs::detail {

inline constexpr double kRenewS = 5;
inline constexpr double kLeaseS = 60;

class Servers {
 public:
  /// `alone`: no other server can be on the store, and every job is ours.
  Servers(meta::Store& store, std::string workspace_id, std::string server_id, std::string home,
          bool alone, const Clock& clock = Clock::system());
  ~Servers();

  /// Writes our row and keeps it fresh, until leave() or the end. Nothing where we are alone.
  void join();
  void leave();

  const std::string& own_id() const { return own_id_; }

  enum class Standing {
    kOurs,           // our own, or nobody's
    kAlive,          // another server's, who lives
    kGone,           // its server is gone, and was on this machine
    kGoneElsewhere,  // its server is gone, and was on another machine
  };
  Standing standing(const std::string& server_id);
  /// Whether processes of that server are processes of this machine.
  bool is_here(const std::string& server_id);
  /// "host (last seen 2026-11-20T14:03:07Z)"; for messages.
  std::string describe(const std::string& server_id);

 private:
  struct Seen {
    std::int64_t renewed_at = 0;
    std::chrono::steady_clock::time_point since;
  };

  std::optional<meta::Row> row_of(const std::string& server_id);
  void write_row();
  void keep_fresh();

  meta::Store& store_;
  std::string workspace_id_;
  std::string own_id_;
  std::string home_;
  bool alone_;
  const Clock& clock_;
  std::string machine_;
  Micros started_at_ = 0;

  std::mutex mutex_;
  std::condition_variable stopping_changed_;
  bool stopping_ = false;
  std::map<std::string, Seen> seen_;
  std::thread thread_;
};

}  // namespace tarn::jobs::detail
