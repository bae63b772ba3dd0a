// OPTIMIZE, VACUUM and table properties.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <set>

#include "base/json.h"
#include "delta_fixture.h"
#include "expect_error.h"
#include "lake/optimize.h"
#include "lake/table_properties.h"
#include "lake/vacuum.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;
using delta::Table;
using Kind = delta::Type::Kind;

constexpr Micros kHour = 3'600'000'000;

class MaintenanceTest : public DeltaTest {
 protected:
  std::unique_ptr<Table> make(const std::vector<std::string>& partitions = {}) {
    auto table = open();
    table->create(schema({{"a", Kind::kLong}, {"p", Kind::kString}}), partitions);
    return table;
  }
  delta::OptimizeResult optimize(Table& table, std::optional<std::uint64_t> target = {}) {
    engine::Connection connection = database_->connect();
    return delta::optimize(table, connection, {.target_file_bytes = target, .user = "me"});
  }
  std::set<std::string> data_files() const {
    std::set<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(home_.path() / "t")) {
      const std::string path = entry.path().lexically_relative(home_.path() / "t").string();
      if (entry.is_regular_file() && !path.starts_with('_')) files.insert(path);
    }
    return files;
  }
  // Files get the machine's time; the clock of the tables is the test's.
  void age(const fs::path& path, Micros modified) {
    const timespec time{.tv_sec = modified / 1'000'000, .tv_nsec = 0};
    const timespec times[] = {time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  void age_all(Micros modified) {
    for (const auto& entry : fs::recursive_directory_iterator(home_.path() / "t")) {
      if (entry.path().string().find("_delta_log") == std::string::npos)
        age(entry.path(), modified);
    }
  }
};

TEST_F(MaintenanceTest, OptimizeKeepsTheRowsAndSaysSo) {
  const auto table = make();
  for (int i = 0; i < 5; ++i)
    insert(*table, "SELECT r, 'x' FROM range(" + std::to_string(i * 10) + ", " +
                       std::to_string(i * 10 + 10) + ") q(r)");
  const auto before = table->snapshot();
  const Rows expected = rows(*table, *before, "ORDER BY a");
  const auto result = optimize(*table);
  EXPECT_EQ(result.version, 6);
  EXPECT_EQ(result.files_removed, 5);
  EXPECT_EQ(result.files_added, 1);
  EXPECT_EQ(result.bytes_removed, before->size_bytes());
  EXPECT_EQ(result.partitions_optimized, 1);
  const auto after = table->snapshot();
  ASSERT_EQ(after->files.size(), 1u);
  EXPECT_FALSE(after->files.front()->data_change);
  EXPECT_EQ(after->row_count(), 50);
  EXPECT_EQ(rows(*table, *after, "ORDER BY a"), expected);
  EXPECT_EQ(rows(*table, *table->snapshot({.version = 5}), "ORDER BY a"), expected);
  for (const auto& remove : table->tombstones()) EXPECT_FALSE(remove->data_change);
  const auto history = table->history(1).front().info;
  EXPECT_EQ(history.operation, "OPTIMIZE");
  EXPECT_EQ(history.user, "me");
  EXPECT_EQ(Json::parse(history.metrics)["numRemovedFiles"], "5");
  EXPECT_EQ(optimize(*table).version, 6);  // nothing to do, no commit
}

TEST_F(MaintenanceTest, OptimizeStaysWithinPartitions) {
  const auto table = make({"p"});
  for (int i = 0; i < 3; ++i)
    insert(*table,
           "SELECT r, CASE r % 3 WHEN 0 THEN NULL WHEN 1 THEN 'a/b' ELSE 'c' END FROM "
           "range(9) q(r)");
  insert(*table, "SELECT 100, 'alone'");
  const Rows expected = rows(*table, *table->snapshot(), "ORDER BY ALL");
  const auto result = optimize(*table);
  EXPECT_EQ(result.partitions_optimized, 3);
  const auto after = open()->snapshot();
  EXPECT_EQ(after->files.size(), 4u);
  EXPECT_EQ(rows(*table, *after, "ORDER BY ALL"), expected);
  EXPECT_EQ(rows(*table, *after, "WHERE p IS NULL").size(), 9u);
}

TEST_F(MaintenanceTest, OptimizeTakesTheTargetFromTheTable) {
  const auto table = make();
  for (int i = 0; i < 4; ++i) insert(*table, "SELECT r, md5(r::VARCHAR) FROM range(3000) q(r)");
  const auto size = static_cast<std::uint64_t>(table->snapshot()->files.front()->size);
  delta::change_properties(
      *table, {.set = {{"delta.targetFileSize", std::to_string(size * 5 / 2)}}, .unset = {}});
  EXPECT_EQ(optimize(*table).files_removed, 4);
  EXPECT_EQ(table->snapshot()->files.size(), 2u);
  EXPECT_EQ(table->snapshot()->row_count(), 12'000);
  EXPECT_ERROR(kInvalidArgument, optimize(*table, delta::kOptimizeFileBytesMin - 1));
  EXPECT_EQ(optimize(*table, delta::kOptimizeFileBytesMin).files_removed, 0);
  EXPECT_ERROR(kInvalidArgument, optimize(*table, delta::kOptimizeFileBytesMax + 1));
}

TEST_F(MaintenanceTest, OptimizeConflictsOnlyWithRemovalsOfItsFiles) {
  const auto table = make();
  insert(*table, "SELECT 1, 'x'");
  insert(*table, "SELECT 2, 'x'");
  const auto read = table->snapshot();
  const auto rearrange = [&](const std::string& path) {
    delta::Change change{.kind = delta::Change::Kind::kRearrange,
                         .read_version = read->version,
                         .actions = {delta::Remove{.path = path, .data_change = false}},
                         .operation = "OPTIMIZE"};
    return table->commit(change);
  };
  insert(*table, "SELECT 3, 'x'");
  delta::Change removal{.kind = delta::Change::Kind::kRearrange,
                        .read_version = read->version,
                        .actions = {delta::Remove{.path = read->files[0]->path}},
                        .operation = "DELETE"};
  table->commit(removal);
  EXPECT_ERROR(kConflict, rearrange(read->files[0]->path));
  EXPECT_EQ(rearrange(read->files[1]->path), 5);
  EXPECT_EQ(table->snapshot()->files.size(), 1u);
}

TEST_F(MaintenanceTest, OptimizeNoticesThatTheLogLies) {
  const auto table = make();
  insert(*table, "SELECT 1, 'x'");
  auto adds = std::vector<delta::Add>{*table->snapshot()->files.front()};
  adds[0].path = "copy.parquet";
  adds[0].stats = "{\"numRecords\":7}";
  fs::copy_file(table->folder() / table->snapshot()->files.front()->path,
                table->folder() / "copy.parquet");
  table->append(*table->snapshot(), adds);
  const auto files = data_files();
  EXPECT_ERROR(kDataLoss, optimize(*table));
  EXPECT_EQ(data_files(), files);
  EXPECT_EQ(table->snapshot()->version, 2);
}

TEST_F(MaintenanceTest, VacuumDeletesWhatNoVersionWithinTheRetentionNeeds) {
  const auto table = make({"p"});
  insert(*table, "SELECT 1, 'old'");
  const std::string removed = table->snapshot()->files.front()->path;
  table->delete_all(*table->snapshot());
  insert(*table, "SELECT 2, 'new'");
  const std::string current = table->snapshot()->files.front()->path;
  std::ofstream(home_.path() / "t/stray.parquet") << "of a lost commit";
  fs::create_directories(home_.path() / "t/_other");
  std::ofstream(home_.path() / "t/_other/kept") << "hidden";
  std::ofstream(home_.path() / "t/.hidden") << "hidden";
  fs::create_symlink("/etc/passwd", home_.path() / "t/link");
  age_all(clock_.now());

  EXPECT_EQ(delta::vacuum(*table).file_count, 0);
  clock_.set(clock_.now() + 169 * kHour);
  const auto dry = delta::vacuum(*table, {.dry_run = true});
  EXPECT_EQ(dry.files, (std::vector<std::string>{removed, "stray.parquet"}));
  EXPECT_EQ(dry.folder_count, 1);
  EXPECT_DOUBLE_EQ(dry.retention_hours, 168);
  EXPECT_TRUE(fs::exists(table->folder() / removed));
  EXPECT_EQ(table->snapshot()->version, 5);  // the one that deleted nothing is noted, too

  const auto done = delta::vacuum(*table, {.user = "me"});
  EXPECT_EQ(done.file_count, 2);
  EXPECT_GT(done.bytes, 0);
  EXPECT_FALSE(fs::exists(table->folder() / removed));
  EXPECT_EQ(data_files(), (std::set<std::string>{".hidden", "link", current}));
  EXPECT_TRUE(fs::is_symlink(table->folder() / "link"));
  EXPECT_TRUE(fs::exists(table->folder() / "_other/kept"));
  EXPECT_EQ(rows(*table, *open()->snapshot()).size(), 1u);
  const auto history = table->history(2);
  EXPECT_EQ(history[0].info.operation, "VACUUM END");
  EXPECT_EQ(history[1].info.operation, "VACUUM START");
  EXPECT_EQ(Json::parse(history[1].info.metrics)["numFilesToDelete"], "2");
  EXPECT_EQ(Json::parse(history[0].info.parameters)["status"], "COMPLETED");

  // A version that needs what is gone says so.
  const auto past = table->snapshot({.version = 1});
  EXPECT_ERROR(kNotFound, table->check_files(*past));
  try {
    table->check_files(*past);
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "Version 1 can no longer be read: its file is gone: '" + removed + "'.");
  }
  table->check_files(*table->snapshot({.version = 3}));
}

TEST_F(MaintenanceTest, VacuumRefusesAShortRetentionUnlessForced) {
  const auto table = make();
  insert(*table, "SELECT 1, 'x'");
  table->delete_all(*table->snapshot());
  age_all(clock_.now() - kHour);
  clock_.set(clock_.now() + kHour);
  try {
    delta::vacuum(*table, {.retention_hours = 1.5});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "A retention of 1.5 hours is below the table's 168 hours: files that readers and "
              "other writers still need could be deleted.");
  }
  EXPECT_ERROR(kInvalidArgument, delta::vacuum(*table, {.retention_hours = -1, .force = true}));
  EXPECT_EQ(delta::vacuum(*table, {.retention_hours = 1.5, .force = true}).file_count, 0);
  delta::change_properties(
      *table,
      {.set = {{"delta.deletedFileRetentionDuration", "interval 30 minutes"}}, .unset = {}});
  EXPECT_EQ(delta::vacuum(*table).file_count, 1);
}

