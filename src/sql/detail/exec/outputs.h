#pragma once
// The OUTPUT clauses of one statement. Their rows are computed and kept aside before the statement
// changes anything, so that an error in them changes nothing; they go INTO their table with the
// change, and to the client when all is done.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detail/bind/row_binder.h"
#include "detail/exec/staged.h"
#include "detail/exec/write_target.h"

namespace tarn::sql {

/// The rows for the client.
struct OutputRows {
  std::unique_ptr<Staged> rows;
  std::vector<bound::ResultColumn> columns;

  /// Sends them, where there are any.
  void send(Execution& run) const;
};

class Outputs {
 public:
  /// Asks for the right to insert into the tables that the clauses go INTO.
  Outputs(Execution& run, StatementContext& context, const std::vector<ast::OutputClause>& clauses);

  bool empty() const { return clauses_.empty(); }
  /// For the binder.
  std::vector<std::optional<OutputTarget>> targets() const;
  /// `changed` is a SELECT of the rows that the statement has found, as kChangedRows has them.
  void stage(Execution& run, const Frame& frame, const std::vector<bound::Query>& queries,
             const std::string& changed);
  /// Writes what goes INTO tables; the rest is the caller's to send.
  OutputRows write(Execution& run);

 private:
  struct Clause {
    std::optional<WriteTarget> into;
    std::vector<std::size_t> indices;
    std::unique_ptr<Staged> rows;
    std::string insert;  // of `into`: the query of whole rows
    std::vector<bound::ResultColumn> columns;
  };
  std::vector<Clause> clauses_;
};

/// Runs a statement whose OUTPUT goes INTO a lake table in a transaction of its own where none is
/// open, so that both tables change or none.
std::int64_t with_outputs(Execution& run, const std::vector<ast::OutputClause>& clauses,
                          const std::function<std::int64_t(OutputRows&)>& statement);

}  // namespace tarn::sql
