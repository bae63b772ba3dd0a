// Logging to runs: batches, metric histories, links.

#include <charconv>

#include "base/error.h"
#include "detail/limits.h"
#include "detail/rows.h"
#include "track/tracking.h"

namespace tarn::track {

namespace {

using meta::Row;
using meta::Transaction;

constexpr std::string_view kMetricList = "metric";
constexpr std::string_view kLinkList = "links";
constexpr std::size_t kLinkTargetCharactersMax = 1000;

void put_param(Transaction& tx, const std::string& workspace_id, std::string_view run_id,
               const std::string& key, const std::string& value) {
  const std::int64_t rows = tx.execute(
      "INSERT INTO run_params (workspace_id, run_id, key, value) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (workspace_id, run_id, key) DO NOTHING",
      workspace_id, run_id, key, value);
  if (rows == 1) return;
  const auto kept = tx.query_one(
      "SELECT value FROM run_params WHERE workspace_id = $1 AND run_id = $2 AND key = $3",
      workspace_id, run_id, key);
  if (kept->text(0) == value) return;
  throw Error(Code::kInvalidArgument,
              "Changing param values is not allowed. Param with key='" + key +
                  "' was already logged with value='" + kept->text(0).substr(0, 80) +
                  "' for run ID='" + std::string(run_id) + "'. Attempted logging new value '" +
                  value.substr(0, 80) + "'.",
              "Log it to a new run.");
}

void put_metric(Transaction& tx, const std::string& workspace_id, std::string_view run_id,
                const Metric& metric) {
  const auto [value, is_nan] = detail::stored(metric.value);
  tx.execute(
      "INSERT INTO run_metrics (workspace_id, run_id, key, step, timestamp, value, is_nan) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
      workspace_id, run_id, metric.key, metric.step, metric.timestamp, value, is_nan);
  // The latest is the point with the greatest step, then time, then value, in whatever order points
  // arrive.
  tx.execute(
      "INSERT INTO run_latest_metrics (workspace_id, run_id, key, step, timestamp, value, is_nan) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace_id, run_id, key) DO UPDATE SET "
      "step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = "
      "excluded.is_nan "
      "WHERE (excluded.step, excluded.timestamp, excluded.value) > "
      "(run_latest_metrics.step, run_latest_metrics.timestamp, run_latest_metrics.value)",
      workspace_id, run_id, metric.key, metric.step, metric.timestamp, value, is_nan);
}

/// A metric that belongs to a logged model; one that there is none of is passed over.
void put_model_metric(Transaction& tx, const std::string& workspace_id, std::string_view run_id,
                      const Metric& metric) {
  const auto [value, is_nan] = detail::stored(metric.value);
  if (!tx.query_one("SELECT 1 FROM logged_models WHERE workspace_id = $1 AND model_id = $2",
                    workspace_id, metric.model_id))
    return;
  tx.execute(
      "INSERT INTO logged_model_metrics (workspace_id, model_id, key, run_id, dataset_name, "
      "dataset_digest, step, timestamp, value, is_nan) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
      "$10) ON CONFLICT (workspace_id, model_id, key, run_id, dataset_name, dataset_digest, step, "
      "timestamp) DO UPDATE SET value = excluded.value, is_nan = excluded.is_nan",
      workspace_id, metric.model_id, metric.key, run_id, metric.dataset_name, metric.dataset_digest,
      metric.step, metric.timestamp, value, is_nan);
}

void put_status(Transaction& tx, const std::string& workspace_id, std::string_view run_id,
                const Batch& batch, Micros now) {
  std::optional<Micros> end;
  if (ended(*batch.status)) end = batch.end_time.value_or(now);
  tx.execute("UPDATE runs SET status = $1, end_time = $2 WHERE workspace_id = $3 AND run_id = $4",
             name_of(*batch.status), end, workspace_id, run_id);
}

std::string shortest(double value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  check(error == std::errc(), "a double has a text");
  return std::string(text, end);
}

std::string_view name_of(Link::Relation relation) {
  return relation == Link::Relation::kInput ? "input" : "output";
}

}  // namespace

void Tracking::log(std::string_view run_id, const Batch& batch) {
  store_.write([&](Transaction& tx) { log(tx, run_id, 0, batch); });
}

bool Tracking::log(std::string_view run_id, std::int64_t sequence, const Batch& batch) {
  return store_.write([&](Transaction& tx) { return log(tx, run_id, sequence, batch); });
}

bool Tracking::log(Transaction& tx, std::string_view run_id, std::int64_t sequence,
                   const Batch& batch) {
  detail::check_batch(batch);
  const detail::RunState state = detail::require_active_run(tx, workspace_id_, run_id);
  if (sequence > 0 && sequence <= state.last_sequence) return false;
  for (const auto& [key, value] : batch.params) put_param(tx, workspace_id_, run_id, key, value);
  for (const auto& [key, value] : batch.tags)
    detail::put_run_tag(tx, workspace_id_, run_id, key, value);
  for (const Metric& metric : batch.metrics) {
    put_metric(tx, workspace_id_, run_id, metric);
    if (!metric.model_id.empty()) put_model_metric(tx, workspace_id_, run_id, metric);
  }
  if (batch.status && !ended(state.status))
    put_status(tx, workspace_id_, run_id, batch, clock_.now());
  tx.execute(
      "UPDATE runs SET etag = etag + 1, last_sequence = $1 WHERE workspace_id = $2 AND run_id = $3",
      std::max(sequence, state.last_sequence), workspace_id_, run_id);
  return true;
}

meta::PageOf<Metric> Tracking::metric_history(std::string_view run_id, std::string_view key,
                                              const meta::Page& page) {
  meta::check_page_size(page, kMetricPageMax);
  std::string sql =
      "SELECT step, timestamp, value, is_nan FROM run_metrics WHERE workspace_id = $1 AND run_id = "
      "$2 AND "
      "key = $3 ";
  std::vector<meta::Value> values = {workspace_id_, run_id, key, page.size + 1};
  std::vector<std::string> last;
  if (!page.token.empty()) {
    last = meta::parse_page_token(kMetricList, page.token, 4);
    values.insert(values.end(), {meta::parse_integer(last[0]), meta::parse_integer(last[1]),
                                 meta::parse_double(last[2]), meta::parse_integer(last[3])});
    sql += "AND (step, timestamp, value, is_nan) > ($5, $6, $7, $8) ";
  }
  sql += "ORDER BY step, timestamp, value, is_nan LIMIT $4";
  return store_.read([&](Transaction& tx) {
    if (!tx.query_one("SELECT 1 FROM runs WHERE workspace_id = $1 AND run_id = $2", workspace_id_,
                      run_id)) {
      detail::throw_no_run(run_id);
    }
    meta::PageOf<Metric> result;
    std::vector<std::string> end;
    for (const Row& row : tx.query_values(sql, values)) {
      if (result.items.size() == static_cast<std::size_t>(page.size)) {
        result.next_token = meta::page_token(kMetricList, end);
        break;
      }
      end = {std::to_string(row.int64(0)), std::to_string(row.int64(1)), shortest(row.real(2)),
             std::to_string(row.int64(3))};
      result.items.push_back({.key = std::string(key),
                              .value = detail::restored(row.real(2), row.boolean(3)),
                              .timestamp = row.int64(1),
                              .step = row.int64(0)});
    }
    return result;
  });
}

std::vector<Metric> Tracking::sampled_history(std::string_view run_id, std::string_view key,
                                              int size, std::optional<std::int64_t> first_step,
                                              std::optional<std::int64_t> last_step) {
  // One of each bucket of the points in their order; the bucket of the last point gives its last.
  constexpr std::string_view kSql =
      "SELECT step, timestamp, value, is_nan FROM ("
      "SELECT step, timestamp, value, is_nan, place, "
      "ROW_NUMBER() OVER (PARTITION BY bucket ORDER BY place) AS nth, "
      "MAX(place) OVER () AS last_place, MAX(bucket) OVER () AS last_bucket, bucket FROM ("
      "SELECT step, timestamp, value, is_nan, "
      "ROW_NUMBER() OVER (ORDER BY step, timestamp, value, is_nan) AS place, "
      "NTILE($4) OVER (ORDER BY step, timestamp, value, is_nan) AS bucket FROM run_metrics "
      "WHERE workspace_id = $1 AND run_id = $2 AND key = $3 AND step BETWEEN $5 AND $6) points"
      ") ranked WHERE CASE WHEN bucket = last_bucket AND bucket > 1 OR $4 = 1 "
      "THEN place = last_place ELSE nth = 1 END ORDER BY place";
  return store_.read([&](Transaction& tx) {
    if (!tx.query_one("SELECT 1 FROM runs WHERE workspace_id = $1 AND run_id = $2", workspace_id_,
                      run_id)) {
      detail::throw_no_run(run_id);
    }
    std::vector<Metric> result;
    for (const Row& row : tx.query(kSql, workspace_id_, run_id, key, size,
                                   first_step.value_or(INT64_MIN), last_step.value_or(INT64_MAX)))
      result.push_back({.key = std::string(key),
                        .value = detail::restored(row.real(2), row.boolean(3)),
                        .timestamp = row.int64(1),
                        .step = row.int64(0)});
    return result;
  });
}

void Tracking::link(std::string_view run_id, const Link& link_to) {
  store_.write([&](Transaction& tx) { link(tx, run_id, link_to); });
}

void Tracking::link(Transaction& tx, std::string_view run_id, const Link& link_to) {
  if (link_to.kind.empty() || link_to.target.empty()) {
    throw Error(Code::kInvalidArgument, "A run's link names a kind and a target.");
  }
  detail::check_value("link's kind", {}, link_to.kind, kKeyCharactersMax);
  detail::check_value("link's target", {}, link_to.target, kLinkTargetCharactersMax);
  detail::check_value("link's version", {}, link_to.target_version, kKeyCharactersMax);
  detail::require_active_run(tx, workspace_id_, run_id);
  tx.execute(
      "INSERT INTO run_links (workspace_id, run_id, relation, kind, target, target_version, "
      "created_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
      workspace_id_, run_id, name_of(link_to.relation), link_to.kind, link_to.target,
      link_to.target_version, clock_.now());
}

meta::PageOf<Link> Tracking::links(std::string_view run_id, const meta::Page& page) {
  meta::check_page_size(page, kLinkPageMax);
  std::string sql =
      "SELECT relation, kind, target, target_version FROM run_links WHERE workspace_id = $1 AND "
      "run_id = $2 ";
  std::vector<meta::Value> values = {workspace_id_, run_id, page.size + 1};
  std::vector<std::string> last;
  if (!page.token.empty()) {
    last = meta::parse_page_token(kLinkList, page.token, 4);
    values.insert(values.end(), last.begin(), last.end());
    sql += "AND (relation, kind, target, target_version) > ($4, $5, $6, $7) ";
  }
  sql += "ORDER BY relation, kind, target, target_version LIMIT $3";
  return store_.read([&](Transaction& tx) {
    meta::PageOf<Link> result;
    for (const Row& row : tx.query_values(sql, values)) {
      if (result.items.size() == static_cast<std::size_t>(page.size)) {
        const Link& end = result.items.back();
        const std::string key[] = {std::string(name_of(end.relation)), end.kind, end.target,
                                   end.target_version};
        result.next_token = meta::page_token(kLinkList, key);
        break;
      }
      result.items.push_back(
          {.relation = row.text(0) == "input" ? Link::Relation::kInput : Link::Relation::kOutput,
           .kind = row.text(1),
           .target = row.text(2),
           .target_version = row.text(3)});
    }
    return result;
  });
}

}  // namespace tarn::track
