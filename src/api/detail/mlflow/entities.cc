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
  return {{"key", metric.key},
          {"value", number_json(metric.value)},
          {"timestamp", to_millis(metric.timestamp)},
          {"step", metric.step}};
}

Json run_json(const track::Run& run) {
  Json metrics = Json::array();
  for (const auto& [key, metric] : run.metrics) metrics.push_back(metric_json(metric));
  return {{"info", run_info_json(run)},
          {"data",
           {{"metrics", std::move(metrics)},
            {"params", pairs_json(run.params)},
            {"tags", pairs_json(run.tags)}}},
          {"inputs", Json::object()},
          {"outputs", Json::object()}};
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

std::vector<std::pair<std::string, std::string>> pairs_of(const Message& message,
                                                          std::string_view field) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const Message& each : message.messages(field))
    result.emplace_back(each.required_text("key"), each.text("value"));
  return result;
}

}  // namespace tarn::api::mlflow
