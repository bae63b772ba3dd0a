#include "detail/exec/interpreter.h"

#include "detail/bind/binder.h"
#include "detail/exec/alter_table.h"
#include "detail/exec/bulk_conversion.h"
#include "detail/exec/copy_into.h"
#include "detail/exec/definitions.h"
#include "detail/exec/external_objects.h"
#include "detail/exec/external_tables.h"
#include "detail/exec/failure.h"
#include "detail/exec/messages.h"
#include "detail/exec/procedures.h"
#include "detail/exec/query_run.h"
#include "detail/exec/table_writes.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/transactions.h"
#include "lake/catalog.h"

namespace tarn::sql {
namespace {

ast::BinaryOp binary_op(ast::AssignOp op) {
  switch (op) {
    case ast::AssignOp::kSubtract:
      return ast::BinaryOp::kSubtract;
    case ast::AssignOp::kMultiply:
      return ast::BinaryOp::kMultiply;
    case ast::AssignOp::kDivide:
      return ast::BinaryOp::kDivide;
    case ast::AssignOp::kModulo:
      return ast::BinaryOp::kModulo;
    case ast::AssignOp::kBitAnd:
      return ast::BinaryOp::kBitAnd;
    case ast::AssignOp::kBitOr:
      return ast::BinaryOp::kBitOr;
    case ast::AssignOp::kBitXor:
      return ast::BinaryOp::kBitXor;
    default:
      return ast::BinaryOp::kAdd;
  }
}

CaughtError caught_from(const Error& error) {
  CaughtError caught;
  const SqlStatus status = error.sql().value_or(SqlStatus{});
  caught.number = status.number;
  caught.severity = status.severity;
  caught.state = status.state;
  caught.procedure = status.procedure;
  caught.line = error.place() ? error.place()->line : 0;
  caught.message = error.message();
  return caught;
}

/// Neither a cancellation nor a broken connection runs a CATCH block.
bool catchable(const Error& error) {
  return error.code() != Code::kCancelled && error.code() != Code::kDeadlineExceeded &&
         (!error.sql() || error.sql()->severity < 20);
}

ast::Select* select_into(ast::Query& query) {
  auto* select = std::get_if<ast::Select>(&query.term->node);
  return select && select->into ? select : nullptr;
}

}  // namespace

/// One function a kind of statement; a new kind does not compile until it is here.
struct StatementVisitor {
  Interpreter& self;
  ast::Span span;

