#include <gtest/gtest.h>

#include <cstring>

#include "base/utf16.h"
#include "sql/offset_moment.h"
#include "tds/response.h"
#include "wire_tools.h"

namespace tarn::tds {
namespace {

constexpr std::string_view kUtf8Collation = "Latin1_General_100_BIN2_UTF8";

/// One row of one column.
std::string cell_hex(std::string_view declared, const std::string& expression,
                     Version version = Version::k74) {
  const std::string bytes =
      rows_bytes({column_like(declared)}, "SELECT " + expression, {.version = version});
  EXPECT_EQ(hex_text(bytes.substr(0, 1)), "D1") << declared;
  return hex_text(bytes.substr(1));
}

TEST(RowsTest, NumbersAndTheirExtremes) {
  EXPECT_EQ(cell_hex("bit", "true"), "01 01");
  EXPECT_EQ(cell_hex("bit", "NULL::BOOLEAN"), "00");
  EXPECT_EQ(cell_hex("tinyint", "255::UTINYINT"), "01 FF");
  EXPECT_EQ(cell_hex("smallint", "(-32768)::SMALLINT"), "02 00 80");
  EXPECT_EQ(cell_hex("int", "(-2147483648)::INTEGER"), "04 00 00 00 80");
  EXPECT_EQ(cell_hex("int", "7::BIGINT"), "04 07 00 00 00");  // whatever the engine makes of it
  EXPECT_EQ(cell_hex("bigint", "9223372036854775807::BIGINT"), "08 FF FF FF FF FF FF FF 7F");
  EXPECT_EQ(cell_hex("real", "1.5::FLOAT"), "04 00 00 C0 3F");
  EXPECT_EQ(cell_hex("float", "-2.0::DOUBLE"), "08 00 00 00 00 00 00 00 C0");
  EXPECT_EQ(cell_hex("decimal(4,2)", "(-12.34)::DECIMAL(4,2)"), "05 00 D2 04 00 00");
  EXPECT_EQ(cell_hex("decimal(9,0)", "999999999::DECIMAL(9,0)"), "05 01 FF C9 9A 3B");
  EXPECT_EQ(cell_hex("decimal(18,2)", "(-1.00)::DECIMAL(18,2)"), "09 00 64 00 00 00 00 00 00 00");
  EXPECT_EQ(cell_hex("decimal(19,0)", "'9999999999999999999'::DECIMAL(19,0)"),
            "09 01 FF FF E7 89 04 23 C7 8A");
  EXPECT_EQ(cell_hex("numeric(28,0)", "(-1)::DECIMAL(28,0)"),
            "0D 00 01 00 00 00 00 00 00 00 00 00 00 00");
  EXPECT_EQ(cell_hex("decimal(38,0)", "'-99999999999999999999999999999999999999'::DECIMAL(38,0)"),
            "11 00 FF FF FF FF 3F 22 8A 09 7A C4 86 5A A8 4C 3B 4B");
  EXPECT_EQ(cell_hex("money", "(-922337203685477.5808)::DECIMAL(19,4)"),
            "08 00 00 00 80 00 00 00 00");
  EXPECT_EQ(cell_hex("money", "1.0000::DECIMAL(19,4)"), "08 00 00 00 00 10 27 00 00");
  EXPECT_EQ(cell_hex("smallmoney", "214748.3647::DECIMAL(10,4)"), "04 FF FF FF 7F");
  EXPECT_EQ(cell_hex("uniqueidentifier", "'6F9619FF-8B86-D011-B42D-00C04FC964FF'::UUID"),
            "10 FF 19 96 6F 86 8B 11 D0 B4 2D 00 C0 4F C9 64 FF");
}

TEST(RowsTest, ColumnsWithoutNullsHaveTypesOfFixedLength) {
  const auto fixed_hex = [](std::string_view declared, const std::string& expression) {
    sql::ResultColumn column = column_like(declared);
    column.nullable = false;
    return hex_text(rows_bytes({column}, "SELECT " + expression, {.version = Version::k74}));
  };
  EXPECT_EQ(fixed_hex("bit", "true"), "D1 01");
  EXPECT_EQ(fixed_hex("tinyint", "255::UTINYINT"), "D1 FF");
  EXPECT_EQ(fixed_hex("smallint", "(-32768)::SMALLINT"), "D1 00 80");
  EXPECT_EQ(fixed_hex("int", "7::INTEGER"), "D1 07 00 00 00");
  EXPECT_EQ(fixed_hex("int", "7::BIGINT"), "D1 07 00 00 00");
  EXPECT_EQ(fixed_hex("bigint", "7::BIGINT"), "D1 07 00 00 00 00 00 00 00");
  EXPECT_EQ(fixed_hex("real", "1.5::FLOAT"), "D1 00 00 C0 3F");
  EXPECT_EQ(fixed_hex("float", "-2.0::DOUBLE"), "D1 00 00 00 00 00 00 00 C0");
  EXPECT_EQ(fixed_hex("money", "1.0000::DECIMAL(19,4)"), "D1 00 00 00 00 10 27 00 00");
  EXPECT_EQ(fixed_hex("smallmoney", "1.0000::DECIMAL(10,4)"), "D1 10 27 00 00");
  EXPECT_EQ(fixed_hex("datetime", "TIMESTAMP '1900-01-02 00:00:01'"), "D1 01 00 00 00 2C 01 00 00");
  EXPECT_EQ(fixed_hex("smalldatetime", "TIMESTAMP '1900-01-02 00:01:00'"), "D1 01 00 01 00");
  // The others have their length before the value, NULLs or not.
  EXPECT_EQ(fixed_hex("decimal(4,2)", "12.34::DECIMAL(4,2)"), "D1 05 01 D2 04 00 00");
  EXPECT_EQ(fixed_hex("date", "DATE '0001-01-02'"), "D1 03 01 00 00");
  // A NULL where none was announced can only be said by a bitmap.
  EXPECT_EQ(fixed_hex("int", "NULL::INTEGER"), "D2 01");
}

TEST(RowsTest, DatesAndTimes) {
  EXPECT_EQ(cell_hex("date", "DATE '0001-01-01'"), "03 00 00 00");
  EXPECT_EQ(cell_hex("date", "DATE '9999-12-31'"), "03 DA B9 37");
  EXPECT_EQ(cell_hex("time(0)", "TIME '23:59:59'"), "03 7F 51 01");
  EXPECT_EQ(cell_hex("time(3)", "TIME '23:59:59.999'"), "04 FF 5B 26 05");
  EXPECT_EQ(cell_hex("time(7)", "TIME '00:00:00.000001'"), "05 0A 00 00 00 00");
  EXPECT_EQ(cell_hex("datetime2(7)", "TIMESTAMP '2024-01-31 12:30:00.123456'"),
            "08 80 EA 29 C6 68 63 46 0B");
  EXPECT_EQ(cell_hex("datetime2(0)", "TIMESTAMP '0001-01-01 00:00:01'"), "06 01 00 00 00 00 00");
  EXPECT_EQ(cell_hex("datetime", "TIMESTAMP '1899-12-31 00:00:00.003'"),
            "08 FF FF FF FF 01 00 00 00");
  EXPECT_EQ(cell_hex("datetime", "TIMESTAMP '9999-12-31 23:59:59.997'"),
            "08 7F 24 2D 00 FF 81 8B 01");
  // Thirds of a hundredth of a second: .999 is the next day.
  EXPECT_EQ(cell_hex("datetime", "TIMESTAMP '1900-01-01 23:59:59.999'"),
            "08 01 00 00 00 00 00 00 00");
  EXPECT_EQ(cell_hex("datetime", "TIMESTAMP '1900-01-01 00:00:00.007'"),
            "08 00 00 00 00 02 00 00 00");
  EXPECT_EQ(cell_hex("smalldatetime", "TIMESTAMP '2079-06-06 23:59:00'"), "04 FF FF 9F 05");
  const auto packed = sql::packed({1706745600'000000 - 1800'000000, 60});  // 2024-02-01 00:30 +01
  EXPECT_EQ(cell_hex("datetimeoffset(0)", std::to_string(static_cast<std::int64_t>(packed / 4096)) +
                                              "::HUGEINT * 4096 + " +
                                              std::to_string(static_cast<int>(packed % 4096))),
            "08 78 4A 01 63 46 0B 3C 00");
}

TEST(RowsTest, TextsAndBinaries) {
  EXPECT_EQ(cell_hex("nvarchar(10)", "'aé😀'"), "08 00 61 00 E9 00 3D D8 00 DE");
  EXPECT_EQ(cell_hex("nvarchar(10)", "''"), "00 00");
  EXPECT_EQ(cell_hex("nvarchar(10)", "NULL::VARCHAR", Version::k73a), "FF FF");
  EXPECT_EQ(cell_hex("nchar(2)", "'a '"), "04 00 61 00 20 00");
  EXPECT_EQ(cell_hex("varchar(10)", "'aé€Ω😀'"), "05 00 61 E9 80 3F 3F");
  EXPECT_EQ(cell_hex("char(3)", "'a  '"), "03 00 61 20 20");
  EXPECT_EQ(cell_hex("nvarchar(1)", "'ab'"), "02 00 61 00");  // never more than was announced
  EXPECT_EQ(cell_hex("varbinary(8)", "'\\x00\\xFF'::BLOB"), "02 00 00 FF");
  EXPECT_EQ(cell_hex("varbinary(max)", "'\\x01'::BLOB"),
            "01 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00 00");
  EXPECT_EQ(cell_hex("nvarchar(max)", "'a'"),
            "02 00 00 00 00 00 00 00 02 00 00 00 61 00 00 00 00 00");
  EXPECT_EQ(cell_hex("nvarchar(max)", "''"), "00 00 00 00 00 00 00 00 00 00 00 00");
  EXPECT_EQ(cell_hex("varchar(max)", "NULL::VARCHAR", Version::k73a), "FF FF FF FF FF FF FF FF");
  EXPECT_EQ(cell_hex("xml", "'<a/>'"),
            "08 00 00 00 00 00 00 00 08 00 00 00 3C 00 61 00 2F 00 3E 00 00 00 00 00");
  const std::string pointer =
      "10 64 75 6D 6D 79 20 74 65 78 74 70 74 72 00 00 00 64 75 6D 6D 79 54 53 00 ";
  EXPECT_EQ(cell_hex("text", "'é'"), pointer + "01 00 00 00 E9");
  EXPECT_EQ(cell_hex("ntext", "'a'"), pointer + "02 00 00 00 61 00");
  EXPECT_EQ(cell_hex("image", "'\\x07'::BLOB"), pointer + "01 00 00 00 07");
  EXPECT_EQ(cell_hex("image", "NULL::BLOB"), "00");
  EXPECT_EQ(cell_hex("nvarchar(max)", "'a'", Version::k71), pointer + "02 00 00 00 61 00");
}

TEST(RowsTest, LongTextsInUtf16) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += i % 7 == 0 ? "ä" : i % 11 == 0 ? "😀" : "abcdefghijklmnop";
  EXPECT_EQ(rows_bytes({column_like("nvarchar(4000)")}, "SELECT '" + text + "'").substr(3),
            utf16_from_utf8(text));
}

TEST(RowsTest, CodePage1252) {
  // All that the page has, and what it lacks.
  std::string page;
  std::string expected;
  for (int byte = 0xA0; byte < 0x100; ++byte) {
    append_utf8(page, static_cast<char32_t>(byte));
    expected += static_cast<char>(byte);
  }
  page += "‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€Ā";
  expected += from_hex_text(
      "82 83 84 85 86 87 88 89 8A 8B 8C 8E 91 92 93 94 95 96 97 98 99 9A 9B 9C 9E 9F 80 3F");
  EXPECT_EQ(rows_bytes({column_like("varchar(8000)")}, "SELECT '" + page + "'").substr(3),
            expected);
}

TEST(RowsTest, Utf8GoesAsItIsToWhoKnowsIt) {
  const std::vector<sql::ResultColumn> columns = {column_like("varchar(10)", "c", kUtf8Collation)};
  EXPECT_EQ(hex_text(rows_bytes(columns, "SELECT 'é😀'", {.utf8 = true})),
            "D1 06 00 C3 A9 F0 9F 98 80");
  EXPECT_EQ(hex_text(rows_bytes(columns, "SELECT 'é😀'")), "D1 06 00 E9 00 3D D8 00 DE");
}

TEST(RowsTest, OlderClientsGetNewTypesAsText) {
  const auto shown = [](std::string_view declared, const std::string& expression) {
    const std::string bytes =
        rows_bytes({column_like(declared)}, "SELECT " + expression, {.version = Version::k72});
    return utf8_from_utf16(bytes.substr(3));
  };
  EXPECT_EQ(shown("date", "DATE '2024-01-31'"), "2024-01-31");
  EXPECT_EQ(shown("time(3)", "TIME '12:30:00.5'"), "12:30:00.500");
  EXPECT_EQ(shown("datetime2(7)", "TIMESTAMP '2024-01-31 12:30:00.5'"),
            "2024-01-31 12:30:00.5000000");
  const auto packed = static_cast<std::int64_t>(sql::packed({0, 60}));
  EXPECT_EQ(shown("datetimeoffset(0)", std::to_string(packed) + "::HUGEINT"),
            "1970-01-01 01:00:00 +01:00");
}

TEST(RowsTest, VariantsCarryTheirType) {
  const auto variant = [](const std::string& expression, Version version = Version::k74) {
    return cell_hex("sql_variant", expression, version);
  };
  EXPECT_EQ(variant("NULL::VARCHAR", Version::k73a), "00 00 00 00");
  EXPECT_EQ(variant("7::INTEGER"), "06 00 00 00 38 00 07 00 00 00");
  EXPECT_EQ(variant("true"), "03 00 00 00 32 00 01");
  EXPECT_EQ(variant("1.5::DOUBLE"), "0A 00 00 00 3E 00 00 00 00 00 00 00 F8 3F");
  EXPECT_EQ(variant("(-1.5)::DECIMAL(5,1)"), "09 00 00 00 6C 02 05 01 00 0F 00 00 00");
  EXPECT_EQ(variant("'ab'"), "0D 00 00 00 E7 07 09 04 D0 00 34 40 1F 61 00 62 00");
  EXPECT_EQ(variant("'\\x01'::BLOB"), "05 00 00 00 A5 02 40 1F 01");
  EXPECT_EQ(variant("DATE '0001-01-02'"), "05 00 00 00 28 00 01 00 00");
  EXPECT_EQ(variant("TIMESTAMP '0001-01-02 00:00:00.000001'"),
            "0B 00 00 00 2A 01 07 0A 00 00 00 00 01 00 00");
  EXPECT_EQ(variant("DATE '2024-01-31'", Version::k72).substr(0, 17), "1D 00 00 00 E7 07");
}

TEST(RowsTest, ABitmapOfNullsWhereItIsShorter) {
  const std::vector<sql::ResultColumn> columns = {column_like("nvarchar(5)"), column_like("int"),
                                                  column_like("nvarchar(max)")};
  const std::string sql =
      "SELECT * FROM (VALUES (NULL, 1::INTEGER, NULL), ('a', NULL, 'b'), (NULL, NULL, NULL)) "
      "t(a, b, c)";
  EXPECT_EQ(hex_text(rows_bytes(columns, sql)),
            "D2 05 04 01 00 00 00 "
            // One byte for a NULL int is what the bitmap would take as well.
            "D1 02 00 61 00 00 02 00 00 00 00 00 00 00 02 00 00 00 62 00 00 00 00 00 "
            "D2 07");
  EXPECT_EQ(hex_text(rows_bytes(columns, sql, {.version = Version::k73a})).substr(0, 50),
            "D1 FF FF 04 01 00 00 00 FF FF FF FF FF FF FF FF D1");
}

TEST(RowsTest, ABitmapOfManyColumns) {
  std::vector<sql::ResultColumn> columns;
  std::string sql = "SELECT ";
  for (int i = 0; i < 20; ++i) {
    columns.push_back(column_like("int"));
    sql += (i > 0 ? ", " : "") + std::string(i == 9 ? "5::INTEGER" : "NULL::INTEGER");
  }
  EXPECT_EQ(hex_text(rows_bytes(columns, sql)), "D2 FF FD 0F 04 05 00 00 00");
}

TEST(RowsTest, JsonComesInSeveralRows) {
  sql::ResultColumn json =
      column_like("nvarchar(max)", "JSON_F52E2B61-18A1-11d1-B105-00805F49916B");
  const auto lengths = [&](const std::string& expression, Version version) {
    const std::string bytes = rows_bytes({json}, "SELECT " + expression, {.version = version});
    std::vector<std::size_t> found;
    for (std::size_t at = 0; at < bytes.size();) {
      EXPECT_EQ(hex_text(bytes.substr(at, 1)), "D1");
      at += version == Version::k71 ? 26 : 9;
      std::uint32_t size = 0;
      std::memcpy(&size, bytes.data() + at, sizeof size);
      at += 4 + size + (version == Version::k71 ? 0 : 4);
      found.push_back(size / 2);
    }
    return found;
  };
  EXPECT_EQ(lengths("repeat('x', 2033)", Version::k74), (std::vector<std::size_t>{2033}));
  EXPECT_EQ(lengths("repeat('x', 2034)", Version::k74), (std::vector<std::size_t>{2033, 1}));
  EXPECT_EQ(lengths("repeat('x', 5000)", Version::k71),
            (std::vector<std::size_t>{2033, 2033, 934}));
  // No character is cut.
  EXPECT_EQ(lengths("repeat('x', 2032) || '😀'", Version::k74), (std::vector<std::size_t>{2032, 2}));
}

TEST(RowsTest, PiecesEndWithWholeRows) {
  KeptOutput out;
  Dialect dialect;
  Response response(out, dialect, "");
  response.columns({column_like("int"), column_like("nvarchar(max)")});
  for (const engine::Chunk& chunk :
       EngineRows::shared().chunks("SELECT i::INTEGER, repeat('x', 1000) FROM range(200) t(i)"))
    response.rows(chunk);
  response.flush();
  EXPECT_GT(out.pieces.size(), 10u);
  for (std::size_t i = 1; i < out.pieces.size(); ++i)
    EXPECT_EQ(hex_text(out.pieces[i].substr(0, 2)), "D1 04");
}

/// The text of a PLP value, whatever its chunks; `at` moves behind it.
std::string plp_text(std::string_view bytes, std::size_t& at) {
  at += 8;
  std::string text;
  for (;;) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data() + at, sizeof size);
    at += 4;
    if (size == 0) return text;
    text += bytes.substr(at, size);
    at += size;
  }
}

