#pragma once
// Workload management of a dedicated SQL pool: groups that say how important a request is and how
// long it may run, and classifiers that say which group a request belongs to. Their shares of a
// pool's resources are kept and shown: on a single node a request takes what there is.
// https://learn.microsoft.com/sql/t-sql/statements/create-workload-group-transact-sql
// https://learn.microsoft.com/sql/t-sql/statements/create-workload-classifier-transact-sql
// https://learn.microsoft.com/azure/synapse-analytics/sql-data-warehouse/memory-concurrency-limits

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sql/admission.h"

namespace tarn::sql {

inline constexpr int kSystemGroupsCount = 12;           // ids 1 to 12; a user's groups follow
inline constexpr int kUserGroupsMax = 8;                // of a pool, as in Azure
inline constexpr int kUserClassifiersMax = 100;         // of a pool
inline constexpr std::size_t kWorkloadNameMax = 128;    // characters
inline constexpr std::size_t kClassifierTextMax = 255;  // characters of WLM_LABEL, WLM_CONTEXT
inline constexpr std::string_view kDefaultGroup = "smallrc";

/// Hundredths of a percent: 325 is 3.25 %.
using Hundredths = int;
/// "3.25"; at most two digits behind the point. Nothing for another text.
std::optional<Hundredths> percent_of(std::string_view text);
std::string percent_text(Hundredths value);

struct WorkloadGroup {
  int id = 0;
  std::string name;
  Importance importance = Importance::kNormal;
  int min_percentage = 0;
  int cap_percentage = 100;
  Hundredths request_min = 0;
  Hundredths request_max = 0;
  std::int64_t timeout_s = 0;  // of a query; 0: none
  Micros created = 0;
  Micros modified = 0;

  bool by_system() const { return id <= kSystemGroupsCount; }
};

struct WorkloadClassifier {
  int id = 0;
  std::string name;
  std::string group;
  std::string member;                    // a login, dbo, or a role of the database
  std::optional<Importance> importance;  // nothing: the group's
  std::string label;                     // WLM_LABEL; empty: any
  std::string context;                   // WLM_CONTEXT; empty: any
  // START_TIME and END_TIME, minutes of the day in UTC: both or neither.
  std::optional<int> start_minute;
  std::optional<int> end_minute;
  Micros created = 0;
  Micros modified = 0;

  bool by_system() const { return id <= kSystemGroupsCount; }
};

/// "22:05"; nothing for another text.
std::optional<int> minute_of(std::string_view text);
std::string minute_text(int minute);

/// What a pool has, by id: the system's first.
struct PoolWorkload {
  std::vector<WorkloadGroup> groups;
  std::vector<WorkloadClassifier> classifiers;

  const WorkloadGroup* group(std::string_view name) const;
  const WorkloadClassifier* classifier(std::string_view name) const;
};

/// The groups of the resource classes, smallrc to staticrc80, and a classifier for each.
PoolWorkload system_workload(std::string_view performance_level, Micros created);

/// The rules of CREATE and ALTER WORKLOAD GROUP, with all others of the pool (one of the same name
/// is left out). Throws Error: 105611, 10907, 10908, 10910.
void check_group(const WorkloadGroup& group, const PoolWorkload& others);

/// What a performance level makes of a group's settings.
struct EffectiveShares {
  int min_percentage = 0;
  int cap_percentage = 100;
  Hundredths request_min = 0;
  Hundredths request_max = 0;
};
EffectiveShares effective_shares(const WorkloadGroup& group, const PoolWorkload& all,
                                 std::string_view performance_level);

}  // namespace tarn::sql
