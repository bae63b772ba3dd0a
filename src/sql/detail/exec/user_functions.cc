#include "detail/exec/user_functions.h"

#include <utility>

#include "detail/exec/bulk_conversion.h"
#include "detail/exec/call.h"
#include "detail/exec/failure.h"
#include "detail/exec/interpreter.h"
#include "detail/exec/modules.h"
#include "detail/exec/query_run.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

Error side_effect(std::string_view what, ast::Span span) {
  return failure_of(
      Code::kInvalidArgument, 443, 16, 14,
      "Invalid use of a side-effecting operator '" + std::string(what) + "' within a function.",
      span);
}

void check_statement(const ast::Statement& statement);

void check_all(const std::vector<ast::StatementPtr>& statements) {
  for (const ast::StatementPtr& statement : statements) check_statement(*statement);
}

void check_select(const ast::Query& query, ast::Span span) {
  const auto* select = std::get_if<ast::Select>(&query.term->node);
  bool assigns = select && !select->items.empty();
  if (select && select->into) throw side_effect("SELECT INTO", span);
  for (std::size_t i = 0; select && i < select->items.size(); ++i) {
    assigns = assigns && std::holds_alternative<ast::AssignItem>(select->items[i].node);
  }
  if (assigns) return;
  throw failure_of(Code::kInvalidArgument, 444, 16, 2,
                   "Select statements included within a function cannot return data to a client.",
                   span);
}

void check_statement(const ast::Statement& statement) {
  const ast::Span span = statement.span;
  std::visit(
      ast::Overloaded{
          [&](const ast::SelectStatement& node) { check_select(*node.query, span); },
          [&](const ast::Block& node) { check_all(node.statements); },
          [&](const ast::If& node) {
            check_statement(*node.then);
            if (node.otherwise) check_statement(*node.otherwise);
          },
          [&](const ast::While& node) { check_statement(*node.body); },
          [&](const ast::Return& node) {
            if (node.value) return;
            throw failure_of(Code::kInvalidArgument, 456, 15, 1,
                             "RETURN statements in scalar valued functions must include an "
                             "argument.",
                             span);
          },
          [](const ast::Declare&) {},
          [](const ast::SetVariable&) {},
          [](const ast::Break&) {},
          [](const ast::Continue&) {},
          [](const ast::Goto&) {},
          [](const ast::Label&) {},
          [&](const ast::Insert&) { throw side_effect("INSERT", span); },
          [&](const ast::Update&) { throw side_effect("UPDATE", span); },
          [&](const ast::Delete&) { throw side_effect("DELETE", span); },
          [&](const ast::Merge&) { throw side_effect("MERGE", span); },
          [&](const ast::Print&) { throw side_effect("PRINT", span); },
          [&](const ast::RaiseError&) { throw side_effect("RAISERROR", span); },
          [&](const ast::Throw&) { throw side_effect("THROW", span); },
          [&](const ast::TryCatch&) { throw side_effect("BEGIN TRY", span); },
          [&](const ast::Execute&) { throw side_effect("EXECUTE", span); },
          [&](const ast::SetOption&) { throw side_effect("SET OPTION", span); },
          [&](const ast::WaitFor&) { throw side_effect("WAITFOR", span); },
          [&](const auto&) { throw side_effect("a statement that changes something", span); },
      },
      statement.node);
}

/// Functions give nothing but their value.
class Silence : public ResultSink {
 public:
  void on_columns(const std::vector<ResultColumn>&) override {}
  void on_rows(const engine::Chunk&) override {}
  void on_rows_end(std::int64_t) override {}
  void on_rows_affected(std::int64_t) override {}
  void on_message(const Message&) override {}
};

/// What the statement around the call remembers, kept while the function runs its own.
class Kept {
 public:
  explicit Kept(SessionState& session)
      : session_(session),
        reads_(std::exchange(*session.bulk_reads, {})),
        row_count_(session.row_count),
        last_error_(session.last_error) {}
  ~Kept() {
    *session_.bulk_reads = std::move(reads_);
    session_.row_count = row_count_;
    session_.last_error = last_error_;
  }
  Kept(const Kept&) = delete;

 private:
  SessionState& session_;
  std::vector<BulkRead> reads_;
  std::int64_t row_count_;
  int last_error_;
};

}  // namespace

void check_function_body(const std::vector<ast::StatementPtr>& body) {
  check_all(body);
  if (!body.empty() && std::holds_alternative<ast::Return>(body.back()->node)) return;
  throw failure_of(Code::kInvalidArgument, 455, 16, 2,
                   "The last statement included within a function must be a return statement.",
                   body.empty() ? ast::Span{} : body.back()->span);
}

Constant run_function(StatementFacts& facts, const FunctionSource& source,
                      std::span<const Constant> arguments) {
  SessionState& session = facts.session;
  ast::Batch batch = parse_batch(source.function->definition);
  auto* function = std::get_if<ast::CreateFunction>(&batch.statements.at(0)->node);
  check(function != nullptr && function->returns, "a stored scalar function is none");
  const auto* context = dynamic_cast<const StatementContext*>(source.context.get());
  check(context != nullptr, "a function without surroundings of the session");
  const Collation* collation = source.context->default_collation();

  const Kept kept(session);
  Silence silence;
  Execution run{session, silence, facts.cancel};
  Frame frame;
  frame.procedure = source.name;
  frame.database = context->database();
  frame.text = batch.text;
  frame.returns = bind_type(*function->returns, collation);
  for (std::size_t i = 0; i < function->parameters.size(); ++i) {
    Frame given;
    given.variables["@value"] = {arguments[i].type, arguments[i].text};
    const SqlType type = bind_type(function->parameters[i].type, collation);
    const ast::Expr value{{}, ast::Variable{"@value"}, 1};
    frame.variables[function->parameters[i].name] = {type, evaluate(run, given, value, &type).text};
  }
  const Call call(session, frame);
  Interpreter(run, frame).run(function->body);
  return frame.result.value_or(Constant{*frame.returns, std::nullopt});
}

std::optional<FunctionSource> StatementContext::resolve_function(const ast::Name& name) {
  if (name.parts.size() > 3) return std::nullopt;
  if (name.parts.size() == 3 &&
      !facts_->session.services.catalog->find_database(name.from_right(2))) {
    return std::nullopt;
  }
  const ObjectName full = object_name(name);
  const auto module = find_module(facts_->session, full);
  if (!module || !is_function(module->kind)) return std::nullopt;
  const bool scalar = module->kind == ModuleKind::kScalarFunction;
  facts_->session.authorize(scalar ? identity::actions::kSqlExecute : identity::actions::kSqlSelect,
                            full.scope());
  auto batch = std::make_shared<ast::Batch>(parse_batch(module->definition));
  const auto* function = std::get_if<ast::CreateFunction>(&batch->statements.at(0)->node);
  check(function != nullptr, "a stored function is no CREATE FUNCTION");
  FunctionSource source;
  source.function = std::shared_ptr<const ast::CreateFunction>(batch, function);
  source.context = std::make_shared<StatementContext>(facts_, nullptr, module->database);
  source.schema = module->schema;
  source.name = module->name;
  return source;
}

Constant StatementContext::call_function(const FunctionSource& function,
                                         std::span<const Constant> arguments, ast::Span) {
  return run_function(*facts_, function, arguments);
}

Constant StatementContext::constant_value(const bound::Expr& expr) { return evaluate(*this, expr); }

}  // namespace tarn::sql
