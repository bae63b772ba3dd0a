#include "meta/rows.h"

#include "base/error.h"

namespace tarn::meta {

const Row::Cell& Row::cell(std::size_t column) const {
  check(column < cells_.size(), "a row has no such column");
  return cells_[column];
}

bool Row::is_null(std::size_t column) const {
  return std::holds_alternative<std::monostate>(cell(column));
}

const std::string& Row::text(std::size_t column) const {
  const auto* text = std::get_if<std::string>(&cell(column));
  check(text != nullptr, "a column of the metadata store is not a text");
  return *text;
}

std::int64_t Row::int64(std::size_t column) const {
  const auto* integer = std::get_if<std::int64_t>(&cell(column));
  check(integer != nullptr, "a column of the metadata store is not an integer");
  return *integer;
}

double Row::real(std::size_t column) const {
  const Cell& value = cell(column);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  const auto* real = std::get_if<double>(&value);
  check(real != nullptr, "a column of the metadata store is not a number");
  return *real;
}

std::optional<std::string> Row::optional_text(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

std::optional<std::int64_t> Row::optional_int64(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return int64(column);
}

std::optional<double> Row::optional_real(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return real(column);
}

std::string Row::text_or_empty(std::size_t column) const {
  return optional_text(column).value_or("");
}

}  // namespace tarn::meta
