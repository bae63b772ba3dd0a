#include "base/error.h"
#include "base/ids.h"
#include "base/text.h"
#include "detail/limits.h"
#include "detail/rows.h"
#include "meta/etag.h"
#include "track/tracking.h"

namespace tarn::track {

namespace {

using detail::experiment_of;
using meta::Row;
using meta::Transaction;

constexpr std::string_view kExperimentList = "experiments";
constexpr int kHintNamesMax = 1000;  // looked through for "did you mean"

const std::string kSelectExperiment = "SELECT " + std::string(detail::kExperimentColumns) +
                                      " FROM experiments WHERE workspace_id = $1 ";

void check_tag(std::string_view key, std::string_view value) {
  detail::check_key("tag", key);
  detail::check_value("experiment's tag", key, value, kExperimentTagValueCharactersMax);
}

void put_tag(Transaction& tx, const std::string& workspace_id, std::string_view id,
             std::string_view key, std::string_view value) {
  tx.execute(
      "INSERT INTO experiment_tags (workspace_id, experiment_id, key, value) VALUES ($1, $2, $3, "
      "$4) "
      "ON CONFLICT (workspace_id, experiment_id, key) DO UPDATE SET value = excluded.value",
      workspace_id, id, key, value);
}

Error taken(std::string_view name) {
  return Error(Code::kAlreadyExists,
               "An experiment of this name is there already: " + std::string(name) + ".",
               "A deleted one keeps its name: restore it, or choose another name.");
}

void require_not_default(std::string_view id) {
  if (id == kDefaultExperimentId) {
    throw Error(Code::kInvalidArgument,
                "The default experiment can be neither renamed nor deleted.");
  }
}

}  // namespace

Tracking::Tracking(meta::Store& store, std::string workspace_id, std::filesystem::path artifacts,
                   const Clock& clock)
    : store_(store),
      workspace_id_(std::move(workspace_id)),
      artifacts_(std::move(artifacts)),
      clock_(clock) {}

Experiment Tracking::create_experiment(std::string_view name, const Tags& tags) {
  detail::check_experiment_name(name);
  for (const auto& [key, value] : tags) check_tag(key, value);
  return store_.write([&](Transaction& tx) {
    const std::string id =
        name == kDefaultExperimentName ? std::string(kDefaultExperimentId) : new_id();
    const std::int64_t rows = tx.execute(
        "INSERT INTO experiments (workspace_id, experiment_id, name, artifact_location, "
        "created_at, modified_at) "
        "VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
        workspace_id_, id, name, "artifacts/" + id, clock_.now());
    if (rows == 0) throw taken(name);
    for (const auto& [key, value] : tags) put_tag(tx, workspace_id_, id, key, value);
    return experiment_of(
        tx, workspace_id_,
        *tx.query_one(kSelectExperiment + "AND experiment_id = $2", workspace_id_, id));
  });
}

Experiment Tracking::ensure_experiment(std::string_view name) {
  for (int attempt = 0;; ++attempt) {
    if (auto found = find_experiment(name)) {
      if (found->stage == Stage::kActive) return *found;
      throw Error(Code::kConflict,
                  "The experiment of this name is deleted: " + std::string(name) + ".",
                  "Restore it, or choose another name.");
    }
    try {
      return create_experiment(name);
    } catch (const Error& error) {
      // Somebody else made it between the two steps.
      if (error.code() != Code::kAlreadyExists || attempt > 0) throw;
    }
  }
}

Experiment Tracking::experiment(std::string_view id) {
  const auto find = [&](Transaction& tx) -> std::optional<Experiment> {
    const auto row = tx.query_one(kSelectExperiment + "AND experiment_id = $2", workspace_id_, id);
    if (!row) return std::nullopt;
    return experiment_of(tx, workspace_id_, *row);
  };
  if (auto found = store_.read(find)) return *found;
  if (id != kDefaultExperimentId) detail::throw_no_experiment(id);
  return store_.write([&](Transaction& tx) {
    detail::ensure_default_experiment(tx, workspace_id_, clock_.now());
    return find(tx).value();
  });
}

std::optional<Experiment> Tracking::find_experiment(std::string_view name) {
  return store_.read([&](Transaction& tx) -> std::optional<Experiment> {
    const auto row = tx.query_one(kSelectExperiment + "AND name = $2", workspace_id_, name);
    if (!row) return std::nullopt;
    return experiment_of(tx, workspace_id_, *row);
  });
}

Experiment Tracking::resolve_experiment(std::string_view id_or_name) {
  if (id_or_name == kDefaultExperimentId || id_or_name == kDefaultExperimentName)
    return experiment(kDefaultExperimentId);
  const auto found = store_.read([&](Transaction& tx) -> std::optional<Experiment> {
    auto row =
        tx.query_one(kSelectExperiment + "AND experiment_id = $2", workspace_id_, id_or_name);
    if (!row) row = tx.query_one(kSelectExperiment + "AND name = $2", workspace_id_, id_or_name);
    if (!row) return std::nullopt;
    return experiment_of(tx, workspace_id_, *row);
  });
  if (found) return *found;
  std::vector<std::string> names;
  for (const Experiment& each :
       experiments(Show::kActive, {.size = kHintNamesMax, .token = {}}).items) {
    names.push_back(each.name);
  }
  std::string hint = did_you_mean(id_or_name, names);
  if (hint.empty()) hint = "Run 'tarn experiment list' to see them.";
  throw Error(
      Code::kNotFound,
      "There is no experiment of this name or id: " + std::string(id_or_name.substr(0, 80)) + ".",
      std::move(hint));
}

meta::PageOf<Experiment> Tracking::experiments(Show show, const meta::Page& page) {
  meta::check_page_size(page, kExperimentPageMax);
  std::string sql = kSelectExperiment;
  if (show == Show::kActive) sql += "AND lifecycle_stage = 'active' ";
  if (show == Show::kDeleted) sql += "AND lifecycle_stage = 'deleted' ";
  std::vector<meta::Value> values = {workspace_id_, page.size + 1};
  std::vector<std::string> last;
  std::int64_t last_time = 0;
  if (!page.token.empty()) {
    last = meta::parse_page_token(kExperimentList, page.token, 2);
    last_time = meta::parse_integer(last[0]);
    sql += "AND (created_at, experiment_id) < ($3, $4) ";
    values.insert(values.end(), {last_time, last[1]});
  }
  sql += "ORDER BY created_at DESC, experiment_id DESC LIMIT $2";
  return store_.read([&](Transaction& tx) {
    meta::PageOf<Experiment> result;
    for (const Row& row : tx.query_values(sql, values)) {
      if (result.items.size() == static_cast<std::size_t>(page.size)) {
        const Experiment& end = result.items.back();
        const std::string key[] = {std::to_string(end.created_at), end.id};
        result.next_token = meta::page_token(kExperimentList, key);
        break;
      }
      result.items.push_back(experiment_of(tx, workspace_id_, row));
    }
    return result;
  });
}

Experiment Tracking::rename_experiment(std::string_view id, std::string_view name,
                                       const std::optional<std::string>& etag) {
  detail::check_experiment_name(name);
  require_not_default(id);
  return store_.write([&](Transaction& tx) {
    detail::require_active_experiment(tx, workspace_id_, id);
    const auto row = tx.query_one(kSelectExperiment + "AND experiment_id = $2", workspace_id_, id);
    meta::require_etag("experiment " + row->text(1), row->int64(6), etag);
    try {
      tx.execute(
          "UPDATE experiments SET name = $1, modified_at = $2, etag = etag + 1 WHERE workspace_id "
          "= $3 AND "
          "experiment_id = $4",
          name, clock_.now(), workspace_id_, id);
    } catch (const Error& error) {
      if (error.code() == Code::kAlreadyExists) throw taken(name);
      throw;
    }
    return experiment_of(
        tx, workspace_id_,
        *tx.query_one(kSelectExperiment + "AND experiment_id = $2", workspace_id_, id));
  });
}

void Tracking::set_experiment_tag(std::string_view id, std::string_view key,
                                  std::string_view value) {
  check_tag(key, value);
  store_.write([&](Transaction& tx) {
    if (id == kDefaultExperimentId)
      detail::ensure_default_experiment(tx, workspace_id_, clock_.now());
    detail::require_active_experiment(tx, workspace_id_, id);
    put_tag(tx, workspace_id_, id, key, value);
    tx.execute(
        "UPDATE experiments SET etag = etag + 1 WHERE workspace_id = $1 AND experiment_id = $2",
        workspace_id_, id);
  });
}

bool Tracking::remove_experiment_tag(std::string_view id, std::string_view key) {
  return store_.write([&](Transaction& tx) {
    detail::require_active_experiment(tx, workspace_id_, id);
    const std::int64_t rows = tx.execute(
        "DELETE FROM experiment_tags WHERE workspace_id = $1 AND experiment_id = $2 AND key = $3",
        workspace_id_, id, key);
    tx.execute(
        "UPDATE experiments SET etag = etag + 1 WHERE workspace_id = $1 AND experiment_id = $2",
        workspace_id_, id);
    return rows > 0;
  });
}

void Tracking::delete_experiment(std::string_view id) {
  require_not_default(id);
  store_.write([&](Transaction& tx) {
    detail::require_active_experiment(tx, workspace_id_, id);
    const Micros now = clock_.now();
    tx.execute(
        "UPDATE experiments SET lifecycle_stage = 'deleted', modified_at = $1, etag = etag + 1 "
        "WHERE workspace_id = $2 AND experiment_id = $3",
        now, workspace_id_, id);
    tx.execute(
        "UPDATE runs SET lifecycle_stage = 'deleted', deleted_at = $1, etag = etag + 1 "
        "WHERE workspace_id = $2 AND experiment_id = $3 AND lifecycle_stage = 'active'",
        now, workspace_id_, id);
  });
}

void Tracking::restore_experiment(std::string_view id) {
  store_.write([&](Transaction& tx) {
    const auto row = tx.query_one(
        "SELECT lifecycle_stage, modified_at FROM experiments WHERE workspace_id = $1 AND "
        "experiment_id = $2",
        workspace_id_, id);
    if (!row) detail::throw_no_experiment(id);
    if (row->text(0) == "active") return;
    // The runs that went with it carry its time; those that were deleted before stay deleted.
    tx.execute(
        "UPDATE runs SET lifecycle_stage = 'active', deleted_at = NULL, etag = etag + 1 "
        "WHERE workspace_id = $1 AND experiment_id = $2 AND deleted_at = $3",
        workspace_id_, id, row->int64(1));
    tx.execute(
        "UPDATE experiments SET lifecycle_stage = 'active', modified_at = $1, etag = etag + 1 "
        "WHERE workspace_id = $2 AND experiment_id = $3",
        clock_.now(), workspace_id_, id);
  });
}

}  // namespace tarn::track
