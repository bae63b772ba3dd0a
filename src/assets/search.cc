// MLflow's search over models and their versions, as one statement of the store each.

#include <algorithm>

#include "assets/models.h"
#include "base/error.h"
#include "base/text.h"
#include "detail/rows.h"
#include "meta/search_sql.h"

namespace tarn::assets {

namespace {

using meta::Row;
using meta::Transaction;
using meta::search::Attribute;
using meta::search::Clause;
using meta::search::Comparison;
using meta::search::Number;
using meta::search::Statement;
using meta::search::Subject;

constexpr std::string_view kModelSearchList = "model-search";
constexpr std::string_view kVersionSearchList = "model-version-search";

/// One of the two searches: what can be filtered and ordered by, and where its rows lie.
struct Registry {
  std::string_view table;
  std::string_view tags;
  std::span<const Attribute> attributes;
  std::span<const Attribute> orders;
  std::string_view listed;        // the attributes that take IN, in words
  std::string_view named_orders;  // the keys of an order, in words
  meta::search::Parts parts;
};

constexpr Attribute kModelAttributes[] = {
    {.name = "name", .column = "models.name", .lists = true},
};
constexpr Attribute kModelOrders[] = {
    {.name = "name", .column = "models.name"},
    {.name = "timestamp", .column = "models.modified_at"},
    {.name = "last_updated_timestamp", .column = "models.modified_at"},
};
// What was not registered by MLflow names its own files as its source.
constexpr Attribute kVersionAttributes[] = {
    {.name = "name", .column = "model_versions.name", .lists = true},
    {.name = "version_number", .column = "model_versions.version", .numeric = true},
    {.name = "run_id", .column = "COALESCE(model_versions.run_id, '')", .lists = true},
    {.name = "source_path",
     .column = "CASE WHEN model_versions.source <> '' THEN model_versions.source ELSE "
               "'mlflow-artifacts:/registered-models/' || model_versions.name || '/' || "
               "CAST(model_versions.version AS TEXT) END"},
};
constexpr Attribute kVersionOrders[] = {
    {.name = "name", .column = "model_versions.name"},
    {.name = "version_number", .column = "model_versions.version"},
    {.name = "creation_timestamp", .column = "model_versions.created_at"},
    {.name = "last_updated_timestamp", .column = "model_versions.modified_at"},
};

constexpr Registry kModelRegistry = {
    .table = "models",
    .tags = "model_tags",
    .attributes = kModelAttributes,
    .orders = kModelOrders,
    .listed = "['name']",
    .named_orders = "{'name', 'timestamp'}",
    .parts = {.owner = "models.name",
              .owner_column = "name",
              .tags = "model_tags",
              .params = {},
              .metrics = {}},
};
constexpr Registry kVersionRegistry = {
    .table = "model_versions",
    .tags = "model_version_tags",
    .attributes = kVersionAttributes,
    .orders = kVersionOrders,
    .listed = "['name', 'run_id']",
    .named_orders = "{'name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'}",
    .parts = {.owner = "model_versions.name",
              .owner_column = "name",
              .tags = "model_version_tags",
              .params = {},
              .metrics = {},
              .datasets = {},
              .owner_second = "model_versions.version",
              .owner_second_column = "version"},
};

[[noreturn]] void refuse(std::string message) {
  throw Error(Code::kInvalidArgument, std::move(message));
}

bool compares_texts(Comparison comparison) {
  return comparison == Comparison::kEqual || comparison == Comparison::kNotEqual ||
         comparison == Comparison::kLike || comparison == Comparison::kILike;
}

bool is_list(Comparison comparison) {
  return comparison == Comparison::kIn || comparison == Comparison::kNotIn;
}

bool is_ordering(Comparison comparison) {
  return !is_list(comparison) && comparison != Comparison::kLike &&
         comparison != Comparison::kILike && comparison != Comparison::kIsNull &&
         comparison != Comparison::kIsNotNull;
}

std::string written(const Clause& clause) {
  if (const auto* number = std::get_if<Number>(&clause.right)) return number->text;
  if (const auto* text = std::get_if<std::string>(&clause.right)) return "'" + *text + "'";
  return "a list";
}

void check_tag_clause(const Clause& clause) {
  if (!compares_texts(clause.comparison))
    refuse("Invalid comparator for tag: " + std::string(name_of(clause.comparison)));
  if (std::holds_alternative<std::string>(clause.right)) return;
  refuse("Expected a quoted string value for tag (e.g. 'my-value'). Got value " + written(clause));
}

/// A whole number, with or without quotes.
void check_numeric_clause(Clause& clause) {
  if (!is_ordering(clause.comparison)) {
    refuse("Invalid comparator for attribute " + clause.left.key + ": " +
           std::string(name_of(clause.comparison)));
  }
  if (const auto* text = std::get_if<std::string>(&clause.right)) {
    const std::string_view digits = std::string_view(*text).substr(text->starts_with('-') ? 1 : 0);
    if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos) {
      clause.right = Number{*text, true};
      return;
    }
  }
  const auto* number = std::get_if<Number>(&clause.right);
  if (number != nullptr && number->integer) return;
  refuse("Invalid value for numeric attribute '" + clause.left.key + "': " + written(clause));
}

void check_text_clause(const Registry& registry, const Attribute& attribute, const Clause& clause) {
  if (is_list(clause.comparison)) {
    if (attribute.lists) return;
    refuse("Only " + std::string(registry.listed) +
           " attributes support comparison with a list of quoted string values.");
  }
  if (!compares_texts(clause.comparison))
    refuse("Invalid comparator for attribute: " + std::string(name_of(clause.comparison)));
  if (std::holds_alternative<std::string>(clause.right)) return;
  refuse(
      "Expected a quoted string value or a list of quoted string values for attributes. Got "
      "value " +
      written(clause));
}

void check_registry_clause(const Registry& registry, Clause& clause) {
  if (clause.left.subject == Subject::kTag) return check_tag_clause(clause);
  if (clause.left.subject != Subject::kAttribute) {
    refuse("Invalid entity type '" + std::string(name_of(clause.left.subject)) +
           "'. Valid entity types are ('attribute', 'tag', 'tags')");
  }
  const Attribute& attribute = meta::search::attribute_of(registry.attributes, clause.left.key);
  if (attribute.numeric) return check_numeric_clause(clause);
  check_text_clause(registry, attribute, clause);
}

bool is_about_prompts(const Clause& clause) {
  return clause.left.subject == Subject::kTag && clause.left.key == kPromptTag;
}

/// Whether a filter asks for prompts; the first clause about them decides.
bool asks_for_prompts(const std::vector<Clause>& clauses) {
  for (const Clause& clause : clauses) {
    if (!is_about_prompts(clause)) continue;
    const std::string& value = std::get<std::string>(clause.right);
    return (clause.comparison == Comparison::kEqual && equal_ignoring_case(value, "true")) ||
           (clause.comparison == Comparison::kNotEqual && equal_ignoring_case(value, "false"));
  }
  return false;
}

/// The whole statement, from a filter and an order. `last` makes an order that has no ties.
void add_search(Statement& statement, const Registry& registry, const ModelSearch& search,
                std::span<const std::string> order_by, std::string_view last,
                std::string_view columns, const meta::Page& page, std::int64_t offset) {
  const std::string table(registry.table);
  statement.text = table + ".workspace_id = $1";
  std::vector<Clause> clauses = meta::search::parse_filter(search.filter);
  for (Clause& clause : clauses) check_registry_clause(registry, clause);
  const bool prompts = asks_for_prompts(clauses);
  for (const Clause& clause : clauses) {
    if (!prompts && is_about_prompts(clause)) continue;
    meta::search::add_clause(statement, registry.parts, registry.attributes, clause);
  }
  if (!prompts) {
    statement.text += " AND NOT EXISTS (SELECT 1 FROM " + std::string(registry.tags) +
                      " t WHERE t.workspace_id = $1 AND t.name = " + table + ".name AND t.key = '" +
                      std::string(kPromptTag) + "' AND t.value = 'true')";
  }
  meta::search::Order order;
  std::vector<std::string_view> seen;
  for (const std::string& each : order_by) {
    const meta::search::OrderTerm term = meta::search::parse_order(each);
    const auto found = std::ranges::find(registry.orders, term.by.key, &Attribute::name);
    if (term.by.subject != Subject::kAttribute || found == registry.orders.end()) {
      refuse("Invalid order by key '" + term.by.key + "' specified. Valid keys are '" +
             std::string(registry.named_orders) + "'");
    }
    if (std::ranges::find(seen, found->column) != seen.end())
      refuse("`order_by` contains duplicate fields: " + term.by.key);
    seen.push_back(found->column);
    order.text += std::string(found->column) + (term.ascending ? "" : " DESC") + ", ";
  }
  order.text += last;
  meta::search::finish(
      statement, order,
      "SELECT " + meta::search::qualified(columns, registry.table) + " FROM " + table, page,
      offset);
}

}  // namespace

