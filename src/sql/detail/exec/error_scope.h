#pragma once
// What an error ends: its statement, the procedure or EXEC text that it is in, or the whole batch.
// SQL Server has no rule for it, only a habit; this follows it.
// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-error-severities
// https://learn.microsoft.com/sql/t-sql/language-elements/try-catch-transact-sql ("Errors
// unaffected by a TRY...CATCH construct", "Uncommittable transactions and XACT_STATE")
// https://learn.microsoft.com/sql/t-sql/statements/set-xact-abort-transact-sql
// Erland Sommarskog, "Error and Transaction Handling in SQL Server", part two.

#include <optional>
#include <string>

#include "base/error.h"
#include "sql/result_sink.h"

namespace tarn::sql {

/// kCall: the procedure or text that EXEC runs; what called it goes on behind the EXEC. In a batch
/// itself that is the batch.
enum class ErrorScope { kStatement, kCall, kBatch };

/// Most errors of running end the statement, those of compiling the call; a text that does not
/// convert, THROW and everything of severity 20 and above end the batch.
ErrorScope scope_of(const Error& error);

/// Errors of compiling a statement, which no TRY of the same batch or procedure catches.
bool is_compile_error(const Error& error);

/// Errors after which no transaction goes on, whatever XACT_ABORT says.
bool ends_transaction(const Error& error);

/// The error as sinks get those that a batch survives.
Message message_of(const Error& error);

struct Execution;

/// Two errors of one cause, as SQL Server has them of a text that does not compile: `error` is told
/// (in a TRY block it is not), and then one of that number thrown.
[[noreturn]] void tell_and_fail(Execution& run, const Error& error, int number,
                                std::string message);

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
