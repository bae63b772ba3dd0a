#include "detail/exec/interpreter.h"

#include "detail/bind/bind_error.h"
#include "detail/bind/binder.h"
#include "detail/exec/accumulation.h"
#include "detail/exec/alter_table.h"
#include "detail/exec/bulk_conversion.h"
#include "detail/exec/bulk_load.h"
#include "detail/exec/constant_row.h"
#include "detail/exec/copy_into.h"
#include "detail/exec/definitions.h"
#include "detail/exec/error_scope.h"
#include "detail/exec/external_objects.h"
#include "detail/exec/external_tables.h"
#include "detail/exec/failure.h"
#include "detail/exec/language.h"
#include "detail/exec/messages.h"
#include "detail/exec/pool_statements.h"
#include "detail/exec/procedures.h"
#include "detail/exec/query_run.h"
#include "detail/exec/request_label.h"
#include "detail/exec/security.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/table_design.h"
#include "detail/exec/table_writes.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/transactions.h"
#include "detail/exec/wait.h"
#include "detail/exec/workload/classification.h"
#include "detail/exec/workload/workload_statements.h"
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

/// Counts a level while it lives.
struct Inside {
  int& depth;
  explicit Inside(int& counter) : depth(++counter) {}
  ~Inside() { --depth; }
  Inside(const Inside&) = delete;
};

/// A result set that an error cut short ends where it is, so that others may follow.
void end_result_set(Execution& run) {
  if (!run.unfinished_rows) return;
  const std::int64_t rows = *run.unfinished_rows;
  run.unfinished_rows.reset();
  run.sink.on_rows_end(rows);
}

ast::Select* select_into(ast::Query& query) {
  auto* select = std::get_if<ast::Select>(&query.term->node);
  return select && select->into ? select : nullptr;
}

