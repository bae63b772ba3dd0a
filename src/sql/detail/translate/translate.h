#pragma once
// Bound trees to the engine's SQL: one small function per kind of node. Every identifier and
// literal goes through one quoting function; no text of the user reaches the engine in any other
// way.

#include <string>
#include <vector>

#include "base/error.h"
#include "detail/bind/bound.h"

namespace tarn::sql {

/// A query for the engine. Its columns are c0, c1, ... in order, with the engine types of
/// `columns`.
struct Translation {
  std::string engine_sql;
  std::vector<bound::ResultColumn> columns;
  std::vector<bound::Assign> assigns;  // as many as columns, or none
};

Translation translate(const bound::Query& query);
/// SELECT <expr> AS c0
Translation translate_value(const bound::Expr& expr);

/// An error of the engine as SQL Server's (8115, 8134, 512, ...) where it is one; any other
/// unchanged. Errors that our own functions threw pass through.
Error sql_error(const Error& error);

}  // namespace tarn::sql
