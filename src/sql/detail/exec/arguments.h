#pragma once
// What a call hands over: arguments paired with parameters, their values, and what comes back.

#include <string>
#include <vector>

#include "detail/exec/parsed_texts.h"
#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

using Arguments = std::vector<const ast::Execute::Argument*>;

/// Pairs arguments with parameters: by position first, then by name. Null where a parameter got
/// none. 119, 8143, 8144, 8145.
Arguments matched(const std::vector<ast::Parameter>& parameters,
                  std::span<const ast::Execute::Argument* const> arguments,
                  const std::string& procedure);
/// Those of a call behind the first `skipped` ones.
Arguments arguments_of(const ast::Execute& statement, std::size_t skipped = 0);

/// A frame with the parameters as its variables: the arguments' values, or defaults. 201.
Frame bound_parameters(Execution& run, const Frame& caller,
                       const std::vector<ast::Parameter>& parameters, const Arguments& arguments,
                       const std::string& procedure);
/// The values of OUTPUT parameters go back to the caller's variables. 179, 8162.
void write_outputs(Execution& run, Frame& caller, const Frame& callee,
                   const std::vector<ast::Parameter>& parameters, const Arguments& arguments);

Variable& variable_of(Frame& frame, const std::string& name, ast::Span span);
/// `value` converted to the type of the variable that receives it.
void assign(Execution& run, Frame& frame, const std::string& name, const Variable& value,
            ast::Span span);
/// The return code of a call, where the caller wants it, and for the client.
void give_return_code(Execution& run, Frame& caller, const ast::Execute& statement, int code);

/// The declarations of sp_executesql: "@a int, @b nvarchar(10) OUTPUT". They live as long as the
/// text.
class DeclaredParameters {
 public:
  DeclaredParameters(SessionState& session, const std::string& text);
  const std::vector<ast::Parameter>& list() const;

 private:
  std::optional<ParsedText> text_;
};

// The arguments of system procedures, by their place. 201 where one is missing.

std::string text_argument(Execution& run, const Frame& caller, const ast::Execute& statement,
                          std::size_t index, const char* parameter);
/// The same of a parameter that takes Unicode text only: 214.
std::string unicode_argument(Execution& run, const Frame& caller, const ast::Execute& statement,
                             std::size_t index, const char* parameter);
/// Nothing for NULL, and where there is no such argument.
std::optional<std::int64_t> number_argument(Execution& run, const Frame& caller,
                                            const ast::Execute& statement, std::size_t index);
/// Sets the variable of an OUTPUT argument; without OUTPUT, or without the argument, does nothing.
void set_output(Execution& run, Frame& caller, const ast::Execute& statement, std::size_t index,
                std::int64_t value);

}  // namespace tarn::sql
