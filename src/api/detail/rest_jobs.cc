// Jobs: validate, create, list, show, follow, cancel.

#include "api/gate.h"
#include "base/json.h"
#include "base/text.h"
#include "detail/rest_routes.h"
#include "identity/actions.h"
#include "identity/authority.h"
#include "jobs/scheduler.h"
#include "lake/catalog.h"

namespace tarn::api {
namespace {

struct JobProblem {
  std::string code;
  std::string message;
  std::string hint;

  static void describe(router::FieldList<JobProblem>& f) {
    f.type("JobError", "Why a job failed.");
    f.required("code", &JobProblem::code, "Its kind.");
    f.required("message", &JobProblem::message, "What happened.");
    f.required("hint", &JobProblem::hint, "What to do; may be empty.");
  }
};
struct JobEntry {
  std::string id;
  std::string name;
  std::string display_name;
  std::string type;
  std::string status;
  std::string experiment_id;
  std::string run_id;
  std::string created_by;
  std::string created;
  std::string started;
  std::string ended;
  Json spec;
  Json result;
  std::optional<JobProblem> error;
  std::vector<std::string> warnings;

  static void describe(router::FieldList<JobEntry>& f) {
    f.type("Job", "A job.");
    f.required("id", &JobEntry::id, "Its id.");
    f.required("name", &JobEntry::name, "Its unique name.");
    f.required("display_name", &JobEntry::display_name, "For people.");
    f.required("type", &JobEntry::type, "automl.");
    f.required("status", &JobEntry::status, "Azure ML's: Queued, Running, Completed, ...");
    f.required("experiment_id", &JobEntry::experiment_id, "Its experiment.");
    f.required("run_id", &JobEntry::run_id, "Its run; the trials are children of it.");
    f.required("created_by", &JobEntry::created_by, "Who submitted it.");
    f.required("created", &JobEntry::created, "UTC.");
    f.required("started", &JobEntry::started, "UTC; empty before.");
    f.required("ended", &JobEntry::ended, "UTC; empty before.");
    f.required("spec", &JobEntry::spec, "The specification, under Azure's keys.");
    f.required("result", &JobEntry::result, "What came out; null before the end.");
    f.optional("error", &JobEntry::error, "Of a failed job.");
    f.required("warnings", &JobEntry::warnings,
               "Settings that have no effect here, with the reason.");
  }
};
struct JobListing {
  std::vector<JobEntry> jobs;
  std::string continuation;

