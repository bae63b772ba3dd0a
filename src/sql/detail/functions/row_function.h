#pragma once
// Scalar functions for the engine written a row at a time: the loop, NULLs and result types are
// handled here.

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/database.h"
#include "engine/int128.h"

namespace tarn::sql {

using engine::Int128;

/// One row of the input. Columns are those of the function's parameters.
class Row {
 public:
  Row(const engine::Chunk& chunk, std::size_t row) : chunk_(chunk), row_(row) {}

  bool null(std::size_t column) const { return chunk_.column(column).is_null(row_); }
  std::string_view text(std::size_t column) const { return chunk_.column(column).text(row_); }
  std::int64_t integer(std::size_t column) const { return chunk_.column(column).integer(row_); }
  bool flag(std::size_t column) const { return chunk_.column(column).data<bool>()[row_]; }
  double number(std::size_t column) const { return chunk_.column(column).number(row_); }
  float real(std::size_t column) const { return chunk_.column(column).data<float>()[row_]; }
  Int128 wide(std::size_t column) const {
    return engine::load_int128(chunk_.column(column).data<Int128>(), row_);
  }
  Int128 unscaled(std::size_t column) const { return chunk_.column(column).unscaled(row_); }
  bool any_null() const {
    for (std::size_t i = 0; i < chunk_.column_count(); ++i) {
      if (null(i)) return true;
    }
    return false;
  }

 private:
  const engine::Chunk& chunk_;
  std::size_t row_;
};

inline void put(engine::ColumnWriter& out, std::size_t row, const std::string& value) {
  out.set_text(row, value);
}
inline void put(engine::ColumnWriter& out, std::size_t row, std::string_view value) {
  out.set_text(row, value);
}
inline void put(engine::ColumnWriter& out, std::size_t row, Int128 value) {
  if (out.type().kind == engine::Kind::kDecimal) {
    out.set_unscaled(row, value);
  } else {
    engine::store_int128(out.data<Int128>(), row, value);
  }
}
template <typename T>
requires std::is_arithmetic_v<T>
void put(engine::ColumnWriter& out, std::size_t row, T value) { out.data<T>()[row] = value; }
template <typename T>
void put(engine::ColumnWriter& out, std::size_t row, const std::optional<T>& value) {
  value ? put(out, row, *value) : out.set_null(row);
}

/// `body(const Row&)` gives the value, or an optional of it; its type must be the one of `result`'s
/// storage. A NULL argument gives NULL without a call.
template <typename Body>
engine::ScalarFunction row_function(std::string name, std::vector<engine::Type> parameters,
                                    engine::Type result, Body body) {
  engine::ScalarFunction function;
  function.name = std::move(name);
  function.parameters = std::move(parameters);
  function.result = std::move(result);
  function.call = [body = std::move(body)](const engine::Chunk& input,
                                           engine::ColumnWriter& output) {
    for (std::size_t i = 0; i < input.size(); ++i) {
      const Row row(input, i);
      if (row.any_null()) {
        output.set_null(i);
      } else {
        put(output, i, body(row));
      }
    }
  };
  return function;
}

/// An error of a running query, with SQL Server's number.
inline Error runtime_failure(int number, std::string message) {
  SqlStatus status;
  status.number = number;
  Error error(Code::kInvalidArgument, std::move(message));
  error.set_sql(status);
  return error;
}

// The functions, by theme.
std::vector<engine::ScalarFunction> number_engine_functions();
std::vector<engine::ScalarFunction> conversion_engine_functions();
std::vector<engine::ScalarFunction> text_engine_functions();
std::vector<engine::ScalarFunction> moment_engine_functions();
std::vector<engine::ScalarFunction> json_engine_functions();
std::vector<engine::ScalarFunction> xml_engine_functions();
std::vector<engine::ScalarFunction> offset_engine_functions();
std::vector<engine::ScalarFunction> format_engine_functions();
std::vector<engine::ScalarFunction> hash_engine_functions();
std::vector<engine::ScalarFunction> bit_engine_functions();
std::vector<engine::ScalarFunction> message_engine_functions();
/// datetimeoffset from and to the engine's timestamps, which are what lake tables keep.
std::vector<engine::CastFunction> offset_casts();

}  // namespace tarn::sql
