#include "detail/sql_encoders.h"

#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "engine/arrow.h"
#include "engine/database.h"

namespace tarn::api {
namespace {

using Out = std::function<void(std::string_view)>;

Json columns_json(const std::vector<sql::ResultColumn>& columns) {
  Json list = Json::array();
  for (const auto& column : columns) {
    list.push_back({{"name", column.name}, {"type", column.type}, {"nullable", column.nullable}});
  }
  return list;
}

Json message_json(const sql::Message& message) {
  Json json{{"number", message.number},
            {"severity", message.severity},
            {"state", message.state},
            {"line", message.line},
            {"text", message.text}};
  if (!message.procedure.empty()) json["procedure"] = message.procedure;
  return json;
}

using AppendCell = void (*)(const sql::ResultColumn&, const engine::Column&, std::size_t row,
                            std::string& out);

// Rows are handed on in pieces of about so many bytes: a chunk of long texts has megabytes.
constexpr std::size_t kPieceBytes = 64 << 10;

// [1,"a"]
void append_row(const std::vector<sql::ResultColumn>& columns, const engine::Chunk& rows,
                std::size_t row, AppendCell append_cell, std::string& out) {
  out += '[';
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ',';
    append_cell(columns[i], rows.column(i), row, out);
  }
  out += ']';
}

// As text, whatever the type: no reader can lose a digit of a decimal.
void append_cell_text(const sql::ResultColumn& column, const engine::Column& values,
                      std::size_t row, std::string& out) {
  if (values.is_null(row) || values.type().kind == engine::Kind::kText) {
    sql::append_cell_json(column, values, row, out);
    return;
  }
  out += '"';
  out += sql::cell_text(column, values, row);
  out += '"';
}

class JsonEncoder : public SqlEncoder {
 public:
  explicit JsonEncoder(Out out) : out_(std::move(out)) { out_(R"({"results":[)"); }

  void on_columns(const std::vector<sql::ResultColumn>& columns) override {
    columns_ = columns;
    const std::string separator = results_++ > 0 ? "," : "";
    out_(separator + R"({"columns":)" + columns_json(columns).dump() + R"(,"rows":[)");
    open_ = true;
    first_row_ = true;
  }
  void on_rows(const engine::Chunk& rows) override {
    std::string text;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (!std::exchange(first_row_, false)) text += ',';
      append_row(columns_, rows, row, sql::append_cell_json, text);
      if (text.size() < kPieceBytes) continue;
      out_(text);
      text.clear();
    }
    out_(text);
  }
  void on_rows_end(std::int64_t rows) override {
    out_(R"(],"row_count":)" + std::to_string(rows) + '}');
    open_ = false;
  }
  void on_rows_affected(std::int64_t rows) override { affected_.push_back(rows); }
  void on_message(const sql::Message& message) override {
    if (messages_.size() < kMessagesMax) messages_.push_back(message_json(message));
  }

  bool empty() const override { return results_ == 0 && affected_.empty() && messages_.empty(); }
  void finish() override {
    out_(R"(],"rows_affected":)" + affected_.dump() + R"(,"messages":)" + messages_.dump() + "}\n");
  }
  void fail(std::string_view problem_json) override {
    if (open_) out_("]}");
    out_(R"(],"rows_affected":)" + affected_.dump() + R"(,"messages":)" + messages_.dump() +
         R"(,"error":)" + std::string(problem_json) + "}\n");
  }

 private:
  static constexpr std::size_t kMessagesMax = 10'000;  // of one request; kept until its end

  Out out_;
  std::vector<sql::ResultColumn> columns_;
  int results_ = 0;
  bool open_ = false;
  bool first_row_ = true;
  Json affected_ = Json::array();
  Json messages_ = Json::array();
};

class JsonLinesEncoder : public SqlEncoder {
 public:
  explicit JsonLinesEncoder(Out out) : out_(std::move(out)) {}

  void begin_batch(std::size_t number) override {
    empty_ = false;
    line({{"batch", number}});
  }
  void on_columns(const std::vector<sql::ResultColumn>& columns) override {
    columns_ = columns;
    line({{"columns", columns_json(columns)}});
  }
  void on_rows(const engine::Chunk& rows) override {
    constexpr std::string_view kBegin = R"({"rows":[)";
    std::string text(kBegin);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (text.size() > kBegin.size()) text += ',';
      append_row(columns_, rows, row, append_cell_text, text);
      if (text.size() < kPieceBytes && row + 1 < rows.size()) continue;
      out_(text += "]}\n");
      text = kBegin;
    }
  }
  void on_rows_end(std::int64_t rows) override { line({{"rows_end", rows}}); }
  void on_rows_affected(std::int64_t rows) override { line({{"rows_affected", rows}}); }
  void on_message(const sql::Message& message) override {
    line({{"message", message_json(message)}});
  }
  bool empty() const override { return empty_; }
  void finish() override { line({{"end", true}}); }
  void fail(std::string_view problem_json) override {
    out_(R"({"error":)" + std::string(problem_json) + "}\n");
  }

 private:
  void line(const Json& json) {
    out_(json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n');
  }

  Out out_;
  std::vector<sql::ResultColumn> columns_;
  bool empty_ = true;
};

class ArrowEncoder : public SqlEncoder {
 public:
  explicit ArrowEncoder(Out out) : out_(std::move(out)) {}

  bool wants_instants() const override { return true; }

  void on_columns(const std::vector<sql::ResultColumn>& columns) override {
    if (stream_) {
      throw Error(Code::kInvalidArgument,
                  "An Arrow stream holds one result set; this query gives several.",
                  "Send one SELECT, or accept application/json.");
    }
    std::vector<engine::ColumnInfo> infos;
    for (const auto& column : columns) infos.push_back({column.name, column.engine_type});
    stream_ = std::make_unique<engine::ArrowStream>(infos, out_);
  }
  void on_rows(const engine::Chunk& rows) override { stream_->write(rows); }
  void on_rows_end(std::int64_t) override { stream_->close(); }
  void on_rows_affected(std::int64_t) override {}
  void on_message(const sql::Message&) override {}

  bool empty() const override { return !stream_; }
  void finish() override {
    if (!stream_) {
      throw Error(Code::kInvalidArgument, "The query gives no rows, so there is no Arrow stream.",
                  "Accept application/json.");
    }
  }
  void fail(std::string_view problem_json) override {
    throw Error(Code::kInternal,
                "The query failed after its first rows: " + std::string(problem_json));
  }

 private:
  Out out_;
  std::unique_ptr<engine::ArrowStream> stream_;
};

}  // namespace

std::string_view media_type_of(SqlFormat format) {
  switch (format) {
    case SqlFormat::kJson:
      return "application/json";
    case SqlFormat::kJsonLines:
      return kJsonLinesMediaType;
    case SqlFormat::kArrow:
      return kArrowMediaType;
  }
  return "application/json";
}

std::unique_ptr<SqlEncoder> make_sql_encoder(SqlFormat format, Out out) {
  switch (format) {
    case SqlFormat::kJson:
      return std::make_unique<JsonEncoder>(std::move(out));
    case SqlFormat::kJsonLines:
      return std::make_unique<JsonLinesEncoder>(std::move(out));
    case SqlFormat::kArrow:
      return std::make_unique<ArrowEncoder>(std::move(out));
  }
  return nullptr;
}

}  // namespace tarn::api
