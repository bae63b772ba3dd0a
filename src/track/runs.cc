#include "base/error.h"
#include "base/ids.h"
#include "detail/limits.h"
#include "detail/rows.h"
#include "track/tracking.h"

namespace tarn::track {

namespace {

using detail::run_of;
using meta::Row;
using meta::Transaction;

constexpr std::string_view kRunList = "runs";
constexpr std::string_view kContainer = "artifacts/";

const std::string kSelectRun =
    "SELECT " + std::string(detail::kRunColumns) + " FROM runs WHERE workspace_id = $1 ";

/// What a new run is, after its tags had their say: tags and fields tell the same.
RunSpec complete(RunSpec spec) {
  if (spec.id.empty()) spec.id = hex_of(new_id());
  if (spec.experiment_id.empty()) spec.experiment_id = kDefaultExperimentId;
  const auto tag = [&](std::string_view key) {
    const auto found = spec.tags.find(std::string(key));
    return found == spec.tags.end() ? std::string() : found->second;
  };
  if (spec.name.empty()) spec.name = tag(kTagRunName);
  if (spec.name.empty()) spec.name = "run-" + spec.id.substr(spec.id.size() - 8);
  if (spec.user.empty()) spec.user = tag(kTagUser);
  if (!spec.parent_id && !tag(kTagParentRun).empty()) spec.parent_id = tag(kTagParentRun);

  spec.tags[std::string(kTagRunName)] = spec.name;
  if (!spec.user.empty()) spec.tags[std::string(kTagUser)] = spec.user;
  if (spec.parent_id) spec.tags[std::string(kTagParentRun)] = *spec.parent_id;
  return spec;
}

void check_spec(const RunSpec& spec) {
  detail::check_run_id(spec.id);
  detail::check_run_name(spec.name);
  detail::check_value("run's user", {}, spec.user, kRunNameCharactersMax);
  if (spec.parent_id) detail::check_run_id(*spec.parent_id);
  for (const auto& [key, value] : spec.tags) {
    detail::check_key("tag", key);
    detail::check_value("tag's value", key, value, kTagValueCharactersMax);
  }
}

/// Where a list of runs begins and ends, as SQL with its values.
struct RunQuery {
  std::string sql = kSelectRun;
  std::vector<meta::Value> values;

