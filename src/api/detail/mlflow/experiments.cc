// experiments/…

#include "base/error.h"
#include "detail/mlflow/entities.h"
#include "detail/mlflow/error.h"
#include "detail/mlflow/operations.h"
#include "identity/actions.h"

namespace tarn::api::mlflow {

namespace {

namespace actions = identity::actions;
using router::Request;

Json create_experiment(const Workspace& w, const Message& message, const Request&) {
  const std::string name = message.required_text("name");
  if (const std::string location = message.text("artifact_location"); !location.empty()) {
    throw Error(Code::kUnsupported,
                "An experiment's artifacts lie in the lake here; another artifact_location is not "
                "supported: '" +
                    location + "'.",
                "Leave it out.");
  }
  track::Tags tags;
  for (auto& [key, value] : pairs_of(message, "tags")) tags[key] = value;
  try {
    return {{"experiment_id", w.tracking.create_experiment(name, tags).id}};
  } catch (const Error& error) {
    if (error.code() != Code::kAlreadyExists) throw;
    throw Error(Code::kAlreadyExists, "Experiment(name=" + name + ") already exists.",
                error.hint());
  }
}

Json get_experiment(const Workspace& w, const Message& message, const Request&) {
  return {{"experiment",
           experiment_json(w.tracking.experiment(message.required_text("experiment_id")))}};
}

Json get_experiment_by_name(const Workspace& w, const Message& message, const Request&) {
  const std::string name = message.required_text("experiment_name");
  if (name == track::kDefaultExperimentName)
    return {{"experiment", experiment_json(w.tracking.experiment(track::kDefaultExperimentId))}};
  const auto found = w.tracking.find_experiment(name);
  if (!found) throw Error(Code::kNotFound, "Could not find experiment with name '" + name + "'");
  return {{"experiment", experiment_json(*found)}};
}

Json delete_experiment(const Workspace& w, const Message& message, const Request&) {
  w.tracking.delete_experiment(message.required_text("experiment_id"));
  return Json::object();
}

Json restore_experiment(const Workspace& w, const Message& message, const Request&) {
  w.tracking.restore_experiment(message.required_text("experiment_id"));
  return Json::object();
}

Json update_experiment(const Workspace& w, const Message& message, const Request&) {
  const std::string id = message.required_text("experiment_id");
  w.tracking.rename_experiment(id, message.required_text("new_name"));
  return Json::object();
}

Json set_experiment_tag(const Workspace& w, const Message& message, const Request&) {
  const std::string id = message.required_text("experiment_id");
  w.tracking.set_experiment_tag(id, message.required_text("key"), message.text("value"));
  return Json::object();
}

Json delete_experiment_tag(const Workspace& w, const Message& message, const Request&) {
  const std::string id = message.required_text("experiment_id");
  const std::string key = message.required_text("key");
  if (!w.tracking.remove_experiment_tag(id, key)) {
    throw Error(Code::kNotFound, "No tag with name: " + key + " in experiment with id " + id);
  }
  return Json::object();
}

Json search_experiments(const Workspace& w, const Message& message, const Request&) {
  track::Search search;
  search.filter = message.text("filter");
  search.order_by = message.texts("order_by");
  search.show = view_type_of(message, "view_type");
  search.token = message.text("page_token");
  search.size = page_size_of(message, 1000, track::kSearchPageMax);
  const auto page = w.tracking.search_experiments(search);
  Json answer = {{"experiments", Json::array()}};
  for (const track::Experiment& experiment : page.items)
    answer["experiments"].push_back(experiment_json(experiment));
  if (!page.next_token.empty()) answer["next_page_token"] = page.next_token;
  return answer;
}

}  // namespace

std::vector<Operation> experiment_operations() {
  return {
      {"POST", "2.0/mlflow/experiments/create", actions::kExperimentsWrite, "Makes an experiment",
       create_experiment},
      {"GET", "2.0/mlflow/experiments/get", actions::kExperimentsRead, "An experiment by its id",
       get_experiment},
      {"GET", "2.0/mlflow/experiments/get-by-name", actions::kExperimentsRead,
       "An experiment by its name", get_experiment_by_name},
      {"POST", "2.0/mlflow/experiments/delete", actions::kExperimentsDelete,
       "Deletes an experiment with its runs", delete_experiment},
      {"POST", "2.0/mlflow/experiments/restore", actions::kExperimentsDelete,
       "Brings a deleted experiment back", restore_experiment},
      {"POST", "2.0/mlflow/experiments/update", actions::kExperimentsWrite, "Renames an experiment",
       update_experiment},
      {"POST", "2.0/mlflow/experiments/set-experiment-tag", actions::kExperimentsWrite,
       "Sets an experiment's tag", set_experiment_tag},
      {"POST", "2.0/mlflow/experiments/delete-experiment-tag", actions::kExperimentsWrite,
       "Removes an experiment's tag", delete_experiment_tag},
      {"GET", "2.0/mlflow/experiments/search", actions::kExperimentsList, "Experiments by a filter",
       search_experiments},
      {"POST", "2.0/mlflow/experiments/search", actions::kExperimentsList,
       "Experiments by a filter", search_experiments},
  };
}

}  // namespace tarn::api::mlflow
