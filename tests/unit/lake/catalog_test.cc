#include "lake/catalog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "delta_fixture.h"
#include "expect_error.h"
#include "meta/store.h"
#include "test_store.h"

namespace tarn::lake::catalog_test {
namespace {

namespace fs = std::filesystem;
using Kind = delta::Type::Kind;
using Names = std::vector<std::string>;

class CatalogTest : public DeltaTest {
 protected:
  TableRef create(const std::string& database, const std::string& schema_name,
                  const std::string& table) {
    return catalog_.create_table(database, schema_name, table, schema({{"a", Kind::kLong}}));
  }
  Names listed(std::string_view database = {}, std::string_view schema_name = {},
               std::size_t limit = 1000) {
    Names names;
    std::string continuation;
    do {
      const TablePage page = catalog_.list(database, schema_name, limit, continuation);
      for (const TableRef& table : page.tables) names.push_back(table.text());
      continuation = page.continuation;
    } while (!continuation.empty());
    return names;
  }
  fs::path warehouse() { return lake_.root() / "files/synapse/workspaces/main/warehouse"; }

  Lake lake_{home_.path() / "lake"};
  std::unique_ptr<meta::Store> store_ = meta::Store::open(test_store(home_.path() / "tarn.db"));
  Catalog catalog_{lake_, *store_, provider()};
};

TEST_F(CatalogTest, DefaultIsAlwaysThere) {
  ASSERT_EQ(catalog_.databases().size(), 1u);
  EXPECT_EQ(catalog_.databases()[0].name, "default");
  EXPECT_EQ(catalog_.schemas("default"), Names{"dbo"});
  EXPECT_TRUE(catalog_.has_schema("DEFAULT", "DBO"));
  EXPECT_ERROR(kInvalidArgument, catalog_.drop_database("Default"));
  EXPECT_ERROR(kInvalidArgument, catalog_.drop_schema("default", "dbo"));
  EXPECT_ERROR(kAlreadyExists, catalog_.create_database("DEFAULT"));
}

TEST_F(CatalogTest, LayoutOnDisk) {
  catalog_.create_database("Sales");
  catalog_.create_schema("default", "stage");
  catalog_.create_schema("sales", "stage");
  EXPECT_EQ(create("default", "dbo", "bike_data").folder, warehouse() / "bike_data");
  EXPECT_EQ(create("", "", "other").folder, warehouse() / "other");
  EXPECT_EQ(create("default", "stage", "t").folder, warehouse() / "stage.t");
  EXPECT_EQ(create("sales", "dbo", "t").folder, warehouse() / "Sales.db/t");
  EXPECT_EQ(create("SALES", "Stage", "t").folder, warehouse() / "Sales.db/stage.t");
  EXPECT_EQ(create("default", "dbo", "odd. na/me%").folder, warehouse() / "odd%2E na%2Fme%25");
  EXPECT_EQ(catalog_.resolve("", "", "bike_data").path.text(),
            "files/synapse/workspaces/main/warehouse/bike_data");
  EXPECT_EQ(listed(),
            (Names{"default.dbo.bike_data", "default.dbo.[odd. na/me%]", "default.dbo.other",
                   "default.stage.t", "Sales.dbo.t", "Sales.stage.t"}));
  EXPECT_EQ(catalog_.resolve("default", "dbo", "ODD. NA/ME%").table, "odd. na/me%");
}

TEST_F(CatalogTest, NamesAreFoundInAnyCaseAndKept) {
  catalog_.create_database("Sales", "Latin1_General_100_BIN2_UTF8");
  create("sales", "dbo", "Orders");
  const TableRef table = catalog_.resolve("SALES", "Dbo", "ORDERS");
  EXPECT_EQ(table.text(), "Sales.dbo.Orders");
  EXPECT_EQ(catalog_.find_database("sAlEs")->collation, "Latin1_General_100_BIN2_UTF8");
  EXPECT_ERROR(kAlreadyExists, create("sales", "dbo", "orders"));
  EXPECT_ERROR(kAlreadyExists, catalog_.create_database("SALES"));
}

TEST_F(CatalogTest, AnyDeltaFolderIsATableAtOnce) {
  EXPECT_TRUE(listed().empty());
  open("lake/files/synapse/workspaces/main/warehouse/fromspark")
      ->create(schema({{"a", Kind::kLong}}));
  EXPECT_EQ(catalog_.resolve("", "", "FromSpark").table, "fromspark");
  open("lake/files/synapse/workspaces/main/warehouse/other.db/t")
      ->create(schema({{"a", Kind::kLong}}));
  open("lake/files/synapse/workspaces/main/warehouse/other.db/stage.u")
      ->create(schema({{"a", Kind::kLong}}));
  fs::create_directories(warehouse() / "nothing");
  EXPECT_EQ(listed(), (Names{"default.dbo.fromspark", "other.dbo.t", "other.stage.u"}));
  EXPECT_EQ(catalog_.schemas("OTHER"), (Names{"dbo", "stage"}));
  EXPECT_ERROR(kNotFound, catalog_.resolve("", "", "nothing"));
  fs::remove_all(warehouse() / "fromspark");
  EXPECT_FALSE(catalog_.find("", "", "fromspark"));
}

TEST_F(CatalogTest, Hints) {
  create("", "", "bike_data");
  catalog_.create_database("sales");
  const auto hint = [](auto&& call) -> std::string {
    try {
      call();
      return "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kNotFound);
      return error.hint();
    }
  };
  EXPECT_EQ(hint([&] { catalog_.resolve("", "", "bike_date"); }), "Did you mean 'bike_data'?");
  EXPECT_EQ(hint([&] { catalog_.resolve("sale", "", "x"); }), "Did you mean 'sales'?");
  EXPECT_EQ(hint([&] { catalog_.resolve("", "dbi", "x"); }), "Did you mean 'dbo'?");
}

TEST_F(CatalogTest, ListsInPages) {
  for (const char* name : {"b", "a", "c"}) create("", "", name);
  catalog_.create_schema("default", "aa");
  create("", "aa", "z");
  catalog_.create_database("Any");
  create("any", "", "x");
  const Names all{"default.aa.z", "default.dbo.a", "default.dbo.b", "default.dbo.c", "Any.dbo.x"};
  for (const std::size_t limit : {1u, 2u, 3u, 4u, 5u, 6u})
    EXPECT_EQ(listed({}, {}, limit), all) << limit;
  EXPECT_EQ(listed("default", "DBO", 2),
            (Names{"default.dbo.a", "default.dbo.b", "default.dbo.c"}));
  EXPECT_EQ(listed("any"), Names{"Any.dbo.x"});
  EXPECT_EQ(catalog_.table_names("default", "dbo", 2), (Names{"a", "b"}));
  EXPECT_ERROR(kNotFound, listed("absent"));
  EXPECT_ERROR(kInvalidArgument, catalog_.list({}, {}, 0));
}

TEST_F(CatalogTest, Drops) {
  const TableRef table = create("", "", "t");
  catalog_.drop_table(table);
  EXPECT_FALSE(fs::exists(table.folder));
  EXPECT_ERROR(kNotFound, catalog_.drop_table(table));
  create("", "", "t");  // the name is free again

  catalog_.create_schema("default", "stage");
  create("", "stage", "t");
  EXPECT_ERROR(kConflict, catalog_.drop_schema("default", "stage"));
  catalog_.drop_table(catalog_.resolve("", "stage", "t"));
  catalog_.drop_schema("default", "stage");
  EXPECT_FALSE(catalog_.has_schema("default", "stage"));

  catalog_.create_database("sales");
  create("sales", "", "t");
  catalog_.drop_database("SALES");
  EXPECT_FALSE(catalog_.find_database("sales"));
  EXPECT_FALSE(fs::exists(warehouse() / "sales.db"));
  EXPECT_ERROR(kNotFound, catalog_.drop_database("sales"));
}

TEST_F(CatalogTest, CreatesWithFirstRows) {
  const auto columns = schema({{"a", Kind::kLong}});
  const TableRef table =
      catalog_.create_table("", "", "t", columns, {}, {}, [&](const fs::path& folder) {
        engine::Connection connection = database_->connect();
        TableWriter writer(folder, columns);
        auto adds = writer.write(connection, "SELECT i FROM range(1000) r(i)");
        writer.keep();
        return adds;
      });
  const auto snapshot = catalog_.open(table)->snapshot();
  EXPECT_EQ(snapshot->version, 0);
  EXPECT_EQ(snapshot->row_count(), 1000);
  EXPECT_EQ(query("SELECT sum(a) FROM " + delta::scan_sql(*snapshot, table.folder)),
            (Rows{{"499500"}}));

  EXPECT_ERROR(kUnavailable, catalog_.create_table("", "", "failing", columns, {}, {},
                                                   [&](const fs::path&) -> std::vector<delta::Add> {
                                                     throw Error(Code::kUnavailable,
                                                                 "The query failed.");
                                                   }));
  EXPECT_EQ(listed(), Names{"default.dbo.t"});
  EXPECT_EQ(std::distance(fs::directory_iterator(warehouse()), fs::directory_iterator()), 1)
      << "nothing is left behind";
}

TEST_F(CatalogTest, AFolderInTheWay) {
  fs::create_directories(warehouse() / "empty");
  create("", "", "empty");
  lake_.put(parse_path("files/synapse/workspaces/main/warehouse/full/x.txt"), "1");
  EXPECT_ERROR(kAlreadyExists, create("", "", "full"));
  EXPECT_EQ(lake_.read(parse_path("files/synapse/workspaces/main/warehouse/full/x.txt")), "1");
}

TEST_F(CatalogTest, OfManyCreatorsOneWins) {
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      try {
        create("", "", t % 2 ? "Contested" : "contested");
        ++won;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::kAlreadyExists) << error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(listed().size(), 1u);
}

TEST_F(CatalogTest, InvalidNames) {
  EXPECT_ERROR(kInvalidArgument, create("", "", ""));
  EXPECT_ERROR(kInvalidArgument, create("", "", " x"));
  EXPECT_ERROR(kInvalidArgument, create("", "", std::string("a\0b", 3)));
  EXPECT_ERROR(kInvalidArgument, create("", "", std::string(129, 'a')));
  EXPECT_ERROR(kInvalidArgument, catalog_.create_database(std::string(200, 'a')));
  EXPECT_ERROR(kNotFound, create("absent", "", "x"));
  EXPECT_ERROR(kNotFound, create("", "absent", "x"));
  EXPECT_EQ(create("", "", "..").folder, warehouse() / "%2E%2E");
  EXPECT_EQ(create("", "", "../../x").folder, warehouse() / "%2E%2E%2F%2E%2E%2Fx");
  create("", "", std::string(120, 'a'));
}

TEST(TableName, Parses) {
  const auto parts = [](std::string_view text) {
    const TableName name = TableName::parse(text);
    return name.database + "|" + name.schema + "|" + name.table;
  };
  EXPECT_EQ(parts("t"), "||t");
  EXPECT_EQ(parts("a.b"), "a||b");
  EXPECT_EQ(parts("default.dbo.bike_data"), "default|dbo|bike_data");
  EXPECT_EQ(parts("[a.b].[c]]d].\"e\"\"f\""), "a.b|c]d|e\"f");
  EXPECT_EQ(TableName::parse("[a.b].[c]]d].\"e\"\"f\"").text(), "[a.b].[c]]d].[e\"f]");
  for (const char* bad :
       {"", ".", "a.", ".a", "a..b", "a.b.c.d", "[a", "[a]b", "a[b]", "[]", "\"a", "a\x01"}) {
    EXPECT_ERROR(kInvalidArgument, TableName::parse(bad));
  }
}

}  // namespace
}  // namespace tarn::lake::catalog_test
