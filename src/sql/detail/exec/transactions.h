#pragma once
// BEGIN TRANSACTION … COMMIT: what a session has changed and not committed.
//
// Each lake table is read at one snapshot from its first use in the transaction on, with the
// transaction's own changes on top: its files are written, and stand in a snapshot that nobody else
// sees. COMMIT makes one Delta commit of each table, all or none (lake/joint_commit.h). A temporary
// table is copied before its first change, so that ROLLBACK has the old one; table variables keep
// what they got, as in SQL Server. See docs/transactions.md.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"
#include "lake/row_change.h"

namespace tarn::pools {
class Work;
}

namespace tarn::sql {

inline constexpr std::size_t kSavepointsMax = 1000;

class Transaction {
 public:
  /// `visible`: BEGIN TRANSACTION made it, and not a statement for itself.
  Transaction(SessionState& session, std::optional<std::string> name, bool visible = true);
  ~Transaction();
  Transaction(const Transaction&) = delete;

  int count = 1;        // @@TRANCOUNT
  bool doomed = false;  // it can only be rolled back: XACT_STATE() is -1
  /// Begun in a dedicated SQL pool: any error ends it, as there.
  bool in_pool_database = false;

  const std::optional<std::string>& name() const { return name_; }
  /// Of all transactions of this process; 0 where it is not visible.
  std::uint64_t id() const { return id_; }

  /// The snapshot at which the transaction reads the table.
  lake::delta::SnapshotPtr snapshot(const std::shared_ptr<lake::delta::Table>& table,
                                    const CancelToken& cancel);
  /// Files were written for the table: they are the transaction's, and its next statement sees
  /// them.
  void change(const lake::delta::Table& table, const lake::FileChange& files);

  /// Before a temporary table changes: the old one is kept.
  void preserve(TempTable& table, const CancelToken& cancel);
  /// Before a temporary table goes. `forget`: ROLLBACK does not bring it back.
  void dropping(const std::string& name, const TempTable& table, bool forget);

  /// The engine's transaction over the pools that this one uses. It begins with the first of them.
  std::shared_ptr<pools::Work> pool_work();
  /// A pool has joined, and the engine's transaction is open.
  bool uses_pool() const;
  bool changes_pool() const;
  bool changes_lake() const;
  /// Whether COMMIT has something to commit.
  bool has_changes() const { return changes_lake() || changes_pool(); }
  /// Everything is taken back now, and the transaction stays until somebody rolls it back:
  /// XACT_STATE() is -2.
  void abort();
  bool aborted() const { return aborted_; }
  /// A definition comes, which is no part of it: what was read at one snapshot is read anew, behind
  /// the statement as well. Only without changes.
  void begin_definition();
  void end_statement();

  /// Throws 3960: another changed what this one changes; nothing is committed then.
  void commit(const CancelToken& cancel);
  void rollback();
  void save(const std::string& savepoint);
  /// False where there is no such savepoint.
  bool rollback_to(const std::string& savepoint);

 private:
  struct State {
    std::map<std::string, lake::delta::SnapshotPtr> snapshots;  // by folder
    NameMap<TempTable> temp_tables;
  };
  struct Table {
    std::shared_ptr<lake::delta::Table> table;
    lake::delta::SnapshotPtr base;
    std::vector<std::filesystem::path> written;
  };

  State state() const;
  void restore(const State& state);
  void forget_written(const Table& table, const lake::delta::Snapshot* kept) const;
  void drop_unused_temp_tables();

  SessionState& session_;
  std::optional<std::string> name_;
  std::uint64_t id_;
  std::map<std::string, Table> tables_;                        // by folder
  std::map<std::string, lake::delta::SnapshotPtr> snapshots_;  // with the own changes
  std::vector<std::pair<std::string, State>> savepoints_;
  State before_;
  std::set<std::string> engine_tables_;  // of temporary tables that were there at some time
  std::set<std::string> fresh_;          // those that were made since the last savepoint
  std::shared_ptr<pools::Work> pool_work_;
  bool defining_ = false;
  bool aborted_ = false;
  bool ended_ = false;

  void forget_reads();
  void undo();
};

/// BEGIN, COMMIT, ROLLBACK and SAVE TRANSACTION.
void run_transaction(Execution& run, Frame& frame, const ast::Transaction& statement,
                     ast::Span span);
/// An error ended a statement: with XACT_ABORT, and after errors that end transactions anyway, the
/// transaction is rolled back, or can only be rolled back where a CATCH block handles it.
void statement_failed(Execution& run, const Error& error);
/// 3998 where the batch leaves a transaction that can only be rolled back; it is.
void end_batch(Execution& run, bool failed);
/// SET IMPLICIT_TRANSACTIONS ON: begins one where the statement wants it and none is open.
void begin_implicitly(Execution& run, const ast::Statement& statement);

/// For a definition, which is no part of a transaction: it takes effect at once in one that has
/// changed no lake table yet, and goes on as if that began behind it; else 226.
void refuse_in_transaction(const SessionState& session, const char* statement, ast::Span span = {});
/// 40517: a table variable keeps what it got when its transaction is rolled back, which the
/// engine's transaction over a pool does not let it do.
void refuse_in_pool_transaction(const SessionState& session, ast::Span span);
/// 3930: the transaction can only be rolled back.
void require_writable(const SessionState& session);

}  // namespace tarn::sql
