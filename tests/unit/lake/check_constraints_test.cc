#include "lake/check_constraints.h"

#include <gtest/gtest.h>

#include "delta_fixture.h"
#include "expect_error.h"

namespace tarn::lake {
namespace {

using Kind = delta::Type::Kind;

class CheckConstraintsTest : public DeltaTest {
 protected:
  delta::Metadata metadata_{.id = "i", .name = {}, .description = {}, .schema = columns()};

  static delta::Schema columns() {
    return schema({{"n", Kind::kInteger},
                   {"f", Kind::kFloat},
                   {"s", Kind::kString},
                   {"day", Kind::kDate},
                   {"at", Kind::kTimestamp},
                   {"local", Kind::kTimestampNtz},
                   {"yes", Kind::kBoolean},
                   {"two words", Kind::kLong}});
  }

  std::string text_of(const std::string& expression) {
    metadata_.configuration = {{"delta.constraints.c", expression}};
    return delta::checks_of(metadata_).at(0).condition;
  }
  /// What is not understood; empty where all is.
  std::string refused(const std::string& expression) {
    try {
      text_of(expression);
      return {};
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kUnsupported);
      const std::string start =
          "The Delta table uses what Tarn cannot write: checkConstraints. The constraint 'c' (" +
          expression + ") has ";
      EXPECT_TRUE(error.message().starts_with(start)) << error.message();
      return error.message().substr(std::min(start.size(), error.message().size()));
    }
  }
  /// Whether a row of these values meets the expression.
  bool meets(const std::string& expression, const std::string& values) {
    return query("SELECT (" + text_of(expression) + ") IS TRUE FROM (SELECT " + values +
                 ") AS q(c0, c1, c2, c3, c4, c5, c6, c7)")[0][0] == "true";
  }
  void write(const std::string& select) {
    engine::Connection connection = database_->connect();
    TableWriter(home_.path() / "t", metadata_).write(connection, select);
  }
  std::string violated(const std::string& select) {
    try {
      write(select);
      return {};
    } catch (const CheckViolation& violation) {
      EXPECT_EQ(violation.code(), Code::kInvalidArgument);
      return violation.message();
    }
  }
};

constexpr const char* kRow =
    "3, 0.1::REAL, 'Zoë', DATE '2026-02-03', TIMESTAMP '2026-02-03 04:05:06', "
    "TIMESTAMP '2026-02-03 04:05:06', true, 9000000000";

TEST_F(CheckConstraintsTest, MeanWhatSparkMeans) {
  for (const char* holds : {"n > 2",
                            "N == 3",
                            "n <=> 3",
                            "n != 4 and n <> 5",
                            "not n < 3",
                            "n between 1 and 3",
                            "n not between 4 and 5",
                            "n IN (1, 2, 3)",
                            "n NOT IN (1, 2)",
                            "s LIKE 'Z%'",
                            "s not like 'z%'",
                            "s = 'Zoë'",
                            "length(s) = 3",
                            "char_length(s) < 4",
                            "day >= '2026-02-03'",
                            "day < DATE '2027-01-01'",
                            "local > '2026-02-03 04:05:05'",
                            "at IS NOT NULL",
                            "yes",
                            "yes = true",
                            "`two words` = 9000000000",
                            "n * 2 + 1 - -1 = 8",
                            "(n = 1 OR yes) AND s IS NOT NULL",
                            "f <> 0.1",
                            "n >= 2.5",
                            "f < n"}) {
    EXPECT_TRUE(meets(holds, kRow)) << holds;
    EXPECT_FALSE(meets(std::string("NOT (") + holds + ")", kRow)) << holds;
  }
  // Neither true nor false lets no row in.
  EXPECT_FALSE(meets("n > 2", "NULL, 1, '', NULL, NULL, NULL, NULL, NULL"));
  EXPECT_FALSE(meets("not (n > 2)", "NULL, 1, '', NULL, NULL, NULL, NULL, NULL"));
  EXPECT_TRUE(meets("n IS NULL OR n > 2", "NULL, 1, '', NULL, NULL, NULL, NULL, NULL"));
}

TEST_F(CheckConstraintsTest, WhatIsNotUnderstoodIsRefusedByName) {
  EXPECT_EQ(refused("rand() > n"), "the function 'rand'.");
  EXPECT_EQ(refused("m > 0"), "the name 'm'.");
  EXPECT_EQ(refused("n / 2 > 0"), "'/'.");
  EXPECT_EQ(refused("s = \"a\""),
            "a text or name in double quotes, which engines read differently.");
  EXPECT_EQ(refused("s = 'a\\n'"), "a backslash in a text.");
  EXPECT_EQ(refused("n = '1'"), "a comparison of values of two kinds.");
  EXPECT_EQ(refused("at > '2026-01-01'"),
            "a comparison of a column whose type engines compare differently.");
  EXPECT_EQ(refused("day > '2026-1-1'"), "a comparison of values of two kinds.");
  EXPECT_EQ(refused("n"), "a value where a condition is needed.");
  EXPECT_EQ(refused("n > 1 2"), "'2'.");
  EXPECT_EQ(refused("n >"), "an expression that does not end.");
  EXPECT_EQ(refused("n > 1e3"), "the number '1e'.");
  EXPECT_EQ(refused("n > 1234567890123456789"), "a number of more than 17 digits.");
  EXPECT_EQ(refused("s = 'a"), "a quotation that does not end.");
  EXPECT_EQ(refused("CASE WHEN n > 1 THEN true END"), "the name 'CASE'.");
  EXPECT_EQ(refused(std::string(60, '(') + "yes" + std::string(60, ')')),
            "an expression that is nested too deeply.");
  EXPECT_EQ(refused(std::string(49, '(') + "yes" + std::string(49, ')')), "");
}

TEST_F(CheckConstraintsTest, AreMetByWhatIsWritten) {
  metadata_.schema = schema({{"n", Kind::kInteger}, {"s", Kind::kString}});
  metadata_.configuration = {{"delta.constraints.positive", "n > 0"},
                             {"delta.constraints.short", "length(s) < 3"}};
  EXPECT_EQ(violated("SELECT 1, 'a' UNION ALL SELECT 2, 'b'"), "");
  EXPECT_EQ(violated("SELECT 1, 'a' UNION ALL SELECT -2, 'b'"),
            "A row violates the table's constraint 'positive': n > 0.");
  EXPECT_EQ(violated("SELECT 1, 'abc'"),
            "A row violates the table's constraint 'short': length(s) < 3.");
  EXPECT_EQ(violated("SELECT NULL, 'a'"),
            "A row violates the table's constraint 'positive': n > 0.");
  // The value that is stored counts, not the one that was given; and only rows that are written.
  EXPECT_EQ(violated("SELECT 0.4, 'a'"),
            "A row violates the table's constraint 'positive': n > 0.");
  EXPECT_EQ(violated("SELECT v, 'a' FROM range(-5, 5) AS r(v) WHERE v > 0"), "");
  for (const auto& entry : std::filesystem::directory_iterator(home_.path() / "t"))
    ADD_FAILURE() << "left behind: " << entry.path();
}

TEST_F(CheckConstraintsTest, OfPartitionColumns) {
  metadata_.schema = schema({{"p", Kind::kString}, {"n", Kind::kInteger}});
  metadata_.partition_columns = {"p"};
  metadata_.configuration = {{"delta.constraints.known", "p IN ('a', 'b')"}};
  EXPECT_EQ(violated("SELECT 'a', 1"), "");
  EXPECT_EQ(violated("SELECT 'c', 1"),
            "A row violates the table's constraint 'known': p IN ('a', 'b').");
}

TEST_F(CheckConstraintsTest, InvariantsOfColumns) {
  metadata_.schema = schema({{"n", Kind::kInteger}});
  metadata_.schema.fields[0].metadata =
      R"({"delta.invariants": "{\"expression\": {\"expression\": \"n > 3\"}}"})";
  EXPECT_TRUE(delta::has_checks(metadata_));
  EXPECT_EQ(violated("SELECT 4"), "");
  EXPECT_EQ(violated("SELECT 3"), "A row violates the table's constraint 'n': n > 3.");
  metadata_.schema.fields[0].metadata = R"({"delta.invariants": "nonsense"})";
  EXPECT_ERROR(kUnsupported, delta::checks_of(metadata_));
  delta::Field inner{.name = "x", .type = {.kind = Kind::kInteger}, .nullable = true};
  inner.metadata = R"({"delta.invariants": "{}"})";
  metadata_.schema.fields[0] = {.name = "s", .type = {.kind = Kind::kStruct, .children = {inner}}};
  EXPECT_ERROR(kUnsupported, delta::checks_of(metadata_));
  metadata_.schema = schema({{"n", Kind::kInteger}});
  EXPECT_FALSE(delta::has_checks(metadata_));
}

}  // namespace
}  // namespace tarn::lake
