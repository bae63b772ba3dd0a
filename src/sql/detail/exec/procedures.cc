#include "detail/exec/procedures.h"

#include <algorithm>

#include "detail/bind/binder.h"
#include "detail/exec/call.h"
#include "detail/exec/failure.h"
#include "detail/exec/interpreter.h"
#include "detail/exec/modules.h"
#include "detail/exec/query_run.h"
#include "detail/exec/system_views.h"
#include "detail/exec/temp_tables.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

/// An argument's value; nothing for DEFAULT.
std::optional<Constant> argument_value(Execution& run, const Frame& frame,
                                       const ast::Execute::Argument& argument,
                                       const SqlType* type) {
  if (std::holds_alternative<ast::DefaultValue>(argument.value->node)) return std::nullopt;
  return evaluate(run, frame, *argument.value, type);
}

/// Pairs arguments with parameters: by position first, then by name. Null where a parameter got
/// none.
std::vector<const ast::Execute::Argument*> matched(
    const std::vector<ast::Parameter>& parameters,
    const std::vector<ast::Execute::Argument>& arguments, const std::string& procedure) {
  std::vector<const ast::Execute::Argument*> result(parameters.size(), nullptr);
  bool named = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    std::size_t index = i;
    if (argument.name) {
      named = true;
      const auto found =
          std::find_if(parameters.begin(), parameters.end(), [&](const ast::Parameter& parameter) {
            return equal_ignoring_case(parameter.name, *argument.name);
          });
      if (found == parameters.end()) {
        std::vector<std::string> candidates;
        for (const auto& parameter : parameters) candidates.push_back(parameter.name);
        throw failure_of(Code::kInvalidArgument, 8145, 16, 2,
                         *argument.name + " is not a parameter for procedure " + procedure + ".",
                         argument.span, did_you_mean(*argument.name, candidates));
      }
      index = static_cast<std::size_t>(found - parameters.begin());
    } else if (named) {
      throw failure_of(
          Code::kInvalidArgument, 119, 15, 1,
          "Must pass parameter number " + std::to_string(i + 1) +
              " and subsequent parameters as '@name = value'. After the form '@name = value' has "
              "been "
              "used, all subsequent parameters must be passed in the form '@name = value'.",
          argument.span);
    }
    if (index >= parameters.size()) {
      throw failure_of(Code::kInvalidArgument, 8144, 16, 2,
                       "Procedure or function " + procedure + " has too many arguments specified.",
                       argument.span);
    }
    if (result[index]) {
      throw failure_of(Code::kInvalidArgument, 8143, 16, 1,
                       "Parameter '" + parameters[index].name + "' was supplied multiple times.",
                       argument.span);
    }
    result[index] = &argument;
  }
  return result;
}

Frame bound_parameters(Execution& run, const Frame& caller,
                       const std::vector<ast::Parameter>& parameters,
                       const std::vector<const ast::Execute::Argument*>& arguments,
                       const std::string& procedure) {
  Frame frame;
  const Collation* collation = run.session.collation_of(run.session.database);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const ast::Parameter& parameter = parameters[i];
    Variable variable{bind_type(parameter.type, collation), std::nullopt};
    std::optional<Constant> value;
    if (arguments[i]) value = argument_value(run, caller, *arguments[i], &variable.type);
    if (!value && parameter.default_value)
      value = evaluate(run, Frame{}, *parameter.default_value, &variable.type);
    if (!value) {
      throw failure_of(Code::kInvalidArgument, 201, 16, 4,
                       "Procedure or function '" + procedure + "' expects parameter '" +
                           parameter.name + "', which was not supplied.");
    }
    variable.text = value->text;
    frame.variables[parameter.name] = std::move(variable);
  }
  return frame;
}

Variable& variable_of(Frame& frame, const std::string& name, ast::Span span) {
  const auto found = frame.variables.find(name);
  if (found == frame.variables.end()) {
    throw failure_of(Code::kInvalidArgument, 137, 15, 2,
                     "Must declare the scalar variable \"" + name + "\".", span);
  }
  return found->second;
}

/// `value` converted to the type of the variable that receives it.
void assign(Execution& run, Frame& frame, const std::string& name, const Variable& value,
            ast::Span span) {
  Variable& target = variable_of(frame, name, span);
  if (target.type == value.type) {
    target.text = value.text;
    return;
  }
  Frame source;
  source.variables["@value"] = value;
  const ast::Expr expr{span, ast::Variable{"@value"}, 1};
  const SqlType type = target.type;
  target.text = evaluate(run, source, expr, &type).text;
}

void write_outputs(Execution& run, Frame& caller, const Frame& callee,
                   const std::vector<ast::Parameter>& parameters,
                   const std::vector<const ast::Execute::Argument*>& arguments) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!arguments[i] || !arguments[i]->output) continue;
    if (!parameters[i].output) {
      throw failure_of(Code::kInvalidArgument, 8162, 16, 2,
                       "The formal parameter \"" + parameters[i].name +
                           "\" was not declared as an OUTPUT parameter, but the actual parameter "
                           "passed in requested "
                           "output.",
                       arguments[i]->span);
    }
    const auto* variable = std::get_if<ast::Variable>(&arguments[i]->value->node);
    if (!variable) {
      throw failure_of(
          Code::kInvalidArgument, 179, 15, 1,
          "Cannot use the OUTPUT option when passing a constant to a stored procedure.",
          arguments[i]->span);
    }
    assign(run, caller, variable->name, callee.variables.at(parameters[i].name),
           arguments[i]->span);
  }
}

