// runs/log-metric, log-parameter, log-batch, set-tag, delete-tag

#include <set>

#include "base/error.h"
#include "detail/mlflow/entities.h"
#include "detail/mlflow/error.h"
#include "detail/mlflow/operations.h"
#include "identity/actions.h"

namespace tarn::api::mlflow {

namespace {

namespace actions = identity::actions;
using router::Request;

track::Metric metric_of(const Message& message) {
  track::Metric metric;
  metric.key = message.required_text("key");
  metric.value = message.required_number("value");
  const std::int64_t timestamp = message.required_integer("timestamp");
  if (timestamp < 0) {
    refuse_value(
        message.path_of("timestamp"), std::to_string(timestamp),
        "metric '" + metric.key + "'. Timestamp must be a nonnegative long (64-bit integer) ");
  }
  metric.timestamp = to_micros(timestamp);
  metric.step = message.integer("step").value_or(0);
  metric.model_id = message.text("model_id");
  metric.dataset_name = message.text("dataset_name");
  metric.dataset_digest = message.text("dataset_digest");
  return metric;
}

Json log_metric(const Workspace& w, const Message& message, const Request&) {
  track::Batch batch;
  const std::string run_id = message.run_id();
  batch.metrics.push_back(metric_of(message));
  w.tracking.log(run_id, batch);
  return Json::object();
}

Json log_param(const Workspace& w, const Message& message, const Request&) {
  track::Batch batch;
  const std::string run_id = message.run_id();
  batch.params.emplace_back(message.required_text("key"), message.text("value"));
  w.tracking.log(run_id, batch);
  return Json::object();
}

Json set_tag(const Workspace& w, const Message& message, const Request&) {
  track::Batch batch;
  const std::string run_id = message.run_id();
  batch.tags.emplace_back(message.required_text("key"), message.text("value"));
  w.tracking.log(run_id, batch);
  return Json::object();
}

Json delete_tag(const Workspace& w, const Message& message, const Request&) {
  const std::string run_id = message.run_id();
  const std::string key = message.required_text("key");
  if (!w.tracking.remove_tag(run_id, key)) {
    throw Error(Code::kNotFound, "No tag with name: " + key + " in run with id " + run_id);
  }
  return Json::object();
}

void check_count(std::string_view what, std::size_t count, std::size_t max) {
  if (count <= max) return;
  throw Error(Code::kInvalidArgument, "A batch logging request can contain at most " +
                                          std::to_string(max) + " " + std::string(what) + ". Got " +
                                          std::to_string(count) + " " + std::string(what) +
                                          ". Please split up " + std::string(what) +
                                          " across multiple requests and try again.");
}

void check_unique(const std::vector<std::pair<std::string, std::string>>& params) {
  std::set<std::string_view> seen;
  std::string twice;
  for (const auto& [key, value] : params) {
    if (!seen.insert(key).second) twice += (twice.empty() ? "'" : ", '") + key + "'";
  }
  if (twice.empty()) return;
  throw Error(Code::kInvalidArgument, "Duplicate parameter keys have been submitted: [" + twice +
                                          "]. Please ensure the request contains only one param "
                                          "value per param key.");
}

Json log_batch(const Workspace& w, const Message& message, const Request&) {
  const std::string run_id = message.run_id();
  track::Batch batch;
  for (const Message& each : message.messages("metrics")) batch.metrics.push_back(metric_of(each));
  batch.params = pairs_of(message, "params");
  batch.tags = pairs_of(message, "tags");
  check_count("metrics", batch.metrics.size(), track::kBatchItemsMax);
  check_count("params", batch.params.size(), track::kBatchParamsMax);
  check_count("tags", batch.tags.size(), track::kBatchTagsMax);
  check_count("metrics, params, and tags",
              batch.metrics.size() + batch.params.size() + batch.tags.size(),
              track::kBatchItemsMax);
  check_unique(batch.params);
  w.tracking.log(run_id, batch);
  return Json::object();
}

track::DatasetInput dataset_of(const Message& message) {
  const auto dataset = message.message("dataset");
  if (!dataset)
    throw Error(Code::kInvalidArgument, "Dataset input must have a dataset associated with it.");
  return {.dataset = {.name = dataset->required_text("name"),
                      .digest = dataset->required_text("digest"),
                      .source_type = dataset->text("source_type"),
                      .source = dataset->text("source"),
                      .schema = dataset->text("schema"),
                      .profile = dataset->text("profile")},
          .tags = pairs_of(message, "tags")};
}

std::vector<track::ModelLink> models_of(const Message& message) {
  std::vector<track::ModelLink> models;
  for (const Message& each : message.messages("models"))
    models.push_back(
        {.model_id = each.required_text("model_id"), .step = each.integer("step").value_or(0)});
  return models;
}

Json log_inputs(const Workspace& w, const Message& message, const Request&) {
  const std::string run_id = message.run_id();
  std::vector<track::DatasetInput> datasets;
  for (const Message& each : message.messages("datasets")) datasets.push_back(dataset_of(each));
  w.tracking.log_inputs(run_id, datasets, models_of(message));
  return Json::object();
}

Json log_outputs(const Workspace& w, const Message& message, const Request&) {
  const std::string run_id = message.run_id();
  w.tracking.log_outputs(run_id, models_of(message));
  return Json::object();
}

/// The models that clients before MLflow 3 logged, as a tag of the run.
Json log_model(const Workspace& w, const Message& message, const Request&) {
  constexpr std::string_view kTag = "mlflow.log-model.history";
  const std::string run_id = message.run_id();
  const std::string text = message.required_text("model_json");
  Json model;
  try {
    model = parse_json(text);
  } catch (const Error&) {
    throw Error(Code::kInvalidArgument,
                "Malformed model info. \n " + text + " \n is not a valid JSON.");
  }
  for (const char* field : {"artifact_path", "flavors", "utc_time_created", "run_id"}) {
    if (!model.is_object() || !model.contains(field))
      throw Error(Code::kInvalidArgument,
                  "Model json is missing mandatory fields: {'" + std::string(field) + "'}");
  }
  const track::Run run = w.tracking.run(run_id);
  const auto before = run.tags.find(std::string(kTag));
  Json history = before == run.tags.end() ? Json::array() : parse_json(before->second);
  history.push_back(std::move(model));
  track::Batch batch;
  batch.tags.emplace_back(kTag, compact(history));
  w.tracking.log(run_id, batch);
  return Json::object();
}

}  // namespace

std::vector<Operation> logging_operations() {
  return {
      {"POST", "2.0/mlflow/runs/log-metric", actions::kRunsWrite, "Logs a metric", log_metric},
      {"POST", "2.0/mlflow/runs/log-parameter", actions::kRunsWrite, "Logs a param", log_param},
      {"POST", "2.0/mlflow/runs/log-batch", actions::kRunsWrite, "Logs metrics, params and tags",
       log_batch, kBatchBytesMax},
      {"POST", "2.0/mlflow/runs/log-inputs", actions::kRunsWrite,
       "Logs the datasets and models that a run read", log_inputs, kInputsBytesMax},
      {"POST", "2.0/mlflow/runs/outputs", actions::kRunsWrite, "Logs the models that a run made",
       log_outputs},
      {"POST", "2.0/mlflow/runs/log-model", actions::kRunsWrite,
       "Notes a model of a client before MLflow 3", log_model},
      {"POST", "2.0/mlflow/runs/set-tag", actions::kRunsWrite, "Sets a run's tag", set_tag},
      {"POST", "2.0/mlflow/runs/delete-tag", actions::kRunsWrite, "Removes a run's tag",
       delete_tag},
  };
}

}  // namespace tarn::api::mlflow
