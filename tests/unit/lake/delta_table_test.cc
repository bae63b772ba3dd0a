#include "lake/delta_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include "base/json.h"
#include "delta_fixture.h"
#include "expect_error.h"
#include "killed_child.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;
using delta::Add;
using delta::Change;
using delta::Table;
using Kind = delta::Type::Kind;

Add file(const std::string& path, std::int64_t records = 1) {
  Add add;
  add.path = path;
  add.size = 100;
  add.stats = "{\"numRecords\":" + std::to_string(records) + "}";
  return add;
}

class DeltaTableTest : public DeltaTest {
 protected:
  std::unique_ptr<Table> make(const std::string& name = "t") {
    auto table = open(name);
    table->create(schema({{"a", Kind::kLong}, {"b", Kind::kString}}));
    return table;
  }
  fs::path log(const std::string& file_name) { return home_.path() / "t/_delta_log" / file_name; }
  void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
};

TEST_F(DeltaTableTest, Create) {
  const auto table = make();
  const auto snapshot = table->snapshot();
  EXPECT_EQ(snapshot->version, 0);
  EXPECT_EQ(snapshot->protocol.reader, 1);
  EXPECT_EQ(snapshot->protocol.writer, 2);
  EXPECT_EQ(snapshot->timestamp, clock_.now());
  EXPECT_EQ(snapshot->schema().fields.at(1).name, "b");
  EXPECT_TRUE(snapshot->files.empty());
  EXPECT_EQ(snapshot->row_count(), 0);
  EXPECT_TRUE(Table::exists(table->folder()));
  EXPECT_ERROR(kAlreadyExists, open()->create(schema({{"a", Kind::kLong}})));
}

TEST_F(DeltaTableTest, NoTable) {
  EXPECT_FALSE(Table::exists(home_.path() / "absent"));
  EXPECT_ERROR(kNotFound, open("absent")->snapshot());
  EXPECT_ERROR(kNotFound, open("absent")->history());
  fs::create_directories(home_.path() / "t/_delta_log");
  EXPECT_FALSE(Table::exists(home_.path() / "t"));
  EXPECT_ERROR(kNotFound, open()->snapshot());
}

TEST_F(DeltaTableTest, AppendOverwriteDelete) {
  const auto table = make();
  EXPECT_EQ(table->append(*table->snapshot(), {file("1.parquet", 3), file("2.parquet", 4)}), 1);
  EXPECT_EQ(table->snapshot()->row_count(), 7);
  EXPECT_EQ(table->overwrite(*table->snapshot(), {file("3.parquet", 5)}), 2);
  ASSERT_EQ(table->snapshot()->files.size(), 1u);
  EXPECT_EQ(table->snapshot()->files[0]->path, "3.parquet");
  EXPECT_EQ(table->delete_all(*table->snapshot()), 3);
  EXPECT_TRUE(table->snapshot()->files.empty());
  // A second reader, from the log alone, sees the same.
  EXPECT_EQ(open()->snapshot()->version, 3);
  EXPECT_EQ(open()->snapshot({.version = 1})->row_count(), 7);
}

TEST_F(DeltaTableTest, OverwriteWithAnotherSchema) {
  const auto table = make();
  table->overwrite(*table->snapshot(), {file("1.parquet")}, schema({{"c", Kind::kTimestampNtz}}));
  const auto snapshot = open()->snapshot();
  EXPECT_EQ(snapshot->schema().fields.at(0).name, "c");
  EXPECT_EQ(snapshot->protocol.reader, 3);
  EXPECT_EQ(snapshot->protocol.reader_features, std::vector<std::string>{"timestampNtz"});
  // Somebody who planned with the old schema is refused.
  EXPECT_ERROR(kConflict, open()->append(*open()->snapshot({.version = 0}), {file("2.parquet")}));
}

