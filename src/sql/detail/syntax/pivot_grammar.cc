// PIVOT and UNPIVOT, behind a table source.

#include <algorithm>

#include "detail/syntax/grammar.h"
#include "detail/syntax/nesting.h"

namespace tarn::sql {

ast::TableSourcePtr Grammar::pivots(ast::TableSourcePtr source) {
  while (at_symbol("(", 1) && (at_word("PIVOT") || at_word("UNPIVOT"))) {
    source = at_word("PIVOT") ? pivot(std::move(source)) : unpivot(std::move(source));
  }
  return source;
}

ast::TableSourcePtr Grammar::pivot(ast::TableSourcePtr source) {
  const Nesting nesting(*this);
  const ast::Span start = source->span;
  take();
  expect_symbol("(");
  ast::Pivot pivot;
  pivot.aggregate = call(name("an aggregate"));
  expect_word("FOR");
  pivot.column = name("a column");
  expect_word("IN");
  pivot.values = identifier_list();
  expect_symbol(")");
  const int height = std::max(source->height, height_of(pivot.aggregate.arguments));
  pivot.source = std::move(source);
  ast::TableSourcePtr result = make_source(start, std::move(pivot), height);
  result->alias = table_alias();
  if (!result->alias.name) fail("an alias");
  return result;
}

ast::TableSourcePtr Grammar::unpivot(ast::TableSourcePtr source) {
  const Nesting nesting(*this);
  const ast::Span start = source->span;
  take();
  expect_symbol("(");
  ast::Unpivot unpivot;
  unpivot.value = identifier("the value's column");
  expect_word("FOR");
  unpivot.name = identifier("the name's column");
  expect_word("IN");
  expect_symbol("(");
  do {
    unpivot.columns.push_back(name("a column"));
  } while (accept_symbol(","));
  expect_symbol(")");
  expect_symbol(")");
  const int height = source->height;
  unpivot.source = std::move(source);
  ast::TableSourcePtr result = make_source(start, std::move(unpivot), height);
  result->alias = table_alias();
  if (!result->alias.name) fail("an alias");
  return result;
}

}  // namespace tarn::sql
