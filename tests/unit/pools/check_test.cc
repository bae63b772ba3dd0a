#include <gmock/gmock.h>

#include "engine/database.h"
#include "lake/delta_schema.h"
#include "meta/store.h"
#include "meta/workspaces.h"
#include "pools/pools.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::pools {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PoolCheckTest : public testing::Test {
 protected:
  PoolCheckTest() {
    pools_.create("sales");
    Work work = Work([this]() -> engine::Connection& { return connection_; });
    for (const std::string name : {"a", "b"}) {
      TableDraft draft;
      draft.schema = "dbo";
      draft.name = name;
      draft.metadata.id = name;
      for (const std::string column : {"n", "rowid"}) {
        lake::delta::Field field;
        field.name = column;
        field.type.kind = lake::delta::Type::Kind::kInteger;
        draft.metadata.schema.fields.push_back(field);
      }
      draft.engine_columns = "(\"n\" INTEGER, \"rowid_\" INTEGER)";
      work.create_table(pools_.open("sales"), draft, {});
    }
    work.commit();
  }

  TemporaryFolder home_;
  std::unique_ptr<meta::Store> store_ = meta::Store::open(test_store(home_ / "tarn.db"));
  std::unique_ptr<engine::Database> database_ = engine::Database::open(
      {.memory_bytes_max = 256ull << 20, .threads = 2, .allowed_directories = {home_ / "pools"}});
  engine::Connection connection_ = database_->connect();
  Pools pools_{*store_, meta::ensure_workspace(*store_, "main"), home_ / "pools", "",
               [this]() -> engine::Database& { return *database_; }};
};

TEST_F(PoolCheckTest, AWholePoolHasNoProblemOnlineOrPaused) {
  EXPECT_THAT(pools_.check("SALES").problems, IsEmpty());
  EXPECT_EQ(pools_.check("sales").tables, 2);
  pools_.pause("sales");
  EXPECT_THAT(pools_.check("sales").problems, IsEmpty());
  EXPECT_EQ(pools_.find("sales")->state, State::kPaused);
  pools_.resume("sales");
  EXPECT_NE(pools_.open("sales"), nullptr);
}

TEST_F(PoolCheckTest, TablesAndTheirDescriptionsAreComparedBothWays) {
  const DefinitionsPtr definitions = pools_.open("sales")->definitions();
  connection_.execute("DROP TABLE " + definitions->find("dbo", "a")->engine_name);
  connection_.execute("ALTER TABLE " + definitions->find("dbo", "b")->engine_name +
                      " RENAME COLUMN n TO other");
  connection_.execute("CREATE TABLE \"pool:sales\".data.stray (n INTEGER)");
  EXPECT_THAT(pools_.check("sales").problems,
              ElementsAre("its table is missing: dbo.a",
                          "a table has other columns than its description: dbo.b",
                          "a table has no description: data.stray"));
}

TEST_F(PoolCheckTest, AFileThatIsGoneIsAProblem) {
  pools_.pause("sales");
  std::filesystem::remove(home_ / "pools" / "sales.duckdb");
  EXPECT_THAT(pools_.check("sales").problems,
              ElementsAre("The file of the SQL pool 'sales' is gone."));
}

}  // namespace
}  // namespace tarn::pools
