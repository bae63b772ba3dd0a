#pragma once
// Conditions on a table's columns that a file's partition values and statistics can refute (Delta
// protocol, "Per-file Statistics").
//
// A predicate leaves files out; it never filters rows. It is always safe to pass a weaker one than
// the query has, or none.

#include <memory>
#include <string>
#include <vector>

#include "engine/database.h"
#include "lake/delta_log.h"

namespace tarn::lake::delta {

struct Predicate {
  enum class Op {
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kIn,
    kIsNull,
    kIsNotNull,
    kAnd,  // true without operands
    kOr,   // false without operands
  };
  Op op = Op::kAnd;
  std::string column;  // of all but kAnd and kOr
  /// kIn: any number; a comparison: one. A NULL makes the comparison false. Numbers (also
  /// engine::Decimal) go with numeric columns, text with string columns (compared by its bytes),
  /// engine::Date and engine::Timestamp (UTC) with dates and timestamps, bool with booleans; any
  /// other pair refutes nothing.
  std::vector<engine::Value> values;
  std::vector<Predicate> operands;  // of kAnd and kOr
  /// kEqual and kIn with texts: letters' case and blanks at the end do not count. Refutes partition
  /// values in ASCII only.
  bool ignore_case = false;

  static Predicate compare(Op op, std::string column, engine::Value value) {
    return {.op = op, .column = std::move(column), .values = {std::move(value)}, .operands = {}};
  }
  static Predicate in(std::string column, std::vector<engine::Value> values) {
    return {
        .op = Op::kIn, .column = std::move(column), .values = std::move(values), .operands = {}};
  }
  static Predicate is_null(std::string column, bool negated = false) {
    return {.op = negated ? Op::kIsNotNull : Op::kIsNull,
            .column = std::move(column),
            .values = {},
            .operands = {}};
  }
  static Predicate all(std::vector<Predicate> operands) {
    return {.op = Op::kAnd, .column = {}, .values = {}, .operands = std::move(operands)};
  }
  static Predicate any(std::vector<Predicate> operands) {
    return {.op = Op::kOr, .column = {}, .values = {}, .operands = std::move(operands)};
  }
};

using FileList = std::vector<std::shared_ptr<const Add>>;

/// The files of `snapshot` that may have a row for which the predicate is true, in their order. A
/// column that the table has not refutes nothing, nor do statistics that are missing or damaged.
FileList files_that_may_match(const Snapshot& snapshot, const Predicate& predicate);

}  // namespace tarn::lake::delta
