// model-versions/…

#include <algorithm>

#include "base/error.h"
#include "detail/mlflow/entities.h"
#include "detail/mlflow/error.h"
#include "detail/mlflow/operations.h"
#include "detail/mlflow/registry.h"
#include "identity/actions.h"
#include "track/logged_models.h"

namespace tarn::api::mlflow {

namespace {

namespace actions = identity::actions;
using router::Request;

constexpr int kVersionsMax = 200'000;  // that a request may ask for; a page has fewer
constexpr std::string_view kPromptSources[] = {"dummy-source", "prompt-template"};
constexpr std::string_view kVersionsTag = "mlflow.modelVersions";  // of a logged model

Json version_answer(const assets::ModelVersion& version) {
  return {{"model_version", model_version_json(version)}};
}

std::optional<std::string> given(const Message& message, std::string_view field) {
  return message.has(field) ? std::optional(plain_text(message, field)) : std::nullopt;
}

/// A logged model knows the versions that were made of it.
void note_version(const Workspace& w, const assets::ModelVersion& version) {
  const track::LoggedModel model = w.logged_models.get(version.model_id);
  Json versions = Json::array();
  if (const auto there = model.tags.find(std::string(kVersionsTag)); there != model.tags.end()) {
    versions = Json::parse(there->second, nullptr, false);
    if (!versions.is_array()) versions = Json::array();
  }
  const Json one = {{"name", version.name}, {"version", version.version}};
  if (std::ranges::find(versions, one) != versions.end()) return;
  versions.push_back(one);
  w.logged_models.set_tags(version.model_id, {{std::string(kVersionsTag), compact(versions)}});
}

Json create_model_version(const Workspace& w, const Message& message, const Request& request) {
  assets::VersionSpec spec;
  spec.name = model_name_of(message);
  spec.source = message.required_text("source");
  spec.tags = registry_tags_of(message);
  spec.description = plain_text(message, "description");
  spec.run_link = plain_text(message, "run_link");
  spec.created_by = request.caller.name;
  spec.model_must_exist = true;
  spec.main_file_may_lack = true;
  if (is_prompt(spec.tags)) {
    if (std::ranges::find(kPromptSources, spec.source) == std::end(kPromptSources)) {
      throw Error(Code::kInvalidArgument, "Invalid prompt source: '" + spec.source +
                                              "'. Prompt sources must use an MLflow placeholder.");
    }
    spec.lineage.run_id = plain_text(message, "run_id");
    return version_answer(with_model(spec.name, [&] { return w.models.register_prompt(spec); }));
  }
  with_model(spec.name, [&] { return w.models.model(spec.name); });
  const ModelSource source = model_source_of(w, request, spec.source, given(message, "run_id"),
                                             given(message, "model_id"));
  spec.source = source.uri;
  spec.lineage.run_id = source.run_id;
  spec.model_id = source.model_id;
  const assets::ModelVersion version =
      with_model(spec.name, [&] { return w.models.register_folder(source.folder, spec); });
  if (!version.model_id.empty()) note_version(w, version);
  return version_answer(version);
}

Json get_model_version(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::int64_t number = version_of(message);
  return version_answer(with_version(name, number, [&] { return w.models.version(name, number); }));
}

Json update_model_version(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::int64_t number = version_of(message);
  const std::string description = plain_text(message, "description");
  return version_answer(
      with_version(name, number, [&] { return w.models.describe(name, number, description); }));
}

Json delete_model_version(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::int64_t number = version_of(message);
  with_version(name, number, [&] { w.models.remove_version(name, number); });
  return Json::object();
}

Json search_model_versions(const Workspace& w, const Message& message, const Request&) {
  const int size = page_size_of(message, assets::kVersionSearchPageMax, kVersionsMax);
  const auto page = w.models.search_versions({.filter = message.text("filter"),
                                              .order_by = message.texts("order_by"),
                                              .size = std::min(size, assets::kVersionSearchPageMax),
                                              .token = message.text("page_token")});
  Json answer = {{"model_versions", Json::array()}};
  for (const assets::ModelVersion& version : page.items)
    answer["model_versions"].push_back(model_version_json(version));
  if (!page.next_token.empty()) answer["next_page_token"] = page.next_token;
  return answer;
}

Json get_download_uri(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::int64_t number = version_of(message);
  return {{"artifact_uri", download_uri(with_version(
                               name, number, [&] { return w.models.version(name, number); }))}};
}

Json transition_stage(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::int64_t number = version_of(message);
  const std::string text = message.required_text("stage");
  const assets::ModelStage stage = stage_of(text);
  const bool archive = message.boolean("archive_existing_versions").value_or(false);
  if (archive && stage != assets::ModelStage::kStaging &&
      stage != assets::ModelStage::kProduction) {
    throw Error(Code::kInvalidArgument,
                "Model version transition cannot archive existing model versions because '" + text +
                    "' is not an Active stage. Valid stages are ['Staging', 'Production']");
  }
  return version_answer(with_version(
      name, number, [&] { return w.models.transition(name, number, stage, archive); }));
}

Json set_model_version_tag(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::int64_t number = version_of(message);
  const std::string key = message.required_text("key");
  const std::string value = message.text("value");
  check_registry_tag(key, value);
  with_version(name, number, [&] { w.models.set_version_tag(name, number, key, value); });
  return Json::object();
}

Json delete_model_version_tag(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::int64_t number = version_of(message);
  const std::string key = message.required_text("key");
  check_registry_tag(key, {});
  with_version(name, number, [&] { return w.models.remove_version_tag(name, number, key); });
  return Json::object();
}

}  // namespace

std::vector<Operation> model_version_operations() {
  return {
      {"POST", "2.0/mlflow/model-versions/create", actions::kModelsRegister,
       "Registers a version: a copy of the files that its source names", create_model_version},
      {"GET", "2.0/mlflow/model-versions/get", actions::kModelsRead, "A version",
       get_model_version},
      {"PATCH", "2.0/mlflow/model-versions/update", actions::kModelsWrite, "Describes a version",
       update_model_version},
      {"DELETE", "2.0/mlflow/model-versions/delete", actions::kModelsDelete, "Deletes a version",
       delete_model_version},
      {"GET", "2.0/mlflow/model-versions/search", actions::kModelsList, "Versions by a filter",
       search_model_versions},
      {"GET", "2.0/mlflow/model-versions/get-download-uri", actions::kModelsRead,
       "Where a version's files are read", get_download_uri},
      {"POST", "2.0/mlflow/model-versions/transition-stage", actions::kModelsWrite,
       "Moves a version to a stage", transition_stage},
      {"POST", "2.0/mlflow/model-versions/set-tag", actions::kModelsWrite, "Sets a version's tag",
       set_model_version_tag},
      {"DELETE", "2.0/mlflow/model-versions/delete-tag", actions::kModelsWrite,
       "Removes a version's tag", delete_model_version_tag},
  };
}

}  // namespace tarn::api::mlflow