TEST_F(DeltaTableTest, SeesWhatOthersCommit) {
  const auto reader = make();
  EXPECT_EQ(reader->snapshot()->version, 0);
  const auto writer = open();
  for (int i = 1; i <= 3; ++i) writer->append(*writer->snapshot(), {file(std::to_string(i))});
  EXPECT_EQ(reader->snapshot()->version, 3);
  EXPECT_EQ(reader->snapshot()->files.size(), 3u);
  EXPECT_EQ(reader->snapshot(), reader->snapshot()) << "without news the same object";
}

TEST_F(DeltaTableTest, SeesThatTheTableWasMadeAnew) {
  const auto reader = make();
  reader->append(*reader->snapshot(), {file("1")});
  const std::string first = reader->snapshot()->metadata.id;
  fs::remove_all(home_.path() / "t");
  EXPECT_ERROR(kNotFound, reader->snapshot());
  auto again = open();
  again->create(schema({{"z", Kind::kDate}}));
  again->append(*again->snapshot(), {file("1")});
  EXPECT_NE(reader->snapshot()->metadata.id, first);
  EXPECT_EQ(reader->snapshot()->schema().fields.at(0).name, "z");
  EXPECT_EQ(reader->snapshot({.version = 0})->schema().fields.at(0).name, "z");
}

