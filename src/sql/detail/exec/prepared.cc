#include "detail/exec/prepared.h"

#include <utility>

#include "detail/exec/arguments.h"
#include "detail/exec/describe.h"
#include "detail/exec/error_scope.h"
#include "detail/exec/failure.h"
#include "detail/exec/procedures.h"
#include "detail/exec/query_run.h"

namespace tarn::sql {
namespace {

std::size_t bytes_of(const PreparedText& text) {
  return text.declarations.size() + text.text.size() + text.procedure.size();
}

Error unknown_handle(std::int64_t handle, ast::Span span) {
  return failure_of(Code::kNotFound, 8179, 16, 2,
                    "Could not find prepared statement with handle " + std::to_string(handle) + ".",
                    span);
}

constexpr int kNotPrepared = 8180;

/// Runs `body`: where its text does not compile, 8180 follows on the error.
template <typename Body>
void preparing(Execution& run, const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    // What a procedure that the text calls says is not about the text.
    if (!is_compile_error(error) || !error.sql()->procedure.empty()) throw;
    tell_and_fail(run, error, kNotPrepared, "Statement(s) could not be prepared.");
  }
}

/// Whether the text is one statement whose tables must be there already.
bool is_single_query(Execution& run, const PreparedText& text) {
  const ParsedText parsed(run.session.texts, text.text);
  const auto& statements = parsed.batch().statements;
  if (statements.size() != 1) return false;
  const auto& node = statements.front()->node;
  return std::holds_alternative<ast::SelectStatement>(node) ||
         std::holds_alternative<ast::Insert>(node) || std::holds_alternative<ast::Update>(node) ||
         std::holds_alternative<ast::Delete>(node) || std::holds_alternative<ast::Merge>(node);
}

PreparedText text_of(Execution& run, const Frame& caller, const ast::Execute& statement) {
  PreparedText text;
  text.declarations = text_argument(run, caller, statement, 1, "@params");
  text.text = text_argument(run, caller, statement, 2, "@stmt");
  // Errors of the text are those of its preparation.
  const DeclaredParameters parameters(run.session, text.declarations);
  const ParsedText parsed(run.session.texts, text.text);
  return text;
}

/// The name in "{? = call dbo.p(?, ?)}", "{call p}".
std::string called_procedure(const std::string& call, ast::Span span) {
  std::string_view rest = trim(call);
  const auto fail = [&]() -> Error {
    return failure(214, "Procedure expects parameter '@stmt' of the form '{call name(?, …)}'.",
                   span);
  };
  if (!rest.starts_with('{') || !rest.ends_with('}')) throw fail();
  rest = trim(rest.substr(1, rest.size() - 2));
  if (rest.starts_with('?')) {
    rest = trim(rest.substr(1));
    if (!rest.starts_with('=')) throw fail();
    rest = trim(rest.substr(1));
  }
  constexpr std::string_view kCall = "call";
  if (!equal_ignoring_case(rest.substr(0, kCall.size()), kCall)) throw fail();
  rest = trim(rest.substr(kCall.size()));
  return std::string(trim(rest.substr(0, rest.find('('))));
}

void run_prepared(Execution& run, Frame& caller, const ast::Execute& statement, std::size_t skipped,
                  const PreparedText& text, const char* procedure) {
  if (text.procedure.empty()) {
    run_parametrised(run, caller, statement, skipped, text.declarations, text.text, procedure);
    return;
  }
  ast::Execute call;
  call.result = statement.result;
  call.target = parse_name(text.procedure, statement.target_span);
  call.target_span = statement.target_span;
  for (std::size_t i = skipped; i < statement.arguments.size(); ++i) {
    // A call's arguments are variables of the caller or literals, which the engine need not see.
    const ast::Execute::Argument& given = statement.arguments[i];
    ast::Execute::Argument argument;
    argument.name = given.name;
    argument.output = given.output;
    argument.span = given.span;
    if (const auto* variable = std::get_if<ast::Variable>(&given.value->node)) {
      argument.value =
          std::make_unique<ast::Expr>(ast::Expr{given.span, ast::Variable{variable->name}, 1});
    } else {
      const Constant value = evaluate(run, caller, *given.value);
      const std::string name = "@" + std::to_string(i);
      caller.variables[name] = {value.type, value.text};
      argument.value = std::make_unique<ast::Expr>(ast::Expr{given.span, ast::Variable{name}, 1});
    }
    call.arguments.push_back(std::move(argument));
  }
  execute_call(run, caller, call, statement.target_span);
}

}  // namespace

