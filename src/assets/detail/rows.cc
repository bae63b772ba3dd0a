#include "detail/rows.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "meta/etag.h"
#include "meta/text_map.h"

namespace tarn::assets::detail {

using meta::Row;
using meta::Transaction;

namespace {

constexpr int kHintNamesMax = 1000;  // looked through for "did you mean"
constexpr int kHintVersionsMax = 5;  // named in a hint

constexpr std::string_view kModelKind = "model";

const std::string kSelectVersion = "SELECT " + std::string(kVersionColumns) +
                                   " FROM model_versions WHERE workspace_id = $1 AND name = $2 ";

// Signs that mean nothing in a path, an address or a reference.
constexpr std::string_view kNameSigns = "_-. +,()[]&=!$~^";
constexpr std::string_view kAliasSigns = "_-. ";

bool is_plain_name(std::string_view name, std::size_t bytes_max, std::string_view signs) {
  const std::string_view edges = ". ";
  const auto allowed = [&](char c) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool beyond_ascii = (static_cast<unsigned char>(c) & 0x80) != 0;
    return alphanumeric || beyond_ascii || signs.find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= bytes_max && valid_utf8(name) &&
         std::all_of(name.begin(), name.end(), allowed) &&
         edges.find(name.front()) == std::string_view::npos &&
         edges.find(name.back()) == std::string_view::npos;
}

void check_length(std::string_view what, std::string_view text, std::size_t bytes_max) {
  if (!valid_utf8(text))
    throw Error(Code::kInvalidArgument, "Not valid UTF-8: " + std::string(what) + ".");
  if (text.size() <= bytes_max) return;
  throw Error(Code::kTooLarge, "A " + std::string(what) + " has at most " +
                                   std::to_string(bytes_max) + " bytes, not " +
                                   std::to_string(text.size()) + ".");
}

[[noreturn]] void throw_no_model(Transaction& tx, const std::string& workspace_id,
                                 std::string_view name) {
  std::vector<std::string> names;
  for (const Row& row :
       tx.query("SELECT name FROM models WHERE workspace_id = $1 ORDER BY name LIMIT $2",
                workspace_id, kHintNamesMax)) {
    names.push_back(row.text(0));
  }
  std::string hint = did_you_mean(name, names);
  if (hint.empty())
    hint = names.empty() ? "No model is registered yet." : "Run 'tarn model list' to see them.";
  throw Error(
      Code::kNotFound,
      "There is no model of this name: " + std::string(name.substr(0, kModelNameBytesMax)) + ".",
      std::move(hint));
}

[[noreturn]] void throw_no_version(Transaction& tx, const std::string& workspace_id,
                                   std::string_view name, std::int64_t version) {
  std::vector<std::string> there;
  for (const Row& row :
       tx.query("SELECT version FROM model_versions WHERE workspace_id = $1 AND name = $2 "
                "ORDER BY version DESC LIMIT $3",
                workspace_id, name, kHintVersionsMax)) {
    there.push_back(std::to_string(row.int64(0)));
  }
  throw Error(
      Code::kNotFound,
      "The model '" + std::string(name) + "' has no version " + std::to_string(version) + ".",
      there.empty() ? "It has no version at all." : "Its newest are " + join(there, ", ") + ".");
}

Lineage lineage_of(Transaction& tx, const std::string& workspace_id, const ModelVersion& version,
                   const std::optional<std::string>& run_id) {
  Lineage lineage;
  lineage.run_id = run_id.value_or("");
  for (const Row& row : tx.query(
           "SELECT source_kind, source, source_version FROM asset_lineage WHERE workspace_id = $1 "
           "AND asset_kind = $2 AND name = $3 AND version = $4",
           workspace_id, kModelKind, version.name, version.version)) {
    const std::string& kind = row.text(0);
    if (kind == "table") {
      lineage.table = row.text(1);
      lineage.table_version = row.text(2);
    } else if (kind == "seed") {
      lineage.seed = row.text(1);
    } else if (kind == "code") {
      lineage.code_version = row.text(1);
    }
  }
  return lineage;
}

}  // namespace

Model model_of(Transaction& tx, const std::string& workspace_id, const Row& row) {
  Model model;
  model.name = row.text(0);
  model.description = row.text(1);
  model.created_at = row.int64(2);
  model.modified_at = row.int64(3);
  model.etag = meta::etag_text(row.int64(4));
  model.latest_version =
      tx.query_one(
            "SELECT COALESCE(MAX(version), 0) FROM model_versions WHERE workspace_id = $1 AND "
            "name = $2",
            workspace_id, model.name)
          ->int64(0);
  model.tags = meta::text_map(
      tx.query("SELECT key, value FROM model_tags WHERE workspace_id = $1 AND name = $2",
               workspace_id, model.name));
  for (const Row& alias :
       tx.query("SELECT alias, version FROM model_aliases WHERE workspace_id = $1 AND name = $2",
                workspace_id, model.name)) {
    model.aliases.emplace(alias.text(0), alias.int64(1));
  }
  return model;
}

ModelVersion version_of(Transaction& tx, const std::string& workspace_id, const Row& row) {
  ModelVersion version;
  version.name = row.text(0);
  version.version = row.int64(1);
  version.description = row.text(2);
  version.stage = parse_model_stage(row.text(3));
  version.folder = row.text(4);
  version.content_sha256 = row.text(5);
  version.size_bytes = static_cast<std::uint64_t>(row.int64(6));
  version.main_file = row.text(7);
  version.main_file_sha256 = row.text(8);
  version.lineage = lineage_of(tx, workspace_id, version, row.optional_text(9));
  version.created_by = row.text(10);
  version.created_at = row.int64(11);
  version.modified_at = row.int64(12);
  version.etag = meta::etag_text(row.int64(13));
  version.source = row.text(14);
  version.run_link = row.text(15);
  version.model_id = row.text(16);
  version.tags = meta::text_map(tx.query(
      "SELECT key, value FROM model_version_tags WHERE workspace_id = $1 AND name = $2 AND "
      "version = $3",
      workspace_id, version.name, version.version));
  for (const Row& alias :
       tx.query("SELECT alias FROM model_aliases WHERE workspace_id = $1 AND name = $2 AND "
                "version = $3 ORDER BY alias",
                workspace_id, version.name, version.version)) {
    version.aliases.push_back(alias.text(0));
  }
  return version;
}

std::optional<Model> find_model(Transaction& tx, const std::string& workspace_id,
                                std::string_view name) {
  const std::string sql =
      "SELECT " + std::string(kModelColumns) + " FROM models WHERE workspace_id = $1 AND name = $2";
  const auto row = tx.query_one(sql, workspace_id, name);
  if (!row) return std::nullopt;
  return model_of(tx, workspace_id, *row);
}

std::optional<ModelVersion> find_version(Transaction& tx, const std::string& workspace_id,
                                         std::string_view name, std::int64_t version) {
  const auto row = tx.query_one(kSelectVersion + "AND version = $3", workspace_id, name, version);
  if (!row) return std::nullopt;
  return version_of(tx, workspace_id, *row);
}

std::vector<ModelVersion> latest_versions(Transaction& tx, const std::string& workspace_id,
                                          std::string_view name) {
  std::vector<ModelVersion> versions;
  for (const Row& row :
       tx.query(kSelectVersion + "AND version IN (SELECT MAX(version) FROM model_versions WHERE "
                                 "workspace_id = $1 AND name = $2 GROUP BY stage) ORDER BY version",
                workspace_id, name)) {
    versions.push_back(version_of(tx, workspace_id, row));
  }
  return versions;
}

Model require_model(Transaction& tx, const std::string& workspace_id, std::string_view name) {
  auto model = find_model(tx, workspace_id, name);
  if (!model) throw_no_model(tx, workspace_id, name);
  return std::move(*model);
}

ModelVersion require_version(Transaction& tx, const std::string& workspace_id,
                             std::string_view name, std::int64_t version) {
  auto found = find_version(tx, workspace_id, name, version);
  if (found) return std::move(*found);
  require_model(tx, workspace_id, name);
  throw_no_version(tx, workspace_id, name, version);
}

void put_lineage(Transaction& tx, const std::string& workspace_id, std::string_view name,
                 std::int64_t version, const Lineage& lineage) {
  const auto put = [&](std::string_view kind, const std::string& source,
                       const std::string& source_version) {
    if (source.empty()) return;
    tx.execute(
        "INSERT INTO asset_lineage (workspace_id, asset_kind, name, version, source_kind, source, "
        "source_version) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        workspace_id, kModelKind, name, version, kind, source, source_version);
  };
  put("run", lineage.run_id, "");
  put("table", lineage.table, lineage.table_version);
  put("seed", lineage.seed, "");
  put("code", lineage.code_version, "");
}

void check_model_name(std::string_view name) {
  if (is_plain_name(name, kModelNameBytesMax, kNameSigns)) return;
  throw Error(
      Code::kInvalidArgument,
      "Not a name for a model: '" + std::string(name.substr(0, kModelNameBytesMax)) + "'.",
      "A name has 1 to " + std::to_string(kModelNameBytesMax) +
          " bytes of letters, digits, blanks and _ - . + , ( ) [ ] & = ! $ ~ ^, and neither "
          "begins nor ends with '.' or ' '.");
}

void check_alias(std::string_view alias) {
  const bool number = alias.find_first_not_of("0123456789") == std::string_view::npos;
  if (is_plain_name(alias, kAliasBytesMax, kAliasSigns) && !number &&
      !equal_ignoring_case(alias, "latest"))
    return;
  throw Error(Code::kInvalidArgument,
              "Not an alias: '" + std::string(alias.substr(0, kAliasBytesMax)) + "'.",
              "An alias is a name such as champion; not a number, and not 'latest'.");
}

void check_description(std::string_view description) {
  check_length("model's description", description, kDescriptionBytesMax);
}

void check_tag(std::string_view key, std::string_view value) {
  if (key.empty()) throw Error(Code::kInvalidArgument, "A tag has a key.");
  check_length("tag's key", key, kTagKeyBytesMax);
  if (!valid_utf8(value) || value.find('\0') != std::string_view::npos) {
    throw Error(
        Code::kInvalidArgument,
        "Not valid UTF-8, or with a NUL character: the value of tag '" + std::string(key) + "'.");
  }
  const auto characters =
      static_cast<std::size_t>(std::count_if(value.begin(), value.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
      }));
  if (characters <= kTagValueCharactersMax) return;
  throw Error(Code::kTooLarge, "A tag's value has at most " +
                                   std::to_string(kTagValueCharactersMax) + " characters, not " +
                                   std::to_string(characters) + ".");
}

void check_version_tag(std::string_view key, std::string_view value) {
  check_tag(key, value);
  if (key != kPickleFilesTag) return;
  throw Error(Code::kInvalidArgument,
              "The tag '" + std::string(key) +
                  "' says what was found in the version's files, and cannot be set or removed.",
              "Choose another key.");
}

}  // namespace tarn::assets::detail
