#include "detail/sql_client.h"

#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "detail/commands.h"
#include "detail/line_editor.h"
#include "detail/local_file.h"
#include "router/problem.h"
#include "sql/batch.h"
#include "sql/caret.h"

namespace tarn::cli {
namespace {

constexpr int kInformationSeverityMax = 10;
constexpr int kDatabaseChanged = 5701;  // the message's number

bool is_number(const std::string& type) {
  for (const char* name : {"tinyint", "smallint", "int", "bigint", "decimal", "numeric", "money",
                           "smallmoney", "float", "real"}) {
    if (type == name || type.starts_with(std::string(name) + '(')) return true;
  }
  return false;
}

// The events of a JSON lines stream, printed as they come.
class ResultPrinter {
 public:
  ResultPrinter(Format format, const std::vector<SqlBatch>& batches, std::string source,
                const SqlHooks& hooks)
      : format_(format), batches_(batches), source_(std::move(source)), hooks_(hooks) {}

  void receive(std::string_view bytes) {
    pending_ += bytes;
    std::size_t start = 0;
    for (std::size_t end; (end = pending_.find('\n', start)) != std::string::npos;
         start = end + 1) {
      event(parse_json(std::string_view(pending_).substr(start, end - start)));
    }
    pending_.erase(0, start);
  }

  /// Throws when the stream ended before its end.
  void finish() const {
    if (!ended_) throw Error(Code::kUnavailable, "The connection ended before the result did.");
  }

  [[noreturn]] void fail(const Error& error) const {
    Error placed(error.code(), error.message(), error.hint());
    if (error.sql()) placed.set_sql(*error.sql());
    if (!batches_.empty() && error.place() && error.place()->line > 0) {
      const SqlBatch& batch = batches_[std::min(batch_, batches_.size() - 1)];
      Place place = *error.place();
      const std::string caret = sql::render_caret(batch.text, place);
      if (!caret.empty()) std::fprintf(stderr, "%s\n", caret.c_str());
      place.line += batch.first_line - 1;
      place.source = source_;
      placed.set_place(place);
    }
    throw placed;
  }

 private:
  void event(const Json& line) {
    const auto member = line.begin();
    const std::string& kind = member.key();
    const Json& value = member.value();
    if (kind == "batch") {
      batch_ = value.get<std::size_t>();
    } else if (kind == "columns") {
      begin(value);
    } else if (kind == "rows") {
      for (const auto& row : value) print(row);
    } else if (kind == "rows_end") {
      end(value.get<long long>());
    } else if (kind == "rows_affected") {
      count(value.get<long long>(), "affected");
    } else if (kind == "message") {
      message(value);
    } else if (kind == "error") {
      std::fflush(stdout);
      fail(router::error_of(500, "application/problem+json", value.dump()));
    } else if (kind == "end") {
      ended_ = true;
    }
  }

  void message(const Json& message) const {
    const std::string text = message.value("text", "");
    if (message.value("number", 0) == kDatabaseChanged && hooks_.on_database) {
      const auto start = text.find('\'') + 1, end = text.rfind('\'');
      hooks_.on_database(text.substr(start, end - start));
      return;
    }
    std::fflush(stdout);
    // An error that the batch survived is a message too.
    if (const int severity = message.value("severity", 0); severity > kInformationSeverityMax) {
      std::fprintf(stderr, "Msg %d, Level %d, State %d, Line %d\n", message.value("number", 0),
                   severity, message.value("state", 0), message.value("line", 0));
    }
    std::fprintf(stderr, "%s\n", text.c_str());
  }

  void begin(const Json& columns) {
    if (sets_++ > 0 && format_ == Format::kTable) std::printf("\n");
    std::vector<OutputColumn> list;
    for (const auto& column : columns)
      list.push_back({column.value("name", ""), is_number(column.value("type", ""))});
    writer_.emplace(format_, std::move(list));
    if (hooks_.on_columns) hooks_.on_columns(columns);
  }

  void print(const Json& row) {
    std::vector<Cell> cells;
    for (const auto& value : row) cells.push_back(cell_of(value));
    writer_->row(std::move(cells));
    if (hooks_.on_row) hooks_.on_row(row);
  }

  void end(long long rows) {
    writer_->end();
    writer_.reset();
    count(rows, "");
  }

  void count(long long rows, const char* what) const {
    if (format_ != Format::kTable) return;
    std::printf("(%lld row%s%s%s)\n", rows, rows == 1 ? "" : "s", *what ? " " : "", what);
  }

  Format format_;
  const std::vector<SqlBatch>& batches_;
  std::string source_;
  const SqlHooks& hooks_;
  std::string pending_;
  std::optional<RowWriter> writer_;
  std::size_t batch_ = 0;
  int sets_ = 0;
  bool ended_ = false;
};

}  // namespace

int run_batches(Context& context, Gateway& gateway, const std::vector<SqlBatch>& batches,
                const std::string& database, const std::string& source, const SqlHooks& hooks,
                const std::string& session) {
  Json request{{"database", database}, {"batches", Json::array()}};
  if (!session.empty()) request["session"] = session;
  for (const auto& batch : batches) request["batches"].push_back(batch.text);
  router::StringBody body(request.dump());
  ResultPrinter printer(context.format, batches, source, hooks);
  bool failed_before = true;
  try {
    gateway.call(
        {.method = "POST",
         .target = "/sql",
         .headers = {{"Content-Type", "application/json"}, {"Accept", "application/x-ndjson"}},
         .body = &body,
         .cancel = &context.cancel},
        [&](std::string_view bytes) {
          failed_before = false;
          printer.receive(bytes);
        });
  } catch (const Error& error) {
    if (failed_before) printer.fail(error);
    throw;
  }
  printer.finish();
  return 0;
}

std::vector<SqlBatch> batches_of(std::string_view script) {
  std::vector<SqlBatch> batches;
  for (const auto& batch : sql::split_batches(script)) {
    for (int i = 0; i < batch.count; ++i)
      batches.push_back({std::string(batch.text), batch.first_line});
  }
  return batches;
}

int sql(Context& context, const Sql& options) {
  const bool from_input = options.query.empty() && options.file.empty();
  if (from_input && on_terminal()) return sql_shell(context, options.database);
  const bool from_file = !options.file.empty();
  const std::string script = from_input  ? read_local_text("-")
                             : from_file ? read_local_text(options.file)
                                         : options.query;
  const auto batches = batches_of(script);
  if ((from_input && batches.empty()) || (from_file && !options.query.empty())) {
    throw Error(
        Code::kInvalidArgument, "sql needs a query or a file, and not both.",
        "tarn sql \"SELECT 1\", or tarn sql -f script.sql, or on a terminal tarn sql alone");
  }
  if (batches.empty()) throw Error(Code::kInvalidArgument, "There is no statement to run.");
  const std::string source = from_input ? "-" : from_file ? options.file : "query";
  return run_batches(context, context.gateway(Access::kWrite), batches, options.database, source);
}

}  // namespace tarn::cli
