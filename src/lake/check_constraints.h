#pragma once
// What every row of a Delta table has to meet: CHECK constraints (table properties
// delta.constraints.<name>) and column invariants (Delta protocol, "CHECK Constraints", "Column
// Invariants").
//
// Their expressions are Spark's SQL. Read here is the part of it that means the same to the engine;
// docs/delta.md lists it. A table with another one is not written.

#include <string>
#include <vector>

#include "lake/delta_log.h"

namespace tarn::lake::delta {

struct Check {
  std::string name;        // "positive"; of an invariant its column's
  std::string expression;  // as it was written
  std::string condition;  // the engine's SQL over c0, c1, …: values of the columns, in their order
};

/// In the order of their names, invariants last. Throws Error(kUnsupported) naming the constraint
/// and what in it is not understood.
std::vector<Check> checks_of(const Metadata& metadata);

/// Whether the table has any, understood or not.
bool has_checks(const Metadata& metadata);

inline constexpr std::size_t kCheckBytesMax = 16 << 10;  // of one expression
inline constexpr int kCheckDepthMax = 50;                // of parentheses within another

}  // namespace tarn::lake::delta
