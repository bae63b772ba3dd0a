#include "pools/pools.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "engine/database.h"
#include "lake/delta_schema.h"
#include "meta/store.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::pools {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;
using Rows = std::vector<std::vector<std::optional<std::string>>>;

template <typename Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(name_of(error.code())) + ": " + error.message();
  }
  return "no error";
}

TableDraft draft(const std::string& name, const std::string& schema = "dbo") {
  TableDraft draft;
  draft.schema = schema;
  draft.name = name;
  lake::delta::Field field;
  field.name = "a";
  field.type.kind = lake::delta::Type::Kind::kInteger;
  draft.metadata.id = "1";
  draft.metadata.schema.fields = {field};
  draft.metadata.configuration = {{"tarn.design", "it's {\"kept\": 1}"}};
  draft.engine_columns = "(\"a\" INTEGER)";
  return draft;
}

class PoolsTest : public testing::Test {
 protected:
  PoolsTest() { begin(); }

  void begin() {
    engine::Settings settings;
    settings.threads = 2;
    settings.memory_bytes_max = 256ull << 20;
    settings.allowed_directories = {folder_};
    database_ = engine::Database::open(settings);
    pools_ = make("here");
  }
  std::unique_ptr<Pools> make(const std::string& server) {
    return std::make_unique<Pools>(*store_, workspace_, folder_, server,
                                   [this]() -> engine::Database& { return *database_; });
  }
  /// What kill -9 leaves: the files as they are now, nothing closed.
  void kill_and_begin() {
    const fs::path kept = home_ / "kept";
    fs::copy(folder_, kept, fs::copy_options::recursive);
    pools_.reset();
    database_.reset();
    fs::remove_all(folder_);
    fs::rename(kept, folder_);
    begin();
  }
  Work work(engine::Connection& connection) {
    return Work([&connection]() -> engine::Connection& { return connection; });
  }
  void make_table(const std::string& pool, const std::string& table, const std::string& rows) {
    engine::Connection connection = database_->connect();
    Work making = work(connection);
    TableDraft made = draft(table);
    made.first_rows = rows;
    making.create_table(pools_->open(pool), made, {});
    making.commit();
  }
  Rows rows(const std::string& pool, const std::string& table) {
    engine::Connection connection = database_->connect();
    const auto found = pools_->open(pool)->definitions()->find("dbo", table);
    return connection.rows("SELECT * FROM " + found->engine_name + " ORDER BY ALL");
  }
  Names tables(const std::string& pool) {
    Names names;
    for (const auto& [key, table] : pools_->open(pool)->definitions()->tables)
      names.push_back(table->schema + "." + table->name);
    return names;
  }

  TemporaryFolder home_;
  fs::path folder_ = home_ / "pools";
  std::unique_ptr<meta::Store> store_ = meta::Store::open(test_store(home_ / "tarn.db"));
  std::string workspace_ = meta::ensure_workspace(*store_, "main");
  std::unique_ptr<engine::Database> database_;
  std::unique_ptr<Pools> pools_;
};

TEST_F(PoolsTest, APoolIsMadeFoundAndDropped) {
  EXPECT_TRUE(pools_->list().empty());
  EXPECT_EQ(pools_->open("sales"), nullptr);
  const PoolInfo made = pools_->create("Sales", "dw200C", "", "owner");
  EXPECT_EQ(made.performance_level, "DW200c");
  EXPECT_EQ(made.collation, kCollationDefault);
  EXPECT_TRUE(fs::exists(folder_ / "Sales.duckdb"));
  ASSERT_TRUE(pools_->find("sALES"));
  EXPECT_EQ(pools_->find("sALES")->name, "Sales");
  EXPECT_EQ(pools_->find("sALES")->created_by, "owner");
  EXPECT_EQ(pools_->open("sales")->definitions()->schemas, Names{"dbo"});
  EXPECT_EQ(error_of([&] { pools_->create("SALES"); }),
            "AlreadyExists: The name is taken by a database or SQL pool: 'SALES'.");
  EXPECT_EQ(pools_->scale("sales", "DW30000c").performance_level, "DW30000c");
  EXPECT_EQ(pools_->list().front().performance_level, "DW30000c");
  EXPECT_GT(pools_->size_bytes("sales"), 0u);
  pools_->drop("sales");
  EXPECT_TRUE(pools_->list().empty());
  EXPECT_FALSE(fs::exists(folder_ / "Sales.duckdb"));
  EXPECT_EQ(error_of([&] { pools_->drop("sales"); }), "NotFound: There is no SQL pool 'sales'.");
  pools_->create("sales");  // the name is free again
}