/// Whether it is meant to leave no transaction.
bool resets_connection(const ast::Execute& statement) {
  const auto* name = std::get_if<ast::Name>(&statement.target);
  return name && equal_ignoring_case(name->last().text, "sp_reset_connection");
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
  Flow operator()(ast::AlterDatabase& node) const {
    return alter_database(self.run_, node, span), done();
  }
  Flow operator()(ast::RenameObject& node) const {
    return rename_object(self.run_, self.frame_, node), done();
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
    return run_statistics(self.run_, self.frame_, node), done();
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
  Flow operator()(ast::Goto& node) const {
    self.jump_ = node.label.text;
    return Flow::kGoto;
  }
  Flow operator()(ast::Label&) const { return done(); }
  Flow operator()(ast::WaitFor& node) const { return self.wait(node, span), done(); }
  Flow operator()(ast::CreateFunction& node) const {
    return create_function(self.run_, self.frame_, node), done();
  }
  Flow operator()(ast::InsertBulk& node) const {
    return announce_bulk_load(self.run_, self.frame_, node), done();
  }
  Flow operator()(ast::LoginStatement& node) const {
    return run_login_statement(self.run_, node, span), done();
  }
  Flow operator()(ast::UserStatement& node) const {
    return run_user_statement(self.run_, self.frame_, node, span), done();
  }
  Flow operator()(ast::RoleMember& node) const {
    return change_role_member(self.run_, self.frame_, node, span), done();
  }
  Flow operator()(ast::WorkloadStatement& node) const {
    return run_workload_statement(self.run_, self.frame_, node, span), done();
  }
  Flow operator()(ast::Unsupported& node) const { throw not_supported(node.what, span); }
};

Flow Interpreter::run(std::vector<ast::StatementPtr>& statements) {
  for (auto& statement : statements) {
    const Flow flow = run_survivable(*statement);
    if (flow == Flow::kGoto) return run_from(statements, jump_);
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

bool Interpreter::survives(const Error& error) const {
  if (!run_.survived || run_.try_depth > 0 || run_.thrown || run_.session.set.xact_abort ||
      frame_.returns)
    return false;
  const ErrorScope scope = scope_of(error);
  return scope == ErrorScope::kStatement ||
         (scope == ErrorScope::kCall && run_.session.error_left_call);
}

Flow Interpreter::run_survivable(ast::Statement& statement) {
  try {
    return run_guarded(statement);
  } catch (const Error& error) {
    if (!survives(error)) throw;
    end_result_set(run_);
    run_.session.row_count = 0;
    run_.survived->add(error, run_.sink);
    return Flow::kNext;
  }
}

Flow Interpreter::run_guarded(ast::Statement& statement) {
  run_.cancel.check();
  run_.session.bulk_reads->clear();
  run_.session.error_left_call = false;  // until a call that the error ends says otherwise
  run_.session.raised = false;
  if (run_.session.set.no_exec && !std::holds_alternative<ast::SetOption>(statement.node))
    return Flow::kNext;
  try {
    if (run_.session.set.format_only) return show_format(statement);
    begin_implicitly(run_, statement);
    const Flow flow = execute(statement);
    if (run_.session.transaction) run_.session.transaction->end_statement();
    if (!std::holds_alternative<ast::Block>(statement.node) &&
        !std::holds_alternative<ast::If>(statement.node)) {
      run_.session.last_error = std::exchange(raised_, 0);
    }
    return flow;
  } catch (const Error& error) {
    Error whole = completed(error, statement.span);
    // The engine reads nothing more in a transaction of a pool that has failed.
    if (!frame_.returns && run_.session.transaction && run_.session.transaction->uses_pool())
      statement_failed(run_, whole);
    const std::vector<BulkRead> reads = std::exchange(*run_.session.bulk_reads, {});
    if (auto found = bulk_failure(run_.session, reads, whole, run_.cancel)) whole = *found;
    SqlStatus status = *whole.sql();
    if (status.procedure.empty() && !frame_.procedure.empty()) {
      status.procedure = frame_.procedure;
      whole.set_sql(status);
    }
    run_.session.last_error = status.number;
    // What a function ends is up to the statement that calls it.
    if (!frame_.returns) statement_failed(run_, whole);
    throw whole;
  }
}

Flow Interpreter::execute(ast::Statement& statement) {
  note_label(run_.session, statement);
  ClassifiedStatement classified(run_, statement);
  try {
    const Flow flow = std::visit(StatementVisitor{*this, statement.span}, statement.node);
    classified.finish();
    return flow;
  } catch (const Error&) {
    classified.finish();
    throw;
  }
}

Flow Interpreter::show_format(ast::Statement& statement) {
  const auto show =
      ast::Overloaded{[&](ast::SelectStatement& node) {
                        if (select_into(*node.query)) return;
                        const auto context = make_context(run_, frame_);
                        const bound::Query query = Binder(*context).bind_query(*node.query);
                        if (!query.assigns.empty()) return;
                        run_.sink.on_columns(result_columns(query.columns));
                        run_.sink.on_rows_end(0);
                      },
                      [&](ast::If& node) {
                        run_survivable(*node.then);
                        if (node.otherwise) run_survivable(*node.otherwise);
                      },
                      [&](ast::While& node) { run_survivable(*node.body); },
                      [&](ast::TryCatch& node) { run(node.body); },
                      [&](ast::Block& node) { run(node.statements); },
                      [&](ast::Declare& node) { declare(node); },
                      [&](ast::SetOption& node) { set_option(node, statement.span); },
                      [&](ast::Use& node) { use(node); },
                      [&](ast::Execute& node) { execute_call(run_, frame_, node, statement.span); },
                      [](auto&) {}};
  std::visit(show, statement.node);
  return Flow::kNext;
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
    if (!known) refuse_in_pool_transaction(run_.session, item.span);
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
  for (const std::string& name : statement.names) {
    if (name == "IDENTITY_INSERT") {
      set_identity_insert(run_, frame_, statement, span);
    } else if (name == "DATEFIRST" || name == "ROWCOUNT") {
      set_number(name, statement, span);
    } else if (name == "LANGUAGE" || name == "DATEFORMAT") {
      set_named(name, statement, span);
    } else {
      apply_option(run_.session, name, statement, span);
    }
  }
}

void Interpreter::set_number(const std::string& name, const ast::SetOption& statement,
                             ast::Span span) {
  if (!statement.value) {
    throw failure_of(Code::kInvalidArgument, 102, 15, 1, "Incorrect syntax near '" + name + "'.",
                     span, "SET " + name + " takes a number or a variable.");
  }
  const SqlType type = SqlType::bigint();
  const Constant value = evaluate(run_, frame_, *statement.value, &type);
  const std::int64_t number = value.text ? std::stoll(*value.text) : 0;
  SetOptions& set = run_.session.set;
  if (name == "ROWCOUNT") {
    if (number < 0) {
      throw failure_of(Code::kInvalidArgument, 1060, 15, 1,
                       "The number of rows provided for SET ROWCOUNT must not be negative.", span);
    }
    set.row_limit = number;
    return;
  }
  if (number < 1 || number > 7)
    throw failure(2742, "SET DATEFIRST " + std::to_string(number) + " is out of range.", span);
  set.date_first = static_cast<int>(number);
}

void Interpreter::set_named(const std::string& name, const ast::SetOption& statement,
                            ast::Span span) {
  std::string value;
  if (statement.word) {
    value = statement.word->text;
  } else if (statement.value) {
    const auto* delimited = std::get_if<ast::ColumnRef>(&statement.value->node);
    const SqlType type = SqlType::nvarchar(128);
    value = delimited ? delimited->name.last().text
                      : evaluate(run_, frame_, *statement.value, &type).text.value_or("");
  }
  if (name == "LANGUAGE") return set_language(run_, value, span);
  set_date_format(run_.session, value, span);
}

void Interpreter::print(ast::Print& statement) {
  Message message;
  message.text = printed_text(run_, frame_, *statement.value);
  message.line = static_cast<int>(statement.value->span.line);
  message.procedure = frame_.procedure;
  run_.sink.on_message(message);
  run_.session.row_count = 0;
}

Flow Interpreter::run_if(ast::If& statement) {
  const bool holds = evaluate_condition(run_, frame_, *statement.condition);
  run_.session.row_count = 0;
  if (holds) return run_survivable(*statement.then);
  return statement.otherwise ? run_survivable(*statement.otherwise) : Flow::kNext;
}

Flow Interpreter::run_while(ast::While& statement) { return loop(statement, nullptr); }

Flow Interpreter::loop(ast::While& statement, const std::string* label) {
  for (std::int64_t i = 0; label || evaluate_condition(run_, frame_, *statement.condition); ++i) {
    run_.cancel.check();
    if (i >= kLoopIterationsMax) {
      throw failure_of(
          Code::kTooLarge, 8623, 16, 1,
          "The loop ran more often than " + std::to_string(kLoopIterationsMax) + " times.");
    }
    const Inside inside(loop_depth_);
    const Flow flow = label ? enter(*statement.body, *label) : run_survivable(*statement.body);
    label = nullptr;
    if (flow == Flow::kBreak) break;
    if (flow == Flow::kReturn || flow == Flow::kGoto) return flow;
  }
  return Flow::kNext;
}

Flow Interpreter::run_return(ast::Return& statement) {
  if (frame_.returns) {
    frame_.result = Constant{*frame_.returns, std::nullopt};
    if (statement.value) frame_.result = evaluate(run_, frame_, *statement.value, &*frame_.returns);
    return Flow::kReturn;
  }
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
    const Inside inside(run_.try_depth);
    return run(statement.body);
  } catch (const Error& error) {
    if (!catchable(error)) throw;
    // What does not compile ends the batch that it is in; a TRY around the call of it catches that.
    if (is_compile_error(error) && !run_.session.error_left_call) throw;
    end_result_set(run_);
    run_.thrown = false;
    run_.session.raised = false;
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

void Interpreter::select(ast::SelectStatement& statement, ast::Span span) {
  if (ast::Select* select = select_into(*statement.query)) {
    if (const auto& clause = statement.query->for_clause) {
      throw for_clause_refused(*clause, "SELECT INTO");
    }
    affected(run_select_into(run_, frame_, *statement.query, *select, span));
    return;
  }
  const auto context = make_context(run_, frame_);
  context->facts().only_reads = true;
  bound::Query bound = Binder(*context).bind_query(*statement.query);
  if (!bound.accumulation && select_constants(bound)) return;
  Translation query = translate(bound);
  if (const std::int64_t limit = run_.session.set.row_limit; limit > 0) {
    query.engine_sql =
        "SELECT * FROM (" + query.engine_sql + ") AS \"l\" LIMIT " + std::to_string(limit);
  }
  if (bound.accumulation) {
    run_.session.row_count = accumulate_rows(run_, frame_, *context, bound, query);
    return;
  }
  run_.session.row_count =
      query.assigns.empty() ? send_rows(run_, query) : assign_rows(run_, frame_, query);
}

bool Interpreter::select_constants(const bound::Query& query) {
  const auto row = constant_row(query);
  if (!row) return false;
  if (!query.assigns.empty()) {
    assign_row(frame_, query, *row);
  } else if (!send_row(run_, query, *row)) {
    return false;
  }
  run_.session.row_count = 1;
  return true;
}

void Interpreter::call(ast::Execute& statement, ast::Span span) {
  const auto count = [this] {
    return run_.session.transaction ? run_.session.transaction->count : 0;
  };
  const int before = count();
  execute_call(run_, frame_, statement, span);
  // What a statement began by itself is to outlive the call: so clients that commit by themselves
  // run theirs.
  const bool implicit = before == 0 && run_.session.set.implicit_transactions;
  if (before == count() || implicit || resets_connection(statement)) return;
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
  const auto info = find_any_database(run_.session, statement.database.text);
  if (!info) {
    throw failure_of(Code::kNotFound, 911, 16, 1,
                     "Database '" + statement.database.text +
                         "' does not exist. Make sure that the name is entered correctly.",
                     statement.database.span);
  }
  require_online(run_.session, info->name);
  run_.session.database = info->name;
  run_.sink.on_message({5701, 0, 2, 0, {}, "Changed database context to '" + info->name + "'."});
}

}  // namespace tarn::sql
