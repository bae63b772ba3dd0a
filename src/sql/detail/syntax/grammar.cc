#include "detail/syntax/grammar.h"

#include <array>
#include <charconv>

#include "base/text.h"
#include "detail/syntax/nesting.h"
#include "detail/syntax/parser.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {
namespace {

/// "Did you mean 'FROM'?" for a word that is nearly one of the keywords that are typed most, else
/// empty.
std::string meant_keyword(const Token& token) {
  static const std::array<std::string, 16> kKeywords = {
      "SELECT", "FROM",   "WHERE",   "GROUP",   "ORDER", "HAVING", "JOIN",   "INSERT",
      "VALUES", "CREATE", "DECLARE", "EXECUTE", "UNION", "UPDATE", "DELETE", "TABLE"};
  if (token.kind != TokenKind::kWord || token.reserved) return {};
  return did_you_mean(token.upper, kKeywords);
}

}  // namespace

const Token& Grammar::peek(std::size_t ahead) {
  while (ahead_.size() <= ahead) {
    if (++tokens_ > kBatchTokensMax) {
      throw Error(Code::kTooLarge,
                  "The batch has more than " + std::to_string(kBatchTokensMax) + " tokens.",
                  "Load data with COPY INTO, or split the batch.");
    }
    ahead_.push_back(lexer_.next());
  }
  return ahead_[ahead];
}

Token Grammar::take() {
  peek();
  last_ = std::move(ahead_.front());
  ahead_.pop_front();
  return last_;
}

bool Grammar::at_words(std::initializer_list<std::string_view> words) {
  std::size_t ahead = 0;
  for (const std::string_view word : words) {
    if (!at_word(word, ahead++)) return false;
  }
  return true;
}

bool Grammar::accept_word(std::string_view word) {
  if (!at_word(word)) return false;
  take();
  return true;
}

bool Grammar::accept_words(std::initializer_list<std::string_view> words) {
  if (!at_words(words)) return false;
  for (std::size_t i = 0; i < words.size(); ++i) take();
  return true;
}

bool Grammar::accept_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  take();
  return true;
}

void Grammar::expect_word(std::string_view word) {
  if (!accept_word(word)) fail(word);
}

void Grammar::expect_symbol(std::string_view symbol) {
  if (!accept_symbol(symbol)) fail("'" + std::string(symbol) + "'");
}

void Grammar::expect_end() {
  if (peek().kind != TokenKind::kEnd) fail();
}

void Grammar::fail(std::string_view expected) {
  if (peek().kind != TokenKind::kEnd) fail_near(peek(), expected);
  // At the end SQL Server names the last token, never as a keyword.
  std::string hint = "The text ends here";
  if (!expected.empty()) hint += "; expected " + std::string(expected);
  if (last_.span.line == 0) throw incorrect_syntax("", peek().span, hint + ".");
  throw incorrect_syntax(text_.substr(last_.span.offset, last_.span.length), last_.span,
                         hint + ".");
}

void Grammar::fail_near(const Token& token, std::string_view expected) {
  std::string hint = meant_keyword(token);
  if (hint.empty() && !expected.empty()) hint = "Expected " + std::string(expected) + ".";
  if (token.kind == TokenKind::kWord && token.reserved) {
    throw syntax_error(156, "Incorrect syntax near the keyword '" + token.text + "'.", token.span,
                       std::move(hint));
  }
  throw incorrect_syntax(token.kind == TokenKind::kBinary
                             ? text_.substr(token.span.offset, token.span.length)
                             : std::string_view(token.text),
                         token.span, std::move(hint));
}

ast::Span Grammar::span_from(ast::Span start) const {
  start.length = last_.span.end() > start.offset ? last_.span.end() - start.offset : 0;
  return start;
}

void Grammar::check_height(int height, ast::Span span) const {
  if (height <= kTreeHeightMax) return;
  throw syntax_error(191,
                     "Some part of your SQL statement is nested too deeply. Rewrite the query or "
                     "break it up into smaller queries.",
                     span);
}

ast::Identifier Grammar::identifier(std::string_view expected) {
  if (!peek().is_identifier()) fail(expected);
  Token token = take();
  return {.text = std::move(token.text),
          .delimited = token.kind == TokenKind::kDelimited,
          .span = token.span};
}

ast::Name Grammar::name(std::string_view expected) {
  ast::Name result;
  const ast::Span start = peek().span;
  if (at_word("DEFAULT") && at_symbol(".", 1)) {
    // A keyword, and the name of the lake's first database: default.dbo.t.
    Token token = take();
    result.parts.push_back({.text = std::move(token.text), .delimited = false, .span = token.span});
  } else {
    result.parts.push_back(identifier(expected));
  }
  while (at_symbol(".") && !at_symbol("*", 1)) {
    take();
    if (at_symbol(".")) {
      result.parts.push_back({.text = {}, .delimited = false, .span = peek().span});
    } else {
      result.parts.push_back(identifier(expected));
    }
  }
  result.span = span_from(start);
  return result;
}

std::optional<ast::Identifier> Grammar::optional_alias() {
  if (accept_word("AS")) {
    if (peek().kind == TokenKind::kString) {
      Token token = take();
      return ast::Identifier{.text = std::move(token.text), .delimited = true, .span = token.span};
    }
    return identifier("an alias");
  }
  if (peek().kind == TokenKind::kString) {
    Token token = take();
    return ast::Identifier{.text = std::move(token.text), .delimited = true, .span = token.span};
  }
  if (at_alias_word()) return identifier();
  return std::nullopt;
}

