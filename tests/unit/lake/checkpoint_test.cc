// Checkpoints of several parts and of version 2, _last_checkpoint, and the clean-up of the log.

#include "detail/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/json.h"
#include "delta_fixture.h"
#include "expect_error.h"
#include "lake/table_properties.h"

namespace tarn::lake::checkpoint_test {
namespace {

namespace fs = std::filesystem;
using delta::Add;
using delta::Table;
using Kind = delta::Type::Kind;

constexpr Micros kDayUs = 86'400'000'000;

Add file(const std::string& path) {
  Add add;
  add.path = path;
  add.size = 100;
  add.stats = R"({"numRecords":1})";
  add.tags["INSERTION_TIME"] = "17";
  return add;
}

class CheckpointTest : public DeltaTest {
 protected:
  std::unique_ptr<Table> make(const std::map<std::string, std::string>& configuration = {}) {
    auto table = open();
    table->create(schema({{"a", Kind::kLong}}), {}, configuration);
    return table;
  }
  fs::path log() const { return home_.path() / "t/_delta_log"; }
  fs::path commit(std::int64_t version) const { return log() / delta::commit_file_name(version); }
  void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  Json pointer() const { return Json::parse(read_file(log() / "_last_checkpoint")); }
};

TEST_F(CheckpointTest, TheChecksumIsThatOfTheProtocol) {
  // The sample of the protocol's text ("JSON checksum").
  const std::string canonical = delta::detail::canonical_json(
      R"({"k0":"'v 0'", "checksum": "adsaskfljadfkjadfkj", "k1":{"k2": 2, "k3": ["v3", [1, 2], )"
      R"({"k4": "v4", "k5": ["v5", "v6", "v7"]}]}})");
  EXPECT_EQ(canonical, R"("k0"="%27v%200%27","k1"+"k2"=2,"k1"+"k3"+0="v3","k1"+"k3"+1+0=1,)"
                       R"("k1"+"k3"+1+1=2,"k1"+"k3"+2+"k4"="v4","k1"+"k3"+2+"k5"+0="v5",)"
                       R"("k1"+"k3"+2+"k5"+1="v6","k1"+"k3"+2+"k5"+2="v7")");
  EXPECT_EQ(query("SELECT md5(" + engine::quote_text(canonical) + ")"),
            (Rows{{"6a92d155a59bf2eecbd4b4ec7fd1f875"}}));
}

TEST_F(CheckpointTest, ThePointerIsCheckedAgainstItsChecksum) {
  const auto table = make({{"delta.checkpointInterval", "1"}});
  table->append(*table->snapshot(), {file("1")});
  EXPECT_EQ(pointer()["version"], 1);
  EXPECT_EQ(pointer()["size"], 3);
  EXPECT_EQ(pointer()["numOfAddFiles"], 1);
  EXPECT_EQ(pointer()["sizeInBytes"],
            fs::file_size(log() / "00000000000000000001.checkpoint.parquet"));
  delta::detail::LogFolder folder(table->folder(), FileSystem::system());
  const auto last = delta::detail::read_last_checkpoint(provider(), folder);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->version, 1);
  EXPECT_EQ(last->parts, 1);
  Json changed = pointer();
  changed["version"] = 2;
  write(log() / "_last_checkpoint", changed.dump());
  EXPECT_FALSE(delta::detail::read_last_checkpoint(provider(), folder));
  EXPECT_EQ(open()->snapshot()->version, 1);
  write(log() / "_last_checkpoint", "{\"version\":");
  EXPECT_FALSE(delta::detail::read_last_checkpoint(provider(), folder));
  // One without a checksum is taken as it is; what it names is not there.
  write(log() / "_last_checkpoint", R"({"version":7,"size":3,"parts":2})");
  fs::remove(commit(0));
  fs::remove(log() / "00000000000000000001.checkpoint.parquet");
  try {
    open()->snapshot();
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(name_of(error.code()), "DataLoss");
    EXPECT_EQ(error.hint(),
              "Its _last_checkpoint names version 7 in 2 file(s), which are not all there.");
  }
}

TEST_F(CheckpointTest, ManyActionsMakeSeveralParts) {
  const auto table = make({{"delta.checkpointInterval", "1"}});
  std::vector<Add> adds;
  const std::size_t count = Table::kCheckpointPartActionsMax + 1;
  adds.reserve(count);
  for (std::size_t i = 0; i < count; ++i) adds.push_back(file(std::to_string(i)));
  table->append(*table->snapshot(), adds);
  EXPECT_EQ(pointer()["parts"], 2);
  EXPECT_EQ(pointer()["size"], count + 2);
  EXPECT_TRUE(fs::exists(log() / "00000000000000000001.checkpoint.0000000001.0000000002.parquet"));
  EXPECT_TRUE(fs::exists(log() / "00000000000000000001.checkpoint.0000000002.0000000002.parquet"));
  fs::remove(commit(0));
  const auto snapshot = open()->snapshot();
  EXPECT_EQ(snapshot->files.size(), count);
  EXPECT_EQ(snapshot->files.front()->tags.at("INSERTION_TIME"), "17");
  // With a part missing it does not count.
  fs::remove(log() / "00000000000000000001.checkpoint.0000000002.0000000002.parquet");
  EXPECT_ERROR(kDataLoss, open()->snapshot());
}

TEST_F(CheckpointTest, VersionTwo) {
  const auto table = make();
  table->append(*table->snapshot(), {file("1"), file("2")});
  const auto metadata = table->snapshot()->metadata;
  const delta::Protocol protocol{.reader = 3,
                                 .writer = 7,
                                 .reader_features = {"v2Checkpoint"},
                                 .writer_features = {"v2Checkpoint"}};
  const std::string head = "{\"checkpointMetadata\":{\"version\":1}}\n" + to_line(protocol) + "\n" +
                           to_line(metadata) + "\n";
  fs::remove(commit(0));
  fs::remove(commit(1));
  const fs::path json = log() / "00000000000000000001.checkpoint.80a083e8-7026-4e79.json";
  write(json, head + to_line(file("1")) + "\n" + to_line(file("2")) + "\n");
  EXPECT_EQ(open()->snapshot()->files.size(), 2u);
  EXPECT_ERROR(kUnsupported, open()->append(*open()->snapshot(), {file("3")}));

  // The files in a sidecar.
  fs::create_directories(log() / "_sidecars");
  const auto sidecar_of = [&](const std::string& name) {
    database_->connect().execute(
        "COPY (SELECT {'path': p, 'partitionValues': MAP {}::MAP(VARCHAR, VARCHAR), 'size': 1, "
        "'modificationTime': 1, 'dataChange': false} AS \"add\" FROM (VALUES ('7'), ('8'), ('9')) "
        "q(p)) TO " +
        engine::quote_text((log() / "_sidecars" / name).string()) + " (FORMAT parquet)");
  };
  sidecar_of("s.parquet");
  write(json, head + R"({"sidecar":{"path":"s.parquet","sizeInBytes":1,"modificationTime":1}})");
  EXPECT_EQ(open()->snapshot()->files.size(), 3u);
  write(json, head + R"({"sidecar":{"path":"../s.parquet","sizeInBytes":1}})");
  EXPECT_ERROR(kDataLoss, open()->snapshot());
  write(json, head + R"({"sidecar":{"path":"absent.parquet","sizeInBytes":1}})");
  EXPECT_ERROR(kDataLoss, open()->snapshot());
  write(json, head + "{\"sidecar\":");
  EXPECT_ERROR(kDataLoss, open()->snapshot());
}

TEST_F(CheckpointTest, CleanUpKeepsEveryVersionWithinTheRetention) {
  const auto table =
      make({{"delta.checkpointInterval", "5"}, {"delta.logRetentionDuration", "interval 10 days"}});
  for (int i = 1; i <= 30; ++i) {
    clock_.set(clock_.now() + kDayUs);
    table->append(*table->snapshot(), {file(std::to_string(i))});
  }
  // The checkpoint of version 30 cleaned up to the newest one that is 10 days old: 20.
  EXPECT_FALSE(fs::exists(commit(19)));
  EXPECT_FALSE(fs::exists(log() / "00000000000000000015.checkpoint.parquet"));
  EXPECT_TRUE(fs::exists(commit(20)));
  const auto fresh = open();
  EXPECT_EQ(fresh->snapshot()->files.size(), 30u);
  EXPECT_EQ(fresh->snapshot({.version = 20})->files.size(), 20u);
  EXPECT_EQ(fresh->snapshot({.version = 23})->files.size(), 23u);
  try {
    fresh->snapshot({.version = 19});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(name_of(error.code()), "NotFound");
    EXPECT_EQ(error.message(), "The version is no longer in the Delta log: 19.");
    EXPECT_EQ(error.hint(),
              "The log's clean-up (delta.logRetentionDuration) removed the commits before version "
              "20, the oldest that can be read.");
  }
  try {
    fresh->snapshot({.version = {}, .timestamp = clock_.now() - 15 * kDayUs});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(),
              "The first that is there is version 20, committed at 2026-01-21T00:00:00Z.");
  }
  EXPECT_EQ(fresh->history().size(), 11u);
}

