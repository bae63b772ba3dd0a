// runs/create, get, update, delete, restore, search; metrics/…

#include <algorithm>

#include "base/error.h"
#include "detail/mlflow/entities.h"
#include "detail/mlflow/error.h"
#include "detail/mlflow/operations.h"
#include "identity/actions.h"

namespace tarn::api::mlflow {

namespace {

namespace actions = identity::actions;
using router::Request;

constexpr std::int64_t kHistoryMax = 25'000;  // points of one answer of several runs
constexpr std::size_t kHistoryRunsMax = 100;
constexpr std::int64_t kSampledMax = 2500;  // points of one run in a sampled history

Json create_run(const Workspace& w, const Message& message, const Request&) {
  track::RunSpec spec;
  if (const std::string id = message.text("experiment_id"); !id.empty()) spec.experiment_id = id;
  spec.name = message.text("run_name");
  spec.user = message.text("user_id");
  if (const auto start = message.integer("start_time"); start && *start > 0)
    spec.start_time = to_micros(*start);
  for (auto& [key, value] : pairs_of(message, "tags")) spec.tags[key] = value;
  const auto named = spec.tags.find(std::string(track::kTagRunName));
  if (named != spec.tags.end() && !spec.name.empty() && named->second != spec.name) {
    throw Error(Code::kInvalidArgument,
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with "
                "different values (run_name='" +
                    spec.name + "', mlflow.runName='" + named->second + "').");
  }
  return {{"run", run_json(w.tracking.create_run(spec))}};
}

Json get_run(const Workspace& w, const Message& message, const Request&) {
  return {{"run", run_json(w.tracking.run(message.run_id()))}};
}

/// A status by its name or its number.
std::optional<track::RunStatus> status_of(const Message& message) {
  if (!message.has("status")) return std::nullopt;
  constexpr track::RunStatus kByNumber[] = {
      track::RunStatus::kRunning, track::RunStatus::kScheduled, track::RunStatus::kFinished,
      track::RunStatus::kFailed, track::RunStatus::kKilled};
  const Json& value = message.json().at("status");
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (number >= 1 && number <= std::ssize(kByNumber)) return kByNumber[number - 1];
    refuse_value("status", value.dump(), "It is a run's status.");
  }
  return track::parse_run_status(message.text("status"));
}

Json update_run(const Workspace& w, const Message& message, const Request&) {
  const std::string id = message.run_id();
  const auto status = status_of(message);
  track::Batch batch;
  if (const std::string name = message.text("run_name"); !name.empty())
    batch.tags.emplace_back(track::kTagRunName, name);
  if (const auto end = message.integer("end_time"); end && *end > 0)
    batch.end_time = to_micros(*end);
  batch.status = status;
  w.tracking.update_run(id, batch);
  return {{"run_info", run_info_json(w.tracking.run(id))}};
}

Json delete_run(const Workspace& w, const Message& message, const Request&) {
  w.tracking.delete_run(message.run_id());
  return Json::object();
}

Json restore_run(const Workspace& w, const Message& message, const Request&) {
  w.tracking.restore_run(message.run_id());
  return Json::object();
}

Json search_runs(const Workspace& w, const Message& message, const Request&) {
  track::Search search;
  search.filter = message.text("filter");
  search.order_by = message.texts("order_by");
  search.show = view_type_of(message, "run_view_type");
  search.token = message.text("page_token");
  search.size = page_size_of(message, 1000, track::kSearchPageMax);
  const auto page = w.tracking.search_runs(message.texts("experiment_ids"), search);
  Json answer = {{"runs", Json::array()}};
  for (const track::Run& run : page.items) answer["runs"].push_back(run_json(run));
  if (!page.next_token.empty()) answer["next_page_token"] = page.next_token;
  return answer;
}

Json get_history(const Workspace& w, const Message& message, const Request&) {
  const std::string run_id = message.run_id();
  const std::string key = message.required_text("metric_key");
  const auto size = message.integer("max_results");
  if (size && *size <= 0) {
    throw Error(Code::kInvalidArgument,
                "Invalid value " + std::to_string(*size) +
                    " for parameter 'max_results' supplied. It must be a positive integer.");
  }
  Json answer = {{"metrics", Json::array()}};
  meta::Page page{.size = track::kMetricPageMax, .token = message.text("page_token")};
  if (size) page.size = static_cast<int>(std::min<std::int64_t>(*size, track::kMetricPageMax));
  while (true) {
    auto points = w.tracking.metric_history(run_id, key, page);
    for (const track::Metric& metric : points.items)
      answer["metrics"].push_back(metric_json(metric));
    page.token = points.next_token;
    // Without a size all of them are asked for.
    if (page.token.empty() || size) break;
  }
  if (!page.token.empty()) answer["next_page_token"] = page.token;
  return answer;
}

Json with_run(const track::Metric& metric, const std::string& run_id) {
  Json result = metric_json(metric);
  result["run_id"] = run_id;
  return result;
}

Json get_history_bulk(const Workspace& w, const Message& message, const Request&) {
  std::vector<std::string> ids = message.texts("run_id");
  if (ids.empty()) {
    throw Error(Code::kInvalidArgument,
                "GetMetricHistoryBulk request must specify at least one run_id.");
  }
  if (ids.size() > kHistoryRunsMax) {
    throw Error(Code::kInvalidArgument,
                "GetMetricHistoryBulk request cannot specify more than 100 run_ids. Received " +
                    std::to_string(ids.size()) + " run_ids.");
  }
  if (!message.has("metric_key")) {
    throw Error(Code::kInvalidArgument, "GetMetricHistoryBulk request must specify a metric_key.");
  }
  const std::string key = message.text("metric_key");
  std::int64_t left = std::clamp<std::int64_t>(message.integer("max_results").value_or(kHistoryMax),
                                               0, kHistoryMax);
  std::sort(ids.begin(), ids.end());
  Json answer = {{"metrics", Json::array()}};
  for (const std::string& id : ids) {
    if (left == 0) break;
    const auto points =
        w.tracking.metric_history(id, key, {.size = static_cast<int>(left), .token = {}});
    for (const track::Metric& metric : points.items)
      answer["metrics"].push_back(with_run(metric, id));
    left -= std::ssize(points.items);
  }
  return answer;
}

Json get_history_sampled(const Workspace& w, const Message& message, const Request&) {
  const std::vector<std::string> ids = message.texts("run_ids");
  if (ids.empty()) refuse_missing("run_ids");
  if (ids.size() > kHistoryRunsMax) {
    throw Error(Code::kInvalidArgument,
                "GetMetricHistoryBulkInterval request must specify at most 100 run_ids. Received " +
                    std::to_string(ids.size()) + " run_ids.");
  }
  const std::string key = message.required_text("metric_key");
  const std::int64_t size = message.integer("max_results").value_or(kSampledMax);
  if (size < 1 || size > kSampledMax)
    throw Error(Code::kInvalidArgument, "max_results must be between 1 and 2500.");
  const auto first = message.integer("start_step");
  const auto last = message.integer("end_step");
  if (first.has_value() != last.has_value()) {
    throw Error(Code::kInvalidArgument,
                "If either start step or end step are specified, both must be specified.");
  }
  if (first && *first > *last) {
    throw Error(Code::kInvalidArgument,
                "end_step must be greater than start_step. Found "
                "start_step=" +
                    std::to_string(*first) + " and end_step=" + std::to_string(*last) + ".");
  }
  Json answer = {{"metrics", Json::array()}};
  for (const std::string& id : ids) {
    for (const track::Metric& metric :
         w.tracking.sampled_history(id, key, static_cast<int>(size), first, last))
      answer["metrics"].push_back(with_run(metric, id));
  }
  return answer;
}

}  // namespace

std::vector<Operation> run_operations() {
  return {
      {"POST", "2.0/mlflow/runs/create", actions::kRunsCreate, "Starts a run", create_run},
      {"GET", "2.0/mlflow/runs/get", actions::kRunsRead, "A run by its id", get_run},
      {"POST", "2.0/mlflow/runs/update", actions::kRunsWrite, "Changes a run's status, end or name",
       update_run},
      {"POST", "2.0/mlflow/runs/delete", actions::kRunsDelete, "Deletes a run", delete_run},
      {"POST", "2.0/mlflow/runs/restore", actions::kRunsDelete, "Brings a deleted run back",
       restore_run},
      {"POST", "2.0/mlflow/runs/search", actions::kRunsList, "Runs by a filter", search_runs},
      {"GET", "2.0/mlflow/metrics/get-history", actions::kRunsRead, "A metric's points",
       get_history},
      {"GET", "2.0/mlflow/metrics/get-history-bulk", actions::kRunsRead,
       "A metric's points in several runs", get_history_bulk},
      {"GET", "2.0/mlflow/metrics/get-history-bulk-interval", actions::kRunsRead,
       "A metric's points in several runs, sampled", get_history_sampled},
  };
}

}  // namespace tarn::api::mlflow
