#include "sql/admission.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "detail/exec/failure.h"

namespace tarn::sql {
namespace {

constexpr int kPlacesPerCore = 4;
constexpr std::array<std::string_view, 5> kImportances = {"low", "below_normal", "normal",
                                                          "above_normal", "high"};

int default_places() {
  return kPlacesPerCore * std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

std::string_view name_of(Importance importance) {
  return kImportances.at(static_cast<std::size_t>(importance));
}

std::optional<Importance> importance_of(std::string_view name) {
  const auto found = std::ranges::find(kImportances, name);
  if (found == kImportances.end()) return std::nullopt;
  return static_cast<Importance>(found - kImportances.begin());
}

Admission::Admission(AdmissionLimits limits, const Clock& clock) : limits_(limits), clock_(clock) {
  if (limits_.running_max <= 0) limits_.running_max = default_places();
}

Admission::Ticket::Ticket(Admission& admission, RequestInfo info, const CancelToken& parent)
    : admission_(admission),
      info_(std::move(info)),
      source_(std::make_shared<CancelSource>(parent)) {
  const std::lock_guard lock(admission_.mutex_);
  info_.number = admission_.next_number_++;
  position_ = admission_.all_.insert(admission_.all_.end(), this);
}

Admission::Ticket::~Ticket() {
  const std::lock_guard lock(admission_.mutex_);
  admission_.all_.erase(position_);
  info_.status = source_->cancelled()                       ? "Cancelled"
                 : std::uncaught_exceptions() > exceptions_ ? "Failed"
                                                            : "Completed";
  info_.finished = admission_.clock_.now();
  admission_.count(*this);
  if (admission_.finished_.size() == kFinishedMax) admission_.finished_.pop_front();
  admission_.finished_.push_back(std::move(info_));
  if (!running_) return;
  --admission_.running_;
  admission_.changed_.notify_all();
}

void Admission::Ticket::use_engine() {
  if (running_) return;
  Admission& all = admission_;
  const auto woken = source_->token().on_cancel([&all] {
    const std::lock_guard lock(all.mutex_);
    all.changed_.notify_all();
  });
  std::unique_lock lock(all.mutex_);
  if (all.running_ >= all.limits_.running_max &&
      static_cast<int>(all.line_.size()) >= all.limits_.waiting_max) {
    throw failure_of(
        Code::kResourceExhausted, 10928, 20, 1,
        "The request limit has been reached: " + std::to_string(all.limits_.running_max) +
            " batches run and " + std::to_string(all.line_.size()) + " wait.",
        {}, "Try again later.");
  }
  const auto behind = std::ranges::find_if(all.line_, [this](const Ticket* other) {
    return other->info_.workload.importance < info_.workload.importance;
  });
  const auto place = all.line_.insert(behind, this);
  queued_ = queued_ || all.running_ >= all.limits_.running_max || all.line_.front() != this;
  const bool mine =
      all.changed_.wait_for(lock, std::chrono::duration<double>(all.limits_.wait_s), [&] {
        return source_->cancelled() ||
               (all.line_.front() == this && all.running_ < all.limits_.running_max);
      });
  all.line_.erase(place);
  all.changed_.notify_all();  // the next in line
  if (source_->cancelled()) {
    lock.unlock();
    source_->token().check();
  }
  if (!mine) {
    throw failure_of(Code::kResourceExhausted, 8645, 17, 1,
                     "A timeout occurred while waiting for a place among the " +
                         std::to_string(all.limits_.running_max) + " batches that may run.",
                     {}, "Rerun the query.");
  }
  ++all.running_;
  running_ = true;
}

void Admission::Ticket::set_label(std::string label) {
  if (label.size() > kLabelBytesMax) label.resize(kLabelBytesMax);
  const std::lock_guard lock(admission_.mutex_);
  info_.label = std::move(label);
}

void Admission::Ticket::classify(Classification found) {
  const std::lock_guard lock(admission_.mutex_);
  info_.workload = std::move(found);
}

void Admission::Ticket::time_out() {
  {
    const std::lock_guard lock(admission_.mutex_);
    timed_out_ = true;
  }
  // Out of the lock: what a cancellation calls may take it.
  source_->cancel("a query ran longer than its workload group allows");
}

void Admission::count(const Ticket& ticket) {
  const Classification& workload = ticket.info_.workload;
  if (workload.group.empty()) return;
  GroupCounts& counts = counts_[{workload.pool, workload.group}];
  if (counts.since == 0) counts.since = ticket.info_.started;
  ++counts.completed;
  counts.queued += ticket.queued_;
  counts.timed_out += ticket.timed_out_;
}

GroupCounts Admission::counts(const std::string& pool, const std::string& group) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find({pool, group});
  return found == counts_.end() ? GroupCounts{} : found->second;
}

Admission::Entry::Entry(Admission& admission, SessionInfo info) : admission_(admission) {
  const std::lock_guard lock(admission_.mutex_);
  position_ = admission_.sessions_.insert(admission_.sessions_.end(), std::move(info));
}

Admission::Entry::~Entry() {
  const std::lock_guard lock(admission_.mutex_);
  admission_.sessions_.erase(position_);
}

std::unique_ptr<Admission::Entry> Admission::enter(SessionInfo info) {
  info.started = clock_.now();
  return std::unique_ptr<Entry>(new Entry(*this, std::move(info)));
}

std::vector<SessionInfo> Admission::sessions() const {
  const std::lock_guard lock(mutex_);
  return {sessions_.begin(), sessions_.end()};
}

std::vector<RequestInfo> Admission::finished() const {
  const std::lock_guard lock(mutex_);
  return {finished_.begin(), finished_.end()};
}

void Admission::Ticket::step_aside() {
  const std::lock_guard lock(admission_.mutex_);
  if (!running_) return;
  running_ = false;
  aside_ = true;
  --admission_.running_;
  admission_.changed_.notify_all();
}

void Admission::Ticket::step_back() {
  {
    const std::lock_guard lock(admission_.mutex_);
    if (!aside_) return;
    aside_ = false;
  }
  use_engine();
}

std::unique_ptr<Admission::Ticket> Admission::begin(RequestInfo info, const CancelToken& parent) {
  info.started = clock_.now();
  if (info.text.size() > kTextBytesMax) info.text.resize(kTextBytesMax);
  return std::unique_ptr<Ticket>(new Ticket(*this, std::move(info), parent));
}

std::string Admission::reason_of(const Ticket& ticket) const {
  const auto before = std::distance(line_.begin(), std::find(line_.begin(), line_.end(), &ticket));
  return "waits for one of " + std::to_string(limits_.running_max) + " places; " +
         std::to_string(before) + " before it";
}

std::vector<RequestInfo> Admission::requests() const {
  const std::lock_guard lock(mutex_);
  std::vector<RequestInfo> result;
  for (const Ticket* ticket : all_) {
    RequestInfo info = ticket->info_;
    info.waiting = std::find(line_.begin(), line_.end(), ticket) != line_.end();
    if (info.waiting) info.reason = reason_of(*ticket);
    if (ticket->aside_) {
      info.waiting = true;
      info.for_client = true;
      info.reason = "waits for its client to take rows";
    }
    result.push_back(std::move(info));
  }
  return result;
}

bool Admission::cancel(int session_id) {
  // Out of the lock: what a cancellation calls may take it.
  std::shared_ptr<CancelSource> found;
  {
    const std::lock_guard lock(mutex_);
    const auto ticket = std::find_if(all_.begin(), all_.end(), [session_id](const Ticket* one) {
      return one->info_.session_id == session_id;
    });
    if (ticket == all_.end()) return false;
    found = (*ticket)->source_;
  }
  found->cancel("the batch was ended by another session");
  return true;
}

}  // namespace tarn::sql
