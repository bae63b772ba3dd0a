// The functions' values.

#include "detail/functions/function.h"
#include "fixture.h"

namespace tarn::sql::test {
namespace {

using Functions = EngineTest;

TEST_F(Functions, Text) {
  EXPECT_EQ(
      value("LEN('abc  '), LEN(N'äö'), DATALENGTH('abc '), DATALENGTH(N'abc'), DATALENGTH(5)"),
      "3|2|4|6|4");
  EXPECT_EQ(value("LEFT('abcdef', 2), RIGHT('abcdef', 2), SUBSTRING('abcdef', 2, 3), "
                  "SUBSTRING('abcdef', 0, 3)"),
            "ab|ef|bcd|ab");
  EXPECT_EQ(value("CHARINDEX('C', 'abcabc'), CHARINDEX('c', 'abcabc', 4), CHARINDEX('x', 'abc')"),
            "3|6|0");
  EXPECT_EQ(value("PATINDEX('%[0-9]%', 'abc5'), PATINDEX('abc', 'abc'), PATINDEX('b%', 'abc')"),
            "4|1|0");
  EXPECT_EQ(value("REPLACE('aXbx', 'x', '-'), STUFF('abcdef', 2, 3, 'X'), STUFF('abc', 9, 1, 'X')"),
            "a-b-|aXef|NULL");
  EXPECT_EQ(value("REPLICATE('ab', 3), REPLICATE('a', -1), SPACE(2) + '|', REVERSE('abc')"),
            "ababab|NULL|  ||cba");
  EXPECT_EQ(value("UPPER('aä'), LOWER('AB'), LTRIM('  a'), RTRIM('a  ') + '|', TRIM('  a ') + '|', "
                  "TRIM('x' FROM 'xax')"),
            "AÄ|ab|a|a||a||a");
  EXPECT_EQ(value("CONCAT('a', NULL, 1, 2.5), CONCAT_WS(',', 'a', NULL, 'b')"), "a12.5|a,b");
  EXPECT_EQ(value("ASCII('A'), UNICODE(N'ä'), CHAR(65), NCHAR(228), CHAR(300)"), "65|228|A|ä|NULL");
  EXPECT_EQ(value("QUOTENAME('a]b'), QUOTENAME('ab', ''''), TRANSLATE('2*[3+4]', '[]', '()')"),
            "[a]]b]|'ab'|2*(3+4)");
  EXPECT_EQ(value("STR(123.456, 8, 2), STR(5), STR(12345, 3)"), "  123.46|         5|***");
  EXPECT_EQ(value("FORMAT(1234567.891, 'N2'), FORMAT(0.256, 'P1'), FORMAT(42, '00000'), "
                  "FORMAT(1234.5, '#,##0.00')"),
            "1,234,567.89|25.6%|00042|1,234.50");
  EXPECT_EQ(value("ISNUMERIC('1e5'), ISNUMERIC('abc'), ISNUMERIC('$1,000.5'), ISNUMERIC(NULL)"),
            "1|0|1|0");
  EXPECT_EQ(value("HASHBYTES('MD5', 'a')"),
            "\\x0C\\xC1u\\xB9\\xC0\\xF1\\xB6\\xA81\\xC3\\x99\\xE2iw&a");
}

TEST_F(Functions, Json) {
  EXPECT_EQ(value("JSON_VALUE('{\"a\":{\"b\":5}}', '$.a.b'), JSON_QUERY('{\"a\":[1,2]}', '$.a'), "
                  "ISJSON('{}'), ISJSON('x')"),
            "5|[1,2]|1|0");
  EXPECT_EQ(text("SELECT j.[key], j.value, j.type FROM OPENJSON('{\"a\":1,\"b\":\"x\"}') AS j "
                 "ORDER BY j.[key]"),
            "a|1|2; b|x|1");
}

TEST_F(Functions, Numbers) {
  EXPECT_EQ(value("ABS(-5), CEILING(2.1), FLOOR(-2.1), SIGN(-3), SQUARE(3), SQRT(16)"),
            "5|3|-3|-1|9.0|4.0");
  EXPECT_EQ(
      value(
          "ROUND(2.567, 2), ROUND(2.567, 2, 1), ROUND(1250, -2), ROUND(2.5e0, 0), ROUND(-2.5, 0)"),
      "2.570|2.560|1300|3.0|-3.0");
  EXPECT_EQ(value("POWER(2, 10), POWER(2.0, 0.5), LOG(8, 2), LOG10(100), EXP(0)"),
            "1024|1.4|3.0|2.0|1.0");
  EXPECT_EQ(value("CAST(PI() AS decimal(5,4)), DEGREES(PI()), CAST(SIN(0) AS int), ATN2(0, 1)"),
            "3.1416|180.0|0|0.0");
  EXPECT_EQ(value("CASE WHEN RAND() BETWEEN 0 AND 1 THEN 'ok' END, CASE WHEN RAND(5) = RAND(5) "
                  "THEN 'ok' END"),
            "ok|ok");
  EXPECT_EQ(text("SELECT value FROM GENERATE_SERIES(1, 5, 2)"), "1; 3; 5");
}

TEST_F(Functions, Dates) {
  EXPECT_EQ(value("GETDATE(), SYSDATETIME(), CURRENT_TIMESTAMP"),
            "2024-01-01 00:00:00.123|2024-01-01 00:00:00.123456|2024-01-01 00:00:00.123");
  EXPECT_EQ(value("DATEADD(month, 1, CAST('2024-01-31' AS date)), DATEADD(hh, -1, '2024-01-01')"),
            "2024-02-29|2023-12-31 23:00:00");
  EXPECT_EQ(value("DATEDIFF(year, '2023-12-31', '2024-01-01'), DATEDIFF(day, '2024-01-01 23:00', "
                  "'2024-01-02 01:00'), "
                  "DATEDIFF(week, '2024-01-06', '2024-01-07')"),
            "1|1|1");
  EXPECT_EQ(value("DATEPART(weekday, '2024-01-01'), DATEPART(iso_week, '2024-01-01'), "
                  "DATEPART(dayofyear, '2024-03-01'), "
                  "DATENAME(month, '2024-01-01'), DATENAME(dw, '2024-01-01')"),
            "2|1|61|January|Monday");
  EXPECT_EQ(
      value("YEAR('2024-05-06'), MONTH('2024-05-06'), DAY('2024-05-06'), EOMONTH('2024-02-01'), "
            "EOMONTH('2024-01-31', 1)"),
      "2024|5|6|2024-02-29|2024-02-29");
  EXPECT_EQ(
      value("DATETRUNC(month, CAST('2024-05-06 10:00' AS datetime2)), DATEFROMPARTS(2024, 2, 29)"),
      "2024-05-01 00:00:00|2024-02-29");
  EXPECT_EQ(
      value("DATETIME2FROMPARTS(2024, 1, 2, 3, 4, 5, 67, 2), ISDATE('2024-01-01'), ISDATE('x')"),
      "2024-01-02 03:04:05.67|1|0");
  EXPECT_EQ(error("SELECT DATEFROMPARTS(2024, 2, 30)"), 289);
  EXPECT_EQ(value("FORMAT(CAST('2024-05-06 13:04' AS datetime), 'dd MMM yyyy HH:mm'), "
                  "FORMAT(CAST('2024-05-06' AS date), 'd')"),
            "06 May 2024 13:04|5/6/2024");
}

TEST_F(Functions, Logic) {
  EXPECT_EQ(value("ISNULL(NULL, 'x'), COALESCE(NULL, 2, 3), NULLIF(1, 1), NULLIF('a', 'b'), IIF(1 "
                  "> 2, 'y', 'n')"),
            "x|2|NULL|a|n");
  EXPECT_EQ(value("CHOOSE(2, 'a', 'b'), CHOOSE(9, 'a', 'b'), CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN "
                  "'two' END"),
            "b|NULL|two");
  EXPECT_EQ(value("ISNULL('abc', 'x') + ISNULL(CAST(NULL AS varchar(2)), 'long')"), "abclo");
  EXPECT_EQ(value("DB_NAME(), @@ROWCOUNT"), "value of DB_NAME|7");
}

TEST_F(Functions, EveryCatalogueEntryIsUnderstoodByTheEngine) {
  // One call of each with arguments of its kind; what the engine does not know fails with a binder
  // or catalog error.
  int calls = 0;
  for (const std::span<const FunctionDef> theme :
       {text_functions(), number_functions(), date_functions()}) {
    for (const FunctionDef& function : theme) {
      if (function.kind != FunctionKind::kScalar ||
          function.name.find(' ') != std::string_view::npos)
        continue;
      std::string arguments;
      for (int i = 0; i < function.arguments_min; ++i) {
        const Take take = function.take.empty()
                              ? Take::kAny
                              : function.take[std::min<std::size_t>(static_cast<std::size_t>(i),
                                                                    function.take.size() - 1)];
        const char* argument = take == Take::kDatePart ? "day"
                               : take == Take::kText
                                   ? (function.name.starts_with("JSON") && i == 1 ? "'$.a'" : "'1'")
                               : take == Take::kDate || take == Take::kMoment ? "'2024-01-01'"
                                                                              : "1";
        arguments += std::string(i ? ", " : "") + argument;
      }
      const std::string query = "SELECT " + std::string(function.name) + "(" + arguments + ")";
      try {
        run(query);
      } catch (const Error& error) {
        EXPECT_TRUE(error.sql()) << query << ": " << error.message() << "\n" << engine_sql_;
      }
      ++calls;
    }
  }
  EXPECT_GT(calls, 70);
}

}  // namespace
}  // namespace tarn::sql::test
