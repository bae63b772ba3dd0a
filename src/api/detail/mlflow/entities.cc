#include "detail/mlflow/entities.h"

#include "base/error.h"
#include "detail/mlflow/error.h"

namespace tarn::api::mlflow {

namespace {

constexpr std::string_view kContainer = "artifacts/";
constexpr std::int64_t kMillisMax = INT64_MAX / 1000;

std::string_view stage_name(track::Stage stage) {
  return stage == track::Stage::kActive ? "active" : "deleted";
}

template <typename Pairs>
Json pairs_json(const Pairs& pairs) {
  Json result = Json::array();
  for (const auto& [key, value] : pairs) result.push_back({{"key", key}, {"value", value}});
  return result;
}

}  // namespace

Micros to_micros(std::int64_t millis) {
  if (millis >= 0 && millis <= kMillisMax) return millis * 1000;
  throw Error(Code::kInvalidArgument,
              "Not a time in milliseconds since 1970: " + std::to_string(millis) + ".");
}

std::string artifact_uri(const std::string& location) {
  check(location.starts_with(kContainer), "artifacts lie in their container");
  return "mlflow-artifacts:/" + location.substr(kContainer.size());
}

Json experiment_json(const track::Experiment& experiment) {
  return {{"experiment_id", experiment.id},
          {"name", experiment.name},
          {"artifact_location", artifact_uri(experiment.artifact_location)},
          {"lifecycle_stage", stage_name(experiment.stage)},
          {"last_update_time", to_millis(experiment.modified_at)},
          {"creation_time", to_millis(experiment.created_at)},
          {"tags", pairs_json(experiment.tags)}};
}

Json run_info_json(const track::Run& run) {
  Json info = {{"run_uuid", run.id},
               {"experiment_id", run.experiment_id},
               {"run_name", run.name},
               {"user_id", run.user},
               {"status", track::name_of(run.status)},
               {"start_time", to_millis(run.start_time)}};
  if (run.end_time) info["end_time"] = to_millis(*run.end_time);
  info["artifact_uri"] = artifact_uri(run.artifact_uri);
  info["lifecycle_stage"] = stage_name(run.stage);
  info["run_id"] = run.id;
  return info;
}

Json metric_json(const track::Metric& metric) {
  Json result = {{"key", metric.key},
                 {"value", number_json(metric.value)},
                 {"timestamp", to_millis(metric.timestamp)},
                 {"step", metric.step}};
  if (!metric.model_id.empty()) result["model_id"] = metric.model_id;
  if (!metric.dataset_name.empty()) result["dataset_name"] = metric.dataset_name;
  if (!metric.dataset_digest.empty()) result["dataset_digest"] = metric.dataset_digest;
  return result;
}

namespace {

Json inputs_json(const track::Run& run) {
  Json inputs = Json::object();
  for (const track::DatasetInput& each : run.datasets) {
    const track::Dataset& dataset = each.dataset;
    Json message = {{"name", dataset.name},
                    {"digest", dataset.digest},
                    {"source_type", dataset.source_type},
                    {"source", dataset.source}};
    if (!dataset.schema.empty()) message["schema"] = dataset.schema;
    if (!dataset.profile.empty()) message["profile"] = dataset.profile;
    inputs["dataset_inputs"].push_back(
        {{"tags", pairs_json(each.tags)}, {"dataset", std::move(message)}});
  }
  for (const track::ModelLink& model : run.model_inputs)
    inputs["model_inputs"].push_back({{"model_id", model.model_id}});
  return inputs;
}

Json outputs_json(const track::Run& run) {
  Json outputs = Json::object();
  for (const track::ModelLink& model : run.model_outputs)
    outputs["model_outputs"].push_back({{"model_id", model.model_id}, {"step", model.step}});
  return outputs;
}

}  // namespace

Json run_json(const track::Run& run) {
  Json metrics = Json::array();
  for (const auto& [key, metric] : run.metrics) metrics.push_back(metric_json(metric));
  return {{"info", run_info_json(run)},
          {"data",
           {{"metrics", std::move(metrics)},
            {"params", pairs_json(run.params)},
            {"tags", pairs_json(run.tags)}}},
          {"inputs", inputs_json(run)},
          {"outputs", outputs_json(run)}};
}

Json logged_model_json(const track::LoggedModel& model) {
  Json metrics = Json::array();
  for (const track::ModelMetric& each : model.metrics) {
    metrics.push_back(metric_json(each.metric));
    metrics.back()["run_id"] = each.run_id;
  }
  Json info = {{"model_id", model.id},
               {"experiment_id", model.experiment_id},
               {"name", model.name},
               {"creation_timestamp_ms", to_millis(model.created_at)},
               {"last_updated_timestamp_ms", to_millis(model.modified_at)},
               {"artifact_uri", artifact_uri(model.artifact_location)},
               {"status", track::name_of(model.status)},
               {"model_type", model.model_type},
               {"source_run_id", model.source_run_id},
               {"tags", pairs_json(model.tags)}};
  return {{"info", std::move(info)},
          {"data", {{"params", pairs_json(model.params)}, {"metrics", std::move(metrics)}}}};
}

track::Show view_type_of(const Message& message, std::string_view field) {
  if (!message.has(field)) return track::Show::kActive;
  const Json& value = message.json().at(std::string(field));
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text == "ACTIVE_ONLY" || text == "1") return track::Show::kActive;
  if (text == "DELETED_ONLY" || text == "2") return track::Show::kDeleted;
  if (text == "ALL" || text == "3") return track::Show::kAll;
  refuse_value(field, value.dump(), "It is ACTIVE_ONLY, DELETED_ONLY or ALL.");
}

int page_size_of(const Message& message, int otherwise, int max) {
  const std::int64_t size = message.integer("max_results").value_or(otherwise);
  if (size >= 1 && size <= max) return static_cast<int>(size);
  refuse_value("max_results", std::to_string(size),
               "It must be between 1 and " + std::to_string(max) + ".");
}

std::vector<std::pair<std::string, std::string>> pairs_of(const Message& message,
                                                          std::string_view field) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const Message& each : message.messages(field))
    result.emplace_back(each.required_text("key"), each.text("value"));
  return result;
}

}  // namespace tarn::api::mlflow
