#pragma once
// A conversion between SQL Server's types as an expression of the engine.

#include <string>

#include "detail/bind/bound.h"

namespace tarn::sql {

/// `expression` of type `from` as `to`. Errors at run time are SQL Server's (245, 8114, 241, 8115,
/// 220, 2628, ...).
std::string conversion_sql(const std::string& expression, const SqlType& from, const SqlType& to,
                           const bound::Convert& how, ast::Span span);

/// A date or time as TIMESTAMP: a time falls on 1900-01-01.
std::string timestamp_sql(const std::string& expression, const SqlType& type);
/// 0: lengths count bytes of UTF-8; 1: characters; 2: UTF-16 units.
std::string length_unit(const SqlType& type);

}  // namespace tarn::sql