TEST_F(MaintenanceTest, VacuumRemovesEmptyPartitionFolders) {
  const auto table = make({"p"});
  insert(*table, "SELECT 1, 'gone'");
  table->delete_all(*table->snapshot());
  age_all(clock_.now());
  clock_.set(clock_.now() + 169 * kHour);
  // A folder that was made lately may be about to get a file.
  for (const auto& entry : fs::directory_iterator(table->folder())) {
    if (entry.is_directory()) age(entry.path(), clock_.now());
  }
  const auto first = delta::vacuum(*table);
  EXPECT_EQ(first.file_count, 1);
  EXPECT_EQ(first.folder_count, 0);
  EXPECT_TRUE(fs::is_empty(table->folder() / "p=gone"));
  age_all(clock_.now());
  clock_.set(clock_.now() + 169 * kHour);
  EXPECT_EQ(delta::vacuum(*table).folder_count, 1);
  EXPECT_FALSE(fs::exists(table->folder() / "p=gone"));
}

TEST(TableProperties, Intervals) {
  EXPECT_EQ(delta::parse_interval_ms("interval 30 days"), 30LL * 86'400'000);
  EXPECT_EQ(delta::parse_interval_ms("INTERVAL 1 week 2 hours"), 7LL * 86'400'000 + 7'200'000);
  EXPECT_EQ(delta::parse_interval_ms("5 milliseconds"), 5);
  EXPECT_EQ(delta::parse_interval_ms("interval 0 seconds"), 0);
  for (const char* wrong : {"", "interval", "1 month", "days 3", "-1 day", "1.5 days", "1 day 2"})
    EXPECT_FALSE(delta::parse_interval_ms(wrong)) << wrong;
}

