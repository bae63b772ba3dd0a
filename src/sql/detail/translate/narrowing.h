#pragma once
// What a query's WHERE demands of the rows of its lake tables, in the lake's own terms, so that
// files that cannot have such rows are not read.
//
// Only a help: the engine still evaluates the whole WHERE. What is not surely the same in SQL
// Server's types and collations and in the file's bytes is left out here. That is: comparisons that
// ignore case (but for equality with a partition's value), conversions of a column that may change
// a value, operands that are no constants.

#include <map>

#include "detail/bind/bound.h"
#include "lake/predicate.h"

namespace tarn::sql {

/// By the number of the relation: of tables that WHERE filters before anything else may supply
/// NULLs for their rows (not the inner side of an outer join), and not below PREDICT.
std::map<int, lake::delta::Predicate> narrowing_of(const bound::Select& select);

}  // namespace tarn::sql