  Flow done() const { return Flow::kNext; }
  Flow operator()(ast::SelectStatement& node) const { return self.select(node, span), done(); }
  Flow operator()(ast::Insert& node) const {
    return self.affected(run_insert(self.run_, self.frame_, node)), done();
  }
  Flow operator()(ast::Update& node) const {
    return self.affected(run_update(self.run_, self.frame_, node)), done();
  }
  Flow operator()(ast::Delete& node) const {
    return self.affected(run_delete(self.run_, self.frame_, node)), done();
  }
  Flow operator()(ast::Merge& node) const {
    return self.affected(run_merge(self.run_, self.frame_, node)), done();
  }
  Flow operator()(ast::Truncate& node) const {
    return run_truncate(self.run_, self.frame_, node), done();
  }
  Flow operator()(ast::Copy& node) const {
    return self.affected(run_copy(self.run_, self.frame_, node, span)), done();
  }
  Flow operator()(ast::CreateTable& node) const {
    if (const auto rows = create_table(self.run_, self.frame_, node, span)) self.affected(*rows);
    return done();
  }
  Flow operator()(ast::CreateDatabase& node) const {
    return create_database(self.run_, node, span), done();
  }
  Flow operator()(ast::CreateSchema& node) const {
    return create_schema(self.run_, self.frame_, node), done();
  }
  Flow operator()(ast::CreateView& node) const {
    return create_view(self.run_, self.frame_, node), done();
  }
  Flow operator()(ast::CreateProcedure& node) const {
    return create_procedure(self.run_, self.frame_, node), done();
  }
  Flow operator()(ast::AlterTable& node) const {
    return alter_table(self.run_, self.frame_, node, span), done();
  }
  Flow operator()(ast::Statistics& node) const {
    return pass_statistics(self.run_, self.frame_, node), done();
  }
  Flow operator()(ast::CreateExternal& node) const {
    return create_external(self.run_, self.frame_, node), done();
  }
  Flow operator()(ast::CreateExternalTable& node) const {
    if (const auto rows = create_external_table(self.run_, self.frame_, node, span))
      self.affected(*rows);
    return done();
  }
  Flow operator()(ast::Drop& node) const {
    return drop_objects(self.run_, self.frame_, node), done();
  }
  Flow operator()(ast::Declare& node) const { return self.declare(node), done(); }
  Flow operator()(ast::SetVariable& node) const { return self.set_variable(node), done(); }
  Flow operator()(ast::SetOption& node) const { return self.set_option(node, span), done(); }
  Flow operator()(ast::Print& node) const { return self.print(node), done(); }
  Flow operator()(ast::If& node) const { return self.run_if(node); }
  Flow operator()(ast::While& node) const { return self.run_while(node); }
  Flow operator()(ast::Break&) const { return self.require_loop("BREAK", 135), Flow::kBreak; }
  Flow operator()(ast::Continue&) const {
    return self.require_loop("CONTINUE", 136), Flow::kContinue;
  }
  Flow operator()(ast::Return& node) const { return self.run_return(node); }
  Flow operator()(ast::Block& node) const { return self.run(node.statements); }
  Flow operator()(ast::TryCatch& node) const { return self.try_catch(node); }
  Flow operator()(ast::Throw& node) const { self.throw_error(node, span); }
  Flow operator()(ast::RaiseError& node) const { return self.raise_error(node, span), done(); }
  Flow operator()(ast::Transaction& node) const {
    return run_transaction(self.run_, self.frame_, node, span), done();
  }
  Flow operator()(ast::Use& node) const { return self.use(node), done(); }
  Flow operator()(ast::Execute& node) const { return self.call(node, span), done(); }
  Flow operator()(ast::Unsupported& node) const { throw not_supported(node.what, span); }
};

Flow Interpreter::run(std::vector<ast::StatementPtr>& statements) {
  for (auto& statement : statements) {
    if (const Flow flow = run_guarded(*statement); flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Flow Interpreter::run_guarded(ast::Statement& statement) {
  run_.cancel.check();
  run_.session.bulk_reads->clear();
  run_.session.raised = false;
  try {
    const Flow flow = execute(statement);
    if (!std::holds_alternative<ast::Block>(statement.node) &&
        !std::holds_alternative<ast::If>(statement.node)) {
      run_.session.last_error = 0;
    }
    return flow;
  } catch (const Error& error) {
    Error whole = completed(error, statement.span);
    const std::vector<BulkRead> reads = std::exchange(*run_.session.bulk_reads, {});
    if (auto found = bulk_failure(run_.session, reads, whole, run_.cancel)) whole = *found;
    SqlStatus status = *whole.sql();
    if (status.procedure.empty() && !frame_.procedure.empty()) {
      status.procedure = frame_.procedure;
      whole.set_sql(status);
    }
    run_.session.last_error = status.number;
    statement_failed(run_, whole);
    throw whole;
  }
}

Flow Interpreter::execute(ast::Statement& statement) {
  return std::visit(StatementVisitor{*this, statement.span}, statement.node);
}

void Interpreter::affected(std::int64_t rows) {
  run_.session.row_count = rows;
  if (!run_.session.no_count) run_.sink.on_rows_affected(rows);
}

void Interpreter::declare(ast::Declare& statement) {
  for (auto& item : statement.items) declare(item);
}

void Interpreter::declare(ast::Declare::Item& item) {
  const auto [found, first] = declarations_.try_emplace(item.name, &item);
  const bool known =
      frame_.variables.contains(item.name) || frame_.table_variables.contains(item.name);
  if (known && (first || found->second != &item)) {
    throw failure_of(Code::kInvalidArgument, 134, 15, 2,
                     "The variable name '" + item.name +
                         "' has already been declared. Variable names must be unique within a "
                         "query batch or stored "
                         "procedure.",
                     item.span);
  }
  if (item.table) {
    if (!known)
      frame_.table_variables.emplace(item.name, make_temp_table(run_, frame_, *item.table));
    return;
  }
  if (!known) {
    const Collation* collation = run_.session.collation_of(run_.session.database);
    frame_.variables[item.name] = {bind_type(item.type, collation), std::nullopt};
  }
  if (!item.value) return;
  Variable& variable = frame_.variables.at(item.name);
  const SqlType type = variable.type;
  variable.text = evaluate(run_, frame_, *item.value, &type).text;
}

void Interpreter::require_loop(const char* statement, int number) const {
  if (loop_depth_ > 0) return;
  throw failure_of(Code::kInvalidArgument, number, 15, 1,
                   std::string("Cannot use a ") + statement +
                       " statement outside the scope of a WHILE statement.");
}

void Interpreter::set_variable(ast::SetVariable& statement) {
  const auto found = frame_.variables.find(statement.name);
  if (found == frame_.variables.end()) {
    throw failure_of(Code::kInvalidArgument, 137, 15, 1,
                     "Must declare the scalar variable \"" + statement.name + "\".");
  }
  const SqlType type = found->second.type;
  if (statement.op == ast::AssignOp::kSet) {
    found->second.text = evaluate(run_, frame_, *statement.value, &type).text;
  } else {
    ast::Expr whole{statement.value->span, ast::Binary{binary_op(statement.op), nullptr, nullptr},
                    statement.value->height + 1};
    auto& binary = std::get<ast::Binary>(whole.node);
    binary.left = std::make_unique<ast::Expr>(
        ast::Expr{statement.value->span, ast::Variable{statement.name}, 1});
    Lent lent(statement.value, binary.right);
    found->second.text = evaluate(run_, frame_, whole, &type).text;
  }
  run_.session.row_count = 1;
}

void Interpreter::set_option(const ast::SetOption& statement, ast::Span span) {
  for (const std::string& name : statement.names) apply_option(run_.session, name, statement, span);
}

void Interpreter::print(ast::Print& statement) {
  const SqlType text = SqlType::nvarchar(kNcharLengthMax);
  const Constant value = evaluate(run_, frame_, *statement.value, &text);
  Message message;
  message.text = value.text.value_or(" ");
  message.line = static_cast<int>(statement.value->span.line);
  message.procedure = frame_.procedure;
  run_.sink.on_message(message);
  run_.session.row_count = 0;
}

Flow Interpreter::run_if(ast::If& statement) {
  const bool holds = evaluate_condition(run_, frame_, *statement.condition);
  run_.session.row_count = 0;
  if (holds) return run_guarded(*statement.then);
  return statement.otherwise ? run_guarded(*statement.otherwise) : Flow::kNext;
}

Flow Interpreter::run_while(ast::While& statement) {
  for (std::int64_t i = 0; evaluate_condition(run_, frame_, *statement.condition); ++i) {
    run_.cancel.check();
    if (i >= kLoopIterationsMax) {
      throw failure_of(
          Code::kTooLarge, 8623, 16, 1,
          "The loop ran more often than " + std::to_string(kLoopIterationsMax) + " times.");
    }
    struct Inside {
      int& depth;
      explicit Inside(int& counter) : depth(++counter) {}
      ~Inside() { --depth; }
    };
    const Inside inside(loop_depth_);
    const Flow flow = run_guarded(*statement.body);
    if (flow == Flow::kBreak) break;
    if (flow == Flow::kReturn) return flow;
  }
  return Flow::kNext;
}

Flow Interpreter::run_return(ast::Return& statement) {
  if (statement.value) {
    if (frame_.procedure.empty()) {
      throw failure_of(Code::kInvalidArgument, 178, 15, 1,
                       "A RETURN statement with a return value cannot be used in this context.");
    }
    const SqlType type = SqlType::integer();
    const Constant value = evaluate(run_, frame_, *statement.value, &type);
    return_code_ = value.text ? std::stoi(*value.text) : 0;
  }
  return Flow::kReturn;
}

Flow Interpreter::try_catch(ast::TryCatch& statement) {
  std::optional<CaughtError> caught;
  try {
    struct Inside {
      int& depth;
      explicit Inside(int& counter) : depth(++counter) {}
      ~Inside() { --depth; }
    };
    const Inside inside(run_.try_depth);
    return run(statement.body);
  } catch (const Error& error) {
    if (!catchable(error)) throw;
    caught = caught_from(error);
  }
  struct Scope {
    std::vector<CaughtError>& stack;
    ~Scope() { stack.pop_back(); }
  };
  run_.session.caught.push_back(*caught);
  Scope scope{run_.session.caught};
  return run(statement.handler);
}

void Interpreter::throw_error(ast::Throw& statement, ast::Span span) {
  if (!statement.number) {
    if (run_.session.caught.empty()) {
      throw failure_of(
          Code::kInvalidArgument, 10704, 15, 1,
          "To rethrow an error, a THROW statement must be used inside a CATCH block. Insert the "
          "THROW "
          "statement inside a CATCH block, or add error parameters to the THROW statement.",
          span);
    }
    const CaughtError caught = run_.session.caught.back();
    Error error(Code::kInvalidArgument, caught.message);
    error.set_sql({caught.number, caught.severity, caught.state, caught.procedure});
    error.set_place({{}, caught.line, 0});
    throw error;
  }
  const SqlType integer = SqlType::integer();
  const SqlType text = SqlType::nvarchar(2048);
  const int number =
      std::stoi(evaluate(run_, frame_, *statement.number, &integer).text.value_or("0"));
  const std::string message = evaluate(run_, frame_, *statement.message, &text).text.value_or("");
  const int state =
      std::stoi(evaluate(run_, frame_, *statement.state, &integer).text.value_or("1"));
  if (number < 50000) {
    throw failure(35100,
                  "Error number " + std::to_string(number) +
                      " in the THROW statement is outside the valid range. Specify an error number "
                      "in the valid range "
                      "of 50000 to 2147483647.",
                  span);
  }
  throw failure_of(Code::kInvalidArgument, number, 16, state, message, span);
}

void Interpreter::raise_error(ast::RaiseError& statement, ast::Span span) {
  const SqlType integer = SqlType::integer();
  const int severity =
      std::stoi(evaluate(run_, frame_, *statement.severity, &integer).text.value_or("0"));
  const int state =
      std::stoi(evaluate(run_, frame_, *statement.state, &integer).text.value_or("1"));
  const Constant format = evaluate(run_, frame_, *statement.message);
  if (!is_character(format.type)) {
    throw failure(
        18054,
        "Error " + format.text.value_or("NULL") + ", severity " + std::to_string(severity) +
            ", state " + std::to_string(state) +
            " was raised, but no message with that error number was found in sys.messages.",
        span);
  }
  std::vector<Constant> arguments;
  for (const auto& argument : statement.arguments)
    arguments.push_back(evaluate(run_, frame_, *argument));
  const std::string text = format_message(format.text.value_or(""), arguments);
  run_.session.raised = severity > 10;
  if (severity > 10) throw failure_of(Code::kInvalidArgument, 50000, severity, state, text, span);
  Message message;
  message.number = 50000;
  message.severity = severity < 0 ? 0 : severity;
  message.state = state;
  message.line = static_cast<int>(span.line);
  message.procedure = frame_.procedure;
  message.text = text;
  run_.sink.on_message(message);
}

void Interpreter::select(ast::SelectStatement& statement, ast::Span span) {
  if (statement.query->for_clause) {
    throw not_supported(statement.query->for_clause->what, statement.query->for_clause->span);
  }
  if (ast::Select* select = select_into(*statement.query)) {
    affected(run_select_into(run_, frame_, *statement.query, *select, span));
    return;
  }
  const auto context = make_context(run_, frame_);
  const Translation query = translate(Binder(*context).bind_query(*statement.query));
  run_.session.row_count =
      query.assigns.empty() ? send_rows(run_, query) : assign_rows(run_, frame_, query);
}

void Interpreter::call(ast::Execute& statement, ast::Span span) {
  const auto count = [this] {
    return run_.session.transaction ? run_.session.transaction->count : 0;
  };
  const int before = count();
  execute_call(run_, frame_, statement, span);
  if (before == count()) return;
  Message message;
  message.number = 266;
  message.severity = 16;
  message.state = 2;
  message.line = static_cast<int>(span.line);
  message.procedure = frame_.procedure;
  message.text =
      "Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT "
      "statements. Previous count = " +
      std::to_string(before) + ", current count = " + std::to_string(count()) + ".";
  run_.sink.on_message(message);
}

void Interpreter::use(const ast::Use& statement) {
  const auto info = run_.session.services.catalog->find_database(statement.database.text);
  if (!info) {
    throw failure_of(Code::kNotFound, 911, 16, 1,
                     "Database '" + statement.database.text +
                         "' does not exist. Make sure that the name is entered correctly.",
                     statement.database.span);
  }
  run_.session.database = info->name;
  run_.sink.on_message({5701, 0, 2, 0, {}, "Changed database context to '" + info->name + "'."});
}

}  // namespace tarn::sql
