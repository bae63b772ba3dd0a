// What stands in FROM: tables, joins, derived tables, OPENROWSET, PREDICT.

#include <algorithm>
#include <array>

#include "detail/syntax/grammar.h"
#include "detail/syntax/nesting.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {
namespace {

constexpr std::array kTableHints = std::to_array<std::string_view>(
    {"FORCESCAN", "FORCESEEK",       "HOLDLOCK",       "INDEX",         "NOEXPAND",
     "NOLOCK",    "NOWAIT",          "PAGLOCK",        "READCOMMITTED", "READCOMMITTEDLOCK",
     "READPAST",  "READUNCOMMITTED", "REPEATABLEREAD", "ROWLOCK",       "SERIALIZABLE",
     "SNAPSHOT",  "TABLOCK",         "TABLOCKX",       "UPDLOCK",       "XLOCK"});

bool is_table_hint(const Token& token) {
  return token.kind == TokenKind::kWord &&
         std::ranges::find(kTableHints, token.upper) != kTableHints.end();
}

}  // namespace

ast::TableSourcePtr Grammar::make_source(ast::Span start, ast::TableSourceNode node,
                                         int children_height) {
  const ast::Span span = span_from(start);
  const int height = children_height + 1;
  check_height(height, span);
  return std::make_unique<ast::TableSource>(
      ast::TableSource{.span = span, .alias = {}, .node = std::move(node), .height = height});
}

ast::TableSourcePtr Grammar::table_sources() {
  const ast::Span start = peek().span;
  ast::TableSourcePtr left = joined_table();
  while (accept_symbol(",")) {
    ast::TableSourcePtr right = joined_table();
    const int height = std::max(left->height, right->height);
    left = make_source(start,
                       ast::Join{.kind = ast::JoinKind::kCross,
                                 .left = std::move(left),
                                 .right = std::move(right),
                                 .on = nullptr},
                       height);
  }
  return left;
}

std::optional<ast::JoinKind> Grammar::accept_join() {
  using Kind = ast::JoinKind;
  if (accept_words({"CROSS", "JOIN"})) return Kind::kCross;
  if (accept_words({"CROSS", "APPLY"})) return Kind::kCrossApply;
  if (accept_words({"OUTER", "APPLY"})) return Kind::kOuterApply;
  if (accept_word("JOIN")) return Kind::kInner;
  Kind kind = Kind::kInner;
  if (at_word("LEFT")) {
    kind = Kind::kLeft;
  } else if (at_word("RIGHT")) {
    kind = Kind::kRight;
  } else if (at_word("FULL")) {
    kind = Kind::kFull;
  } else if (!at_word("INNER")) {
    return std::nullopt;
  }
  take();
  if (kind != Kind::kInner) accept_word("OUTER");
  // A join hint is accepted; how to join is the engine's business.
  for (const std::string_view hint : {"LOOP", "HASH", "MERGE", "REMOTE"}) {
    if (at_word(hint) && at_word("JOIN", 1)) take();
  }
  expect_word("JOIN");
  return kind;
}

ast::TableSourcePtr Grammar::join(ast::TableSourcePtr left, ast::JoinKind kind) {
  const ast::Span start = left->span;
  const bool has_condition = kind == ast::JoinKind::kInner || kind == ast::JoinKind::kLeft ||
                             kind == ast::JoinKind::kRight || kind == ast::JoinKind::kFull;
  ast::Join join{
      .kind = kind, .left = std::move(left), .right = pivots(table_primary()), .on = nullptr};
  if (has_condition) {
    // a JOIN b JOIN c ON ... ON ...: what stands before ON is joined first.
    while (!at_word("ON")) {
      const Nesting nesting(*this);
      const std::optional<ast::JoinKind> inner = accept_join();
      if (!inner) fail("ON");
      join.right = this->join(std::move(join.right), *inner);
    }
    take();
    join.on = condition();
  }
  const int height =
      std::max({join.left->height, join.right->height, join.on ? join.on->height : 0});
  return make_source(start, std::move(join), height);
}

ast::TableSourcePtr Grammar::joined_table() {
  ast::TableSourcePtr left = pivots(table_primary());
  while (const std::optional<ast::JoinKind> kind = accept_join())
    left = join(std::move(left), *kind);
  return left;
}

ast::TableSourcePtr Grammar::table_primary() {
  const ast::Span start = peek().span;
  if (at_symbol("(")) return bracketed_table();
  if (peek().kind == TokenKind::kVariable) {
    std::string variable_name = variable();
    ast::TableSourcePtr source = make_source(start, ast::VariableTable{std::move(variable_name)});
    source->alias = table_alias();
    return source;
  }
  if (at_word("OPENROWSET")) return open_rowset();
  if (at_word("PREDICT") && at_symbol("(", 1)) return predict();
  for (const std::string_view unsupported :
       {"OPENQUERY", "OPENDATASOURCE", "OPENXML", "CONTAINSTABLE", "FREETEXTTABLE"}) {
    if (at_word(unsupported)) throw unsupported_syntax(unsupported, start);
  }
  return named_table();
}

ast::TableSourcePtr Grammar::bracketed_table() {
  const Nesting nesting(*this);
  const ast::Span start = peek().span;
  expect_symbol("(");
  if (accept_word("VALUES")) {
    ast::ValuesTable values{value_rows()};
    expect_symbol(")");
    int height = 0;
    for (const auto& row : values.rows) height = std::max(height, height_of(row));
    ast::TableSourcePtr source = make_source(start, std::move(values), height);
    source->alias = table_alias();
    if (!source->alias.name) fail("an alias");
    return source;
  }
  if (at_query()) {
    ast::QueryPtr query = subquery();
    const int height = query->height;
    ast::TableSourcePtr source = make_source(start, ast::DerivedTable{std::move(query)}, height);
    source->alias = table_alias();
    if (!source->alias.name) fail("an alias");
    return source;
  }
  ast::TableSourcePtr inner = joined_table();
  expect_symbol(")");
  return inner;
}

