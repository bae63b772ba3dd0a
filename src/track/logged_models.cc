#include "track/logged_models.h"

#include "base/error.h"
#include "base/ids.h"
#include "base/text.h"
#include "detail/limits.h"
#include "detail/rows.h"
#include "meta/search_sql.h"

namespace tarn::track {

namespace {

using meta::Row;
using meta::Transaction;
using meta::search::Attribute;
using meta::search::Statement;

constexpr std::string_view kModelSearch = "logged-models";
constexpr std::string_view kModelColumns =
    "model_id, experiment_id, name, artifact_location, status, model_type, source_run_id, "
    "created_at, modified_at";

constexpr Attribute kModelAttributes[] = {
    {.name = "name", .column = "logged_models.name", .lists = true},
    {.name = "model_id", .column = "logged_models.model_id", .lists = true},
    {.name = "model_type", .column = "logged_models.model_type", .lists = true},
    {.name = "status",
     .column = "REPLACE(logged_models.status, 'LOGGED_MODEL_', '')",
     .lists = true},
    {.name = "source_run_id", .column = "logged_models.source_run_id", .lists = true},
    {.name = "creation_timestamp", .column = "logged_models.created_at / 1000", .numeric = true},
    {.name = "creation_time", .column = "logged_models.created_at / 1000", .numeric = true},
    {.name = "last_updated_timestamp",
     .column = "logged_models.modified_at / 1000",
     .numeric = true},
    {.name = "last_updated_time", .column = "logged_models.modified_at / 1000", .numeric = true},
};
constexpr meta::search::Parts kModelParts = {"logged_models.model_id", "model_id",
                                             "logged_model_tags", "logged_model_params",
                                             "logged_model_metrics"};

[[noreturn]] void throw_no_model(std::string_view id) {
  throw Error(Code::kNotFound,
              "Logged model with ID '" + std::string(id.substr(0, 80)) + "' not found.");
}

/// MLflow's rule: the name becomes a part of paths and addresses.
void check_name(const std::string& name) {
  detail::check_value("logged model's name", {}, name, kExperimentNameCharactersMax);
  if (name.find_first_of("/:.%\"'") == std::string::npos) return;
  throw Error(Code::kInvalidArgument,
              "Invalid model name (" + name +
                  ") provided. Model name must be a non-empty string and cannot contain the "
                  "following characters: ('/', ':', '.', '%', '\"', \"'\")");
}

void put_model_param(Transaction& tx, const std::string& workspace_id, std::string_view id,
                     const std::string& key, const std::string& value) {
  detail::check_key("param", key);
  detail::check_value("param's value", key, value, kParamValueCharactersMax);
  tx.execute(
      "INSERT INTO logged_model_params (workspace_id, model_id, key, value) VALUES ($1, $2, $3, "
      "$4) ON CONFLICT (workspace_id, model_id, key) DO UPDATE SET value = excluded.value",
      workspace_id, id, key, value);
}

void put_model_tag(Transaction& tx, const std::string& workspace_id, std::string_view id,
                   const std::string& key, const std::string& value) {
  detail::check_key("tag", key);
  detail::check_value("tag's value", key, value, kTagValueCharactersMax);
  tx.execute(
      "INSERT INTO logged_model_tags (workspace_id, model_id, key, value) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (workspace_id, model_id, key) DO UPDATE SET value = excluded.value",
      workspace_id, id, key, value);
}

}  // namespace

std::string_view name_of(ModelStatus status) {
  switch (status) {
    case ModelStatus::kPending:
      return "LOGGED_MODEL_PENDING";
    case ModelStatus::kReady:
      return "LOGGED_MODEL_READY";
    case ModelStatus::kFailed:
      return "LOGGED_MODEL_UPLOAD_FAILED";
  }
  return {};
}

ModelStatus parse_model_status(std::string_view text) {
  constexpr ModelStatus kAll[] = {ModelStatus::kPending, ModelStatus::kReady, ModelStatus::kFailed};
  for (std::size_t i = 0; i < std::size(kAll); ++i) {
    if (text == name_of(kAll[i]) || text == std::to_string(i + 1)) return kAll[i];
  }
  throw Error(Code::kInvalidArgument, "Not a logged model's status: '" + std::string(text) + "'.",
              "It is LOGGED_MODEL_PENDING, LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED.");
}

LoggedModels::LoggedModels(meta::Store& store, std::string workspace_id, const Clock& clock)
    : store_(store), workspace_id_(std::move(workspace_id)), clock_(clock) {}

LoggedModel LoggedModels::create(const LoggedModelSpec& spec) {
  check_name(spec.name);
  const std::string id = "m-" + hex_of(new_id());
  const std::string name = spec.name.empty() ? "model-" + id.substr(id.size() - 8) : spec.name;
  const std::string location = "artifacts/" + spec.experiment_id + "/models/" + id + "/artifacts";
  return store_.write([&](Transaction& tx) {
    if (spec.experiment_id == kDefaultExperimentId)
      detail::ensure_default_experiment(tx, workspace_id_, clock_.now());
    detail::require_active_experiment(tx, workspace_id_, spec.experiment_id);
    tx.execute(
        "INSERT INTO logged_models (workspace_id, model_id, experiment_id, name, "
        "artifact_location, status, model_type, source_run_id, created_at, modified_at) VALUES "
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        workspace_id_, id, spec.experiment_id, name, location, name_of(ModelStatus::kPending),
        spec.model_type, spec.source_run_id, clock_.now());
    for (const auto& [key, value] : spec.params) put_model_param(tx, workspace_id_, id, key, value);
    for (const auto& [key, value] : spec.tags) put_model_tag(tx, workspace_id_, id, key, value);
    const auto rows = tx.query("SELECT " + std::string(kModelColumns) +
                                   " FROM logged_models WHERE workspace_id = $1 AND model_id = $2",
                               workspace_id_, id);
    return std::move(read(tx, rows).front());
  });
}

LoggedModel LoggedModels::get(std::string_view id) {
  return store_.read([&](Transaction& tx) {
    const auto rows =
        tx.query("SELECT " + std::string(kModelColumns) +
                     " FROM logged_models WHERE workspace_id = $1 AND model_id = $2 AND "
                     "deleted_at IS NULL",
                 workspace_id_, id);
    if (rows.empty()) throw_no_model(id);
    return std::move(read(tx, rows).front());
  });
}

void LoggedModels::require(Transaction& tx, std::string_view id) {
  if (!tx.query_one("SELECT 1 FROM logged_models WHERE workspace_id = $1 AND model_id = $2 AND "
                    "deleted_at IS NULL",
                    workspace_id_, id)) {
    throw_no_model(id);
  }
}

void LoggedModels::touch(Transaction& tx, std::string_view id) {
  tx.execute("UPDATE logged_models SET modified_at = $1 WHERE workspace_id = $2 AND model_id = $3",
             clock_.now(), workspace_id_, id);
}

LoggedModel LoggedModels::finalize(std::string_view id, ModelStatus status) {
  store_.write([&](Transaction& tx) {
    require(tx, id);
    tx.execute("UPDATE logged_models SET status = $1 WHERE workspace_id = $2 AND model_id = $3",
               name_of(status), workspace_id_, id);
    touch(tx, id);
  });
  return get(id);
}

void LoggedModels::remove(std::string_view id) {
  store_.write([&](Transaction& tx) {
    require(tx, id);
    tx.execute("UPDATE logged_models SET deleted_at = $1 WHERE workspace_id = $2 AND model_id = $3",
               clock_.now(), workspace_id_, id);
  });
}

void LoggedModels::log_params(std::string_view id,
                              const std::map<std::string, std::string>& params) {
  if (params.size() > kLoggedModelParamsMax)
    throw Error(Code::kTooLarge, "A request has at most 10000 params of a model.");
  store_.write([&](Transaction& tx) {
    require(tx, id);
    for (const auto& [key, value] : params) put_model_param(tx, workspace_id_, id, key, value);
  });
}

void LoggedModels::set_tags(std::string_view id, const Tags& tags) {
  store_.write([&](Transaction& tx) {
    require(tx, id);
    for (const auto& [key, value] : tags) put_model_tag(tx, workspace_id_, id, key, value);
    touch(tx, id);
  });
}

bool LoggedModels::remove_tag(std::string_view id, std::string_view key) {
  return store_.write([&](Transaction& tx) {
    require(tx, id);
    return tx.execute(
               "DELETE FROM logged_model_tags WHERE workspace_id = $1 AND model_id = $2 AND key = "
               "$3",
               workspace_id_, id, key) > 0;
  });
}

std::vector<LoggedModel> LoggedModels::read(Transaction& tx, std::span<const Row> rows) {
  std::vector<LoggedModel> models;
  for (const Row& row : rows) {
    LoggedModel model;
    model.id = row.text(0);
    model.experiment_id = row.text(1);
    model.name = row.text(2);
    model.artifact_location = row.text(3);
    model.status = parse_model_status(row.text(4));
    model.model_type = row.text(5);
    model.source_run_id = row.text(6);
    model.created_at = row.int64(7);
    model.modified_at = row.int64(8);
    for (const Row& param : tx.query("SELECT key, value FROM logged_model_params WHERE "
                                     "workspace_id = $1 AND model_id = $2",
                                     workspace_id_, model.id))
      model.params.emplace(param.text(0), param.text(1));
    for (const Row& tag : tx.query("SELECT key, value FROM logged_model_tags WHERE workspace_id = "
                                   "$1 AND model_id = $2",
                                   workspace_id_, model.id))
      model.tags.emplace(tag.text(0), tag.text(1));
    for (const Row& metric :
         tx.query("SELECT key, value, is_nan, timestamp, step, run_id, dataset_name, "
                  "dataset_digest FROM logged_model_metrics WHERE workspace_id = $1 AND model_id = "
                  "$2 ORDER BY key, step, timestamp",
                  workspace_id_, model.id)) {
      model.metrics.push_back({{.key = metric.text(0),
                                .value = detail::restored(metric.real(1), metric.boolean(2)),
                                .timestamp = metric.int64(3),
                                .step = metric.int64(4),
                                .model_id = model.id,
                                .dataset_name = metric.text(6),
                                .dataset_digest = metric.text(7)},
                               metric.text(5)});
    }
    models.push_back(std::move(model));
  }
  return models;
}

meta::PageOf<LoggedModel> LoggedModels::search(std::span<const std::string> experiment_ids,
                                               const Search& search,
                                               std::span<const ModelOrder> order_by) {
  const meta::Page asked{.size = search.size, .token = search.token};
  const std::int64_t offset = meta::search::offset_of(kModelSearch, asked, kSearchPageMax);
  Statement statement(workspace_id_);
  statement.text =
      "logged_models.workspace_id = $1 AND logged_models.deleted_at IS NULL AND "
      "logged_models.experiment_id IN " +
      statement.bind_list(experiment_ids);
  for (const meta::search::Clause& clause : meta::search::parse_filter(search.filter))
    meta::search::add_clause(statement, kModelParts, kModelAttributes, clause);
  meta::search::Order order;
  for (const ModelOrder& each : order_by) {
    const meta::search::OrderTerm term = meta::search::parse_order(each.field);
    const std::string direction = each.ascending ? "" : " DESC";
    std::string column;
    if (term.by.subject == meta::search::Subject::kAttribute) {
      column =
          "(" + std::string(meta::search::attribute_of(kModelAttributes, term.by.key).column) + ")";
    } else if (term.by.subject == meta::search::Subject::kMetric) {
      column =
          "(SELECT m.value FROM logged_model_metrics m WHERE m.workspace_id = $1 AND "
          "m.model_id = logged_models.model_id AND m.key = " +
          statement.bind(term.by.key);
      if (!each.dataset_name.empty())
        column += " AND m.dataset_name = " + statement.bind(each.dataset_name);
      if (!each.dataset_digest.empty())
        column += " AND m.dataset_digest = " + statement.bind(each.dataset_digest);
      column += " ORDER BY m.timestamp DESC, m.step DESC, m.run_id LIMIT 1)";
    } else {
      throw Error(Code::kInvalidArgument,
                  "Invalid order by field name: " + each.field + ". Only metrics are supported.");
    }
    order.text +=
        "CASE WHEN " + column + " IS NULL THEN 1 ELSE 0 END, " + column + direction + ", ";
  }
  order.text += "logged_models.created_at DESC, logged_models.model_id";
  meta::search::finish(
      statement, order,
      "SELECT " + meta::search::qualified(kModelColumns, "logged_models") + " FROM logged_models",
      asked, offset);
  if (experiment_ids.empty()) return {};
  return store_.read([&](Transaction& tx) {
    meta::Rows rows = tx.query_values(statement.text, statement.values);
    meta::PageOf<LoggedModel> page;
    page.next_token = meta::search::cut_page(rows, kModelSearch, asked, offset);
    page.items = read(tx, rows);
    return page;
  });
}

}  // namespace tarn::track
