// Version 2: what the storage API knows of files beside their bytes. docs/store.md describes the
// tables.

#include "detail/migration.h"

namespace tarn::meta::detail {

namespace {

constexpr std::string_view kPortable0002 = R"sql(
CREATE TABLE lake_properties (
  workspace_id TEXT NOT NULL,
  container TEXT NOT NULL,
  path TEXT NOT NULL,
  file_etag TEXT NOT NULL,
  properties TEXT NOT NULL,
  PRIMARY KEY (workspace_id, container, path, file_etag)
){{clustered}};

CREATE TABLE lake_leases (
  workspace_id TEXT NOT NULL,
  container TEXT NOT NULL,
  path TEXT NOT NULL,
  lease_id TEXT NOT NULL,
  duration_s BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  breaks_at BIGINT,
  PRIMARY KEY (workspace_id, container, path)
){{clustered}};
)sql";

}  // namespace

const Migration kMigration0002{2, "storage", kPortable0002};

}  // namespace tarn::meta::detail
