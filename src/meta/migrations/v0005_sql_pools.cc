// Version 5: dedicated SQL pools. `state`: Online or Paused; Creating and Deleting while that is
// under way, or where a crash left it so.

#include "detail/migration.h"

namespace tarn::meta::detail {

namespace {

constexpr std::string_view kPortable0005 = R"sql(
CREATE TABLE sql_pools (
  workspace_id TEXT NOT NULL,
  name_key TEXT NOT NULL,
  name TEXT NOT NULL,
  performance_level TEXT NOT NULL,
  "collation" TEXT NOT NULL,
  state TEXT NOT NULL,
  server_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (workspace_id, name_key)
){{clustered}};
)sql";

}  // namespace

const Migration kMigration0005{5, "sql_pools", kPortable0005};

}  // namespace tarn::meta::detail
