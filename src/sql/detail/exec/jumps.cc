// GOTO: finding the label, and entering blocks in their middle.

#include "detail/exec/failure.h"
#include "detail/exec/interpreter.h"

namespace tarn::sql {
namespace {

bool is_label(const ast::Statement& statement, const std::string& label) {
  const auto* found = std::get_if<ast::Label>(&statement.node);
  return found && equal_ignoring_case(found->name.text, label);
}

bool any_contains(const std::vector<ast::StatementPtr>& statements, const std::string& label) {
  for (const ast::StatementPtr& statement : statements) {
    if (is_label(*statement, label) || contains_label(*statement, label)) return true;
  }
  return false;
}

bool holds(const ast::StatementPtr& statement, const std::string& label) {
  return statement && (is_label(*statement, label) || contains_label(*statement, label));
}

}  // namespace

bool contains_label(const ast::Statement& statement, const std::string& label) {
  if (const auto* block = std::get_if<ast::Block>(&statement.node))
    return any_contains(block->statements, label);
  if (const auto* branch = std::get_if<ast::If>(&statement.node))
    return holds(branch->then, label) || holds(branch->otherwise, label);
  if (const auto* loop = std::get_if<ast::While>(&statement.node)) return holds(loop->body, label);
  if (const auto* guarded = std::get_if<ast::TryCatch>(&statement.node)) {
    if (any_contains(guarded->body, label) || any_contains(guarded->handler, label)) {
      throw failure_of(Code::kInvalidArgument, 1026, 15, 1,
                       "GOTO cannot be used to jump into a TRY or CATCH scope.");
    }
  }
  return false;
}

Flow Interpreter::run_from(std::vector<ast::StatementPtr>& statements, const std::string& label) {
  std::string target = label;
  while (true) {
    std::size_t at = 0;
    while (at < statements.size() && !holds(statements[at], target)) ++at;
    if (at == statements.size()) {
      jump_ = target;
      return Flow::kGoto;  // the label is further out
    }
    run_.cancel.check();
    Flow flow = enter(*statements[at], target);
    for (++at; flow == Flow::kNext && at < statements.size(); ++at)
      flow = run_survivable(*statements[at]);
    if (flow != Flow::kGoto) return flow;
    target = jump_;
  }
}

Flow Interpreter::enter(ast::Statement& statement, const std::string& label) {
  if (is_label(statement, label)) return Flow::kNext;
  if (auto* block = std::get_if<ast::Block>(&statement.node))
    return run_from(block->statements, label);
  if (auto* branch = std::get_if<ast::If>(&statement.node))
    return enter(holds(branch->then, label) ? *branch->then : *branch->otherwise, label);
  if (auto* entered = std::get_if<ast::While>(&statement.node)) return loop(*entered, &label);
  throw failure(133, "A GOTO statement references the label '" + label +
                         "' but the label has not been declared.");
}

}  // namespace tarn::sql
