// Where the files of a new version come from, and that they belong to what the request names.

#include <algorithm>

#include "api/gate.h"
#include "assets/version_files.h"
#include "base/text.h"
#include "detail/mlflow/entities.h"
#include "detail/mlflow/operations.h"
#include "detail/mlflow/registry.h"
#include "identity/actions.h"
#include "identity/authority.h"
#include "lake/lake.h"
#include "router/url.h"
#include "track/logged_models.h"
#include "track/tracking.h"

namespace tarn::api::mlflow {

namespace {

constexpr int kUnquotedTimesMax = 16;

[[noreturn]] void refuse_source(const std::string& uri, const std::string& why) {
  throw Error(Code::kInvalidArgument, "Invalid model version source: '" + uri + "'. " + why);
}

[[noreturn]] void refuse_owner(const std::string& uri, std::string_view field) {
  refuse_source(uri, "The " + std::string(field) +
                         " request parameter must identify the resource that contains the source.");
}

[[noreturn]] void refuse_relative(const std::string& uri) {
  refuse_source(uri,
                "If supplying a source as an http, https, local file path, ftp, objectstore, or "
                "mlflow-artifacts uri, an absolute path must be provided without relative path "
                "references present. Please provide an absolute path.");
}

/// scheme:[//authority]path
struct Uri {
  std::string scheme;
  std::string authority;
  std::string path;  // begins with a slash
};

Uri parse_uri(const std::string& text) {
  Uri uri;
  const std::size_t colon = text.find(':');
  const auto in_scheme = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
  };
  if (colon == std::string::npos || colon == 0 ||
      !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), in_scheme)) {
    uri.path = text;
    return uri;
  }
  uri.scheme = to_lower(text.substr(0, colon));
  std::string_view rest = std::string_view(text).substr(colon + 1);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    uri.authority = std::string(rest.substr(0, slash));
    rest.remove_prefix(slash);
  }
  uri.path = std::string(rest);
  return uri;
}

/// However often it is encoded, no part leads elsewhere.
void check_absolute(const std::string& text, const Uri& uri) {
  std::string plain = text;
  for (int times = 0; times < kUnquotedTimesMax && plain.find('%') != std::string::npos; ++times) {
    try {
      std::string next = router::percent_decode(plain);
      if (next == plain) break;
      plain = std::move(next);
    } catch (const Error&) {
      break;  // a sign of percent that encodes nothing
    }
  }
  const auto leads_elsewhere = [](const std::string& part) { return part == "." || part == ".."; };
  const std::vector<std::string> parts = split(plain, '/');
  if (!uri.path.starts_with('/') || plain.find('\0') != std::string::npos ||
      std::ranges::any_of(parts, leads_elsewhere))
    refuse_relative(text);
}

/// "a/b" of "//a/b/".
std::string inner(std::string_view path) {
  std::vector<std::string> parts = split(path, '/');
  std::erase(parts, "");
  return join(parts, "/");
}

class SourceFinder {
 public:
  SourceFinder(const Workspace& workspace, const router::Request& request, const std::string& text)
      : w_(workspace), request_(request), text_(text), uri_(parse_uri(text)) {}

  ModelSource find(const std::optional<std::string>& run_id,
                   const std::optional<std::string>& model_id) {
    source_ = {.uri = text_,
               .run_id = run_id.value_or(""),
               .model_id = model_id.value_or(""),
               .folder = {}};
    if (uri_.scheme.empty() || uri_.scheme == "file") refuse_local();
    check_absolute(text_, uri_);
    if (uri_.scheme == "models") {
      of_models(run_id.has_value(), model_id.has_value());
    } else if (uri_.scheme == "runs") {
      of_run();
    } else if (uri_.scheme == "mlflow-artifacts") {
      of_artifacts();
    } else {
      refuse_source(text_,
                    "Tarn keeps a copy of what is registered, and copies from its own runs, logged "
                    "models and versions alone (runs:/, models:/, mlflow-artifacts:/). Log the "
                    "model to a run of this server and register that.");
    }
    return std::move(source_);
  }

 private:
  [[noreturn]] void refuse_local() {
    const std::string owner = source_.model_id.empty() ? "run_id" : "model_id";
    refuse_source(text_,
                  "To use a local path as a model version source, the " + owner +
                      " request parameter has to be specified and the local path has to be "
                      "contained within the artifact directory of the run specified by the " +
                      owner + ".");
  }

  void of_models(bool has_run_id, bool has_model_id) {
    if (!uri_.authority.empty()) {
      refuse_source(text_, "Registered model sources must use the active model registry.");
    }
    const std::string name = inner(uri_.path);
    if (name.find_first_of("/@") == std::string::npos) return of_logged_model(name);
    const auto reference = assets::parse_model_reference("models:/" + name);
    const auto registered =
        with_model(reference.name, [&] { return w_.models.registered_model(reference.name); });
    if (is_prompt(registered.model.tags))
      refuse_source(text_, "Prompt versions cannot be used as model version sources.");
    const assets::ResolvedModel resolved = resolve(reference);
    const assets::ModelVersion& version = resolved.version;
    if ((has_run_id && source_.run_id != version.lineage.run_id) ||
        (has_model_id && source_.model_id != version.model_id)) {
      refuse_source(text_,
                    "The run_id and model_id request parameters must match the referenced model "
                    "version.");
    }
    authorize(identity::actions::kModelsRead);
    source_.uri = version.uri();
    source_.run_id = version.lineage.run_id;
    source_.model_id = version.model_id;
    source_.folder = resolved.folder;
    if (source_.folder.empty()) refuse_empty();
  }

