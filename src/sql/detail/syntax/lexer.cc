#include "detail/syntax/lexer.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "detail/characters.h"
#include "detail/syntax/parser.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {
namespace {

/// Longer symbols first.
constexpr std::array kSymbols = std::to_array<std::string_view>({
    "<=", ">=", "<>", "!=", "!<", "!>", "+=", "-=", "*=", "/=", "%=", "&=",
    "|=", "^=", "::", "(",  ")",  ",",  ";",  ".",  "=",  "<",  ">",  "+",
    "-",  "*",  "/",  "%",  "&",  "|",  "^",  "~",  ":",  "!",  "{",  "}",
});

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The bytes of a line continuation (a backslash and a line end) that `text` begins with, or 0.
std::size_t continuation_length(std::string_view text) {
  if (text.starts_with("\\\r\n")) return 3;
  if (text.starts_with("\\\n")) return 2;
  return 0;
}

}  // namespace

std::size_t blank_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first != 0 && first <= ' ') return 1;
  // U+00A0; U+2000 to U+200B, U+2028, U+2029; U+3000; U+FEFF.
  if (text.starts_with("\xC2\xA0")) return 2;
  if (text.size() < 3) return 0;
  const auto last = static_cast<unsigned char>(text[2]);
  if (text.starts_with("\xE2\x80") && (last <= 0x8B || last == 0xA8 || last == 0xA9)) return 3;
  if (text.starts_with("\xE3\x80\x80") || text.starts_with("\xEF\xBB\xBF")) return 3;
  return 0;
}

bool is_identifier_start(char c) {
  return is_letter(c) || c == '_' || c == '#' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_identifier_part(char c) {
  return is_identifier_start(c) || is_digit(c) || c == '@' || c == '$';
}

void Lexer::advance(std::size_t bytes) {
  for (; bytes > 0 && !at_end(); --bytes) {
    const char c = text_[here_.offset++];
    const bool line_end = c == '\n' || (c == '\r' && peek() != '\n');
    if (line_end) {
      ++here_.line;
      here_.column = 1;
      line_is_blank_ = true;
    } else if (!continues_character(peek())) {
      ++here_.column;
    }
  }
}

void Lexer::skip_block_comment() {
  const ast::Span start = here_;
  int depth = 0;
  do {
    if (at_end()) throw syntax_error(113, "Missing end comment mark '*/'.", start);
    if (rest().starts_with("/*")) {
      ++depth;
      advance(2);
    } else if (rest().starts_with("*/")) {
      --depth;
      advance(2);
    } else {
      advance(1);
    }
  } while (depth > 0);
}

void Lexer::skip_blanks_and_comments() {
  while (!at_end()) {
    if (const std::size_t blank = blank_length(rest())) {
      advance(blank);
    } else if (rest().starts_with("--")) {
      while (!at_end() && peek() != '\n' && peek() != '\r') advance(1);
    } else if (rest().starts_with("/*")) {
      skip_block_comment();
    } else {
      return;
    }
  }
}

Token Lexer::next() {
  skip_blanks_and_comments();
  Token token;
  token.span = here_;
  token.starts_line = line_is_blank_;
  if (at_end()) return token;

  const char c = peek();
  if (c == '\'' || ((c == 'N' || c == 'n') && peek(1) == '\'')) {
    read_string(token);
  } else if (c == '[') {
    read_delimited(token, ']');
  } else if (c == '"') {
    read_delimited(token, '"');
  } else if (c == '@') {
    read_variable(token);
  } else if (c == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
    read_binary(token);
  } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
    read_number(token);
  } else if (c == '$' && !is_letter(peek(1))) {
    read_money(token);
  } else if (is_identifier_start(c) || c == '$') {
    read_word(token);
  } else {
    read_symbol(token);
  }
  token.span.length = here_.offset - token.span.offset;
  line_is_blank_ = false;
  return token;
}

void Lexer::check_identifier(const Token& token) const {
  if (token.text.empty()) {
    throw syntax_error(1038,
                       "An object or column name is missing or empty. For SELECT INTO statements, "
                       "verify each column has a name. For other statements, look for empty alias "
                       "names. Aliases defined as \"\" or [] are not allowed.",
                       token.span);
  }
  std::size_t characters = 0;
  for (const char c : token.text) characters += continues_character(c) ? 0 : 1;
  if (characters > kIdentifierCharactersMax) {
    throw syntax_error(103,
                       "The identifier that starts with '" + token.text.substr(0, 32) +
                           "' is too long. Maximum length is " +
                           std::to_string(kIdentifierCharactersMax) + ".",
                       token.span);
  }
}

