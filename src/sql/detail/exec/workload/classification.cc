#include "detail/exec/workload/classification.h"

#include <chrono>

#include "base/text.h"
#include "detail/exec/failure.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/request_label.h"
#include "detail/exec/security.h"
#include "detail/exec/workload/workload_store.h"

namespace tarn::sql {
namespace {

constexpr int kLoginWeight = 64;
constexpr int kRoleWeight = 32;
constexpr int kLabelWeight = 16;
constexpr int kContextWeight = 8;
constexpr int kTimeWeight = 4;
constexpr std::string_view kContextKey = "wlm_context";

/// What takes some of a pool's resources, as Azure has it: no control flow, no BEGIN and COMMIT.
bool is_classified(const ast::Statement& statement) {
  return std::visit(
      ast::Overloaded{
          [](const ast::SelectStatement&) { return true; }, [](const ast::Insert&) { return true; },
          [](const ast::Update&) { return true; }, [](const ast::Delete&) { return true; },
          [](const ast::Merge&) { return true; }, [](const ast::Truncate&) { return true; },
          [](const ast::Copy&) { return true; }, [](const ast::CreateTable&) { return true; },
          [](const ast::CreateExternalTable&) { return true; },
          [](const ast::AlterTable&) { return true; }, [](const ast::Statistics&) { return true; },
          [](const auto&) { return false; }},
      statement.node);
}

/// From 22:00 to 02:00 is over midnight. The end belongs to it no more.
bool within(int minute, int start, int end) {
  return start <= end ? minute >= start && minute < end : minute >= start || minute < end;
}

/// 0 where the request is not the classifier's.
int weight_of(const WorkloadClassifier& classifier, const RequestTraits& request,
              const std::function<bool(const std::string& role)>& is_member) {
  int weight = 0;
  if (!classifier.label.empty()) {
    if (!equal_ignoring_case(classifier.label, request.label)) return 0;
    weight += kLabelWeight;
  }
  if (!classifier.context.empty()) {
    if (!equal_ignoring_case(classifier.context, request.context)) return 0;
    weight += kContextWeight;
  }
  if (classifier.start_minute && classifier.end_minute) {
    if (!within(request.minute, *classifier.start_minute, *classifier.end_minute)) return 0;
    weight += kTimeWeight;
  }
  if (equal_ignoring_case(classifier.member, request.login)) return weight + kLoginWeight;
  const bool role = equal_ignoring_case(classifier.member, "dbo") || is_member(classifier.member);
  return role ? weight + kRoleWeight : 0;
}

int minute_of_day(Micros now) {
  constexpr Micros kMinute = 60'000'000;
  return static_cast<int>(now / kMinute % (24 * 60));
}

std::string context_value(const NameMap<Variable>& context, std::string_view key) {
  const auto found = context.find(key);
  return found == context.end() ? std::string() : found->second.text.value_or("");
}

}  // namespace

const WorkloadClassifier* classifier_for(
    const RequestTraits& request, const PoolWorkload& workload,
    const std::function<bool(const std::string& role)>& is_member) {
  const WorkloadClassifier* best = nullptr;
  std::pair<int, Hundredths> best_weight{0, 0};
  for (const WorkloadClassifier& one : workload.classifiers) {
    if (one.by_system()) continue;  // a resource class is no role here that one can be given
    const int weight = weight_of(one, request, is_member);
    const WorkloadGroup* group = workload.group(one.group);
    if (weight == 0 || !group) continue;
    const std::pair<int, Hundredths> found{weight, group->request_min};
    if (found <= best_weight) continue;
    best = &one;
    best_weight = found;
  }
  return best;
}

ClassifiedStatement::ClassifiedStatement(Execution& run, const ast::Statement& statement)
    : span_(statement.span) {
  SessionState& session = run.session;
  if (!session.ticket || !is_classified(statement)) return;
  const auto pool = current_pool(session);
  if (!pool) return;
  const auto workload = session.services.workload->of(session, *pool);
  const RequestTraits request{.login = session.options.login,
                              .label = label_of(statement),
                              .context = context_value(session.context, kContextKey),
                              .minute = minute_of_day(session.services.clock->now())};
  const auto is_member = [&](const std::string& role) {
    return is_database_role_member(session, pool->name, role);
  };
  const WorkloadClassifier* classifier = classifier_for(request, *workload, is_member);
  const WorkloadGroup* group = workload->group(classifier ? classifier->group : kDefaultGroup);
  check(group != nullptr, "a pool has no default workload group");
  session.ticket->classify(
      {.pool = pool->name,
       .group = group->name,
       .classifier = classifier ? classifier->name : "",
       .importance =
           classifier && classifier->importance ? *classifier->importance : group->importance,
       .share =
           percent_text(effective_shares(*group, *workload, pool->performance_level).request_min)});
  group_ = group->name;
  timeout_s_ = group->timeout_s;
  if (timeout_s_ > 0) start_clock(session);
}

ClassifiedStatement::~ClassifiedStatement() { stop_clock(); }

void ClassifiedStatement::start_clock(SessionState& session) {
  session.connection();  // the batch has its place: what it waited for does not count
  clock_ = std::thread([this, ticket = session.ticket] {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, std::chrono::seconds(timeout_s_), [this] { return stopped_; }))
      return;
    struck_ = true;
    lock.unlock();
    ticket->time_out();
  });
}

bool ClassifiedStatement::stop_clock() {
  if (!clock_.joinable()) return false;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  clock_.join();
  return struck_;
}

void ClassifiedStatement::finish() {
  if (!stop_clock()) return;
  throw failure_of(Code::kDeadlineExceeded, 3617, 11, 1,
                   "The query was canceled: it ran longer than the QUERY_EXECUTION_TIMEOUT_SEC of "
                   "its workload group '" +
                       group_ + "', " + std::to_string(timeout_s_) + ".",
                   span_, "Make the query faster, or ALTER WORKLOAD GROUP.");
}

}  // namespace tarn::sql
