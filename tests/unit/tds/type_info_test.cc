#include "detail/type_info.h"

#include <gtest/gtest.h>

#include "wire_tools.h"

namespace tarn::tds::detail {
namespace {

constexpr std::string_view kLatinEnd = " 09 04 D0 00 34";

std::string type_hex(std::string_view declared, Dialect dialect = {},
                     std::string_view collation = kDefaultCollation) {
  std::string out;
  put_type_info(out, type_info_of(column_like(declared, "c", collation), dialect));
  return hex_text(out);
}

TEST(TypeInfoTest, EveryTypeHasItsBytes) {
  const std::string latin(kLatinEnd);
  const std::pair<std::string, std::string> cases[] = {
      {"bit", "68 01"},
      {"tinyint", "26 01"},
      {"smallint", "26 02"},
      {"int", "26 04"},
      {"bigint", "26 08"},
      {"decimal(9,2)", "6A 05 09 02"},
      {"decimal(10,0)", "6A 09 0A 00"},
      {"numeric(20,5)", "6C 0D 14 05"},
      {"decimal(38,38)", "6A 11 26 26"},
      {"money", "6E 08"},
      {"smallmoney", "6E 04"},
      {"real", "6D 04"},
      {"float", "6D 08"},
      {"date", "28"},
      {"time(0)", "29 00"},
      {"time(7)", "29 07"},
      {"datetime", "6F 08"},
      {"smalldatetime", "6F 04"},
      {"datetime2(3)", "2A 03"},
      {"datetimeoffset(7)", "2B 07"},
      {"uniqueidentifier", "24 10"},
      {"char(10)", "AF 0A 00" + latin},
      {"varchar(8000)", "A7 40 1F" + latin},
      {"varchar(max)", "A7 FF FF" + latin},
      {"text", "23 FF FF FF 7F" + latin},
      {"nchar(10)", "EF 14 00" + latin},
      {"nvarchar(4000)", "E7 40 1F" + latin},
      {"nvarchar(max)", "E7 FF FF" + latin},
      {"xml", "E7 FF FF" + latin},
      {"ntext", "63 FE FF FF 7F" + latin},
      {"binary(16)", "AD 10 00"},
      {"varbinary(1)", "A5 01 00"},
      {"varbinary(max)", "A5 FF FF"},
      {"image", "22 FF FF FF 7F"},
      {"sql_variant", "62 49 1F 00 00"},
  };
  for (const auto& [declared, bytes] : cases) EXPECT_EQ(type_hex(declared), bytes) << declared;
}

TEST(TypeInfoTest, OlderClientsGetTypesThatTheyKnow) {
  const std::string latin(kLatinEnd);
  const Dialect v72 = {.version = Version::k72};
  EXPECT_EQ(type_hex("date", v72), "E7 14 00" + latin);
  EXPECT_EQ(type_hex("time(0)", v72), "E7 10 00" + latin);
  EXPECT_EQ(type_hex("time(7)", v72), "E7 20 00" + latin);
  EXPECT_EQ(type_hex("datetime2(7)", v72), "E7 36 00" + latin);
  EXPECT_EQ(type_hex("datetimeoffset(7)", v72), "E7 44 00" + latin);
  EXPECT_EQ(type_hex("nvarchar(max)", v72), "E7 FF FF" + latin);
  const Dialect v71 = {.version = Version::k71};
  EXPECT_EQ(type_hex("nvarchar(max)", v71), "63 FE FF FF 7F" + latin);
  EXPECT_EQ(type_hex("varchar(max)", v71), "23 FF FF FF 7F" + latin);
  EXPECT_EQ(type_hex("varbinary(max)", v71), "22 FF FF FF 7F");
  EXPECT_EQ(type_hex("xml", v71), "63 FE FF FF 7F" + latin);
  EXPECT_EQ(type_hex("nvarchar(10)", v71), "E7 14 00" + latin);
}

TEST(TypeInfoTest, TextInUtf8IsWideForClientsThatDoNotKnowIt) {
  constexpr std::string_view kLake = "Latin1_General_100_BIN2_UTF8";
  const Dialect knows = {.version = Version::k74, .utf8 = true};
  const std::string bytes = " 09 04 00 26 00";
  EXPECT_EQ(type_hex("varchar(8000)", knows, kLake), "A7 40 1F" + bytes);
  EXPECT_EQ(type_hex("char(5)", knows, kLake), "AF 05 00" + bytes);
  EXPECT_EQ(type_hex("varchar(100)", {}, kLake), "E7 C8 00" + bytes);
  EXPECT_EQ(type_hex("char(5)", {}, kLake), "E7 0A 00" + bytes);
  EXPECT_EQ(type_hex("varchar(8000)", {}, kLake), "E7 FF FF" + bytes);
  EXPECT_EQ(type_hex("varchar(max)", {}, kLake), "E7 FF FF" + bytes);
  EXPECT_EQ(type_hex("nvarchar(5)", {}, kLake), "E7 0A 00" + bytes);
}

TEST(TypeInfoTest, CollationsAreFiveBytes) {
  // LCID 0x409; ignore case 20, accent 21, kana 22, width 23; BIN 24, BIN2 25, UTF-8 26;
  // version 28.
  const std::pair<std::string, std::string> cases[] = {
      {"SQL_Latin1_General_CP1_CI_AS", "09 04 D0 00 34"},
      {"SQL_Latin1_General_CP1_CS_AS", "09 04 C0 00 33"},
      {"SQL_Latin1_General_CP1_CI_AI", "09 04 F0 00 36"},
      {"Latin1_General_CI_AS", "09 04 D0 00 00"},
      {"Latin1_General_CS_AS_KS_WS", "09 04 00 00 00"},
      {"Latin1_General_BIN", "09 04 00 01 00"},
      {"Latin1_General_BIN2", "09 04 00 02 00"},
      {"Latin1_General_100_CI_AI", "09 04 F0 20 00"},
      {"Latin1_General_100_BIN2_UTF8", "09 04 00 26 00"},
      {"Latin1_General_100_CI_AS_SC_UTF8", "09 04 D0 24 00"},
  };
  for (const auto& [name, bytes] : cases) {
    const CollationBytes made = collation_bytes(name);
    EXPECT_EQ(hex_text({made.data(), made.size()}), bytes) << name;
    EXPECT_EQ(collation_name(made), name);
  }
  EXPECT_EQ(collation_bytes(""), collation_bytes("sql_latin1_general_cp1_ci_as"));
  EXPECT_EQ(encoding_of(collation_bytes("Latin1_General_100_BIN2_UTF8")), TextEncoding::kUtf8);
  EXPECT_EQ(encoding_of(collation_bytes("Latin1_General_100_CI_AI")), TextEncoding::kWindows1252);
  EXPECT_EQ(encoding_of({0x11, 0x04, 0, 0, 0}), TextEncoding::kOther);  // Japanese
  EXPECT_EQ(encoding_of({0, 0, 0, 0, 0}), TextEncoding::kWindows1252);
  EXPECT_EQ(collation_name({0x11, 0x04, 0, 0, 0}), "");
  EXPECT_TRUE(case_sensitive(collation_bytes("Latin1_General_BIN2")));
  EXPECT_FALSE(case_sensitive(collation_bytes("")));
}

TEST(TypeInfoTest, WhatIsWrittenIsReadAgain) {
  for (const std::string declared : {"bit",
                                     "tinyint",
                                     "smallint",
                                     "int",
                                     "bigint",
                                     "decimal(9,2)",
                                     "numeric(38,10)",
                                     "money",
                                     "smallmoney",
                                     "real",
                                     "float",
                                     "date",
                                     "time(3)",
                                     "datetime",
                                     "smalldatetime",
                                     "datetime2(0)",
                                     "datetimeoffset(7)",
                                     "uniqueidentifier",
                                     "char(10)",
                                     "varchar(8000)",
                                     "varchar(max)",
                                     "text",
                                     "nchar(10)",
                                     "nvarchar(4000)",
                                     "nvarchar(max)",
                                     "ntext",
                                     "binary(16)",
                                     "varbinary(1)",
                                     "varbinary(max)",
                                     "image",
                                     "sql_variant"}) {
    std::string bytes;
    put_type_info(bytes, type_info_of(column_like(declared), {}));
    StreamReader in{std::string_view(bytes)};
    EXPECT_EQ(declaration(read_type_info(in)), declared);
    EXPECT_TRUE(in.at_end()) << declared;
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      StreamReader part{std::string_view(bytes).substr(0, cut)};
      EXPECT_THROW(read_type_info(part), BadBytes) << declared << " cut at " << cut;
    }
  }
}

TEST(TypeInfoTest, TypesOfOldVersionsAreRead) {
  const std::pair<std::string, std::string> cases[] = {
      {"1F", "nvarchar(1)"},
      {"30", "tinyint"},
      {"32", "bit"},
      {"34", "smallint"},
      {"38", "int"},
      {"7F", "bigint"},
      {"3A", "smalldatetime"},
      {"3D", "datetime"},
      {"3B", "real"},
      {"3E", "float"},
      {"7A", "smallmoney"},
      {"3C", "money"},
      {"37 05 09 02", "decimal(9,2)"},
      {"3F 11 26 00", "numeric(38,0)"},
      {"27 FF", "varchar(255)"},
      {"2F 0A", "char(10)"},
      {"25 10", "varbinary(16)"},
      {"2D 10", "binary(16)"},
      {"F1 00", "nvarchar(max)"},
      {"F1 01 01 61 00 01 62 00 01 00 63 00", "nvarchar(max)"},
      {"E7 00 00 09 04 D0 00 34", "nvarchar(1)"},
  };
  for (const auto& [hex, declared] : cases) {
    const std::string bytes = from_hex_text(hex);
    StreamReader in{std::string_view(bytes)};
    EXPECT_EQ(declaration(read_type_info(in)), declared) << hex;
    EXPECT_TRUE(in.at_end()) << hex;
  }
}

TEST(TypeInfoTest, WrongSizesAreRefused) {
  const std::pair<std::string, int> cases[] = {
      {"26 03", kBadLength},      {"68 02", kBadLength},      {"6D 02", kBadLength},
      {"24 0F", kBadLength},      {"6A 11 27 00", kBadScale}, {"6A 11 00 00", kBadScale},
      {"6A 11 05 06", kBadScale}, {"2A 08", kBadScale},       {"E7 41 1F", kBadLength},
      {"E7 03 00", kBadLength},   {"EF FF FF", kBadLength},   {"A7 41 1F", kBadLength},
      {"F0 00 00", kUnknownType}, {"F3 00 00", kUnknownType}, {"00", kUnknownType},
      {"FF", kUnknownType},
  };
  for (const auto& [hex, number] : cases) {
    const std::string bytes = from_hex_text(hex);
    StreamReader in{std::string_view(bytes)};
    try {
      read_type_info(in);
      ADD_FAILURE() << hex;
    } catch (const BadBytes& bad) {
      EXPECT_EQ(bad.number, number) << hex;
    }
  }
}

}  // namespace
}  // namespace tarn::tds::detail
