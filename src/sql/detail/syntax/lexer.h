#pragma once
// T-SQL text to tokens, one at a time.

#include <cstddef>
#include <string_view>

#include "detail/syntax/token.h"

namespace tarn::sql {

/// Reads `text`, which must be UTF-8 and outlive it. Blanks and comments (nested ones too) are
/// passed over.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  /// The next token, kEnd at the end and for ever after. Throws Error with SqlStatus 102, 103, 105,
  /// 113 or 1038.
  Token next();

 private:
  bool at_end() const { return here_.offset >= text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return here_.offset + ahead < text_.size() ? text_[here_.offset + ahead] : '\0';
  }
  std::string_view rest() const { return text_.substr(here_.offset); }
  void advance(std::size_t bytes);
  void skip_blanks_and_comments();
  void skip_block_comment();

  void read_word(Token& token);
  void read_variable(Token& token);
  void read_number(Token& token);
  void read_money(Token& token);
  void read_binary(Token& token);
  void read_string(Token& token);
  void read_delimited(Token& token, char closing);
  void read_symbol(Token& token);
  void read_digits();
  void check_identifier(const Token& token) const;
  [[noreturn]] void fail_unclosed(const Token& token) const;

  std::string_view text_;
  ast::Span here_{0, 0, 1, 1};
  bool line_is_blank_ = true;
};

/// Bytes of the blank (a control character, a space, one of Unicode's) that `text` begins with, or
/// 0.
std::size_t blank_length(std::string_view text);

/// Of an identifier's first and of its further characters. Whatever is beyond ASCII counts as a
/// letter.
bool is_identifier_start(char c);
bool is_identifier_part(char c);

}  // namespace tarn::sql
