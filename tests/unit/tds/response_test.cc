#include "tds/response.h"

#include <gtest/gtest.h>

#include "wire_tools.h"

namespace tarn::tds {
namespace {

template <typename Write>
std::string answer(Version version, const Write& write, Dialect dialect = {}) {
  KeptOutput out;
  dialect.version = version;
  Response response(out, dialect, "srv");
  write(response);
  response.flush();
  return hex_text(out.all);
}

TEST(ResponseTest, NoticesAreErrorsFromSeverity11) {
  const auto write = [](int severity) {
    return [severity](Response& out) { out.notice({208, severity, 2, 0x10003, "p", "no"}); };
  };
  // Length, number, state, severity, text, server, procedure, line.
  EXPECT_EQ(answer(Version::k74, write(16)),
            "AA 1A 00 D0 00 00 00 02 10 02 00 6E 00 6F 00 03 73 00 72 00 76 00 01 70 00 "
            "03 00 01 00");
  EXPECT_EQ(answer(Version::k74, write(10)).substr(0, 2), "AB");
  EXPECT_EQ(answer(Version::k74, write(11)).substr(0, 2), "AA");
  EXPECT_EQ(answer(Version::k71, write(0)),
            "AB 18 00 D0 00 00 00 02 00 02 00 6E 00 6F 00 03 73 00 72 00 76 00 01 70 00 FF FF");
}

TEST(ResponseTest, ALongTextOfANoticeIsCutBetweenCharacters) {
  const auto units = [](const std::string& text) {
    KeptOutput out;
    Dialect dialect;
    Response response(out, dialect, "");
    response.notice({50000, 16, 1, 1, "", text});
    response.flush();
    return static_cast<unsigned char>(out.all[9]) + 256 * static_cast<unsigned char>(out.all[10]);
  };
  EXPECT_EQ(units(std::string(4000, 'x')), 4000);
  EXPECT_EQ(units(std::string(4001, 'x')), 4000);
  EXPECT_EQ(units(std::string(3999, 'x') + "😀"), 3999);
}

TEST(ResponseTest, DoneSaysHowItEnded) {
  const auto done = [](const Done& what) { return [what](Response& out) { out.done(what); }; };
  EXPECT_EQ(answer(Version::k74, done({})), "FD 01 00 00 00 00 00 00 00 00 00 00 00");
  EXPECT_EQ(answer(Version::k74, done({.more = false, .rows = 0x102030405, .command = 0xC1})),
            "FD 10 00 C1 00 05 04 03 02 01 00 00 00");
  EXPECT_EQ(answer(Version::k71, done({.more = false, .rows = 5, .command = 0xC3})),
            "FD 10 00 C3 00 05 00 00 00");
  EXPECT_EQ(answer(Version::k71, done({.more = false, .rows = 0x102030405})),
            "FD 10 00 00 00 FF FF FF 7F");
  EXPECT_EQ(answer(Version::k80, done({.kind = DoneKind::kInProcedure, .error = true})),
            "FF 03 00 00 00 00 00 00 00 00 00 00 00");
  EXPECT_EQ(
      answer(Version::k72, done({.kind = DoneKind::kProcedure, .more = false, .attention = true})),
      "FE 20 00 00 00 00 00 00 00 00 00 00 00");
}

TEST(ResponseTest, ChangesOfTheEnvironment) {
  const auto change = [](Environment what) {
    return [what](Response& out) { out.environment(what, "ab", "c"); };
  };
  const Dialect in_transaction = {.transaction = 0x0102030405060708};
  EXPECT_EQ(answer(Version::k74, change(Environment::kDatabase)),
            "E3 09 00 01 02 61 00 62 00 01 63 00");
  EXPECT_EQ(answer(Version::k71, change(Environment::kPacketSize)),
            "E3 09 00 04 02 61 00 62 00 01 63 00");
  EXPECT_EQ(answer(Version::k74, change(Environment::kCollation)),
            "E3 08 00 07 05 09 04 D0 00 34 00");
  EXPECT_EQ(answer(Version::k74, change(Environment::kBegin), in_transaction),
            "E3 0B 00 08 08 08 07 06 05 04 03 02 01 00");
  EXPECT_EQ(answer(Version::k74, change(Environment::kCommit), in_transaction),
            "E3 0B 00 09 00 08 08 07 06 05 04 03 02 01");
  EXPECT_EQ(answer(Version::k72, change(Environment::kRollback), in_transaction),
            "E3 0B 00 0A 00 08 08 07 06 05 04 03 02 01");
  EXPECT_EQ(answer(Version::k74, change(Environment::kReset)), "E3 03 00 12 00 00");
  EXPECT_EQ(answer(Version::k71, change(Environment::kBegin), in_transaction), "");
  EXPECT_EQ(answer(Version::k71, change(Environment::kReset)), "");
}

TEST(ResponseTest, LoginAndFeaturesAreAcknowledged) {
  const auto ack = [](Response& out) { out.login_ack("T", 0x0C0007D0); };
  EXPECT_EQ(answer(Version::k74, ack), "AD 0C 00 01 74 00 00 04 01 54 00 0C 00 07 D0");
  EXPECT_EQ(answer(Version::k73b, ack).substr(12, 11), "73 0B 00 03");
  EXPECT_EQ(answer(Version::k73a, ack).substr(12, 11), "73 0A 00 03");
  EXPECT_EQ(answer(Version::k72, ack).substr(12, 11), "72 09 00 02");
  EXPECT_EQ(answer(Version::k71, ack).substr(12, 11), "71 00 00 01");
  EXPECT_EQ(answer(Version::k80, ack).substr(12, 11), "08 00 00 00");
  EXPECT_EQ(answer(Version::k74,
                   [](Response& out) {
                     const std::vector<std::pair<std::uint8_t, std::string>> features = {
                         {0x0A, "\x01"}, {0x02, ""}};
                     out.features(features);
                   }),
            "AE 0A 01 00 00 00 01 02 00 00 00 00 FF");
}

TEST(ResponseTest, ReturnStatusAndValues) {
  EXPECT_EQ(answer(Version::k74, [](Response& out) { out.return_status(-6); }), "79 FA FF FF FF");
  const auto value = [](std::string_view type, const std::optional<std::string>& text) {
    return [=](Response& out) { out.return_value("@r", 3, column_like(type), text); };
  };
  const std::string head = "AC 03 00 02 40 00 72 00 01 00 00 00 00 09 00 ";
  const std::string latin = " 09 04 D0 00 34 ";
  const auto expect = [&](std::string_view type, const std::optional<std::string>& text,
                          const std::string& bytes) {
    EXPECT_EQ(answer(Version::k74, value(type, text)), head + bytes) << type;
  };
  expect("int", "-2", "26 04 04 FE FF FF FF");
  expect("int", std::nullopt, "26 04 00");
  expect("bit", "1", "68 01 01 01");
  expect("bigint", "-9223372036854775808", "26 08 08 00 00 00 00 00 00 00 80");
  expect("decimal(9,2)", "-1.50", "6A 05 09 02 05 00 96 00 00 00");
  expect("decimal(38,0)", "99999999999999999999999999999999999999",
         "6A 11 26 00 11 01 FF FF FF FF 3F 22 8A 09 7A C4 86 5A A8 4C 3B 4B");
  expect("money", "922337203685477.5807", "6E 08 08 FF FF FF 7F FF FF FF FF");
  expect("smallmoney", "-0.0001", "6E 04 04 FF FF FF FF");
  expect("float", "1.5E+308", "6D 08 08 F0 AC E1 48 6D B3 EA 7F");
  expect("real", "-1.5", "6D 04 04 00 00 C0 BF");
  expect("date", "0001-01-01", "28 03 00 00 00");
  expect("date", "9999-12-31", "28 03 DA B9 37");
  expect("time(3)", "23:59:59.999", "29 03 04 FF 5B 26 05");
  expect("datetime", "1753-01-01 00:00:00.000", "6F 08 08 46 2E FF FF 00 00 00 00");
  expect("datetime", "9999-12-31 23:59:59.997", "6F 08 08 7F 24 2D 00 FF 81 8B 01");
  expect("smalldatetime", "2079-06-06 23:59", "6F 04 04 FF FF 9F 05");
  expect("datetime2(7)", "2024-01-31 12:30:00.1234567", "2A 07 08 87 EA 29 C6 68 63 46 0B");
  // 00:30 on the clock of +01:00 is on the day before in UTC.
  expect("datetimeoffset(0)", "2024-02-01 00:30:00 +01:00", "2B 00 08 78 4A 01 63 46 0B 3C 00");
  expect("uniqueidentifier", "6F9619FF-8B86-D011-B42D-00C04FC964FF",
         "24 10 10 FF 19 96 6F 86 8B 11 D0 B4 2D 00 C0 4F C9 64 FF");
  expect("nvarchar(5)", "ab", "E7 0A 00" + latin + "04 00 61 00 62 00");
  expect("nvarchar(1)", "ab", "E7 02 00" + latin + "02 00 61 00");
  expect("varchar(5)", "é€Ω", "A7 05 00" + latin + "03 00 E9 80 3F");
  expect("nvarchar(max)", "a",
         "E7 FF FF" + latin + "02 00 00 00 00 00 00 00 02 00 00 00 61 00 00 00 00 00");
  expect("nvarchar(max)", "", "E7 FF FF" + latin + "00 00 00 00 00 00 00 00 00 00 00 00");
  expect("varbinary(max)", std::nullopt, "A5 FF FF FF FF FF FF FF FF FF FF");
  expect("binary(2)", std::string("\0\xFF", 2), "AD 02 00 02 00 00 FF");
  expect("text", "a", "A7 FF FF" + latin + "01 00 00 00 00 00 00 00 01 00 00 00 61 00 00 00 00");
  // Flags and the user's type are shorter before 7.2; there is no (max) to return.
  EXPECT_EQ(answer(Version::k71, value("nvarchar(max)", "a")),
            "AC 03 00 02 40 00 72 00 01 00 00 09 00 E7 40 1F 09 04 D0 00 34 02 00 61 00");
  EXPECT_EQ(answer(Version::k72, value("date", "2024-01-31")),
            head +
                "E7 14 00 09 04 D0 00 34 14 00 32 00 30 00 32 00 34 00 2D 00 30 00 31 00 2D 00 "
                "33 00 31 00");
}

TEST(ResponseTest, AValueThatIsNoneOfItsTypeIsOurFault) {
  for (const auto& [type, text] :
       std::vector<std::pair<std::string, std::string>>{{"int", "one"},
                                                        {"date", "2024-02-30"},
                                                        {"float", "1.5x"},
                                                        {"time(7)", "12"},
                                                        {"uniqueidentifier", "6F9619FF"}}) {
    try {
      answer(Version::k74,
             [&](Response& out) { out.return_value("", 0, column_like(type), text); });
      ADD_FAILURE() << type;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kInternal);
      EXPECT_EQ(error.message(), "A returned value is not of its type: " + type);
    }
  }
}

TEST(ResponseTest, ColumnsWithoutNullsAreDescribedByTypesOfFixedLength) {
  const std::pair<const char*, const char*> kTypes[] = {
      {"bit", "32"},    {"tinyint", "30"},  {"smallint", "34"},     {"int", "38"},
      {"bigint", "7F"}, {"real", "3B"},     {"float", "3E"},        {"smallmoney", "7A"},
      {"money", "3C"},  {"datetime", "3D"}, {"smalldatetime", "3A"}};
  for (const auto& [type, token] : kTypes) {
    sql::ResultColumn column = column_like(type, "x");
    column.nullable = false;
    EXPECT_EQ(answer(Version::k74, [&](Response& out) { out.columns({column}); }),
              std::string("81 01 00 00 00 00 00 08 00 ") + token + " 01 78 00");
  }
}

TEST(ResponseTest, ColumnsAreDescribed) {
  sql::ResultColumn id = column_like("int", "id");
  id.nullable = false;
  const std::vector<sql::ResultColumn> columns = {
      id, column_like("varchar(5)", "b", "Latin1_General_BIN2"), column_like("ntext", "")};
  const auto write = [&](Response& out) { out.columns(columns); };
  EXPECT_EQ(answer(Version::k74, write),
            "81 03 00 "
            "00 00 00 00 08 00 38 02 69 00 64 00 "
            "00 00 00 00 0B 00 A7 05 00 09 04 00 02 00 01 62 00 "
            "00 00 00 00 09 00 63 FE FF FF 7F 09 04 D0 00 34 01 00 00 00");
  EXPECT_EQ(answer(Version::k71, write),
            "81 03 00 "
            "00 00 08 00 38 02 69 00 64 00 "
            "00 00 0B 00 A7 05 00 09 04 00 02 00 01 62 00 "
            "00 00 09 00 63 FE FF FF 7F 09 04 D0 00 34 00 00 00");
  EXPECT_EQ(answer(Version::k74, [](Response& out) { out.no_columns(); }), "81 FF FF");
}

TEST(ResponseTest, BytesWaitForFlush) {
  KeptOutput out;
  Dialect dialect;
  Response response(out, dialect, "");
  response.return_status(0);
  EXPECT_EQ(out.all, "");
  response.flush();
  EXPECT_EQ(hex_text(out.all), "79 00 00 00 00");
  response.flush();
  EXPECT_EQ(out.pieces.size(), 1u);
}

}  // namespace
}  // namespace tarn::tds
