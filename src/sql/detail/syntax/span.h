#pragma once
// Where in the text of a batch a token or a node stands.

#include <cstdint>

namespace tarn::sql::ast {

/// Offset and length are in bytes; line and column count from 1, the column in characters (UTF-8
/// code points). Line and column are those of the first byte.
struct Span {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  std::uint32_t end() const { return offset + length; }
};

}  // namespace tarn::sql::ast
