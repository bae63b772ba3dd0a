#include "detail/bulk_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "wire_tools.h"

namespace tarn::tds::detail {
namespace {

/// Hands out so many bytes at a time.
ByteSource source_of(std::string bytes, std::size_t step) {
  return [bytes = std::move(bytes), step, at = std::size_t{0}](std::span<char> to) mutable {
    const std::size_t count = std::min({step, to.size(), bytes.size() - at});
    std::memcpy(to.data(), bytes.data() + at, count);
    at += count;
    return count;
  };
}

engine::ChunkBuilder builder_of(const BulkReader& bulk) {
  std::vector<engine::Type> types;
  for (const sql::ResultColumn& column : bulk.columns()) types.push_back(column.engine_type);
  return engine::ChunkBuilder(std::move(types));
}

/// Puts the rows into a table of the engine, and its rows as text, one a line.
std::string loaded(std::string bytes, std::size_t step = 7, Version version = Version::k74) {
  BulkDecoder bulk(source_of(std::move(bytes), step), version);
  const auto database = engine::Database::open(engine::Settings());
  engine::Connection connection = database->connect();
  std::string definition;
  std::vector<engine::Type> types;
  for (const sql::ResultColumn& column : bulk.columns()) {
    definition += (definition.empty() ? "c" : ", c") + std::to_string(types.size()) + " " +
                  engine::to_sql(column.engine_type);
    types.push_back(column.engine_type);
  }
  connection.execute("CREATE TABLE t (" + definition + ")");
  engine::Appender appender = connection.append_to("t");
  engine::ChunkBuilder rows(types);
  while (bulk.read(rows)) appender.append(rows);
  EXPECT_FALSE(bulk.read(rows));
  appender.close();
  std::string text;
  engine::Result result = connection.query("SELECT * FROM t");
  engine::Chunk chunk;
  while (result.next(chunk)) {
    for (std::size_t row = 0; row < chunk.size(); ++row) {
      for (std::size_t i = 0; i < chunk.column_count(); ++i) {
        if (i > 0) text += "|";
        text += chunk.column(i).is_null(row)
                    ? "NULL"
                    : sql::cell_text(bulk.columns()[i], chunk.column(i), row);
      }
      text += "\n";
    }
  }
  return text;
}

constexpr std::string_view kDone = "FD 00 00 00 00 00 00 00 00 00 00 00 00";

std::string load_of(const std::string& hex, std::string_view done = kDone) {
  return from_hex_text(hex + std::string(done));
}

TEST(BulkDecoderTest, TheSpecificationsExample) {
  // [MS-TDS] 4.12.
  const std::string bytes = load_of("81 01 00 00 00 00 00 05 00 32 02 63 00 31 00 D1 00 ");
  BulkDecoder bulk(source_of(bytes, 1), Version::k74);
  ASSERT_EQ(bulk.columns().size(), 1u);
  EXPECT_EQ(bulk.columns()[0].name, "c1");
  EXPECT_EQ(bulk.columns()[0].type, "bit");
  EXPECT_TRUE(bulk.columns()[0].nullable);
  EXPECT_EQ(bulk.columns()[0].engine_type.kind, engine::Kind::kBoolean);
  EXPECT_EQ(loaded(bytes, 1), "0\n");
}

TEST(BulkDecoderTest, ColumnsAreDescribedAsAQuerysAre) {
  const std::string bytes = load_of(
      "81 04 00 "
      "00 00 00 00 08 00 6C 09 0A 02 01 61 00 "
      "00 00 00 00 09 00 E7 14 00" +
      std::string(kLatinBytes) +
      "01 62 00 "
      "00 00 00 00 09 00 6E 08 01 63 00 "
      "00 00 00 00 09 00 2B 03 01 64 00 ");
  BulkDecoder bulk(source_of(bytes, 64), Version::k74);
  const auto& columns = bulk.columns();
  ASSERT_EQ(columns.size(), 4u);
  EXPECT_EQ(columns[0].type, "numeric(10,2)");
  EXPECT_EQ(columns[0].type_name, "numeric");
  EXPECT_EQ(columns[0].precision, 10);
  EXPECT_EQ(columns[0].scale, 2);
  EXPECT_FALSE(columns[0].nullable);
  EXPECT_EQ(columns[0].engine_type, engine::Type::decimal(10, 2));
  EXPECT_EQ(columns[1].type, "nvarchar(10)");
  EXPECT_EQ(columns[1].max_length, 20);
  EXPECT_EQ(columns[1].collation, "SQL_Latin1_General_CP1_CI_AS");
  EXPECT_EQ(columns[2].engine_type, engine::Type::decimal(19, 4));
  EXPECT_EQ(columns[3].engine_type.kind, engine::Kind::kInt128);
  EXPECT_EQ(columns[3].max_length, 9);
}

TEST(BulkDecoderTest, WhatResponseWritesIsReadAgain) {
  // The stream is that of a result ([MS-TDS] 2.2.6.1).
  const std::vector<std::pair<std::string, std::string>> cells = {
      {"bit", "true"},
      {"tinyint", "200::UTINYINT"},
      {"smallint", "(-5)::SMALLINT"},
      {"int", "i::INTEGER"},
      {"bigint", "(-9223372036854775807)::BIGINT"},
      {"decimal(4,1)", "(-12.5)::DECIMAL(4,1)"},
      {"decimal(9,2)", "12.25::DECIMAL(9,2)"},
      {"numeric(18,0)", "123456789012345678::DECIMAL(18,0)"},
      {"decimal(38,10)", "(-1.5)::DECIMAL(38,10)"},
      {"money", "(-1.2345)::DECIMAL(19,4)"},
      {"smallmoney", "1.5::DECIMAL(10,4)"},
      {"real", "1.5::FLOAT"},
      {"float", "0.1::DOUBLE"},
      {"date", "DATE '1066-10-14'"},
      {"time(7)", "TIME '12:30:00.123456'"},
      {"time(0)", "TIME '12:30:00'"},
      {"datetime", "TIMESTAMP '1899-12-31 23:59:59.997'"},
      {"smalldatetime", "TIMESTAMP '2024-01-31 12:30:00'"},
      {"datetime2(7)", "TIMESTAMP '0001-01-01 00:00:00.000001'"},
      {"datetime2(3)", "TIMESTAMP '9999-12-31 23:59:59.999'"},
      {"uniqueidentifier", "'6F9619FF-8B86-D011-B42D-00C04FC964FF'::UUID"},
      {"char(3)", "'a  '"},
      {"varchar(20)", "'aé€' || i"},
      {"varchar(max)", "repeat('é', 50)"},
      {"nchar(2)", "'😀'"},
      {"nvarchar(20)", "'aé😀' || i"},
      {"nvarchar(max)", "repeat('aé😀', 50)"},
      {"binary(2)", "'\\x00\\x01'::BLOB"},
      {"varbinary(max)", "'\\xFF'::BLOB"},
  };
  std::vector<sql::ResultColumn> columns;
  std::string values;
  std::string nulls;
  for (const auto& [type, expression] : cells) {
    columns.push_back(column_like(type));
    values += (values.empty() ? "" : ", ") + expression;
    nulls += (nulls.empty() ? "" : ", ") + std::string("CASE WHEN i % 3 > 0 THEN ") + expression +
             " END";
  }
  for (const Version version : {Version::k73a, Version::k74}) {
    KeptOutput out;
    Dialect dialect = {.version = version};
    Response response(out, dialect, "");
    response.columns(columns);
    std::string expected;
    for (const std::string& select : {"SELECT " + values + " FROM range(2100) t(i)",
                                      "SELECT " + nulls + " FROM range(5) t(i)"}) {
      for (const engine::Chunk& chunk : EngineRows::shared().chunks(select)) {
        response.rows(chunk);
        for (std::size_t row = 0; row < chunk.size(); ++row) {
          for (std::size_t i = 0; i < columns.size(); ++i) {
            if (i > 0) expected += "|";
            expected += chunk.column(i).is_null(row)
                            ? "NULL"
                            : sql::cell_text(columns[i], chunk.column(i), row);
          }
          expected += "\n";
        }
      }
    }
    response.done({.more = false});
    response.flush();
    const std::string got = loaded(out.all, 5000, version);
    EXPECT_EQ(got.size(), expected.size());
    EXPECT_TRUE(got == expected);
  }
}

TEST(BulkDecoderTest, OldTextsStandBehindAPointer) {
  const std::string latin(kLatinBytes);
  const std::string pointer =
      "10 FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF ";
  const std::string bytes = load_of("81 02 00 00 00 00 00 09 00 23 00 00 00 00" + latin +
                                    "01 00 74 00 01 61 00 "
                                    "00 00 00 00 09 00 22 00 00 00 00 01 00 74 00 01 62 00 "
                                    "D1 " +
                                    pointer + "02 00 00 00 61 E9 " + pointer +
                                    "01 00 00 00 07 "
                                    "D1 00 " +
                                    pointer + "FF FF FF FF ");
  EXPECT_EQ(loaded(bytes), "aé|0x07\nNULL|NULL\n");
}

TEST(BulkDecoderTest, ClientsOf71AndThoseWithoutAnEnd) {
  const std::string head = "81 01 00 00 00 09 00 26 04 01 61 00 D1 04 05 00 00 00 D1 00 ";
  EXPECT_EQ(loaded(load_of(head, "FD 00 00 00 00 00 00 00 00"), 3, Version::k71), "5\nNULL\n");
  EXPECT_EQ(loaded(load_of(head, ""), 3, Version::k71), "5\nNULL\n");
}

TEST(BulkDecoderTest, VariantsAreTheirText) {
  const std::string bytes = load_of(
      "81 01 00 00 00 00 00 09 00 62 49 1F 00 00 01 61 00 "
      "D1 06 00 00 00 38 00 07 00 00 00 "
      "D1 05 00 00 00 A5 02 08 00 AB "
      "D1 00 00 00 00 ");
  EXPECT_EQ(loaded(bytes), "7\n0xAB\nNULL\n");
}

TEST(BulkDecoderTest, AChunkHoldsABoundedNumberOfBytes) {
  std::string bytes = from_hex_text("81 01 00 00 00 00 00 09 00 A5 FF FF 01 61 00");
  std::string row = from_hex_text("D1 00 00 10 00 00 00 00 00 00 00 10 00");
  row.append(1 << 20, 'x');
  row.append(4, '\0');
  for (int i = 0; i < 40; ++i) bytes += row;
  BulkDecoder bulk(source_of(bytes, 100'000), Version::k74);
  engine::ChunkBuilder rows = builder_of(bulk);
  std::vector<std::size_t> sizes;
  while (bulk.read(rows)) sizes.push_back(rows.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{16, 16, 8}));
}

int load_error(const std::string& bytes, std::string* message = nullptr) {
  return error_number(
      [&] {
        BulkDecoder bulk(source_of(bytes, 5), Version::k74);
        engine::ChunkBuilder rows = builder_of(bulk);
        while (bulk.read(rows)) {
        }
      },
      message);
}

TEST(BulkDecoderTest, WrongLoadsAreRefused) {
  const std::string latin(kLatinBytes);
  const std::string text = "81 01 00 00 00 00 00 09 00 E7 04 00" + latin + "01 61 00 ";
  const std::string number = "81 01 00 00 00 00 00 09 00 6D 08 01 61 00 ";
  std::string message;
  EXPECT_EQ(load_error("", &message), 4022);
  EXPECT_EQ(message, "Bulk load data was expected but not sent. The batch will be terminated.");
  EXPECT_EQ(load_error(from_hex_text(text + "D1 06 00 61 00 62 00 63 00"), &message), 4815);
  EXPECT_EQ(message, "Received an invalid column length from the bcp client for colid 1.");
  EXPECT_EQ(load_error(from_hex_text(number + "D1 08 00 00 00 00 00 00 F0 7F"), &message), 7339);
  EXPECT_EQ(message,
            "OLE DB provider 'STREAM' for linked server '(null)' returned invalid data for column "
            "'[!BulkInsert].a'.");
  EXPECT_EQ(load_error(from_hex_text("81 01 00 00 00 00 00 09 00 99 01 61 00"), &message), 4816);
  EXPECT_EQ(message, "Invalid column type from bcp client for colid 1.");
  EXPECT_EQ(load_error(from_hex_text("81 01 00 00 00 00 00 09 00 F0 01 61 00"), &message), 4816);
  EXPECT_EQ(message, "Column 1: Data type 0xF0 (CLR type) is not supported.");
  EXPECT_EQ(load_error(from_hex_text("81 01 00 00 00 00 00 09 08 A5 08 00 01 61 00"), &message),
            4816);
  EXPECT_EQ(message, "Column 1: Encrypted columns (Always Encrypted) are not supported.");
  EXPECT_EQ(load_error(from_hex_text("81 01 00 00 00 00 00 09 00 F1 00 01 61 00")), 4816);
  EXPECT_EQ(load_error(from_hex_text("D1 00")), 4002);
  EXPECT_EQ(load_error(from_hex_text("81 00 00")), 4002);
  EXPECT_EQ(load_error(from_hex_text("81 FF FF")), 4002);
  EXPECT_EQ(load_error(from_hex_text(number + "E3 00 00")), 4002);
  EXPECT_EQ(load_error(load_of(number) + "x"), 4002);
  EXPECT_EQ(load_error(from_hex_text(number + "D1 08 00"), &message), 4804);
  EXPECT_EQ(message.substr(0, 82),
            "While reading current row from host, a premature end-of-message was encountered--a");
}

TEST(BulkDecoderTest, EveryTruncationIsRefusedButBetweenRows) {
  const std::string latin(kLatinBytes);
  const std::string bytes =
      load_of("81 02 00 00 00 00 00 09 00 E7 FF FF" + latin +
              "01 61 00 00 00 00 00 09 00 26 04 01 "
              "62 00 D1 02 00 00 00 00 00 00 00 02 00 00 00 61 00 00 00 00 00 04 01 00 00 00 D2 02 "
              "FF FF FF FF FF FF FF FF ");
  int whole = 0;
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    const int number = load_error(bytes.substr(0, cut));
    EXPECT_TRUE(number == 0 || number == 4804) << cut << ": " << number;
    if (number == 0) ++whole;
  }
  EXPECT_EQ(whole, 4);  // without rows, after each row, and an end with rows in four bytes
}

TEST(BulkDecoderTest, AnEndMayCountItsRowsInFourBytes) {
  const std::string head = "81 01 00 00 00 00 00 09 00 26 04 01 61 00 D1 04 05 00 00 00 ";
  EXPECT_EQ(loaded(load_of(head, "FD 00 00 00 00 00 00 00 00"), 3), "5\n");
  EXPECT_EQ(load_error(load_of(head, "FD 00 00 00 00 00 00 00 00 00")), 4804);
}

TEST(BulkDecoderTest, WhatTheSourceThrowsIsItsOwn) {
  const std::string head = from_hex_text("81 01 00 00 00 00 00 09 00 26 04 01 61 00 D1");
  bool sent = false;
  BulkDecoder bulk(
      [&](std::span<char> to) -> std::size_t {
        if (sent) throw Error(Code::kCancelled, "the client is gone");
        sent = true;
        std::memcpy(to.data(), head.data(), head.size());
        return head.size();
      },
      Version::k74);
  engine::ChunkBuilder rows = builder_of(bulk);
  try {
    bulk.read(rows);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kCancelled);
  }
}

}  // namespace
}  // namespace tarn::tds::detail
