// logged-models/…

#include "track/logged_models.h"

#include "base/error.h"
#include "detail/mlflow/entities.h"
#include "detail/mlflow/error.h"
#include "detail/mlflow/operations.h"
#include "identity/actions.h"

namespace tarn::api::mlflow {

namespace {

namespace actions = identity::actions;
using router::Request;

constexpr int kPageDefault = 100;

std::map<std::string, std::string> map_of(const Message& message, std::string_view field) {
  std::map<std::string, std::string> result;
  for (auto& [key, value] : pairs_of(message, field)) result[key] = value;
  return result;
}

const std::string& logged_model_id(const Request& request) {
  return request.path_parameters.require("model_id");
}

Json create_logged_model(const Workspace& w, const Message& message, const Request&) {
  track::LoggedModelSpec spec;
  spec.experiment_id = message.required_text("experiment_id");
  spec.name = message.text("name");
  spec.model_type = message.text("model_type");
  spec.source_run_id = message.text("source_run_id");
  spec.params = map_of(message, "params");
  spec.tags = map_of(message, "tags");
  return {{"model", logged_model_json(w.logged_models.create(spec))}};
}

Json get_logged_model(const Workspace& w, const Message&, const Request& request) {
  return {{"model", logged_model_json(w.logged_models.get(logged_model_id(request)))}};
}

Json finalize_logged_model(const Workspace& w, const Message& message, const Request& request) {
  if (!message.has("status")) refuse_missing("status");
  const Json& status = message.json().at("status");
  return {{"model", logged_model_json(w.logged_models.finalize(
                        logged_model_id(request),
                        track::parse_model_status(status.is_string() ? status.get<std::string>()
                                                                     : compact(status))))}};
}

Json delete_logged_model(const Workspace& w, const Message&, const Request& request) {
  w.logged_models.remove(logged_model_id(request));
  return Json::object();
}

Json log_model_params(const Workspace& w, const Message& message, const Request& request) {
  w.logged_models.log_params(logged_model_id(request), map_of(message, "params"));
  return Json::object();
}

Json set_model_tags(const Workspace& w, const Message& message, const Request& request) {
  w.logged_models.set_tags(logged_model_id(request), map_of(message, "tags"));
  return Json::object();
}

Json delete_model_tag(const Workspace& w, const Message&, const Request& request) {
  const std::string& key = request.path_parameters.require("key");
  if (w.logged_models.remove_tag(logged_model_id(request), key)) return Json::object();
  throw Error(Code::kNotFound, "No tag with key '" + key + "' found for model with ID '" +
                                   logged_model_id(request) + "'.");
}

Json search_logged_models(const Workspace& w, const Message& message, const Request&) {
  const auto experiments = message.texts("experiment_ids");
  if (experiments.empty()) refuse_missing("experiment_ids");
  if (!message.messages("datasets").empty()) {
    throw Error(Code::kUnsupported, "A search of logged models by datasets is not here.",
                "Filter by metrics or tags.");
  }
  track::Search search;
  search.filter = message.text("filter");
  search.token = message.text("page_token");
  search.size = page_size_of(message, kPageDefault, track::kLoggedModelPageMax);
  std::vector<track::ModelOrder> order_by;
  for (const Message& each : message.messages("order_by")) {
    order_by.push_back({.field = each.required_text("field_name"),
                        .ascending = each.boolean("ascending").value_or(true),
                        .dataset_name = each.text("dataset_name"),
                        .dataset_digest = each.text("dataset_digest")});
  }
  const auto page = w.logged_models.search(experiments, search, order_by);
  Json answer = {{"models", Json::array()}};
  for (const track::LoggedModel& model : page.items)
    answer["models"].push_back(logged_model_json(model));
  if (!page.next_token.empty()) answer["next_page_token"] = page.next_token;
  return answer;
}

Json list_model_artifacts(const Workspace& w, const Message& message, const Request& request) {
  const track::LoggedModel model = w.logged_models.get(logged_model_id(request));
  const std::string path = message.text("artifact_directory_path");
  const lake::LakePath folder = below(lake::parse_path(model.artifact_location), path);
  return {{"root_uri", artifact_uri(model.artifact_location)},
          {"files", files_json(w, folder, folder_prefix(path), request.cancel)}};
}

}  // namespace

std::vector<Operation> logged_model_operations() {
  constexpr std::string_view kOne = "2.0/mlflow/logged-models/{model_id}";
  return {
      {"POST", "2.0/mlflow/logged-models", actions::kRunsWrite, "Makes a logged model",
       create_logged_model},
      {"POST", "2.0/mlflow/logged-models/search", actions::kRunsList, "Logged models by a filter",
       search_logged_models},
      {"GET", kOne, actions::kRunsRead, "A logged model", get_logged_model},
      {"PATCH", kOne, actions::kRunsWrite, "Says that a logged model's files are there",
       finalize_logged_model},
      {"DELETE", kOne, actions::kRunsDelete, "Deletes a logged model", delete_logged_model},
      {"POST", "2.0/mlflow/logged-models/{model_id}/params", actions::kRunsWrite,
       "Logs params of a logged model", log_model_params},
      {"PATCH", "2.0/mlflow/logged-models/{model_id}/tags", actions::kRunsWrite,
       "Sets tags of a logged model", set_model_tags},
      {"DELETE", "2.0/mlflow/logged-models/{model_id}/tags/{key}", actions::kRunsWrite,
       "Removes a tag of a logged model", delete_model_tag},
      {"GET", "2.0/mlflow/logged-models/{model_id}/artifacts/directories", actions::kRunsRead,
       "A logged model's files", list_model_artifacts},
  };
}

}  // namespace tarn::api::mlflow