std::vector<ast::Identifier> Grammar::identifier_list() {
  expect_symbol("(");
  std::vector<ast::Identifier> result;
  do {
    result.push_back(identifier("a column's name"));
  } while (accept_symbol(","));
  expect_symbol(")");
  return result;
}

std::string Grammar::string_literal(std::string_view expected) {
  if (peek().kind != TokenKind::kString) fail(expected);
  return take().text;
}

int Grammar::integer_literal(std::string_view expected) {
  const Token& token = peek();
  int result = 0;
  if (token.kind != TokenKind::kNumber || token.form != ast::NumberLiteral::Form::kInteger) {
    fail(expected);
  }
  const char* end = token.text.data() + token.text.size();
  if (std::from_chars(token.text.data(), end, result).ec != std::errc()) fail(expected);
  take();
  return result;
}

std::string Grammar::variable() {
  if (peek().kind != TokenKind::kVariable) fail("a variable");
  return take().text;
}

std::vector<ast::Option> Grammar::option_list() {
  const Nesting nesting(*this);
  expect_symbol("(");
  std::vector<ast::Option> result;
  do {
    result.push_back(option());
  } while (accept_symbol(","));
  expect_symbol(")");
  return result;
}

ast::Option Grammar::option() {
  ast::Option result;
  const ast::Span start = peek().span;
  switch (peek().kind) {
    case TokenKind::kVariable:  // OPTIMIZE FOR (@x = 1)
      result.name = take().text;
      break;
    case TokenKind::kNumber:
    case TokenKind::kString:
      result.value = value();  // FOR VALUES (1, 2)
      break;
    case TokenKind::kWord:
    case TokenKind::kDelimited:
      break;
    default:
      fail("an option");
  }
  while (peek().kind == TokenKind::kWord || peek().kind == TokenKind::kDelimited) {
    const Token token = take();
    if (!result.name.empty()) result.name += ' ';
    result.name += to_upper(token.text);
  }
  if (accept_symbol("=")) {
    option_value(result);
  } else if (at_symbol("(")) {
    result.nested = option_list();
  } else if (peek().kind == TokenKind::kNumber || peek().kind == TokenKind::kString) {
    result.value = value();  // MAXDOP 1
  }
  result.span = span_from(start);
  return result;
}

void Grammar::option_value(ast::Option& option) {
  if (at_symbol("(")) {
    option.nested = option_list();
  } else if (peek().kind == TokenKind::kWord && !at_word("NULL")) {
    Token token = take();
    option.word =
        ast::Identifier{.text = std::move(token.text), .delimited = false, .span = token.span};
    if (at_symbol("(")) option.nested = option_list();
  } else if (peek().kind == TokenKind::kDelimited) {
    option.word = identifier();
  } else {
    option.value = value();
  }
}

ast::SchemaColumn Grammar::schema_column() {
  ast::SchemaColumn column;
  const ast::Span start = peek().span;
  column.name = identifier("a column's name");
  column.type = type_name();
  while (true) {
    if (accept_word("COLLATE")) {
      column.collation = identifier("a collation");
    } else if (accept_word("NULL")) {
      column.nullable = true;
    } else if (accept_words({"NOT", "NULL"})) {
      column.nullable = false;
    } else if (peek().kind == TokenKind::kNumber) {
      column.ordinal = integer_literal("the column's position");
    } else if (peek().kind == TokenKind::kString) {
      column.path = take().text;
    } else if (accept_words({"AS", "JSON"})) {
      column.as_json = true;
    } else {
      break;
    }
  }
  column.span = span_from(start);
  return column;
}

std::vector<ast::SchemaColumn> Grammar::schema_columns() {
  expect_symbol("(");
  std::vector<ast::SchemaColumn> result;
  do {
    result.push_back(schema_column());
  } while (accept_symbol(","));
  expect_symbol(")");
  return result;
}

namespace {

/// The canonical name of a type's first word, for those with several spellings.
std::string canonical_type(const std::string& lower) {
  if (lower == "dec") return "decimal";
  if (lower == "integer") return "int";
  if (lower == "character") return "char";
  if (lower == "timestamp") return "rowversion";
  return lower;
}

}  // namespace

ast::TypeName Grammar::type_name() {
  ast::TypeName type;
  const ast::Span start = peek().span;
  const bool national = accept_word("NATIONAL");
  if (accept_words({"DOUBLE", "PRECISION"})) {
    type.name = "float";
  } else {
    ast::Name written = name("a type");
    if (written.parts.size() > 2) fail_near(last_, "a type");
    if (written.parts.size() == 2) type.schema = written.parts[0].text;
    type.name = to_lower(written.last().text);
    if (!written.last().delimited) type.name = canonical_type(type.name);
    const bool varying = (type.name == "char" || type.name == "binary") && accept_word("VARYING");
    if (varying) type.name = "var" + type.name;
    if (national) type.name = type.name == "text" ? "ntext" : "n" + type.name;
  }
  if (accept_symbol("(")) {
    if (accept_word("MAX")) {
      type.max = true;
    } else {
      type.length = integer_literal("a length or precision");
      if (accept_symbol(",")) type.scale = integer_literal("a scale");
    }
    expect_symbol(")");
  }
  type.span = span_from(start);
  return type;
}

}  // namespace tarn::sql
