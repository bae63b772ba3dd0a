#include <charconv>
#include <cmath>
#include <filesystem>

#include "base/clock.h"
#include "base/error.h"
#include "detail/commands.h"
#include "detail/leaderboard.h"
#include "detail/local_file.h"

namespace tarn::cli {
namespace {

const std::vector<OutputColumn> kJobColumns{{"name"},    {"type"},    {"status"},
                                            {"created"}, {"started"}, {"ended"}};

Json submit(Gateway& gateway, const std::string& path, const std::string& text,
            const std::string& source) {
  router::StringBody body(text);
  const Json job =
      gateway.json({.method = "POST", .target = path + query({{"source", source}}), .body = &body});
  for (const auto& warning : job["warnings"]) {
    std::fprintf(stderr, "warning: %s\n", warning.get<std::string>().c_str());
  }
  return job;
}

// Prints trials and states as they come, to the job's end. A failed job is an error.
Json follow(Context& context, Gateway& gateway, const std::string& name) {
  Leaderboard board(context.format);
  std::string pending;
  Json last;
  gateway.call({.target = target("/jobs/", name, "/stream")}, [&](std::string_view bytes) {
    pending += bytes;
    for (std::size_t end; (end = pending.find('\n')) != std::string::npos;) {
      const Json event = parse_json(std::string_view(pending).substr(0, end));
      pending.erase(0, end + 1);
      if (event.value("event", "") == "trial") board.trial(event);
      if (event.value("event", "") == "status") board.status(last = event["job"]);
    }
  });
  board.end();
  const std::string status = last.value("status", "");
  if (status == "Failed") {
    const Json error = last.value("error", Json::object());
    throw Error(Code::kUnavailable, "The job failed: " + error.value("message", ""),
                error.value("hint", ""));
  }
  if (status == "Canceled") throw Error(Code::kCancelled, "The job was cancelled: " + name + ".");
  return last;
}

// Submits, and where asked waits; Ctrl-C while waiting cancels the job that this command started.
int create(Context& context, const std::string& text, const std::string& source, bool wait) {
  Gateway& gateway = context.gateway(wait ? Access::kJobs : Access::kWrite);
  if (!wait && !gateway.served()) {
    throw Error(Code::kUnavailable,
                "No server is running for this home, so nothing would run the job.",
                "Start one with tarn serve, or add --wait.");
  }
  const Json job = submit(gateway, "/jobs", text, source);
  const std::string name = job.value("name", "");
  if (!wait) {
    if (context.format != Format::kTable) print_record(context.format, job);
    std::fprintf(stderr, "submitted %s; follow it with: tarn job stream %s\n", name.c_str(),
                 name.c_str());
    return 0;
  }
  Json done;
  try {
    done = follow(context, gateway, name);
  } catch (const Error& error) {
    if (context.cancel.cancelled()) {
      Context fresh(context.where, context.format, {});
      Gateway& again = gateway.served() ? fresh.gateway(Access::kWrite) : gateway;
      again.text({.method = "POST", .target = target("/jobs/", name, "/cancel")});
    }
    throw;
  }
  if (context.format != Format::kTable) print_record(context.format, done);
  return 0;
}

[[noreturn]] void refuse_validation(const std::string& text) {
  throw Error(Code::kInvalidArgument, "This is no way to judge trials: '" + text + "'.",
              "Write cv:5, split:0.2, table:default.holdout, or data:files/data/holdout.csv.");
}

double number_in(const std::string& value, const std::string& whole) {
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) refuse_validation(whole);
  return number;
}

/// `text` is "cv:5", "split:0.2", "table:database.table" or "data:PATH".
void put_validation(const std::string& text, Json& spec) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon + 1 == text.size()) refuse_validation(text);
  const std::string kind = text.substr(0, colon);
  const std::string value = text.substr(colon + 1);
  if (kind == "cv" && value == "auto") return;
  if (kind == "cv") {
    const double folds = number_in(value, text);
    if (folds != std::floor(folds) || std::abs(folds) > 1e6) refuse_validation(text);
    spec["n_cross_validations"] = static_cast<int>(folds);
  } else if (kind == "split") {
    spec["validation_data_size"] = number_in(value, text);
  } else if (kind == "table") {
    spec["validation_data"] = {{"table", value}};
  } else if (kind == "data") {
    spec["validation_data"] = {{"type", "uri_file"}, {"path", value}};
  } else {
    refuse_validation(text);
  }
}

}  // namespace

