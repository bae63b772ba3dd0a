#pragma once
// A token of T-SQL.

#include <span>
#include <string>
#include <string_view>

#include "detail/syntax/ast_query.h"
#include "detail/syntax/span.h"

namespace tarn::sql {

enum class TokenKind {
  kEnd,
  kWord,       // an identifier without delimiters, or a keyword
  kDelimited,  // [x] or "x"
  kVariable,   // @x
  kGlobal,     // @@x
  kString,     // '...' or N'...'
  kBinary,     // 0x...
  kNumber,
  kSymbol,  // one of ( ) , ; . = <> <= += ...
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  ast::Span span;
  /// What it stands for: a string without quotes, an identifier without brackets, a binary's bytes,
  /// a number's or symbol's text. A variable has its '@'.
  std::string text;
  std::string upper;                // of a word: its ASCII upper case
  bool reserved = false;            // of a word
  bool national = false;            // of a string
  ast::NumberLiteral::Form form{};  // of a number
  bool starts_line = false;         // nothing but blanks and comments stands before it on its line

  bool is_symbol(std::string_view symbol) const {
    return kind == TokenKind::kSymbol && text == symbol;
  }
  bool is_word(std::string_view word) const { return kind == TokenKind::kWord && upper == word; }
  /// It may name a thing: a delimited identifier or a word that is not reserved.
  bool is_identifier() const {
    return kind == TokenKind::kDelimited || (kind == TokenKind::kWord && !reserved);
  }
};

/// Whether SQL Server reserves the word (given in upper case).
bool is_reserved(std::string_view upper);
/// All of them, in upper case and order.
std::span<const std::string_view> reserved_words();

}  // namespace tarn::sql
