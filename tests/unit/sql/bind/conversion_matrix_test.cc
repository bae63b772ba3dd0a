// Which types convert to which: the chart of "CAST and CONVERT (Transact-SQL)", Implicit
// conversions.

#include <gtest/gtest.h>

#include "detail/types/rules.h"

namespace tarn::sql::test {
namespace {

using enum TypeId;

constexpr TypeId kChartTypes[] = {kBinary,
                                  kVarbinary,
                                  kChar,
                                  kVarchar,
                                  kNchar,
                                  kNvarchar,
                                  kDateTime,
                                  kSmallDateTime,
                                  kDate,
                                  kTime,
                                  kDateTimeOffset,
                                  kDateTime2,
                                  kDecimal,
                                  kFloat,
                                  kReal,
                                  kBigInt,
                                  kInt,
                                  kTinyInt,
                                  kMoney,
                                  kSmallMoney,
                                  kBit,
                                  kUniqueIdentifier};

/// One row a source, one letter a target, in the order above: implicit, explicit, none.
constexpr const char* kChart[] = {
    "IIIIIIIIEEEEIXXIIIIIII",  // binary
    "IIIIIIIIEEEEIXXIIIIIII",  // varbinary
    "EEIIIIIIIIIIIIIIIIIIII",  // char
    "EEIIIIIIIIIIIIIIIIIIII",  // varchar
    "EEIIIIIIIIIIIIIIIIIIII",  // nchar
    "EEIIIIIIIIIIIIIIIIIIII",  // nvarchar
    "EEIIIIIIIIIIEEEEEEEEEX",  // datetime
    "EEIIIIIIIIIIEEEEEEEEEX",  // smalldatetime
    "EEIIIIIIIXIIXXXXXXXXXX",  // date
    "EEIIIIIIXIIIXXXXXXXXXX",  // time
    "EEIIIIIIIIIIXXXXXXXXXX",  // datetimeoffset
    "EEIIIIIIIIIIXXXXXXXXXX",  // datetime2
    "IIIIIIIIXXXXIIIIIIIIIX",  // decimal
    "IIIIIIIIXXXXIIIIIIIIIX",  // float
    "IIIIIIIIXXXXIIIIIIIIIX",  // real
    "IIIIIIIIXXXXIIIIIIIIIX",  // bigint
    "IIIIIIIIXXXXIIIIIIIIIX",  // int
    "IIIIIIIIXXXXIIIIIIIIIX",  // tinyint
    "IIEEEEIIXXXXIIIIIIIIIX",  // money
    "IIEEEEIIXXXXIIIIIIIIIX",  // smallmoney
    "IIIIIIIIXXXXIIIIIIIIIX",  // bit
    "IIIIIIXXXXXXXXXXXXXXXI",  // uniqueidentifier
};

char letter(Conversion conversion) {
  return conversion == Conversion::kImplicit   ? 'I'
         : conversion == Conversion::kExplicit ? 'E'
                                               : 'X';
}

TEST(ConversionMatrix, IsTheChart) {
  for (std::size_t from = 0; from < std::size(kChartTypes); ++from) {
    std::string row;
    for (const TypeId to : kChartTypes)
      row += letter(conversion(SqlType::of(kChartTypes[from]), SqlType::of(to)));
    EXPECT_EQ(row, kChart[from]) << name_of(kChartTypes[from]);
  }
}

TEST(Precedence, IsTheList) {
  // "Data type precedence (Transact-SQL)", from the highest.
  constexpr TypeId kOrder[] = {kDateTimeOffset,
                               kDateTime2,
                               kDateTime,
                               kSmallDateTime,
                               kDate,
                               kTime,
                               kFloat,
                               kReal,
                               kDecimal,
                               kMoney,
                               kSmallMoney,
                               kBigInt,
                               kInt,
                               kSmallInt,
                               kTinyInt,
                               kBit,
                               kNtext,
                               kText,
                               kImage,
                               kUniqueIdentifier,
                               kNvarchar,
                               kNchar,
                               kVarchar,
                               kChar,
                               kVarbinary,
                               kBinary};
  for (std::size_t i = 1; i < std::size(kOrder); ++i)
    EXPECT_GT(precedence(kOrder[i - 1]), precedence(kOrder[i])) << name_of(kOrder[i]);
  EXPECT_EQ(precedence(kDecimal), precedence(kNumeric));
}

}  // namespace
}  // namespace tarn::sql::test