  assets::ResolvedModel resolve(const assets::ModelReference& reference) {
    using By = assets::ModelReference::By;
    if (reference.by == By::kVersion) {
      return with_version(reference.name, reference.version,
                          [&] { return w_.models.resolve(reference); });
    }
    if (reference.by == By::kAlias) {
      const auto version = version_by_alias(w_, reference.name, reference.label);
      return w_.models.resolve(version.uri());
    }
    return w_.models.resolve(reference);
  }

  void of_logged_model(const std::string& id) {
    if (id != source_.model_id) refuse_owner(text_, "model_id");
    const track::LoggedModel model = logged_model(id);
    if (source_.run_id.empty()) source_.run_id = model.source_run_id;
    take(lake::parse_path(model.artifact_location));
  }

  /// runs:/<run>/path.
  void of_run() {
    if (!source_.model_id.empty()) refuse_owner(text_, "model_id");
    const std::string rest = inner(uri_.path);
    const std::size_t slash = rest.find('/');
    const std::string id = rest.substr(0, slash);
    if (!uri_.authority.empty() || id != source_.run_id || slash == std::string::npos)
      refuse_owner(text_, "run_id");
    const std::string path = rest.substr(slash + 1);
    const track::Run run = run_of(id);
    const lake::LakePath folder = below(lake::parse_path(run.artifact_uri), path);
    take_of_run(run, path, folder);
  }

  /// mlflow-artifacts:/…: within the folder of the run or the logged model that is named.
  void of_artifacts() {
    const std::string_view field = source_.model_id.empty() ? "run_id" : "model_id";
    if (!uri_.authority.empty()) refuse_owner(text_, field);
    const lake::LakePath folder = below(lake::parse_path("artifacts"), inner(uri_.path));
    if (!source_.model_id.empty()) {
      const track::LoggedModel model = logged_model(source_.model_id);
      if (source_.run_id.empty()) source_.run_id = model.source_run_id;
      path_within(lake::parse_path(model.artifact_location), folder, field);
      return take(folder);
    }
    if (source_.run_id.empty()) refuse_owner(text_, field);
    const track::Run run = run_of(source_.run_id);
    const std::string path = path_within(lake::parse_path(run.artifact_uri), folder, field);
    take_of_run(run, path, folder);
  }

  /// The path of `folder` below `root`; empty for the root itself.
  std::string path_within(const lake::LakePath& root, const lake::LakePath& folder,
                          std::string_view field) {
    if (folder == root) return {};
    if (!folder.path.starts_with(root.path + "/")) refuse_owner(text_, field);
    return folder.path.substr(root.path.size() + 1);
  }

  /// A folder of a run, or the logged model of that name that it made, where there is no folder.
  void take_of_run(const track::Run& run, const std::string& path, const lake::LakePath& folder) {
    if (!w_.lake.find(folder)) {
      if (const auto model = output_of(run, path)) {
        source_.model_id = model->id;
        return take(lake::parse_path(model->artifact_location));
      }
    }
    take(folder);
  }

  /// The newest logged model of this name that a run made and that is still there.
  std::optional<track::LoggedModel> output_of(const track::Run& run, const std::string& name) {
    for (auto link = run.model_outputs.rbegin(); link != run.model_outputs.rend(); ++link) {
      try {
        track::LoggedModel model = w_.logged_models.get(link->model_id);
        if (model.name == name) return model;
      } catch (const Error& error) {
        if (error.code() != Code::kNotFound) throw;
      }
    }
    return std::nullopt;
  }

  track::Run run_of(const std::string& id) {
    try {
      return w_.tracking.run(id);
    } catch (const Error& error) {
      if (error.code() != Code::kNotFound && error.code() != Code::kInvalidArgument) throw;
      refuse_owner(text_, "run_id");
    }
  }

  track::LoggedModel logged_model(const std::string& id) {
    try {
      return w_.logged_models.get(id);
    } catch (const Error& error) {
      if (error.code() != Code::kNotFound) throw;
      refuse_owner(text_, "model_id");
    }
  }

  void take(const lake::LakePath& folder) {
    authorize(identity::actions::kRunsRead);
    const auto info = w_.lake.find(folder);
    if (!info) refuse_empty();
    if (!info->folder) refuse_source(text_, "It is a file; a model is the folder around it.");
    source_.folder = w_.lake.local_path(folder);
    if (assets::version_files(source_.folder).empty()) refuse_empty();
  }

  [[noreturn]] void refuse_empty() {
    refuse_source(text_, "There are no files to register. Log the model first.");
  }

  void authorize(identity::Action action) {
    w_.authority.authorize(principal_of(request_), action, identity::Scope::workspace(),
                           {request_.request_id, {}});
  }

  const Workspace& w_;
  const router::Request& request_;
  const std::string& text_;
  Uri uri_;
  ModelSource source_;
};

}  // namespace

ModelSource model_source_of(const Workspace& workspace, const router::Request& request,
                            const std::string& uri, const std::optional<std::string>& run_id,
                            const std::optional<std::string>& model_id) {
  return SourceFinder(workspace, request, uri).find(run_id, model_id);
}

}  // namespace tarn::api::mlflow
