// Version 1: workspaces, identity, catalog, tracking, models, jobs. docs/store.md describes every
// table.

#include "detail/migration.h"

namespace tarn::meta::detail {

namespace {

constexpr std::string_view kPortable0001 = R"sql(
CREATE TABLE workspaces (
  workspace_id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  etag BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE settings (
  workspace_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  modified_at BIGINT NOT NULL,
  etag BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, key)
){{clustered}};

CREATE TABLE principals (
  workspace_id TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'service')),
  name TEXT NOT NULL,
  uid BIGINT,
  created_at BIGINT NOT NULL,
  etag BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, principal_id),
  UNIQUE (workspace_id, name),
  UNIQUE (workspace_id, uid)
){{clustered}};

CREATE TABLE role_assignments (
  workspace_id TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  role TEXT NOT NULL,
  scope TEXT NOT NULL,
  assignment_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT,
  PRIMARY KEY (workspace_id, principal_id, role, scope),
  UNIQUE (workspace_id, assignment_id),
  FOREIGN KEY (workspace_id, principal_id) REFERENCES principals (workspace_id, principal_id) ON DELETE CASCADE
){{clustered}};

CREATE TABLE tokens (
  workspace_id TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  token_id TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  run_id TEXT,
  actions TEXT,
  scopes TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, token_hash),
  FOREIGN KEY (workspace_id, principal_id) REFERENCES principals (workspace_id, principal_id) ON DELETE CASCADE
){{clustered}};
CREATE INDEX tokens_by_run ON tokens (workspace_id, run_id);

CREATE TABLE secrets (
  workspace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  sealed TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL,
  etag BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, name)
){{clustered}};

CREATE TABLE audit_log (
  workspace_id TEXT NOT NULL,
  audit_id TEXT NOT NULL,
  time BIGINT NOT NULL,
  principal_id TEXT NOT NULL,
  principal_name TEXT NOT NULL,
  action TEXT NOT NULL,
  scope TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('allowed', 'denied', 'failed')),
  request_id TEXT NOT NULL,
  details TEXT NOT NULL,
  PRIMARY KEY (workspace_id, audit_id)
){{clustered}};

CREATE TABLE databases (
  workspace_id TEXT NOT NULL,
  database_key TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT 'lake',
  "collation" TEXT NOT NULL DEFAULT '',
  location TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL,
  etag BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, database_key)
){{clustered}};

CREATE TABLE schemas (
  workspace_id TEXT NOT NULL,
  database_key TEXT NOT NULL,
  schema_key TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  etag BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, database_key, schema_key)
){{clustered}};

CREATE TABLE sql_modules (
  workspace_id TEXT NOT NULL,
  database_key TEXT NOT NULL,
  schema_key TEXT NOT NULL,
  module_key TEXT NOT NULL,
  database_name TEXT NOT NULL,
  schema_name TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  definition TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL,
  etag BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, database_key, schema_key, module_key)
);

CREATE TABLE experiments (
  workspace_id TEXT NOT NULL,
  experiment_id TEXT NOT NULL,
  name TEXT NOT NULL,
  artifact_location TEXT NOT NULL,
  lifecycle_stage TEXT NOT NULL DEFAULT 'active' CHECK (lifecycle_stage IN ('active', 'deleted')),
  created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL,
  etag BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, experiment_id),
  UNIQUE (workspace_id, name)
){{clustered}};
CREATE INDEX experiments_by_time ON experiments (workspace_id, created_at, experiment_id);

CREATE TABLE experiment_tags (
  workspace_id TEXT NOT NULL,
  experiment_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (workspace_id, experiment_id, key),
  FOREIGN KEY (workspace_id, experiment_id) REFERENCES experiments (workspace_id, experiment_id) ON DELETE CASCADE
){{clustered}};

CREATE TABLE runs (
  workspace_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  experiment_id TEXT NOT NULL,
  parent_run_id TEXT,
  name TEXT NOT NULL,
  user_name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED')),
  start_time BIGINT NOT NULL,
  end_time BIGINT,
  lifecycle_stage TEXT NOT NULL DEFAULT 'active' CHECK (lifecycle_stage IN ('active', 'deleted')),
  deleted_at BIGINT,
  artifact_uri TEXT NOT NULL,
  last_sequence BIGINT NOT NULL DEFAULT 0,
  etag BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, run_id),
  FOREIGN KEY (workspace_id, experiment_id) REFERENCES experiments (workspace_id, experiment_id)
){{clustered}};
CREATE INDEX runs_by_experiment ON runs (workspace_id, experiment_id, start_time, run_id);
CREATE INDEX runs_by_time ON runs (workspace_id, start_time, run_id);
CREATE INDEX runs_by_parent ON runs (workspace_id, parent_run_id, start_time, run_id);
CREATE INDEX runs_by_name ON runs (workspace_id, experiment_id, name);

