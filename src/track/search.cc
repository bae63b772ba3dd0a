// MLflow's search over runs and experiments, as one statement of the store each.

#include <algorithm>
#include <deque>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "detail/rows.h"
#include "detail/search_language.h"
#include "track/tracking.h"

namespace tarn::track {

namespace {

using detail::Attribute;
using detail::Clause;
using detail::Comparison;
using detail::Identifier;
using detail::Number;
using detail::OrderTerm;
using detail::Subject;
using meta::Row;
using meta::Transaction;

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

/// A statement with its values, which it keeps.
struct Statement {
  std::string text;
  std::vector<meta::Value> values;
  std::deque<std::string> texts;

  /// The place of a value: "$3".
  std::string bind(std::string value) {
    texts.push_back(std::move(value));
    values.emplace_back(texts.back());
    return "$" + std::to_string(values.size());
  }
  std::string bind_number(const Number& number, bool whole) {
    try {
      if (whole && number.integer) {
        values.emplace_back(static_cast<std::int64_t>(std::stoll(number.text)));
      } else {
        values.emplace_back(std::stod(number.text));
      }
    } catch (const std::exception&) {
      throw Error(Code::kInvalidArgument, "Not a number that can be compared: " + number.text);
    }
    return "$" + std::to_string(values.size());
  }
};

std::string list_of(Statement& statement, const std::vector<std::string>& items) {
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "" : ", ") + statement.bind(item);
  return "(" + list + ")";
}

/// `column` compared with the clause's operand.
std::string compared(Statement& statement, const std::string& column, const Clause& clause,
                     bool whole) {
  const std::string sign = " " + std::string(name_of(clause.comparison)) + " ";
  if (const auto* number = std::get_if<Number>(&clause.right))
    return column + sign + statement.bind_number(*number, whole);
  if (const auto* list = std::get_if<std::vector<std::string>>(&clause.right))
    return column + sign + list_of(statement, *list);
  const std::string place = statement.bind(std::get<std::string>(clause.right));
  if (clause.comparison == Comparison::kILike)
    return "LOWER(" + column + ") LIKE LOWER(" + place + ")";
  return column + sign + place;
}

/// Where a thing's tags, params and metrics lie.
struct Parts {
  std::string_view owner;  // "runs.run_id"
  std::string_view owner_column;
  std::string_view tags;
  std::string_view params;   // empty: it has none
  std::string_view metrics;  // the same
};
constexpr Parts kRunParts = {"runs.run_id", "run_id", "run_tags", "run_params",
                             "run_latest_metrics"};
constexpr Parts kExperimentParts = {
    "experiments.experiment_id", "experiment_id", "experiment_tags", {}, {}};

std::string_view table_of(const Parts& parts, const Identifier& identifier) {
  std::string_view table;
  if (identifier.subject == Subject::kTag) table = parts.tags;
  if (identifier.subject == Subject::kParam) table = parts.params;
  if (identifier.subject == Subject::kMetric) table = parts.metrics;
  if (!table.empty()) return table;
  throw Error(Code::kInvalidArgument, "Invalid entity type '" +
                                          std::string(name_of(identifier.subject)) +
                                          "': it cannot be searched here.");
}

void add_clause(Statement& statement, const Parts& parts, std::span<const Attribute> attributes,
                const Clause& clause) {
  statement.text += " AND ";
  if (clause.left.subject == Subject::kAttribute) {
    const Attribute& attribute = attribute_of(attributes, clause.left.key);
    check_clause(clause, &attribute);
    statement.text +=
        compared(statement, "(" + std::string(attribute.column) + ")", clause, attribute.numeric);
    return;
  }
  check_clause(clause, nullptr);
  const std::string table(table_of(parts, clause.left));
  std::string condition;
  const bool null_test =
      clause.comparison == Comparison::kIsNull || clause.comparison == Comparison::kIsNotNull;
  const std::string key = statement.bind(clause.left.key);
  if (!null_test) {
    condition = compared(statement, "p.value", clause, false);
    if (clause.left.subject == Subject::kMetric) {
      // Only != holds of a NaN, whose stored value means nothing.
      condition = clause.comparison == Comparison::kNotEqual ? "(" + condition + " OR p.is_nan = 1)"
                                                             : condition + " AND p.is_nan = 0";
    }
    condition = " AND " + condition;
  }
  statement.text += std::string(clause.comparison == Comparison::kIsNull ? "NOT " : "") +
                    "EXISTS (SELECT 1 FROM " + table + " p WHERE p.workspace_id = $1 AND p." +
                    std::string(parts.owner_column) + " = " + std::string(parts.owner) +
                    " AND p.key = " + key + condition + ")";
}

/// The joins of what a list is ordered by, and the ORDER BY itself.
struct Order {
  std::string joins;
  std::string text;
};

Order order_of(Statement& statement, const Parts& parts, std::span<const Attribute> attributes,
               const std::vector<std::string>& order_by, std::string_view natural_column,
               std::string_view natural) {
  Order order;
  std::set<std::string> seen;
  for (const std::string& each : order_by) {
    const OrderTerm term = detail::parse_order(each);
    const std::string alias = "o" + std::to_string(seen.size());
    std::string column, empty_last;
    if (term.by.subject == Subject::kAttribute) {
      column = attribute_of(attributes, term.by.key).column;
      empty_last = "CASE WHEN (" + column + ") IS NULL THEN 1 ELSE 0 END";
    } else {
      order.joins += " LEFT JOIN " + std::string(table_of(parts, term.by)) + " " + alias + " ON " +
                     alias + ".workspace_id = $1 AND " + alias + "." +
                     std::string(parts.owner_column) + " = " + std::string(parts.owner) + " AND " +
                     alias + ".key = " + statement.bind(term.by.key);
      column = alias + ".value";
      empty_last =
          "CASE WHEN " + column + " IS NULL THEN 2 " +
          (term.by.subject == Subject::kMetric ? "WHEN " + alias + ".is_nan = 1 THEN 1 " : "") +
          "ELSE 0 END";
    }
    const std::string name = term.by.subject == Subject::kAttribute
                                 ? column
                                 : std::string(name_of(term.by.subject)) + "." + term.by.key;
    if (!seen.insert(name).second) {
      throw Error(Code::kInvalidArgument, "`order_by` contains duplicate fields: " + each);
    }
    order.text += empty_last + ", (" + column + ")" + (term.ascending ? "" : " DESC") + ", ";
  }
  if (!seen.contains(std::string(natural_column)))
    order.text += std::string(natural_column) + " DESC, ";
  order.text += natural;
  return order;
}

std::int64_t offset_of(std::string_view list, const Search& search) {
  if (search.size < 1 || search.size > kSearchPageMax) {
    throw Error(Code::kInvalidArgument,
                "Invalid value for request parameter max_results. It must be at most " +
                    std::to_string(kSearchPageMax) + ", but got value " +
                    std::to_string(search.size));
  }
  if (search.token.empty()) return 0;
  const std::int64_t offset =
      meta::parse_integer(meta::parse_page_token(list, search.token, 1).front());
  if (offset >= 0) return offset;
  throw Error(Code::kInvalidArgument, "Invalid page token, offset must be non-negative");
}

/// Takes away the row beyond the page, and tells where the next page begins.
std::string cut_page(meta::Rows& rows, std::string_view list, const Search& search,
                     std::int64_t offset) {
  if (rows.size() <= static_cast<std::size_t>(search.size)) return {};
  rows.pop_back();
  const std::string key[] = {std::to_string(offset + search.size)};
  return meta::page_token(list, key);
}

void add_stage(Statement& statement, std::string_view table, Show show) {
  if (show == Show::kAll) return;
  statement.text += " AND " + std::string(table) +
                    ".lifecycle_stage = " + (show == Show::kActive ? "'active'" : "'deleted'");
}

std::string qualified(std::string_view columns, std::string_view table) {
  std::string result;
  for (const std::string& column : split(std::string(columns), ','))
    result += (result.empty() ? "" : ", ") + std::string(table) + "." + std::string(trim(column));
  return result;
}

void finish(Statement& statement, const Order& order, std::string_view head, const Search& search,
            std::int64_t offset) {
  statement.values.emplace_back(search.size + 1);
  const std::string limit = "$" + std::to_string(statement.values.size());
  statement.values.emplace_back(offset);
  statement.text = std::string(head) + order.joins + " WHERE " + statement.text + " ORDER BY " +
                   order.text + " LIMIT " + limit + " OFFSET $" +
                   std::to_string(statement.values.size());
}

}  // namespace

