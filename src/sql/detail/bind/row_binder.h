#pragma once
// What the binder makes of UPDATE, DELETE and MERGE: one query that finds the rows that change,
// each with its number and its new values. Whoever runs it writes them.

#include <string>
#include <utility>
#include <vector>

#include "detail/bind/binder.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// The table whose rows change.
struct RowTarget {
  /// Where it stands in `from`.
  const ast::TableSource* node = nullptr;
  /// What the statement reads: FROM, the target in it. Of a MERGE: the target alone.
  const ast::TableSource* from = nullptr;
  /// Its rows with their numbers, which are the hidden column `row_column` (bigint).
  Source source;
  std::string row_column;
  std::string name;  // as messages have it: "default.dbo.t"
  std::vector<TargetColumn> columns;
  std::vector<const ast::Expr*> defaults;  // of each column; null without
};

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
};

}  // namespace tarn::sql
