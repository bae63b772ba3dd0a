#include "detail/rows.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "detail/limits.h"
#include "meta/etag.h"
#include "meta/text_map.h"

namespace tarn::track::detail {

using meta::Row;
using meta::Transaction;

namespace {

Stage stage_of(const std::string& text) {
  return text == "deleted" ? Stage::kDeleted : Stage::kActive;
}

}  // namespace

Experiment experiment_of(Transaction& tx, const std::string& workspace_id, const Row& row) {
  Experiment experiment;
  experiment.id = row.text(0);
  experiment.name = row.text(1);
  experiment.artifact_location = row.text(2);
  experiment.stage = stage_of(row.text(3));
  experiment.created_at = row.int64(4);
  experiment.modified_at = row.int64(5);
  experiment.etag = meta::etag_text(row.int64(6));
  experiment.tags = meta::text_map(tx.query(
      "SELECT key, value FROM experiment_tags WHERE workspace_id = $1 AND experiment_id = $2",
      workspace_id, experiment.id));
  return experiment;
}

Run run_of(Transaction& tx, const std::string& workspace_id, const Row& row) {
  Run run;
  run.id = row.text(0);
  run.experiment_id = row.text(1);
  run.parent_id = row.optional_text(2);
  run.name = row.text(3);
  run.user = row.text(4);
  run.status = parse_run_status(row.text(5));
  run.start_time = row.int64(6);
  run.end_time = row.optional_int64(7);
  run.stage = stage_of(row.text(8));
  run.artifact_uri = row.text(9);
  run.last_sequence = row.int64(10);
  run.etag = meta::etag_text(row.int64(11));
  run.params = meta::text_map(
      tx.query("SELECT key, value FROM run_params WHERE workspace_id = $1 AND run_id = $2",
               workspace_id, run.id));
  run.tags = meta::text_map(
      tx.query("SELECT key, value FROM run_tags WHERE workspace_id = $1 AND run_id = $2",
               workspace_id, run.id));
  for (const Row& metric :
       tx.query("SELECT key, value, is_nan, timestamp, step FROM run_latest_metrics "
                "WHERE workspace_id = $1 AND run_id = $2",
                workspace_id, run.id)) {
    run.metrics.emplace(metric.text(0), Metric{.key = metric.text(0),
                                               .value = restored(metric.real(1), metric.boolean(2)),
                                               .timestamp = metric.int64(3),
                                               .step = metric.int64(4)});
  }
  return run;
}

StoredValue stored(double value) {
  if (std::isnan(value)) return {0, true};
  return {value, false};
}

double restored(double value, bool is_nan) {
  return is_nan ? std::numeric_limits<double>::quiet_NaN() : value;
}

void ensure_default_experiment(Transaction& tx, const std::string& workspace_id, Micros now) {
  const std::string location = "artifacts/" + std::string(kDefaultExperimentId);
  tx.execute(
      "INSERT INTO experiments (workspace_id, experiment_id, name, artifact_location, created_at, "
      "modified_at) "
      "VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
      workspace_id, kDefaultExperimentId, kDefaultExperimentName, location, now);
}

void require_active_experiment(Transaction& tx, const std::string& workspace_id,
                               std::string_view id) {
  const auto row = tx.query_one(
      "SELECT lifecycle_stage FROM experiments WHERE workspace_id = $1 AND experiment_id = $2",
      workspace_id, id);
  if (!row) throw_no_experiment(id);
  if (row->text(0) == "active") return;
  throw Error(Code::kConflict, "The experiment is deleted: " + std::string(id) + ".",
              "Restore it first.");
}

void throw_no_experiment(std::string_view id) {
  throw Error(Code::kNotFound,
              "There is no experiment of this id: " + std::string(id.substr(0, 80)) + ".",
              "Run 'tarn experiment list' to see them.");
}

void throw_no_run(std::string_view id) {
  throw Error(Code::kNotFound,
              "There is no run of this id: " + std::string(id.substr(0, 80)) + ".");
}

RunState require_active_run(Transaction& tx, const std::string& workspace_id, std::string_view id) {
  const auto row = tx.query_one(
      "SELECT status, last_sequence, lifecycle_stage FROM runs WHERE workspace_id = $1 AND run_id "
      "= $2",
      workspace_id, id);
  if (!row) throw_no_run(id);
  if (row->text(2) != "active") {
    throw Error(Code::kConflict, "The run is deleted: " + std::string(id) + ".",
                "Restore it first.");
  }
  return {parse_run_status(row->text(0)), row->int64(1)};
}

void put_run_tag(Transaction& tx, const std::string& workspace_id, std::string_view run_id,
                 std::string_view key, std::string_view value) {
  tx.execute(
      "INSERT INTO run_tags (workspace_id, run_id, key, value) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (workspace_id, run_id, key) DO UPDATE SET value = excluded.value",
      workspace_id, run_id, key, value);
  if (key == kTagRunName) {
    check_run_name(value);
    tx.execute("UPDATE runs SET name = $1 WHERE workspace_id = $2 AND run_id = $3", value,
               workspace_id, run_id);
  } else if (key == kTagParentRun) {
    check_run_id(value);
    tx.execute("UPDATE runs SET parent_run_id = $1 WHERE workspace_id = $2 AND run_id = $3", value,
               workspace_id, run_id);
  }
}

}  // namespace tarn::track::detail
