#pragma once
// Control flow: walks the statements of a batch or procedure, and hands each to whoever does it.
// See the design's "A query": only set-based work goes to the engine.

#include <optional>
#include <string>

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

namespace bound {
struct Query;
}

/// kGoto: to the label that the frame names.
enum class Flow { kNext, kBreak, kContinue, kReturn, kGoto };

/// Runs statements in one frame.
class Interpreter {
 public:
  Interpreter(Execution& run, Frame& frame) : run_(run), frame_(frame) {}

  /// Errors that end only their statement are told, and the next one runs.
  Flow run(std::vector<ast::StatementPtr>& statements);
  /// What RETURN gave; 0 without one.
  int return_code() const { return return_code_; }

 private:
  friend struct StatementVisitor;

  Flow run(ast::Statement& statement);
  Flow run_guarded(ast::Statement& statement);
  /// Runs a statement and goes on behind it where its error allows that.
  Flow run_survivable(ast::Statement& statement);
  bool survives(const Error& error) const;
  /// Runs from the label on, which is in `statements` or in a block of them.
  Flow run_from(std::vector<ast::StatementPtr>& statements, const std::string& label);
  Flow enter(ast::Statement& statement, const std::string& label);
  /// A loop after its condition has held, or after a jump into it.
  Flow loop(ast::While& statement, const std::string* label);
  void wait(ast::WaitFor& statement, ast::Span span);
  Flow execute(ast::Statement& statement);
  /// FMTONLY: the columns of what the statement would send, whichever way it would go.
  Flow show_format(ast::Statement& statement);

  void declare(ast::Declare& statement);
  void declare(ast::Declare::Item& item);
  void require_loop(const char* statement, int number) const;
  void set_variable(ast::SetVariable& statement);
  void set_option(const ast::SetOption& statement, ast::Span span);
  void set_number(const std::string& name, const ast::SetOption& statement, ast::Span span);
  /// LANGUAGE and DATEFORMAT.
  void set_named(const std::string& name, const ast::SetOption& statement, ast::Span span);
  void print(ast::Print& statement);
  Flow run_if(ast::If& statement);
  Flow run_while(ast::While& statement);
  Flow run_return(ast::Return& statement);
  Flow try_catch(ast::TryCatch& statement);
  [[noreturn]] void throw_error(ast::Throw& statement, ast::Span span);
  void raise_error(ast::RaiseError& statement, ast::Span span);
  void select(ast::SelectStatement& statement, ast::Span span);
  /// A query that needs no engine; false where this is none.
  bool select_constants(const bound::Query& query);
  void use(const ast::Use& statement);
  /// EXEC; 266 where it leaves another number of transactions than it found.
  void call(ast::Execute& statement, ast::Span span);

  /// Sets @@ROWCOUNT and tells the client, as statements that change rows do.
  void affected(std::int64_t rows);

  Execution& run_;
  Frame& frame_;
  int return_code_ = 0;
  int raised_ = 0;    // @@ERROR behind a RAISERROR that ended nothing
  std::string jump_;  // the label of a GOTO under way
  int loop_depth_ = 0;
  /// Which declaration made a variable: run again, in a loop, it is no second one.
  NameMap<const ast::Declare::Item*> declarations_;
};

/// What PRINT shows: at most 8000 characters, 4000 of Unicode text.
std::string printed_text(Execution& run, const Frame& frame, const ast::Expr& expr);

/// The label in a statement's own blocks; not in those of TRY and CATCH, into which none may jump.
bool contains_label(const ast::Statement& statement, const std::string& label);

inline constexpr std::int64_t kLoopIterationsMax = 100'000'000;  // of one WHILE

}  // namespace tarn::sql
