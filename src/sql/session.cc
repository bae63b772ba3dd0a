#include "sql/session.h"

#include "detail/exec/arguments.h"
#include "detail/exec/bulk_load.h"
#include "detail/exec/error_scope.h"
#include "detail/exec/failure.h"
#include "detail/exec/interpreter.h"
#include "detail/exec/procedures.h"
#include "detail/exec/query_run.h"
#include "detail/exec/security.h"
#include "detail/exec/session_state.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/transactions.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

/// As Admission shows requests that are no text.
constexpr std::string_view kBulkLoadText = "INSERT BULK";

/// An argument that is a variable of the calling frame, or DEFAULT.
ast::Execute::Argument argument_of(const Parameter& parameter, std::string variable) {
  ast::Execute::Argument argument;
  if (!parameter.name.empty()) {
    argument.name = parameter.name.starts_with('@') ? parameter.name : "@" + parameter.name;
  }
  argument.output = parameter.output;
  argument.value = std::make_unique<ast::Expr>();
  argument.value->height = 1;
  if (parameter.use_default) {
    argument.value->node = ast::DefaultValue{};
  } else {
    argument.value->node = ast::Variable{std::move(variable)};
  }
  return argument;
}

/// char(n), nchar(n) and binary(n) are as long as their type says.
void pad(const SqlType& type, std::string& text) {
  if (!is_fixed_length(type)) return;
  if (is_binary(type)) {
    if (text.size() < static_cast<std::size_t>(type.length))
      text.resize(static_cast<std::size_t>(type.length), '\0');
    return;
  }
  int units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xC0) != 0x80;
    if (is_unicode(type)) units += byte >= 0xF0;
  }
  if (units < type.length) text.append(static_cast<std::size_t>(type.length - units), ' ');
}

ast::Transaction::Kind kind_of(TransactionCommand::Kind kind) {
  switch (kind) {
    case TransactionCommand::Kind::kBegin:
      return ast::Transaction::Kind::kBegin;
    case TransactionCommand::Kind::kCommit:
      return ast::Transaction::Kind::kCommit;
    case TransactionCommand::Kind::kRollback:
      return ast::Transaction::Kind::kRollback;
    case TransactionCommand::Kind::kSave:
      break;
  }
  return ast::Transaction::Kind::kSave;
}

ast::StatementPtr transaction_statement(ast::Transaction::Kind kind, const std::string& name) {
  ast::Transaction node;
  node.kind = kind;
  if (!name.empty()) node.name = ast::Identifier{name, true, {}};
  auto statement = std::make_unique<ast::Statement>();
  statement->node = std::move(node);
  return statement;
}

}  // namespace

struct Session::Impl {
  SessionState state;

  Impl(const Services& services, SessionOptions options) : state(services, std::move(options)) {}

  /// A batch: `body` runs its statements. See Session::execute().
  void run(std::string_view shown, Frame& frame, ResultSink& sink, const CancelToken& cancel,
           const std::function<void(Execution&)>& body);
};

void Session::Impl::run(std::string_view shown, Frame& frame, ResultSink& sink,
                        const CancelToken& cancel, const std::function<void(Execution&)>& body) {
  SurvivedErrors survived;
  const auto ticket = state.services.admission->begin({.session_id = state.options.id,
                                                       .login = state.options.login,
                                                       .application = state.options.application,
                                                       .database = state.database,
                                                       .text = without_passwords(shown)},
                                                      cancel);
  const CancelToken token = ticket->token();
  state.ticket = ticket.get();
  Execution execution{state, sink, token, nullptr, &survived};
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
    body(execution);
    end_batch(execution, false);
  } catch (...) {
    end_batch(execution, true);
    survived.flush(sink);
    throw;
  }
  survived.rethrow_last();
}

Session::Session(const Services& services, SessionOptions options)
    : impl_(std::make_unique<Impl>(services, std::move(options))) {}
Session::~Session() = default;

