#pragma once
// Control flow: walks the statements of a batch or procedure, and hands each to whoever does it.
// See the design's "A query": only set-based work goes to the engine.

#include <optional>
#include <string>

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

enum class Flow { kNext, kBreak, kContinue, kReturn };

/// Runs statements in one frame.
class Interpreter {
 public:
  Interpreter(Execution& run, Frame& frame) : run_(run), frame_(frame) {}

  Flow run(std::vector<ast::StatementPtr>& statements);
  /// What RETURN gave; 0 without one.
  int return_code() const { return return_code_; }

 private:
  friend struct StatementVisitor;

  Flow run(ast::Statement& statement);
  Flow run_guarded(ast::Statement& statement);
  Flow execute(ast::Statement& statement);

  void declare(ast::Declare& statement);
  void declare(ast::Declare::Item& item);
  void require_loop(const char* statement, int number) const;
  void set_variable(ast::SetVariable& statement);
  void set_option(const ast::SetOption& statement, ast::Span span);
  void print(ast::Print& statement);
  Flow run_if(ast::If& statement);
  Flow run_while(ast::While& statement);
  Flow run_return(ast::Return& statement);
  Flow try_catch(ast::TryCatch& statement);
  [[noreturn]] void throw_error(ast::Throw& statement, ast::Span span);
  void raise_error(ast::RaiseError& statement, ast::Span span);
  void select(ast::SelectStatement& statement, ast::Span span);
  void use(const ast::Use& statement);
  /// EXEC; 266 where it leaves another number of transactions than it found.
  void call(ast::Execute& statement, ast::Span span);

  /// Sets @@ROWCOUNT and tells the client, as statements that change rows do.
  void affected(std::int64_t rows);

  Execution& run_;
  Frame& frame_;
  int return_code_ = 0;
  int loop_depth_ = 0;
  /// Which declaration made a variable: run again, in a loop, it is no second one.
  NameMap<const ast::Declare::Item*> declarations_;
};

inline constexpr std::int64_t kLoopIterationsMax = 100'000'000;  // of one WHILE

}  // namespace tarn::sql
