#include "detail/exec/failure.h"

#include "detail/translate/translate.h"

namespace tarn::sql {
namespace {

Place place_of(ast::Span span) {
  return {std::string(), static_cast<int>(span.line), static_cast<int>(span.column)};
}

/// The number under which an error of the other modules reaches a SQL client.
SqlStatus status_of(const Error& error) {
  switch (error.code()) {
    case Code::kPermissionDenied:
    case Code::kUnauthenticated:
      return {229, 14, 5, {}};
    case Code::kNotFound:
      return {208, 16, 1, {}};
    case Code::kAlreadyExists:
      return {2714, 16, 6, {}};
    case Code::kConflict:
      return {3960, 16, 2, {}};  // snapshot isolation: the table was changed meanwhile
    case Code::kResourceExhausted:
      return {701, 17, 123, {}};
    case Code::kTooLarge:
      return {8623, 16, 1, {}};
    case Code::kCancelled:
      return {3617, 11, 1, {}};
    case Code::kUnsupported:
      return {40517, 16, 1, {}};
    case Code::kDataLoss:
      return {824, 24, 2, {}};
    default:
      return {50000, 16, 1, {}};
  }
}

/// The state that SQL Server gives the errors of running, where it is not 1.
int state_of(int number) {
  switch (number) {
    case 515:
    case 8115:
    case 8169:
      return 2;
    case 242:
      return 3;
    case 8114:
      return 5;
    default:
      return 1;
  }
}

}  // namespace

Error failure(int number, std::string message, ast::Span span, std::string hint) {
  return failure_of(Code::kInvalidArgument, number, 16, 1, std::move(message), span,
                    std::move(hint));
}

Error failure_of(Code code, int number, int severity, int state, std::string message,
                 ast::Span span, std::string hint) {
  Error error(code, std::move(message), std::move(hint));
  error.set_sql({number, severity, state, {}});
  if (span.line > 0) error.set_place(place_of(span));
  return error;
}

Error not_supported(std::string_view what, ast::Span span, std::string hint) {
  return failure_of(Code::kUnsupported, 40517, 16, 1, "Not supported: " + std::string(what) + ".",
                    span, std::move(hint));
}

Error invalid_object(std::string_view name, ast::Span span, std::string hint) {
  return failure_of(Code::kNotFound, 208, 16, 1, "Invalid object name '" + std::string(name) + "'.",
                    span, std::move(hint));
}

Error update_conflict(const Error& conflict) {
  return failure_of(
      Code::kConflict, 3960, 16, 2,
      "Snapshot isolation transaction aborted due to update conflict. " + conflict.message(), {},
      "Retry the transaction.");
}

Error completed(const Error& error, ast::Span statement) {
  Error result = error.sql() ? error : sql_error(error);
  if (!result.sql()) result.set_sql(status_of(result));
  if (SqlStatus status = *result.sql(); status.state == 1) {
    status.state = state_of(status.number);
    result.set_sql(std::move(status));
  }
  if (statement.line > 0) result.set_place(place_of(statement));
  return result;
}

}  // namespace tarn::sql
