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

}  // namespace

std::vector<Operation> logging_operations() {
  return {
      {"POST", "2.0/mlflow/runs/log-metric", actions::kRunsWrite, "Logs a metric", log_metric},
      {"POST", "2.0/mlflow/runs/log-parameter", actions::kRunsWrite, "Logs a param", log_param},
      {"POST", "2.0/mlflow/runs/log-batch", actions::kRunsWrite, "Logs metrics, params and tags",
       log_batch, kBatchBytesMax},
      {"POST", "2.0/mlflow/runs/set-tag", actions::kRunsWrite, "Sets a run's tag", set_tag},
      {"POST", "2.0/mlflow/runs/delete-tag", actions::kRunsWrite, "Removes a run's tag",
       delete_tag},
  };
}

}  // namespace tarn::api::mlflow
