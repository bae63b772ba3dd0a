// Registering and finding models. What changes them afterwards is in model_changes.cc.

#include "assets/models.h"

#include <limits>

#include "base/digest.h"
#include "base/error.h"
#include "base/fail_point.h"
#include "base/json.h"
#include "base/text.h"
#include "detail/content.h"
#include "detail/rows.h"
#include "detail/version_folder.h"

namespace tarn::assets {

namespace {

using meta::Row;
using meta::Transaction;

constexpr std::string_view kModelList = "models";
constexpr std::string_view kVersionList = "model-versions";
constexpr std::string_view kRunList = "model-versions-of-run";
constexpr std::string_view kDefaultMainFile = "model.onnx";
constexpr std::size_t kSpecTagsMax = 100;
constexpr std::size_t kSpecAliasesMax = 10;
constexpr std::size_t kPickleFilesNamedMax = 50;  // in the tag

const std::string kSelectVersion = "SELECT " + std::string(detail::kVersionColumns) +
                                   " FROM model_versions WHERE workspace_id = $1 ";

void check_spec(const VersionSpec& spec) {
  detail::check_model_name(spec.name);
  detail::check_description(spec.description);
  if (spec.tags.size() > kSpecTagsMax || spec.aliases.size() > kSpecAliasesMax) {
    throw Error(Code::kTooLarge,
                "A new version has at most " + std::to_string(kSpecTagsMax) + " tags and " +
                    std::to_string(kSpecAliasesMax) + " aliases.",
                "Set more later.");
  }
  for (const auto& [key, value] : spec.tags) detail::check_version_tag(key, value);
  for (const std::string& alias : spec.aliases) detail::check_alias(alias);
  if (!spec.main_file.empty()) detail::check_file_path(spec.main_file);
}

/// The file that is the model: the one that the caller named, or the only .onnx file. Empty where
/// there is none.
const detail::ContentFile* main_file_of(const detail::Content& content, const VersionSpec& spec) {
  if (!spec.main_file.empty()) {
    if (const detail::ContentFile* file = content.find(spec.main_file)) return file;
    throw Error(Code::kInvalidArgument,
                "The model's folder has no such main file: " + spec.main_file + ".");
  }
  const detail::ContentFile* only = nullptr;
  for (const detail::ContentFile& file : content.files) {
    if (!to_lower(file.path).ends_with(".onnx")) continue;
    if (only != nullptr) {
      if (spec.main_file_may_lack) return content.find(kDefaultMainFile);
      throw Error(
          Code::kInvalidArgument,
          "The model's folder has several .onnx files: " + only->path + ", " + file.path + ".",
          "Name the main file.");
    }
    only = &file;
  }
  return only;
}

/// The tags of a new version: those asked for, and what its files tell.
Tags tags_of(const VersionSpec& spec, const detail::Content& content) {
  Tags tags = spec.tags;
  Json pickles = Json::array();
  for (const detail::ContentFile& file : content.files) {
    if (file.may_hold_pickle && pickles.size() < kPickleFilesNamedMax) pickles.push_back(file.path);
  }
  if (!pickles.empty()) tags[std::string(kPickleFilesTag)] = pickles.dump();
  return tags;
}

/// The number of a new version. Taking it first also makes other registrations of the model wait.
std::int64_t take_number(Transaction& tx, const std::string& workspace_id, const VersionSpec& spec,
                         Micros now) {
  const std::string& name = spec.name;
  if (spec.model_must_exist) {
    detail::require_model(tx, workspace_id, name);
  } else {
    tx.execute(
        "INSERT INTO models (workspace_id, name, description, created_at, modified_at) VALUES "
        "($1, $2, '', $3, $3) ON CONFLICT (workspace_id, name) DO NOTHING",
        workspace_id, name, now);
  }
  return tx
      .query_one(
          "UPDATE models SET last_version = last_version + 1, modified_at = $1, etag = etag + 1 "
          "WHERE workspace_id = $2 AND name = $3 RETURNING last_version",
          now, workspace_id, name)
      ->int64(0);
}

}  // namespace

std::string_view name_of(ModelStage stage) {
  switch (stage) {
    case ModelStage::kNone:
      return "None";
    case ModelStage::kStaging:
      return "Staging";
    case ModelStage::kProduction:
      return "Production";
    case ModelStage::kArchived:
      return "Archived";
  }
  return "None";
}

ModelStage parse_model_stage(std::string_view name) {
  for (const ModelStage stage :
       {ModelStage::kNone, ModelStage::kStaging, ModelStage::kProduction, ModelStage::kArchived}) {
    if (equal_ignoring_case(name_of(stage), name)) return stage;
  }
  throw Error(Code::kInvalidArgument, "Not a stage: '" + std::string(name.substr(0, 80)) + "'.",
              "It is one of None, Staging, Production, Archived.");
}

std::string ModelVersion::uri() const { return "models:/" + name + "/" + std::to_string(version); }

Models::Models(meta::Store& store, std::string workspace_id, std::filesystem::path folder,
               FileSystem& files, const Clock& clock)
    : store_(store),
      workspace_id_(std::move(workspace_id)),
      folder_(std::move(folder)),
      files_(files),
      clock_(clock) {}

Model Models::create(std::string_view name, std::string_view description, const Tags& tags) {
  detail::check_model_name(name);
  detail::check_description(description);
  for (const auto& [key, value] : tags) detail::check_tag(key, value);
  return store_.write([&](Transaction& tx) {
    const std::int64_t rows = tx.execute(
        "INSERT INTO models (workspace_id, name, description, created_at, modified_at) VALUES ($1, "
        "$2, $3, $4, $4) "
        "ON CONFLICT (workspace_id, name) DO NOTHING",
        workspace_id_, name, description, clock_.now());
    if (rows == 0) {
      throw Error(Code::kAlreadyExists,
                  "A model of this name is there already: " + std::string(name) + ".",
                  "Register a new version of it.");
    }
    for (const auto& [key, value] : tags) {
      tx.execute("INSERT INTO model_tags (workspace_id, name, key, value) VALUES ($1, $2, $3, $4)",
                 workspace_id_, name, key, value);
    }
    return detail::require_model(tx, workspace_id_, name);
  });
}

ModelVersion Models::register_folder(const std::filesystem::path& folder, const VersionSpec& spec) {
  check_spec(spec);
  detail::StagedVersion staged(folder_, files_);
  staged.copy(folder);
  return publish(&staged, spec);
}

ModelVersion Models::register_bytes(std::string_view bytes, const VersionSpec& spec) {
  check_spec(spec);
  VersionSpec named = spec;
  if (named.main_file.empty()) named.main_file = kDefaultMainFile;
  detail::StagedVersion staged(folder_, files_);
  staged.write(bytes, named.main_file);
  return publish(&staged, named);
}

ModelVersion Models::register_prompt(const VersionSpec& spec) {
  check_spec(spec);
  return publish(nullptr, spec);
}

ModelVersion Models::publish(detail::StagedVersion* staged, const VersionSpec& spec) {
  const detail::Content content = staged == nullptr ? detail::Content() : staged->content();
  const detail::ContentFile* main = main_file_of(content, spec);
  const Tags tags = tags_of(spec, content);
  const std::optional<std::string> run_id =
      spec.lineage.run_id.empty() ? std::nullopt : std::optional(spec.lineage.run_id);
  fail_point("assets.register.before_commit");
  ModelVersion version = store_.write([&](Transaction& tx) {
    const Micros now = clock_.now();
    const std::int64_t number = take_number(tx, workspace_id_, spec, now);
    // Within the transaction, so that nobody else takes the number or clears its folder meanwhile.
    std::string folder;
    if (staged != nullptr) {
      folder = staged->move_to(spec.name, number,
                               [&](const std::string& place) { return has_row(tx, place); });
    }
    tx.execute(
        "INSERT INTO model_versions (workspace_id, name, version, description, folder, "
        "content_sha256, size_bytes, "
        "main_file, main_file_sha256, run_id, created_by, created_at, modified_at, source, "
        "run_link, model_id) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14, $15)",
        workspace_id_, spec.name, number, spec.description, folder, content.sha256(),
        content.size_bytes(), main == nullptr ? "" : main->path,
        main == nullptr ? "" : main->sha256, run_id, spec.created_by, now, spec.source,
        spec.run_link, spec.model_id);
    detail::put_lineage(tx, workspace_id_, spec.name, number, spec.lineage);
    for (const auto& [key, value] : tags) {
      tx.execute(
          "INSERT INTO model_version_tags (workspace_id, name, version, key, value) VALUES ($1, "
          "$2, $3, $4, $5)",
          workspace_id_, spec.name, number, key, value);
    }
    for (const std::string& alias : spec.aliases) {
      tx.execute(
          "INSERT INTO model_aliases (workspace_id, name, alias, version) VALUES ($1, $2, $3, $4) "
          "ON CONFLICT (workspace_id, name, alias) DO UPDATE SET version = excluded.version",
          workspace_id_, spec.name, alias, number);
    }
    fail_point("assets.register.in_commit");
    return detail::require_version(tx, workspace_id_, spec.name, number);
  });
  fail_point("assets.register.after_commit");
  if (staged != nullptr) staged->keep();
  return version;
}

bool Models::has_row(Transaction& tx, const std::string& folder) const {
  return tx
      .query_one("SELECT 1 FROM model_versions WHERE workspace_id = $1 AND folder = $2",
                 workspace_id_, folder)
      .has_value();
}

Model Models::model(std::string_view name) {
  return store_.read(
      [&](Transaction& tx) { return detail::require_model(tx, workspace_id_, name); });
}

RegisteredModel Models::registered_model(std::string_view name) {
  return store_.read([&](Transaction& tx) {
    return RegisteredModel{detail::require_model(tx, workspace_id_, name),
                           detail::latest_versions(tx, workspace_id_, name)};
  });
}

ModelVersion Models::version(std::string_view name, std::int64_t version) {
  return store_.read(
      [&](Transaction& tx) { return detail::require_version(tx, workspace_id_, name, version); });
}

ResolvedModel Models::resolve(std::string_view reference) {
  return resolve(parse_model_reference(reference));
}

ResolvedModel Models::resolve(const ModelReference& reference) {
  using By = ModelReference::By;
  ResolvedModel resolved;
  resolved.version = store_.read([&](Transaction& tx) {
    if (reference.by == By::kVersion)
      return detail::require_version(tx, workspace_id_, reference.name, reference.version);
    const Model model = detail::require_model(tx, workspace_id_, reference.name);
    if (reference.by == By::kAlias) {
      const auto found = model.aliases.find(reference.label);
      if (found != model.aliases.end())
        return detail::require_version(tx, workspace_id_, model.name, found->second);
      std::vector<std::string> names;
      for (const auto& [alias, number] : model.aliases) names.push_back(alias);
      std::string hint = did_you_mean(reference.label, names);
      if (hint.empty())
        hint = names.empty() ? "It has no alias." : "Its aliases are " + join(names, ", ") + ".";
      throw Error(Code::kNotFound,
                  "The model '" + model.name + "' has no alias '" + reference.label + "'.",
                  std::move(hint));
    }
    std::int64_t number = model.latest_version;
    if (reference.by == By::kStage) {
      number = tx.query_one(
                     "SELECT COALESCE(MAX(version), 0) FROM model_versions WHERE workspace_id = $1 "
                     "AND name = $2 AND "
                     "stage = $3",
                     workspace_id_, model.name, name_of(parse_model_stage(reference.label)))
                   ->int64(0);
    }
    if (number == 0) {
      const std::string where =
          reference.by == By::kStage ? " in stage '" + reference.label + "'" : "";
      throw Error(Code::kNotFound, "The model '" + model.name + "' has no version" + where + ".");
    }
    return detail::require_version(tx, workspace_id_, model.name, number);
  });
  if (!resolved.version.folder.empty()) resolved.folder = folder_ / resolved.version.folder;
  if (!resolved.version.main_file.empty())
    resolved.main_file = resolved.folder / resolved.version.main_file;
  return resolved;
}

std::string Models::read_main_file(const ResolvedModel& model) {
  if (model.main_file.empty()) {
    throw Error(Code::kInvalidArgument,
                "The version has no main file: " + model.version.uri() + ".",
                "Register it with an .onnx file.");
  }
  const Error damaged(Code::kDataLoss,
                      "The file of a model is missing or was altered: " + model.version.uri() + ".",
                      "Restore the lake's container 'models', or register the model again.");
  std::string bytes;
  try {
    bytes = read_file(model.main_file, kModelMainBytesMax);
  } catch (const Error& error) {
    if (error.code() == Code::kNotFound) throw damaged;
    throw;
  }
  if (sha256_hex(bytes) != model.version.main_file_sha256) throw damaged;
  return bytes;
}

meta::PageOf<Model> Models::models(const meta::Page& page) {
  meta::check_page_size(page, kModelPageMax);
  std::string after;
  if (!page.token.empty()) after = meta::parse_page_token(kModelList, page.token, 1).front();
  return store_.read([&](Transaction& tx) {
    meta::PageOf<Model> result;
    const std::string sql =
        "SELECT " + std::string(detail::kModelColumns) +
        " FROM models WHERE workspace_id = $1 AND name > $2 ORDER BY name LIMIT $3";
    for (const Row& row : tx.query(sql, workspace_id_, after, page.size + 1)) {
      if (result.items.size() == static_cast<std::size_t>(page.size)) {
        const std::string last[] = {result.items.back().name};
        result.next_token = meta::page_token(kModelList, last);
        break;
      }
      result.items.push_back(detail::model_of(tx, workspace_id_, row));
    }
    return result;
  });
}

meta::PageOf<ModelVersion> Models::versions(std::string_view name, const meta::Page& page) {
  meta::check_page_size(page, kModelPageMax);
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  if (!page.token.empty())
    before = meta::parse_integer(meta::parse_page_token(kVersionList, page.token, 1).front());
  return store_.read([&](Transaction& tx) {
    detail::require_model(tx, workspace_id_, name);
    meta::PageOf<ModelVersion> result;
    for (const Row& row :
         tx.query(kSelectVersion + "AND name = $2 AND version < $3 ORDER BY version DESC LIMIT $4",
                  workspace_id_, name, before, page.size + 1)) {
      if (result.items.size() == static_cast<std::size_t>(page.size)) {
        const std::string last[] = {std::to_string(result.items.back().version)};
        result.next_token = meta::page_token(kVersionList, last);
        break;
      }
      result.items.push_back(detail::version_of(tx, workspace_id_, row));
    }
    return result;
  });
}

meta::PageOf<ModelVersion> Models::versions_of_run(std::string_view run_id,
                                                   const meta::Page& page) {
  meta::check_page_size(page, kModelPageMax);
  std::string name;
  std::int64_t number = 0;
  if (!page.token.empty()) {
    const std::vector<std::string> last = meta::parse_page_token(kRunList, page.token, 2);
    name = last[0];
    number = meta::parse_integer(last[1]);
  }
  return store_.read([&](Transaction& tx) {
    meta::PageOf<ModelVersion> result;
    for (const Row& row :
         tx.query(kSelectVersion + "AND run_id = $2 AND (name, version) > ($3, $4) "
                                   "ORDER BY name, version LIMIT $5",
                  workspace_id_, run_id, name, number, page.size + 1)) {
      if (result.items.size() == static_cast<std::size_t>(page.size)) {
        const ModelVersion& end = result.items.back();
        const std::string last[] = {end.name, std::to_string(end.version)};
        result.next_token = meta::page_token(kRunList, last);
        break;
      }
      result.items.push_back(detail::version_of(tx, workspace_id_, row));
    }
    return result;
  });
}

}  // namespace tarn::assets
