#include "sql/session.h"

#include "detail/exec/error_scope.h"
#include "detail/exec/failure.h"
#include "detail/exec/interpreter.h"
#include "detail/exec/session_state.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/transactions.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {

struct Session::Impl {
  SessionState state;

  Impl(const Services& services, SessionOptions options) : state(services, std::move(options)) {}
};

Session::Session(const Services& services, SessionOptions options)
    : impl_(std::make_unique<Impl>(services, std::move(options))) {}
Session::~Session() = default;

const std::string& Session::database() const { return impl_->state.database; }

void Session::client_waits() {
  if (impl_->state.ticket) impl_->state.ticket->step_aside();
}
void Session::client_goes_on() {
  if (impl_->state.ticket) impl_->state.ticket->step_back();
}

void Session::execute(std::string_view text, ResultSink& sink, const CancelToken& cancel) {
  SessionState& state = impl_->state;
  // Everybody may look at master, as in SQL Server.
  if (!is_system_database(state.database))
    state.authorize(identity::actions::kSqlConnect, identity::Scope::database(state.database));
  state.nesting = 0;
  state.caught.clear();
  ast::Batch batch = parse_batch(text);
  SurvivedErrors survived;
  const auto ticket = state.services.admission->begin({.session_id = state.options.id,
                                                       .login = state.options.login,
                                                       .application = state.options.application,
                                                       .database = state.database,
                                                       .text = std::string(text)},
                                                      cancel);
  const CancelToken token = ticket->token();
  state.ticket = ticket.get();
  Execution run{state, sink, token, nullptr, &survived};
  Frame frame;
  frame.text = batch.text;
  struct Cleanup {
    SessionState& session;
    Frame& owner;
    ~Cleanup() {
      try {
        drop_temp_tables(session, owner);
      } catch (const Error&) {  // the engine's connection is gone, and its tables with it
      }
      session.ticket = nullptr;
    }
  } cleanup{state, frame};
  try {
    Interpreter(run, frame).run(batch.statements);
    end_batch(state, false);
  } catch (...) {
    end_batch(state, true);
    survived.flush(sink);
    throw;
  }
  survived.rethrow_last();
}

}  // namespace tarn::sql
