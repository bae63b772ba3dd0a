// Workload groups and classifiers of a dedicated SQL pool.

#include "detail/syntax/grammar.h"
#include "detail/syntax/nesting.h"

namespace tarn::sql {

std::optional<ast::StatementNode> Grammar::workload_statement() {
  using Action = ast::WorkloadStatement::Action;
  const bool classifier = at_word("CLASSIFIER", 2);
  if (!at_word("WORKLOAD", 1) || (!classifier && !at_word("GROUP", 2))) return std::nullopt;
  ast::WorkloadStatement statement;
  statement.classifier = classifier;
  if (at_word("ALTER")) {
    if (classifier) return unsupported("ALTER WORKLOAD CLASSIFIER");
    statement.action = Action::kAlter;
  } else if (at_word("DROP")) {
    statement.action = Action::kDrop;
  } else if (!at_word("CREATE")) {
    return std::nullopt;
  }
  for (int words = 0; words < 3; ++words) take();
  statement.name = identifier(classifier ? "a workload classifier" : "a workload group");
  if (statement.action == Action::kDrop) return statement;
  expect_word("WITH");
  const Nesting nesting(*this);
  expect_symbol("(");
  // Commas may be left out.
  do {
    statement.options.push_back(option());
    accept_symbol(",");
  } while (!at_symbol(")"));
  expect_symbol(")");
  return statement;
}

}  // namespace tarn::sql
