#pragma once
// Writing one value of a column of the engine: which function does it, and the functions.

#include <cstddef>
#include <cstdint>

#include "detail/output_buffer.h"
#include "detail/type_info.h"
#include "engine/chunk.h"
#include "sql/result_sink.h"

namespace tarn::tds::detail {

/// A column of the chunk at hand.
struct Cell {
  /// Writes the value, which is not NULL, with what stands before it; returns its end. There is
  /// room for kCellBytesMax bytes a column from here to the row's end; whoever needs more asks for
  /// it, and leaves as much.
  using Write = char* (*)(const Cell& cell, std::size_t row, char* at, OutputBuffer& out);

  Write write = nullptr;
  const engine::Column* values = nullptr;
  const void* data = nullptr;  // of `values`
  const std::uint64_t* validity = nullptr;
  const TypeInfo* type = nullptr;
  const sql::ResultColumn* column = nullptr;
  std::size_t slack = 0;        // kCellBytesMax times the columns
  std::uint8_t null_bytes = 1;  // what says NULL: so many times null_byte
  char null_byte = 0;

  bool is_null(std::size_t row) const {
    return validity && !(validity[row >> 6] >> (row & 63) & 1);
  }
};

/// Bytes of any value but texts and binaries, with what stands before it.
inline constexpr std::size_t kCellBytesMax = 40;

/// A (max) value that may be larger goes out in chunks as it is converted, so that a row is never
/// held as a whole; so do those of a row that is larger already.
inline constexpr std::size_t kWholeValueBytesMax = 256 << 10;
inline constexpr std::size_t kWholeRowBytesMax = 1 << 20;

/// The function for values that the engine has as `values`. Throws Error(kInternal) where there is
/// none.
Cell::Write cell_writer(const TypeInfo& type, const sql::ResultColumn& column,
                        const engine::Type& values, Version version);

/// Writes a text as the value of a cell whose type is one of UTF-16, with what stands before it.
char* write_unicode(std::string_view text, const Cell& cell, char* at, OutputBuffer& out);

}  // namespace tarn::tds::detail
