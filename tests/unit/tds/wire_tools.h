#pragma once
// What tests of the codec share: bytes as hex, columns by their declaration, rows of the engine.

#include <cctype>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/database.h"
#include "sql/result_sink.h"
#include "tds/response.h"

namespace tarn::tds {

/// "D1 00 FF" as three bytes; blanks do not count.
inline std::string from_hex_text(std::string_view text) {
  std::string bytes;
  int high = -1;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c))) continue;
    const int digit = c <= '9' ? c - '0' : std::toupper(static_cast<unsigned char>(c)) - 'A' + 10;
    if (high < 0) {
      high = digit;
    } else {
      bytes += static_cast<char>(high * 16 + digit);
      high = -1;
    }
  }
  return bytes;
}

inline std::string hex_text(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    if (!text.empty()) text += ' ';
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

/// ASCII as UTF-16.
inline std::string wide(std::string_view text) {
  std::string bytes;
  for (const char c : text) {
    bytes += c;
    bytes += '\0';
  }
  return bytes;
}

/// Keeps what it is given.
class KeptOutput final : public ByteOutput {
 public:
  void write(std::string_view bytes) override {
    pieces.emplace_back(bytes);
    all += bytes;
    if (pieces.size() == throw_at) throw Error(Code::kCancelled, "the client has cancelled");
  }
  std::string all;
  std::vector<std::string> pieces;
  std::size_t throw_at = 0;  // the piece that is taken, and then nothing more
};

inline constexpr const char* kDefaultCollation = "SQL_Latin1_General_CP1_CI_AS";

/// Of that one, amid a type's bytes.
inline constexpr std::string_view kLatinBytes = " 09 04 D0 00 34 ";

/// As sql describes a column of the type: "decimal(10,2)", "nvarchar(max)".
inline sql::ResultColumn column_like(std::string_view declared, std::string_view name = "c",
                                     std::string_view collation = kDefaultCollation) {
  using engine::Kind;
  sql::ResultColumn column;
  column.name = name;
  column.type = declared;
  const std::size_t open = declared.find('(');
  column.type_name = declared.substr(0, open);
  int first = 0;
  int second = 0;
  if (open != std::string_view::npos) {
    const std::string sizes(declared.substr(open + 1, declared.size() - open - 2));
    const std::size_t comma = sizes.find(',');
    first = sizes == "max" ? -1 : std::stoi(sizes);
    if (comma != std::string::npos) second = std::stoi(sizes.substr(comma + 1));
  }
  const std::string& type = column.type_name;
  const auto plain = [&](Kind kind, int length) {
    column.engine_type = kind;
    column.max_length = length;
  };
  if (type == "bit") plain(Kind::kBoolean, 1);
  if (type == "tinyint") plain(Kind::kUInt8, 1);
  if (type == "smallint") plain(Kind::kInt16, 2);
  if (type == "int") plain(Kind::kInt32, 4);
  if (type == "bigint") plain(Kind::kInt64, 8);
  if (type == "real") plain(Kind::kFloat, 4);
  if (type == "float") plain(Kind::kDouble, 8);
  if (type == "date") plain(Kind::kDate, 3);
  if (type == "smalldatetime") plain(Kind::kTimestamp, 4);
  if (type == "datetime") plain(Kind::kTimestamp, 8);
  if (type == "uniqueidentifier") plain(Kind::kUuid, 16);
  if (type == "time" || type == "datetime2" || type == "datetimeoffset") {
    plain(type == "time" ? Kind::kTime : type == "datetime2" ? Kind::kTimestamp : Kind::kInt128, 0);
    column.scale = first;
  }
  if (type == "decimal" || type == "numeric" || type == "money" || type == "smallmoney") {
    column.precision = type == "money" ? 19 : type == "smallmoney" ? 10 : first;
    column.scale = type == "money" || type == "smallmoney" ? 4 : second;
    column.engine_type = engine::Type::decimal(column.precision, column.scale);
  }
  if (type == "char" || type == "varchar" || type == "text" || type == "nchar" ||
      type == "nvarchar" || type == "ntext" || type == "xml" || type == "sql_variant") {
    plain(Kind::kText, type[0] == 'n' && first > 0 ? 2 * first : first);
    if (type != "sql_variant") column.collation = collation;
  }
  if (type == "binary" || type == "varbinary" || type == "image") plain(Kind::kBlob, first);
  if (type == "text" || type == "ntext" || type == "image") column.max_length = 16;
  return column;
}

/// Runs SQL of the engine.
class EngineRows {
 public:
  EngineRows() : database_(engine::Database::open(engine::Settings())) {}

  std::vector<engine::Chunk> chunks(const std::string& sql) {
    connections_.push_back(std::make_unique<engine::Connection>(database_->connect()));
    engine::Result result = connections_.back()->query(sql);
    std::vector<engine::Chunk> all;
    for (;;) {
      engine::Chunk chunk;
      if (!result.next(chunk)) return all;
      all.push_back(std::move(chunk));
    }
  }

  /// Never closed: behind main() the engine misses what it keeps by thread.
  static EngineRows& shared() {
    static auto* const rows = new EngineRows();
    return *rows;
  }

 private:
  std::unique_ptr<engine::Database> database_;
  std::vector<std::unique_ptr<engine::Connection>> connections_;
};

/// The answer's bytes for the rows of `sql`, COLMETADATA left out.
inline std::string rows_bytes(const std::vector<sql::ResultColumn>& columns, const std::string& sql,
                              Dialect dialect = {}) {
  KeptOutput out;
  Response response(out, dialect, "tarn");
  response.columns(columns);
  response.flush();
  const std::size_t head = out.all.size();
  for (const engine::Chunk& chunk : EngineRows::shared().chunks(sql)) response.rows(chunk);
  response.flush();
  return out.all.substr(head);
}

/// The number of the Error that `action` throws, 0 for none; its message goes to `message`.
template <typename Action>
int error_number(const Action& action, std::string* message = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    if (message) *message = error.message();
    return error.sql() ? error.sql()->number : -1;
  }
  return 0;
}

}  // namespace tarn::tds
