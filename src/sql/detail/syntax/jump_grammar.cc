// GOTO and its labels, and WAITFOR.

#include "detail/syntax/grammar.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {

ast::StatementNode Grammar::goto_statement() {
  take();
  ast::Goto result{identifier("a label")};
  jumps_.push_back(result.label);
  return result;
}

ast::StatementNode Grammar::label() {
  ast::Label result{identifier()};
  expect_symbol(":");
  if (!labels_.insert(result.name.text).second) {
    throw syntax_error(132,
                       "The label '" + result.name.text +
                           "' has already been declared. Label names must be unique within a query "
                           "batch or stored procedure.",
                       result.name.span);
  }
  return result;
}

void Grammar::check_labels() const {
  for (const ast::Identifier& jump : jumps_) {
    if (labels_.contains(jump.text)) continue;
    const std::vector<std::string> known(labels_.begin(), labels_.end());
    Error error = syntax_error(133,
                               "A GOTO statement references the label '" + jump.text +
                                   "' but the label has not been declared.",
                               jump.span, did_you_mean(jump.text, known));
    throw error;
  }
}

ast::StatementNode Grammar::wait_for() {
  take();
  ast::WaitFor result;
  if (at_symbol("(")) throw unsupported_syntax("WAITFOR with a statement", peek().span);
  result.until = accept_word("TIME");
  if (!result.until) expect_word("DELAY");
  if (peek().kind != TokenKind::kString && peek().kind != TokenKind::kVariable) {
    fail("a time as text, or a variable");
  }
  result.value = primary(Want::kValue);
  return result;
}

}  // namespace tarn::sql
