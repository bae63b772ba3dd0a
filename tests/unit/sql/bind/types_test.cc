// Result types, as SQL Server's SELECT … INTO or sp_describe_first_result_set shows them.

#include "fixture.h"

namespace tarn::sql::test {
namespace {

struct Case {
  const char* expression;
  const char* type;
};

class ResultType : public testing::TestWithParam<Case> {};

TEST_P(ResultType, IsSqlServers) {
  EXPECT_EQ(type_of(GetParam().expression), GetParam().type) << GetParam().expression;
}

constexpr Case kLiterals[] = {
    {"5", "int"},
    {"2147483647", "int"},
    {"2147483648", "numeric(10,0)"},
    {"-2147483648", "numeric(10,0)"},
    {"5.0", "numeric(2,1)"},
    {"0.5", "numeric(1,1)"},
    {".25", "numeric(2,2)"},
    {"1e0", "float"},
    {"0x0102", "varbinary(2)"},
    {"'abc'", "varchar(3)"},
    {"''", "varchar(1)"},
    {"N'abc'", "nvarchar(3)"},
    {"NULL", "int"},
    {"$1.5", "money"},
    {"@i", "int"},
    {"@s", "varchar(10)"},
    {"@@ROWCOUNT", "int"},
};
INSTANTIATE_TEST_SUITE_P(Literals, ResultType, testing::ValuesIn(kLiterals));

constexpr Case kArithmetic[] = {
    {"1 + 1", "int"},
    {"7 / 2", "int"},
    {"1 + 1.5", "numeric(3,1)"},
    {"1.5 * 2", "numeric(4,1)"},
    {"2.0 / 3", "numeric(7,6)"},
    {"1.5 + 2.25", "numeric(4,2)"},
    {"1 + 1e0", "float"},
    {"1 + '1'", "int"},
    {"'1' + 1.5", "numeric(3,1)"},
    {"'a' + 'bc'", "varchar(3)"},
    {"'a' + N'bc'", "nvarchar(3)"},
    {"CAST(1 AS tinyint) + CAST(1 AS smallint)", "smallint"},
    {"CAST(1 AS bigint) * 2", "bigint"},
    {"CAST(1 AS decimal(10,2)) * CAST(1 AS decimal(10,2))", "decimal(21,4)"},
    {"CAST(1 AS decimal(10,2)) / CAST(1 AS decimal(10,2))", "decimal(23,13)"},
    {"CAST(1 AS decimal(10,2)) + CAST(1 AS decimal(12,4))", "decimal(13,4)"},
    {"CAST(1 AS decimal(10,2)) % CAST(1 AS decimal(12,4))", "decimal(12,4)"},
    {"CAST(1 AS decimal(38,10)) * CAST(1 AS decimal(38,10))", "decimal(38,6)"},
    {"CAST(1 AS decimal(38,2)) / CAST(3 AS decimal(38,2))", "decimal(38,6)"},
    {"CAST(1 AS decimal(10,2)) + CAST(1 AS int)", "decimal(13,2)"},
    {"CAST(1 AS money) * 2", "money"},
    {"CAST(1 AS real) * CAST(1 AS float)", "float"},
    {"CAST(1 AS real) + 1", "real"},
    {"CAST('2024-01-01' AS datetime) + 1", "datetime"},
    {"-CAST(1 AS tinyint)", "smallint"},
    {"NULL + 1", "int"},
    {"5 & 3", "int"},
    {"CAST(1 AS bit) | CAST(0 AS bit)", "bit"},
};
INSTANTIATE_TEST_SUITE_P(Arithmetic, ResultType, testing::ValuesIn(kArithmetic));

constexpr Case kConditionals[] = {
    {"CASE WHEN 1 = 1 THEN 1 ELSE 2.5 END", "numeric(11,1)"},
    {"CASE WHEN 1 = 1 THEN 'a' ELSE 'bcd' END", "varchar(3)"},
    {"CASE WHEN 1 = 1 THEN 'a' ELSE 5 END", "int"},
    {"COALESCE(NULL, 1, 2.5)", "numeric(11,1)"},
    {"ISNULL('abc', 'defgh')", "varchar(3)"},
    {"ISNULL(NULL, 2.5)", "numeric(2,1)"},
    {"ISNULL(CAST(NULL AS smallint), 7)", "smallint"},
    {"NULLIF('a', 'b')", "varchar(1)"},
    {"IIF(1 = 1, CAST('2024-01-01' AS date), GETDATE())", "datetime"},
    {"CHOOSE(2, 'a', 'bcd')", "varchar(3)"},
};
INSTANTIATE_TEST_SUITE_P(Conditionals, ResultType, testing::ValuesIn(kConditionals));

constexpr Case kFunctions[] = {
    {"LEN('abc')", "int"},
    {"LEN(CAST('a' AS varchar(max)))", "bigint"},
    {"UPPER(N'abc')", "nvarchar(3)"},
    {"LEFT('abc', 2)", "varchar(3)"},
    {"REPLACE('abc', 'a', 'b')", "varchar(8000)"},
    {"CONCAT('abc', 1, NULL)", "varchar(27)"},
    {"ABS(-5)", "int"},
    {"ROUND(CAST(1 AS decimal(10,3)), 1)", "decimal(10,3)"},
    {"FLOOR(2.75)", "numeric(3,0)"},
    {"POWER(2, 10)", "int"},
    {"SQRT(4)", "float"},
    {"PI()", "float"},
    {"GETDATE()", "datetime"},
    {"SYSDATETIME()", "datetime2(7)"},
    {"DATEADD(day, 1, CAST('2024-01-01' AS date))", "date"},
    {"DATEADD(day, 1, '2024-01-01')", "datetime"},
    {"DATEDIFF(day, '2024-01-01', '2024-02-01')", "int"},
    {"DATENAME(month, GETDATE())", "nvarchar(30)"},
    {"YEAR(GETDATE())", "int"},
    {"CAST('x' AS varchar)", "varchar(30)"},
    {"CONVERT(varchar(10), GETDATE(), 120)", "varchar(10)"},
    {"TRY_CAST('x' AS decimal(9,3))", "decimal(9,3)"},
    {"NEWID()", "uniqueidentifier"},
    {"DB_NAME()", "nvarchar(128)"},
    {"FORMAT(1, 'N0')", "nvarchar(4000)"},
};
INSTANTIATE_TEST_SUITE_P(Functions, ResultType, testing::ValuesIn(kFunctions));

constexpr Case kAggregates[] = {
    {"COUNT(*) FROM people", "int"},
    {"COUNT_BIG(*) FROM people", "bigint"},
    {"SUM(id) FROM people", "int"},
    {"SUM(small) FROM orders", "int"},
    {"SUM(amount) FROM orders", "money"},
    {"SUM(height) FROM people", "decimal(38,2)"},
    {"AVG(id) FROM people", "int"},
    {"AVG(height) FROM people", "decimal(38,6)"},
    {"AVG(score) FROM people", "float"},
    {"MAX(name) FROM people", "varchar(20)"},
    {"STDEV(id) FROM people", "float"},
    {"STRING_AGG(name, ',') FROM people", "varchar(8000)"},
    {"ROW_NUMBER() OVER (ORDER BY id) FROM people", "bigint"},
    {"LAG(height) OVER (ORDER BY id) FROM people", "decimal(5,2)"},
    {"SUM(small) OVER (PARTITION BY person) FROM orders", "int"},
    {"id FROM people UNION ALL SELECT height FROM people", "decimal(12,2)"},
};
INSTANTIATE_TEST_SUITE_P(Aggregates, ResultType, testing::ValuesIn(kAggregates));

TEST(TypeFromDdl, ChecksSizes) {
  EXPECT_EQ(to_string(type_from_ddl("decimal", 10, 2, false, false)), "decimal(10,2)");
  EXPECT_EQ(to_string(type_from_ddl("varchar", std::nullopt, std::nullopt, false, false)),
            "varchar(1)");
  EXPECT_EQ(to_string(type_from_ddl("varchar", std::nullopt, std::nullopt, false, true)),
            "varchar(30)");
  EXPECT_EQ(to_string(type_from_ddl("float", 24, std::nullopt, false, false)), "real");
  const auto number = [](auto... arguments) {
    try {
      type_from_ddl(arguments...);
    } catch (const Error& error) {
      return error.sql()->number;
    }
    return 0;
  };
  const std::optional<int> none;
  EXPECT_EQ(number("varchr", std::optional(5), none, false, false), 243);
  EXPECT_EQ(number("varchar", std::optional(9000), none, false, false), 131);
  EXPECT_EQ(number("nvarchar", std::optional(4001), none, false, false), 131);
  EXPECT_EQ(number("varchar", std::optional(0), none, false, false), 1001);
  EXPECT_EQ(number("decimal", std::optional(39), none, false, false), 2750);
  EXPECT_EQ(number("decimal", std::optional(5), std::optional(6), false, false), 2751);
  EXPECT_EQ(number("int", std::optional(5), none, false, false), 2716);
}

TEST(Collations, AreFoundAndJoined) {
  EXPECT_EQ(find_collation("latin1_general_100_bin2_utf8"), lake_collation());
  EXPECT_EQ(find_collation("klingon"), nullptr);
  const SqlType lake =
      SqlType::varchar(5).with_collation(lake_collation(), Coercibility::kImplicit);
  const SqlType server =
      SqlType::varchar(5).with_collation(server_collation(), Coercibility::kImplicit);
  const SqlType literal =
      SqlType::varchar(5).with_collation(server_collation(), Coercibility::kDefault);
  EXPECT_FALSE(common_collation(lake, server));
  EXPECT_EQ(common_collation(lake, literal)->collation, lake_collation());
}

}  // namespace
}  // namespace tarn::sql::test