void Lexer::read_word(Token& token) {
  std::size_t length = 1;
  while (is_identifier_part(peek(length)) && blank_length(rest().substr(length)) == 0) ++length;
  token.kind = TokenKind::kWord;
  token.text = rest().substr(0, length);
  token.upper = to_upper(token.text);
  token.reserved = is_reserved(token.upper);
  check_identifier(token);
  advance(length);
}

void Lexer::read_variable(Token& token) {
  std::size_t length = 1;
  while (is_identifier_part(peek(length)) && blank_length(rest().substr(length)) == 0) ++length;
  token.text = rest().substr(0, length);
  const bool global = token.text.starts_with("@@");
  if (token.text.size() < (global ? 3u : 2u)) throw incorrect_syntax(token.text, token.span);
  token.kind = global ? TokenKind::kGlobal : TokenKind::kVariable;
  if (global) token.text = to_upper(token.text);
  check_identifier(token);
  advance(length);
}

void Lexer::read_digits() {
  while (is_digit(peek())) advance(1);
}

void Lexer::read_number(Token& token) {
  token.kind = TokenKind::kNumber;
  token.form = ast::NumberLiteral::Form::kInteger;
  read_digits();
  if (peek() == '.') {
    token.form = ast::NumberLiteral::Form::kDecimal;
    advance(1);
    read_digits();
  }
  if (peek() == 'e' || peek() == 'E') {
    token.form = ast::NumberLiteral::Form::kFloat;
    advance(1);
    if ((peek() == '+' || peek() == '-') && is_digit(peek(1))) advance(1);
    read_digits();
  }
  token.text = text_.substr(token.span.offset, here_.offset - token.span.offset);
}

void Lexer::read_money(Token& token) {
  token.kind = TokenKind::kNumber;
  token.form = ast::NumberLiteral::Form::kMoney;
  advance(1);
  const std::size_t start = here_.offset;
  if (peek() == '-' || peek() == '+') {
    if (is_digit(peek(1)) || peek(1) == '.') advance(1);
  }
  read_digits();
  if (peek() == '.') {
    advance(1);
    read_digits();
  }
  token.text = text_.substr(start, here_.offset - start);
  if (token.text.empty()) token.text = "0";
}

void Lexer::read_binary(Token& token) {
  token.kind = TokenKind::kBinary;
  advance(2);
  std::string digits;
  while (true) {
    if (hex_value(peek()) >= 0) {
      digits += peek();
      advance(1);
    } else if (const std::size_t continuation = continuation_length(rest())) {
      advance(continuation);
    } else {
      break;
    }
  }
  if (digits.size() % 2 != 0) digits.insert(digits.begin(), '0');
  token.text.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    token.text += static_cast<char>(hex_value(digits[i]) * 16 + hex_value(digits[i + 1]));
  }
}

void Lexer::fail_unclosed(const Token& token) const {
  throw syntax_error(105,
                     "Unclosed quotation mark after the character string '" +
                         token.text.substr(0, std::min<std::size_t>(token.text.find('\n'), 60)) +
                         "'.",
                     token.span);
}

void Lexer::read_string(Token& token) {
  token.kind = TokenKind::kString;
  if (peek() != '\'') {
    token.national = true;
    advance(1);
  }
  advance(1);
  while (true) {
    if (at_end()) fail_unclosed(token);
    if (rest().starts_with("''")) {
      token.text += '\'';
      advance(2);
    } else if (peek() == '\'') {
      advance(1);
      return;
    } else if (const std::size_t continuation = continuation_length(rest())) {
      advance(continuation);
    } else {
      token.text += peek();
      advance(1);
    }
  }
}

void Lexer::read_delimited(Token& token, char closing) {
  token.kind = TokenKind::kDelimited;
  advance(1);
  while (true) {
    if (at_end()) fail_unclosed(token);
    const char c = peek();
    advance(1);
    if (c == closing) {
      if (peek() != closing) break;
      advance(1);
    }
    token.text += c;
  }
  check_identifier(token);
}

void Lexer::read_symbol(Token& token) {
  for (const std::string_view symbol : kSymbols) {
    if (!rest().starts_with(symbol)) continue;
    token.kind = TokenKind::kSymbol;
    token.text = symbol;
    advance(symbol.size());
    return;
  }
  throw incorrect_syntax(peek() == '\0' ? "\\0" : std::string(1, peek()), token.span);
}

}  // namespace tarn::sql