meta::PageOf<RegisteredModel> Models::search_models(const ModelSearch& search) {
  const meta::Page asked{.size = search.size, .token = search.token};
  const std::int64_t offset = meta::search::offset_of(kModelSearchList, asked, kModelPageMax);
  Statement statement(workspace_id_);
  add_search(statement, kModelRegistry, search, search.order_by, "models.name",
             detail::kModelColumns, asked, offset);
  return store_.read([&](Transaction& tx) {
    meta::Rows rows = tx.query_values(statement.text, statement.values);
    meta::PageOf<RegisteredModel> page;
    page.next_token = meta::search::cut_page(rows, kModelSearchList, asked, offset);
    for (const Row& row : rows) {
      Model model = detail::model_of(tx, workspace_id_, row);
      std::vector<ModelVersion> latest = detail::latest_versions(tx, workspace_id_, model.name);
      page.items.push_back({std::move(model), std::move(latest)});
    }
    return page;
  });
}

meta::PageOf<ModelVersion> Models::search_versions(const ModelSearch& search) {
  const meta::Page asked{.size = search.size, .token = search.token};
  const std::int64_t offset =
      meta::search::offset_of(kVersionSearchList, asked, kVersionSearchPageMax);
  const std::vector<std::string> newest_first = {"last_updated_timestamp DESC"};
  Statement statement(workspace_id_);
  add_search(
      statement, kVersionRegistry, search, search.order_by.empty() ? newest_first : search.order_by,
      "model_versions.name, model_versions.version DESC", detail::kVersionColumns, asked, offset);
  return store_.read([&](Transaction& tx) {
    meta::Rows rows = tx.query_values(statement.text, statement.values);
    meta::PageOf<ModelVersion> page;
    page.next_token = meta::search::cut_page(rows, kVersionSearchList, asked, offset);
    for (const Row& row : rows) page.items.push_back(detail::version_of(tx, workspace_id_, row));
    return page;
  });
}

}  // namespace tarn::assets