  static void describe(router::FieldList<JobListing>& f) {
    f.type("JobListing", "A page of jobs.");
    f.required("jobs", &JobListing::jobs, "Newest first.");
    f.required("continuation", &JobListing::continuation, "For the next page; empty at the end.");
  }
};

using router::Request;
using router::Response;
namespace actions = identity::actions;

constexpr double kFollowPollS = 0.2;           // between two looks at a job that is followed
constexpr std::size_t kLogBytesMax = 1 << 20;  // of one answer

Json json_or_null(const std::string& text) { return text.empty() ? Json() : parse_json(text); }

JobEntry entry_of(const jobs::Job& job) {
  JobEntry entry{.id = job.id,
                 .name = job.name,
                 .display_name = job.display_name,
                 .type = job.type,
                 .status = std::string(jobs::name_of(job.state)),
                 .experiment_id = job.experiment_id,
                 .run_id = job.run_id,
                 .created_by = job.created_by,
                 .created = time_text(job.created_at),
                 .started = time_text(job.started_at.value_or(0)),
                 .ended = time_text(job.ended_at.value_or(0)),
                 .spec = json_or_null(job.spec),
                 .result = json_or_null(job.result),
                 .error = {},
                 .warnings = {}};
  if (job.error) entry.error = JobProblem{job.error->code, job.error->message, job.error->hint};
  return entry;
}

jobs::ParsedSpec read_spec(Request& request) {
  const std::string text = router::read_all(*request.body, jobs::kSpecBytesMax);
  return jobs::parse_automl(text, request.query.get("source", "job.yml"));
}

std::vector<std::string> warnings_of(const jobs::ParsedSpec& parsed) {
  std::vector<std::string> warnings;
  for (const auto& skipped : parsed.skipped) {
    std::string text = skipped.place.source + ':' + std::to_string(skipped.place.line) + ':' +
                       std::to_string(skipped.place.column) + ": " + skipped.text;
    warnings.push_back(std::move(text));
  }
  return warnings;
}

/// A job reads its data in the name of who submits it.
void authorize_data(const Workspace& workspace, const Request& request,
                    const jobs::AutoMlSpec& spec) {
  const auto authorize = [&](identity::Action action, const identity::Scope& scope) {
    workspace.authority.authorize(principal_of(request), action, scope, {request.request_id, {}});
  };
  const jobs::DataInput& data = spec.training_data;
  if (!data.table.empty()) {
    const lake::TableName name = lake::TableName::parse(data.table);
    authorize(actions::kTablesRead,
              identity::Scope::object(
                  name.database.empty() ? lake::kDefaultDatabase : name.database,
                  name.schema.empty() ? lake::kDefaultSchema : name.schema, name.table));
    return;
  }
  const lake::LakePath path = lake::parse_pattern(data.path);
  const auto info = path.pattern() ? std::nullopt : workspace.lake.find(path);
  if (info && !info->folder) {
    return authorize(actions::kLakeFilesRead, identity::Scope::file(path.container, path.path));
  }
  // Where a folder's or a pattern's files lie, and those that an MLTable names.
  for (const lake::LakePath& folder : workspace.jobs.input_folders(spec)) {
    authorize(actions::kLakeFilesRead, folder.path.empty()
                                           ? identity::Scope::container(folder.container)
                                           : identity::Scope::file(folder.container, folder.path));
  }
}

Response create_job(const Workspace& workspace, Request& request) {
  const auto parsed = read_spec(request);
  authorize_data(workspace, request, parsed.spec);
  JobEntry entry = entry_of(workspace.jobs.submit(parsed.spec, request.caller.name));
  entry.warnings = warnings_of(parsed);
  return router::json_response(entry, 201);
}

Response validate_job(const Workspace& workspace, Request& request) {
  const auto parsed = read_spec(request);
  authorize_data(workspace, request, parsed.spec);
  workspace.jobs.validate(parsed.spec);
  JobEntry entry{.type = "automl", .spec = parse_json(jobs::to_json(parsed.spec)), .warnings = {}};
  entry.warnings = warnings_of(parsed);
  return router::json_response(entry);
}

Response list_jobs(const Workspace& workspace, Request& request) {
  jobs::JobFilter filter;
  if (const auto* state = request.query.find("status"))
    filter.state = jobs::parse_job_state(*state);
  if (const auto* experiment = request.query.find("experiment")) {
    filter.experiment_id = workspace.tracking.resolve_experiment(*experiment).id;
  }
  const auto page = workspace.jobs.jobs().list(filter, page_of(request, jobs::kJobPageMax));
  JobListing listing;
  for (const auto& job : page.items) listing.jobs.push_back(entry_of(job));
  listing.continuation = page.next_token;
  return router::json_response(listing);
}

Response job_log(const Workspace& workspace, Request& request) {
  const auto job = workspace.jobs.jobs().get(request.path_parameters.require("name"));
  const auto offset = request.query.get_int("offset", 0, 0);
  return Response::text(workspace.jobs.read_log(job, offset, kLogBytesMax));
}

// A trial's line: what people watch while a job runs.
Json trial_line(const track::Run& run, const std::string& primary_metric) {
  Json line{{"event", "trial"},
            {"run_id", run.id},
            {"name", run.name},
            {"status", track::name_of(run.status)}};
  if (const auto metric = run.metrics.find(primary_metric); metric != run.metrics.end()) {
    line["metric"] = primary_metric;
    line["score"] = metric->second.value;
  }
  if (run.end_time) line["seconds"] = static_cast<double>(*run.end_time - run.start_time) / 1e6;
  if (const auto error = run.tags.find("error"); error != run.tags.end())
    line["error"] = error->second;
  if (const auto early = run.tags.find("ended_early"); early != run.tags.end())
    line["ended_early"] = early->second;
  line["params"] = Json(run.params);
  return line;
}

// Tells of each trial once it has ended, in the order of their start.
class TrialFollower {
 public:
  TrialFollower(track::Tracking& tracking, const jobs::Job& job)
      : tracking_(tracking),
        parent_(job.run_id),
        metric_(parse_json(job.spec).value("primary_metric", "")) {}

