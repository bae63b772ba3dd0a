#include "detail/exec/arguments.h"

#include <algorithm>

#include "detail/bind/binder.h"
#include "detail/exec/failure.h"
#include "detail/exec/query_run.h"

namespace tarn::sql {
namespace {

/// An argument's value; nothing for DEFAULT.
std::optional<Constant> argument_value(Execution& run, const Frame& frame,
                                       const ast::Execute::Argument& argument,
                                       const SqlType* type) {
  if (std::holds_alternative<ast::DefaultValue>(argument.value->node)) return std::nullopt;
  return evaluate(run, frame, *argument.value, type);
}

std::string name_of_target(const ast::Execute& statement) {
  const auto* name = std::get_if<ast::Name>(&statement.target);
  return name ? name->last().text : "sp_executesql";
}

}  // namespace

Arguments arguments_of(const ast::Execute& statement, std::size_t skipped) {
  Arguments result;
  for (std::size_t i = skipped; i < statement.arguments.size(); ++i)
    result.push_back(&statement.arguments[i]);
  return result;
}

Arguments matched(const std::vector<ast::Parameter>& parameters,
                  std::span<const ast::Execute::Argument* const> arguments,
                  const std::string& procedure) {
  Arguments result(parameters.size(), nullptr);
  bool named = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const ast::Execute::Argument& argument = *arguments[i];
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
                       const std::vector<ast::Parameter>& parameters, const Arguments& arguments,
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
                   const std::vector<ast::Parameter>& parameters, const Arguments& arguments) {
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

void give_return_code(Execution& run, Frame& caller, const ast::Execute& statement, int code) {
  if (statement.result) {
    assign(run, caller, *statement.result, {SqlType::integer(), std::to_string(code)},
           statement.target_span);
  }
  if (caller.procedure.empty() && run.session.nesting == 0 && !run.capture)
    run.sink.on_return_code(code);
}

DeclaredParameters::DeclaredParameters(SessionState& session, const std::string& text) {
  if (trim(text).empty()) return;
  try {
    text_.emplace(session.texts, "CREATE PROCEDURE p " + text + " AS RETURN");
  } catch (const Error&) {
    session.error_left_call = true;  // of the call, not of the statement that has it
    throw;
  }
}

const std::vector<ast::Parameter>& DeclaredParameters::list() const {
  static const std::vector<ast::Parameter> kNone;
  if (!text_) return kNone;
  const auto* procedure = std::get_if<ast::CreateProcedure>(&text_->batch().statements.at(0)->node);
  check(procedure != nullptr, "a procedure's parameters did not parse as such");
  return procedure->parameters;
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

std::optional<std::int64_t> number_argument(Execution& run, const Frame& caller,
                                            const ast::Execute& statement, std::size_t index) {
  if (index >= statement.arguments.size()) return std::nullopt;
  const ast::Expr& expr = *statement.arguments[index].value;
  if (std::holds_alternative<ast::DefaultValue>(expr.node)) return std::nullopt;
  const SqlType type = SqlType::bigint();
  const Constant value = evaluate(run, caller, expr, &type);
  if (!value.text) return std::nullopt;
  return std::stoll(*value.text);
}

void set_output(Execution& run, Frame& caller, const ast::Execute& statement, std::size_t index,
                std::int64_t value) {
  if (index >= statement.arguments.size() || !statement.arguments[index].output) return;
  const auto* variable = std::get_if<ast::Variable>(&statement.arguments[index].value->node);
  if (!variable) return;
  assign(run, caller, variable->name, {SqlType::bigint(), std::to_string(value)},
         statement.arguments[index].span);
}

}  // namespace tarn::sql
