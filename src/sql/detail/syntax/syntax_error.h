#pragma once
// Errors of lexer and parser, with SQL Server's numbers and texts.

#include <string>
#include <string_view>

#include "base/error.h"
#include "detail/syntax/span.h"

namespace tarn::sql {

inline constexpr int kSyntaxSeverity = 15;

/// An error of severity 15 at `span`.
Error syntax_error(int number, std::string message, ast::Span span, std::string hint = {});

/// 102: "Incorrect syntax near 'x'."
Error incorrect_syntax(std::string_view near_text, ast::Span span, std::string hint = {});

/// 40517: something of T-SQL that we recognise and do not have; Code kUnsupported.
Error unsupported_syntax(std::string_view what, ast::Span span);

}  // namespace tarn::sql
