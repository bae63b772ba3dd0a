#include "detail/exec/procedures.h"

#include "detail/bind/binder.h"
#include "detail/exec/arguments.h"
#include "detail/exec/call.h"
#include "detail/exec/client_procedures.h"
#include "detail/exec/failure.h"
#include "detail/exec/interpreter.h"
#include "detail/exec/modules.h"
#include "detail/exec/parsed_texts.h"
#include "detail/exec/query_run.h"
#include "detail/exec/rename.h"
#include "detail/exec/system_views.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

void run_procedure(Execution& run, Frame& caller, ast::Execute& statement, const Module& module) {
  ParsedText text(run.session.texts, module.definition);
  auto* procedure = std::get_if<ast::CreateProcedure>(&text.batch().statements.at(0)->node);
  check(procedure != nullptr, "a stored procedure is no CREATE PROCEDURE");
  const Arguments arguments = matched(procedure->parameters, arguments_of(statement), module.name);
  Frame frame = bound_parameters(run, caller, procedure->parameters, arguments, module.name);
  frame.procedure = module.name;
  frame.database = module.database;
  frame.text = text.batch().text;
  int return_code = 0;
  {
    const Call call(run.session, frame);
    Interpreter interpreter(run, frame);
    interpreter.run(procedure->body);
    return_code = interpreter.return_code();
  }
  write_outputs(run, caller, frame, procedure->parameters, arguments);
  give_return_code(run, caller, statement, return_code);
}

/// An error in the text is one of the call, not of the statement that has it.
ParsedText parsed_call(SessionState& session, std::string_view text) {
  try {
    return ParsedText(session.texts, text);
  } catch (const Error&) {
    session.error_left_call = true;
    throw;
  }
}

void execute_sql_text(Execution& run, Frame& caller, ast::Execute& statement) {
  const std::string text = unicode_argument(run, caller, statement, 0, "@statement");
  std::string declarations;
  if (statement.arguments.size() > 1)
    declarations = unicode_argument(run, caller, statement, 1, "@params");
  run_parametrised(run, caller, statement, 2, declarations, text, "sp_executesql");
}

void set_session_context(Execution& run, Frame& caller, ast::Execute& statement) {
  const std::string key = text_argument(run, caller, statement, 0, "@key");
  if (statement.arguments.size() < 2) {
    throw failure_of(
        Code::kInvalidArgument, 201, 16, 10,
        "Procedure or function 'sp_set_session_context' expects parameter '@value', which was not "
        "supplied.",
        statement.target_span);
  }
  const Constant value = evaluate(run, caller, *statement.arguments[1].value);
  run.session.context[key] = {value.type, value.text};
}

/// sp_helptext: the lines of a definition as rows.
void help_text(Execution& run, Frame& caller, ast::Execute& statement) {
  const std::string object = text_argument(run, caller, statement, 0, "@objname");
  const auto context = make_context(run, caller);
  const ObjectName name = context->object_name(parse_name(object, statement.target_span));
  auto module = find_module(run.session, name);
  if (!module) module = system_module({name.database, "sys", name.object});
  if (!module) {
    throw failure(15009,
                  "The object '" + object + "' does not exist in database '" + name.database +
                      "' or is invalid for this operation.",
                  statement.target_span);
  }
  run.session.authorize(identity::actions::kSqlSelect, name.scope());
  std::string rows;
  int number = 0;
  for (const std::string& line : split(module->definition, '\n')) {
    std::string quoted;
    for (const char c : line) quoted.append(c == '\'' ? "''" : std::string(1, c));
    rows += (rows.empty() ? "(N'" : ", (N'") + quoted + "', " + std::to_string(++number) + ")";
  }
  Frame frame;
  execute_text(run, frame,
               "SELECT CAST(line AS nvarchar(255)) AS [Text] FROM (VALUES " + rows +
                   ") AS v(line, number) ORDER BY number");
}

/// Names that begin with sp_ or xp_ are looked for among the system's first, in any schema.
std::optional<Module> system_procedure(const ast::Name& name, const ObjectName& full) {
  const std::string_view schema = name.from_right(1);
  const bool anywhere = schema.empty() || equal_ignoring_case(schema, lake::kDefaultSchema);
  const std::string prefix = to_lower(full.object.substr(0, 3));
  if (!is_system_schema(schema) && !(anywhere && (prefix == "sp_" || prefix == "xp_")))
    return std::nullopt;
  auto module = system_module({full.database, "sys", full.object});
  return module && module->kind == ModuleKind::kProcedure ? module : std::nullopt;
}

