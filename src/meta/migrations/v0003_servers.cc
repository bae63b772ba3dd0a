// Version 3: several servers on one store. Each says that it lives, and a job says whose it is.

#include "detail/migration.h"

namespace tarn::meta::detail {

namespace {

constexpr std::string_view kPortable0003 = R"sql(
CREATE TABLE servers (
  workspace_id TEXT NOT NULL,
  server_id TEXT NOT NULL,
  host TEXT NOT NULL,
  machine TEXT NOT NULL,
  pid BIGINT NOT NULL,
  start_time BIGINT NOT NULL,
  home TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  renewed_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, server_id)
){{clustered}};

ALTER TABLE jobs ADD COLUMN server_id TEXT;
)sql";

}  // namespace

const Migration kMigration0003{3, "servers", kPortable0003};

}  // namespace tarn::meta::detail
