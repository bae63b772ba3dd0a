#pragma once
// Reading the rows of models, and what their names and tags may look like.

#include <string>
#include <string_view>

#include "assets/models.h"

namespace tarn::assets::detail {

inline constexpr std::string_view kModelColumns =
    "name, description, created_at, modified_at, etag";
inline constexpr std::string_view kVersionColumns =
    "name, version, description, stage, folder, content_sha256, size_bytes, main_file, "
    "main_file_sha256, run_id, "
    "created_by, created_at, modified_at, etag, source, run_link, model_id";

Model model_of(meta::Transaction& tx, const std::string& workspace_id, const meta::Row& row);
ModelVersion version_of(meta::Transaction& tx, const std::string& workspace_id,
                        const meta::Row& row);

std::optional<Model> find_model(meta::Transaction& tx, const std::string& workspace_id,
                                std::string_view name);
std::optional<ModelVersion> find_version(meta::Transaction& tx, const std::string& workspace_id,
                                         std::string_view name, std::int64_t version);

/// Throws Error(kNotFound) with the nearest name, or with the versions that there are.
Model require_model(meta::Transaction& tx, const std::string& workspace_id, std::string_view name);
ModelVersion require_version(meta::Transaction& tx, const std::string& workspace_id,
                             std::string_view name, std::int64_t version);

/// The newest version of each stage, by number.
std::vector<ModelVersion> latest_versions(meta::Transaction& tx, const std::string& workspace_id,
                                          std::string_view name);

void put_lineage(meta::Transaction& tx, const std::string& workspace_id, std::string_view name,
                 std::int64_t version, const Lineage& lineage);

/// 1 to kModelNameBytesMax of letters, digits and a few signs, which is also a plain file's name.
void check_model_name(std::string_view name);
/// As a name, and neither a number nor "latest".
void check_alias(std::string_view alias);
void check_description(std::string_view description);
void check_tag(std::string_view key, std::string_view value);
/// As check_tag(), and it is not one that is set when a version is registered.
void check_version_tag(std::string_view key, std::string_view value);

}  // namespace tarn::assets::detail
