// What a run read and made: datasets and logged models.

#include "base/error.h"
#include "base/json.h"
#include "detail/limits.h"
#include "detail/rows.h"
#include "track/tracking.h"

namespace tarn::track {

namespace {

using meta::Transaction;

constexpr std::size_t kInputTagKeyCharactersMax = 255;
constexpr std::size_t kInputTagValueCharactersMax = 500;

void check_input(const DatasetInput& input) {
  const Dataset& dataset = input.dataset;
  if (dataset.name.empty() || dataset.digest.empty() || dataset.source_type.empty())
    throw Error(Code::kInvalidArgument, "A dataset has a name, a digest and a source type.");
  detail::check_value("dataset's name", {}, dataset.name, kDatasetNameCharactersMax);
  detail::check_value("dataset's digest", {}, dataset.digest, kDatasetDigestCharactersMax);
  detail::check_value("dataset's source type", {}, dataset.source_type, kDatasetNameCharactersMax);
  detail::check_value("dataset's source", {}, dataset.source, kDatasetSourceCharactersMax);
  detail::check_value("dataset's schema", {}, dataset.schema, kDatasetSchemaCharactersMax);
  detail::check_value("dataset's profile", {}, dataset.profile, kDatasetProfileCharactersMax);
  for (const auto& [key, value] : input.tags) {
    detail::check_value("dataset's tag key", {}, key, kInputTagKeyCharactersMax);
    detail::check_value("dataset's tag", key, value, kInputTagValueCharactersMax);
  }
}

void put_models(Transaction& tx, const std::string& workspace_id, std::string_view run_id,
                std::string_view relation, std::span<const ModelLink> models) {
  for (const ModelLink& model : models) {
    tx.execute(
        "INSERT INTO run_models (workspace_id, run_id, relation, model_id, step) VALUES ($1, $2, "
        "$3, $4, $5) ON CONFLICT (workspace_id, run_id, relation, model_id) DO UPDATE SET step = "
        "excluded.step",
        workspace_id, run_id, relation, model.model_id, model.step);
  }
}

void check_count(std::size_t count) {
  if (count <= kInputsMax) return;
  throw Error(Code::kTooLarge,
              "A request has at most " + std::to_string(kInputsMax) + " inputs or outputs.");
}

}  // namespace

void Tracking::log_inputs(std::string_view run_id, std::span<const DatasetInput> datasets,
                          std::span<const ModelLink> models) {
  check_count(datasets.size() + models.size());
  for (const DatasetInput& input : datasets) check_input(input);
  store_.write([&](Transaction& tx) {
    detail::require_active_run(tx, workspace_id_, run_id);
    const std::string experiment_id =
        tx.query_one("SELECT experiment_id FROM runs WHERE workspace_id = $1 AND run_id = $2",
                     workspace_id_, run_id)
            ->text(0);
    for (const DatasetInput& input : datasets) {
      const Dataset& dataset = input.dataset;
      tx.execute(
          "INSERT INTO datasets (workspace_id, experiment_id, name, digest, source_type, source, "
          "schema_text, profile) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
          workspace_id_, experiment_id, dataset.name, dataset.digest, dataset.source_type,
          dataset.source, dataset.schema, dataset.profile);
      Json tags = Json::object();
      std::string context;
      for (const auto& [key, value] : input.tags) {
        tags[key] = value;
        if (key == kTagDatasetContext) context = value;
      }
      tx.execute(
          "INSERT INTO run_datasets (workspace_id, run_id, experiment_id, name, digest, context, "
          "tags) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
          workspace_id_, run_id, experiment_id, dataset.name, dataset.digest, context, tags.dump());
    }
    put_models(tx, workspace_id_, run_id, "input", models);
  });
}

void Tracking::log_outputs(std::string_view run_id, std::span<const ModelLink> models) {
  check_count(models.size());
  store_.write([&](Transaction& tx) {
    detail::require_active_run(tx, workspace_id_, run_id);
    put_models(tx, workspace_id_, run_id, "output", models);
  });
}

}  // namespace tarn::track
