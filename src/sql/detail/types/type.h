#pragma once
// SQL Server's type system: names, sizes, precedence, and the types that operations result in.
//
// It owns the rules, never values: values of each type are made by the engine (see
// translate/engine_type.h). Source: "Data types (Transact-SQL)", "Data type precedence",
// "Precision, scale, and length".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "detail/types/collation.h"

namespace tarn::sql {

enum class TypeId : std::uint8_t {
  kNull,     // an untyped NULL; becomes int where it stays alone
  kBoolean,  // what a condition has; no value of it can be selected or stored
  kBit,
  kTinyInt,
  kSmallInt,
  kInt,
  kBigInt,
  kDecimal,
  kNumeric,
  kSmallMoney,
  kMoney,
  kReal,
  kFloat,
  kDate,
  kTime,
  kSmallDateTime,
  kDateTime,
  kDateTime2,
  kDateTimeOffset,
  kChar,
  kVarchar,
  kText,
  kNchar,
  kNvarchar,
  kNtext,
  kBinary,
  kVarbinary,
  kImage,
  kUniqueIdentifier,
};

inline constexpr int kMaxLength = -1;  // the length of varchar(max), nvarchar(max), varbinary(max)
inline constexpr int kCharLengthMax = 8000;   // bytes of char, varchar, binary, varbinary
inline constexpr int kNcharLengthMax = 4000;  // UTF-16 units of nchar, nvarchar
inline constexpr int kDecimalPrecisionMax = 38;
inline constexpr int kFractionMax = 7;  // digits of a second in time, datetime2, datetimeoffset

/// A type with its sizes. Two are equal when SQL Server would print them alike.
struct SqlType {
  TypeId id = TypeId::kNull;
  int length = 0;  // char family: bytes; nchar family: UTF-16 units; kMaxLength for (max); else 0
  int precision = 0;  // decimal, numeric: digits; float, real: mantissa bits
  int scale = 0;      // decimal, numeric: digits after the point; time family: digits of a second
  const Collation* collation = nullptr;  // character types once bound; null before
  Coercibility coercibility = Coercibility::kDefault;
  /// What a sql_variant holds, such as SERVERPROPERTY's: a number that meets text becomes text.
  bool variant = false;

  bool operator==(const SqlType& other) const {
    return id == other.id && length == other.length && precision == other.precision &&
           scale == other.scale;
  }

  static SqlType of(TypeId id);  // with default sizes: decimal(18,0), datetime2(7), varchar(1), ...
  static SqlType null() { return of(TypeId::kNull); }
  static SqlType boolean() { return of(TypeId::kBoolean); }
  static SqlType bit() { return of(TypeId::kBit); }
  static SqlType integer() { return of(TypeId::kInt); }
  static SqlType bigint() { return of(TypeId::kBigInt); }
  static SqlType floating() { return of(TypeId::kFloat); }
  static SqlType decimal(int precision, int scale);
  static SqlType numeric(int precision, int scale);
  static SqlType varchar(int length);   // kMaxLength for (max); above 8000 becomes (max)
  static SqlType nvarchar(int length);  // above 4000 becomes (max)
  static SqlType varbinary(int length);
  static SqlType datetime2(int scale);

  SqlType with_collation(const Collation* value, Coercibility strength) const;
};

// Families.
bool is_integer(const SqlType& type);        // tinyint … bigint; not bit
bool is_exact_decimal(const SqlType& type);  // decimal, numeric
bool is_money(const SqlType& type);
bool is_approximate(const SqlType& type);   // real, float
bool is_numeric(const SqlType& type);       // all of the above and bit
bool is_character(const SqlType& type);     // char … ntext
bool is_unicode(const SqlType& type);       // nchar, nvarchar, ntext
bool is_fixed_length(const SqlType& type);  // char, nchar, binary
bool is_binary(const SqlType& type);
bool is_temporal(const SqlType& type);  // date … datetimeoffset
bool is_legacy_datetime(
    const SqlType& type);  // datetime, smalldatetime: the ones that take + and -
bool has_date(const SqlType& type);
bool has_time(const SqlType& type);
bool is_large(const SqlType& type);  // text, ntext, image, or (max)

/// "int", "decimal(10,2)", "nvarchar(max)", "datetime2(7)": as DDL would have it.
std::string to_string(const SqlType& type);
/// "int", "decimal", "nvarchar": the name alone, as error messages and INFORMATION_SCHEMA have it.
std::string_view name_of(TypeId id);
/// The type of that name with its sizes as written, or nothing for an unknown name. The binder
/// checks the ranges (see type_from_ddl).
std::optional<TypeId> type_id_of(std::string_view name);

/// A type as it stands in a declaration: `sizes` are the numbers in its parentheses, is_max for
/// (max). `cast` says that it stands in CAST or CONVERT, where a missing length is 30 instead of 1.
/// Throws 243 (unknown type), 131, 1001, 2716, 2750, 2751 (sizes out of range).
SqlType type_from_ddl(std::string_view name, std::optional<int> first, std::optional<int> second,
                      bool is_max, bool cast);

/// Storage size in bytes, as sys.columns.max_length has it; -1 for (max).
int storage_length(const SqlType& type);
/// As sys.columns and descriptions have them: digits of a number, characters of a date or time.
int catalog_precision(const SqlType& type);
int catalog_scale(const SqlType& type);
/// Digits before and after the point that a value of this type needs as a decimal: int is
/// decimal(10,0).
SqlType as_decimal(const SqlType& type);
/// The longest text that CAST to varchar gives for a value of this type.
int text_length(const SqlType& type);

}  // namespace tarn::sql
