#pragma once
// The rows of a query, read completely. A query that may return many pages itself: kRowsMax is a
// wall, not a page.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tarn::meta {

/// One row. Columns count from 0, in the order of the select list. Reading a column as another type
/// than it holds is our own bug (kInternal); an integer may be read as a double.
class Row {
 public:
  using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

  explicit Row(std::vector<Cell> cells) : cells_(std::move(cells)) {}

  std::size_t size() const { return cells_.size(); }
  bool is_null(std::size_t column) const;
  const std::string& text(std::size_t column) const;
  std::int64_t int64(std::size_t column) const;
  double real(std::size_t column) const;
  bool boolean(std::size_t column) const { return int64(column) != 0; }

  /// Empty for NULL.
  std::optional<std::string> optional_text(std::size_t column) const;
  std::optional<std::int64_t> optional_int64(std::size_t column) const;
  std::optional<double> optional_real(std::size_t column) const;
  /// The text, or "" for NULL.
  std::string text_or_empty(std::size_t column) const;

  /// As it is stored.
  const Cell& cell(std::size_t column) const;

 private:
  std::vector<Cell> cells_;
};

using Rows = std::vector<Row>;

/// A query of more rows than this fails with kTooLarge.
inline constexpr std::size_t kRowsMax = 200'000;

}  // namespace tarn::meta
