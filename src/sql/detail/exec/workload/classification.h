#pragma once
// Which workload group a request of a dedicated SQL pool belongs to, and what follows: its place in
// line by its importance, and the end of a query that runs longer than its group allows.
// https://learn.microsoft.com/azure/synapse-analytics/sql-data-warehouse/sql-data-warehouse-workload-classification

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "detail/exec/session_state.h"
#include "detail/exec/workload/workload.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// What a request shows of itself to classifiers.
struct RequestTraits {
  std::string login;
  std::string label;    // OPTION (LABEL = '…'); empty: none
  std::string context;  // SESSION_CONTEXT(N'wlm_context'); empty: none
  int minute = 0;       // of the day, UTC
};

/// The user's classifier of the greatest weight among those that fit: a login counts 64, a role 32,
/// a label 16, a context 8, a time 4; of equal ones that whose group gives a request most.
/// `is_member`: of a role of the database; everybody is dbo, as USER_NAME() says. Null: none fits.
const WorkloadClassifier* classifier_for(
    const RequestTraits& request, const PoolWorkload& workload,
    const std::function<bool(const std::string& role)>& is_member);

/// A statement under way. In a pool, one that reads or changes rows or tables is classified at its
/// beginning; its time counts from when its batch has a place.
class ClassifiedStatement {
 public:
  ClassifiedStatement(Execution& run, const ast::Statement& statement);
  ~ClassifiedStatement();
  ClassifiedStatement(const ClassifiedStatement&) = delete;

  /// It is over, one way or the other. Throws Error(kDeadlineExceeded) where it took too long.
  void finish();

 private:
  void start_clock(SessionState& session);
  /// Whether it struck.
  bool stop_clock();

  ast::Span span_;
  std::string group_;
  std::int64_t timeout_s_ = 0;
  std::thread clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  bool struck_ = false;
};

}  // namespace tarn::sql
