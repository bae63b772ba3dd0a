#include "detail/exec/client_procedures.h"

#include <array>
#include <utility>

#include "detail/exec/arguments.h"
#include "detail/exec/cursors.h"
#include "detail/exec/describe.h"
#include "detail/exec/prepared.h"
#include "detail/exec/transactions.h"

namespace tarn::sql {
namespace {

void reset_connection(Execution& run, Frame& caller, const ast::Execute& statement) {
  const auto& transaction = run.session.transaction;
  const std::uint64_t ending = transaction ? transaction->id() : 0;
  reset_session(run.session, false);
  if (ending != 0) run.sink.on_transaction(TransactionEvent::kRolledBack, ending);
  give_return_code(run, caller, statement, 0);
}

constexpr std::array kClientProcedures =
    std::to_array<std::pair<std::string_view, ClientProcedure>>(
        {{"sp_cursor", refuse_cursor_change},
         {"sp_cursorclose", close_cursor},
         {"sp_cursorexecute", execute_prepared_cursor},
         {"sp_cursorfetch", fetch_cursor},
         {"sp_cursoropen", open_cursor},
         {"sp_cursoroption", set_cursor_option},
         {"sp_cursorprepare", prepare_cursor},
         {"sp_cursorprepexec", prepare_and_open_cursor},
         {"sp_cursorunprepare", unprepare},
         {"sp_describe_first_result_set", describe_first_result_set},
         {"sp_describe_undeclared_parameters", describe_undeclared_parameters},
         {"sp_execute", execute_prepared},
         {"sp_prepare", prepare},
         {"sp_prepexec", prepare_and_execute},
         {"sp_prepexecrpc", prepare_and_call},
         {"sp_reset_connection", reset_connection},
         {"sp_unprepare", unprepare}});

}  // namespace

ClientProcedure find_client_procedure(std::string_view name) {
  for (const auto& [known, procedure] : kClientProcedures) {
    if (equal_ignoring_case(known, name)) return procedure;
  }
  return nullptr;
}

}  // namespace tarn::sql