TEST_F(DeltaTableTest, TimeTravelAtItsBoundaries) {
  const Micros start = clock_.now();
  const auto table = make();
  for (int i = 1; i <= 3; ++i) {
    clock_.set(start + i * 1'000'000);
    table->append(*table->snapshot(), {file(std::to_string(i))});
  }
  const auto version_at = [&](Micros time) {
    return open()->snapshot({.timestamp = time})->version;
  };
  EXPECT_ERROR(kNotFound, version_at(start - 1));
  EXPECT_EQ(version_at(start), 0);
  EXPECT_EQ(version_at(start + 999'999), 0);
  EXPECT_EQ(version_at(start + 1'000'000), 1);
  EXPECT_EQ(version_at(start + 3'000'000), 3);
  EXPECT_EQ(version_at(start + 3'000'000'000), 3);
  EXPECT_ERROR(kNotFound, table->snapshot({.version = 4}));
  EXPECT_ERROR(kNotFound, table->snapshot({.version = -1}));
  EXPECT_EQ(table->snapshot({.version = 0})->files.size(), 0u);
  EXPECT_EQ(table->snapshot({.version = 3})->files.size(), 3u);
}

TEST_F(DeltaTableTest, TimesIncreaseThoughTheClockDoesNot) {
  const Micros start = clock_.now();
  const auto table = make();
  clock_.set(start - 5'000'000);
  table->append(*table->snapshot(), {file("1")});
  table->append(*table->snapshot(), {file("2")});
  const auto history = table->history();
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history[0].timestamp, start + 2000);
  EXPECT_EQ(history[1].timestamp, start + 1000);
  EXPECT_EQ(history[2].timestamp, start);
  EXPECT_EQ(table->snapshot({.timestamp = start + 1500})->version, 1);
}

TEST_F(DeltaTableTest, History) {
  const auto table = make();
  table->append(*table->snapshot(), {file("1")}, "ada");
  table->overwrite(*table->snapshot(), {file("2")});
  table->delete_all(*table->snapshot());
  const auto history = table->history();
  ASSERT_EQ(history.size(), 4u);
  EXPECT_EQ(history[0].version, 3);
  EXPECT_EQ(history[0].info.operation, "DELETE");
  EXPECT_EQ(history[1].info.parameters, R"({"mode":"Overwrite"})");
  EXPECT_EQ(history[2].info.user, "ada");
  EXPECT_EQ(history[2].info.read_version, 0);
  EXPECT_TRUE(history[2].info.blind_append);
  EXPECT_EQ(history[3].info.operation, "CREATE TABLE");
  EXPECT_EQ(table->history(2).size(), 2u);
}

TEST_F(DeltaTableTest, EightWritersLoseNothing) {
  make();
  constexpr int kThreads = 8;
  constexpr int kCommits = 12;
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::int64_t> versions;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const auto table = open();  // its own object: nothing but the log between the writers
      for (int i = 0; i < kCommits; ++i) {
        const auto version =
            table->append(*table->snapshot(), {file(std::to_string(t) + "-" + std::to_string(i))});
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(versions.insert(version).second) << "two commits got version " << version;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(versions.size(), std::size_t{kThreads * kCommits});
  EXPECT_EQ(*versions.begin(), 1);
  EXPECT_EQ(*versions.rbegin(), kThreads * kCommits);
  const auto snapshot = open()->snapshot();
  EXPECT_EQ(snapshot->files.size(), std::size_t{kThreads * kCommits});
  EXPECT_EQ(snapshot->row_count(), kThreads * kCommits);
}

TEST_F(DeltaTableTest, OfManyCreatorsOneWins) {
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      try {
        open()->create(schema({{"a", Kind::kLong}}));
        ++won;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::kAlreadyExists) << error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
}

TEST_F(DeltaTableTest, Conflicts) {
  const auto table = make();
  table->append(*table->snapshot(), {file("1")});
  const auto read = table->snapshot();
  const auto change = [&](Change::Kind kind, std::vector<delta::Action> actions) {
    return Change{.kind = kind,
                  .read_version = read->version,
                  .actions = std::move(actions),
                  .operation = "WRITE"};
  };
  delta::Metadata metadata = read->metadata;
  metadata.description = "new";
  delta::Remove remove{
      .path = "1", .deleted_ms = 1, .partition_values = delta::PartitionValues{}, .size = 100};

  // Somebody appends: another append and a change of properties pass, an overwrite does not.
  table->append(*read, {file("2")});
  EXPECT_EQ(table->commit(change(Change::Kind::kAppend, {file("3")})), 3);
  EXPECT_ERROR(kConflict, table->commit(change(Change::Kind::kOverwrite, {remove, file("4")})));
  EXPECT_EQ(table->commit(change(Change::Kind::kMetadata, {metadata})), 4);
  // After a change of the schema nothing that was planned before passes.
  EXPECT_ERROR(kConflict, table->commit(change(Change::Kind::kAppend, {file("5")})));
  EXPECT_ERROR(kConflict, table->commit(change(Change::Kind::kMetadata, {metadata})));
  EXPECT_EQ(table->snapshot()->version, 4);
  EXPECT_EQ(table->snapshot()->files.size(), 3u);
}

TEST_F(DeltaTableTest, TwoOverwritesOfOneVersionConflict) {
  const auto table = make();
  table->append(*table->snapshot(), {file("1")});
  const auto read = table->snapshot();
  table->overwrite(*read, {file("2")});
  EXPECT_ERROR(kConflict, table->overwrite(*read, {file("3")}));
  EXPECT_ERROR(kConflict, table->delete_all(*read));
  EXPECT_EQ(table->append(*read, {file("4")}), 3) << "an append goes on top of an overwrite";
}

TEST_F(DeltaTableTest, OneApplicationCannotCommitTwiceAtOnce) {
  const auto table = make();
  const auto read = table->snapshot();
  const Change change{.kind = Change::Kind::kAppend,
                      .read_version = read->version,
                      .actions = {delta::Txn{.app_id = "stream", .version = 1}, file("1")},
                      .operation = "STREAMING UPDATE"};
  table->commit(change);
  EXPECT_ERROR(kConflict, table->commit(change));
  EXPECT_EQ(table->snapshot()->transactions.at("stream"), 1);
}

TEST_F(DeltaTableTest, ATableMadeAnewIsAnotherTable) {
  const auto table = make();
  table->append(*table->snapshot(), {file("1")});
  const auto read = table->snapshot();
  fs::remove_all(home_.path() / "t");
  make();
  EXPECT_ERROR(kConflict, open()->append(*read, {file("2")}));
  EXPECT_ERROR(kConflict, table->delete_all(*read));
  open()->append(*open()->snapshot(), {file("1")});
  EXPECT_ERROR(kConflict, open()->append(*read, {file("2")}));  // though the version is there again
  EXPECT_EQ(open()->snapshot()->version, 1);
}

TEST_F(DeltaTableTest, AppendOnly) {
  const auto table = open();
  table->create(schema({{"a", Kind::kLong}}), {}, {{"delta.appendOnly", "true"}});
  table->append(*table->snapshot(), {file("1")});
  EXPECT_ERROR(kInvalidArgument, table->delete_all(*table->snapshot()));
  EXPECT_ERROR(kInvalidArgument, table->overwrite(*table->snapshot(), {file("2")}));
  EXPECT_EQ(table->snapshot()->files.size(), 1u);
}

TEST_F(DeltaTableTest, BadLogs) {
  const auto refused = [&](Code code, const std::string& part) {
    try {
      open()->snapshot();
      ADD_FAILURE() << "no error: " << part;
    } catch (const Error& error) {
      EXPECT_EQ(name_of(error.code()), name_of(code)) << error.what();
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  make();
  const std::string first = read_file(log("00000000000000000000.json"));
  const std::string add = delta::to_line(file("1")) + "\n";

  write(log("00000000000000000002.json"), add);
  refused(Code::kDataLoss, "00000000000000000001.json");
  write(log("00000000000000000001.json"), add);
  EXPECT_EQ(open()->snapshot()->version, 2);

  write(log("00000000000000000001.json"), "{\"add\":{\"path\":\"1");
  refused(Code::kDataLoss, "00000000000000000001.json:1");
  write(log("00000000000000000001.json"), "");
  refused(Code::kDataLoss, "is empty");
  write(log("00000000000000000001.json"), "[1]\n");
  refused(Code::kDataLoss, "damaged");
  write(log("00000000000000000001.json"), "{\"add\":{\"path\":7}}\n");
  refused(Code::kDataLoss, "damaged");
  write(log("00000000000000000001.json"), "{\"add\":{\"size\":7}}\n");
  refused(Code::kDataLoss, "damaged");
  write(log("00000000000000000001.json"),
        "{\"add\":{\"path\":\"..%2f..%2fetc/passwd\",\"partitionValues\":{}}}\n");
  refused(Code::kDataLoss, "leaves the table");
  write(log("00000000000000000001.json"),
        "{\"add\":{\"path\":\"/etc/passwd\",\"partitionValues\":{}}}\n");
  refused(Code::kUnsupported, "outside its folder");
  write(log("00000000000000000001.json"),
        "{\"add\":{\"path\":\"s3://b/x\",\"partitionValues\":{}}}\n");
  refused(Code::kUnsupported, "outside its folder");
  write(log("00000000000000000001.json"), add);

  fs::remove(log("00000000000000000000.json"));
  refused(Code::kDataLoss, "version 0");
  write(log("00000000000000000000.json"), add);
  refused(Code::kDataLoss, "protocol");
  write(log("00000000000000000000.json"), delta::to_line(delta::Protocol{}) + "\n");
  refused(Code::kDataLoss, "metaData");
  write(log("00000000000000000000.json"), first);
  EXPECT_EQ(open()->snapshot()->version, 2);
}

TEST_F(DeltaTableTest, FeaturesAreRefusedByName) {
  delta::Metadata metadata = make()->snapshot()->metadata;
  const auto with = [&](const delta::Action& action) {
    write(log("00000000000000000001.json"), delta::to_line(action) + "\n");
    return open();
  };
  const auto refusal = [](auto&& call) -> std::string {
    try {
      call();
      return "no error";
    } catch (const Error& error) {
      EXPECT_EQ(name_of(error.code()), "Unsupported");
      return error.message();
    }
  };
  delta::Protocol protocol{.reader = 3,
                           .writer = 7,
                           .reader_features = {"deletionVectors", "timestampNtz"},
                           .writer_features = {"deletionVectors", "timestampNtz"}};
  EXPECT_EQ(with(protocol)->snapshot()->version, 1);
  EXPECT_EQ(refusal([&] { with(protocol)->append(*open()->snapshot(), {file("2")}); }),
            "The Delta table uses what Tarn cannot write: deletionVectors.");
  protocol.reader_features = {"typeWidening", "catalogManaged"};
  EXPECT_EQ(refusal([&] { with(protocol)->snapshot(); }),
            "The Delta table uses what Tarn cannot read: typeWidening, catalogManaged.");
  EXPECT_EQ(refusal([&] { with(delta::Protocol{.reader = 4, .writer = 8})->snapshot(); }),
            "The Delta table uses what Tarn cannot read: reader version 4.");

  metadata.configuration["delta.columnMapping.mode"] = "name";
  EXPECT_TRUE(with(metadata)->snapshot()->needs_extension());
  EXPECT_EQ(refusal([&] { with(metadata)->append(*open()->snapshot(), {file("2")}); }),
            "The Delta table uses what Tarn cannot write: columnMapping.");

  const std::string vector = R"({"storageType":"p","pathOrInlineDv":"file:///x","cardinality":2})";
  write(
      log("00000000000000000001.json"),
      R"({"add":{"path":"1","partitionValues":{},"stats":"{\"numRecords\":5}","deletionVector":)" +
          vector + "}}\n");
  EXPECT_EQ(refusal([&] { open()->snapshot(); }),
            "The Delta table has deletion vectors outside its folder.");
  std::string relative = read_file(log("00000000000000000001.json"));
  relative.replace(relative.find("\"p\""), 3, "\"u\"");
  write(log("00000000000000000001.json"), relative);
  EXPECT_TRUE(open()->snapshot()->needs_extension());
  EXPECT_EQ(open()->snapshot()->row_count(), 3);

  // Readable, but not to be written.
  protocol.reader_features = {"timestampNtz"};
  protocol.writer_features = {"timestampNtz", "rowTracking", "appendOnly"};
  EXPECT_EQ(with(protocol)->snapshot()->version, 1);
  EXPECT_EQ(refusal([&] { with(protocol)->delete_all(*open()->snapshot()); }),
            "The Delta table uses what Tarn cannot write: rowTracking.");
  metadata.configuration = {{"delta.constraints.odd", "a > rand()"}};
  EXPECT_EQ(refusal([&] { with(metadata)->append(*open()->snapshot(), {file("2")}); }),
            "The Delta table uses what Tarn cannot write: checkConstraints. The constraint 'odd' "
            "(a > rand()) has the function 'rand'.");
}

TEST_F(DeltaTableTest, Checkpoints) {
  auto table = open();
  table->create(schema({{"a", Kind::kLong}, {"p", Kind::kString}}), {"p"});
  for (int i = 1; i <= 23; ++i) {
    Add add = file("p=x y/" + std::to_string(i) + "%.parquet");
    add.partition_values["p"] = i % 3 ? std::optional<std::string>("x y") : std::nullopt;
    table->append(*table->snapshot(), {add});
    if (i == 5) table->delete_all(*table->snapshot());
  }
  const auto whole = open()->snapshot();
  EXPECT_EQ(whole->version, 24);
  EXPECT_TRUE(fs::exists(log("00000000000000000010.checkpoint.parquet")));
  EXPECT_TRUE(fs::exists(log("00000000000000000020.checkpoint.parquet")));
  EXPECT_EQ(Json::parse(read_file(log("_last_checkpoint")))["version"], 20);

  // Without the commits before it, from the checkpoint alone.
  for (int i = 0; i < 20; ++i) fs::remove(log(delta::commit_file_name(i)));
  const auto snapshot = open()->snapshot();
  EXPECT_EQ(snapshot->version, 24);
  ASSERT_EQ(snapshot->files.size(), whole->files.size());
  for (std::size_t i = 0; i < whole->files.size(); ++i) {
    EXPECT_EQ(snapshot->files[i]->path, whole->files[i]->path);
    EXPECT_EQ(snapshot->files[i]->partition_values, whole->files[i]->partition_values);
    EXPECT_EQ(snapshot->files[i]->stats, whole->files[i]->stats);
    EXPECT_EQ(snapshot->files[i]->size, whole->files[i]->size);
  }
  EXPECT_EQ(snapshot->schema(), whole->schema());
  EXPECT_EQ(snapshot->metadata.id, whole->metadata.id);
  EXPECT_EQ(open()->snapshot({.version = 20})->files.size(), 14u);
  EXPECT_EQ(open()->snapshot({.version = 10})->files.size(), 4u);
  EXPECT_ERROR(kDataLoss, open()->snapshot({.version = 15}));
  EXPECT_ERROR(kNotFound, open()->snapshot({.version = 5}));
  // A damaged newest checkpoint: the one before it and the commits would serve, but they are gone.
  write(log("00000000000000000020.checkpoint.parquet"), "PAR1 not really");
  EXPECT_ERROR(kDataLoss, open()->snapshot());
}

TEST_F(DeltaTableTest, ADamagedCheckpointIsPassedOverWhereTheCommitsAreThere) {
  const auto table = make();
  for (int i = 1; i <= 12; ++i) table->append(*table->snapshot(), {file(std::to_string(i))});
  write(log("00000000000000000010.checkpoint.parquet"), "PAR1 not really");
  write(log("_last_checkpoint"), "{\"version\":99,\"size\":1}");
  EXPECT_EQ(open()->snapshot()->files.size(), 12u);
  // One part of three is no checkpoint.
  write(log("00000000000000000012.checkpoint.0000000001.0000000003.parquet"), "half");
  EXPECT_EQ(open()->snapshot()->files.size(), 12u);
}

// The process is killed at each point of a commit: the version is there as a whole or not at all,
// and what follows works.
TEST_F(DeltaTableTest, AKilledCommitIsWholeOrAbsent) {
  const auto table = make();
  std::int64_t expected = 0;
  for (const auto& [point, committed] :
       {std::pair("delta.commit.after_fsync", false), std::pair("delta.commit.before_link", false),
        std::pair("delta.commit.after_link", true)}) {
    const std::string name = std::string("killed-") + point;
    run_until_killed("DeltaKilledChild.DISABLED_Commits", point,
                     {{"TARN_TEST_FOLDER", table->folder().string()}, {"TARN_TEST_FILE", name}});
    if (committed) ++expected;
    EXPECT_EQ(open()->snapshot()->version, expected) << point;
    ++expected;
    EXPECT_EQ(table->append(*table->snapshot(), {file(std::string("after-") + point)}), expected)
        << point;
  }
  EXPECT_EQ(open()->snapshot()->files.size(), 4u);
}

TEST(DeltaKilledChild, DISABLED_Commits) {
  const char* folder = std::getenv("TARN_TEST_FOLDER");
  const char* name = std::getenv("TARN_TEST_FILE");
  if (!folder || !name) GTEST_SKIP() << "run by the test above alone";
  Table table(folder, {});
  table.append(*table.snapshot(), {file(name)});
}

TEST_F(DeltaTableTest, TheCacheSharesTables) {
  make("one");
  delta::TableCache cache(provider());
  const auto first = cache.open(home_.path() / "one");
  EXPECT_EQ(first, cache.open(home_.path() / "x/../one"));
  cache.forget(home_.path() / "one");
  EXPECT_NE(first, cache.open(home_.path() / "one"));
}

TEST(DeltaLog, PathsAreEncoded) {
  EXPECT_EQ(delta::encode_path("p=a%2Fb c/x.parquet"), "p=a%252Fb%20c/x.parquet");
  EXPECT_EQ(delta::decode_path("p=a%252Fb%20c/x.parquet"), "p=a%2Fb c/x.parquet");
  EXPECT_EQ(delta::encode_path("ä"), "%C3%A4");
  EXPECT_ERROR(kDataLoss, delta::decode_path("a%2"));
  for (int byte = 1; byte < 256; ++byte) {
    const std::string path(1, static_cast<char>(byte));
    EXPECT_EQ(delta::decode_path(delta::encode_path(path)), path);
  }
}

}  // namespace
}  // namespace tarn::lake
