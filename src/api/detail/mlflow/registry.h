#pragma once
// MLflow's registry: its rules for names, its messages, and where a new version's files come from.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "api/workspace.h"
#include "assets/models.h"
#include "base/error.h"
#include "base/json.h"
#include "detail/mlflow/message.h"
#include "lake/path.h"
#include "router/message.h"

namespace tarn::api::mlflow {

/// Below mlflow-artifacts:/, where the files of registered versions are read:
/// registered-models/<name>/<version>/…
inline constexpr std::string_view kRegisteredFolder = "registered-models";

/// A name in the field, which may be a model's. Throws Error(kInvalidArgument).
std::string model_name_of(const Message& message, std::string_view field = "name");
/// A text that may be empty and has no NUL. Throws Error(kInvalidArgument).
std::string plain_text(const Message& message, std::string_view field);
/// The field `version`, as a number or a text. Throws Error(kInvalidArgument).
std::int64_t version_of(const Message& message);
/// MLflow's name of a stage, whatever its case. Throws Error(kInvalidArgument).
assets::ModelStage stage_of(const std::string& text);
/// These throw Error(kInvalidArgument).
void check_alias_name(const std::string& alias);
void check_new_alias(const std::string& alias);
void check_registry_tag(const std::string& key, const std::string& value);
assets::Tags registry_tags_of(const Message& message);
bool is_prompt(const assets::Tags& tags);

/// "mlflow-artifacts:/registered-models/<name>/<version>", or what a version without files came
/// from.
std::string download_uri(const assets::ModelVersion& version);
Json model_version_json(const assets::ModelVersion& version);
Json registered_model_json(const assets::RegisteredModel& model);

/// What `work` gives; that the model is not there is said in MLflow's words.
template <typename Work>
auto with_model(const std::string& name, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.code() != Code::kNotFound) throw;
    throw Error(Code::kNotFound, "Registered Model with name=" + name + " not found", error.hint());
  }
}
/// The same of a version.
template <typename Work>
auto with_version(const std::string& name, std::int64_t version, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.code() != Code::kNotFound) throw;
    throw Error(
        Code::kNotFound,
        "Model Version (name=" + name + ", version=" + std::to_string(version) + ") not found",
        error.hint());
  }
}
/// The version that an alias points to, or the newest for "latest".
assets::ModelVersion version_by_alias(const Workspace& workspace, const std::string& name,
                                      const std::string& alias);

/// Where the files of a new version come from.
struct ModelSource {
  std::string uri;       // as the version keeps it
  std::string run_id;    // may be empty
  std::string model_id;  // the same
  std::filesystem::path folder;
};
/// The folder that a source names: models:/m-…, models:/name/1, runs:/…/path, mlflow-artifacts:/….
/// `run_id` and `model_id` are those of the request, empty where it has none. Throws
/// Error(kInvalidArgument) for what lies elsewhere, does not belong to that run or logged model, or
/// has no files; kPermissionDenied.
ModelSource model_source_of(const Workspace& workspace, const router::Request& request,
                            const std::string& uri, const std::optional<std::string>& run_id,
                            const std::optional<std::string>& model_id);

/// The lake's path of "registered-models/<name>/<version>/<rest>"; empty where the path is not
/// below a version. Throws Error(kNotFound), kPermissionDenied for who may not read models.
std::optional<lake::LakePath> registered_file(const Workspace& workspace,
                                              const router::Request& request,
                                              std::string_view path);
/// Whether a path of artifacts lies in or above the registry's own part.
bool is_registered_path(std::string_view path);

}  // namespace tarn::api::mlflow
