// registered-models/…

#include <algorithm>

#include "base/error.h"
#include "detail/mlflow/entities.h"
#include "detail/mlflow/error.h"
#include "detail/mlflow/operations.h"
#include "detail/mlflow/registry.h"
#include "identity/actions.h"

namespace tarn::api::mlflow {

namespace {

namespace actions = identity::actions;
using router::Request;

constexpr int kModelsDefault = 100;

Json model_answer(const Workspace& w, const std::string& name) {
  return {{"registered_model", registered_model_json(with_model(
                                   name, [&] { return w.models.registered_model(name); }))}};
}

[[noreturn]] void refuse_taken(const Workspace& w, const std::string& name, bool wanted_prompt) {
  const bool is_a_prompt = is_prompt(w.models.model(name).tags);
  const auto kind = [](bool prompt) -> std::string {
    return prompt ? "Prompt" : "Registered Model";
  };
  if (is_a_prompt == wanted_prompt)
    throw Error(Code::kAlreadyExists, kind(is_a_prompt) + " (name=" + name + ") already exists.");
  throw Error(Code::kAlreadyExists,
              "Tried to create a " + std::string(wanted_prompt ? "prompt" : "registered model") +
                  " with name '" + name + "', but the name is already taken by a " +
                  (is_a_prompt ? "prompt" : "registered model") +
                  ". MLflow does not allow creating a model and a prompt with the same name.");
}

Json create_registered_model(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const assets::Tags tags = registry_tags_of(message);
  try {
    w.models.create(name, plain_text(message, "description"), tags);
  } catch (const Error& error) {
    if (error.code() != Code::kAlreadyExists) throw;
    refuse_taken(w, name, tags.contains(std::string(assets::kPromptTag)));
  }
  return model_answer(w, name);
}

Json get_registered_model(const Workspace& w, const Message& message, const Request&) {
  return model_answer(w, model_name_of(message));
}

Json update_registered_model(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::string description = plain_text(message, "description");
  with_model(name, [&] { return w.models.describe(name, description); });
  return model_answer(w, name);
}

Json rename_registered_model(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::string new_name = model_name_of(message, "new_name");
  try {
    with_model(name, [&] { return w.models.rename(name, new_name); });
  } catch (const Error& error) {
    if (error.code() != Code::kAlreadyExists) throw;
    throw Error(Code::kAlreadyExists, "Registered Model (name=" + new_name + ") already exists.",
                error.hint());
  }
  return model_answer(w, new_name);
}

Json delete_registered_model(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  with_model(name, [&] { w.models.remove_model(name); });
  return Json::object();
}

Json search_registered_models(const Workspace& w, const Message& message, const Request&) {
  const auto page =
      w.models.search_models({.filter = message.text("filter"),
                              .order_by = message.texts("order_by"),
                              .size = page_size_of(message, kModelsDefault, assets::kModelPageMax),
                              .token = message.text("page_token")});
  Json answer = {{"registered_models", Json::array()}};
  for (const assets::RegisteredModel& model : page.items)
    answer["registered_models"].push_back(registered_model_json(model));
  if (!page.next_token.empty()) answer["next_page_token"] = page.next_token;
  return answer;
}

/// None asked for: of every stage.
Json get_latest_versions(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  std::vector<assets::ModelStage> stages;
  for (const std::string& stage : message.texts("stages")) stages.push_back(stage_of(stage));
  const auto found = with_model(name, [&] { return w.models.registered_model(name); });
  Json answer = {{"model_versions", Json::array()}};
  for (const assets::ModelVersion& version : found.latest) {
    if (!stages.empty() && std::ranges::find(stages, version.stage) == stages.end()) continue;
    answer["model_versions"].push_back(model_version_json(version));
  }
  return answer;
}

Json set_registered_model_tag(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::string key = message.required_text("key");
  const std::string value = message.text("value");
  check_registry_tag(key, value);
  with_model(name, [&] { w.models.set_tag(name, key, value); });
  return Json::object();
}

Json delete_registered_model_tag(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::string key = message.required_text("key");
  check_registry_tag(key, {});
  with_model(name, [&] { return w.models.remove_tag(name, key); });
  return Json::object();
}

Json set_alias(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::string alias = message.required_text("alias");
  check_new_alias(alias);
  const std::int64_t version = version_of(message);
  with_version(name, version, [&] { w.models.set_alias(name, alias, version); });
  return Json::object();
}

Json delete_alias(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::string alias = message.required_text("alias");
  check_alias_name(alias);
  with_model(name, [&] { return w.models.remove_alias(name, alias); });
  return Json::object();
}

Json get_by_alias(const Workspace& w, const Message& message, const Request&) {
  const std::string name = model_name_of(message);
  const std::string alias = message.required_text("alias");
  check_alias_name(alias);
  return {{"model_version", model_version_json(version_by_alias(w, name, alias))}};
}

}  // namespace

assets::ModelStage stage_of(const std::string& text) {
  try {
    return assets::parse_model_stage(text);
  } catch (const Error&) {
    throw Error(Code::kInvalidArgument,
                "Invalid Model Version stage: " + text +
                    ". Value must be one of None, Staging, Production, Archived.");
  }
}

std::vector<Operation> registered_model_operations() {
  constexpr std::string_view kLatest = "2.0/mlflow/registered-models/get-latest-versions";
  constexpr std::string_view kAlias = "2.0/mlflow/registered-models/alias";
  return {
      {"POST", "2.0/mlflow/registered-models/create", actions::kModelsRegister,
       "Makes a registered model", create_registered_model},
      {"GET", "2.0/mlflow/registered-models/get", actions::kModelsRead, "A registered model",
       get_registered_model},
      {"PATCH", "2.0/mlflow/registered-models/update", actions::kModelsWrite,
       "Describes a registered model", update_registered_model},
      {"POST", "2.0/mlflow/registered-models/rename", actions::kModelsWrite,
       "Renames a registered model", rename_registered_model},
      {"DELETE", "2.0/mlflow/registered-models/delete", actions::kModelsDelete,
       "Deletes a registered model with its versions", delete_registered_model},
      {"GET", "2.0/mlflow/registered-models/search", actions::kModelsList,
       "Registered models by a filter", search_registered_models},
      {"GET", kLatest, actions::kModelsRead, "The newest version of each stage",
       get_latest_versions},
      {"POST", kLatest, actions::kModelsRead, "The newest version of each stage",
       get_latest_versions},
      {"POST", "2.0/mlflow/registered-models/set-tag", actions::kModelsWrite,
       "Sets a registered model's tag", set_registered_model_tag},
      {"DELETE", "2.0/mlflow/registered-models/delete-tag", actions::kModelsWrite,
       "Removes a registered model's tag", delete_registered_model_tag},
      {"POST", kAlias, actions::kModelsWrite, "Points an alias to a version", set_alias},
      {"DELETE", kAlias, actions::kModelsWrite, "Removes an alias", delete_alias},
      {"GET", kAlias, actions::kModelsRead, "The version that an alias points to", get_by_alias},
  };
}

}  // namespace tarn::api::mlflow