TEST_F(CheckpointTest, NoCleanUpWhereItIsSwitchedOff) {
  const auto table = make({{"delta.checkpointInterval", "2"},
                           {"delta.logRetentionDuration", "interval 1 day"},
                           {"delta.enableExpiredLogCleanup", "false"}});
  for (int i = 1; i <= 6; ++i) {
    clock_.set(clock_.now() + 10 * kDayUs);
    table->append(*table->snapshot(), {file(std::to_string(i))});
  }
  EXPECT_TRUE(fs::exists(commit(0)));
}

TEST_F(CheckpointTest, TombstonesAreKeptForTheTablesRetention) {
  const auto table = make({{"delta.checkpointInterval", "1"},
                           {"delta.deletedFileRetentionDuration", "interval 2 days"}});
  table->append(*table->snapshot(), {file("1")});
  table->delete_all(*table->snapshot());
  clock_.set(clock_.now() + kDayUs);
  table->append(*table->snapshot(), {file("2")});
  EXPECT_EQ(pointer()["size"], 4);
  EXPECT_EQ(open()->tombstones().size(), 1u);
  clock_.set(clock_.now() + 2 * kDayUs);
  table->append(*table->snapshot(), {file("3")});
  EXPECT_EQ(pointer()["size"], 4);
  EXPECT_EQ(open()->tombstones().size(), 0u);
}

}  // namespace
}  // namespace tarn::lake::checkpoint_test
