// Experiments and runs, for the command line and the web app. (MLflow's own protocol is a surface
// of its own.)

#include <cmath>

#include "base/json.h"
#include "detail/rest_routes.h"
#include "identity/actions.h"
#include "track/tracking.h"

namespace tarn::api {
namespace {

struct ExperimentEntry {
  std::string id;
  std::string name;
  std::string created;
  std::map<std::string, std::string> tags;

  static void describe(router::FieldList<ExperimentEntry>& f) {
    f.type("Experiment", "A named set of runs.");
    f.required("id", &ExperimentEntry::id, "Its id.");
    f.required("name", &ExperimentEntry::name, "Its name.");
    f.required("created", &ExperimentEntry::created, "UTC.");
    f.required("tags", &ExperimentEntry::tags, "Its tags.");
  }
};
struct ExperimentListing {
  std::vector<ExperimentEntry> experiments;
  std::string continuation;

  static void describe(router::FieldList<ExperimentListing>& f) {
    f.type("ExperimentListing", "A page of experiments.");
    f.required("experiments", &ExperimentListing::experiments, "Newest first.");
    f.required("continuation", &ExperimentListing::continuation,
               "For the next page; empty at the end.");
  }
};
struct RunEntry {
  std::string id;
  std::string name;
  std::string experiment_id;
  std::optional<std::string> parent_id;
  std::string status;
  std::string started;
  std::string ended;
  std::map<std::string, std::string> params;
  std::map<std::string, Json> metrics;  // numbers; "NaN" and "Infinity" as text
  std::map<std::string, std::string> tags;

  static void describe(router::FieldList<RunEntry>& f) {
    f.type("Run", "One run.");
    f.required("id", &RunEntry::id, "32 hexadecimal digits.");
    f.required("name", &RunEntry::name, "Its name.");
    f.required("experiment_id", &RunEntry::experiment_id, "The experiment it belongs to.");
    f.optional("parent_id", &RunEntry::parent_id, "The run that it is a child of.");
    f.required("status", &RunEntry::status, "RUNNING, SCHEDULED, FINISHED, FAILED or KILLED.");
    f.required("started", &RunEntry::started, "UTC.");
    f.required("ended", &RunEntry::ended, "UTC; empty while it runs.");
    f.required("params", &RunEntry::params, "Its parameters.");
    f.required("metrics", &RunEntry::metrics, "The latest value of each.");
    f.required("tags", &RunEntry::tags, "Its tags.");
  }
};
struct RunListing {
  std::vector<RunEntry> runs;
  std::string continuation;

  static void describe(router::FieldList<RunListing>& f) {
    f.type("RunListing", "A page of runs.");
    f.required("runs", &RunListing::runs, "Newest first.");
    f.required("continuation", &RunListing::continuation, "For the next page; empty at the end.");
  }
};

using router::Request;
using router::Response;
namespace actions = identity::actions;

ExperimentEntry entry_of(const track::Experiment& experiment) {
  return {experiment.id, experiment.name, time_text(experiment.created_at), experiment.tags};
}

Json metric_value(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

RunEntry entry_of(const track::Run& run) {
  RunEntry entry{.id = run.id,
                 .name = run.name,
                 .experiment_id = run.experiment_id,
                 .parent_id = run.parent_id,
                 .status = std::string(track::name_of(run.status)),
                 .started = time_text(run.start_time),
                 .ended = time_text(run.end_time.value_or(0)),
                 .params = run.params,
                 .metrics = {},
                 .tags = run.tags};
  for (const auto& [key, metric] : run.metrics) entry.metrics[key] = metric_value(metric.value);
  return entry;
}

Response list_experiments(const Workspace& workspace, Request& request) {
  const auto page = workspace.tracking.experiments(track::Show::kActive,
                                                   page_of(request, track::kExperimentPageMax));
  ExperimentListing listing;
  for (const auto& experiment : page.items) listing.experiments.push_back(entry_of(experiment));
  listing.continuation = page.next_token;
  return router::json_response(listing);
}

Response list_runs(const Workspace& workspace, Request& request) {
  track::RunFilter filter;
  if (const auto* experiment = request.query.find("experiment")) {
    filter.experiment_id = workspace.tracking.resolve_experiment(*experiment).id;
  }
  if (const auto* parent = request.query.find("parent")) filter.parent_id = *parent;
  const auto page = workspace.tracking.runs(filter, page_of(request, track::kRunPageMax));
  RunListing listing;
  for (const auto& run : page.items) listing.runs.push_back(entry_of(run));
  listing.continuation = page.next_token;
  return router::json_response(listing);
}

}  // namespace

std::vector<router::Route> experiment_routes(const Workspace& w) {
  using router::json_body;
  return {
      {.method = "GET",
       .pattern = "/experiments",
       .action = std::string(actions::kExperimentsList),
       .summary = "Experiments",
       .handler = [&w](Request& r) { return list_experiments(w, r); },
       .query = paging_parameters(),
       .response = json_body<ExperimentListing>()},
      {.method = "GET",
       .pattern = "/experiments/{name}",
       .action = std::string(actions::kExperimentsRead),
       .summary = "An experiment by its name or id",
       .handler =
           [&w](Request& r) {
             return router::json_response(
                 entry_of(w.tracking.resolve_experiment(r.path_parameters.require("name"))));
           },
       .response = json_body<ExperimentEntry>()},
      {.method = "GET",
       .pattern = "/runs",
       .action = std::string(actions::kRunsList),
       .summary = "Runs",
       .handler = [&w](Request& r) { return list_runs(w, r); },
       .query =
           paging_parameters({{.name = "experiment", .doc = "Only of this one, by name or id."},
                              {.name = "parent", .doc = "Only children of this run."}}),
       .response = json_body<RunListing>()},
      {.method = "GET",
       .pattern = "/runs/{id}",
       .action = std::string(actions::kRunsRead),
       .summary = "A run with its params, metrics and tags",
       .handler =
           [&w](Request& r) {
             return router::json_response(
                 entry_of(w.tracking.run(r.path_parameters.require("id"))));
           },
       .response = json_body<RunEntry>()},
  };
}

}  // namespace tarn::api
