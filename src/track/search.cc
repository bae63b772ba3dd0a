// MLflow's search over runs and experiments, as one statement of the store each.

#include "base/error.h"
#include "detail/rows.h"
#include "meta/search_sql.h"
#include "track/tracking.h"

namespace tarn::track {

namespace {

using meta::Row;
using meta::Transaction;
using meta::search::Attribute;
using meta::search::Clause;
using meta::search::Order;
using meta::search::Parts;
using meta::search::Statement;

constexpr std::string_view kRunSearch = "search";
constexpr std::string_view kExperimentSearch = "experiment-search";

// Times are milliseconds there, microseconds here.
constexpr Attribute kRunAttributes[] = {
    {.name = "run_id", .column = "runs.run_id", .lists = true},
    {.name = "run_name", .column = "runs.name"},
    {.name = "run name", .column = "runs.name"},
    {.name = "Run name", .column = "runs.name"},
    {.name = "Run Name", .column = "runs.name"},
    {.name = "status", .column = "runs.status"},
    {.name = "user_id", .column = "runs.user_name"},
    {.name = "artifact_uri", .column = "'mlflow-artifacts:/' || SUBSTR(runs.artifact_uri, 11)"},
    {.name = "start_time", .column = "runs.start_time / 1000", .numeric = true},
    {.name = "created", .column = "runs.start_time / 1000", .numeric = true},
    {.name = "Created", .column = "runs.start_time / 1000", .numeric = true},
    {.name = "end_time", .column = "runs.end_time / 1000", .numeric = true},
};
constexpr Attribute kExperimentAttributes[] = {
    {.name = "name", .column = "experiments.name"},
    {.name = "experiment_id", .column = "experiments.experiment_id", .lists = true},
    {.name = "creation_time", .column = "experiments.created_at / 1000", .numeric = true},
    {.name = "last_update_time", .column = "experiments.modified_at / 1000", .numeric = true},
};

constexpr Parts kRunParts = {"runs.run_id",        "run_id",      "run_tags", "run_params",
                             "run_latest_metrics", "run_datasets"};
constexpr Parts kExperimentParts = {
    "experiments.experiment_id", "experiment_id", "experiment_tags", {}, {}};

std::vector<meta::search::OrderTerm> terms_of(const std::vector<std::string>& order_by) {
  std::vector<meta::search::OrderTerm> terms;
  for (const std::string& each : order_by) terms.push_back(meta::search::parse_order(each));
  return terms;
}

void add_stage(Statement& statement, std::string_view table, Show show) {
  if (show == Show::kAll) return;
  statement.text += " AND " + std::string(table) +
                    ".lifecycle_stage = " + (show == Show::kActive ? "'active'" : "'deleted'");
}

}  // namespace

meta::PageOf<Run> Tracking::search_runs(std::span<const std::string> experiment_ids,
                                        const Search& search) {
  const meta::Page asked{.size = search.size, .token = search.token};
  const std::int64_t offset = meta::search::offset_of(kRunSearch, asked, kSearchPageMax);
  if (experiment_ids.size() > kSearchExperimentsMax) {
    throw Error(Code::kTooLarge, "A search names at most " + std::to_string(kSearchExperimentsMax) +
                                     " experiments.");
  }
  Statement statement(workspace_id_);
  statement.text =
      "runs.workspace_id = $1 AND runs.experiment_id IN " + statement.bind_list(experiment_ids);
  add_stage(statement, "runs", search.show);
  for (const Clause& clause : meta::search::parse_filter(search.filter))
    meta::search::add_clause(statement, kRunParts, kRunAttributes, clause);
  const Order order =
      meta::search::order_of(statement, kRunParts, kRunAttributes, terms_of(search.order_by),
                             "runs.start_time", "runs.run_id");
  meta::search::finish(
      statement, order,
      "SELECT " + meta::search::qualified(detail::kRunColumns, "runs") + " FROM runs", asked,
      offset);
  if (experiment_ids.empty()) return {};
  return store_.read([&](Transaction& tx) {
    meta::Rows rows = tx.query_values(statement.text, statement.values);
    meta::PageOf<Run> page;
    page.next_token = meta::search::cut_page(rows, kRunSearch, asked, offset);
    page.items = detail::runs_of(tx, workspace_id_, rows);
    return page;
  });
}

meta::PageOf<Experiment> Tracking::search_experiments(const Search& search) {
  const meta::Page asked{.size = search.size, .token = search.token};
  const std::int64_t offset = meta::search::offset_of(kExperimentSearch, asked, kSearchPageMax);
  experiment(kDefaultExperimentId);  // there from the first look on
  Statement statement(workspace_id_);
  statement.text = "experiments.workspace_id = $1";
  add_stage(statement, "experiments", search.show);
  for (const Clause& clause : meta::search::parse_filter(search.filter))
    meta::search::add_clause(statement, kExperimentParts, kExperimentAttributes, clause);
  const Order order = meta::search::order_of(statement, kExperimentParts, kExperimentAttributes,
                                             terms_of(search.order_by), "experiments.created_at",
                                             "experiments.experiment_id DESC");
  meta::search::finish(statement, order,
                       "SELECT " +
                           meta::search::qualified(detail::kExperimentColumns, "experiments") +
                           " FROM experiments",
                       asked, offset);
  return store_.read([&](Transaction& tx) {
    meta::Rows rows = tx.query_values(statement.text, statement.values);
    meta::PageOf<Experiment> page;
    page.next_token = meta::search::cut_page(rows, kExperimentSearch, asked, offset);
    for (const Row& row : rows) page.items.push_back(detail::experiment_of(tx, workspace_id_, row));
    return page;
  });
}

}  // namespace tarn::track
