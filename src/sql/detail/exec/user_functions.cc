#include "detail/exec/user_functions.h"

#include <utility>

#include "detail/exec/bulk_conversion.h"
#include "detail/exec/call.h"
#include "detail/exec/failure.h"
#include "detail/exec/interpreter.h"
#include "detail/exec/modules.h"
#include "detail/exec/query_run.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/system_views.h"
#include "detail/exec/temp_tables.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

Error side_effect(std::string_view what, ast::Span span) {
  return failure_of(
      Code::kInvalidArgument, 443, 16, 14,
      "Invalid use of a side-effecting operator '" + std::string(what) + "' within a function.",
      span);
}

/// A function may change its own table variables.
void check_target(const ast::Target& target, const std::vector<ast::OutputClause>& outputs,
                  std::string_view what, ast::Span span) {
  if (!std::holds_alternative<ast::Variable>(target)) throw side_effect(what, span);
  for (const ast::OutputClause& output : outputs) {
    if (!output.into || !std::holds_alternative<ast::Variable>(*output.into))
      throw side_effect("OUTPUT", span);
  }
}

void check_statement(const ast::Statement& statement, bool scalar);

void check_all(const std::vector<ast::StatementPtr>& statements, bool scalar) {
  for (const ast::StatementPtr& statement : statements) check_statement(*statement, scalar);
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

void check_statement(const ast::Statement& statement, bool scalar) {
  const ast::Span span = statement.span;
  std::visit(
      ast::Overloaded{
          [&](const ast::SelectStatement& node) { check_select(*node.query, span); },
          [&](const ast::Block& node) { check_all(node.statements, scalar); },
          [&](const ast::If& node) {
            check_statement(*node.then, scalar);
            if (node.otherwise) check_statement(*node.otherwise, scalar);
          },
          [&](const ast::While& node) { check_statement(*node.body, scalar); },
          [&](const ast::Return& node) {
            if (static_cast<bool>(node.value) == scalar) return;
            if (!scalar) {
              throw failure_of(Code::kInvalidArgument, 178, 15, 1,
                               "A RETURN statement with a return value cannot be used in this "
                               "context.",
                               span);
            }
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
          [&](const ast::Insert& node) {
            if (std::holds_alternative<std::unique_ptr<ast::Execute>>(node.source))
              throw side_effect("INSERT EXEC", span);
            check_target(node.target, node.outputs, "INSERT", span);
          },
          [&](const ast::Update& node) { check_target(node.target, node.outputs, "UPDATE", span); },
          [&](const ast::Delete& node) { check_target(node.target, node.outputs, "DELETE", span); },
          [&](const ast::Merge& node) { check_target(node.target, node.outputs, "MERGE", span); },
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

void check_function_body(const ast::CreateFunction& function) {
  const std::vector<ast::StatementPtr>& body = function.body;
  check_all(body, function.returns.has_value());
  if (!body.empty() && std::holds_alternative<ast::Return>(body.back()->node)) return;
  throw failure_of(Code::kInvalidArgument, 455, 16, 2,
                   "The last statement included within a function must be a return statement.",
                   body.empty() ? ast::Span{} : body.back()->span);
}

namespace {

/// A call of a function whose statements are interpreted.
class FunctionRun {
 public:
  FunctionRun(StatementFacts& facts, const FunctionSource& source)
      : session_(facts.session),
        batch_(parse_batch(source.function->definition)),
        function_(std::get_if<ast::CreateFunction>(&batch_.statements.at(0)->node)),
        collation_(source.context->default_collation()),
        kept_(session_),
        run_{session_, silence_, facts.cancel} {
    check(function_ != nullptr, "a stored function is no CREATE FUNCTION");
    const auto* context = dynamic_cast<const StatementContext*>(source.context.get());
    check(context != nullptr, "a function without surroundings of the session");
    frame_.procedure = source.name;
    frame_.database = context->database();
    frame_.text = batch_.text;
  }

  Constant scalar(std::span<const Constant> arguments) {
    frame_.returns = bind_type(*function_->returns, collation_);
    const Call call(session_, frame_);
    run(arguments);
    return frame_.result.value_or(Constant{*frame_.returns, std::nullopt});
  }

  /// The filled table variable, which is the caller's to drop.
  TempTable table(std::span<const Constant> arguments) {
    frame_.returns = SqlType::integer();  // RETURN alone ends it, as it ends a scalar function
    const Call call(session_, frame_);
    frame_.table_variables.emplace(function_->table,
                                   make_temp_table(run_, frame_, function_->columns));
    run(arguments);
    return std::move(frame_.table_variables.extract(function_->table).mapped());
  }

 private:
  void run(std::span<const Constant> arguments) {
    for (std::size_t i = 0; i < function_->parameters.size(); ++i) {
      Frame given;
      given.variables["@value"] = {arguments[i].type, arguments[i].text};
      const SqlType type = bind_type(function_->parameters[i].type, collation_);
      const ast::Expr value{{}, ast::Variable{"@value"}, 1};
      frame_.variables[function_->parameters[i].name] = {type,
                                                         evaluate(run_, given, value, &type).text};
    }
    Interpreter(run_, frame_).run(function_->body);
  }

  SessionState& session_;
  ast::Batch batch_;
  ast::CreateFunction* function_;
  const Collation* collation_;
  const Kept kept_;
  Silence silence_;
  Execution run_;
  Frame frame_;
};

}  // namespace

std::optional<FunctionSource> StatementContext::resolve_function(const ast::Name& name) {
  if (name.parts.size() > 3) return std::nullopt;
  if (name.parts.size() == 3 && !find_any_database(facts_->session, name.from_right(2))) {
    return std::nullopt;
  }
  const ObjectName full = object_name(name);
  const bool unqualified = name.from_right(1).empty();
  auto module = is_system_schema(full.schema) || (unqualified && full.object.starts_with("fn_"))
                    ? system_module({full.database, "sys", full.object})
                    : std::nullopt;
  const bool system = module.has_value();
  if (!system) module = find_module(facts_->session, full);
  if (!module || !is_function(module->kind)) return std::nullopt;
  const bool scalar = module->kind == ModuleKind::kScalarFunction;
  if (!system)
    facts_->session.authorize(
        scalar ? identity::actions::kSqlExecute : identity::actions::kSqlSelect, full.scope());
  auto batch = std::make_shared<ast::Batch>(parse_batch(module->definition));
  const auto* function = std::get_if<ast::CreateFunction>(&batch->statements.at(0)->node);
  check(function != nullptr, "a stored function is no CREATE FUNCTION");
  FunctionSource source;
  source.function = std::shared_ptr<const ast::CreateFunction>(batch, function);
  source.context = std::make_shared<StatementContext>(facts_, nullptr, module->database,
                                                      system ? server_collation() : nullptr);
  source.schema = module->schema;
  source.name = module->name;
  return source;
}

Constant StatementContext::call_function(const FunctionSource& function,
                                         std::span<const Constant> arguments, ast::Span) {
  return FunctionRun(*facts_, function).scalar(arguments);
}

Source StatementContext::call_table_function(const FunctionSource& function,
                                             std::span<const Constant> arguments, ast::Span) {
  const TempTable table = FunctionRun(*facts_, function).table(arguments);
  facts_->temporary_tables.push_back(table.engine_name);
  return temp_source(table, function.name);
}

Constant StatementContext::constant_value(const bound::Expr& expr) { return evaluate(*this, expr); }

}  // namespace tarn::sql
