// What the binder refuses, by SQL Server's number, and where it points.

#include "detail/functions/function.h"
#include "fixture.h"

namespace tarn::sql::test {
namespace {

struct Refusal {
  const char* query;
  int number;
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, WithSqlServersNumber) {
  EXPECT_EQ(bind_error_of(GetParam().query), GetParam().number) << GetParam().query;
}

constexpr Refusal kNames[] = {
    {"SELECT nope FROM people", 207},
    {"SELECT id FROM people AS p JOIN orders AS o ON p.id = o.person", 209},
    {"SELECT x.id FROM people AS p", 4104},
    {"SELECT p.nope FROM people AS p", 207},
    {"SELECT people.id FROM people AS p", 4104},
    {"SELECT * FROM nowhere", 208},
    {"SELECT *", 263},
    {"SELECT x.* FROM people", 107},
    {"SELECT 1 FROM people, people", 1013},
    {"SELECT 1 FROM people AS p, orders AS p", 1011},
    {"SELECT @nope", 137},
    {"SELECT * FROM (SELECT 1) AS d", 8155},
    {"SELECT * FROM (SELECT 1 AS a, 2 AS a) AS d", 8156},
    {"SELECT * FROM (SELECT 1 AS a, 2 AS b) AS d(x)", 8158},
    {"SELECT * FROM (SELECT 1 AS a) AS d(x, y)", 8159},
    {"WITH c AS (SELECT 1 AS a), c AS (SELECT 2 AS a) SELECT * FROM c", 239},
};
INSTANTIATE_TEST_SUITE_P(Names, Refused, testing::ValuesIn(kNames));

constexpr Refusal kFunctionCalls[] = {
    {"SELECT nosuch(1)", 195},
    {"SELECT getenv('HOME')", 195},
    {"SELECT read_text('/etc/passwd')", 195},
    {"SELECT * FROM read_csv('/etc/passwd')", 208},
    {"SELECT tarn_fail(1, 'x')", 195},
    {"SELECT dbo.f(1)", 4121},
    {"SELECT LEFT('a')", 174},
    {"SELECT ROUND(1)", 189},
    {"SELECT DATEADD(fortnight, 1, GETDATE())", 155},
    {"SELECT DATEADD('day', 1, GETDATE())", 1023},
    {"SELECT LEN(0x01)", 8116},
    {"SELECT ROW_NUMBER() FROM people", 10753},
    {"SELECT ROW_NUMBER() OVER () FROM people", 4112},
    {"SELECT id FROM people WHERE ROW_NUMBER() OVER (ORDER BY id) = 1", 4108},
    {"SELECT SUM(id) OVER (ROWS UNBOUNDED PRECEDING) FROM people", 10756},
};
INSTANTIATE_TEST_SUITE_P(FunctionCalls, Refused, testing::ValuesIn(kFunctionCalls));

constexpr Refusal kGrouping[] = {
    {"SELECT id, COUNT(*) FROM people", 8120},
    {"SELECT name FROM people GROUP BY id", 8120},
    {"SELECT id FROM people GROUP BY id HAVING name = 'a'", 8121},
    {"SELECT id FROM people GROUP BY id ORDER BY name", 8127},
    {"SELECT id FROM people WHERE COUNT(*) > 1", 147},
    {"SELECT SUM(COUNT(*)) FROM people", 130},
    {"SELECT SUM((SELECT 1)) FROM people", 130},
    {"SELECT 1 FROM people GROUP BY 1", 164},
    {"SELECT 1 FROM people GROUP BY COUNT(*)", 144},
    {"SELECT SUM(name) FROM people WHERE 1 = 0 GROUP BY id HAVING id", 4145},
    {"SELECT MAX(CAST(1 AS bit)) FROM people", 8117},
};
INSTANTIATE_TEST_SUITE_P(Grouping, Refused, testing::ValuesIn(kGrouping));

constexpr Refusal kClauses[] = {
    {"SELECT DISTINCT name FROM people ORDER BY id", 145},
    {"SELECT id FROM people ORDER BY 2", 108},
    {"SELECT id FROM people ORDER BY 'a'", 408},
    {"SELECT 1 AS a UNION SELECT 2 ORDER BY a + 1", 104},
    {"SELECT 1 AS a UNION SELECT 2 ORDER BY b", 207},
    {"SELECT 1, 2 UNION SELECT 1", 205},
    {"SELECT (SELECT id, name FROM people)", 116},
    {"SELECT * FROM (SELECT id FROM people ORDER BY id) AS d", 1033},
    {"SELECT TOP 1 WITH TIES id FROM people", 1062},
    {"SELECT TOP 1 id FROM people ORDER BY id OFFSET 1 ROWS", 10741},
    {"SELECT TOP (1.5) id FROM people", 1060},
    {"SELECT @i = 1, id FROM people", 141},
    {"SELECT id FROM people WHERE id", 4145},
    {"WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1.5 FROM r) SELECT * FROM r", 240},
    {"WITH r AS (SELECT 1 AS n UNION SELECT n + 1 FROM r) SELECT * FROM r", 252},
};
INSTANTIATE_TEST_SUITE_P(Clauses, Refused, testing::ValuesIn(kClauses));

constexpr Refusal kTypeErrors[] = {
    {"SELECT CAST('2024-01-01' AS date) + 1", 206},
    {"SELECT 'a' - 'b'", 8117},
    {"SELECT -'a'", 8117},
    {"SELECT 1 WHERE CAST('2024-01-01' AS date) = 5", 206},
    {"SELECT CAST(1 AS date)", 529},
    {"SELECT ISNULL(CAST(NULL AS varbinary(5)), 'a')", 257},
    {"SELECT name + city FROM people", 468},
    {"SELECT 1 FROM people WHERE name = city", 468},
    {"SELECT CASE WHEN 1 = 1 THEN NULL ELSE NULL END", 8133},
    {"SELECT COALESCE(NULL, NULL)", 4127},
    {"SELECT CAST(1 AS varchr)", 243},
    {"SELECT name COLLATE klingon FROM people", 448},
    {"SELECT 123456789012345678901234567890123456789", 1007},
};
INSTANTIATE_TEST_SUITE_P(Types, Refused, testing::ValuesIn(kTypeErrors));

TEST(BinderErrors, PointAtTheName) {
  Place place;
  EXPECT_EQ(bind_error_of("SELECT id,\n  nope\nFROM people", &place), 207);
  EXPECT_EQ(place.line, 2);
  EXPECT_EQ(place.column, 3);
}

TEST(BinderErrors, SuggestTheNearestColumn) {
  FakeContext context;
  try {
    Binder(context).bind_query(*parse_query("SELECT heigth FROM people"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(), "Did you mean 'height'?");
  }
}

TEST(Binder, KnowsNullability) {
  FakeContext context;
  const auto nullable = [&](const std::string& expression) {
    return Binder(context).bind_query(*parse_query("SELECT " + expression)).columns[0].nullable;
  };
  EXPECT_FALSE(nullable("id FROM people"));
  EXPECT_TRUE(nullable("name FROM people"));
  EXPECT_FALSE(nullable("ISNULL(name, 'x') FROM people"));
  EXPECT_TRUE(nullable("o.id FROM people AS p LEFT JOIN orders AS o ON o.person = p.id"));
  EXPECT_FALSE(nullable("COUNT(*) FROM people"));
  EXPECT_TRUE(nullable("SUM(id) FROM people"));
}

TEST(Binder, DeliversAssignments) {
  FakeContext context;
  const bound::Query query =
      Binder(context).bind_query(*parse_query("SELECT @i = COUNT(*), @s = MAX(city) FROM people"));
  ASSERT_EQ(query.assigns.size(), 2u);
  EXPECT_EQ(query.assigns[0].variable, "@i");
  EXPECT_EQ(to_string(query.columns[1].type), "varchar(10)");
}

TEST(Catalogue, HasNoNameOfTheEngineThatIsNotTSql) {
  bool known = false;
  for (const char* name :
       {"read_csv", "getenv", "current_setting", "pragma_database_list", "duckdb_settings",
        "read_text", "glob", "query", "sql_auto_complete", "tarn_fail"}) {
    EXPECT_EQ(find_function(name, 1, known), nullptr) << name;
    EXPECT_FALSE(known) << name;
  }
}

}  // namespace
}  // namespace tarn::sql::test