  void tell(router::BodySink& sink) {
    track::RunFilter filter{.parent_id = parent_, .newest_first = false};
    while (true) {
      const auto page = tracking_.runs(filter, {.size = track::kRunPageMax, .token = token_});
      for (std::size_t i = told_of_page_; i < page.items.size(); ++i) {
        if (!track::ended(page.items[i].status)) return;
        sink.write(trial_line(page.items[i], metric_).dump() + '\n');
        ++told_of_page_;
      }
      if (page.next_token.empty()) return;
      token_ = page.next_token;
      told_of_page_ = 0;
    }
  }

 private:
  track::Tracking& tracking_;
  std::string parent_;
  std::string metric_;
  std::string token_;             // of the page that has trials not yet told
  std::size_t told_of_page_ = 0;  // trials of it
};

Response stream_job(const Workspace& workspace, Request& request) {
  const auto first = workspace.jobs.jobs().get(request.path_parameters.require("name"));
  Response response;
  response.headers.set("Content-Type", "application/x-ndjson");
  response.headers.set("Cache-Control", "no-store");
  response.stream = [&workspace, first, cancel = request.cancel](router::BodySink& sink) {
    TrialFollower trials(workspace.tracking, first);
    std::string state;
    while (true) {
      const auto job = workspace.jobs.wait(first.id, kFollowPollS, cancel);
      trials.tell(sink);
      if (const std::string now(jobs::name_of(job.state)); now != state) {
        state = now;
        sink.write(
            Json{{"event", "status"}, {"job", Json::parse(router::to_json_text(entry_of(job)))}}
                .dump() +
            '\n');
      }
      sink.flush();
      if (jobs::ended(job.state)) return;
    }
  };
  return response;
}

}  // namespace

std::vector<router::Route> job_routes(const Workspace& w) {
  using router::json_body;
  const router::QueryParameter source{.name = "source", .doc = "The file's name, for errors."};
  const auto yaml = router::bytes_body("Azure ML job YAML, or the same as JSON.", "*/*");
  return {
      {.method = "GET",
       .pattern = "/jobs",
       .action = std::string(actions::kJobsList),
       .summary = "Jobs",
       .handler = [&w](Request& r) { return list_jobs(w, r); },
       .query =
           paging_parameters({{.name = "status", .doc = "Only in this state."},
                              {.name = "experiment", .doc = "Only of this one, by name or id."}}),
       .response = json_body<JobListing>()},
      {.method = "POST",
       .pattern = "/jobs",
       .action = std::string(actions::kJobsCreate),
       .summary = "Submit a job",
       .handler = [&w](Request& r) { return create_job(w, r); },
       .query = {source},
       .request = yaml,
       .response = json_body<JobEntry>(),
       .response_status = 201},
      {.method = "POST",
       .pattern = "/jobs/validate",
       .action = std::string(actions::kJobsValidate),
       .summary = "Check a job's specification and its data, and run nothing",
       .handler = [&w](Request& r) { return validate_job(w, r); },
       .query = {source},
       .request = yaml,
       .response = json_body<JobEntry>()},
      {.method = "GET",
       .pattern = "/jobs/{name}",
       .action = std::string(actions::kJobsRead),
       .summary = "A job by its name, id or run id",
       .handler =
           [&w](Request& r) {
             return router::json_response(
                 entry_of(w.jobs.jobs().get(r.path_parameters.require("name"))));
           },
       .response = json_body<JobEntry>()},
      {.method = "GET",
       .pattern = "/jobs/{name}/log",
       .action = std::string(actions::kJobsRead),
       .summary = "What the job's worker wrote",
       .handler = [&w](Request& r) { return job_log(w, r); },
       .query = {{.name = "offset",
                  .doc = "From this byte on.",
                  .kind = router::Schema::Kind::kInteger}},
       .response = router::bytes_body("Text.", "text/plain")},
      {.method = "GET",
       .pattern = "/jobs/{name}/stream",
       .action = std::string(actions::kJobsRead),
       .summary =
           "Follow a job to its end: one JSON object a line for each trial and change of status",
       .handler = [&w](Request& r) { return stream_job(w, r); },
       .response = router::bytes_body("JSON lines.", "application/x-ndjson")},
      {.method = "POST",
       .pattern = "/jobs/{name}/cancel",
       .action = std::string(actions::kJobsCancel),
       .summary = "End a job at once",
       .handler =
           [&w](Request& r) {
             return router::json_response(
                 entry_of(w.jobs.cancel(r.path_parameters.require("name"))));
           },
       .response = json_body<JobEntry>()},
  };
}

}  // namespace tarn::api
