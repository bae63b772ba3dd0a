#pragma once
// ROW and NBCROW ([MS-TDS] 2.2.7.20, 2.2.7.14) from the engine's columns.
//
// Rows are written one after the other, each cell by a function that was chosen once for its
// column (cells.h); nothing is allocated per cell, and nothing is virtual.

#include <string_view>
#include <vector>

#include "detail/cells.h"
#include "detail/output_buffer.h"
#include "detail/type_info.h"
#include "engine/chunk.h"
#include "sql/result_sink.h"

namespace tarn::tds::detail {

/// The column of FOR JSON; each row takes so many units of UTF-16 of its text at most.
inline constexpr std::string_view kJsonColumnName = "JSON_F52E2B61-18A1-11d1-B105-00805F49916B";
inline constexpr std::size_t kJsonRowUnits = 2033;

class RowWriter {
 public:
  RowWriter(const std::vector<sql::ResultColumn>& columns, const Dialect& dialect);

  const std::vector<TypeInfo>& types() const { return types_; }
  /// Throws what the output throws. Even then what was handed over, with what `out` still holds,
  /// ends with a whole token: a row that has begun to go out gets an end.
  void write(const engine::Chunk& rows, OutputBuffer& out);

 private:
  void bind(const engine::Chunk& rows);
  void write_row(std::size_t row, OutputBuffer& out);
  void write_json(std::size_t row, OutputBuffer& out);
  char* write_bitmap(std::size_t row, char* at) const;
  bool is_better_with_bitmap(std::size_t row) const;
  void end_parted_row(OutputBuffer& out);

  std::vector<sql::ResultColumn> columns_;
  std::vector<TypeInfo> types_;
  std::vector<Cell> cells_;
  std::vector<std::size_t> with_nulls_;  // columns of the chunk that have any
  Dialect dialect_;
  bool knows_bitmaps_;
  bool is_json_;
  std::size_t at_column_ = 0;  // of the row under way
};

}  // namespace tarn::tds::detail
