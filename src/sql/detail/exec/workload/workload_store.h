#pragma once
// The workload groups and classifiers of pools as the metadata store keeps them: tables
// `sql_workload_groups` and `sql_workload_classifiers`, which go with their pool.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "detail/exec/session_state.h"
#include "detail/exec/workload/workload.h"
#include "pools/pools.h"

namespace tarn::sql {

/// Each pool's, read once: a pool belongs to one server, and so do its changes. Thread-safe.
class WorkloadSettings {
 public:
  std::shared_ptr<const PoolWorkload> of(const SessionState& session, const pools::PoolInfo& pool);

  // In one transaction of the store each. Throw Error: 10918 for a name that is there, 15151 for
  // one that is not, 10909, 10912, 10915, 10916, and what check_group() does.
  void create(const SessionState& session, const pools::PoolInfo& pool, WorkloadGroup group);
  /// `change` is applied to the group as it is.
  void alter(const SessionState& session, const pools::PoolInfo& pool, std::string_view name,
             const std::function<void(WorkloadGroup& group)>& change);
  void drop_group(const SessionState& session, const pools::PoolInfo& pool, std::string_view name);
  void create(const SessionState& session, const pools::PoolInfo& pool,
              WorkloadClassifier classifier);
  void drop_classifier(const SessionState& session, const pools::PoolInfo& pool,
                       std::string_view name);

 private:
  struct Kept {
    Micros pool_created = 0;  // a pool of the same name may come after it
    std::string performance_level;
    std::shared_ptr<const PoolWorkload> workload;
  };
  void forget(const pools::PoolInfo& pool);

  std::mutex mutex_;
  std::map<std::string, Kept, CaseInsensitive> kept_;
};

}  // namespace tarn::sql