void run_procedure(Execution& run, Frame& caller, ast::Execute& statement, const Module& module) {
  ast::Batch batch = parse_batch(module.definition);
  auto* procedure = std::get_if<ast::CreateProcedure>(&batch.statements.at(0)->node);
  check(procedure != nullptr, "a stored procedure is no CREATE PROCEDURE");
  const auto arguments = matched(procedure->parameters, statement.arguments, module.name);
  Frame frame = bound_parameters(run, caller, procedure->parameters, arguments, module.name);
  frame.procedure = module.name;
  frame.database = module.database;
  frame.text = batch.text;
  int return_code = 0;
  {
    const Call call(run.session, frame);
    Interpreter interpreter(run, frame);
    interpreter.run(procedure->body);
    return_code = interpreter.return_code();
  }
  write_outputs(run, caller, frame, procedure->parameters, arguments);
  if (statement.result) {
    assign(run, caller, *statement.result, {SqlType::integer(), std::to_string(return_code)},
           statement.target_span);
  }
  if (caller.procedure.empty() && !run.capture) run.sink.on_return_code(return_code);
}

/// An error in the text is one of the call, not of the statement that has it.
ast::Batch parsed_call(SessionState& session, std::string_view text) {
  try {
    return parse_batch(text);
  } catch (const Error&) {
    session.error_left_call = true;
    throw;
  }
}

/// The declarations of sp_executesql: "@a int, @b nvarchar(10) OUTPUT".
std::vector<ast::Parameter> declared_parameters(SessionState& session, const std::string& text) {
  if (trim(text).empty()) return {};
  ast::Batch batch = parsed_call(session, "CREATE PROCEDURE p " + text + " AS RETURN");
  auto* procedure = std::get_if<ast::CreateProcedure>(&batch.statements.at(0)->node);
  check(procedure != nullptr, "a procedure's parameters did not parse as such");
  return std::move(procedure->parameters);
}

std::string name_of_target(const ast::Execute& statement) {
  const auto* name = std::get_if<ast::Name>(&statement.target);
  return name ? name->last().text : "sp_executesql";
}

std::string text_argument(Execution& run, const Frame& caller, const ast::Execute& statement,
                          std::size_t index, const char* parameter) {
  const SqlType type = SqlType::nvarchar(kMaxLength);
  if (index < statement.arguments.size()) {
    return evaluate(run, caller, *statement.arguments[index].value, &type).text.value_or("");
  }
  throw failure_of(Code::kInvalidArgument, 201, 16, 10,
                   "Procedure or function '" + name_of_target(statement) + "' expects parameter '" +
                       std::string(parameter) + "', which was not supplied.",
                   statement.target_span);
}

/// The same of a parameter that takes Unicode text only: 214.
std::string unicode_argument(Execution& run, const Frame& caller, const ast::Execute& statement,
                             std::size_t index, const char* parameter) {
  if (index < statement.arguments.size()) {
    const ast::Expr& expr = *statement.arguments[index].value;
    const Constant value = evaluate(run, caller, expr);
    if (value.text && !is_unicode(value.type)) {
      throw failure_of(Code::kInvalidArgument, 214, 16, 2,
                       "Procedure expects parameter '" + std::string(parameter) +
                           "' of type 'ntext/nchar/nvarchar'.",
                       expr.span, "Write the text with an N before it: N'…'.");
    }
  }
  return text_argument(run, caller, statement, index, parameter);
}

void execute_sql_text(Execution& run, Frame& caller, ast::Execute& statement) {
  const std::string text = unicode_argument(run, caller, statement, 0, "@statement");
  std::string declarations;
  if (statement.arguments.size() > 1)
    declarations = unicode_argument(run, caller, statement, 1, "@params");
  const std::vector<ast::Parameter> parameters = declared_parameters(run.session, declarations);
  std::vector<ast::Execute::Argument> values;
  for (std::size_t i = 2; i < statement.arguments.size(); ++i)
    values.push_back(std::move(statement.arguments[i]));
  const std::size_t given = statement.arguments.size();
  struct Return {
    ast::Execute& statement;
    std::vector<ast::Execute::Argument>& values;
    ~Return() {
      for (std::size_t i = 0; i < values.size(); ++i)
        statement.arguments[i + 2] = std::move(values[i]);
    }
  } put_back{statement, values};
  check(given >= values.size(), "the arguments of sp_executesql were miscounted");
  const auto arguments = matched(parameters, values, "sp_executesql");
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (arguments[i] || parameters[i].default_value) continue;
    throw failure(8178,
                  "The parameterized query '(" + declarations + ")" + text +
                      "' expects the parameter '" + parameters[i].name +
                      "', which was not supplied.",
                  statement.target_span);
  }
  Frame frame = bound_parameters(run, caller, parameters, arguments, "sp_executesql");
  frame.database = caller.database;
  execute_text(run, frame, text);
  write_outputs(run, caller, frame, parameters, arguments);
  if (statement.result) {
    assign(run, caller, *statement.result, {SqlType::integer(), "0"}, statement.target_span);
  }
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

/// "dbo.[my proc]" as a name.
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
  if (equal_ignoring_case(last, "sp_rename")) {
    throw not_supported("sp_rename", statement.target_span,
                        "Make the new one with CREATE TABLE AS SELECT, and drop the old one.");
  }
  if (equal_ignoring_case(last, "sp_helptext")) return help_text(run, caller, statement);
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

void execute_text(Execution& run, Frame& frame, std::string_view text) {
  ast::Batch batch = parsed_call(run.session, text);
  frame.text = batch.text;
  const Call call(run.session, frame);
  Interpreter(run, frame).run(batch.statements);
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
