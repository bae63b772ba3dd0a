#include "detail/sql_sessions.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace tarn::api {

int next_sql_session_id() {
  constexpr int kFirst = 51;      // those below are SQL Server's own
  constexpr int kCount = 32'000;  // a spid has 16 bits, signed in places
  static std::atomic<int> count{0};
  return kFirst + static_cast<int>(static_cast<unsigned>(count++) % kCount);
}

SharedSession::Use::Use(SharedSession& session, const CancelToken& cancel) : session_(session) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(kBusyWaitS);
  while (!session.busy_.try_lock_for(std::chrono::milliseconds(50))) {
    cancel.check();
    if (std::chrono::steady_clock::now() > deadline) {
      throw Error(Code::kUnavailable, "The session runs another batch.",
                  "Wait for its end, or open another session.");
    }
  }
}

std::string SqlSessions::add(std::shared_ptr<SharedSession> session, const std::string& owner) {
  std::vector<std::shared_ptr<SharedSession>> idle;  // ended outside of the lock
  std::lock_guard lock(mutex_);
  const auto now = now_();
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (now - it->second.used > kIdle && it->second.session.use_count() == 1) {
      idle.push_back(std::move(it->second.session));
      it = entries_.erase(it);
    } else {
      ++it;
    }
  }
  const auto of_owner = static_cast<std::size_t>(std::ranges::count_if(
      entries_, [&owner](const auto& entry) { return entry.second.owner == owner; }));
  if (entries_.size() >= kSessionsMax || of_owner >= kSessionsOfOneMax) {
    throw Error(Code::kResourceExhausted,
                "Too many SQL sessions are open: " + std::to_string(of_owner) + " of yours, " +
                    std::to_string(entries_.size()) + " in all.",
                "Close one: DELETE /sql/sessions/{session}.");
  }
  std::string id = new_id();
  entries_.emplace(id, Entry{std::move(session), owner, now});
  return id;
}

std::shared_ptr<SharedSession> SqlSessions::find(const std::string& id, std::string_view owner) {
  std::lock_guard lock(mutex_);
  const auto entry = require(id, owner);
  entry->second.used = now_();
  return entry->second.session;
}

void SqlSessions::remove(const std::string& id, std::string_view owner) {
  std::shared_ptr<SharedSession> session;  // ended outside of the lock
  std::lock_guard lock(mutex_);
  const auto entry = require(id, owner);
  session = std::move(entry->second.session);
  entries_.erase(entry);
}

std::map<std::string, SqlSessions::Entry>::iterator SqlSessions::require(const std::string& id,
                                                                         std::string_view owner) {
  const auto entry = entries_.find(id);
  if (entry == entries_.end() || entry->second.owner != owner) {
    throw Error(Code::kNotFound, "There is no SQL session " + id + ".",
                "It was closed, or the server was started anew. Open one: POST /sql/sessions.");
  }
  return entry;
}

}  // namespace tarn::api
