// The errors and messages that a batch makes itself: THROW, RAISERROR and PRINT.

#include <algorithm>

#include "detail/exec/error_scope.h"
#include "detail/exec/failure.h"
#include "detail/exec/interpreter.h"
#include "detail/exec/messages.h"
#include "detail/exec/query_run.h"

namespace tarn::sql {
namespace {

constexpr int kUserErrorMin = 50000;
constexpr int kStateMax = 255;
constexpr int kErrorSeverityMin = 11;
constexpr int kLoggedSeverityMin = 19;
constexpr int kFatalSeverityMin = 20;
constexpr int kSeverityMax = 25;
constexpr std::size_t kPrintedUnicodeMax = 4000;  // characters
constexpr std::size_t kPrintedMax = 8000;

int integer_of(Execution& run, const Frame& frame, const ast::Expr& expr, int otherwise) {
  const SqlType type = SqlType::integer();
  const Constant value = evaluate(run, frame, expr, &type);
  return value.text ? std::stoi(*value.text) : otherwise;
}

bool has_option(const ast::RaiseError& statement, std::string_view option) {
  return std::find(statement.options.begin(), statement.options.end(), option) !=
         statement.options.end();
}

void check_options(const ast::RaiseError& statement, ast::Span span) {
  for (const std::string& option : statement.options) {
    if (option == "LOG" || option == "NOWAIT" || option == "SETERROR") continue;
    throw failure_of(Code::kInvalidArgument, 102, 15, 1, "Incorrect syntax near '" + option + "'.",
                     span, "RAISERROR takes LOG, NOWAIT and SETERROR.");
  }
}

/// At most so many characters (code points above the BMP count as one).
std::string cut(const std::string& text, std::size_t characters_max) {
  if (text.size() <= characters_max) return text;
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (begins && count++ == characters_max) return text.substr(0, i);
  }
  return text;
}

}  // namespace

std::string printed_text(Execution& run, const Frame& frame, const ast::Expr& expr) {
  Constant value = evaluate(run, frame, expr);
  if (!is_character(value.type)) {
    const SqlType text = SqlType::nvarchar(static_cast<int>(kPrintedUnicodeMax));
    value = evaluate(run, frame, expr, &text);
  }
  return cut(value.text.value_or(" "), is_unicode(value.type) ? kPrintedUnicodeMax : kPrintedMax);
}

void Interpreter::throw_error(ast::Throw& statement, ast::Span span) {
  if (!statement.number) {
    if (run_.session.caught.empty()) {
      throw failure_of(Code::kInvalidArgument, 10704, 15, 1,
                       "To rethrow an error, a THROW statement must be used inside a CATCH block. "
                       "Insert the THROW statement inside a CATCH block, or add error parameters "
                       "to the THROW statement.",
                       span);
    }
    const CaughtError caught = run_.session.caught.back();
    Error error(Code::kInvalidArgument, caught.message);
    error.set_sql({caught.number, caught.severity, caught.state, caught.procedure});
    error.set_place({{}, caught.line, 0});
    run_.thrown = true;
    throw error;
  }
  const SqlType text = SqlType::nvarchar(2048);
  const int number = integer_of(run_, frame_, *statement.number, 0);
  const std::string message = evaluate(run_, frame_, *statement.message, &text).text.value_or("");
  const int state = integer_of(run_, frame_, *statement.state, 1);
  if (number < kUserErrorMin) {
    throw failure(35100,
                  "Error number " + std::to_string(number) +
                      " in the THROW statement is outside the valid range. Specify an error number "
                      "in the valid range of 50000 to 2147483647.",
                  span);
  }
  if (state < 0 || state > kStateMax) {
    throw failure_of(
        Code::kInvalidArgument, 220, 16, 2,
        "Arithmetic overflow error for data type tinyint, value = " + std::to_string(state) + ".",
        span);
  }
  run_.thrown = true;
  throw failure_of(Code::kInvalidArgument, number, 16, state, message, span);
}

void Interpreter::raise_error(ast::RaiseError& statement, ast::Span span) {
  check_options(statement, span);
  const int severity =
      std::clamp(integer_of(run_, frame_, *statement.severity, 0), 0, kSeverityMax);
  int state = integer_of(run_, frame_, *statement.state, 1);
  if (state < 0 || state > kStateMax) state = 1;
  if (severity >= kLoggedSeverityMin && !has_option(statement, "LOG")) {
    throw failure_of(Code::kInvalidArgument, 2754, 16, 1,
                     "Error severity levels greater than 18 can only be specified by members of "
                     "the sysadmin role, using the WITH LOG option.",
                     span);
  }
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
  Error error = failure_of(Code::kInvalidArgument, kUserErrorMin, severity, state, text, span);
  if (!frame_.procedure.empty()) {
    error.set_sql({kUserErrorMin, severity, state, frame_.procedure});
  }
  if (severity < kErrorSeverityMin) {
    run_.sink.on_message(message_of(error));
    raised_ = has_option(statement, "SETERROR") ? kUserErrorMin : 0;
    return;
  }
  // It ends nothing by itself: a TRY around it catches it, else the next statement runs.
  if (!run_.survived || run_.try_depth > 0 || severity >= kFatalSeverityMin) {
    run_.session.raised = true;
    throw error;
  }
  run_.survived->add(error, run_.sink);
  raised_ = kUserErrorMin;
}

}  // namespace tarn::sql
