#pragma once
// T-SQL sessions that outlive a request: a shell's current database, temporary tables and settings
// hold from one statement to the next.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "sql/session.h"

namespace tarn::api {

/// The "spid" of a new session of any surface.
int next_sql_session_id();

struct SharedSession {
  SharedSession(const sql::Services& services, sql::SessionOptions options)
      : session(services, std::move(options)) {}

  static constexpr double kBusyWaitS = 5;

  /// The session, for one request's batches. Waits up to kBusyWaitS for another request to end
  /// (one that was just cancelled, as a rule); then Error(kUnavailable).
  class Use {
   public:
    Use(SharedSession& session, const CancelToken& cancel);
    ~Use() { session_.busy_.unlock(); }
    Use(const Use&) = delete;

   private:
    SharedSession& session_;
  };

  sql::Session session;

 private:
  std::timed_mutex busy_;
};

/// Thread-safe. A session belongs to the principal that opened it.
class SqlSessions {
 public:
  static constexpr std::size_t kSessionsMax = 1'000;     // of all principals
  static constexpr std::size_t kSessionsOfOneMax = 100;  // of one principal
  static constexpr std::chrono::minutes kIdle{240};  // unused for longer: closed by the next add()

  using SteadyClock = std::chrono::steady_clock;
  explicit SqlSessions(std::function<SteadyClock::time_point()> now = SteadyClock::now)
      : now_(std::move(now)) {}

  /// The new session's id. Throws Error(kResourceExhausted) beyond the limits.
  std::string add(std::shared_ptr<SharedSession> session, const std::string& owner);
  /// Throws Error(kNotFound), also for a session of somebody else.
  std::shared_ptr<SharedSession> find(const std::string& id, std::string_view owner);
  void remove(const std::string& id, std::string_view owner);

 private:
  struct Entry {
    std::shared_ptr<SharedSession> session;
    std::string owner;
    SteadyClock::time_point used;
  };
  std::map<std::string, Entry>::iterator require(const std::string& id, std::string_view owner);

  std::function<SteadyClock::time_point()> now_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace tarn::api
