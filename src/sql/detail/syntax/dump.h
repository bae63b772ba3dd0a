#pragma once
// The syntax tree as text, for tests and for looking at it.

#include <string>

#include "detail/syntax/ast.h"

namespace tarn::sql {

/// S-expressions on one line: "(select (items (= x (+ 1 a))) (from t))".
std::string to_string(const ast::Expr& expr);
std::string to_string(const ast::Query& query);
std::string to_string(const ast::Statement& statement);
/// One line a statement.
std::string to_string(const ast::Batch& batch);
std::string to_string(const ast::TypeName& type);

}  // namespace tarn::sql
