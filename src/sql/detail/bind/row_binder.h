#pragma once
// What the binder makes of UPDATE, DELETE and MERGE: one query that finds the rows that change,
// each with its number and its new values, and one for each OUTPUT clause. Whoever runs it writes
// them.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detail/bind/binder.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// The table that an OUTPUT clause goes INTO.
struct OutputTarget {
  std::string name;  // as messages have it
  std::vector<TargetColumn> columns;
};

/// The table whose rows change.
struct RowTarget {
  /// Where it stands: in `from`, or in a view, common or derived table of it.
  const ast::TableSource* node = nullptr;
  /// The views on the way to it, by the nodes that name them.
  std::map<const ast::TableSource*, ViewSource> views;
  /// What the statement reads: FROM, the target in it. Of a MERGE: the target alone.
  const ast::TableSource* from = nullptr;
  /// Its rows with their numbers, which are the hidden column `row_column` (bigint).
  Source source;
  std::string row_column;
  std::string name;  // as messages have it: "default.dbo.t"
  std::vector<TargetColumn> columns;
  std::vector<const ast::Expr*> defaults;            // of each column; null without
  std::vector<std::optional<OutputTarget>> outputs;  // of each OUTPUT clause; nothing: the client
};

/// What the queries of OUTPUT read: a table with a row for each that the statement has found. Its
/// columns are i0, i1, … (the target's columns afterwards), d0, d1, … (before), c0, c1, … (the
/// items of BoundRows::query), and "action" of a MERGE, nvarchar(10).
inline constexpr std::string_view kChangedRows = "tarn_changed";

struct BoundRows {
  /// A column of the target and the item of `query` that has its new value.
  struct Value {
    std::size_t column = 0;
    std::size_t item = 0;
    std::vector<int> actions;  // of a MERGE: those that assign it
  };
  /// Item 0 is the row's number. Of a MERGE, item 1 is what happens to the row: the number of the
  /// WHEN clause, from 1; NULL: nothing.
  bound::Query query;
  std::vector<Value> values;
  std::vector<std::pair<std::string, std::size_t>> variables;  // @v and its item
  /// With OUTPUT, of each of the target's columns the item that has its old value; nothing for one
  /// that the statement cannot see.
  std::vector<std::optional<std::size_t>> old_items;
  std::vector<bound::Query> outputs;
};

}  // namespace tarn::sql