meta::PageOf<Run> Tracking::search_runs(std::span<const std::string> experiment_ids,
                                        const Search& search) {
  const std::int64_t offset = offset_of(kRunSearch, search);
  if (experiment_ids.size() > kSearchExperimentsMax) {
    throw Error(Code::kTooLarge, "A search names at most " + std::to_string(kSearchExperimentsMax) +
                                     " experiments.");
  }
  Statement statement{.values = {workspace_id_}};
  statement.text =
      "runs.workspace_id = $1 AND runs.experiment_id IN " +
      list_of(statement, std::vector<std::string>(experiment_ids.begin(), experiment_ids.end()));
  add_stage(statement, "runs", search.show);
  for (const Clause& clause : detail::parse_filter(search.filter))
    add_clause(statement, kRunParts, kRunAttributes, clause);
  const Order order = order_of(statement, kRunParts, kRunAttributes, search.order_by,
                               "runs.start_time", "runs.run_id");
  finish(statement, order, "SELECT " + qualified(detail::kRunColumns, "runs") + " FROM runs",
         search, offset);
  if (experiment_ids.empty()) return {};
  return store_.read([&](Transaction& tx) {
    meta::Rows rows = tx.query_values(statement.text, statement.values);
    meta::PageOf<Run> page;
    page.next_token = cut_page(rows, kRunSearch, search, offset);
    page.items = detail::runs_of(tx, workspace_id_, rows);
    return page;
  });
}

meta::PageOf<Experiment> Tracking::search_experiments(const Search& search) {
  const std::int64_t offset = offset_of(kExperimentSearch, search);
  experiment(kDefaultExperimentId);  // there from the first look on
  Statement statement{.text = "experiments.workspace_id = $1", .values = {workspace_id_}};
  add_stage(statement, "experiments", search.show);
  for (const Clause& clause : detail::parse_filter(search.filter))
    add_clause(statement, kExperimentParts, kExperimentAttributes, clause);
  const Order order = order_of(statement, kExperimentParts, kExperimentAttributes, search.order_by,
                               "experiments.created_at", "experiments.experiment_id DESC");
  finish(statement, order,
         "SELECT " + qualified(detail::kExperimentColumns, "experiments") + " FROM experiments",
         search, offset);
  return store_.read([&](Transaction& tx) {
    meta::Rows rows = tx.query_values(statement.text, statement.values);
    meta::PageOf<Experiment> page;
    page.next_token = cut_page(rows, kExperimentSearch, search, offset);
    for (const Row& row : rows) page.items.push_back(detail::experiment_of(tx, workspace_id_, row));
    return page;
  });
}

}  // namespace tarn::track
