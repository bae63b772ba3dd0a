#pragma once
// The errors of binding: SQL Server's numbers and texts, with the place in the user's text.

#include <string>

#include "base/error.h"
#include "detail/syntax/ast_query.h"
#include "detail/syntax/span.h"
#include "detail/types/type.h"

namespace tarn::sql {

Place place_of(ast::Span span);

/// An error of the user's query: severity 16 unless said otherwise.
Error bind_error(int number, std::string message, ast::Span span, std::string hint = {},
                 int severity = 16);
/// Something of T-SQL that is known and not here, by its name.
Error unsupported(std::string what, ast::Span span, std::string hint = {});

/// 13602, 6819: FOR JSON or FOR XML in a statement that takes rows.
Error for_clause_refused(const ast::ForClause& clause, const std::string& statement);

Error operand_clash(const SqlType& from, const SqlType& to, ast::Span span);  // 206
Error incompatible_operands(const SqlType& a, const SqlType& b, std::string_view operation,
                            ast::Span span);  // 402

}  // namespace tarn::sql