void Session::require_access() const { impl_->state.require_access(); }
const std::string& Session::database() const { return impl_->state.database; }
int Session::id() const { return impl_->state.options.id; }
bool Session::counts_rows() const { return !impl_->state.no_count; }
int Session::nesting() const { return impl_->state.nesting; }
bool Session::awaits_rows() const { return impl_->state.announced.has_value(); }

std::uint64_t Session::transaction() const {
  return impl_->state.transaction ? impl_->state.transaction->id() : 0;
}

void Session::client_waits() {
  if (impl_->state.ticket) impl_->state.ticket->step_aside();
}
void Session::client_goes_on() {
  if (impl_->state.ticket) impl_->state.ticket->step_back();
}

void Session::reset(bool keep_transaction) { reset_session(impl_->state, keep_transaction); }

void Session::execute(std::string_view text, ResultSink& sink, const CancelToken& cancel) {
  SessionState& state = impl_->state;
  state.begin_request();
  ast::Batch batch = parse_batch(text);
  Frame frame;
  frame.text = batch.text;
  impl_->run(batch.text, frame, sink, cancel,
             [&](Execution& run) { Interpreter(run, frame).run(batch.statements); });
}

std::optional<int> Session::call(std::string_view procedure, std::vector<Parameter>& parameters,
                                 ResultSink& sink, const CancelToken& cancel) {
  constexpr const char* kResult = "@";  // no parameter has this name
  SessionState& state = impl_->state;
  state.begin_request();
  const Collation* collation = state.collation_of(state.database);
  Frame frame;
  ast::Execute call;
  call.target = parse_name(std::string(procedure), {});
  call.result = kResult;
  frame.variables[kResult] = {SqlType::integer(), std::nullopt};
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    const std::string variable = "@" + std::to_string(i);
    call.arguments.push_back(argument_of(parameter, variable));
    if (parameter.use_default) continue;
    Variable value{bind_type(parse_type_name(parameter.type), collation), parameter.value};
    if (value.text) pad(value.type, *value.text);
    frame.variables[variable] = std::move(value);
  }
  std::vector<ast::StatementPtr> statements;
  statements.push_back(std::make_unique<ast::Statement>());
  statements.back()->node = std::move(call);
  const auto put_back = [&] {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (!parameters[i].output || parameters[i].use_default) continue;
      parameters[i].value = frame.variables.at("@" + std::to_string(i)).text;
    }
  };
  try {
    impl_->run(procedure, frame, sink, cancel,
               [&](Execution& run) { Interpreter(run, frame).run(statements); });
  } catch (...) {
    put_back();
    throw;
  }
  put_back();
  const std::optional<std::string>& code = frame.variables.at(kResult).text;
  return code ? std::optional<int>(std::stoi(*code)) : std::nullopt;
}

void Session::transact(const TransactionCommand& command, ResultSink& sink,
                       const CancelToken& cancel) {
  impl_->state.begin_request();
  std::vector<ast::StatementPtr> statements;
  statements.push_back(transaction_statement(kind_of(command.kind), command.name));
  if (command.begins_another)
    statements.push_back(transaction_statement(ast::Transaction::Kind::kBegin, {}));
  Frame frame;
  impl_->run({}, frame, sink, cancel,
             [&](Execution& run) { Interpreter(run, frame).run(statements); });
}

void Session::load(const RowStream& rows, ResultSink& sink, const CancelToken& cancel) {
  // What was announced stays announced for this one request.
  auto announced = std::move(impl_->state.announced);
  impl_->state.begin_request();
  impl_->state.announced = std::move(announced);
  Frame frame;
  impl_->run(kBulkLoadText, frame, sink, cancel,
             [&](Execution& run) { take_bulk_load(run, frame, rows); });
}

std::optional<std::string> known_collation(std::string_view name) {
  const Collation* collation = find_collation(name);
  return collation ? std::optional(std::string(collation->name)) : std::nullopt;
}

ResultColumn described_type(std::string_view type) {
  return result_column({}, bind_type(parse_type_name(type), server_collation()), true);
}

}  // namespace tarn::sql
