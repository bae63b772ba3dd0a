#include "detail/exec/outputs.h"

#include "detail/exec/failure.h"
#include "detail/exec/table_writes.h"
#include "detail/exec/transactions.h"

namespace tarn::sql {
namespace {

bool goes_into_lake(const ast::OutputClause& clause) {
  if (!clause.into) return false;
  const auto* name = std::get_if<ast::Name>(&*clause.into);
  return name && !name->last().text.starts_with('#');
}

/// Ends the transaction that it has begun: rolls it back unless it was committed.
class OwnTransaction {
 public:
  explicit OwnTransaction(SessionState& session) : session_(session) {
    session_.transaction = std::make_unique<Transaction>(session_, std::nullopt, false);
  }
  ~OwnTransaction() { session_.transaction.reset(); }
  OwnTransaction(const OwnTransaction&) = delete;

  void commit(const CancelToken& cancel) {
    const auto ending = std::exchange(session_.transaction, nullptr);
    try {
      ending->commit(cancel);
    } catch (const Error& error) {
      // It is one statement, which runs again on what is there now.
      if (error.code() == Code::kConflict) throw Error(Code::kConflict, error.message());
      throw;
    }
  }

 private:
  SessionState& session_;
};

}  // namespace

void OutputRows::send(Execution& run) const {
  if (!rows) return;
  Translation query;
  query.engine_sql = "SELECT * FROM " + rows->name();
  query.columns = columns;
  send_rows(run, query);
}

Outputs::Outputs(Execution& run, StatementContext& context,
                 const std::vector<ast::OutputClause>& clauses) {
  for (const ast::OutputClause& clause : clauses) {
    Clause& added = clauses_.emplace_back();
    if (!clause.into) continue;
    added.into = WriteTarget::resolve(run, context, *clause.into, clause.into_span,
                                      identity::actions::kSqlInsert);
    added.indices = added.into->chosen(clause.columns);
  }
}

std::vector<std::optional<OutputTarget>> Outputs::targets() const {
  std::vector<std::optional<OutputTarget>> result;
  for (const Clause& clause : clauses_) {
    std::optional<OutputTarget>& target = result.emplace_back();
    if (clause.into)
      target = OutputTarget{clause.into->name(), clause.into->chosen_columns(clause.indices)};
  }
  return result;
}

void Outputs::stage(Execution& run, const Frame& frame, const std::vector<bound::Query>& queries,
                    const std::string& changed) {
  for (std::size_t i = 0; i < clauses_.size(); ++i) {
    Clause& clause = clauses_[i];
    clause.columns = queries.at(i).columns;
    clause.rows = std::make_unique<Staged>(run, "WITH " + engine::quote_name(kChangedRows) +
                                                    " AS (" + changed + ") SELECT * FROM (" +
                                                    translate(queries[i]).engine_sql + ")");
    if (!clause.into) continue;
    clause.insert = clause.into->complete(run, frame, "SELECT * FROM " + clause.rows->name(),
                                          clause.indices, "INSERT");
  }
}

OutputRows Outputs::write(Execution& run) {
  OutputRows rest;
  for (Clause& clause : clauses_) {
    if (clause.into) {
      clause.into->append(run, clause.insert);
    } else {
      rest.rows = std::move(clause.rows);
      rest.columns = std::move(clause.columns);
    }
  }
  return rest;
}

std::int64_t with_outputs(Execution& run, const std::vector<ast::OutputClause>& clauses,
                          const std::function<std::int64_t(OutputRows&)>& statement) {
  const bool two_tables =
      !run.session.transaction && std::any_of(clauses.begin(), clauses.end(), goes_into_lake);
  OutputRows output;
  const std::int64_t rows = repeat_on_conflict(run, [&] {
    output = {};
    if (!two_tables) return statement(output);
    OwnTransaction transaction(run.session);
    const std::int64_t changed = statement(output);
    transaction.commit(run.cancel);
    return changed;
  });
  output.send(run);
  return rows;
}

}  // namespace tarn::sql
