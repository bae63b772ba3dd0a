#include "detail/row_writer.h"

#include <cstring>

#include "base/error.h"
#include "detail/encoded.h"
#include "detail/text_bytes.h"

namespace tarn::tds::detail {
namespace {

constexpr char kRow = '\xD1';
constexpr char kRowWithBitmap = '\xD2';

/// Without one, where the type has no NULLs: null_bytes stays 0.
void set_null_mark(Cell& cell, const TypeInfo& type) {
  cell.null_bytes = 0;
  if (type.prefix == Prefix::kNone) return;
  std::string mark;
  append_null(mark, type);
  cell.null_bytes = static_cast<std::uint8_t>(mark.size());
  cell.null_byte = mark[0];
}

}  // namespace

RowWriter::RowWriter(const std::vector<sql::ResultColumn>& columns, const Dialect& dialect)
    : columns_(columns),
      cells_(columns.size()),
      dialect_(dialect),
      knows_bitmaps_(dialect.version >= Version::k73b),
      is_json_(columns.size() == 1 && columns[0].name == kJsonColumnName) {
  for (const sql::ResultColumn& column : columns_) types_.push_back(type_info_of(column, dialect));
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    cells_[i].type = &types_[i];
    cells_[i].column = &columns_[i];
    cells_[i].slack = kCellBytesMax * cells_.size();
    set_null_mark(cells_[i], types_[i]);
  }
}

void RowWriter::bind(const engine::Chunk& rows) {
  check(rows.column_count() == cells_.size(), "a chunk has other columns than were announced");
  with_nulls_.clear();
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = cells_[i];
    const engine::Column& values = rows.column(i);
    cell.values = &values;
    cell.data = values.data<void>();
    cell.validity = values.validity();
    cell.write = cell_writer(types_[i], columns_[i], values.type(), dialect_.version);
    if (cell.validity) with_nulls_.push_back(i);
  }
}

void RowWriter::write(const engine::Chunk& rows, OutputBuffer& out) {
  bind(rows);
  try {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (is_json_ && !cells_[0].is_null(row)) {
        write_json(row, out);
      } else {
        write_row(row, out);
      }
    }
  } catch (...) {
    if (out.parted()) end_parted_row(out);
    throw;
  }
}

void RowWriter::write_row(std::size_t row, OutputBuffer& out) {
  char* at = out.room(out.begin(), 1 + cells_.size() * (kCellBytesMax + 1));
  const bool bitmap = knows_bitmaps_ && !with_nulls_.empty() && is_better_with_bitmap(row);
  *at++ = bitmap ? kRowWithBitmap : kRow;
  if (bitmap) at = write_bitmap(row, at);
  for (at_column_ = 0; at_column_ < cells_.size(); ++at_column_) {
    const Cell& cell = cells_[at_column_];
    if (!cell.is_null(row)) {
      at = cell.write(cell, row, at, out);
    } else if (!bitmap) {
      check(cell.null_bytes > 0, "a column without NULLs has one");
      std::memset(at, cell.null_byte, cell.null_bytes);
      at += cell.null_bytes;
    }
  }
  out.end(at);
}

bool RowWriter::is_better_with_bitmap(std::size_t row) const {
  std::size_t saved = 0;
  for (const std::size_t i : with_nulls_) {
    if (!cells_[i].is_null(row)) continue;
    if (cells_[i].null_bytes == 0) return true;  // the one way to say it
    saved += cells_[i].null_bytes;
  }
  return saved > (cells_.size() + 7) / 8;
}

char* RowWriter::write_bitmap(std::size_t row, char* at) const {
  const std::size_t bytes = (cells_.size() + 7) / 8;
  std::memset(at, 0, bytes);
  for (const std::size_t i : with_nulls_) {
    if (cells_[i].is_null(row)) at[i / 8] = static_cast<char>(at[i / 8] | 1 << (i % 8));
  }
  return at + bytes;
}

void RowWriter::write_json(std::size_t row, OutputBuffer& out) {
  std::string_view text = cells_[0].values->text(row);
  do {
    const std::size_t part = utf8_prefix_of_units(text, kJsonRowUnits);
    char* at = out.room(out.begin(), 1 + kCellBytesMax);
    *at++ = kRow;
    out.end(write_unicode(text.substr(0, part), cells_[0], at, out));
    text.remove_prefix(part);
  } while (!text.empty());
}

/// The output has been given up amid a value that was going out in chunks: it gets no more of them,
/// and the columns behind it are NULL.
void RowWriter::end_parted_row(OutputBuffer& out) {
  out.discard();
  std::string rest(4, '\0');
  for (std::size_t i = at_column_ + 1; i < cells_.size(); ++i) append_null(rest, types_[i]);
  out.append(rest);
}

}  // namespace tarn::tds::detail
