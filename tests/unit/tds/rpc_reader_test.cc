#include "detail/rpc_reader.h"

#include <gtest/gtest.h>

#include "detail/bytes.h"
#include "wire_tools.h"

namespace tarn::tds::detail {
namespace {

std::vector<Rpc> calls(std::string_view hex, Version version = Version::k74) {
  return read_calls(from_hex_text(hex), version);
}

/// sp_executesql with one nameless parameter of this type and value.
RpcParameter parameter(std::string_view hex) {
  const auto read = calls("FF FF 0A 00 00 00 00 00 " + std::string(hex));
  return read.at(0).parameters.at(0);
}

std::string shown(std::string_view hex) {
  const RpcParameter read = parameter(hex);
  return read.type + " " + read.value.value_or("NULL");
}

TEST(RpcReaderTest, TheSpecificationsExample) {
  // [MS-TDS] 4.6: foo3 with one parameter that takes its default.
  const auto read = calls("04 00 66 00 6F 00 6F 00 33 00 00 00 00 02 26 02 00");
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].procedure, "foo3");
  EXPECT_EQ(read[0].id, ProcedureId::kNone);
  ASSERT_EQ(read[0].parameters.size(), 1u);
  EXPECT_TRUE(read[0].parameters[0].use_default);
  EXPECT_FALSE(read[0].parameters[0].output);
  EXPECT_EQ(read[0].parameters[0].type, "smallint");
  EXPECT_EQ(read[0].parameters[0].value, std::nullopt);
}

TEST(RpcReaderTest, ProceduresByNumberAndOptions) {
  const auto read = calls("FF FF 0D 00 02 00");
  EXPECT_EQ(read.at(0).procedure, "sp_prepexec");
  EXPECT_EQ(read.at(0).id, ProcedureId::kPrepExec);
  EXPECT_TRUE(read.at(0).no_metadata);
  EXPECT_EQ(calls("FF FF 0F 00 00 00").at(0).procedure, "sp_unprepare");
  EXPECT_EQ(calls("FF FF 01 00 00 00").at(0).procedure, "sp_cursor");
}

TEST(RpcReaderTest, NamesAndOutput) {
  const auto read =
      calls("01 00 70 00 00 00 02 40 00 61 00 01 26 04 04 05 00 00 00 00 00 26 04 00");
  ASSERT_EQ(read.at(0).parameters.size(), 2u);
  EXPECT_EQ(read[0].parameters[0].name, "@a");
  EXPECT_TRUE(read[0].parameters[0].output);
  EXPECT_EQ(read[0].parameters[0].value, "5");
  EXPECT_EQ(read[0].parameters[1].name, "");
  EXPECT_EQ(read[0].parameters[1].value, std::nullopt);
}

TEST(RpcReaderTest, SeveralCallsInOneMessage) {
  const std::string two = "01 00 70 00 00 00 00 00 38 01 00 00 00 ";
  auto read = calls(two + "FF " + two);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1].parameters.at(0).value, "1");
  read = calls(two + "80 " + two, Version::k71);
  ASSERT_EQ(read.size(), 2u);
  // A mark at the end, with nothing behind it, as some clients send.
  EXPECT_EQ(calls(two + "FF").size(), 1u);
}

TEST(RpcReaderTest, NumbersAsText) {
  EXPECT_EQ(shown("68 01 01 01"), "bit 1");
  EXPECT_EQ(shown("32 00"), "bit 0");
  EXPECT_EQ(shown("26 01 01 FF"), "tinyint 255");
  EXPECT_EQ(shown("26 02 02 00 80"), "smallint -32768");
  EXPECT_EQ(shown("26 08 08 00 00 00 00 00 00 00 80"), "bigint -9223372036854775808");
  EXPECT_EQ(shown("38 FF FF FF FF"), "int -1");
  EXPECT_EQ(shown("6A 05 05 02 05 00 96 00 00 00"), "decimal(5,2) -1.50");
  EXPECT_EQ(shown("6C 05 05 05 05 01 05 00 00 00"), "numeric(5,5) 0.00005");
  EXPECT_EQ(shown("6A 11 26 00 11 01 FF FF FF FF 3F 22 8A 09 7A C4 86 5A A8 4C 3B 4B"),
            "decimal(38,0) 99999999999999999999999999999999999999");
  // Some clients announce the longest and send what they need.
  EXPECT_EQ(shown("6A 11 09 00 05 01 07 00 00 00"), "decimal(9,0) 7");
  EXPECT_EQ(shown("6E 08 08 00 00 00 80 00 00 00 00"), "money -922337203685477.5808");
  EXPECT_EQ(shown("6E 04 04 FF FF FF FF"), "smallmoney -0.0001");
  EXPECT_EQ(shown("6D 08 08 F0 AC E1 48 6D B3 EA 7F"), "float 1.5E+308");
  EXPECT_EQ(shown("6D 08 08 9A 99 99 99 99 99 B9 3F"), "float 0.1");
  EXPECT_EQ(shown("6D 04 04 CD CC CC 3D"), "real 0.1");
  EXPECT_EQ(shown("6D 08 00"), "float NULL");
  EXPECT_EQ(shown("24 10 10 FF 19 96 6F 86 8B 11 D0 B4 2D 00 C0 4F C9 64 FF"),
            "uniqueidentifier 6F9619FF-8B86-D011-B42D-00C04FC964FF");
}