TEST_F(PoolsTest, NamesAndLevelsAreAzures) {
  for (const std::string name : {"", "a-b", "a/b", "a.", " a", "a%b", "master", "DEFAULT", "a\nb"})
    EXPECT_TRUE(error_of([&] { pools_->create(name); }).starts_with("InvalidArgument")) << name;
  EXPECT_TRUE(error_of([&] { pools_->create(std::string(61, 'a')); }).starts_with("Invalid"));
  pools_->create(std::string(60, 'a'));
  pools_->create("a \"b\" 'c' é");
  EXPECT_EQ(pools_->open("A \"B\" 'C' é")->name(), "a \"b\" 'c' é");
  EXPECT_EQ(error_of([&] { performance_level_of("DW150c"); }),
            "InvalidArgument: There is no performance level 'DW150c' of a dedicated SQL pool.");
  EXPECT_TRUE(fs::is_empty(folder_) == false);
}

TEST_F(PoolsTest, WhatWasCommittedSurvives) {
  pools_->create("p");
  make_table("p", "t", "SELECT unnest([1, 2])");
  {
    engine::Connection connection = database_->connect();
    Work making = work(connection);
    making.create_schema(pools_->open("p"), "Stage");
    making.create_table(pools_->open("p"), draft("u", "stage"), {});
    EXPECT_EQ(tables("p"), Names{"dbo.t"});  // others do not see it yet
    making.commit();
    making.create_table(pools_->open("p"), draft("lost"), {});
    kill_and_begin();
    EXPECT_EQ(tables("p"), (Names{"dbo.t", "stage.u"}));
    EXPECT_EQ(pools_->open("p")->definitions()->schemas, (Names{"dbo", "Stage"}));
  }
  EXPECT_EQ(rows("p", "T"), (Rows{{"1"}, {"2"}}));
  const auto table = pools_->open("p")->definitions()->find("DBO", "T");
  EXPECT_EQ(table->metadata.configuration.at("tarn.design"), "it's {\"kept\": 1}");
  EXPECT_EQ(table->metadata.schema.fields.front().name, "a");
}

TEST_F(PoolsTest, ADefinitionThatIsRolledBackWasNever) {
  pools_->create("p");
  make_table("p", "t", "SELECT 1");
  const PoolPtr pool = pools_->open("p");
  engine::Connection connection = database_->connect();
  {
    Work changing = work(connection);
    const PoolTablePtr table = changing.join(pool)->find("dbo", "t");
    changing.change_table(pool, table, table->metadata,
                          {"ALTER TABLE " + table->engine_name + " ADD COLUMN \"b\" INTEGER"}, {});
    changing.rename_table(pool, changing.join(pool)->find("dbo", "t"), "dbo", "other");
    EXPECT_TRUE(changing.join(pool)->find("dbo", "other"));
    EXPECT_FALSE(changing.join(pool)->find("dbo", "t"));
    EXPECT_EQ(tables("p"), Names{"dbo.t"});
  }
  EXPECT_EQ(tables("p"), Names{"dbo.t"});
  EXPECT_EQ(rows("p", "t"), (Rows{{"1"}}));
  Work dropping = work(connection);
  dropping.drop_table(pool, dropping.join(pool)->find("dbo", "t"));
  dropping.commit();
  EXPECT_TRUE(tables("p").empty());
}

