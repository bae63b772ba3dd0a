#pragma once
// What a session remembers between batches, and what the parts of its execution share.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/text.h"
#include "detail/bind/binder.h"
#include "detail/bind/context.h"
#include "detail/exec/cursor_set.h"
#include "detail/exec/parsed_texts.h"
#include "detail/exec/prepared.h"
#include "detail/exec/table_key.h"
#include "engine/database.h"
#include "sql/session.h"

namespace tarn::pools {
class Work;
}

namespace tarn::sql {

struct BulkRead;       // bulk_conversion.h
class SurvivedErrors;  // error_scope.h
class Transaction;     // transactions.h

/// A temporary table or table variable: a table of the session's own engine connection.
struct TempTable {
  std::string engine_name;
  std::vector<TargetColumn> columns;
  std::vector<std::string> defaults;  // T-SQL expressions; empty where a column has none
  std::vector<TableKey> keys;         // enforced by indexes of the engine
};

struct Variable {
  SqlType type;
  std::optional<std::string> text;  // canonical, see Constant; nothing is NULL
};

template <typename T>
using NameMap = std::map<std::string, T, CaseInsensitive>;

/// The variables of a batch or of one call of a procedure.
struct Frame {
  NameMap<Variable> variables;  // with their '@'
  NameMap<TempTable> table_variables;
  std::vector<std::string> temp_tables;  // that go when the call ends
  std::string procedure;                 // empty outside one
  std::string database;   // where unqualified names resolve; empty: the session's current one
  std::string_view text;  // what the spans of its statements point into
  std::optional<SqlType> returns;  // of a scalar function
  std::optional<Constant> result;  // what its RETURN gave
};

/// The error that a CATCH block handles.
struct CaughtError {
  int number = 0;
  int severity = 0;
  int state = 0;
  int line = 0;
  std::string procedure;
  std::string message;
};

/// What SET has changed.
struct SetOptions {
  bool xact_abort = false;                 // an error ends the batch and its transaction
  bool implicit_transactions = false;      // a statement that uses a table begins a transaction
  bool format_only = false;                // FMTONLY: result sets without rows, nothing is done
  bool no_exec = false;                    // NOEXEC, PARSEONLY: nothing is done at all
  int date_first = 7;                      // the first day of the week: 1 is Monday
  DateOrder date_order = DateOrder::kMdy;  // DATEFORMAT
  int language = 0;                        // @@LANGID
  std::int64_t row_limit = 0;              // ROWCOUNT; 0 is none
};

/// What INSERT BULK has said of the rows to come.
struct AnnouncedLoad {
  std::string insert;                 // "INSERT INTO [t] ([a], [b])"
  std::vector<std::string> defaults;  // of these columns: T-SQL; empty where there is none
  bool keep_nulls = false;            // a NULL is no wish for the default
  std::optional<std::size_t> passed;  // the column of the IDENTITY, whose values are not kept
  std::string identities_of;          // the table whose IDENTITY takes the values; or none
};

struct SessionState {
  const Services services;
  const SessionOptions options;
  std::string database;
  bool no_count = false;
  SetOptions set;
  std::int64_t row_count = 0;  // @@ROWCOUNT
  int last_error = 0;          // @@ERROR
  int nesting = 0;             // @@NESTLEVEL
  int next_table_number = 1;   // makes engine names of temporary tables unique
  NameMap<TempTable> temp_tables;
  std::vector<CaughtError> caught;  // innermost last
  bool error_left_call = false;     // the error under way came out of a procedure or EXEC text
  bool raised = false;              // RAISERROR made the error under way: XACT_ABORT passes it over
  NameMap<Variable> context;        // SESSION_CONTEXT
  std::unique_ptr<Admission::Entry> entry;  // among the sessions
  Admission::Ticket* ticket = nullptr;      // of the batch under way
  std::string lake_database;                // one that was seen to be no pool
  ParsedTexts texts;
  PreparedTexts prepared;
  CursorSet cursors;
  std::optional<AnnouncedLoad> announced;  // the bulk load that comes next
  /// What the statement under way reads from files.
  std::unique_ptr<std::vector<BulkRead>> bulk_reads;
  std::unique_ptr<Transaction> transaction;  // null: each statement commits by itself
  std::string identity_insert;  // the table that SET IDENTITY_INSERT names, in lower case; or none

  SessionState(const Services& shared, SessionOptions session_options);
  ~SessionState();

  /// Asks whether the principal may be in the current database.
  void require_access() const;
  /// A batch, call or load begins.
  void begin_request();
  /// Opened by the first statement that needs the engine; the batch waits for its place there.
  engine::Connection& connection();
  /// The engine's transaction over pools of the transaction, or of the statement under way.
  std::shared_ptr<pools::Work> join_work();
  /// Whether one is open.
  bool in_engine_transaction() const;
  /// A transaction begins, inside INSERT … EXEC as well: what came before it is complete.
  void end_work();
  const Collation* collation_of(const std::string& database_name) const;
  void authorize(identity::Action action, const identity::Scope& scope) const;

 private:
  std::optional<engine::Connection> connection_;
  std::weak_ptr<pools::Work> work_;  // of the statement under way
};

/// Takes everything back to what it was at the start; the transaction as well, unless it is kept.
void reset_session(SessionState& session, bool keep_transaction);

/// The result sets of INSERT … EXEC, kept in the engine instead of going to the client.
struct Capture {
  std::vector<std::string> tables;  // names in SessionState::temp_tables
};

/// One batch under way.
struct Execution {
  SessionState& session;
  ResultSink& sink;
  const CancelToken& cancel;
  Capture* capture = nullptr;
  SurvivedErrors* survived = nullptr;  // null: every error ends the batch
  int try_depth = 0;                   // TRY blocks around the statement, callers' included
  bool thrown = false;                 // THROW made the error under way: it ends the batch
  std::optional<std::int64_t> unfinished_rows;  // sent of a result set that is not complete
};

}  // namespace tarn::sql
