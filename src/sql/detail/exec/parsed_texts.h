#pragma once
// Trees of texts that run again and again: procedures, prepared statements, sp_executesql. A tree
// serves one run at a time; where a text calls itself the inner run gets a tree of its own.

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "detail/syntax/ast.h"

namespace tarn::sql {

struct SessionState;

/// The trees that a session keeps; those used longest ago go first.
class ParsedTexts {
 public:
  static constexpr std::size_t kTextsMax = 256;
  static constexpr std::size_t kTextBytesMax = 256 << 10;  // longer ones are not kept
  static constexpr std::size_t kBytesMax = 2 << 20;        // of all texts

  /// The kept tree, or a new one; errors as parse_batch().
  ast::Batch take(std::string_view text);
  void put_back(ast::Batch batch);

 private:
  void drop_oldest();

  std::list<ast::Batch> batches_;  // used last: first
  std::unordered_map<std::string_view, std::list<ast::Batch>::iterator> by_text_;
  std::size_t bytes_ = 0;
};

/// A text's tree while it runs.
class ParsedText {
 public:
  ParsedText(ParsedTexts& texts, std::string_view text)
      : texts_(&texts), batch_(texts.take(text)) {}
  ~ParsedText() {
    if (texts_) texts_->put_back(std::move(batch_));
  }
  ParsedText(const ParsedText&) = delete;

  ast::Batch& batch() { return batch_; }
  const ast::Batch& batch() const { return batch_; }

 private:
  ParsedTexts* texts_;
  ast::Batch batch_;
};

}  // namespace tarn::sql