int automl_regression(Context& context, const AutoMl& options) {
  if (options.table.empty() == options.data.empty()) {
    throw Error(Code::kInvalidArgument, "automl needs a table or data, and not both.",
                "--table default.bike_data, or --data files/data/x.csv");
  }
  const double timeout_s = parse_duration_s(options.timeout);
  Json spec{
      {"$schema", "https://azuremlschemas.azureedge.net/latest/autoMLRegressionJob.schema.json"},
      {"type", "automl"},
      {"task", "regression"}};
  if (!options.name.empty()) spec["name"] = options.name;
  if (!options.experiment.empty()) spec["experiment_name"] = options.experiment;
  spec["primary_metric"] = options.metric;
  spec["target_column_name"] = options.target;
  spec["training_data"] = options.table.empty() ? Json{{"type", "uri_file"}, {"path", options.data}}
                                                : Json{{"table", options.table}};
  spec["limits"] = {{"timeout_minutes", timeout_s / 60},
                    {"max_concurrent_trials", options.concurrency}};
  if (options.max_trials) spec["limits"]["max_trials"] = *options.max_trials;
  if (options.folds) spec["n_cross_validations"] = *options.folds;
  if (!options.validation.empty()) put_validation(options.validation, spec);
  if (!options.drop.empty())
    spec["featurization"] = {{"mode", "custom"}, {"drop_columns", options.drop}};
  Json training{{"enable_vote_ensemble", !options.no_ensemble},
                {"enable_stack_ensemble", !options.no_ensemble}};
  if (!options.allow.empty()) training["allowed_training_algorithms"] = options.allow;
  if (!options.block.empty()) training["blocked_training_algorithms"] = options.block;
  spec["training"] = training;
  spec["seed"] = options.seed;
  if (!options.model.empty()) spec["model_name"] = options.model;
  return create(context, spec.dump(2), "automl regression", options.wait);
}

int job_validate(Context& context, const JobFile& options) {
  const Json job = submit(context.gateway(Access::kRead), "/jobs/validate",
                          read_local_text(options.file), options.file);
  if (context.format != Format::kTable) print_record(context.format, job["spec"]);
  std::fprintf(stderr, "%s is valid\n", options.file.c_str());
  return 0;
}

int job_create(Context& context, const JobFile& options) {
  return create(context, read_local_text(options.file), options.file, options.wait);
}

int job_list(Context& context, const JobList& options) {
  const std::string first =
      "/jobs" +
      query({{"experiment", options.experiment}, {"status", options.status}, {"limit", "1000"}});
  print_list(context.format, all_pages(context.gateway(Access::kRead), first, "jobs"), kJobColumns);
  return 0;
}

int job_show(Context& context, const std::string& name) {
  print_record(context.format,
               context.gateway(Access::kRead).json({.target = target("/jobs/", name)}));
  return 0;
}

int job_stream(Context& context, const std::string& name) {
  const Json done = follow(context, context.gateway(Access::kRead), name);
  if (context.format != Format::kTable) print_record(context.format, done);
  return 0;
}

int job_cancel(Context& context, const std::string& name) {
  const Json job = context.gateway(Access::kWrite)
                       .json({.method = "POST", .target = target("/jobs/", name, "/cancel")});
  std::fprintf(stderr, "%s is %s\n", name.c_str(), job.value("status", "").c_str());
  return 0;
}

int job_log(Context& context, const std::string& name) {
  Gateway& gateway = context.gateway(Access::kRead);
  for (std::size_t offset = 0;;) {
    const std::string piece = gateway.text(
        {.target = target("/jobs/", name, "/log") + query({{"offset", std::to_string(offset)}})});
    if (piece.empty()) return 0;
    std::fwrite(piece.data(), 1, piece.size(), stdout);
    offset += piece.size();
  }
}

}  // namespace tarn::cli