void call_by_name(Execution& run, Frame& caller, ast::Execute& statement, const ast::Name& name) {
  const std::string& last = name.last().text;
  if (equal_ignoring_case(last, "sp_executesql")) return execute_sql_text(run, caller, statement);
  if (equal_ignoring_case(last, "sp_set_session_context"))
    return set_session_context(run, caller, statement);
  if (equal_ignoring_case(last, "sp_rename")) return rename_object(run, caller, statement);
  if (equal_ignoring_case(last, "sp_helptext")) return help_text(run, caller, statement);
  if (const ClientProcedure procedure = find_client_procedure(last))
    return procedure(run, caller, statement);
  const auto context = make_context(run, caller);
  const ObjectName full = context->object_name(name, 2812);
  if (const auto system = system_procedure(name, full))
    return run_procedure(run, caller, statement, *system);
  const auto module = find_module(run.session, full);
  if (!module || module->kind != ModuleKind::kProcedure) {
    std::vector<std::string> candidates;
    for (const Module& other : list_modules(run.session, full.database)) {
      if (other.kind == ModuleKind::kProcedure) candidates.push_back(other.name);
    }
    std::string shown;
    for (const auto& part : name.parts) shown += (shown.empty() ? "" : ".") + part.text;
    throw failure_of(Code::kNotFound, 2812, 16, 62,
                     "Could not find stored procedure '" + shown + "'.", statement.target_span,
                     did_you_mean(last, candidates));
  }
  run.session.authorize(identity::actions::kSqlExecute, full.scope());
  run_procedure(run, caller, statement, *module);
}

}  // namespace

ast::Name parse_name(const std::string& text, ast::Span span) {
  ast::Batch batch = parse_batch("EXEC " + text);
  const auto* call = batch.statements.size() == 1
                         ? std::get_if<ast::Execute>(&batch.statements[0]->node)
                         : nullptr;
  const auto* name =
      call && call->arguments.empty() ? std::get_if<ast::Name>(&call->target) : nullptr;
  if (!name)
    throw failure_of(Code::kNotFound, 2812, 16, 62,
                     "Could not find stored procedure '" + text + "'.", span);
  return *name;
}

void execute_text(Execution& run, Frame& frame, std::string_view text) {
  ParsedText parsed = parsed_call(run.session, text);
  frame.text = parsed.batch().text;
  const Call call(run.session, frame);
  Interpreter(run, frame).run(parsed.batch().statements);
}

void run_parametrised(Execution& run, Frame& caller, const ast::Execute& statement,
                      std::size_t skipped, const std::string& declarations, const std::string& text,
                      const std::string& procedure) {
  const DeclaredParameters declared(run.session, declarations);
  const std::vector<ast::Parameter>& parameters = declared.list();
  const Arguments arguments = matched(parameters, arguments_of(statement, skipped), procedure);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (arguments[i] || parameters[i].default_value) continue;
    throw failure(8178,
                  "The parameterized query '(" + declarations + ")" + text +
                      "' expects the parameter '" + parameters[i].name +
                      "', which was not supplied.",
                  statement.target_span);
  }
  Frame frame = bound_parameters(run, caller, parameters, arguments, procedure);
  frame.database = caller.database;
  execute_text(run, frame, text);
  write_outputs(run, caller, frame, parameters, arguments);
  give_return_code(run, caller, statement, 0);
}

void execute_call(Execution& run, Frame& frame, ast::Execute& statement, ast::Span span) {
  if (const auto* name = std::get_if<ast::Name>(&statement.target)) {
    call_by_name(run, frame, statement, *name);
  } else if (const auto* variable = std::get_if<ast::Variable>(&statement.target)) {
    const Variable& value = variable_of(frame, variable->name, span);
    call_by_name(run, frame, statement, parse_name(value.text.value_or(""), span));
  } else {
    const SqlType text = SqlType::nvarchar(kMaxLength);
    const Constant batch = evaluate(run, frame, *std::get<ast::ExprPtr>(statement.target), &text);
    Frame inner;
    inner.database = frame.database;
    execute_text(run, inner, batch.text.value_or(""));
  }
}

}  // namespace tarn::sql
