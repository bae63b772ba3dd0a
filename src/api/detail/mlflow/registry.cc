#include "detail/mlflow/registry.h"

#include <algorithm>

#include "api/gate.h"
#include "base/text.h"
#include "detail/mlflow/entities.h"
#include "detail/mlflow/error.h"
#include "detail/mlflow/operations.h"
#include "identity/actions.h"
#include "identity/authority.h"

namespace tarn::api::mlflow {

namespace {

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

/// Python's \w, with letters beyond ASCII taken as they come.
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

void check_length_of(std::string_view what, std::string_view text, std::size_t characters_max) {
  if (character_count(text) <= characters_max) return;
  throw Error(Code::kInvalidArgument, "'" + std::string(what) + "' exceeds the maximum length of " +
                                          std::to_string(characters_max) + " characters");
}

/// A name that is also a clean relative path.
bool is_clean(std::string_view name) {
  const std::vector<std::string> parts = split(name, '/');
  return std::ranges::none_of(
      parts, [](const std::string& part) { return part.empty() || part == "." || part == ".."; });
}

std::optional<std::int64_t> parse_version(std::string_view text) {
  constexpr std::size_t kDigitsMax = 18;
  if (text.empty() || text.size() > kDigitsMax ||
      text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  return std::stoll(std::string(text));
}

Json tags_json(const assets::Tags& tags) {
  Json result = Json::array();
  for (const auto& [key, value] : tags) result.push_back({{"key", key}, {"value", value}});
  return result;
}

}  // namespace

std::string model_name_of(const Message& message, std::string_view field) {
  std::string name = message.required_text(field);
  if (trim(name).empty()) refuse_missing(field);
  if (name.find('\0') != std::string::npos)
    refuse_value(field, Json(name).dump(), "It has a NUL character.");
  if (name.find_first_of("/:") != std::string::npos) {
    throw Error(Code::kInvalidArgument,
                "Invalid model name '" + name + "'. Names cannot contain '/' or ':'.");
  }
  return name;
}

std::string plain_text(const Message& message, std::string_view field) {
  std::string text = message.text(field);
  if (text.find('\0') == std::string::npos) return text;
  refuse_value(field, Json(text).dump(), "It has a NUL character.");
}

std::int64_t version_of(const Message& message) {
  if (!message.has("version")) refuse_missing("version");
  const Json& value = message.json().at("version");
  const std::string text = value.is_number_integer() ? value.dump() : message.text("version");
  if (text.empty()) refuse_missing("version");
  if (const auto number = parse_version(text)) return *number;
  throw Error(Code::kInvalidArgument,
              "Parameter 'version' must be an integer, got '" + text + "'.");
}

void check_alias_name(const std::string& alias) {
  if (alias.empty())
    throw Error(Code::kInvalidArgument, "Registered model alias name cannot be empty.");
  if (!std::ranges::all_of(alias, [](char c) { return is_word(c) || c == '-'; })) {
    throw Error(Code::kInvalidArgument,
                "Invalid alias name: '" + alias +
                    "'. Names may only contain alphanumerics, underscores (_), and dashes (-).");
  }
  check_length_of("Registered model alias name", alias, assets::kAliasBytesMax);
}

void check_new_alias(const std::string& alias) {
  check_alias_name(alias);
  if (equal_ignoring_case(alias, "latest")) {
    throw Error(Code::kInvalidArgument, "'latest' alias name (case insensitive) is reserved.");
  }
  if ((alias[0] == 'v' || alias[0] == 'V') && alias.size() > 1 &&
      alias.find_first_not_of("0123456789", 1) == std::string::npos) {
    throw Error(Code::kInvalidArgument, "Version alias name '" + alias + "' is reserved.");
  }
}

void check_registry_tag(const std::string& key, const std::string& value) {
  const auto allowed = [](char c) {
    return is_word(c) || std::string_view("/.- :").find(c) != std::string_view::npos;
  };
  if (!std::ranges::all_of(key, allowed)) {
    refuse_value("key", Json(key).dump(),
                 "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), "
                 "spaces ( ), colon(:) and slashes (/).");
  }
  if (!is_clean(key)) {
    refuse_value("key", Json(key).dump(),
                 "Names may be treated as files in certain cases, and must not resolve to other "
                 "names when treated as such.");
  }
  check_length_of("key", key, assets::kTagKeyBytesMax);
  if (key == "mlflow.prompt.text" && character_count(value) > assets::kTagValueCharactersMax) {
    throw Error(Code::kInvalidArgument, "Prompt text exceeds max length of 100000 characters.");
  }
  check_length_of("value", value, assets::kTagValueCharactersMax);
}

assets::Tags registry_tags_of(const Message& message) {
  assets::Tags tags;
  for (auto& [key, value] : pairs_of(message, "tags")) {
    check_registry_tag(key, value);
    tags[key] = value;
  }
  return tags;
}

bool is_prompt(const assets::Tags& tags) {
  const auto found = tags.find(std::string(assets::kPromptTag));
  return found != tags.end() && equal_ignoring_case(found->second, "true");
}

std::string download_uri(const assets::ModelVersion& version) {
  if (version.folder.empty()) return version.source;
  return "mlflow-artifacts:/" + std::string(kRegisteredFolder) + "/" + version.name + "/" +
         std::to_string(version.version);
}

Json model_version_json(const assets::ModelVersion& version) {
  Json result = {
      {"name", version.name},
      {"version", std::to_string(version.version)},
      {"creation_timestamp", to_millis(version.created_at)},
      {"last_updated_timestamp", to_millis(version.modified_at)},
      {"description", version.description},
      {"current_stage", assets::name_of(version.stage)},
      {"source", version.source.empty() ? download_uri(version) : version.source},
      {"run_id", version.lineage.run_id},
      {"run_link", version.run_link},
      {"status", "READY"},
      {"tags", tags_json(version.tags)},
      {"aliases", version.aliases},
  };
  if (!version.created_by.empty()) result["user_id"] = version.created_by;
  if (!version.model_id.empty()) result["model_id"] = version.model_id;
  return result;
}

Json registered_model_json(const assets::RegisteredModel& registered) {
  const assets::Model& model = registered.model;
  Json latest = Json::array();
  for (const assets::ModelVersion& version : registered.latest)
    latest.push_back(model_version_json(version));
  Json aliases = Json::array();
  for (const auto& [alias, version] : model.aliases)
    aliases.push_back({{"alias", alias}, {"version", std::to_string(version)}});
  Json result = {{"name", model.name},
                 {"creation_timestamp", to_millis(model.created_at)},
                 {"last_updated_timestamp", to_millis(model.modified_at)}};
  if (!model.description.empty()) result["description"] = model.description;
  result["latest_versions"] = std::move(latest);
  result["tags"] = tags_json(model.tags);
  result["aliases"] = std::move(aliases);
  return result;
}

assets::ModelVersion version_by_alias(const Workspace& w, const std::string& name,
                                      const std::string& alias) {
  const auto found = with_model(name, [&] { return w.models.registered_model(name); });
  if (equal_ignoring_case(alias, "latest")) {
    if (found.latest.empty())
      throw Error(Code::kNotFound, "Latest version not found for model " + name + ".");
    return found.latest.back();
  }
  const auto target = found.model.aliases.find(alias);
  if (target == found.model.aliases.end())
    throw Error(Code::kInvalidArgument, "Registered model alias " + alias + " not found.");
  return with_version(name, target->second, [&] { return w.models.version(name, target->second); });
}

bool is_registered_path(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  return path.substr(0, path.find('/')) == kRegisteredFolder;
}

std::optional<lake::LakePath> registered_file(const Workspace& w, const router::Request& request,
                                              std::string_view path) {
  w.authority.authorize(principal_of(request), identity::actions::kModelsRead,
                        identity::Scope::workspace(), {request.request_id, {}});
  std::vector<std::string> parts = split(path, '/');
  std::erase(parts, "");
  if (parts.size() < 3) return std::nullopt;
  const auto number = parse_version(parts[2]);
  if (!number) return std::nullopt;
  const std::string& name = parts[1];
  const auto version = with_version(name, *number, [&] { return w.models.version(name, *number); });
  if (version.folder.empty()) return std::nullopt;
  const std::string rest = join(std::span(parts).subspan(3), "/");
  return below(lake::parse_path("models/" + version.folder), rest);
}

}  // namespace tarn::api::mlflow