TEST(RpcReaderTest, DatesAndTimesAsText) {
  EXPECT_EQ(shown("28 03 00 00 00"), "date 0001-01-01");
  EXPECT_EQ(shown("28 03 DA B9 37"), "date 9999-12-31");
  EXPECT_EQ(shown("29 00 03 7F 51 01"), "time(0) 23:59:59");
  EXPECT_EQ(shown("29 07 05 0A 00 00 00 00"), "time(7) 00:00:00.0000010");
  EXPECT_EQ(shown("2A 07 08 87 EA 29 C6 68 63 46 0B"), "datetime2(7) 2024-01-31 12:30:00.1234567");
  EXPECT_EQ(shown("2B 00 08 78 4A 01 63 46 0B 3C 00"),
            "datetimeoffset(0) 2024-02-01 00:30:00+01:00");
  EXPECT_EQ(shown("2B 00 08 00 00 00 63 46 0B C4 FF"),
            "datetimeoffset(0) 2024-01-30 23:00:00-01:00");
  EXPECT_EQ(shown("6F 08 08 46 2E FF FF 00 00 00 00"), "datetime 1753-01-01 00:00:00.000");
  EXPECT_EQ(shown("6F 08 08 7F 24 2D 00 FF 81 8B 01"), "datetime 9999-12-31 23:59:59.997");
  EXPECT_EQ(shown("3D 00 00 00 00 01 00 00 00"), "datetime 1900-01-01 00:00:00.003");
  EXPECT_EQ(shown("6F 04 04 FF FF 9F 05"), "smalldatetime 2079-06-06 23:59:00");
}

TEST(RpcReaderTest, TextsAndBinaries) {
  const std::string latin(kLatinBytes);
  EXPECT_EQ(shown("E7 40 1F" + latin + "04 00 61 00 E9 00"), "nvarchar(4000) aé");
  EXPECT_EQ(shown("E7 40 1F" + latin + "00 00"), "nvarchar(4000) ");
  EXPECT_EQ(shown("E7 40 1F" + latin + "FF FF"), "nvarchar(4000) NULL");
  EXPECT_EQ(shown("EF 04 00" + latin + "04 00 61 00 20 00"), "nchar(2) a ");
  EXPECT_EQ(shown("A7 0A 00" + latin + "03 00 61 80 E9"), "varchar(10) a€é");
  EXPECT_EQ(shown("A7 0A 00 09 04 00 26 00 02 00 C3 A9"), "varchar(10) é");
  EXPECT_EQ(shown("A7 0A 00 09 04 00 26 00 02 00 C3 28"), "varchar(10) \uFFFD(");
  EXPECT_EQ(shown("A7 0A 00 11 04 00 00 00 01 00 61"), "varchar(10) a");
  EXPECT_EQ(shown("27 0A 02 61 62"), "varchar(10) ab");
  EXPECT_EQ(parameter("A5 08 00 02 00 00 FF").value, std::string("\0\xFF", 2));
  EXPECT_EQ(shown("AD 02 00 FF FF"), "binary(2) NULL");
  EXPECT_EQ(shown("23 01 00 00 00" + latin + "02 00 00 00 61 E9"), "text aé");
  EXPECT_EQ(shown("63 01 00 00 00" + latin + "02 00 00 00 61 00"), "ntext a");
  EXPECT_EQ(shown("22 01 00 00 00 01 00 00 00 07"), "image \x07");
  EXPECT_EQ(shown("22 01 00 00 00 FF FF FF FF"), "image NULL");
  EXPECT_EQ(shown("1F"), "nvarchar(1) NULL");
}

