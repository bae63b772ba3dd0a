#pragma once
// SQL Server's errors at run time: number, severity, state and place.

#include <string>
#include <string_view>

#include "base/error.h"
#include "detail/syntax/span.h"

namespace tarn::sql {

/// The error of that number, severity 16, at the span.
Error failure(int number, std::string message, ast::Span span = {}, std::string hint = {});
/// With another code, severity or state.
Error failure_of(Code code, int number, int severity, int state, std::string message,
                 ast::Span span = {}, std::string hint = {});
/// 40517: a thing of T-SQL that is recognised and not here, by its name.
Error not_supported(std::string_view what, ast::Span span = {}, std::string hint = {});
/// 208: Invalid object name.
Error invalid_object(std::string_view name, ast::Span span, std::string hint = {});

/// 3960: another transaction changed what this one read or writes.
Error update_conflict(const Error& conflict);

/// Any error as it leaves a statement: with an SQL Server number where it had none, and the
/// statement's place where it names none.
Error completed(const Error& error, ast::Span statement);

}  // namespace tarn::sql