CREATE TABLE run_params (
  workspace_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (workspace_id, run_id, key),
  FOREIGN KEY (workspace_id, run_id) REFERENCES runs (workspace_id, run_id) ON DELETE CASCADE
){{clustered}};

CREATE TABLE run_tags (
  workspace_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (workspace_id, run_id, key),
  FOREIGN KEY (workspace_id, run_id) REFERENCES runs (workspace_id, run_id) ON DELETE CASCADE
){{clustered}};

CREATE TABLE run_metrics (
  workspace_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  key TEXT NOT NULL,
  step BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan SMALLINT NOT NULL,
  PRIMARY KEY (workspace_id, run_id, key, step, timestamp, value, is_nan),
  FOREIGN KEY (workspace_id, run_id) REFERENCES runs (workspace_id, run_id) ON DELETE CASCADE
){{clustered}};

CREATE TABLE run_latest_metrics (
  workspace_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  key TEXT NOT NULL,
  step BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan SMALLINT NOT NULL,
  PRIMARY KEY (workspace_id, run_id, key),
  FOREIGN KEY (workspace_id, run_id) REFERENCES runs (workspace_id, run_id) ON DELETE CASCADE
){{clustered}};

CREATE TABLE run_links (
  workspace_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  relation TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  target_version TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, run_id, relation, kind, target, target_version),
  FOREIGN KEY (workspace_id, run_id) REFERENCES runs (workspace_id, run_id) ON DELETE CASCADE
){{clustered}};
CREATE INDEX run_links_by_target ON run_links (workspace_id, kind, target, run_id);

CREATE TABLE models (
  workspace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  last_version BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL,
  etag BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, name)
){{clustered}};

CREATE TABLE model_versions (
  workspace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  description TEXT NOT NULL,
  stage TEXT NOT NULL DEFAULT 'None' CHECK (stage IN ('None', 'Staging', 'Production', 'Archived')),
  folder TEXT NOT NULL,
  content_sha256 TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  main_file TEXT NOT NULL,
  main_file_sha256 TEXT NOT NULL,
  run_id TEXT,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL,
  etag BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, name, version),
  FOREIGN KEY (workspace_id, name) REFERENCES models (workspace_id, name) ON DELETE CASCADE
){{clustered}};
CREATE INDEX model_versions_by_folder ON model_versions (workspace_id, folder);
CREATE INDEX model_versions_by_run ON model_versions (workspace_id, run_id);

CREATE TABLE model_aliases (
  workspace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  alias TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, name, alias),
  FOREIGN KEY (workspace_id, name, version) REFERENCES model_versions (workspace_id, name, version) ON DELETE CASCADE
){{clustered}};

CREATE TABLE model_tags (
  workspace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (workspace_id, name, key),
  FOREIGN KEY (workspace_id, name) REFERENCES models (workspace_id, name) ON DELETE CASCADE
){{clustered}};

CREATE TABLE model_version_tags (
  workspace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (workspace_id, name, version, key),
  FOREIGN KEY (workspace_id, name, version) REFERENCES model_versions (workspace_id, name, version) ON DELETE CASCADE
){{clustered}};

CREATE TABLE asset_lineage (
  workspace_id TEXT NOT NULL,
  asset_kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  source_kind TEXT NOT NULL,
  source TEXT NOT NULL,
  source_version TEXT NOT NULL,
  PRIMARY KEY (workspace_id, asset_kind, name, version, source_kind, source, source_version)
){{clustered}};
CREATE INDEX asset_lineage_by_source ON asset_lineage (workspace_id, source_kind, source, asset_kind, name, version);

CREATE TABLE jobs (
  workspace_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  name TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  experiment_id TEXT,
  run_id TEXT,
  spec TEXT NOT NULL,
  result TEXT,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT,
  cancel_requested_at BIGINT,
  folder TEXT NOT NULL DEFAULT '',
  worker_pid BIGINT,
  worker_start_time BIGINT,
  journal_sequence BIGINT NOT NULL DEFAULT 0,
  journal_offset BIGINT NOT NULL DEFAULT 0,
  error_code TEXT,
  error_message TEXT,
  error_hint TEXT,
  etag BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, job_id),
  UNIQUE (workspace_id, name)
);
CREATE INDEX jobs_by_time ON jobs (workspace_id, created_at, job_id);
CREATE INDEX jobs_by_state ON jobs (workspace_id, state, created_at, job_id);
CREATE INDEX jobs_by_run ON jobs (workspace_id, run_id);
)sql";

constexpr std::string_view kSqlite = R"sql(
CREATE TRIGGER audit_log_keeps BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
)sql";

constexpr std::string_view kPostgres = R"sql(
CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_log_keeps BEFORE UPDATE OR DELETE ON audit_log
FOR EACH ROW EXECUTE FUNCTION audit_log_append_only();
)sql";

}  // namespace

const Migration kMigration0001{1, "foundation", kPortable0001, kSqlite, kPostgres};

}  // namespace tarn::meta::detail
