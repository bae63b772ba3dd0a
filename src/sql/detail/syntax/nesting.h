#pragma once
// The level of nesting at which the parser is.

#include "detail/syntax/grammar.h"
#include "detail/syntax/parser.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {

class Grammar::Nesting {
 public:
  explicit Nesting(Grammar& grammar) : depth_(grammar.depth_) {
    if (depth_ >= kParserDepthMax) {
      throw syntax_error(191,
                         "Some part of your SQL statement is nested too deeply. Rewrite the query "
                         "or break it up into smaller queries.",
                         grammar.peek().span);
    }
    ++depth_;
  }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  int& depth_;
};

}  // namespace tarn::sql
