#include "detail/rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/json.h"
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

namespace {

constexpr std::size_t kRunsAtOnce = 100;  // whose params, tags and metrics one query reads

Run bare_run(const Row& row) {
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
  return run;
}

/// Reads a table of what runs have, and gives each row to the run that it belongs to.
template <typename Put>
void read_parts(Transaction& tx, const std::string& workspace_id, std::span<Run> runs,
                std::string_view columns, std::string_view table, const Put& put) {
  std::vector<meta::Value> values = {workspace_id};
  std::string places;
  std::map<std::string_view, Run*> by_id;
  for (Run& run : runs) {
    values.emplace_back(run.id);
    places += (places.empty() ? "$" : ", $") + std::to_string(values.size());
    by_id[run.id] = &run;
  }
  const std::string sql = "SELECT run_id, " + std::string(columns) + " FROM " + std::string(table) +
                          " WHERE workspace_id = $1 AND run_id IN (" + places + ")";
  for (const Row& row : tx.query_values(sql, values)) put(*by_id.at(row.text(0)), row);
}

}  // namespace

std::vector<Run> runs_of(Transaction& tx, const std::string& workspace_id,
                         std::span<const Row> rows) {
  std::vector<Run> runs;
  runs.reserve(rows.size());
  for (const Row& row : rows) runs.push_back(bare_run(row));
  for (std::size_t from = 0; from < runs.size(); from += kRunsAtOnce) {
    const std::span<Run> some =
        std::span(runs).subspan(from, std::min(kRunsAtOnce, runs.size() - from));
    read_parts(tx, workspace_id, some, "key, value", "run_params",
               [](Run& run, const Row& row) { run.params.emplace(row.text(1), row.text(2)); });
    read_parts(tx, workspace_id, some, "key, value", "run_tags",
               [](Run& run, const Row& row) { run.tags.emplace(row.text(1), row.text(2)); });
    read_parts(tx, workspace_id, some, "key, value, is_nan, timestamp, step", "run_latest_metrics",
               [](Run& run, const Row& row) {
                 run.metrics.emplace(row.text(1),
                                     Metric{.key = row.text(1),
                                            .value = restored(row.real(2), row.boolean(3)),
                                            .timestamp = row.int64(4),
                                            .step = row.int64(5)});
               });
    read_parts(tx, workspace_id, some, "relation, model_id, step", "run_models",
               [](Run& run, const Row& row) {
                 auto& links = row.text(1) == "input" ? run.model_inputs : run.model_outputs;
                 links.push_back({.model_id = row.text(2), .step = row.int64(3)});
               });
    read_parts(tx, workspace_id, some,
               "name, digest, tags, source_type, source, schema_text, profile",
               "(SELECT r.workspace_id, r.run_id, r.name, r.digest, r.tags, d.source_type, "
               "d.source, d.schema_text, d.profile FROM run_datasets r JOIN datasets d ON "
               "d.workspace_id = r.workspace_id AND d.experiment_id = r.experiment_id AND d.name = "
               "r.name AND d.digest = r.digest) inputs",
               [](Run& run, const Row& row) {
                 DatasetInput input;
                 input.dataset = {.name = row.text(1),
                                  .digest = row.text(2),
                                  .source_type = row.text(4),
                                  .source = row.text(5),
                                  .schema = row.text(6),
                                  .profile = row.text(7)};
                 const Json tags = parse_json(row.text(3));
                 for (const auto& [key, value] : tags.items())
                   input.tags.emplace_back(key, value.get<std::string>());
                 run.datasets.push_back(std::move(input));
               });
  }
  return runs;
}

Run run_of(Transaction& tx, const std::string& workspace_id, const Row& row) {
  return std::move(runs_of(tx, workspace_id, {&row, 1}).front());
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
  throw Error(Code::kConflict,
              "The experiment " + std::string(id) +
                  " must be in the 'active' state. Current state is deleted.",
              "Restore it first.");
}

void throw_no_experiment(std::string_view id) {
  throw Error(Code::kNotFound,
              "No Experiment with id=" + std::string(id.substr(0, 80)) + " exists.",
              "Run 'tarn experiment list' to see them.");
}

void throw_no_run(std::string_view id) {
  throw Error(Code::kNotFound, "Run with id=" + std::string(id.substr(0, 80)) + " not found.");
}

RunState require_active_run(Transaction& tx, const std::string& workspace_id, std::string_view id) {
  const auto row = tx.query_one(
      "SELECT status, last_sequence, lifecycle_stage FROM runs WHERE workspace_id = $1 AND run_id "
      "= $2",
      workspace_id, id);
  if (!row) throw_no_run(id);
  if (row->text(2) != "active") {
    throw Error(
        Code::kConflict,
        "The run " + std::string(id) + " must be in the 'active' state. Current state is deleted.",
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
