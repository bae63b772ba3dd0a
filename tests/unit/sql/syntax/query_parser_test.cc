#include <gtest/gtest.h>

#include "base/error.h"
#include "detail/syntax/dump.h"
#include "detail/syntax/parser.h"

namespace tarn::sql::query_parser_test {
namespace {

std::string parsed(std::string_view text) { return to_string(*parse_query(text)); }

/// What FROM holds.
std::string from(std::string_view text) {
  const std::string whole = parsed("SELECT * FROM " + std::string(text));
  const std::string_view head = "(select (items *) (from ";
  return whole.substr(head.size(), whole.size() - head.size() - 2);
}

std::string failure(std::string_view text) {
  try {
    parse_query(text);
  } catch (const Error& error) {
    return std::to_string(error.sql()->number) + " at " + std::to_string(error.place()->line) +
           ":" + std::to_string(error.place()->column) + ": " + error.message();
  }
  return "none";
}

TEST(QueryParser, SelectList) {
  EXPECT_EQ(parsed("SELECT *, t.*, a.b.t.* FROM t"),
            "(select (items * t.* a.b.t.*) (from (table t)))");
  EXPECT_EQ(parsed("SELECT a AS b, a b, b = a, a AS 'b c', a [b c]"),
            "(select (items (as b a) (as b a) (as b a) (as [b c] a) (as [b c] a)))");
  EXPECT_EQ(parsed("SELECT @a = 1, @b += 2"), "(select (items (set @a 1) (set+ @b 2)))");
  EXPECT_EQ(parsed("SELECT DISTINCT TOP (5) PERCENT a"),
            "(select distinct (top 5 percent) (items a))");
  EXPECT_EQ(parsed("SELECT TOP 3 * FROM t"), "(select (top 3) (items *) (from (table t)))");
  EXPECT_EQ(parsed("SELECT TOP (@n) WITH TIES a FROM t ORDER BY a"),
            "(query (select (top @n with-ties) (items a) (from (table t))) (order a))");
  EXPECT_EQ(parsed("SELECT a INTO #t FROM x"), "(select (items a) (into #t) (from (table x)))");
}

TEST(QueryParser, Tables) {
  EXPECT_EQ(from("a.b.c x"), "(table a.b.c as x)");
  EXPECT_EQ(from("db..t AS x"), "(table db..t as x)");
  EXPECT_EQ(from("t WITH (NOLOCK)"), "(table t NOLOCK)");
  EXPECT_EQ(from("t AS x (NOLOCK, READPAST)"), "(table t NOLOCK READPAST as x)");
  EXPECT_EQ(from("t (NOLOCK) x"), "(table t NOLOCK as x)");
  EXPECT_EQ(from("@t AS x"), "(table @t as x)");
  EXPECT_EQ(from("#t"), "(table #t)");
  EXPECT_EQ(from("STRING_SPLIT(@s, ',') AS s(v)"),
            "(function (call STRING_SPLIT @s ',') as s (columns v))");
  EXPECT_EQ(from("OPENJSON(@j) WITH (a int '$.a', b nvarchar(max) AS JSON) AS j"),
            "(function (call OPENJSON @j) (with (a int '$.a') (b nvarchar(max) as-json)) as j)");
  EXPECT_EQ(failure("SELECT * FROM a.b.c.d.e").substr(0, 12), "117 at 1:15:");
}

TEST(QueryParser, Joins) {
  EXPECT_EQ(from("a JOIN b ON a.x = b.x LEFT OUTER JOIN c ON b.y = c.y"),
            "(left-join (inner-join (table a) (table b) (= a.x b.x)) (table c) (= b.y c.y))");
  EXPECT_EQ(from("a CROSS JOIN b, c"), "(cross-join (cross-join (table a) (table b)) (table c))");
  EXPECT_EQ(from("a RIGHT JOIN b ON 1 = 1 FULL JOIN c ON 1 = 1"),
            "(full-join (right-join (table a) (table b) (= 1 1)) (table c) (= 1 1))");
  EXPECT_EQ(from("a CROSS APPLY (SELECT a.x) AS d OUTER APPLY f(d.x) e"),
            "(outer-apply (cross-apply (table a) (derived (select (items a.x)) as d)) (function "
            "(call f d.x) as e))");
  EXPECT_EQ(from("a JOIN b JOIN c ON b.x = c.x ON a.x = b.x"),
            "(inner-join (table a) (inner-join (table b) (table c) (= b.x c.x)) (= a.x b.x))");
  EXPECT_EQ(from("(a JOIN b ON 1 = 1) INNER HASH JOIN c ON 1 = 1"),
            "(inner-join (inner-join (table a) (table b) (= 1 1)) (table c) (= 1 1))");
  EXPECT_EQ(failure("SELECT * FROM a JOIN b"), "102 at 1:22: Incorrect syntax near 'b'.");
}

TEST(QueryParser, DerivedTables) {
  EXPECT_EQ(from("(SELECT 1 AS a) AS d (x)"),
            "(derived (select (items (as a 1))) as d (columns x))");
  EXPECT_EQ(from("(VALUES (1, 'a'), (2, 'b')) v(n, s)"),
            "(derived (values (1 'a') (2 'b')) as v (columns n s))");
  EXPECT_EQ(from("((SELECT 1 AS a) UNION ALL (SELECT 2)) d"),
            "(derived (union-all (select (items (as a 1))) (select (items 2))) as d)");
  EXPECT_EQ(failure("SELECT * FROM (SELECT 1)"), "102 at 1:24: Incorrect syntax near ')'.");
}

TEST(QueryParser, OpenRowset) {
  EXPECT_EQ(from("OPENROWSET(BULK 'a.csv', FORMAT = 'CSV', PARSER_VERSION = '2.0', HEADER_ROW = "
                 "TRUE) AS r"),
            "(openrowset 'a.csv' (option 'FORMAT' 'CSV') (option 'PARSER_VERSION' '2.0') (option "
            "'HEADER_ROW' TRUE) as r)");
  EXPECT_EQ(from("OPENROWSET(BULK ('a', 'b'), FORMAT = 'PARQUET') WITH (c varchar(10) COLLATE X 2, "
                 "d int '$.d', e date) "
                 "AS [r](c, d, e)"),
            "(openrowset 'a' 'b' (option 'FORMAT' 'PARQUET') (with (c varchar(10) collate X 2) (d "
            "int '$.d') (e date)) "
            "as [r] (columns c d e))");
  EXPECT_EQ(from("OPENROWSET(BULK N'a', SINGLE_CLOB) r"),
            "(openrowset 'a' (option 'SINGLE_CLOB') as r)");
  EXPECT_EQ(failure("SELECT * FROM OPENROWSET('SQLNCLI', 'x', 'y') r").substr(0, 5), "40517");
}

TEST(QueryParser, Predict) {
  EXPECT_EQ(
      parsed(
          "SELECT d.*, p.variable_out1 FROM PREDICT(MODEL = @m, DATA = dbo.w AS d, RUNTIME = ONNX) "
          "WITH (variable_out1 real) AS p"),
      "(select (items d.* p.variable_out1) (from (predict (model @m) (data (table dbo.w as d)) "
      "runtime ONNX "
      "(with (variable_out1 real)) as p)))");
  EXPECT_EQ(from("PREDICT(MODEL = (SELECT m FROM x), DATA = (SELECT 1 AS a) AS d) WITH (o float "
                 "NOT NULL, q int NULL) AS p"),
            "(predict (model (scalar (select (items m) (from (table x))))) (data (derived (select "
            "(items (as a 1))) as d)) "
            "(with (o float not-null) (q int null)) as p)");
  EXPECT_EQ(failure("SELECT * FROM PREDICT(MODEL = @m) WITH (a real) AS p"),
            "102 at 1:33: Incorrect syntax near ')'.");
}

TEST(QueryParser, Grouping) {
  EXPECT_EQ(parsed("SELECT a FROM t WHERE a > 1 GROUP BY a, b HAVING COUNT(*) > 1"),
            "(select (items a) (from (table t)) (where (> a 1)) (group a b) (having (> (call COUNT "
            "*) 1)))");
  EXPECT_EQ(parsed("SELECT 1 GROUP BY ROLLUP (a, (b, c)), CUBE (d)"),
            "(select (items 1) (group (rollup a (set b c)) (cube d)))");
  EXPECT_EQ(parsed("SELECT 1 GROUP BY GROUPING SETS ((a, b), a, (), ROLLUP (c))"),
            "(select (items 1) (group (grouping-sets (set a b) a (set) (rollup c))))");
  EXPECT_EQ(parsed("SELECT 1 GROUP BY a, b WITH ROLLUP"),
            "(select (items 1) (group (rollup a b)))");
  EXPECT_EQ(parsed("SELECT 1 GROUP BY (a + 1) * 2"), "(select (items 1) (group (* (+ a 1) 2)))");
}

TEST(QueryParser, SetOperations) {
  EXPECT_EQ(parsed("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3"),
            "(union (select (items 1)) (intersect (select (items 2)) (select (items 3))))");
  EXPECT_EQ(parsed("SELECT 1 EXCEPT SELECT 2 UNION ALL SELECT 3 ORDER BY 1"),
            "(query (union-all (except (select (items 1)) (select (items 2))) (select (items 3))) "
            "(order 1))");
  EXPECT_EQ(parsed("(SELECT 1 UNION SELECT 2) EXCEPT SELECT 3"),
            "(except (union (select (items 1)) (select (items 2))) (select (items 3)))");
}

TEST(QueryParser, OrderOffsetFetchOptions) {
  EXPECT_EQ(parsed("SELECT a FROM t ORDER BY a DESC OFFSET 5 ROWS FETCH NEXT 10 ROWS ONLY OPTION "
                   "(MAXDOP 1, LABEL = 'x')"),
            "(query (select (items a) (from (table t))) (order (desc a)) (offset 5) (fetch 10) "
            "(option 'MAXDOP' 1) "
            "(option 'LABEL' 'x'))");
  EXPECT_EQ(parsed("SELECT 1 FOR JSON PATH, ROOT('x'), INCLUDE_NULL_VALUES"),
            "(query (select (items 1)) (for-json-path 'x' include-nulls))");
  EXPECT_EQ(parsed("SELECT 1 FOR XML PATH"), "(query (select (items 1)) (for-xml-path 'row'))");
  EXPECT_EQ(parsed("SELECT 1 FOR XML RAW('a'), ELEMENTS XSINIL, TYPE, ROOT"),
            "(query (select (items 1)) (for-xml-raw 'a' type elements 'root' include-nulls))");
  EXPECT_EQ(parsed("SELECT 1 FOR XML EXPLICIT"), "(query (select (items 1)) 'FOR XML EXPLICIT')");
}

TEST(QueryParser, CommonTableExpressions) {
  EXPECT_EQ(
      parsed("WITH a (x) AS (SELECT 1), b AS (SELECT x FROM a) SELECT * FROM b"),
      "(query (cte a (columns x) (select (items 1))) (cte b (select (items x) (from (table a)))) "
      "(select (items *) (from (table b))))");
}

TEST(QueryParser, NamedWindows) {
  EXPECT_EQ(
      parsed("SELECT SUM(a) OVER w FROM t WINDOW w AS (PARTITION BY b)"),
      "(select (items (call SUM a (over w))) (from (table t)) (window w (over (partition b))))");
  EXPECT_EQ(from("t window"), "(table t as window)");
}

TEST(QueryParser, Pivots) {
  EXPECT_EQ(from("t PIVOT (SUM(a) FOR b IN ([x], y)) AS p"),
            "(pivot (table t) (call SUM a) b (in [x] y) as p)");
  EXPECT_EQ(from("t AS s UNPIVOT (v FOR n IN (a, b)) u"),
            "(unpivot (table t as s) v n (in a b) as u)");
  EXPECT_EQ(failure("SELECT * FROM t PIVOT (SUM(a) FOR b IN ([x]))").substr(0, 4), "102 ");
}

TEST(QueryParser, RefusesByName) {
  EXPECT_EQ(failure("SELECT * FROM t TABLESAMPLE (10 PERCENT)"),
            "40517 at 1:17: Keyword or statement option 'TABLESAMPLE' is not supported.");
  EXPECT_EQ(failure("SELECT * FROM t FOR SYSTEM_TIME ALL").substr(0, 5), "40517");
}

TEST(QueryParser, ReportsWhereItWentWrong) {
  EXPECT_EQ(failure("SELECT\n  FROM t"), "156 at 2:3: Incorrect syntax near the keyword 'FROM'.");
  EXPECT_EQ(failure("SELECT a,, b"), "102 at 1:10: Incorrect syntax near ','.");
  EXPECT_EQ(failure("SELECT * FROM"), "102 at 1:10: Incorrect syntax near 'FROM'.");
  EXPECT_EQ(failure("SELECT * FROM t WHERE a = 'x' 'y'"),
            "102 at 1:31: Incorrect syntax near 'y'.");
  EXPECT_EQ(failure("SELECT order FROM t"),
            "156 at 1:8: Incorrect syntax near the keyword 'order'.");
}

TEST(QueryParser, SetOperationsAreLimited) {
  std::string text = "SELECT 1";
  for (int i = 0; i < kTreeHeightMax; ++i) text += " UNION ALL SELECT 1";
  EXPECT_EQ(failure(text).substr(0, 4), "191 ");
}

}  // namespace
}  // namespace tarn::sql::query_parser_test
