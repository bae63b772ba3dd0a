#pragma once
// What an error ends: its statement, or the whole batch. SQL Server has no rule for it, only a
// habit; this follows it.
// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-error-severities

#include <optional>

#include "base/error.h"
#include "sql/result_sink.h"

namespace tarn::sql {

enum class ErrorScope { kStatement, kBatch };

/// Conversions of text that fail, names that do not resolve, syntax, and everything of severity 20
/// and above end the batch; most else ends the statement.
ErrorScope scope_of(const Error& error);

/// Errors of compiling a statement, which no TRY of the same batch or procedure catches.
bool is_compile_error(const Error& error);

/// Errors after which no transaction goes on, whatever XACT_ABORT says.
bool ends_transaction(const Error& error);

/// The error as sinks get those that a batch survives.
Message message_of(const Error& error);

/// The errors that a batch has survived. Those that the sink does not take itself reach it once as
/// well: all but the last as messages, and the last by being thrown when the batch is through.
class SurvivedErrors {
 public:
  void add(const Error& error, ResultSink& sink);
  /// Before another error ends the batch: what is left becomes a message.
  void flush(ResultSink& sink);
  void rethrow_last() const;

 private:
  std::optional<Error> last_;
};

}  // namespace tarn::sql
