// What may come next in T-SQL, with names that a server would know.

#include "detail/sql_completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tarn::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

using Texts = std::vector<std::string>;

class Names : public SqlNames {
 public:
  Texts databases() override {
    asked.emplace_back("databases");
    return {"default", "lab", "my lab"};
  }
  Texts schemas(const std::string& database) override {
    asked.push_back("schemas of " + database);
    return {"dbo", "sales"};
  }
  std::vector<SqlObject> objects(const std::string& database) override {
    asked.push_back("objects of " + database);
    using enum SqlObject::Kind;
    if (database != "default") return {{"dbo", "of_" + database, kTable}};
    return {{"dbo", "rentals", kTable},     {"dbo", "rental days", kView},
            {"dbo", "order", kTable},       {"sales", "invoices", kTable},
            {"dbo", "rebuild", kProcedure}, {"dbo", "revenue", kFunction}};
  }
  Texts columns(const std::string& database, const std::string& object) override {
    asked.push_back("columns of " + database + " " + object);
    if (object == "rentals" || object == "dbo.rentals") return {"day_of_year", "kind", "key"};
    if (object == "[rental days]") return {"day"};
    return {};
  }

  Texts asked;
};

class SqlCompletion : public testing::Test {
 protected:
  // The cursor stands at the bar.
  Texts after(std::string text) {
    const std::size_t cursor = text.find('|');
    text.erase(cursor, 1);
    const Suggestions found = suggest_sql(text, cursor, "default", names_);
    start_ = found.start;
    EXPECT_TRUE(std::ranges::is_sorted(found.words));
    return found.words;
  }

  Names names_;
  std::size_t start_ = 0;
};

TEST_F(SqlCompletion, KeywordsFollowTheCaseOfWhatIsTyped) {
  EXPECT_THAT(after("sel|"), Contains("select"));
  EXPECT_THAT(after("SEL|"), Contains("SELECT"));
  EXPECT_THAT(after("SELECT geta|"), Contains("getansinull("));
  EXPECT_THAT(after("SELECT 1 AS a |"), Not(Contains("FROM")));  // nothing is typed: no flood
}

TEST_F(SqlCompletion, TablesAndViewsAfterFrom) {
  EXPECT_THAT(after("SELECT * FROM re|"), ElementsAre("[rental days]", "rentals"));
  EXPECT_EQ(start_, 14u);
  EXPECT_THAT(after("SELECT * FROM |"), Contains("[order]"));  // a reserved word
  EXPECT_THAT(after("SELECT * FROM s|"), ElementsAre("sales."));
  EXPECT_THAT(after("SELECT * FROM [rental d|"), ElementsAre("[rental days]"));
  EXPECT_THAT(after("SELECT * FROM la|"), ElementsAre("lab."));
  EXPECT_THAT(after("EXEC re|"), ElementsAre("rebuild"));
  EXPECT_THAT(after("USE |"), ElementsAre("[default]", "[my lab]", "lab"));
}

TEST_F(SqlCompletion, PathsOfNames) {
  EXPECT_THAT(after("SELECT * FROM sales.|"), ElementsAre("invoices"));
  EXPECT_THAT(after("SELECT * FROM dbo.ren|"), ElementsAre("[rental days]", "rentals"));
  EXPECT_THAT(after("SELECT * FROM lab.|"), ElementsAre("dbo.", "sales."));
  EXPECT_THAT(after("SELECT * FROM lab.dbo.|"), ElementsAre("of_lab"));
  EXPECT_THAT(after("SELECT * FROM [my lab].dbo.of|"), ElementsAre("[of_my lab]"));
}

TEST_F(SqlCompletion, ColumnsOfTheTablesInTheText) {
  EXPECT_THAT(after("SELECT day| FROM rentals"), Contains("day_of_year"));
  EXPECT_THAT(after("SELECT r.| FROM dbo.rentals AS r"),
              ElementsAre("[key]", "day_of_year", "kind"));
  EXPECT_THAT(after("SELECT * FROM rentals r WHERE r.ki|"), ElementsAre("kind"));
  EXPECT_THAT(after("SELECT * FROM rentals r, [rental days] d WHERE d.|"), ElementsAre("day"));
  EXPECT_THAT(after("UPDATE rentals SET kin|"), ElementsAre("kind"));
  EXPECT_THAT(after("SELECT x.| FROM rentals AS r"), IsEmpty());
}

TEST_F(SqlCompletion, NothingInStringsAndComments) {
  EXPECT_THAT(after("SELECT 'sel|"), IsEmpty());
  EXPECT_THAT(after("/* sel|"), IsEmpty());
  EXPECT_THAT(after("SELECT 'a' + sub|"), Contains("substring("));
}

TEST_F(SqlCompletion, KeptNamesAreAskedForOnce) {
  KeptNames kept(names_);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(kept.databases().size(), 3u);
    EXPECT_EQ(kept.schemas("lab").size(), 2u);
    EXPECT_EQ(kept.objects("lab").size(), 1u);
    EXPECT_THAT(kept.columns("default", "nothing"), IsEmpty());
  }
  EXPECT_EQ(names_.asked.size(), 4u);
  kept.forget();
  kept.databases();
  EXPECT_EQ(names_.asked.size(), 5u);
}

TEST(QuotedName, IsInBracketsWhereItMustBe) {
  EXPECT_EQ(quoted_name("rentals"), "rentals");
  EXPECT_EQ(quoted_name("größe"), "größe");
  EXPECT_EQ(quoted_name("select"), "[select]");
  EXPECT_EQ(quoted_name("2nd"), "[2nd]");
  EXPECT_EQ(quoted_name("a]b"), "[a]]b]");
  EXPECT_EQ(quoted_name(""), "[]");
}

}  // namespace
}  // namespace tarn::cli
