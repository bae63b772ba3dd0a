// Version 6: workload groups and classifiers of dedicated SQL pools. Percentages of a request are
// hundredths; an importance that is empty is the group's; minutes are of the day, UTC.

#include "detail/migration.h"

namespace tarn::meta::detail {

namespace {

constexpr std::string_view kPortable0006 = R"sql(
CREATE TABLE sql_workload_groups (
  workspace_id TEXT NOT NULL,
  pool_key TEXT NOT NULL,
  group_key TEXT NOT NULL,
  group_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  importance TEXT NOT NULL,
  min_percentage BIGINT NOT NULL,
  cap_percentage BIGINT NOT NULL,
  request_min BIGINT NOT NULL,
  request_max BIGINT NOT NULL,
  timeout_s BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, pool_key, group_key),
  FOREIGN KEY (workspace_id, pool_key) REFERENCES sql_pools (workspace_id, name_key) ON DELETE CASCADE
){{clustered}};

CREATE TABLE sql_workload_classifiers (
  workspace_id TEXT NOT NULL,
  pool_key TEXT NOT NULL,
  classifier_key TEXT NOT NULL,
  classifier_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  group_name TEXT NOT NULL,
  member TEXT NOT NULL,
  importance TEXT NOT NULL,
  label TEXT NOT NULL,
  context TEXT NOT NULL,
  start_minute BIGINT,
  end_minute BIGINT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, pool_key, classifier_key),
  FOREIGN KEY (workspace_id, pool_key) REFERENCES sql_pools (workspace_id, name_key) ON DELETE CASCADE
){{clustered}};
)sql";

}  // namespace

const Migration kMigration0006{6, "workload", kPortable0006};

}  // namespace tarn::meta::detail