TEST(RpcReaderTest, LargeValuesInChunks) {
  const std::string latin(kLatinBytes);
  const std::string null = "FF FF FF FF FF FF FF FF ";
  const std::string unknown = "FE FF FF FF FF FF FF FF ";
  EXPECT_EQ(shown("E7 FF FF" + latin + null), "nvarchar(max) NULL");
  EXPECT_EQ(shown("E7 FF FF" + latin + unknown + "00 00 00 00"), "nvarchar(max) ");
  EXPECT_EQ(shown("E7 FF FF" + latin + unknown + "02 00 00 00 61 00 02 00 00 00 62 00 00 00 00 00"),
            "nvarchar(max) ab");
  EXPECT_EQ(shown("A7 FF FF" + latin +
                  "03 00 00 00 00 00 00 00 01 00 00 00 61 02 00 00 00 62 63 "
                  "00 00 00 00"),
            "varchar(max) abc");
  // A character in two chunks.
  EXPECT_EQ(shown("E7 FF FF" + latin + unknown + "01 00 00 00 61 01 00 00 00 00 00 00 00 00"),
            "nvarchar(max) a");
  EXPECT_EQ(shown("F1 00 " + unknown + "04 00 00 00 FF FE 3C 00 00 00 00 00"), "nvarchar(max) <");
  EXPECT_EQ(parameter("A5 FF FF " + unknown + "01 00 00 00 00 00 00 00 00").value,
            std::string(1, '\0'));
}

TEST(RpcReaderTest, VariantsHaveTheTypeOfTheirValue) {
  const std::string head = "62 49 1F 00 00 ";
  EXPECT_EQ(shown(head + "00 00 00 00"), "sql_variant NULL");
  EXPECT_EQ(shown(head + "06 00 00 00 38 00 07 00 00 00"), "int 7");
  EXPECT_EQ(shown(head + "09 00 00 00 6C 02 05 01 00 0F 00 00 00"), "numeric(5,1) -1.5");
  EXPECT_EQ(shown(head + "0B 00 00 00 E7 07 09 04 D0 00 34 40 1F 61 00"), "nvarchar(4000) a");
  EXPECT_EQ(shown(head + "0A 00 00 00 A7 07 09 04 D0 00 34 40 1F E9"), "varchar(8000) é");
  EXPECT_EQ(shown(head + "05 00 00 00 28 00 01 00 00"), "date 0001-01-02");
  EXPECT_EQ(shown(head + "06 00 00 00 29 01 00 7F 51 01"), "time(0) 23:59:59");
  EXPECT_EQ(shown(head + "12 00 00 00 24 00 FF 19 96 6F 86 8B 11 D0 B4 2D 00 C0 4F C9 64 FF"),
            "uniqueidentifier 6F9619FF-8B86-D011-B42D-00C04FC964FF");
  EXPECT_EQ(shown(head + "06 00 00 00 A5 02 08 00 01 02"), "varbinary(8) \x01\x02");
}

int error_of(std::string_view hex, std::string* message) {
  return error_number([&] { parameter(hex); }, message);
}

TEST(RpcReaderTest, WrongValuesSayWhichParameter) {
  const std::string latin(kLatinBytes);
  const std::pair<std::string, int> cases[] = {
      {"00", 8009},                                      // no type
      {"26 03 00", 8016},                                // an integer of three bytes
      {"26 04 02 00 00", 8016},                          // other than announced
      {"E7 42 1F" + latin + "00 00", 8016},              // nvarchar(4001)
      {"E7 02 00" + latin + "04 00 61 00 62 00", 8016},  // longer than announced
      {"E7 04 00" + latin + "03 00 61 00 62", 8028},     // half a unit
      {"6A 11 27 00 00", 8017},                          // 39 digits
      {"6A 05 02 00 05 01 64 00 00 00", 8023},           // 100 as decimal(2,0)
      {"6D 08 08 00 00 00 00 00 00 F0 7F", 8023},        // infinity
      {"6D 04 04 00 00 C0 7F", 8023},                    // not a number
      {"28 03 DB B9 37", 8023},                          // 10000-01-01
      {"29 00 03 80 51 01", 8023},                       // 24:00:00
      {"2B 00 08 00 00 00 63 46 0B 49 03", 8023},        // +14:01
      {"2B 00 08 00 00 00 00 00 00 FF FF", 8023},        // before year 1 on its clock
      {"6F 08 08 45 2E FF FF 00 00 00 00", 8023},        // 1752
      {"6F 04 04 00 00 A0 05", 8023},                    // 24:00
      {"A5 FF FF 05 00 00 00 00 00 00 00 01 00 00 00 07 00 00 00 00", 8007},  // too little
      {"A5 FF FF 00 00 00 00 01 00 00 00", 8007},                             // 4 GB
      {"62 49 1F 00 00 04 00 00 00 E7 02 00 00", 8014},  // text without its collation
      {"62 49 1F 00 00 02 00 00 00 62 00", 8014},        // a variant in a variant
      {"62 49 1F 00 00 00 00 01 00 38 00", 8014},        // of 64 KB
      {"A7 0A 00 11 04 00 00 00 01 00 E9", 8023},        // Japanese
      {"F0 00 00", 8009},                                // CLR
      {"F3 00 00", 8009},                                // a table
  };
  for (const auto& [hex, number] : cases) {
    std::string message;
    EXPECT_EQ(error_of(hex, &message), number) << hex;
    EXPECT_NE(message.find("Parameter 1 (\"\"): "), std::string::npos) << hex << ": " << message;
  }
  std::string message;
  error_of("26 03 00", &message);
  EXPECT_EQ(message,
            "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is "
            "incorrect. Parameter 1 (\"\"): Data type 0x26 has an invalid data length or metadata "
            "length.");
  error_of("F3 00 00", &message);
  EXPECT_EQ(message,
            "Parameter 1 (\"\"): Data type 0xF3 (table-valued parameter) is not supported.");
  error_of("A7 0A 00 11 04 00 00 00 01 00 E9", &message);
  EXPECT_EQ(
      message,
      "Parameter 1 (\"\"): The value of type varchar is in a code page that is not supported; "
      "send it as nvarchar.");
}

