#include <gtest/gtest.h>

#include "base/error.h"
#include "detail/syntax/dump.h"
#include "detail/syntax/parser.h"

namespace tarn::sql::expression_parser_test {
namespace {

std::string parsed(std::string_view text) { return to_string(*parse_expression(text)); }

/// A condition, parsed behind WHERE.
std::string condition(std::string_view text) {
  const std::string whole = to_string(*parse_query("SELECT 1 WHERE " + std::string(text)));
  const std::string_view head = "(select (items 1) (where ";
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

TEST(ExpressionParser, Literals) {
  EXPECT_EQ(parsed("1"), "1");
  EXPECT_EQ(parsed("$1.5"), "$1.5");
  EXPECT_EQ(parsed("N'it''s'"), "N'it''s'");
  EXPECT_EQ(parsed("0xFF"), "0xff");
  EXPECT_EQ(parsed("NULL"), "null");
  EXPECT_EQ(parsed("@@ROWCOUNT"), "@@ROWCOUNT");
}

TEST(ExpressionParser, Precedence) {
  EXPECT_EQ(parsed("1 + 2 * 3 - 4"), "(- (+ 1 (* 2 3)) 4)");
  EXPECT_EQ(parsed("(1 + 2) * 3"), "(* (+ 1 2) 3)");
  EXPECT_EQ(parsed("1 + 2 & 3 | 4 ^ 5"), "(^ (| (& (+ 1 2) 3) 4) 5)");
  EXPECT_EQ(parsed("~a * b"), "(* (~ a) b)");
  EXPECT_EQ(parsed("a % b / c"), "(/ (% a b) c)");
}

// SQL Server's unary minus is weaker than * and /.
TEST(ExpressionParser, UnaryMinusIsWeakerThanProducts) {
  EXPECT_EQ(parsed("-100.0 / -100.0 * 10.0"), "(u- (/ 100.0 (u- (* 100.0 10.0))))");
  EXPECT_EQ(parsed("-a + b"), "(+ (u- a) b)");
  EXPECT_EQ(parsed("- -1"), "(u- (u- 1))");
}

TEST(ExpressionParser, Names) {
  EXPECT_EQ(parsed("a.b.c.d"), "a.b.c.d");
  EXPECT_EQ(parsed("db..[t 1].c"), "db..[t 1].c");
  EXPECT_EQ(parsed("\"x\""), "[x]");
}

TEST(ExpressionParser, Conditions) {
  EXPECT_EQ(condition("a = 1 AND b <> 2 OR NOT c !< 3"),
            "(or (and (= a 1) (<> b 2)) (not (>= c 3)))");
  EXPECT_EQ(condition("a = 1 AND b = 2 AND c = 3"), "(and (= a 1) (= b 2) (= c 3))");
  EXPECT_EQ(condition("(a = 1 OR b = 2) AND c = 3"), "(and (or (= a 1) (= b 2)) (= c 3))");
  EXPECT_EQ(condition("(a) + 1 > (b)"), "(> (+ a 1) b)");
  EXPECT_EQ(condition("((a = 1))"), "(= a 1)");
  EXPECT_EQ(condition("a < = 1 AND b ! = 2 AND c > = 3").substr(0, 5), "(and ");
}

TEST(ExpressionParser, Predicates) {
  EXPECT_EQ(condition("a LIKE 'x%' ESCAPE '!'"), "(like a 'x%' (escape '!'))");
  EXPECT_EQ(condition("a NOT LIKE 'x'"), "(not-like a 'x')");
  EXPECT_EQ(condition("a BETWEEN 1 AND 2 AND b = 3"), "(and (between a 1 2) (= b 3))");
  EXPECT_EQ(condition("a NOT BETWEEN 1 AND 2"), "(not-between a 1 2)");
  EXPECT_EQ(condition("a IN (1, 2)"), "(in a 1 2)");
  EXPECT_EQ(condition("a NOT IN (SELECT b FROM t)"),
            "(not-in a (select (items b) (from (table t))))");
  EXPECT_EQ(condition("a IN ((SELECT 1), 2)"), "(in a (scalar (select (items 1))) 2)");
  EXPECT_EQ(condition("a IS NULL"), "(is-null a)");
  EXPECT_EQ(condition("a IS NOT NULL"), "(not-is-null a)");
  EXPECT_EQ(condition("NOT EXISTS (SELECT 1)"), "(not (exists (select (items 1))))");
  EXPECT_EQ(condition("a >= ALL (SELECT 1)"), "(>=-all a (select (items 1)))");
  EXPECT_EQ(condition("a = SOME (SELECT 1)"), "(=-any a (select (items 1)))");
}

TEST(ExpressionParser, ConditionsAreNoValues) {
  EXPECT_EQ(failure("SELECT a > b"), "102 at 1:10: Incorrect syntax near '>'.");
  EXPECT_EQ(failure("SELECT (a = b)"), "102 at 1:11: Incorrect syntax near '='.");
  EXPECT_EQ(failure("SELECT 1 WHERE a"),
            "4145 at 1:16: An expression of non-boolean type specified in a context where a "
            "condition is expected, "
            "near 'a'.");
  EXPECT_EQ(failure("SELECT 1 WHERE a AND b = 1").substr(0, 12), "4145 at 1:18");
  EXPECT_EQ(failure("SELECT 1 WHERE (a = b) + 1 = 2"), "102 at 1:24: Incorrect syntax near '+'.");
}

TEST(ExpressionParser, Subqueries) {
  EXPECT_EQ(parsed("(SELECT 1) + 1"), "(+ (scalar (select (items 1))) 1)");
  EXPECT_EQ(parsed("((SELECT 1) + 1) * 2"), "(* (+ (scalar (select (items 1))) 1) 2)");
  EXPECT_EQ(parsed("((SELECT 1) UNION (SELECT 2))"),
            "(scalar (union (select (items 1)) (select (items 2))))");
}

TEST(ExpressionParser, Case) {
  EXPECT_EQ(parsed("CASE a WHEN 1 THEN 'x' ELSE 'y' END"), "(case a (when 1 'x') (else 'y'))");
  EXPECT_EQ(parsed("CASE WHEN a = 1 OR b = 2 THEN 1 WHEN c IS NULL THEN 2 END"),
            "(case (when (or (= a 1) (= b 2)) 1) (when (is-null c) 2))");
  EXPECT_EQ(failure("SELECT CASE a END"), "156 at 1:15: Incorrect syntax near the keyword 'END'.");
}

TEST(ExpressionParser, Conversions) {
  EXPECT_EQ(parsed("CAST(a AS decimal(10, 2))"), "(cast decimal(10,2) a)");
  EXPECT_EQ(parsed("TRY_CAST(a AS nvarchar(max))"), "(try-cast nvarchar(max) a)");
  EXPECT_EQ(parsed("CONVERT(varchar(10), a, 120)"), "(convert varchar(10) a 120)");
  EXPECT_EQ(parsed("TRY_CONVERT(int, a)"), "(try-convert int a)");
  EXPECT_EQ(parsed("PARSE('1' AS money USING 'de-DE')"), "(parse money '1' 'de-DE')");
}

TEST(ExpressionParser, Functions) {
  EXPECT_EQ(parsed("COUNT(*)"), "(call COUNT *)");
  EXPECT_EQ(parsed("COUNT(DISTINCT a)"), "(call COUNT distinct a)");
  EXPECT_EQ(parsed("LEFT(a, 2)"), "(call LEFT a 2)");
  EXPECT_EQ(parsed("COALESCE(a, b, 1)"), "(call COALESCE a b 1)");
  EXPECT_EQ(parsed("IIF(a > 1 AND b = 2, 'x', 'y')"), "(call IIF (and (> a 1) (= b 2)) 'x' 'y')");
  EXPECT_EQ(parsed("DATEADD(day, 1, d)"), "(call DATEADD day 1 d)");
  EXPECT_EQ(parsed("CURRENT_TIMESTAMP"), "(call CURRENT_TIMESTAMP bare)");
  EXPECT_EQ(parsed("r.filepath(1)"), "(call r.filepath 1)");
  EXPECT_EQ(parsed("TRIM(LEADING 'x' FROM a)"), "(call TRIM leading 'x' a)");
  EXPECT_EQ(parsed("TRIM('x' FROM a)"), "(call TRIM 'x' a)");
  EXPECT_EQ(parsed("TRIM(leading)"), "(call TRIM leading)");
  EXPECT_EQ(parsed("STRING_AGG(a, ',') WITHIN GROUP (ORDER BY b DESC)"),
            "(call STRING_AGG a ',' (within-group (desc b)))");
}

TEST(ExpressionParser, Windows) {
  EXPECT_EQ(parsed("ROW_NUMBER() OVER (PARTITION BY a, b ORDER BY c DESC, d)"),
            "(call ROW_NUMBER (over (partition a b) (order (desc c) d)))");
  EXPECT_EQ(parsed("SUM(a) OVER (ORDER BY b ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)"),
            "(call SUM a (over (order b) (rows (preceding 2) (current-row))))");
  EXPECT_EQ(parsed("SUM(a) OVER (ORDER BY b RANGE UNBOUNDED PRECEDING)"),
            "(call SUM a (over (order b) (range (unbounded-preceding) (current-row))))");
  EXPECT_EQ(parsed("SUM(a) OVER w"), "(call SUM a (over w))");
  EXPECT_EQ(parsed("LAG(a) IGNORE NULLS OVER (ORDER BY b)"),
            "(call LAG a ignore-nulls (over (order b)))");
}

TEST(ExpressionParser, CollateAndTimeZone) {
  EXPECT_EQ(parsed("a + b COLLATE Latin1_General_BIN2"), "(+ a (collate b Latin1_General_BIN2))");
  EXPECT_EQ(parsed("d AT TIME ZONE 'UTC' AT TIME ZONE @z"),
            "(at-time-zone (at-time-zone d 'UTC') @z)");
}

TEST(ExpressionParser, SpansCoverTheExpression) {
  const ast::ExprPtr expr = parse_expression(" a + (b * 2)");
  EXPECT_EQ(expr->span.offset, 1u);
  EXPECT_EQ(expr->span.length, 11u);
  EXPECT_EQ(std::get<ast::Binary>(expr->node).right->span.column, 6u);
}

TEST(ExpressionParser, NestingIsLimited) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '(') + "1" +
           std::string(static_cast<std::size_t>(depth), ')');
  };
  EXPECT_EQ(parsed(nested(kParserDepthMax)), "1");
  EXPECT_EQ(failure("SELECT " + nested(kParserDepthMax)).substr(0, 4), "191 ");
  std::string minus(10000, '-');
  for (std::size_t i = 1; i < minus.size(); i += 2) minus[i] = ' ';
  EXPECT_EQ(failure("SELECT " + minus + "1").substr(0, 4), "191 ");
}

TEST(ExpressionParser, ChainsAreLimited) {
  const auto chain = [](int operators) {
    std::string text = "1";
    for (int i = 0; i < operators; ++i) text += "+1";
    return text;
  };
  EXPECT_EQ(parse_expression(chain(kTreeHeightMax - 1))->height, kTreeHeightMax);
  EXPECT_EQ(failure("SELECT " + chain(kTreeHeightMax)).substr(0, 4), "191 ");
  // AND and OR are no tree: thousands of them are fine.
  std::string disjunction = "a = 1";
  for (int i = 0; i < 5000; ++i) disjunction += " OR a = 1";
  EXPECT_EQ(parse_query("SELECT 1 WHERE " + disjunction)->height, 5);
}

}  // namespace
}  // namespace tarn::sql::expression_parser_test
