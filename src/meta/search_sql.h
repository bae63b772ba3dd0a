#pragma once
// Filters and orders of MLflow's search as SQL of the store.

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "meta/paging.h"
#include "meta/rows.h"
#include "meta/search_language.h"
#include "meta/value.h"

namespace tarn::meta::search {

/// A statement with its values, which it keeps. $1 is the workspace.
struct Statement {
  std::string text;
  std::vector<Value> values;
  std::deque<std::string> texts;

  explicit Statement(std::string_view workspace_id) : values({workspace_id}) {}
  Statement(const Statement&) = delete;

  /// The place of a value: "$3".
  std::string bind(std::string value);
  std::string bind_number(const Number& number, bool whole);
  /// "($4, $5)".
  std::string bind_list(std::span<const std::string> items);
};

/// Where a thing's tags, params and metrics lie.
struct Parts {
  std::string_view owner;  // "runs.run_id"
  std::string_view owner_column;
  std::string_view tags;
  std::string_view params;         // empty: it has none
  std::string_view metrics;        // the same
  std::string_view datasets = {};  // the same; with name, digest and context as columns
  // Of a thing that two columns name.
  std::string_view owner_second = {};  // "model_versions.version"
  std::string_view owner_second_column = {};
};

/// Adds " AND <condition>".
void add_clause(Statement& statement, const Parts& parts, std::span<const Attribute> attributes,
                const Clause& clause);

/// The joins of what a list is ordered by, and the terms of ORDER BY: those asked for, then the
/// newest first by `time_column`, then `last`.
struct Order {
  std::string joins;
  std::string text;
};
Order order_of(Statement& statement, const Parts& parts, std::span<const Attribute> attributes,
               std::span<const OrderTerm> terms, std::string_view time_column,
               std::string_view last);

/// Where the page of a search begins. Throws Error(kInvalidArgument) for a size beyond `size_max`
/// or a token that is none.
std::int64_t offset_of(std::string_view list, const Page& page, int size_max);
/// Takes away the row beyond the page, and tells where the next page begins.
std::string cut_page(Rows& rows, std::string_view list, const Page& page, std::int64_t offset);
/// The whole statement of a condition.
void finish(Statement& statement, const Order& order, std::string_view select, const Page& page,
            std::int64_t offset);
/// "t.a, t.b" of "a, b".
std::string qualified(std::string_view columns, std::string_view table);

}  // namespace tarn::meta::search
