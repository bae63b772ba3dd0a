// Translated queries on the engine: results as SQL Server gives them.

#include <gmock/gmock.h>

#include "fixture.h"

namespace tarn::sql::test {
namespace {

using Execution = EngineTest;

TEST_F(Execution, Arithmetic) {
  EXPECT_EQ(value("7 / 2"), "3");
  EXPECT_EQ(value("-7 / 2"), "-3");
  EXPECT_EQ(value("-7 % 3"), "-1");
  EXPECT_EQ(value("7 / 2.0"), "3.500000");
  EXPECT_EQ(value("2.0 / 3"), "0.666666");
  EXPECT_EQ(value("1.5 * 2"), "3.0");
  EXPECT_EQ(value("1 + '41'"), "42");
  EXPECT_EQ(value("'a' + 'b' + NULL"), "NULL");
  EXPECT_EQ(value("CAST(1 AS decimal(38,2)) / CAST(3 AS decimal(38,2))"), "0.333333");
  EXPECT_EQ(value("CAST(1.5 AS decimal(38,10)) * CAST(1.5 AS decimal(38,10))"), "2.250000");
  EXPECT_EQ(value("CAST(10 AS money) / 4"), "2.5000");
  EXPECT_EQ(value("5 & 3, 5 | 3, 5 ^ 3, ~5"), "1|7|6|-6");
  EXPECT_EQ(value("CAST('2024-01-31 10:00' AS datetime) + 1.5"), "2024-02-01 22:00:00");
}

TEST_F(Execution, RuntimeErrors) {
  EXPECT_EQ(error("SELECT 1 / (SELECT 0)"), 8134);
  EXPECT_EQ(error("SELECT 1 / 0"), 8134);
  EXPECT_EQ(error("SELECT 1.5 / 0"), 8134);
  EXPECT_EQ(error("SELECT 1e0 / 0"), 8134);
  EXPECT_EQ(error("SELECT 5 % 0"), 8134);
  EXPECT_EQ(error("SELECT 2147483647 + 1"), 8115);
  EXPECT_EQ(error("SELECT CAST(9223372036854775807 AS bigint) + 1"), 8115);
  EXPECT_EQ(error("SELECT CAST('abc' AS int)"), 245);
  EXPECT_EQ(error("SELECT CAST('1.5' AS int)"), 245);
  EXPECT_EQ(error("SELECT CAST('99999999999' AS int)"), 248);
  EXPECT_EQ(error("SELECT CAST('abc' AS decimal(5,2))"), 8114);
  EXPECT_EQ(error("SELECT CAST('abc' AS float)"), 8114);
  EXPECT_EQ(error("SELECT CAST('12345' AS decimal(4,2))"), 8115);
  EXPECT_EQ(error("SELECT CAST(12345 AS decimal(4,2))"), 8115);
  EXPECT_EQ(error("SELECT CAST(300 AS tinyint)"), 220);
  EXPECT_EQ(error("SELECT CAST(70000 AS smallint)"), 220);
  EXPECT_EQ(error("SELECT CAST('abc' AS date)"), 241);
  EXPECT_EQ(error("SELECT CAST('2024-02-30' AS datetime)"), 242);
  EXPECT_EQ(error("SELECT CAST('1700-01-01' AS datetime)"), 242);
  EXPECT_EQ(error("SELECT CAST('x' AS uniqueidentifier)"), 8169);
  EXPECT_EQ(error("SELECT (SELECT id FROM people)"), 512);
  EXPECT_EQ(error("SELECT SQRT(-1)"), 3623);
  EXPECT_EQ(error("SELECT LEFT('abc', -1)"), 537);
  EXPECT_EQ(error("SELECT DATEADD(year, 9999, GETDATE())"), 517);
  EXPECT_EQ(error("SELECT id FROM people WHERE name > 5"), 245);
}

TEST_F(Execution, ErrorsNameTheValue) {
  EXPECT_THAT(
      value("CAST('abc' AS int)"),
      "error 245: Conversion failed when converting the varchar value 'abc' to data type int.");
  EXPECT_THAT(value("CAST(300 AS tinyint)"),
              "error 220: Arithmetic overflow error for data type tinyint, value = 300.");
  EXPECT_THAT(value("2147483647 + 1"),
              "error 8115: Arithmetic overflow error converting expression to data type int.");
}

TEST_F(Execution, ErrorsStayInBranchesThatAreNotTaken) {
  EXPECT_EQ(value("CASE WHEN 1 = 0 THEN 1 / 0 ELSE 5 END"), "5");
  EXPECT_EQ(text("SELECT CASE WHEN id > 1 THEN 0 ELSE 1 / id END FROM people WHERE id = 1"), "1");
}

TEST_F(Execution, TryConversions) {
  EXPECT_EQ(value("TRY_CAST('abc' AS int), TRY_CAST('12' AS int), TRY_CAST(300 AS tinyint)"),
            "NULL|12|NULL");
  EXPECT_EQ(value("TRY_CAST('2024-13-01' AS date), TRY_CONVERT(float, 'x'), TRY_CAST('1.005' AS "
                  "decimal(5,2))"),
            "NULL|NULL|1.01");
}

TEST_F(Execution, Conversions) {
  EXPECT_EQ(
      value("CAST(2.7 AS int), CAST(-2.7 AS int), CAST(2.5 AS decimal(5,0)), CAST(2.7e0 AS int)"),
      "2|-2|3|2");
  EXPECT_EQ(value("CAST('' AS int), CAST('  12 ' AS int), CAST('abcdef' AS varchar(3))"),
            "0|12|abc");
  EXPECT_EQ(value("CAST('a' AS char(3)) + '|'"), "a  |");
  EXPECT_EQ(value("CAST(0x4142 AS varchar(10)), CAST('AB' AS varbinary(10)), CONVERT(varchar(10), "
                  "0x4142, 1)"),
            "AB|AB|0x4142");
  EXPECT_EQ(
      value("CAST(1.5e0 AS varchar(10)), CAST(1e10 AS varchar(20)), CAST(12.50 AS varchar(10))"),
      "1.5|1e+010|12.50");
  EXPECT_EQ(value("CAST(CAST(1234.5 AS money) AS varchar(20)), CONVERT(varchar(20), CAST(1234.5 AS "
                  "money), 1)"),
            "1234.50|1,234.50");
  EXPECT_EQ(value("CONVERT(varchar(30), CAST('2024-01-05 13:04:05.123' AS datetime))"),
            "Jan  5 2024  1:04PM");
  EXPECT_EQ(value("CONVERT(varchar(10), CAST('2024-01-05' AS date), 103), CONVERT(date, "
                  "'05/01/2024', 103)"),
            "05/01/2024|2024-01-05");
  EXPECT_EQ(value("CONVERT(varchar(30), CAST('2024-01-05 13:04:05.123' AS datetime), 126)"),
            "2024-01-05T13:04:05.123");
  EXPECT_EQ(value("CONVERT(char(8), CAST('2024-01-05' AS datetime), 112)"), "20240105");
  EXPECT_EQ(value("CAST('20240105' AS date), CAST('Jan 5 2024' AS date), "
                  "CAST('2024-01-05T10:00:00Z' AS datetime2)"),
            "2024-01-05|2024-01-05|2024-01-05 10:00:00");
  EXPECT_EQ(value("CAST('2024-01-05 10:00:00.999' AS datetime)"), "2024-01-05 10:00:01");
  EXPECT_EQ(value("CAST('6F9619FF-8B86-D011-B42D-00C04FC964FF' AS uniqueidentifier)"),
            "6f9619ff-8b86-d011-b42d-00c04fc964ff");
  EXPECT_EQ(value("CAST(1 AS bit), CAST('true' AS bit), CAST(CAST(5 AS bit) AS int)"),
            "true|true|1");
  EXPECT_EQ(value("CAST(12345 AS varchar(2))"), "*");
}

TEST_F(Execution, TextComparesWithoutTrailingBlanksAndCase) {
  EXPECT_EQ(text("SELECT id FROM people WHERE name = 'BOB' ORDER BY id"), "2; 3");
  EXPECT_EQ(text("SELECT id FROM people WHERE city = 'Oslo' ORDER BY id"), "3; 4");
  EXPECT_EQ(text("SELECT id FROM people WHERE city = 'oslo'"), "");
  EXPECT_EQ(text("SELECT id FROM people WHERE name COLLATE Latin1_General_BIN2 = 'bob'"), "2");
  EXPECT_EQ(text("SELECT id FROM people WHERE name IN ('ANN', 'x')"), "1");
  EXPECT_EQ(text("SELECT id FROM people WHERE name LIKE 'B%' ORDER BY id"), "2; 3");
  EXPECT_EQ(text("SELECT id FROM people WHERE name LIKE '[a-b]_[bn]%' ORDER BY id"), "1; 2; 3");
  EXPECT_EQ(text("SELECT id FROM people WHERE name NOT LIKE 'b%'"), "1");
  EXPECT_EQ(text("SELECT COUNT(*) FROM people GROUP BY name ORDER BY name"), "1; 1; 2");
  EXPECT_EQ(text("SELECT COUNT(DISTINCT name), COUNT(DISTINCT city) FROM people"), "2|3");
  EXPECT_EQ(text("SELECT DISTINCT name FROM people ORDER BY name DESC"), "BOB ; Ann; NULL");
  EXPECT_EQ(text("SELECT MIN(name), MAX(name) FROM people WHERE id < 3"), "Ann|bob");
}

TEST_F(Execution, Grouping) {
  EXPECT_EQ(text("SELECT person, COUNT(*), SUM(amount), AVG(small) FROM orders GROUP BY person "
                 "ORDER BY person"),
            "1|2|19.7500|3; 2|1|100.0000|NULL");
  EXPECT_EQ(text("SELECT COUNT(*), SUM(id) FROM people WHERE 1 = 0"), "0|NULL");
  EXPECT_EQ(text("SELECT YEAR(born) + 1 FROM people GROUP BY YEAR(born) HAVING COUNT(*) = 1 ORDER "
                 "BY YEAR(born)"),
            "NULL; 1991; 2001; 2002");
  EXPECT_EQ(text("SELECT person, SUM(amount) FROM orders GROUP BY ROLLUP(person) ORDER BY "
                 "GROUPING(person), person"),
            "1|19.7500; 2|100.0000; NULL|119.7500");
  EXPECT_EQ(text("SELECT city, COUNT(*) FROM people GROUP BY GROUPING SETS ((city), ()) ORDER BY "
                 "COUNT(*), city"),
            "Rome|1; rome|1; Oslo|2; NULL|4");
  EXPECT_EQ(text("SELECT AVG(height), STDEV(score) FROM people WHERE id < 3"),
            "1.750000|0.7071067811865476");
  EXPECT_EQ(text("SELECT STRING_AGG(name, '-') WITHIN GROUP (ORDER BY id DESC) FROM people"),
            "BOB -bob-Ann");
  EXPECT_EQ(text("SELECT (SELECT COUNT(*) FROM orders AS o WHERE o.person = p.id) FROM people AS p "
                 "GROUP BY p.id "
                 "ORDER BY p.id"),
            "2; 1; 0; 0");
  EXPECT_EQ(error("SELECT SUM(n) FROM (VALUES (2147483647), (1)) AS v(n)"), 8115);
}

TEST_F(Execution, OrderAndLimits) {
  EXPECT_EQ(text("SELECT id FROM people ORDER BY height"), "3; 4; 1; 2");
  EXPECT_EQ(text("SELECT id FROM people ORDER BY height DESC"), "2; 1; 4; 3");
  EXPECT_EQ(text("SELECT TOP 2 id AS x FROM people ORDER BY x DESC"), "4; 3");
  EXPECT_EQ(text("SELECT TOP (@i) id FROM people ORDER BY 1"), "1; 2; 3; 4");
  EXPECT_EQ(text("SELECT TOP 50 PERCENT id FROM people ORDER BY id"), "1; 2");
  EXPECT_EQ(text("SELECT TOP 1 WITH TIES person FROM orders ORDER BY person"), "1; 1");
  EXPECT_EQ(text("SELECT id FROM people ORDER BY id OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY"), "2; 3");
  EXPECT_EQ(
      text("SELECT id FROM people UNION ALL SELECT id FROM orders ORDER BY id DESC OFFSET 5 ROWS"),
      "2; 1");
}

TEST_F(Execution, JoinsAndApply) {
  EXPECT_EQ(text("SELECT p.id, o.id FROM people AS p LEFT JOIN orders AS o ON o.person = p.id "
                 "ORDER BY p.id, o.id"),
            "1|10; 1|11; 2|12; 3|NULL; 4|NULL");
  EXPECT_EQ(text("SELECT p.id, x.total FROM people AS p CROSS APPLY (SELECT SUM(amount) AS total "
                 "FROM orders AS o "
                 "WHERE o.person = p.id) AS x WHERE x.total IS NOT NULL ORDER BY p.id"),
            "1|19.7500; 2|100.0000");
  EXPECT_EQ(text("SELECT p.id, x.id FROM people AS p OUTER APPLY (SELECT TOP 1 id FROM orders AS o "
                 "WHERE o.person = "
                 "p.id ORDER BY amount DESC) AS x ORDER BY p.id"),
            "1|10; 2|12; 3|NULL; 4|NULL");
  EXPECT_EQ(text("SELECT s.value FROM people AS p CROSS APPLY STRING_SPLIT(p.name, 'n') AS s WHERE "
                 "p.id = 1 "
                 "ORDER BY s.value"),
            "; ; A");
  EXPECT_EQ(text("SELECT a.n, b.n FROM (VALUES (1), (2)) AS a(n), (VALUES (3)) AS b(n) ORDER BY 1"),
            "1|3; 2|3");
}

TEST_F(Execution, Subqueries) {
  EXPECT_EQ(text("SELECT id FROM people WHERE id NOT IN (SELECT person FROM orders) ORDER BY id"),
            "3; 4");
  EXPECT_EQ(text("SELECT id FROM people WHERE id NOT IN (SELECT small FROM orders)"), "");
  EXPECT_EQ(text("SELECT id FROM people AS p WHERE EXISTS (SELECT * FROM orders WHERE person = "
                 "p.id) ORDER BY id"),
            "1; 2");
  EXPECT_EQ(text("SELECT id FROM people WHERE id >= ALL (SELECT person FROM orders) ORDER BY id"),
            "2; 3; 4");
  EXPECT_EQ(text("SELECT id FROM people WHERE name = ANY (SELECT 'BOB') ORDER BY id"), "2; 3");
  EXPECT_EQ(text("SELECT id, (SELECT MAX(amount) FROM orders WHERE person = people.id) FROM people "
                 "WHERE id < 3 ORDER BY "
                 "id"),
            "1|12.5000; 2|100.0000");
}

TEST_F(Execution, SetOperations) {
  EXPECT_EQ(text("SELECT 1 AS a UNION SELECT 1 UNION SELECT 2 ORDER BY a"), "1; 2");
  EXPECT_EQ(text("SELECT 'a' UNION SELECT 'A ' "), "A ");
  EXPECT_EQ(text("SELECT id FROM people EXCEPT SELECT person FROM orders ORDER BY id"), "3; 4");
  EXPECT_EQ(text("SELECT id FROM people INTERSECT SELECT person FROM orders ORDER BY id"), "1; 2");
  EXPECT_EQ(text("SELECT name FROM people WHERE id = 2 INTERSECT SELECT 'BOB'"), "bob");
  EXPECT_EQ(text("SELECT 1 UNION ALL SELECT '2' ORDER BY 1"), "1; 2");
}

TEST_F(Execution, CommonTables) {
  EXPECT_EQ(text("WITH c AS (SELECT id, name FROM people), d(x) AS (SELECT MAX(id) FROM c) SELECT "
                 "* FROM d"),
            "4");
  EXPECT_EQ(text("WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT "
                 "SUM(n) FROM r"),
            "15");
  EXPECT_EQ(error("WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT COUNT(*) FROM r"),
            530);
  EXPECT_EQ(text("WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 200) SELECT "
                 "MAX(n) FROM r OPTION "
                 "(MAXRECURSION 0)"),
            "200");
  EXPECT_EQ(text("SELECT * FROM v ORDER BY id"), "1|Ann; 2|bob");
}

TEST_F(Execution, Windows) {
  EXPECT_EQ(text("SELECT id, ROW_NUMBER() OVER (PARTITION BY name ORDER BY id), RANK() OVER (ORDER "
                 "BY name) FROM people "
                 "ORDER BY id"),
            "1|1|2; 2|1|3; 3|2|3; 4|1|1");
  EXPECT_EQ(text("SELECT id, SUM(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), "
                 "LAG(id, 1, 0) OVER "
                 "(ORDER BY id), AVG(id) OVER () FROM people ORDER BY id"),
            "1|1|0|2; 2|3|1|2; 3|5|2|2; 4|7|3|2");
  EXPECT_EQ(text("SELECT person, SUM(SUM(amount)) OVER (ORDER BY person) FROM orders GROUP BY "
                 "person ORDER BY person"),
            "1|19.7500; 2|119.7500");
  EXPECT_EQ(text("SELECT FIRST_VALUE(name) OVER (ORDER BY id), NTILE(2) OVER (ORDER BY id) FROM "
                 "people ORDER BY id"),
            "Ann|1; Ann|1; Ann|2; Ann|2");
}

TEST_F(Execution, Predict) {
  EXPECT_EQ(text("SELECT d.id, p.doubled FROM PREDICT(MODEL = @s, DATA = people AS d, RUNTIME = "
                 "ONNX) WITH (doubled real) "
                 "AS p WHERE d.id < 3 ORDER BY p.doubled DESC"),
            "2|4.0; 1|2.0");
  EXPECT_EQ(text("WITH c AS (SELECT id FROM orders) SELECT d.*, p.doubled FROM PREDICT(MODEL = @s, "
                 "DATA = c AS d, RUNTIME "
                 "= ONNX) WITH (doubled real) AS p ORDER BY 1"),
            "10|20.0; 11|22.0; 12|24.0");
}

TEST_F(Execution, RowSetMethods) {
  EXPECT_EQ(text("SELECT p.filename() FROM people AS p WHERE p.id = 1"), "Ann");
}

TEST_F(Execution, Inserts) {
  const std::vector<TargetColumn> targets = {{"id", SqlType::integer(), false},
                                             {"name", SqlType::varchar(3), true}};
  const auto insert = [&](const std::string& query) -> std::string {
    try {
      const auto parsed = parse_query(query);
      const Translation rows =
          translate(Binder(context_).bind_insert(*parsed, targets, "db.dbo.t"));
      std::string text;
      for (const auto& row : connection_->rows(rows.engine_sql))
        text += row[0].value_or("NULL") + row[1].value_or("NULL");
      return text;
    } catch (const Error& error) {
      const Error mapped = sql_error(error);
      return std::to_string(mapped.sql() ? mapped.sql()->number : -1) + " " + mapped.message();
    }
  };
  EXPECT_EQ(insert("SELECT 1, 'abc'"), "1abc");
  EXPECT_EQ(insert("SELECT '1', 'ab   '"), "1ab ");
  EXPECT_EQ(insert("SELECT 1, 'abcd'"),
            "2628 String or binary data would be truncated in table 'db.dbo.t', column 'name'. "
            "Truncated value: 'abc'.");
  EXPECT_EQ(insert("SELECT NULL, 'a'"),
            "515 Cannot insert the value NULL into column 'id', table 'db.dbo.t'; column does not "
            "allow nulls. INSERT "
            "fails.");
  EXPECT_EQ(insert("SELECT person, 'a' FROM orders WHERE id = 12"), "2a");
  EXPECT_THAT(insert("SELECT 1"), testing::StartsWith("120 "));
  EXPECT_THAT(insert("SELECT 1, 'a', 2"), testing::StartsWith("121 "));
  EXPECT_THAT(insert("SELECT 'x', 'a'"), testing::StartsWith("245 "));
  EXPECT_THAT(insert("SELECT CAST('2024-01-01' AS date), 'a'"), testing::StartsWith("206 "));
}

}  // namespace
}  // namespace tarn::sql::test