TEST_F(PoolsTest, TwoThatChangeTheSameConflict) {
  pools_->create("p");
  make_table("p", "t", "SELECT 1");
  const PoolPtr pool = pools_->open("p");
  engine::Connection one = database_->connect();
  engine::Connection two = database_->connect();
  Work first = work(one);
  Work second = work(two);
  const PoolTablePtr table = first.join(pool)->find("dbo", "t");
  second.join(pool);
  first.change(pool);
  second.change(pool);
  one.execute("UPDATE " + table->engine_name + " SET a = 2");
  EXPECT_EQ(two.rows("SELECT a FROM " + table->engine_name), (Rows{{"1"}}));  // nobody waits
  try {
    two.execute("UPDATE " + table->engine_name + " SET a = 3");
    ADD_FAILURE() << "no conflict";
  } catch (const Error& error) {
    EXPECT_TRUE(is_conflict(error)) << error.what();
  }
  second.rollback();
  first.commit();
  EXPECT_EQ(rows("p", "t"), (Rows{{"2"}}));

  first.create_table(pool, draft("new"), {});
  EXPECT_EQ(error_of([&] { second.create_table(pool, draft("NEW"), {}); }),
            "Conflict: Another session is changing the table dbo.NEW.");
  second.rollback();
  first.commit();
  EXPECT_EQ(error_of([&] { second.create_table(pool, draft("new"), {}); }),
            "AlreadyExists: The table exists already: dbo.new.");
}

TEST_F(PoolsTest, OneTransactionChangesOnePool) {
  pools_->create("p");
  pools_->create("q");
  engine::Connection connection = database_->connect();
  Work changing = work(connection);
  changing.join(pools_->open("q"));
  changing.change(pools_->open("p"));
  EXPECT_EQ(error_of([&] { changing.change(pools_->open("q")); }),
            "Unsupported: A transaction cannot change two SQL pools: 'p' and 'q'.");
}

TEST_F(PoolsTest, APausedPoolLetsNobodyInAndWaitsForThoseInside) {
  pools_->create("p");
  make_table("p", "t", "SELECT 7");
  {
    const PoolPtr held = pools_->open("p");
    EXPECT_EQ(error_of([&] { pools_->pause("p", 1ms); }),
              "Conflict: The SQL pool 'p' is in use by 1 statement or transaction.");
    EXPECT_EQ(error_of([&] { pools_->drop("p", 1ms); }),
              "Conflict: The SQL pool 'p' is in use by 1 statement or transaction.");
    EXPECT_TRUE(pools_->open("p"));  // nothing has changed
  }
  EXPECT_EQ(pools_->pause("p").state, State::kPaused);
  EXPECT_EQ(pools_->pause("p").state, State::kPaused);
  try {
    pools_->open("p");
    ADD_FAILURE() << "a paused pool was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.sql()->number, 42108);
    EXPECT_EQ(error.message(),
              "Can not connect to the SQL pool since it is paused. Please resume the SQL pool and "
              "try again.");
  }
  EXPECT_FALSE(fs::exists(folder_ / "p.duckdb.wal"));
  pools_->copy_to("p", home_ / "copy.duckdb");
  EXPECT_EQ(pools_->resume("p").state, State::kOnline);
  EXPECT_EQ(rows("p", "t"), (Rows{{"7"}}));

  auto held = pools_->open("p");
  std::jthread leaves([&] { held.reset(); });
  EXPECT_EQ(pools_->pause("p", 60s).state, State::kPaused);
  pools_->drop("p");
  EXPECT_TRUE(pools_->list().empty());
}

TEST_F(PoolsTest, AnotherServersPoolIsShownAndNotTouched) {
  pools_->create("p");
  const auto other = make("there");
  ASSERT_TRUE(other->find("p"));
  const std::string expected = "Unavailable: The SQL pool 'p' belongs to another server: here.";
  EXPECT_EQ(error_of([&] { other->open("p"); }), expected);
  EXPECT_EQ(error_of([&] { other->drop("p"); }), expected);
  EXPECT_EQ(error_of([&] { other->pause("p"); }), expected);
  other->recover();
  EXPECT_TRUE(pools_->open("p"));
}

