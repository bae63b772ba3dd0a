#include "detail/exec/bulk_conversion.h"

#include <algorithm>
#include <array>
#include <regex>

#include "detail/bind/bound.h"
#include "detail/exec/failure.h"
#include "detail/exec/query_run.h"
#include "detail/translate/translate.h"

namespace tarn::sql {
namespace {

constexpr const char* kRowColumn = "tarn_row";

bound::ExprPtr make_expr(const SqlType& type, bound::ExprNode node) {
  auto expr = std::make_unique<bound::Expr>();
  expr->type = type;
  expr->node = std::move(node);
  return expr;
}

bound::ExprPtr raw_field(const SqlType& type, const std::string& engine_name) {
  return make_expr(type, bound::Column{1, engine_name});
}

bound::ExprPtr converted(const BulkRead& read, const BulkColumn& column, bool tries) {
  const RawColumn& raw = read.source.columns.at(column.raw);
  bound::ExprPtr expr = raw_field(raw.type, raw.engine_name);
  if (!(raw.type == column.type)) {
    bound::Convert convert;
    convert.operand = std::move(expr);
    convert.tries = tries;
    convert.style = has_date(column.type) ? read.source.format.date_style : 0;
    if (!tries && is_character(column.type))
      convert.assignment = {read.source.first_file, column.name};
    expr = make_expr(column.type, std::move(convert));
  }
  if (tries || column.required_by.empty()) return expr;
  auto required =
      make_expr(column.type, bound::RequireValue{std::move(expr), column.required_by, column.name});
  required->nullable = false;
  return required;
}

/// SELECT of items from the raw rows.
class Selection {
 public:
  explicit Selection(std::string from) {
    select_.from = std::make_unique<bound::Relation>();
    select_.from->number = 1;
    select_.from->node = bound::EngineTable{std::move(from)};
  }
  void add(bound::ExprPtr expr) {
    columns_.push_back({{}, expr->type, expr->nullable});
    select_.items.push_back(std::move(expr));
  }
  std::string sql() {
    bound::Query query;
    query.node = std::move(select_);
    query.columns = std::move(columns_);
    return translate(query).engine_sql;
  }

