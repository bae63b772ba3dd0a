// Version 7: what MLflow 3 keeps beside runs: logged models, datasets, and which run reads or makes
// which of them; and what its registry says of where a version came from.

#include "detail/migration.h"

namespace tarn::meta::detail {

namespace {

constexpr std::string_view kPortable0007 = R"sql(
CREATE TABLE logged_models (
  workspace_id TEXT NOT NULL,
  model_id TEXT NOT NULL,
  experiment_id TEXT NOT NULL,
  name TEXT NOT NULL,
  artifact_location TEXT NOT NULL,
  status TEXT NOT NULL,
  model_type TEXT NOT NULL,
  source_run_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL,
  deleted_at BIGINT,
  PRIMARY KEY (workspace_id, model_id),
  FOREIGN KEY (workspace_id, experiment_id) REFERENCES experiments (workspace_id, experiment_id)
){{clustered}};
CREATE INDEX logged_models_by_time ON logged_models (workspace_id, experiment_id, created_at, model_id);
CREATE INDEX logged_models_by_run ON logged_models (workspace_id, source_run_id, model_id);

CREATE TABLE logged_model_params (
  workspace_id TEXT NOT NULL,
  model_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (workspace_id, model_id, key),
  FOREIGN KEY (workspace_id, model_id) REFERENCES logged_models (workspace_id, model_id) ON DELETE CASCADE
){{clustered}};

CREATE TABLE logged_model_tags (
  workspace_id TEXT NOT NULL,
  model_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (workspace_id, model_id, key),
  FOREIGN KEY (workspace_id, model_id) REFERENCES logged_models (workspace_id, model_id) ON DELETE CASCADE
){{clustered}};

CREATE TABLE logged_model_metrics (
  workspace_id TEXT NOT NULL,
  model_id TEXT NOT NULL,
  key TEXT NOT NULL,
  run_id TEXT NOT NULL,
  dataset_name TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  step BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan SMALLINT NOT NULL,
  PRIMARY KEY (workspace_id, model_id, key, run_id, dataset_name, dataset_digest, step, timestamp),
  FOREIGN KEY (workspace_id, model_id) REFERENCES logged_models (workspace_id, model_id) ON DELETE CASCADE
){{clustered}};

CREATE TABLE datasets (
  workspace_id TEXT NOT NULL,
  experiment_id TEXT NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source TEXT NOT NULL,
  schema_text TEXT NOT NULL,
  profile TEXT NOT NULL,
  PRIMARY KEY (workspace_id, experiment_id, name, digest),
  FOREIGN KEY (workspace_id, experiment_id) REFERENCES experiments (workspace_id, experiment_id)
){{clustered}};

CREATE TABLE run_datasets (
  workspace_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  experiment_id TEXT NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  context TEXT NOT NULL,
  tags TEXT NOT NULL,
  PRIMARY KEY (workspace_id, run_id, name, digest),
  FOREIGN KEY (workspace_id, run_id) REFERENCES runs (workspace_id, run_id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, experiment_id, name, digest) REFERENCES datasets (workspace_id, experiment_id, name, digest)
){{clustered}};

CREATE TABLE run_models (
  workspace_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  relation TEXT NOT NULL CHECK (relation IN ('input', 'output')),
  model_id TEXT NOT NULL,
  step BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, run_id, relation, model_id),
  FOREIGN KEY (workspace_id, run_id) REFERENCES runs (workspace_id, run_id) ON DELETE CASCADE
){{clustered}};

ALTER TABLE model_versions ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE model_versions ADD COLUMN run_link TEXT NOT NULL DEFAULT '';
ALTER TABLE model_versions ADD COLUMN model_id TEXT NOT NULL DEFAULT '';
)sql";

}  // namespace

const Migration kMigration0007{7, "logged_models", kPortable0007};

}  // namespace tarn::meta::detail
