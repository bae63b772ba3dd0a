#pragma once
// What commands print: tables for people, JSON, TSV and CSV for programs.

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace tarn::cli {

enum class Format {
  kTable,
  kJson,
  kTsv,
  kCsv,
  kLine,  // a line a cell: "name = value"
};

struct OutputColumn {
  std::string name;
  bool number = false;  // aligned to the right
};

/// A cell; empty optional: NULL.
using Cell = std::optional<std::string>;

/// Writes rows to standard output as they come. A table's column widths are those of its first
/// rows, so that any number of rows passes in constant memory.
class RowWriter {
 public:
  static constexpr std::size_t kRowsForWidths = 500;
  static constexpr std::size_t kCellWidthMax = 60;  // of a table; longer texts are cut with "…"

  RowWriter(Format format, std::vector<OutputColumn> columns);
  void row(std::vector<Cell> cells);
  void end();

 private:
  void flush_table();
  void print(const std::vector<Cell>& cells);
  std::string line_of(const std::vector<Cell>& cells) const;

  Format format_;
  std::vector<OutputColumn> columns_;
  std::vector<std::vector<Cell>> waiting_;
  std::vector<std::size_t> widths_;
  bool head_done_ = false;
  bool first_row_ = true;
};

/// A cell of a JSON value: text as it is, null as NULL, everything else as JSON.
Cell cell_of(const Json& value);

/// One row per item of `list`, with the members named by `columns`; as JSON the list itself.
void print_list(Format format, const Json& list, const std::vector<OutputColumn>& columns);
/// Names and values, one a line; nested values as JSON.
void print_record(Format format, const Json& record);

/// "3.2 MB".
std::string human_bytes(double bytes);
/// Columns of text, not bytes.
std::size_t display_width(std::string_view utf8);

}  // namespace tarn::cli
