#pragma once
// Who may use the engine now: so many batches at a time, the others wait in line, and both can be
// seen and ended.
//
// Owns the line, in which the important go first. Never looks into a batch. A batch that needs no
// engine (SET NOCOUNT ON, USE) never waits. Thread-safe.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"

namespace tarn::sql {

/// Who goes before whom in line; of the same importance, who came first.
enum class Importance { kLow, kBelowNormal, kNormal, kAboveNormal, kHigh };
std::string_view name_of(Importance importance);  // "below_normal"
std::optional<Importance> importance_of(std::string_view name);

/// What a dedicated SQL pool's workload management has found of a request.
struct Classification {
  std::string pool;
  std::string group;       // empty: the request was not classified
  std::string classifier;  // empty: none fits, and the group is the default one
  Importance importance = Importance::kNormal;
  std::string share;  // of the pool's resources, in percent: "25.00"
};

/// Requests of a workload group since the server began.
struct GroupCounts {
  Micros since = 0;  // its first request
  std::int64_t completed = 0;
  std::int64_t queued = 0;     // had to wait for a place
  std::int64_t timed_out = 0;  // QUERY_EXECUTION_TIMEOUT_SEC
};

struct AdmissionLimits {
  int running_max = 0;     // batches that use the engine; 0: four a core
  int waiting_max = 1000;  // one more is error 10928
  double wait_s = 300;     // then error 8645
};

/// A batch under way, as sys.dm_exec_requests shows it.
struct RequestInfo {
  int session_id = 0;
  std::string login;
  std::string application;
  std::string database;
  std::string text;  // at most Admission::kTextBytesMax
  Micros started = 0;
  bool waiting = false;
  bool for_client = false;         // the waiting, and not for a place
  std::string reason;              // of the waiting: "waits for 1 of 8 places; 3 before it"
  std::int64_t number = 0;         // of all requests, from 1 on: QID1
  std::string label;               // OPTION (LABEL = '…')
  std::string status = "Running";  // or Completed, Failed, Cancelled
  Micros finished = 0;             // 0: under way
  Classification workload;
};

/// A session that is there, as sys.dm_exec_sessions shows it.
struct SessionInfo {
  int id = 0;
  std::string login;
  std::string application;
  std::string database;  // that it began in
  std::string host;      // the client's machine, as it names it; empty where it does not
  std::string address;   // of the client; empty: this process
  Micros started = 0;
};

class Admission {
 public:
  static constexpr std::size_t kTextBytesMax = 4000;
  static constexpr std::size_t kLabelBytesMax = 255;
  static constexpr std::size_t kFinishedMax = 1000;  // requests that are kept when they are over

  explicit Admission(AdmissionLimits limits = {}, const Clock& clock = Clock::system());
  Admission(const Admission&) = delete;

  /// A batch from its start to its end.
  class Ticket {
   public:
    ~Ticket();
    Ticket(const Ticket&) = delete;
    /// The batch's own token: cancelled by its client and by cancel().
    CancelToken token() const { return source_->token(); }
    /// Takes a place, waiting for one where need be; at once when it has one. Throws Error: 10928
    /// when the line is full, 8645 when the wait is over, kCancelled.
    void use_engine();
    /// Gives the place back while the batch waits for its client to take rows, and takes one again,
    /// as use_engine(). A batch that has none keeps none.
    void step_aside();
    void step_back();
    /// The last one counts.
    void set_label(std::string label);
    /// Of the statement that comes next. One that waits for a place has its importance.
    void classify(Classification found);
    /// The statement has run for longer than its workload group allows: ends the batch.
    void time_out();

   private:
    friend class Admission;
    Ticket(Admission& admission, RequestInfo info, const CancelToken& parent);

    Admission& admission_;
    RequestInfo info_;
    std::shared_ptr<CancelSource> source_;
    std::list<Ticket*>::iterator position_;
    bool running_ = false;
    bool aside_ = false;
    bool queued_ = false;
    bool timed_out_ = false;
    int exceptions_ = std::uncaught_exceptions();
  };

  /// A session from its start to its end.
  class Entry {
   public:
    ~Entry();
    Entry(const Entry&) = delete;

   private:
    friend class Admission;
    Entry(Admission& admission, SessionInfo info);

    Admission& admission_;
    std::list<SessionInfo>::iterator position_;
  };

  std::unique_ptr<Entry> enter(SessionInfo info);
  std::vector<SessionInfo> sessions() const;

  std::unique_ptr<Ticket> begin(RequestInfo info, const CancelToken& parent);

  /// Of all batches, the oldest first.
  std::vector<RequestInfo> requests() const;
  /// Those that are over, the oldest first.
  std::vector<RequestInfo> finished() const;
  GroupCounts counts(const std::string& pool, const std::string& group) const;
  /// Cancels the batch of a session; false when it has none.
  bool cancel(int session_id);

  int running_max() const { return limits_.running_max; }

 private:
  std::string reason_of(const Ticket& ticket) const;
  void count(const Ticket& ticket);

  AdmissionLimits limits_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Ticket*> all_;
  std::list<Ticket*> line_;
  int running_ = 0;
  std::int64_t next_number_ = 1;
  std::deque<RequestInfo> finished_;
  std::map<std::pair<std::string, std::string>, GroupCounts> counts_;  // by pool and group
  std::list<SessionInfo> sessions_;
};

}  // namespace tarn::sql