int PreparedTexts::add(PreparedText text) {
  const std::size_t bytes = bytes_of(text);
  if (texts_.size() >= kTextsMax || bytes_ + bytes > kBytesMax) {
    throw failure_of(
        Code::kResourceExhausted, 701, 17, 123,
        "The session keeps too many prepared statements: " + std::to_string(texts_.size()) + ".",
        {}, "Give up those that are not needed with sp_unprepare.");
  }
  bytes_ += bytes;
  texts_.emplace(++last_, std::move(text));
  return last_;
}

const PreparedText* PreparedTexts::find(std::int64_t handle) const {
  const auto found = texts_.find(handle);
  return found == texts_.end() ? nullptr : &found->second;
}

bool PreparedTexts::remove(std::int64_t handle) {
  const auto found = texts_.find(handle);
  if (found == texts_.end()) return false;
  bytes_ -= bytes_of(found->second);
  texts_.erase(found);
  return true;
}

void PreparedTexts::clear() {
  texts_.clear();
  bytes_ = 0;
}

void prepare(Execution& run, Frame& caller, const ast::Execute& statement) {
  constexpr std::int64_t kReturnMetadata = 1;
  PreparedText text;
  preparing(run, [&] {
    text = text_of(run, caller, statement);
    if (is_single_query(run, text)) first_result_set(run, caller, text.text, text.declarations);
  });
  const auto options = number_argument(run, caller, statement, 3);
  if (options && (*options & kReturnMetadata))
    show_columns(run, caller, text.text, text.declarations);
  set_output(run, caller, statement, 0, run.session.prepared.add(std::move(text)));
  give_return_code(run, caller, statement, 0);
}

void execute_prepared(Execution& run, Frame& caller, const ast::Execute& statement) {
  const std::int64_t handle = number_argument(run, caller, statement, 0).value_or(0);
  const PreparedText* found = run.session.prepared.find(handle);
  if (!found) throw unknown_handle(handle, statement.target_span);
  const PreparedText text = *found;  // the text may unprepare itself
  run_prepared(run, caller, statement, 1, text, "sp_execute");
}

void prepare_and_execute(Execution& run, Frame& caller, const ast::Execute& statement) {
  PreparedText text;
  preparing(run, [&] { text = text_of(run, caller, statement); });
  if (const auto old = number_argument(run, caller, statement, 0))
    run.session.prepared.remove(*old);
  const int handle = run.session.prepared.add(text);
  set_output(run, caller, statement, 0, handle);
  try {
    preparing(run, [&] { run_prepared(run, caller, statement, 3, text, "sp_prepexec"); });
  } catch (const Error& error) {
    if (error.sql() && error.sql()->number == kNotPrepared) {
      run.session.prepared.remove(handle);
      set_output(run, caller, statement, 0, 0);
    }
    throw;
  }
}

void prepare_and_call(Execution& run, Frame& caller, const ast::Execute& statement) {
  PreparedText text;
  text.procedure =
      called_procedure(text_argument(run, caller, statement, 1, "@stmt"), statement.target_span);
  if (const auto old = number_argument(run, caller, statement, 0))
    run.session.prepared.remove(*old);
  set_output(run, caller, statement, 0, run.session.prepared.add(text));
  run_prepared(run, caller, statement, 2, text, "sp_prepexecrpc");
}

void unprepare(Execution& run, Frame& caller, const ast::Execute& statement) {
  const std::int64_t handle = number_argument(run, caller, statement, 0).value_or(0);
  if (!run.session.prepared.remove(handle)) throw unknown_handle(handle, statement.target_span);
  give_return_code(run, caller, statement, 0);
}

}  // namespace tarn::sql