TEST_F(PoolsTest, AFileThatIsGoneOrNoneSaysSo) {
  pools_->create("gone");
  pools_->create("torn");
  pools_->create("foreign");
  fs::remove(folder_ / "gone.duckdb");
  std::ofstream(folder_ / "torn.duckdb", std::ios::trunc) << "this is no database";
  fs::remove(folder_ / "foreign.duckdb");
  {
    engine::Connection connection = database_->connect();
    connection.execute("ATTACH '" + (folder_ / "foreign.duckdb").string() + "' AS f");
    connection.execute("CREATE TABLE f.t (a INTEGER)");
    connection.execute("DETACH f");
  }
  EXPECT_EQ(error_of([&] { pools_->open("gone"); }),
            "DataLoss: The file of the SQL pool 'gone' is gone.");
  EXPECT_TRUE(error_of([&] {
                pools_->open("torn");
              }).starts_with("DataLoss: The file of the SQL pool 'torn' cannot be opened: "));
  EXPECT_TRUE(error_of([&] {
                pools_->open("foreign");
              }).starts_with("DataLoss: The file of the SQL pool 'foreign' is damaged: "));
  for (const std::string name : {"gone", "torn", "foreign"}) pools_->drop(name);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(PoolsTest, WhatACrashLeftHalfMadeIsNotThere) {
  pools_->create("whole");
  pools_->create("half");
  pools_->create("leaving");
  const auto set = [&](const char* name, const char* state) {
    store_->write([&](meta::Transaction& tx) {
      tx.execute("UPDATE sql_pools SET state = $2 WHERE name_key = $1", name, state);
    });
  };
  set("half", "Creating");
  set("leaving", "Deleting");
  std::ofstream(folder_ / (std::string(kTemporaryPrefix) + "1.duckdb")) << "x";
  EXPECT_EQ(pools_->list().size(), 1u);
  EXPECT_FALSE(pools_->find("half"));
  EXPECT_EQ(pools_->open("half"), nullptr);
  pools_->create("half");  // even before anybody swept
  pools_->recover();
  EXPECT_EQ(pools_->list().size(), 2u);
  EXPECT_FALSE(fs::exists(folder_ / "leaving.duckdb"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2);
  pools_->create("leaving");
}

TEST_F(PoolsTest, ACopyIsConsistentAndKeepsCounting) {
  pools_->create("p");
  engine::Connection connection = database_->connect();
  const PoolPtr pool = pools_->open("p");
  Work making = work(connection);
  TableDraft made = draft("t");
  made.identity = Identity{10, 5};
  making.create_table(pool, made, {});
  making.commit();
  const auto next = [](engine::Connection& on, const PoolTable& table) {
    return *on.rows("SELECT nextval(" + engine::quote_text(table.sequence_name) + ")")[0][0];
  };
  const PoolTablePtr table = pool->definitions()->find("dbo", "t");
  EXPECT_EQ(next(connection, *table), "10");
  EXPECT_EQ(next(connection, *table), "15");
  Work writing = work(connection);
  writing.change(pool);
  connection.execute("INSERT INTO " + table->engine_name + " VALUES (1)");
  pools_->copy_to("p", home_ / "copies" / "p.duckdb");  // while somebody writes
  writing.commit();
  EXPECT_TRUE(error_of([&] {
                pools_->copy_to("p", home_ / "copies" / "p.duckdb");
              }).starts_with("AlreadyExists"));

  // The copy in a pool's place is the pool.
  pools_->create("q");
  fs::remove(folder_ / "q.duckdb");
  fs::rename(home_ / "copies" / "p.duckdb", folder_ / "q.duckdb");
  EXPECT_TRUE(rows("q", "t").empty());
  const PoolPtr copied = pools_->open("q");
  EXPECT_EQ(next(connection, *copied->definitions()->find("dbo", "t")), "20");
}

}  // namespace
}  // namespace tarn::pools
