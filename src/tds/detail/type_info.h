#pragma once
// TYPE_INFO ([MS-TDS] 2.2.5.4 to 2.2.5.6): which type a value's bytes have, and where they end.

#include <cstdint>
#include <string>

#include "detail/collation_bytes.h"
#include "detail/stream_reader.h"
#include "sql/result_sink.h"
#include "tds/login.h"
#include "tds/response.h"

namespace tarn::tds::detail {

/// Types by their number on the wire. Those of old versions are read as the one that has their
/// values: INT4 as kIntN of 4 bytes, and so on.
enum class Wire : std::uint8_t {
  kNull = 0x1F,
  kImage = 0x22,
  kText = 0x23,
  kGuid = 0x24,
  kIntN = 0x26,
  kDateN = 0x28,
  kTimeN = 0x29,
  kDateTime2N = 0x2A,
  kDateTimeOffsetN = 0x2B,
  kVariant = 0x62,
  kNText = 0x63,
  kBitN = 0x68,
  kDecimalN = 0x6A,
  kNumericN = 0x6C,
  kFloatN = 0x6D,
  kMoneyN = 0x6E,
  kDateTimeN = 0x6F,
  kVarBinary = 0xA5,
  kVarChar = 0xA7,
  kBinary = 0xAD,
  kChar = 0xAF,
  kNVarChar = 0xE7,
  kNChar = 0xEF,
  kXml = 0xF1,
};

/// What stands before a value.
enum class Prefix : std::uint8_t {
  kNone,   // fixed length, never NULL
  kByte,   // its length in bytes; 0 is NULL
  kShort,  // 0xFFFF is NULL
  kLong,   // text, ntext, image: of a parameter, -1 is NULL; in a row behind a text pointer
  kVariant,
  kPlp,  // (max): its length or "unknown" in 8 bytes, then chunks
};

inline constexpr int kShortLengthMax = 8000;               // bytes of a type that is not (max)
inline constexpr std::size_t kLongLengthMax = 0x7FFFFFFF;  // bytes of one that is
inline constexpr int kVariantLength = 8009;                // of sql_variant, as it is announced

struct TypeInfo {
  Wire wire = Wire::kNull;
  Prefix prefix = Prefix::kNone;
  int length = 0;  // bytes of a value (of char and binary types: at most); -1 for (max), text, …
  int precision = 0;  // of decimal
  int scale = 0;      // of decimal and the times of 2008
  CollationBytes collation = {};

  bool is_unicode() const {
    return wire == Wire::kNVarChar || wire == Wire::kNChar || wire == Wire::kNText ||
           wire == Wire::kXml;
  }
  bool is_code_page() const {
    return wire == Wire::kVarChar || wire == Wire::kChar || wire == Wire::kText;
  }
  bool is_binary() const {
    return wire == Wire::kVarBinary || wire == Wire::kBinary || wire == Wire::kImage;
  }
};

/// Reads TYPE_INFO. Throws BadBytes.
TypeInfo read_type_info(StreamReader& in);
void put_type_info(std::string& out, const TypeInfo& type);

/// How values of the column go to such a client.
TypeInfo type_info_of(const sql::ResultColumn& column, const Dialect& dialect);
/// The same of a value that has the column's type, but may be NULL and cannot be text, ntext or
/// image.
TypeInfo output_type_info_of(const sql::ResultColumn& column, const Dialect& dialect);

/// As a declaration has it: "nvarchar(4000)", "decimal(38,10)". kVariant has none: "sql_variant".
std::string declaration(const TypeInfo& type);
/// "nvarchar", "decimal".
std::string type_name(const TypeInfo& type);
/// The column of a table that has such values, as a query's columns are described.
sql::ResultColumn column_of(const TypeInfo& type, std::string name, bool nullable);

/// Bytes of a decimal of so many digits, its sign included: 5, 9, 13 or 17.
int decimal_length(int precision);
/// Bytes of a time with so many digits of the second: 3, 4 or 5.
int time_length(int scale);

}  // namespace tarn::tds::detail
