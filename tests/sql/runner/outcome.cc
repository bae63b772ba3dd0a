#include "outcome.h"

#include "base/text.h"
#include "sql/caret.h"

namespace tarn::sqltest {
namespace {

/// "Msg 8134, Level 16, State 1, Line 2: Divide by zero error encountered."
std::string short_error(const Error& error) {
  std::string text;
  if (error.sql()) {
    const SqlStatus& status = *error.sql();
    text = "Msg " + std::to_string(status.number) + ", Level " + std::to_string(status.severity) +
           ", State " + std::to_string(status.state);
    if (!status.procedure.empty()) text += ", Procedure " + status.procedure;
    if (error.place()) text += ", Line " + std::to_string(error.place()->line);
    text += ": ";
  }
  return text + std::string(error.message());
}

class Collector : public sql::ResultSink {
 public:
  Collector(Outcome& outcome, bool takes_errors) : outcome_(outcome), takes_errors_(takes_errors) {}

  void on_columns(const std::vector<sql::ResultColumn>& columns) override {
    outcome_.sets.push_back({.columns = columns, .rows = {}});
  }
  void on_rows(const engine::Chunk& rows) override {
    ResultSet& set = outcome_.sets.back();
    for (std::size_t row = 0; row < rows.size(); ++row) {
      std::vector<std::string>& cells = set.rows.emplace_back();
      for (std::size_t i = 0; i < rows.column_count(); ++i)
        cells.push_back(cell(set.columns[i], rows.column(i), row));
      outcome_.transcript.push_back(join(cells, "\t"));
    }
  }
  void on_rows_end(std::int64_t rows) override {
    check(rows == static_cast<std::int64_t>(outcome_.sets.back().rows.size()),
          "the count of rows is not theirs");
  }
  void on_rows_affected(std::int64_t rows) override {
    outcome_.affected.push_back(rows);
    outcome_.transcript.push_back("(" + std::to_string(rows) + " rows affected)");
  }
  bool on_error(const Error& error) override {
    if (takes_errors_) outcome_.transcript.push_back(short_error(error));
    return takes_errors_;
  }
  void on_message(const sql::Message& message) override {
    outcome_.messages.push_back(message.text);
    outcome_.transcript.push_back(message.text);
  }

 private:
  static std::string cell(const sql::ResultColumn& column, const engine::Column& values,
                          std::size_t row) {
    if (values.is_null(row)) return "NULL";
    std::string text = sql::cell_text(column, values, row);
    return text.empty() ? "(empty)" : text;
  }

  Outcome& outcome_;
  bool takes_errors_;
};

void append_lines(std::string_view text, std::vector<std::string>& lines) {
  for (std::string& line : split(text, '\n')) lines.push_back(std::move(line));
}

}  // namespace

Outcome run_batch(sql::Session& session, const std::string& batch, bool takes_errors) {
  Outcome outcome;
  Collector collector(outcome, takes_errors);
  try {
    session.execute(batch, collector);
  } catch (const Error& error) {
    outcome.error = error;
    outcome.transcript.push_back(short_error(error));
  }
  return outcome;
}

std::vector<std::string> render_error(const Error& error, const std::string& batch) {
  std::vector<std::string> lines;
  if (error.sql()) {
    const SqlStatus& status = *error.sql();
    std::string head = "Msg " + std::to_string(status.number) + ", Level " +
                       std::to_string(status.severity) + ", State " + std::to_string(status.state);
    if (!status.procedure.empty()) head += ", Procedure " + status.procedure;
    if (error.place()) head += ", Line " + std::to_string(error.place()->line);
    lines.push_back(std::move(head));
  }
  append_lines(error.message(), lines);
  if (error.place() && (!error.sql() || error.sql()->procedure.empty())) {
    const std::string caret = sql::render_caret(batch, *error.place());
    if (!caret.empty()) append_lines(caret, lines);
  }
  if (!error.hint().empty()) append_lines(error.hint(), lines);
  return lines;
}

}  // namespace tarn::sqltest
