#include "detail/exec/csv_header.h"

namespace tarn::sql {

std::vector<std::string> split_record(std::string_view text, const BulkFormat& format) {
  const std::string_view delimiter = format.field_terminator;
  const char quote = format.quote.empty() ? '\0' : format.quote[0];
  const char escape = format.escape.empty() ? quote : format.escape[0];
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == escape && i + 1 < text.size() && text[i + 1] == quote) {
        fields.back() += quote;
        ++i;
      } else if (c == quote) {
        quoted = false;
      } else {
        fields.back() += c;
      }
    } else if (quote != '\0' && c == quote && fields.back().empty()) {
      quoted = true;
    } else if (text.substr(i).starts_with(delimiter)) {
      fields.emplace_back();
      i += delimiter.size() - 1;
    } else {
      fields.back() += c;
    }
  }
  if (quoted) return {};
  return fields;
}

std::string csv_options(const BulkFormat& format, std::int64_t skipped) {
  const std::string escape = format.escape.empty() ? format.quote : format.escape;
  std::string text =
      "auto_detect = false, header = false, nullstr = '', allow_quoted_nulls = false, delim = " +
      engine::quote_text(format.field_terminator) +
      ", quote = " + engine::quote_text(format.quote) + ", escape = " + engine::quote_text(escape) +
      ", skip = " + std::to_string(skipped) +
      ", compression = " + engine::quote_text(format.compression) +
      ", max_line_size = " + std::to_string(kCsvLineBytesMax) + ", hive_partitioning = false";
  if (format.encoding != "utf-8") text += ", encoding = " + engine::quote_text(format.encoding);
  if (format.null_padding) text += ", null_padding = true";
  return text;
}

std::vector<std::string> first_record(engine::Connection& connection, const std::string& file,
                                      const BulkFormat& format, const CancelToken& cancel) {
  // Whole lines: a delimiter that no text has, and no quotes.
  BulkFormat lines = format;
  lines.field_terminator = "\x01";
  lines.quote.clear();
  lines.escape.clear();
  const auto rows = connection.rows(
      "SELECT line FROM read_csv(" + engine::quote_text(file) + ", " + csv_options(lines, 0) +
          ", columns = {'line': 'VARCHAR'}) LIMIT " + std::to_string(kHeaderLinesMax),
      cancel);
  std::string record;
  for (const auto& row : rows) {
    if (!record.empty()) record += '\n';
    record += row[0].value_or("");
    if (record.starts_with("\xEF\xBB\xBF")) record.erase(0, 3);
    const auto fields = split_record(record, format);
    if (!fields.empty()) return fields;
  }
  return {""};
}

}  // namespace tarn::sql
