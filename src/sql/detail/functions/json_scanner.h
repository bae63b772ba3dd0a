#pragma once
// Walks over JSON text, a token at a time.

#include <string>
#include <string_view>

#include "detail/functions/json_text.h"

namespace tarn::sql {

/// Throws 13609 at the first character that does not fit.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  std::size_t position() const { return at_; }
  /// The next character that is no blank, or 0 at the end.
  char peek();
  /// Takes `symbol` if it is next.
  bool accept(char symbol);
  void expect(char symbol);
  void expect_end();
  /// Reads over a whole value.
  JsonSpan value();
  /// Reads over a string, quotes included.
  JsonSpan string();
  /// What kind of value comes.
  JsonKind kind();
  /// Reads an object's opening bracket, key and colon, or an array's opening bracket or comma:
  /// false where the closing bracket came instead.
  bool next_member(bool first, JsonSpan& key);
  bool next_element(bool first);
  [[noreturn]] void fail() const;

 private:
  void skip_blanks();
  void word(std::string_view text);
  void number();
  void digits();

  std::string_view text_;
  std::size_t at_;
  int depth_ = 0;
};

}  // namespace tarn::sql
