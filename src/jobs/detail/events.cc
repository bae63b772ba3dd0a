#include "detail/events.h"

#include <cmath>
#include <cstring>

#include "base/json.h"

namespace tarn::jobs::detail {
namespace {

Json pairs(const std::vector<std::pair<std::string, double>>& values) {
  Json json = Json::object();
  for (const auto& [key, value] : values) json[key] = value;
  return json;
}

std::vector<std::pair<std::string, double>> read_pairs(const Json& json) {
  std::vector<std::pair<std::string, double>> values;
  for (const auto& [key, value] : json.items()) values.emplace_back(key, value.get<double>());
  return values;
}

Json number_or_null(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

std::optional<double> read_number(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

// The body of an event, read by `read`; what it throws becomes kDataLoss.
template <typename Read>
auto read_body(std::string_view body, const Read& read) {
  try {
    return read(Json::parse(body));
  } catch (const Json::exception& error) {
    throw Error(Code::kDataLoss,
                "An event of the job's journal is damaged: " + std::string(error.what()) + ".");
  }
}

}  // namespace

std::string to_json(const WorkerEvent& event) {
  return Json{{"pid", event.process.pid}, {"start_time", event.process.start_time}}.dump();
}

WorkerEvent read_worker(std::string_view body) {
  return read_body(body, [](const Json& json) {
    return WorkerEvent{{json.at("pid").get<pid_t>(), json.at("start_time").get<std::uint64_t>()}};
  });
}

std::string to_json(const DataEvent& event) {
  return Json{{"rows", event.rows}, {"columns", event.columns}}.dump();
}

DataEvent read_data(std::string_view body) {
  return read_body(body, [](const Json& json) {
    return DataEvent{json.at("rows").get<std::size_t>(), json.at("columns").get<std::size_t>()};
  });
}

std::string to_json(const ml::FeatureReport& report) {
  Json columns = Json::array();
  for (const ml::ColumnReport& column : report.columns) {
    columns.push_back({{"column", column.column},
                       {"type", ml::name_of(column.type)},
                       {"kept", column.kept},
                       {"reason", column.reason},
                       {"missing", column.missing},
                       {"features", column.features}});
  }
  return Json{{"rows", report.rows},
              {"rows_without_target", report.rows_without_target},
              {"columns", columns}}
      .dump();
}

std::string to_json(const TrialStartedEvent& event) {
  Json params = Json::object();
  for (const auto& [key, value] : event.params) params[key] = value;
  return Json{{"trial", event.trial},
              {"run_id", event.run_id},
              {"algorithm", event.algorithm},
              {"preprocessing", event.preprocessing},
              {"params", params}}
      .dump();
}

TrialStartedEvent read_trial_started(std::string_view body) {
  return read_body(body, [](const Json& json) {
    TrialStartedEvent event{
        json.at("trial"), json.at("run_id"), json.at("algorithm"), json.at("preprocessing"), {}};
    for (const auto& [key, value] : json.at("params").items())
      event.params.emplace_back(key, value.get<std::string>());
    return event;
  });
}

std::string to_json(const TrialFinishedEvent& event) {
  Json scores = Json::array();
  for (const auto& score : event.fold_scores) scores.push_back(number_or_null(score));
  return Json{{"trial", event.trial},
              {"run_id", event.run_id},
              {"metrics", pairs(event.metrics)},
              {"primary_metric", event.primary_metric},
              {"fold_scores", scores},
              {"duration_s", event.duration_s},
              {"error", event.error},
              {"ended_early", event.ended_early}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

TrialFinishedEvent read_trial_finished(std::string_view body) {
  return read_body(body, [](const Json& json) {
    TrialFinishedEvent event;
    event.trial = json.at("trial");
    event.run_id = json.at("run_id");
    event.metrics = read_pairs(json.at("metrics"));
    event.primary_metric = json.at("primary_metric");
    for (const Json& score : json.at("fold_scores"))
      event.fold_scores.push_back(read_number(score));
    event.duration_s = json.at("duration_s");
    event.error = json.at("error");
    event.ended_early = json.value("ended_early", "");  // not in journals of older versions
    return event;
  });
}

std::string to_json(const ModelEvent& event) {
  Json members = Json::array();
  for (const auto& [name, weight] : event.members)
    members.push_back({{"model", name}, {"weight", weight}});
  return Json{{"trial", event.trial},
              {"run_id", event.run_id},
              {"algorithm", event.algorithm},
              {"preprocessing", event.preprocessing},
              {"primary_metric", event.primary_metric},
              {"score", number_or_null(event.score)},
              {"metrics", pairs(event.metrics)},
              {"members", members},
              {"folder", event.folder},
              {"sha256", event.sha256},
              {"verified_rows", event.verified_rows},
              {"difference_max", event.difference_max},
              {"ended_by", event.ended_by}}
      .dump();
}

ModelEvent read_model(std::string_view body) {
  return read_body(body, [](const Json& json) {
    ModelEvent event;
    event.trial = json.at("trial");
    event.run_id = json.at("run_id");
    event.algorithm = json.at("algorithm");
    event.preprocessing = json.at("preprocessing");
    event.primary_metric = json.at("primary_metric");
    event.score = read_number(json.at("score"));
    event.metrics = read_pairs(json.at("metrics"));
    for (const Json& member : json.at("members"))
      event.members.emplace_back(member.at("model"), member.at("weight"));
    event.folder = json.at("folder");
    event.sha256 = json.at("sha256");
    event.verified_rows = json.at("verified_rows");
    event.difference_max = json.at("difference_max");
    event.ended_by = json.at("ended_by");
    return event;
  });
}

namespace {

/// Libraries' messages begin in lower case and end without a stop; people read this one behind
/// another sentence and before the hint.
std::string sentence(std::string text) {
  if (text.empty()) return text;
  if (text.front() >= 'a' && text.front() <= 'z') text.front() -= 'a' - 'A';
  if (!std::strchr(".!?:\n", text.back())) text += '.';
  return text;
}

}  // namespace

std::string to_json(const Error& error) {
  return Json{{"code", name_of(error.code())},
              {"message", sentence(error.message())},
              {"hint", sentence(error.hint())}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

FailedEvent read_failed(std::string_view body) {
  return read_body(body, [](const Json& json) {
    return FailedEvent{json.at("code"), json.at("message"), json.at("hint")};
  });
}

std::string note(std::string_view text) {
  return Json{{"text", text}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::pair<std::string, double>> defined(const ml::Metrics& metrics) {
  std::vector<std::pair<std::string, double>> values;
  for (std::size_t i = 0; i < ml::kMetricCount; ++i) {
    const auto metric = static_cast<ml::Metric>(i);
    if (std::isfinite(metrics[metric])) values.emplace_back(ml::name_of(metric), metrics[metric]);
  }
  return values;
}

std::optional<double> score_of(const ml::Metrics& metrics, ml::Metric metric) {
  return std::isfinite(metrics[metric]) ? std::optional(metrics[metric]) : std::nullopt;
}

}  // namespace tarn::jobs::detail