 private:
  bound::Select select_;
  std::vector<bound::ResultColumn> columns_;
};

void add_hidden(Selection& selection, const BulkRead& read) {
  for (const SourceColumn& column : read.source.hidden)
    selection.add(raw_field(column.type, column.engine_name));
}

/// The longest text that the type holds, and the engine function that measures it; empty for no
/// limit.
std::string too_long(const std::string& value, const SqlType& type) {
  if (!is_character(type) || is_large(type) || type.length <= 0) return "false";
  return (is_unicode(type) ? "length(" : "strlen(") + value + ") > " + std::to_string(type.length);
}

/// For each row its number, and per column the field (r<i>) and what it converts to (t<i>, NULL
/// where it does not).
std::string tried_sql(const BulkRead& read, bool numbered) {
  const std::string from = numbered ? "(SELECT *, row_number() OVER () AS " +
                                          std::string(kRowColumn) + " FROM " + read.source.sql + ")"
                                    : read.source.sql;
  Selection selection(from);
  for (const BulkColumn& column : read.columns) {
    const RawColumn& raw = read.source.columns.at(column.raw);
    selection.add(raw_field(raw.type, raw.engine_name));
    selection.add(converted(read, column, true));
  }
  add_hidden(selection, read);
  if (numbered) selection.add(raw_field(SqlType::bigint(), kRowColumn));
  return selection.sql();
}

std::string field(std::size_t index) { return "c" + std::to_string(2 * index); }
std::string attempt(std::size_t index) { return "c" + std::to_string(2 * index + 1); }

std::string fails(const BulkRead& read, std::size_t index) {
  const BulkColumn& column = read.columns[index];
  const bool text = is_character(read.source.columns.at(column.raw).type);
  return "(" + field(index) + " IS NOT NULL AND (" + attempt(index) + " IS NULL OR " +
         (text ? too_long(field(index), column.type) : "false") + "))";
}

bool is_conversion_failure(int number) {
  static constexpr std::array kNumbers = {220, 232, 235,  241,  242,  244,  245,  248, 293,
                                          295, 296, 2628, 8114, 8115, 8152, 8169, 529};
  return std::find(kNumbers.begin(), kNumbers.end(), number) != kNumbers.end();
}

std::optional<Error> failed_value(SessionState& session, const BulkRead& read,
                                  const CancelToken& cancel) {
  if (read.columns.empty()) return std::nullopt;
  const std::size_t hidden = 2 * read.columns.size();
  const std::string row = "c" + std::to_string(hidden + read.source.hidden.size());
  std::string which = "CASE";
  std::string any;
  std::string values;
  for (std::size_t i = 0; i < read.columns.size(); ++i) {
    which += " WHEN " + fails(read, i) + " THEN " + std::to_string(i);
    any += (i ? " OR " : "") + fails(read, i);
    values += (i ? ", " : "") + ("CAST(" + field(i) + " AS VARCHAR)");
  }
  const std::string path = read.source.hidden.empty() ? "NULL" : "c" + std::to_string(hidden + 1);
  const auto found = session.connection().rows(
      "SELECT " + row + ", " + which + " END AS which, " + path + " AS path, [" + values +
          "][1 + " + which + " END] AS value FROM (" + tried_sql(read, true) + ") WHERE " + any +
          " LIMIT 1",
      cancel);
  if (found.empty() || !found[0][1]) return std::nullopt;
  const BulkColumn& column = read.columns.at(std::stoul(*found[0][1]));
  std::string number = found[0][0].value_or("1");
  if (found[0][2]) {  // the row's number in its own file
    number =
        session.connection()
            .rows("SELECT count(*) FROM (SELECT tarn_filepath, row_number() OVER () AS n FROM " +
                      read.source.sql + ") WHERE n <= " + number +
                      " AND tarn_filepath = " + engine::quote_text(*found[0][2]),
                  cancel)
            .at(0)
            .at(0)
            .value_or(number);
  }
  const long long line = std::stoll(number) + read.source.first_row - 1;
  const std::string value = found[0][3].value_or("");
  const bool cut = is_character(column.type);
  return failure_of(
      Code::kInvalidArgument, cut ? 4863 : 4864, 16, 1,
      std::string("Bulk load data conversion error (") +
          (cut ? "truncation" : "type mismatch or invalid character for the specified codepage") +
          ") for row " + std::to_string(line) + ", column " + std::to_string(column.raw + 1) +
          " (" + column.name + ").",
      read.span,
      "The value '" + value.substr(0, 100) + "' in " +
          found[0][2].value_or(read.source.first_file) + " is no " + to_string(column.type) + ".");
}

/// The reader's own complaints: a row with another number of fields, bytes that are no text.
std::optional<Error> reader_failure(const BulkRead& read, const Error& error) {
  const std::string& message = error.message();
  if (message.find("CSV Error on Line") == std::string::npos &&
      message.find("Invalid unicode") == std::string::npos) {
    return std::nullopt;
  }
  std::smatch match;
  std::string row = "?";
  if (std::regex_search(message, match, std::regex("CSV Error on Line: ([0-9]+)"))) row = match[1];
  if (std::regex_search(message, match,
                        std::regex("Expected Number of Columns: ([0-9]+) Found: ([0-9]+)"))) {
    const bool few = std::stoll(match[2]) < std::stoll(match[1]);
    return failure_of(
        Code::kInvalidArgument, few ? 4832 : 4866, 16, 1,
        "The bulk load failed. Row " + row + " of " + read.source.first_file + " has " +
            match[2].str() + " fields instead of " + match[1].str() + ".",
        read.span, "Verify that the field terminator and row terminator are specified correctly.");
  }
  if (message.find("unicode") != std::string::npos) {
    return failure_of(
        Code::kInvalidArgument, 4864, 16, 1,
        "Bulk load data conversion error (type mismatch or invalid character for the specified "
        "codepage) for row " +
            row + ".",
        read.span, "The file is no UTF-8. Say ENCODING or CODEPAGE.");
  }
  return failure_of(Code::kInvalidArgument, 4866, 16, 1,
                    "The bulk load failed at row " + row + " of " + read.source.first_file + ".",
                    read.span, message.substr(0, 500));
}

}  // namespace

std::string converted_sql(const BulkRead& read) {
  Selection selection(read.source.sql);
  for (const BulkColumn& column : read.columns) selection.add(converted(read, column, false));
  add_hidden(selection, read);
  return selection.sql();
}

std::string converted_rows_sql(const BulkRead& read, std::string& rejected) {
  std::string bad;
  std::string items;
  for (std::size_t i = 0; i < read.columns.size(); ++i) {
    bad += (i ? " OR " : "") + fails(read, i);
    if (!read.columns[i].required_by.empty()) bad += " OR " + attempt(i) + " IS NULL";
    items += (i ? ", " : "") + attempt(i) + " AS c" + std::to_string(i);
  }
  const std::string tried = tried_sql(read, false);
  rejected = "SELECT count(*) FROM (" + tried + ") WHERE " + bad;
  return "SELECT " + items + " FROM (" + tried + ") WHERE NOT (" + bad + ")";
}

Source bulk_row_source(const BulkRead& read) {
  Source source;
  source.engine_sql = "(" + converted_sql(read) + ")";
  for (const BulkColumn& column : read.columns) {
    source.columns.push_back(
        {column.name, column.type, true, "c" + std::to_string(source.columns.size()), false});
  }
  for (const SourceColumn& column : read.source.hidden) {
    source.columns.push_back({column.name, column.type, column.nullable,
                              "c" + std::to_string(source.columns.size()), true});
  }
  return source;
}

std::optional<Error> bulk_failure(SessionState& session, const std::vector<BulkRead>& reads,
                                  const Error& error, const CancelToken& cancel) {
  for (const BulkRead& read : reads) {
    if (read.source.format.type != BulkFormat::Type::kCsv) continue;
    if (auto found = reader_failure(read, error)) return found;
    if (!error.sql() || !is_conversion_failure(error.sql()->number)) continue;
    try {
      if (auto found = failed_value(session, read, cancel)) return found;
    } catch (const Error& other) {
      // The error itself says more than that its row was not found.
      if (other.code() == Code::kCancelled) throw;
    }
  }
  return std::nullopt;
}

}  // namespace tarn::sql