TEST(RowsTest, HugeValuesGoInParts) {
  KeptOutput out;
  Dialect dialect;
  Response response(out, dialect, "");
  response.columns({column_like("varchar(max)"), column_like("nvarchar(max)"), column_like("int")});
  response.flush();
  const std::size_t head = out.all.size();
  for (const engine::Chunk& chunk :
       EngineRows::shared().chunks("SELECT repeat('é', 400000), repeat('ab€', 200000), 7::INTEGER"))
    response.rows(chunk);
  response.flush();
  for (const std::string& piece : out.pieces) EXPECT_LE(piece.size(), 100'000u);
  const std::string bytes = out.all.substr(head);
  std::size_t at = 1;
  EXPECT_EQ(hex_text(bytes.substr(at, 8)), "FE FF FF FF FF FF FF FF");
  EXPECT_EQ(plp_text(bytes, at), std::string(400'000, '\xE9'));
  const std::string wide_text = plp_text(bytes, at);
  EXPECT_EQ(wide_text.size(), 1'200'000u);
  EXPECT_EQ(hex_text(wide_text.substr(0, 6)), "61 00 62 00 AC 20");
  EXPECT_EQ(hex_text(bytes.substr(at)), "04 07 00 00 00");
}

TEST(RowsTest, AClientThatCancelsAmidARowStillGetsAnEndOfIt) {
  KeptOutput out;
  Dialect dialect;
  Response response(out, dialect, "");
  response.columns({column_like("nvarchar(max)"), column_like("int"), column_like("varchar(5)")});
  response.flush();
  const std::size_t head = out.all.size();
  out.throw_at = 3;
  const auto chunks = EngineRows::shared().chunks("SELECT repeat('x', 1000000), 7::INTEGER, 'abc'");
  EXPECT_THROW(response.rows(chunks[0]), Error);
  response.done({.more = false, .attention = true});
  response.flush();
  const std::string bytes = out.all.substr(head);
  std::size_t at = 1;
  const std::string text = plp_text(bytes, at);
  EXPECT_GT(text.size(), 0u);
  EXPECT_LT(text.size(), 2'000'000u);
  EXPECT_EQ(hex_text(bytes.substr(at)), "00 FF FF FD 20 00 00 00 00 00 00 00 00 00 00 00");
}

TEST(RowsTest, AClientThatCancelsBetweenRowsGetsNoHalfRow) {
  KeptOutput out;
  Dialect dialect;
  Response response(out, dialect, "");
  response.columns({column_like("nvarchar(max)")});
  response.flush();
  out.throw_at = 3;
  const auto chunks = EngineRows::shared().chunks("SELECT repeat('x', 5000) FROM range(100)");
  EXPECT_THROW(response.rows(chunks[0]), Error);
  response.done({.more = false, .attention = true});
  response.flush();
  EXPECT_EQ(hex_text(out.pieces.back()), "FD 20 00 00 00 00 00 00 00 00 00 00 00");
}

TEST(RowsTest, OtherColumnsThanAnnouncedAreOurFault) {
  EXPECT_THROW(rows_bytes({column_like("int")}, "SELECT 1::INTEGER, 2::INTEGER"), Error);
  EXPECT_THROW(rows_bytes({column_like("date")}, "SELECT 'x'"), Error);
}

}  // namespace
}  // namespace tarn::tds
