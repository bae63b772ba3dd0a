// ALTER TABLE, and the statements about statistics.

#include "detail/syntax/grammar.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {

ast::StatementNode Grammar::alter_table() {
  take();
  take();
  ast::AlterTable result;
  result.table = name("a table");
  using Action = ast::AlterTable::Action;
  if (at_word("WITH") && (at_word("CHECK", 1) || at_word("NOCHECK", 1))) {
    take();
    take();
  }
  if (accept_word("ADD")) {
    do {
      if (at_word("DEFAULT") || (at_word("CONSTRAINT") && at_word("DEFAULT", 2))) {
        ast::AlterTable::Default added;
        if (accept_word("CONSTRAINT")) added.name = identifier("a constraint's name");
        take();
        added.value = value();
        expect_word("FOR");
        added.column = identifier("a column");
        result.defaults.push_back(std::move(added));
      } else if (at_constraint()) {
        result.constraints.push_back(constraint());
      } else {
        result.columns.push_back(column_definition());
      }
    } while (accept_symbol(","));
    return result;
  }
  if (accept_words({"ALTER", "COLUMN"})) {
    result.action = Action::kAlterColumn;
    result.columns.push_back(column_definition());
    return result;
  }
  if (accept_word("DROP")) {
    const bool column = accept_word("COLUMN");
    if (!column) accept_word("CONSTRAINT");
    result.action = column ? Action::kDropColumn : Action::kDropConstraint;
    result.if_exists = accept_words({"IF", "EXISTS"});
    do {
      result.dropped.push_back(identifier(column ? "a column" : "a constraint"));
    } while (accept_symbol(","));
    return result;
  }
  for (const std::string_view other :
       {"SWITCH", "SPLIT", "MERGE", "REBUILD", "SET", "CHECK", "NOCHECK", "ENABLE", "DISABLE"}) {
    if (at_word(other)) return unsupported("ALTER TABLE " + std::string(other));
  }
  fail("ADD, ALTER COLUMN or DROP");
}

ast::StatementNode Grammar::statistics() {
  ast::Statistics result;
  result.written = take().upper;
  result.written += " " + take().upper;
  if (result.written == "CREATE STATISTICS") {
    result.statistics.push_back(identifier("a name of the statistics"));
    expect_word("ON");
    result.table = name("a table");
    result.columns = identifier_list();
    if (accept_word("WHERE")) condition();
  } else {
    result.table = name("a table");
    if (result.written == "DROP STATISTICS") {
      // table.statistics
      if (result.table.parts.size() < 2) fail("'.' and the name of the statistics");
      result.statistics.push_back(result.table.parts.back());
      result.table.parts.pop_back();
    } else if (at_symbol("(")) {
      result.statistics = identifier_list();
    } else if (peek().is_identifier() && !peek().starts_line) {
      result.statistics.push_back(identifier());
    }
  }
  if (accept_word("WITH")) {
    do {
      option();
      accept_word("PERCENT");
    } while (accept_symbol(","));
  }
  return result;
}

}  // namespace tarn::sql