  void add(std::string_view condition, meta::Value value) {
    values.push_back(value);
    sql += "AND " + std::string(condition) + " $" + std::to_string(values.size()) + " ";
  }
};

}  // namespace

Run Tracking::create_run(const RunSpec& spec) {
  return store_.write([&](Transaction& tx) { return create_run(tx, spec); });
}

Run Tracking::create_run(Transaction& tx, const RunSpec& given) {
  if (given.tags.size() > kBatchTagsMax) {
    throw Error(Code::kTooLarge,
                "A new run has at most " + std::to_string(kBatchTagsMax) + " tags.",
                "Set more later.");
  }
  const RunSpec spec = complete(given);
  check_spec(spec);
  if (const auto row = tx.query_one(kSelectRun + "AND run_id = $2", workspace_id_, spec.id)) {
    if (row->text(1) == spec.experiment_id) return run_of(tx, workspace_id_, *row);
    throw Error(Code::kAlreadyExists,
                "A run of this id is in another experiment: " + spec.id + ".");
  }
  if (spec.experiment_id == kDefaultExperimentId)
    detail::ensure_default_experiment(tx, workspace_id_, clock_.now());
  detail::require_active_experiment(tx, workspace_id_, spec.experiment_id);
  const Micros start = spec.start_time.value_or(clock_.now());
  std::optional<Micros> end;
  if (ended(spec.status)) end = start;
  const std::string artifact_uri =
      std::string(kContainer) + spec.experiment_id + "/" + spec.id + "/artifacts";
  tx.execute(
      "INSERT INTO runs (workspace_id, run_id, experiment_id, parent_run_id, name, user_name, "
      "status, start_time, "
      "end_time, artifact_uri) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      workspace_id_, spec.id, spec.experiment_id, spec.parent_id, spec.name, spec.user,
      name_of(spec.status), start, end, artifact_uri);
  for (const auto& [key, value] : spec.tags)
    detail::put_run_tag(tx, workspace_id_, spec.id, key, value);
  return run_of(tx, workspace_id_,
                *tx.query_one(kSelectRun + "AND run_id = $2", workspace_id_, spec.id));
}

Run Tracking::run(std::string_view id) {
  return store_.read([&](Transaction& tx) {
    const auto row = tx.query_one(kSelectRun + "AND run_id = $2", workspace_id_, id);
    if (!row) detail::throw_no_run(id);
    return run_of(tx, workspace_id_, *row);
  });
}

std::optional<Run> Tracking::find_run(std::string_view experiment_id, std::string_view name) {
  return store_.read([&](Transaction& tx) -> std::optional<Run> {
    const auto row =
        tx.query_one(kSelectRun +
                         "AND experiment_id = $2 AND name = $3 AND lifecycle_stage = 'active' "
                         "ORDER BY start_time DESC, run_id DESC LIMIT 1",
                     workspace_id_, experiment_id, name);
    if (!row) return std::nullopt;
    return run_of(tx, workspace_id_, *row);
  });
}

meta::PageOf<Run> Tracking::runs(const RunFilter& filter, const meta::Page& page) {
  meta::check_page_size(page, kRunPageMax);
  RunQuery query{.values = {workspace_id_}};
  if (filter.experiment_id) query.add("experiment_id =", *filter.experiment_id);
  if (filter.parent_id) query.add("parent_run_id =", *filter.parent_id);
  if (filter.status) query.add("status =", name_of(*filter.status));
  if (filter.show == Show::kActive) query.add("lifecycle_stage =", "active");
  if (filter.show == Show::kDeleted) query.add("lifecycle_stage =", "deleted");
  std::vector<std::string> last;
  if (!page.token.empty()) {
    last = meta::parse_page_token(kRunList, page.token, 2);
    query.values.insert(query.values.end(), {meta::parse_integer(last[0]), last[1]});
    const std::size_t count = query.values.size();
    query.sql += std::string("AND (start_time, run_id) ") + (filter.newest_first ? "<" : ">") +
                 " ($" + std::to_string(count - 1) + ", $" + std::to_string(count) + ") ";
  }
  const std::string_view direction = filter.newest_first ? " DESC" : " ASC";
  query.values.emplace_back(page.size + 1);
  query.sql += "ORDER BY start_time" + std::string(direction) + ", run_id" +
               std::string(direction) + " LIMIT $" + std::to_string(query.values.size());
  return store_.read([&](Transaction& tx) {
    meta::Rows rows = tx.query_values(query.sql, query.values);
    const bool more = rows.size() > static_cast<std::size_t>(page.size);
    if (more) rows.pop_back();
    meta::PageOf<Run> result{.items = detail::runs_of(tx, workspace_id_, rows)};
    if (more) {
      const Run& end = result.items.back();
      const std::string key[] = {std::to_string(end.start_time), end.id};
      result.next_token = meta::page_token(kRunList, key);
    }
    return result;
  });
}

void Tracking::end_run(std::string_view run_id, RunStatus status, std::optional<Micros> end_time) {
  if (!ended(status)) {
    throw Error(Code::kInvalidArgument,
                "Not a status that ends a run: " + std::string(name_of(status)) + ".");
  }
  Batch batch;
  batch.status = status;
  batch.end_time = end_time;
  log(run_id, batch);
}

void Tracking::update_run(std::string_view run_id, const Batch& batch) {
  detail::check_batch(batch);
  store_.write([&](Transaction& tx) {
    detail::require_active_run(tx, workspace_id_, run_id);
    for (const auto& [key, value] : batch.tags)
      detail::put_run_tag(tx, workspace_id_, run_id, key, value);
    if (batch.status) {
      tx.execute("UPDATE runs SET status = $1 WHERE workspace_id = $2 AND run_id = $3",
                 name_of(*batch.status), workspace_id_, run_id);
    }
    if (batch.end_time) {
      tx.execute("UPDATE runs SET end_time = $1 WHERE workspace_id = $2 AND run_id = $3",
                 *batch.end_time, workspace_id_, run_id);
    }
    tx.execute("UPDATE runs SET etag = etag + 1 WHERE workspace_id = $1 AND run_id = $2",
               workspace_id_, run_id);
  });
}

void Tracking::resume_run(std::string_view run_id) {
  store_.write([&](Transaction& tx) {
    detail::require_active_run(tx, workspace_id_, run_id);
    tx.execute(
        "UPDATE runs SET status = 'RUNNING', end_time = NULL, etag = etag + 1 WHERE workspace_id = "
        "$1 AND run_id = $2",
        workspace_id_, run_id);
  });
}

void Tracking::rename_run(std::string_view run_id, std::string_view name) {
  Batch batch;
  batch.tags.emplace_back(kTagRunName, name);
  log(run_id, batch);
}

bool Tracking::remove_tag(std::string_view run_id, std::string_view key) {
  if (key == kTagRunName)
    throw Error(Code::kInvalidArgument, "A run keeps its name: the tag cannot be removed.");
  return store_.write([&](Transaction& tx) {
    detail::require_active_run(tx, workspace_id_, run_id);
    const std::int64_t rows =
        tx.execute("DELETE FROM run_tags WHERE workspace_id = $1 AND run_id = $2 AND key = $3",
                   workspace_id_, run_id, key);
    if (key == kTagParentRun) {
      tx.execute("UPDATE runs SET parent_run_id = NULL WHERE workspace_id = $1 AND run_id = $2",
                 workspace_id_, run_id);
    }
    tx.execute("UPDATE runs SET etag = etag + 1 WHERE workspace_id = $1 AND run_id = $2",
               workspace_id_, run_id);
    return rows > 0;
  });
}

void Tracking::delete_run(std::string_view id) {
  store_.write([&](Transaction& tx) {
    detail::require_active_run(tx, workspace_id_, id);
    tx.execute(
        "UPDATE runs SET lifecycle_stage = 'deleted', deleted_at = $1, etag = etag + 1 "
        "WHERE workspace_id = $2 AND run_id = $3",
        clock_.now(), workspace_id_, id);
  });
}

void Tracking::restore_run(std::string_view id) {
  store_.write([&](Transaction& tx) {
    const auto row = tx.query_one(kSelectRun + "AND run_id = $2", workspace_id_, id);
    if (!row) detail::throw_no_run(id);
    detail::require_active_experiment(tx, workspace_id_, row->text(1));
    tx.execute(
        "UPDATE runs SET lifecycle_stage = 'active', deleted_at = NULL, etag = etag + 1 "
        "WHERE workspace_id = $1 AND run_id = $2",
        workspace_id_, id);
  });
}

std::filesystem::path Tracking::artifact_folder(const Run& run) const {
  check(run.artifact_uri.starts_with(kContainer), "a run's artifacts lie in their container");
  return artifacts_ / run.artifact_uri.substr(kContainer.size());
}

}  // namespace tarn::track
