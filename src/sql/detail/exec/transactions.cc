#include "detail/exec/transactions.h"

#include <algorithm>
#include <atomic>

#include "detail/exec/error_scope.h"
#include "detail/exec/failure.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/temp_tables.h"
#include "lake/joint_commit.h"

namespace tarn::sql {
namespace {

using lake::delta::Add;
using lake::delta::Change;
using lake::delta::Snapshot;

std::set<std::string_view> paths_of(const Snapshot& snapshot) {
  std::set<std::string_view> paths;
  for (const auto& file : snapshot.files) paths.insert(file->path);
  return paths;
}

/// What brings `base` to `now`; nothing where they are the same.
std::optional<Change> difference(const Snapshot& base, const Snapshot& now,
                                 const std::string& login) {
  const auto before = paths_of(base);
  const auto after = paths_of(now);
  lake::FileChange files;
  for (const auto& file : base.files) {
    if (!after.contains(file->path)) files.removed.push_back(file);
  }
  for (const auto& file : now.files) {
    if (!before.contains(file->path)) files.added.push_back(*file);
  }
  if (files.empty()) return std::nullopt;
  Change change = lake::row_commit(base, files, "WRITE", login);
  if (files.removed.empty()) change.kind = Change::Kind::kAppend;
  return change;
}

std::uint64_t next_transaction_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

void remove_file(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
}

}  // namespace

Transaction::Transaction(SessionState& session, std::optional<std::string> name, bool visible)
    : session_(session),
      name_(std::move(name)),
      id_(visible ? next_transaction_id() : 0),
      before_(state()) {
  session_.end_work();
}

Transaction::~Transaction() {
  try {
    rollback();
  } catch (const Error&) {  // the engine's connection is gone, and its tables with it
  }
}

Transaction::State Transaction::state() const { return {snapshots_, session_.temp_tables}; }

lake::delta::SnapshotPtr Transaction::snapshot(const std::shared_ptr<lake::delta::Table>& table,
                                               const CancelToken& cancel) {
  const std::string folder = table->folder().string();
  if (const auto known = snapshots_.find(folder); known != snapshots_.end()) return known->second;
  Table& entry = tables_[folder];
  if (!entry.table) entry = {table, table->snapshot({}, cancel), {}};
  return snapshots_.emplace(folder, entry.base).first->second;
}

void Transaction::change(const lake::delta::Table& table, const lake::FileChange& files) {
  const std::string folder = table.folder().string();
  Table& entry = tables_.at(folder);
  for (const Add& file : files.added) entry.written.push_back(table.folder() / file.path);
  lake::delta::SnapshotPtr& current = snapshots_.at(folder);
  current = lake::with_files(*current, files);
}

void Transaction::preserve(TempTable& table, const CancelToken& cancel) {
  if (fresh_.contains(table.engine_name)) return;
  engine_tables_.insert(table.engine_name);
  TempTable copy = table;
  copy.engine_name = new_engine_name(session_);
  engine_tables_.insert(copy.engine_name);
  make_engine_table(session_.connection(), copy);
  session_.connection().execute("INSERT INTO " + engine::quote_name(copy.engine_name) +
                                    " SELECT * FROM " + engine::quote_name(table.engine_name),
                                cancel);
  fresh_.insert(copy.engine_name);
  table.engine_name = copy.engine_name;
}

void Transaction::dropping(const std::string& name, const TempTable& table, bool forget) {
  engine_tables_.insert(table.engine_name);
  if (!forget) return;
  before_.temp_tables.erase(name);
  for (auto& [savepoint, state] : savepoints_) state.temp_tables.erase(name);
}

std::shared_ptr<pools::Work> Transaction::pool_work() {
  if (!pool_work_) {
    pool_work_ = std::make_shared<pools::Work>(
        [this]() -> engine::Connection& { return session_.connection(); },
        *session_.services.clock);
  }
  return pool_work_;
}

bool Transaction::uses_pool() const { return pool_work_ && pool_work_->active(); }

bool Transaction::changes_pool() const { return pool_work_ && pool_work_->changed(); }

bool Transaction::changes_lake() const {
  for (const auto& [folder, table] : tables_) {
    if (!table.written.empty()) return true;
    const auto now = snapshots_.find(folder);
    if (now != snapshots_.end() && now->second != table.base) return true;
  }
  return false;
}

void Transaction::begin_definition() {
  check(!has_changes(), "a transaction with changes takes no definition");
  forget_reads();
  defining_ = true;
}

void Transaction::end_statement() {
  if (std::exchange(defining_, false) && !has_changes()) forget_reads();
}

void Transaction::forget_reads() {
  if (pool_work_) pool_work_->commit();
  tables_.clear();
  snapshots_.clear();
  before_.snapshots.clear();
  for (auto& [savepoint, state] : savepoints_) state.snapshots.clear();
}

void Transaction::forget_written(const Table& table, const Snapshot* kept) const {
  const auto paths = kept ? paths_of(*kept) : std::set<std::string_view>();
  for (const std::filesystem::path& file : table.written) {
    const std::string path = file.lexically_relative(table.table->folder()).generic_string();
    if (!paths.contains(path)) remove_file(file);
  }
}

void Transaction::drop_unused_temp_tables() {
  std::set<std::string> used;
  for (const auto& [name, table] : session_.temp_tables) used.insert(table.engine_name);
  for (const std::string& table : engine_tables_) {
    if (!used.contains(table))
      session_.connection().execute("DROP TABLE IF EXISTS " + engine::quote_name(table));
  }
  engine_tables_.clear();
}

void Transaction::commit(const CancelToken& cancel) {
  std::vector<lake::TableCommit> commits;
  for (const auto& [folder, table] : tables_) {
    const auto now = snapshots_.find(folder);
    if (now == snapshots_.end()) continue;
    if (auto change = difference(*table.base, *now->second, session_.options.login))
      commits.push_back({table.table, std::move(*change)});
  }
  bool published = false;
  try {
    if (pool_work_) pool_work_->commit();
    if (commits.size() == 1) {
      commits.front().table->commit(commits.front().change, cancel);
    } else if (!commits.empty()) {
      check(session_.services.joint_commits != nullptr,
            "a transaction over several tables has its journal");
      session_.services.joint_commits->commit(std::move(commits), published, cancel);
    }
  } catch (const Error& error) {
    if (published) tables_.clear();  // their files stay
    rollback();
    if (error.code() == Code::kConflict || error.code() == Code::kNotFound)
      throw update_conflict(error);
    throw;
  }
  ended_ = true;
  for (const auto& [folder, table] : tables_) {
    const auto now = snapshots_.find(folder);
    forget_written(table, now == snapshots_.end() ? nullptr : now->second.get());
  }
  drop_unused_temp_tables();
}

void Transaction::restore(const State& state) {
  snapshots_ = state.snapshots;
  for (const auto& [name, table] : session_.temp_tables) engine_tables_.insert(table.engine_name);
  session_.temp_tables = state.temp_tables;
}

void Transaction::undo() {
  if (uses_pool()) session_.cursors.clear();  // their rows go with the engine's transaction
  if (pool_work_) pool_work_->rollback();
  for (const auto& [folder, table] : tables_) forget_written(table, nullptr);
  tables_.clear();
  restore(before_);
  drop_unused_temp_tables();
}

void Transaction::rollback() {
  if (ended_) return;
  ended_ = true;
  undo();
}

void Transaction::abort() {
  doomed = aborted_ = true;
  savepoints_.clear();
  fresh_.clear();
  undo();
}

void Transaction::save(const std::string& savepoint) {
  if (savepoints_.size() >= kSavepointsMax) {
    throw failure_of(Code::kResourceExhausted, 701, 17, 123,
                     "The transaction has too many savepoints: " + std::to_string(kSavepointsMax));
  }
  savepoints_.emplace_back(savepoint, state());
  fresh_.clear();
}

bool Transaction::rollback_to(const std::string& savepoint) {
  const auto found = std::find_if(savepoints_.rbegin(), savepoints_.rend(),
                                  [&](const auto& entry) { return entry.first == savepoint; });
  if (found == savepoints_.rend()) return false;
  restore(found->second);
  fresh_.clear();
  // The savepoint itself stays: one can come back to it again.
  savepoints_.erase(found.base(), savepoints_.end());
  return true;
}

namespace {

std::optional<std::string> name_of(const Frame& frame, const ast::Transaction& statement) {
  if (statement.name) return statement.name->text;
  if (!statement.variable) return std::nullopt;
  const auto found = frame.variables.find(*statement.variable);
  if (found == frame.variables.end()) {
    throw failure_of(Code::kInvalidArgument, 137, 15, 2,
                     "Must declare the scalar variable \"" + *statement.variable + "\".");
  }
  return found->second.text;
}

void begin(Execution& run, const std::optional<std::string>& name) {
  SessionState& session = run.session;
  session.transaction = std::make_unique<Transaction>(session, name);
  session.transaction->in_pool_database = find_pool(session, session.database).has_value();
  run.sink.on_transaction(TransactionEvent::kBegun, session.transaction->id());
}

/// Rolls the session's transaction back, and tells.
void roll_back(Execution& run) {
  const auto ending = std::exchange(run.session.transaction, nullptr);
  ending->rollback();
  run.sink.on_transaction(TransactionEvent::kRolledBack, ending->id());
}

void commit(Execution& run, ast::Span span) {
  SessionState& session = run.session;
  if (!session.transaction) {
    throw failure(3902, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.",
                  span);
  }
  require_writable(session);
  if (--session.transaction->count > 0) return;
  const auto ending = std::exchange(session.transaction, nullptr);
  try {
    ending->commit(run.cancel);
  } catch (const Error&) {
    run.sink.on_transaction(TransactionEvent::kRolledBack, ending->id());
    throw;
  }
  run.sink.on_transaction(TransactionEvent::kCommitted, ending->id());
}

void rollback(Execution& run, const std::optional<std::string>& name, ast::Span span) {
  SessionState& session = run.session;
  if (!session.transaction) {
    throw failure(3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.",
                  span);
  }
  Transaction& transaction = *session.transaction;
  if (name && transaction.name() != name) {
    if (transaction.doomed) {
      throw failure(3931,
                    "The current transaction cannot be committed and cannot be rolled back to a "
                    "savepoint. Roll back the entire transaction.",
                    span);
    }
    if (transaction.rollback_to(*name)) return;
    throw failure(
        6401, "Cannot roll back " + *name + ". No transaction or savepoint of that name was found.",
        span);
  }
  roll_back(run);
}

}  // namespace

void run_transaction(Execution& run, Frame& frame, const ast::Transaction& statement,
                     ast::Span span) {
  SessionState& session = run.session;
  const auto name = name_of(frame, statement);
  switch (statement.kind) {
    case ast::Transaction::Kind::kBegin:
      if (statement.written.find("DISTRIBUTED") != std::string::npos) {
        throw not_supported(statement.written, span, "All tables are of this server: BEGIN TRAN.");
      }
      if (session.transaction) {
        ++session.transaction->count;
      } else {
        begin(run, name);
      }
      return;
    case ast::Transaction::Kind::kCommit:
      return commit(run, span);
    case ast::Transaction::Kind::kRollback:
      return rollback(run, name, span);
    case ast::Transaction::Kind::kSave:
      if (!session.transaction) {
        throw failure(628, "Cannot issue SAVE TRANSACTION when there is no active transaction.",
                      span);
      }
      require_writable(session);
      if (session.transaction->in_pool_database || session.transaction->uses_pool()) {
        throw not_supported("SAVE TRANSACTION in a dedicated SQL pool", span,
                            "Roll back the whole transaction.");
      }
      if (!name) throw failure(102, "Incorrect syntax near 'TRANSACTION'.", span, "Name it.");
      return session.transaction->save(*name);
  }
}

void statement_failed(Execution& run, const Error& error) {
  SessionState& session = run.session;
  if (!session.transaction || session.raised) return;
  // Several statements around it see the same error.
  if (error.sql() && error.sql()->number == 3930) return;
  if (session.transaction->in_pool_database || session.transaction->uses_pool()) {
    if (!session.transaction->aborted()) session.transaction->abort();
    return;
  }
  if (!session.set.xact_abort && (run.thrown || !ends_transaction(error))) return;
  if (run.try_depth > 0) {
    session.transaction->doomed = true;
    return;
  }
  roll_back(run);
}

void begin_implicitly(Execution& run, const ast::Statement& statement) {
  if (!run.session.set.implicit_transactions || run.session.transaction) return;
  const auto wants = ast::Overloaded{[](const ast::SelectStatement& node) {
                                       const auto* select =
                                           std::get_if<ast::Select>(&node.query->term->node);
                                       return !select || (select->from && !select->into);
                                     },
                                     [](const ast::Insert&) { return true; },
                                     [](const ast::Update&) { return true; },
                                     [](const ast::Delete&) { return true; },
                                     [](const ast::Merge&) { return true; },
                                     [](const ast::Truncate&) { return true; },
                                     [](const auto&) { return false; }};
  if (std::visit(wants, statement.node)) begin(run, std::nullopt);
}

void end_batch(Execution& run, bool failed) {
  SessionState& session = run.session;
  if (!session.transaction || !session.transaction->doomed) return;
  if (session.transaction->aborted()) return;  // until somebody says ROLLBACK
  roll_back(run);
  if (failed) return;
  throw failure(3998,
                "Uncommittable transaction is detected at the end of the batch. The transaction is "
                "rolled back.");
}

void refuse_in_transaction(const SessionState& session, const char* statement, ast::Span span) {
  if (!session.transaction) return;
  require_writable(session);
  // Drivers without autocommit begin a transaction before whatever they are given.
  if (!session.transaction->has_changes()) return session.transaction->begin_definition();
  throw failure_of(
      Code::kUnsupported, 226, 16, 6,
      std::string(statement) + " statement not allowed within multi-statement transaction.", span,
      "Run it before BEGIN TRANSACTION or after COMMIT.");
}

void refuse_in_pool_transaction(const SessionState& session, ast::Span span) {
  const Transaction* transaction = session.transaction.get();
  if (!transaction || transaction->id() == 0 || !transaction->uses_pool()) return;
  throw not_supported("a table variable in a transaction of a dedicated SQL pool", span,
                      "Use a temporary table: CREATE TABLE #t (…).");
}

void require_writable(const SessionState& session) {
  if (!session.transaction || !session.transaction->doomed) return;
  throw failure(3930,
                "The current transaction cannot be committed and cannot support operations that "
                "write to the log file. Roll back the transaction.");
}

}  // namespace tarn::sql