TEST(RpcReaderTest, WrongCallsAreRefused) {
  std::string message;
  EXPECT_EQ(error_number([] { calls("FF FF 10 00 00 00"); }), 8004);
  EXPECT_EQ(error_number([] { calls("00 00 00 00"); }), 8004);
  EXPECT_EQ(error_number([] { calls(""); }, &message), 4002);
  EXPECT_EQ(
      message,
      "The incoming tabular data stream (TDS) protocol stream is incorrect: it ends too early.");
  EXPECT_EQ(error_number([] { calls("FF FF 0A 00 00 00 00 04 26 04 00"); }), 8006);
  EXPECT_EQ(error_number([] { calls("FF FF 0A 00 00 00 00 08 A5 08 00 FF FF"); }, &message), 8006);
  EXPECT_EQ(message,
            "Parameter 1 (\"\"): Encrypted parameters (Always Encrypted) are not supported.");
}

TEST(RpcReaderTest, ParametersHaveALimit) {
  std::string body = from_hex_text("FF FF 0A 00 00 00");
  for (std::size_t i = 0; i < kCallParametersMax; ++i) body += from_hex_text("00 00 26 04 00");
  EXPECT_EQ(read_calls(body, Version::k74).at(0).parameters.size(), 2100u);
  body += from_hex_text("00 00 26 04 00");
  std::string message;
  EXPECT_EQ(error_number([&] { read_calls(body, Version::k74); }, &message), 8003);
  EXPECT_EQ(message,
            "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is "
            "incorrect. Too many parameters were provided in this RPC request. The maximum is "
            "2100.");
}

TEST(RpcReaderTest, EveryTruncationIsRefused) {
  const std::string latin(kLatinBytes);
  const std::string body = from_hex_text(
      "01 00 70 00 00 00 "
      "02 40 00 61 00 01 E7 FF FF" +
      latin +
      "FE FF FF FF FF FF FF FF 02 00 00 00 61 00 00 00 00 00 "
      "00 00 6A 05 05 02 05 00 96 00 00 00 "
      "00 00 62 49 1F 00 00 0B 00 00 00 E7 07 09 04 D0 00 34 40 1F 61 00 "
      "00 00 23 01 00 00 00" +
      latin + "02 00 00 00 61 E9");
  EXPECT_EQ(read_calls(body, Version::k74).at(0).parameters.size(), 4u);
  int whole = 0;
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    const int number = error_number([&] { read_calls(body.substr(0, cut), Version::k74); });
    if (number == 0) {
      ++whole;  // between two parameters
    } else {
      EXPECT_EQ(number, 4002) << cut;
    }
  }
  EXPECT_EQ(whole, 4);
}

TEST(RpcReaderTest, AClaimedLengthAllocatesNothing) {
  const std::string latin(kLatinBytes);
  EXPECT_EQ(error_number([&] {
              parameter("E7 FF FF" + latin + "FF FF FF 7F 00 00 00 00 FE FF FF 7F 61 00");
            }),
            4002);
  EXPECT_EQ(error_number([&] { parameter("22 00 00 00 00 FF FF FF 7F 07"); }), 4002);
}

}  // namespace
}  // namespace tarn::tds::detail
