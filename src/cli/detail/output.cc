#include "detail/output.h"

#include <algorithm>
#include <array>

namespace tarn::cli {
namespace {

void write_out(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string csv_cell(const Cell& cell) {
  if (!cell) return "";
  if (cell->empty()) return "\"\"";  // to be told from NULL
  if (cell->find_first_of(",\"\r\n") == std::string::npos) return *cell;
  std::string text = "\"";
  for (const char c : *cell) {
    text += c;
    if (c == '"') text += c;
  }
  return text + '"';
}

std::string tsv_cell(const Cell& cell) {
  if (!cell) return "\\N";
  std::string text;
  for (const char c : *cell) {
    switch (c) {
      case '\t':
        text += "\\t";
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\\':
        text += "\\\\";
        break;
      default:
        text += c;
    }
  }
  return text;
}

// One line, at most kCellWidthMax columns wide.
std::string table_cell(const Cell& cell) {
  if (!cell) return "NULL";
  std::string text;
  std::size_t width = 0;
  for (std::size_t i = 0; i < cell->size(); ++i) {
    const char c = (*cell)[i];
    const bool continuation = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (!continuation && ++width > RowWriter::kCellWidthMax) return text + "…";
    text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return text;
}

void pad(std::string& line, const std::string& text, std::size_t width, bool right) {
  const std::string blanks(width - std::min(width, display_width(text)), ' ');
  line += right ? blanks + text : text + blanks;
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

RowWriter::RowWriter(Format format, std::vector<OutputColumn> columns)
    : format_(format), columns_(std::move(columns)) {
  if (format_ == Format::kJson) {
    write_out("[");
  } else if (format_ == Format::kTsv || format_ == Format::kCsv) {
    std::vector<Cell> names;
    for (const auto& column : columns_) names.emplace_back(column.name);
    write_out(line_of(names) + '\n');
  } else if (format_ == Format::kLine) {
    std::size_t width = 0;
    for (const auto& column : columns_) width = std::max(width, display_width(column.name));
    widths_.assign(columns_.size(), width);
  }
}

void RowWriter::row(std::vector<Cell> cells) {
  if (format_ != Format::kTable || head_done_) {
    print(cells);
    return;
  }
  waiting_.push_back(std::move(cells));
  if (waiting_.size() >= kRowsForWidths) flush_table();
}

void RowWriter::end() {
  if (format_ == Format::kTable && !head_done_) flush_table();
  if (format_ == Format::kJson) write_out(first_row_ ? "]\n" : "\n]\n");
}

void RowWriter::flush_table() {
  head_done_ = true;
  for (const auto& column : columns_) widths_.push_back(display_width(column.name));
  for (const auto& cells : waiting_) {
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      widths_[i] = std::max(widths_[i], display_width(table_cell(cells[i])));
    }
  }
  std::string head, rule;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) head += "  ";
    if (i > 0) rule += "  ";
    pad(head, columns_[i].name, widths_[i], columns_[i].number);
    for (std::size_t k = 0; k < widths_[i]; ++k) rule += "─";
  }
  write_out(head + '\n' + rule + '\n');
  for (const auto& cells : waiting_) print(cells);
  waiting_.clear();
}

void RowWriter::print(const std::vector<Cell>& cells) {
  if (format_ == Format::kJson) write_out(first_row_ ? "\n  " : ",\n  ");
  if (format_ == Format::kLine && !first_row_) write_out("\n");
  first_row_ = false;
  write_out(line_of(cells));
  if (format_ != Format::kJson) write_out("\n");
}

std::string RowWriter::line_of(const std::vector<Cell>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    switch (format_) {
      case Format::kTable:
        if (i > 0) line += "  ";
        pad(line, table_cell(cells[i]), widths_[i], columns_[i].number);
        break;
      case Format::kTsv:
        if (i > 0) line += '\t';
        line += tsv_cell(cells[i]);
        break;
      case Format::kLine:
        if (i > 0) line += '\n';
        pad(line, columns_[i].name, widths_[i], true);
        line += " = " + cells[i].value_or("NULL");
        break;
      case Format::kCsv:
        if (i > 0) line += ',';
        line += csv_cell(cells[i]);
        break;
      case Format::kJson:
        line += i > 0 ? ", " : "{";
        line += Json(columns_[i].name).dump() + ": ";
        if (!cells[i]) {
          line += "null";
        } else if (columns_[i].number) {
          line += *cells[i];
        } else {
          line += Json(*cells[i]).dump(-1, ' ', false, Json::error_handler_t::replace);
        }
        break;
    }
  }
  if (format_ == Format::kJson) line += '}';
  if (format_ == Format::kTable) line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

Cell cell_of(const Json& value) {
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

void print_list(Format format, const Json& list, const std::vector<OutputColumn>& columns) {
  if (format == Format::kJson) {
    write_out(list.dump(2) + '\n');
    return;
  }
  RowWriter writer(format, columns);
  for (const auto& item : list) {
    std::vector<Cell> cells;
    for (const auto& column : columns) {
      const auto member = item.find(column.name);
      cells.push_back(member == item.end() ? std::nullopt : cell_of(*member));
    }
    writer.row(std::move(cells));
  }
  writer.end();
}

void print_record(Format format, const Json& record) {
  if (format == Format::kJson) {
    write_out(record.dump(2) + '\n');
    return;
  }
  if (format != Format::kTable) {
    RowWriter writer(format, {{"name"}, {"value"}});
    for (const auto& [name, value] : record.items()) writer.row({name, cell_of(value)});
    writer.end();
    return;
  }
  std::size_t width = 0;
  for (const auto& [name, value] : record.items()) width = std::max(width, display_width(name));
  for (const auto& [name, value] : record.items()) {
    std::string line;
    pad(line, name, width + 2, false);
    write_out(line + cell_of(value).value_or("") + '\n');
  }
}

std::string human_bytes(double bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
  return text;
}

}  // namespace tarn::cli
