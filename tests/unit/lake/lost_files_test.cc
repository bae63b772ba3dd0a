#include "lake/lost_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "delta_fixture.h"
#include "expect_error.h"
#include "lake/table_check.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;
using delta::Type;
using std::chrono::hours;

class LostFilesTest : public DeltaTest {
 protected:
  LostFilesTest() {
    table_ = open();
    table_->create(schema({{"n", Type::Kind::kLong}}));
    insert(*table_, "SELECT 1::BIGINT AS n");
    insert(*table_, "SELECT 2::BIGINT AS n");
    for (const auto& add : table_->snapshot()->files) age(table_->folder() / add->path, hours(999));
  }

  static void age(const fs::path& file, hours old) {
    fs::last_write_time(file, fs::file_time_type::clock::now() - old);
  }
  fs::path lose(const std::string& name, hours old) {
    const fs::path file = table_->folder() / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "PAR1 and no commit";
    age(file, old);
    return file;
  }
  delta::LostFiles sweep() { return delta::remove_lost_files(table_->folder(), provider()); }

  std::unique_ptr<delta::Table> table_;
};

TEST_F(LostFilesTest, OnlyOldFilesThatNoVersionNamesGo) {
  const fs::path old = lose("part-lost.parquet", hours(24 * 7 + 1));
  const fs::path partition = lose("day=1/part-lost.parquet", hours(24 * 8));
  const fs::path young = lose("part-young.parquet", hours(24 * 7 - 1));
  const fs::path other = lose("notes.txt", hours(24 * 30));
  const fs::path hidden = lose("_change_data/part-x.parquet", hours(24 * 30));
  const delta::LostFiles lost = sweep();
  EXPECT_EQ(lost.removed, 2u);
  EXPECT_EQ(lost.bytes, 36u);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_FALSE(fs::exists(partition));
  for (const fs::path& kept : {young, other, hidden}) EXPECT_TRUE(fs::exists(kept)) << kept;
  EXPECT_EQ(sweep().removed, 0u);
  EXPECT_EQ(rows(*table_, *table_->snapshot(), "ORDER BY n").size(), 2u);
}

TEST_F(LostFilesTest, FilesOfEarlierVersionsStay) {
  const delta::SnapshotPtr before = table_->snapshot();
  table_->delete_all(*before);
  lose("part-lost.parquet", hours(24 * 8));
  EXPECT_EQ(sweep().removed, 1u);
  EXPECT_EQ(rows(*table_, *table_->snapshot({.version = before->version, .timestamp = {}})).size(),
            2u);
}

TEST_F(LostFilesTest, FilesThatOnlyACheckpointNamesStay) {
  while (table_->snapshot()->version < 11) insert(*table_, "SELECT 3::BIGINT AS n");
  const fs::path log = table_->folder() / "_delta_log";
  ASSERT_TRUE(fs::exists(log / "00000000000000000010.checkpoint.parquet"));
  for (int version = 0; version < 10; ++version) fs::remove(log / delta::commit_file_name(version));
  table_ = open();
  lose("part-lost.parquet", hours(24 * 8));
  const std::size_t files = table_->snapshot()->files.size();
  EXPECT_EQ(sweep().removed, 1u);
  EXPECT_EQ(rows(*table_, *table_->snapshot()).size(), files);
}

TEST_F(LostFilesTest, ADamagedLogKeepsEverything) {
  const fs::path lost = lose("part-lost.parquet", hours(24 * 8));
  std::ofstream(table_->folder() / "_delta_log" / delta::commit_file_name(1)) << "{\"add\":{";
  EXPECT_ERROR(kDataLoss, sweep());
  EXPECT_TRUE(fs::exists(lost));
}

TEST_F(LostFilesTest, AFolderWithoutALogIsNoTable) {
  const fs::path lost = lose("deep/part-lost.parquet", hours(24 * 8));
  EXPECT_EQ(delta::remove_lost_files(lost.parent_path(), provider()).removed, 0u);
  EXPECT_TRUE(fs::exists(lost));
}

TEST_F(LostFilesTest, ACheckNamesWhatIsMissing) {
  EXPECT_TRUE(delta::check_table(table_->folder(), provider(), 10).problems.empty());
  EXPECT_EQ(delta::find_tables(home_.path()), std::vector<fs::path>{table_->folder()});
  const auto files = table_->snapshot()->files;
  fs::remove(table_->folder() / files[0]->path);
  fs::resize_file(table_->folder() / files[1]->path, 7);
  const delta::TableCheck two = delta::check_table(table_->folder(), provider(), 10);
  EXPECT_EQ(two.files, 2u);
  EXPECT_THAT(two.problems, testing::UnorderedElementsAre(
                                testing::HasSubstr("a file is missing: " + files[0]->path),
                                testing::HasSubstr(" (7 bytes, not ")));
  EXPECT_EQ(delta::check_table(table_->folder(), provider(), 1).problems.size(), 1u);
  insert(*table_, "SELECT 5::BIGINT AS n");
  fs::remove(table_->folder() / "_delta_log" / delta::commit_file_name(2));
  EXPECT_THAT(delta::check_table(table_->folder(), provider(), 10).problems,
              testing::Contains("the log has a gap after version 1"));
}

}  // namespace
}  // namespace tarn::lake