TEST_F(MaintenanceTest, Properties) {
  const auto table = make();
  const auto set = [&](std::map<std::string, std::string> values) {
    return delta::change_properties(*table, {.set = std::move(values), .unset = {}}, "me");
  };
  EXPECT_EQ(set({{"delta.checkpointInterval", "3"}, {"owner", "sales"}}), 1);
  EXPECT_EQ(set({{"owner", "sales"}}), 1);  // as it is: no commit
  EXPECT_EQ(open()->snapshot()->metadata.configuration.at("owner"), "sales");
  EXPECT_EQ(table->history(1).front().info.operation, "SET TBLPROPERTIES");
  EXPECT_EQ(delta::change_properties(*table, {.set = {}, .unset = {"owner"}}), 2);
  EXPECT_ERROR(kNotFound, delta::change_properties(*table, {.set = {}, .unset = {"owner"}}));
  set({{"a", "1"}});
  EXPECT_TRUE(fs::exists(table->folder() / "_delta_log/00000000000000000003.checkpoint.parquet"));

  const auto refusal = [&](const std::string& name, const std::string& value) {
    try {
      set({{name, value}});
      return std::string("no error");
    } catch (const Error& error) {
      return error.message();
    }
  };
  EXPECT_EQ(refusal("delta.enableChangeDataFeed", "true"),
            "The table property 'delta.enableChangeDataFeed' needs what Tarn cannot write: "
            "changeDataFeed.");
  EXPECT_EQ(refusal("delta.columnMapping.mode", "name"),
            "The table property 'delta.columnMapping.mode' needs what Tarn cannot write: "
            "columnMapping.");
  EXPECT_EQ(refusal("delta.constraints.positive", "a > 0"),
            "The table property 'delta.constraints.positive' needs what Tarn cannot write: "
            "checkConstraints.");
  EXPECT_EQ(refusal("delta.appendOnly", "yes"),
            "The table property 'delta.appendOnly' cannot be 'yes'.");
  EXPECT_EQ(refusal("delta.targetFileSize", "12 parsecs"),
            "The table property 'delta.targetFileSize' cannot be '12 parsecs'.");
  EXPECT_EQ(refusal("delta.apendOnly", "true"),
            "Delta has no such table property, or Tarn does not honour it: 'delta.apendOnly'.");
  EXPECT_EQ(refusal(" ", "x"), "A table property needs a name and a value in UTF-8.");
  EXPECT_EQ(table->snapshot()->version, 3);
}

// Two changes of properties at once: the second sees the first or is told.
TEST_F(MaintenanceTest, APropertyChangeConflictsWithAnother) {
  const auto table = make();
  const auto read = table->snapshot();
  delta::change_properties(*table, {.set = {{"a", "1"}}, .unset = {}});
  delta::Metadata metadata = read->metadata;
  metadata.configuration["b"] = "2";
  delta::Change change{.kind = delta::Change::Kind::kMetadata,
                       .read_version = read->version,
                       .actions = {metadata},
                       .operation = "SET TBLPROPERTIES"};
  EXPECT_ERROR(kConflict, table->commit(change));
}

}  // namespace
}  // namespace tarn::lake