bool Grammar::at_alias_word() {
  if (!peek().is_identifier()) return false;
  if (peek().kind == TokenKind::kDelimited) return true;
  if (at_words({"COPY", "INTO"})) return false;
  if (at_symbol("(", 1) && (at_word("PIVOT") || at_word("UNPIVOT"))) return false;
  if (at_word("WINDOW") && peek(1).is_identifier() && at_word("AS", 2)) return false;
  return true;
}

ast::TableAlias Grammar::table_alias(bool columns_allowed) {
  ast::TableAlias alias;
  if (at_words({"FOR", "SYSTEM_TIME"})) throw unsupported_syntax("FOR SYSTEM_TIME", peek().span);
  if (accept_word("AS")) {
    alias.name = identifier("an alias");
  } else if (at_alias_word()) {
    alias.name = identifier();
  }
  if (alias.name && columns_allowed && at_symbol("(") && !at_bracketed_hints())
    alias.columns = identifier_list();
  if (at_word("TABLESAMPLE")) throw unsupported_syntax("TABLESAMPLE", peek().span);
  return alias;
}

bool Grammar::at_bracketed_hints() {
  return at_symbol("(") && is_table_hint(peek(1)) && (at_symbol(")", 2) || at_symbol(",", 2));
}

void Grammar::table_hints(ast::NamedTable& table) {
  if (at_word("WITH")) {
    // Anything else behind WITH belongs to a statement that lacks the semicolon before it.
    if (!at_symbol("(", 1)) return;
    take();
  } else if (!at_bracketed_hints()) {
    return;
  }
  table_hints_list(table);
}

void Grammar::table_hints_list(ast::NamedTable& table) {
  expect_symbol("(");
  do {
    if (!is_table_hint(peek())) fail("a table hint");
    table.hints.push_back(take().upper);
    if (accept_symbol("(")) {  // INDEX(1)
      while (!accept_symbol(")")) {
        if (peek().kind == TokenKind::kEnd) fail("')'");
        take();
      }
    }
  } while (accept_symbol(",") || is_table_hint(peek()));
  expect_symbol(")");
}

ast::TableSourcePtr Grammar::named_table() {
  const ast::Span start = peek().span;
  accept_symbol("::");  // ::fn_helpcollations(), as it was written before there was sys
  ast::Name written = name("a table");
  if (written.parts.size() > 4) {
    throw syntax_error(117,
                       "The object name '" +
                           std::string(text_.substr(written.span.offset, written.span.length)) +
                           "' contains more than the maximum number of prefixes. The maximum is 3.",
                       written.span);
  }
  if (at_symbol("(") && !at_bracketed_hints()) {
    ast::FunctionTable function{.call = call(std::move(written)), .schema = {}};
    if (at_word("WITH") && at_symbol("(", 1)) {
      take();
      function.schema = schema_columns();
    }
    const int height = height_of(function.call.arguments);
    ast::TableSourcePtr source = make_source(start, std::move(function), height);
    source->alias = table_alias();
    return source;
  }
  ast::NamedTable table{.name = std::move(written), .hints = {}};
  const bool hints_first = at_bracketed_hints();
  if (hints_first) table_hints(table);
  ast::TableAlias alias = table_alias(false);
  if (!hints_first) table_hints(table);
  ast::TableSourcePtr source = make_source(start, std::move(table));
  source->alias = std::move(alias);
  return source;
}

ast::TableSourcePtr Grammar::open_rowset() {
  const ast::Span start = take().span;
  ast::OpenRowset rowset;
  expect_symbol("(");
  if (peek().kind == TokenKind::kString)
    throw unsupported_syntax("OPENROWSET with a provider", start);
  expect_word("BULK");
  const auto path = [&] {
    rowset.path_spans.push_back(peek().span);
    rowset.paths.push_back(string_literal("a path"));
  };
  if (accept_symbol("(")) {
    do {
      path();
    } while (accept_symbol(","));
    expect_symbol(")");
  } else {
    path();
  }
  while (accept_symbol(",")) rowset.options.push_back(option());
  expect_symbol(")");
  if (accept_word("WITH")) rowset.schema = schema_columns();
  ast::TableSourcePtr source = make_source(start, std::move(rowset));
  source->alias = table_alias();
  return source;
}

ast::TableSourcePtr Grammar::predict() {
  const Nesting nesting(*this);
  const ast::Span start = take().span;
  ast::Predict predict;
  expect_symbol("(");
  do {
    if (accept_word("MODEL")) {
      expect_symbol("=");
      predict.model = value();
    } else if (accept_word("DATA")) {
      expect_symbol("=");
      predict.data = table_primary();
    } else if (accept_word("RUNTIME")) {
      expect_symbol("=");
      predict.runtime = identifier("ONNX");
    } else {
      fail("MODEL, DATA or RUNTIME");
    }
  } while (accept_symbol(","));
  if (!predict.model || !predict.data) fail(predict.model ? "DATA = a table" : "MODEL = a model");
  expect_symbol(")");
  expect_word("WITH");
  predict.outputs = schema_columns();
  const int height = std::max(predict.model->height, predict.data->height);
  ast::TableSourcePtr source = make_source(start, std::move(predict), height);
  source->alias = table_alias();
  return source;
}

}  // namespace tarn::sql
