// What may change of a model: descriptions, tags, aliases, stages. And removing it.

#include "assets/models.h"
#include "base/error.h"
#include "base/fail_point.h"
#include "detail/rows.h"
#include "detail/version_folder.h"
#include "meta/etag.h"

namespace tarn::assets {

namespace {

using meta::Transaction;

/// An UPDATE of one column of a version, under the ETag that the caller saw.
void update_version(Transaction& tx, const std::string& workspace_id, const ModelVersion& version,
                    std::string_view column, std::string_view value, Micros now) {
  const std::string sql = "UPDATE model_versions SET " + std::string(column) +
                          " = $1, modified_at = $2, etag = etag + 1 WHERE workspace_id = $3 AND "
                          "name = $4 AND version = $5 "
                          "AND etag = $6";
  tx.change_one(version.uri(), sql, value, now, workspace_id, version.name, version.version,
                meta::parse_etag(version.etag));
}

// Aliases and tags change what a caller saw, but not when the thing was last modified, as in
// MLflow.
void renew_model(Transaction& tx, const std::string& workspace_id, std::string_view name) {
  tx.execute("UPDATE models SET etag = etag + 1 WHERE workspace_id = $1 AND name = $2",
             workspace_id, name);
}

void renew_version(Transaction& tx, const std::string& workspace_id, std::string_view name,
                   std::int64_t version) {
  tx.execute(
      "UPDATE model_versions SET etag = etag + 1 WHERE workspace_id = $1 AND name = $2 AND "
      "version = $3",
      workspace_id, name, version);
}

void touch_model(Transaction& tx, const std::string& workspace_id, std::string_view name,
                 Micros now) {
  tx.execute(
      "UPDATE models SET modified_at = $1, etag = etag + 1 WHERE workspace_id = $2 AND name = $3",
      now, workspace_id, name);
}

}  // namespace

Model Models::describe(std::string_view name, std::string_view description,
                       const std::optional<std::string>& etag) {
  detail::check_description(description);
  return store_.write([&](Transaction& tx) {
    const Model model = detail::require_model(tx, workspace_id_, name);
    meta::require_etag("model " + model.name, meta::parse_etag(model.etag), etag);
    tx.execute(
        "UPDATE models SET description = $1, modified_at = $2, etag = etag + 1 WHERE workspace_id "
        "= $3 AND name = $4",
        description, clock_.now(), workspace_id_, name);
    return detail::require_model(tx, workspace_id_, name);
  });
}

ModelVersion Models::describe(std::string_view name, std::int64_t number,
                              std::string_view description,
                              const std::optional<std::string>& etag) {
  detail::check_description(description);
  return store_.write([&](Transaction& tx) {
    const ModelVersion version = detail::require_version(tx, workspace_id_, name, number);
    meta::require_etag(version.uri(), meta::parse_etag(version.etag), etag);
    update_version(tx, workspace_id_, version, "description", description, clock_.now());
    return detail::require_version(tx, workspace_id_, name, number);
  });
}

ModelVersion Models::set_stage(std::string_view name, std::int64_t number, ModelStage stage,
                               const std::optional<std::string>& etag) {
  return store_.write([&](Transaction& tx) {
    const ModelVersion version = detail::require_version(tx, workspace_id_, name, number);
    meta::require_etag(version.uri(), meta::parse_etag(version.etag), etag);
    update_version(tx, workspace_id_, version, "stage", name_of(stage), clock_.now());
    return detail::require_version(tx, workspace_id_, name, number);
  });
}

ModelVersion Models::transition(std::string_view name, std::int64_t number, ModelStage stage,
                                bool archive_others) {
  return store_.write([&](Transaction& tx) {
    const Micros now = clock_.now();
    const ModelVersion version = detail::require_version(tx, workspace_id_, name, number);
    if (archive_others) {
      tx.execute(
          "UPDATE model_versions SET stage = $1, modified_at = $2, etag = etag + 1 WHERE "
          "workspace_id = $3 AND name = $4 AND version <> $5 AND stage = $6",
          name_of(ModelStage::kArchived), now, workspace_id_, name, number, name_of(stage));
    }
    update_version(tx, workspace_id_, version, "stage", name_of(stage), now);
    touch_model(tx, workspace_id_, name, now);
    return detail::require_version(tx, workspace_id_, name, number);
  });
}

// A row's name is a part of its key, which others refer to: the rows are written anew under the new
// name, and the old ones go with the model of the old name.
Model Models::rename(std::string_view name, std::string_view new_name) {
  detail::check_model_name(new_name);
  return store_.write([&](Transaction& tx) {
    const Micros now = clock_.now();
    detail::require_model(tx, workspace_id_, name);
    if (name == new_name) {
      touch_model(tx, workspace_id_, name, now);
      return detail::require_model(tx, workspace_id_, name);
    }
    const std::int64_t made = tx.execute(
        "INSERT INTO models (workspace_id, name, description, last_version, created_at, "
        "modified_at, etag) SELECT workspace_id, $3, description, last_version, created_at, $4, "
        "etag + 1 FROM models WHERE workspace_id = $1 AND name = $2 "
        "ON CONFLICT (workspace_id, name) DO NOTHING",
        workspace_id_, name, new_name, now);
    if (made == 0) {
      throw Error(Code::kAlreadyExists,
                  "A model of this name is there already: " + std::string(new_name) + ".",
                  "Choose another name.");
    }
    const auto move = [&](std::string_view table, std::string_view columns) {
      const std::string rest(columns);
      tx.execute("INSERT INTO " + std::string(table) + " (workspace_id, name, " + rest +
                     ") SELECT workspace_id, $3, " + rest + " FROM " + std::string(table) +
                     " WHERE workspace_id = $1 AND name = $2",
                 workspace_id_, name, new_name);
    };
    move("model_versions",
         "version, description, stage, folder, content_sha256, size_bytes, main_file, "
         "main_file_sha256, run_id, created_by, created_at, modified_at, etag, source, run_link, "
         "model_id");
    move("model_aliases", "alias, version");
    move("model_tags", "key, value");
    move("model_version_tags", "version, key, value");
    tx.execute(
        "UPDATE model_versions SET modified_at = $3, etag = etag + 1 WHERE workspace_id = "
        "$1 AND name = $2",
        workspace_id_, new_name, now);
    tx.execute(
        "UPDATE asset_lineage SET name = $3 WHERE workspace_id = $1 AND asset_kind = "
        "'model' AND name = $2",
        workspace_id_, name, new_name);
    tx.execute("DELETE FROM models WHERE workspace_id = $1 AND name = $2", workspace_id_, name);
    return detail::require_model(tx, workspace_id_, new_name);
  });
}

void Models::set_alias(std::string_view name, std::string_view alias, std::int64_t version) {
  detail::check_alias(alias);
  store_.write([&](Transaction& tx) {
    detail::require_version(tx, workspace_id_, name, version);
    tx.execute(
        "INSERT INTO model_aliases (workspace_id, name, alias, version) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (workspace_id, name, alias) DO UPDATE SET version = excluded.version",
        workspace_id_, name, alias, version);
    renew_model(tx, workspace_id_, name);
  });
}

bool Models::remove_alias(std::string_view name, std::string_view alias) {
  return store_.write([&](Transaction& tx) {
    detail::require_model(tx, workspace_id_, name);
    const std::int64_t rows =
        tx.execute("DELETE FROM model_aliases WHERE workspace_id = $1 AND name = $2 AND alias = $3",
                   workspace_id_, name, alias);
    if (rows > 0) renew_model(tx, workspace_id_, name);
    return rows > 0;
  });
}

void Models::set_tag(std::string_view name, std::string_view key, std::string_view value) {
  detail::check_tag(key, value);
  store_.write([&](Transaction& tx) {
    detail::require_model(tx, workspace_id_, name);
    tx.execute(
        "INSERT INTO model_tags (workspace_id, name, key, value) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (workspace_id, name, key) DO UPDATE SET value = excluded.value",
        workspace_id_, name, key, value);
    renew_model(tx, workspace_id_, name);
  });
}

bool Models::remove_tag(std::string_view name, std::string_view key) {
  return store_.write([&](Transaction& tx) {
    detail::require_model(tx, workspace_id_, name);
    const std::int64_t rows =
        tx.execute("DELETE FROM model_tags WHERE workspace_id = $1 AND name = $2 AND key = $3",
                   workspace_id_, name, key);
    if (rows > 0) renew_model(tx, workspace_id_, name);
    return rows > 0;
  });
}

void Models::set_version_tag(std::string_view name, std::int64_t version, std::string_view key,
                             std::string_view value) {
  detail::check_version_tag(key, value);
  store_.write([&](Transaction& tx) {
    detail::require_version(tx, workspace_id_, name, version);
    tx.execute(
        "INSERT INTO model_version_tags (workspace_id, name, version, key, value) VALUES ($1, $2, "
        "$3, $4, $5) "
        "ON CONFLICT (workspace_id, name, version, key) DO UPDATE SET value = excluded.value",
        workspace_id_, name, version, key, value);
    renew_version(tx, workspace_id_, name, version);
  });
}

bool Models::remove_version_tag(std::string_view name, std::int64_t version, std::string_view key) {
  detail::check_version_tag(key, {});
  return store_.write([&](Transaction& tx) {
    detail::require_version(tx, workspace_id_, name, version);
    const std::int64_t rows = tx.execute(
        "DELETE FROM model_version_tags WHERE workspace_id = $1 AND name = $2 AND version = $3 AND "
        "key = $4",
        workspace_id_, name, version, key);
    if (rows > 0) renew_version(tx, workspace_id_, name, version);
    return rows > 0;
  });
}

void Models::remove_version(std::string_view name, std::int64_t version) { remove(name, version); }

void Models::remove_model(std::string_view name) { remove(name, std::nullopt); }

void Models::remove(std::string_view name, std::optional<std::int64_t> version) {
  detail::LeavingVersions leaving(folder_, files_);
  store_.write([&](Transaction& tx) {
    detail::require_model(tx, workspace_id_, name);
    if (version) detail::require_version(tx, workspace_id_, name, *version);
    for (const meta::Row& row :
         tx.query("SELECT folder FROM model_versions WHERE workspace_id = $1 AND name = $2 AND "
                  "folder <> '' AND "
                  "(CAST($3 AS BIGINT) IS NULL OR version = $3)",
                  workspace_id_, name, version)) {
      leaving.mark(row.text(0));
    }
    tx.execute(
        "DELETE FROM asset_lineage WHERE workspace_id = $1 AND asset_kind = 'model' AND name = $2 "
        "AND "
        "(CAST($3 AS BIGINT) IS NULL OR version = $3)",
        workspace_id_, name, version);
    if (version) {
      tx.execute(
          "DELETE FROM model_versions WHERE workspace_id = $1 AND name = $2 AND version = $3",
          workspace_id_, name, *version);
      touch_model(tx, workspace_id_, name, clock_.now());
    } else {
      tx.execute("DELETE FROM models WHERE workspace_id = $1 AND name = $2", workspace_id_, name);
    }
    fail_point("assets.remove.before_commit");
  });
  fail_point("assets.remove.after_commit");
  store_.write([&](Transaction& tx) {
    leaving.move_aside([&](const std::string& folder) { return has_row(tx, folder); });
  });
  leaving.remove();
}

int Models::sweep(std::optional<Micros> until) {
  return store_.write([&](Transaction& tx) {
    return detail::sweep(
        folder_, files_, [&](const std::string& folder) { return has_row(tx, folder); },
        kSweepEntriesMax, until.value_or(Clock::system().now()));
  });
}

}  // namespace tarn::assets
