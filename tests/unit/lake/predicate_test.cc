#include "lake/predicate.h"

#include <gtest/gtest.h>

#include <set>

#include "delta_fixture.h"

namespace tarn::lake {
namespace {

using delta::Add;
using delta::Predicate;
using delta::Snapshot;
using engine::Date;
using engine::Decimal;
using engine::Timestamp;
using engine::Value;
using Kind = delta::Type::Kind;
using Op = Predicate::Op;

constexpr std::int64_t kDayUs = 86'400'000'000;

// A table of one file with these statistics.
Snapshot table_of(Kind kind, const std::string& minimum, const std::string& maximum,
                  const std::string& nulls = "0", const std::string& records = "10") {
  Snapshot snapshot;
  delta::Field field;
  field.name = "c";
  field.type.kind = kind;
  if (kind == Kind::kDecimal) {
    field.type.precision = 20;
    field.type.scale = 2;
  }
  snapshot.metadata.schema.fields = {field};
  auto add = std::make_shared<Add>();
  add->path = "f";
  add->stats = "{\"numRecords\":" + records + ",\"minValues\":{\"c\":" + minimum +
               "},\"maxValues\":{\"c\":" + maximum + "},\"nullCount\":{\"c\":" + nulls + "}}";
  snapshot.files = {add};
  return snapshot;
}

bool kept(const Snapshot& snapshot, const Predicate& predicate) {
  return !delta::files_that_may_match(snapshot, predicate).empty();
}
bool kept(const Snapshot& snapshot, Op op, Value value) {
  return kept(snapshot, Predicate::compare(op, "c", std::move(value)));
}

TEST(Predicate, WholeNumbers) {
  const Snapshot file = table_of(Kind::kLong, "-5", "9007199254740993");
  EXPECT_TRUE(kept(file, Op::kEqual, std::int64_t{-5}));
  EXPECT_FALSE(kept(file, Op::kEqual, std::int64_t{-6}));
  EXPECT_TRUE(kept(file, Op::kEqual, std::int64_t{9007199254740993}));
  EXPECT_FALSE(kept(file, Op::kEqual, std::int64_t{9007199254740994}));  // exact above 2^53
  EXPECT_FALSE(kept(file, Op::kLess, std::int64_t{-5}));
  EXPECT_TRUE(kept(file, Op::kLessEqual, std::int64_t{-5}));
  EXPECT_FALSE(kept(file, Op::kGreater, std::int64_t{9007199254740993}));
  EXPECT_TRUE(kept(file, Op::kGreaterEqual, std::int64_t{9007199254740993}));
  EXPECT_TRUE(kept(file, Op::kNotEqual, std::int64_t{0}));
  EXPECT_FALSE(kept(table_of(Kind::kLong, "3", "3"), Op::kNotEqual, std::int64_t{3}));
  EXPECT_TRUE(kept(table_of(Kind::kLong, "3", "3"), Op::kNotEqual, std::int64_t{4}));
  EXPECT_FALSE(kept(file, Op::kLess, -5.5));
  EXPECT_TRUE(kept(file, Op::kLess, -4.5));
  EXPECT_FALSE(kept(file, Op::kLess, Decimal{.unscaled = -55, .precision = 3, .scale = 1}));
  EXPECT_FALSE(kept(file, Op::kEqual, Value()));  // = NULL is never true
  EXPECT_TRUE(kept(file, Op::kEqual, std::string("x")));
}

TEST(Predicate, DecimalsLoseNoRowToRounding) {
  const Snapshot file = table_of(Kind::kDecimal, "123456789012345678.90", "123456789012345678.91");
  const Decimal inside{.unscaled = static_cast<engine::Int128>(12345678901234567891ULL),
                       .precision = 20,
                       .scale = 2};
  EXPECT_TRUE(kept(file, Op::kEqual, inside));
  EXPECT_TRUE(kept(file, Op::kGreaterEqual, inside));
  EXPECT_FALSE(kept(file, Op::kGreater, 2e17));
  EXPECT_FALSE(kept(file, Op::kLess, std::int64_t{5}));
}

TEST(Predicate, NotANumberIsAboveAllNumbers) {
  const Snapshot file = table_of(Kind::kDouble, "1.5", "2.5");
  EXPECT_TRUE(kept(file, Op::kGreater, 3.0));  // a NaN may be there
  EXPECT_FALSE(kept(file, Op::kLess, 1.0));
  EXPECT_FALSE(kept(table_of(Kind::kDouble, "30.0", "39.0"), Op::kLess, 30.0));
  EXPECT_TRUE(kept(table_of(Kind::kDouble, "0.1", "0.1"), Op::kEqual, 0.1));
  EXPECT_FALSE(kept(file, Op::kEqual, 3.0));
  EXPECT_TRUE(kept(table_of(Kind::kDouble, "\"NaN\"", "\"NaN\""), Op::kEqual, 3.0));
  EXPECT_TRUE(kept(table_of(Kind::kFloat, "0.1", "0.1"), Op::kEqual, 0.1F));
}

TEST(Predicate, Texts) {
  const Snapshot file = table_of(Kind::kString, "\"b\"", "\"dä\"");
  EXPECT_FALSE(kept(file, Op::kEqual, std::string("a")));
  EXPECT_FALSE(kept(file, Op::kEqual, std::string("B")));  // bytes: no case
  EXPECT_TRUE(kept(file, Op::kEqual, std::string("c")));
  EXPECT_FALSE(kept(file, Op::kGreater, std::string("dä")));
  EXPECT_TRUE(kept(file, Op::kGreaterEqual, std::string("dä")));
  EXPECT_FALSE(kept(file, Op::kEqual, std::string("e")));
  // A bound of 32 bytes may have been cut.
  const std::string cut(32, 'x');
  const Snapshot long_file = table_of(Kind::kString, "\"a\"", "\"" + cut + "\"");
  EXPECT_TRUE(kept(long_file, Op::kEqual, cut + "y"));
  EXPECT_FALSE(kept(long_file, Op::kEqual, std::string("y")));
}

TEST(Predicate, TextsThatIgnoreCase) {
  Snapshot file = table_of(Kind::kString, "\"b\"", "\"b\"");
  Predicate equal = Predicate::in("c", {std::string("A  "), std::string("x")});
  equal.ignore_case = true;
  EXPECT_TRUE(kept(file, equal));  // statistics do not say
  file.metadata.partition_columns = {"c"};
  const auto with_value = [&](std::optional<std::string> value) {
    auto add = std::make_shared<Add>();
    add->partition_values["c"] = std::move(value);
    file.files = {add};
    return kept(file, equal);
  };
  EXPECT_TRUE(with_value("a"));
  EXPECT_TRUE(with_value("X "));
  EXPECT_FALSE(with_value("b"));
  EXPECT_TRUE(with_value("ä"));  // the engine's business
  EXPECT_FALSE(with_value(std::nullopt));
}

TEST(Predicate, DatesAndTimes) {
  const Snapshot days = table_of(Kind::kDate, "\"2026-01-02\"", "\"2026-01-05\"");
  const std::int32_t second = 20455;  // 2026-01-02
  EXPECT_TRUE(kept(days, Op::kEqual, Date{second}));
  EXPECT_FALSE(kept(days, Op::kEqual, Date{second - 1}));
  EXPECT_FALSE(kept(days, Op::kGreater, Date{second + 3}));
  EXPECT_FALSE(kept(days, Op::kLess, Timestamp{(second - 1) * kDayUs}));
  EXPECT_TRUE(kept(days, Op::kLess, Timestamp{second * kDayUs + 1}));

  // Other writers cut times down to milliseconds.
  const Snapshot times = table_of(Kind::kTimestamp, "\"2026-01-02T00:00:00.123Z\"",
                                  "\"2026-01-02T02:00:00.123+02:00\"");
  const std::int64_t at = second * kDayUs + 123'000;
  EXPECT_TRUE(kept(times, Op::kEqual, Timestamp{at + 999}));
  EXPECT_FALSE(kept(times, Op::kEqual, Timestamp{at + 100'000}));
  EXPECT_FALSE(kept(times, Op::kLess, Timestamp{at - 100'000}));
  EXPECT_TRUE(kept(table_of(Kind::kTimestamp, "\"soon\"", "\"later\""), Op::kLess, Timestamp{0}));
}

TEST(Predicate, Nulls) {
  const Snapshot none = table_of(Kind::kLong, "1", "2");
  const Snapshot some = table_of(Kind::kLong, "1", "2", "3");
  const Snapshot only = table_of(Kind::kLong, "null", "null", "10");
  EXPECT_FALSE(kept(none, Predicate::is_null("c")));
  EXPECT_TRUE(kept(some, Predicate::is_null("c")));
  EXPECT_TRUE(kept(some, Predicate::is_null("c", true)));
  EXPECT_FALSE(kept(only, Predicate::is_null("c", true)));
  EXPECT_FALSE(kept(only, Op::kEqual, std::int64_t{1}));
  EXPECT_FALSE(kept(only, Op::kNotEqual, std::int64_t{1}));
  // Damaged or missing statistics refute nothing.
  Snapshot without = none;
  for (const char* stats : {"", "[]", "{", R"({"minValues":3,"nullCount":{"c":"many"}})"}) {
    auto add = std::make_shared<Add>(*none.files.front());
    add->stats = stats;
    without.files = {add};
    EXPECT_TRUE(kept(without, Predicate::is_null("c"))) << stats;
    EXPECT_TRUE(kept(without, Op::kEqual, std::int64_t{7})) << stats;
  }
}

TEST(Predicate, AndOrIn) {
  const Snapshot file = table_of(Kind::kLong, "1", "5");
  const auto equals = [](std::int64_t value) { return Predicate::compare(Op::kEqual, "c", value); };
  EXPECT_FALSE(kept(file, Predicate::all({equals(3), equals(9)})));
  EXPECT_TRUE(kept(file, Predicate::any({equals(9), equals(3)})));
  EXPECT_FALSE(kept(file, Predicate::any({equals(9), equals(8)})));
  EXPECT_TRUE(kept(file, Predicate::all({})));
  EXPECT_FALSE(kept(file, Predicate::any({})));
  EXPECT_TRUE(kept(file, Predicate::in("c", {std::int64_t{9}, std::int64_t{5}})));
  EXPECT_FALSE(kept(file, Predicate::in("c", {std::int64_t{9}, Value()})));
  EXPECT_TRUE(kept(file, Predicate::compare(Op::kEqual, "unknown", std::int64_t{9})));
}

class PredicateTest : public DeltaTest {};

// What is left out never has a row of the answer, whatever the values: compared with the engine's
// own filter.
TEST_F(PredicateTest, AgreesWithTheEngine) {
  const auto table = open();
  table->create(schema({{"i", Kind::kInteger},
                        {"d", Kind::kDouble},
                        {"t", Kind::kTimestamp},
                        {"s", Kind::kString},
                        {"p", Kind::kInteger}}),
                {"p"});
  for (int i = 0; i < 6; ++i) {
    insert(*table, "SELECT r + 10 * " + std::to_string(i) +
                       ", CASE WHEN r = 3 THEN 'nan'::DOUBLE ELSE r / 3.0 + " + std::to_string(i) +
                       " END, TIMESTAMP '2026-01-01' + INTERVAL (r * 100001) MICROSECOND + "
                       "INTERVAL (" +
                       std::to_string(i) + ") DAY, chr((97 + r + " + std::to_string(i) +
                       ")::INT) || 'x', CASE WHEN r % 4 = 0 THEN NULL ELSE r % "
                       "4 END FROM range(12) q(r)");
  }
  const auto snapshot = table->snapshot();
  const std::pair<Predicate, std::string> cases[] = {
      {Predicate::compare(Op::kLess, "i", std::int64_t{12}), "i < 12"},
      {Predicate::compare(Op::kLess, "d", 1.0), "d < 1"},
      {Predicate::compare(Op::kEqual, "s", std::string("hx")), "s = 'hx'"},
      {Predicate::compare(Op::kGreater, "t", Timestamp{20456 * kDayUs + 300'003}),
       "t > TIMESTAMP '2026-01-03 00:00:00.300003'"},
      {Predicate::compare(Op::kEqual, "p", std::int64_t{3}), "p = 3"},
      {Predicate::is_null("p"), "p IS NULL"},
      {Predicate::all({Predicate::is_null("p", true),
                       Predicate::in("i", {std::int64_t{1}, std::int64_t{61}})}),
       "p IS NOT NULL AND i IN (1, 61)"},
  };
  for (const auto& [predicate, where] : cases) {
    const std::string tail = " WHERE " + where + " ORDER BY ALL";
    EXPECT_LT(delta::files_that_may_match(*snapshot, predicate).size(), snapshot->files.size())
        << where;
    EXPECT_EQ(query("SELECT * FROM " + delta::scan_sql(*snapshot, table->folder(), {}, &predicate) +
                    tail),
              query("SELECT * FROM " + delta::scan_sql(*snapshot, table->folder()) + tail))
        << where;
  }
}

}  // namespace
}  // namespace tarn::lake
