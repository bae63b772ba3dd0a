#include "lake/row_change.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "delta_fixture.h"
#include "expect_error.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;
using Kind = delta::Type::Kind;

class RowChangeTest : public DeltaTest {
 protected:
  /// Puts the rows that `condition` finds, numbered, with `values`, into the table "changes".
  void find(const delta::Table& table, const delta::Snapshot& snapshot,
            const std::string& condition, const std::string& values = "0") {
    const RowScan scan = row_scan(snapshot, table.folder());
    connection_.execute("CREATE OR REPLACE TEMP TABLE changes AS SELECT " + scan.row_column +
                        " AS c0, " + values + " AS c1 FROM " + scan.sql + " WHERE " + condition);
  }
  /// Writes and commits; the new version.
  std::int64_t commit(delta::Table& table, const delta::Snapshot& read, const RowEdit& edit) {
    TableWriter writer(table.folder(), read.schema(), read.metadata.partition_columns);
    const FileChange files = edit_rows(writer, connection_, read, table.folder(), edit);
    const std::int64_t version = table.commit(row_commit(read, files, "UPDATE", "somebody"));
    writer.keep();
    return version;
  }
  static RowEdit removal() { return {.changes = "changes", .removed = "true"}; }
  static std::set<std::string> paths(const delta::Snapshot& snapshot) {
    std::set<std::string> result;
    for (const auto& file : snapshot.files) result.insert(file->path);
    return result;
  }
  /// A table of a and s, with the rows 0 to 2 and 10 to 12 in two files.
  std::unique_ptr<delta::Table> two_files() {
    auto table = open();
    table->create(schema({{"a", Kind::kInteger}, {"s", Kind::kString}}));
    insert(*table, "SELECT range::INTEGER, 'x' || range FROM range(3)");
    insert(*table, "SELECT range::INTEGER, 'x' || range FROM range(10, 13)");
    return table;
  }

  engine::Connection connection_ = database_->connect();
};

TEST_F(RowChangeTest, RewritesOnlyTheFilesWithChangedRows) {
  const auto table = two_files();
  const auto before = table->snapshot();
  find(*table, *before, "a = 11", "'new'");
  commit(*table, *before, {.changes = "changes", .values = {"", "c.c1"}});
  const auto after = table->snapshot();
  EXPECT_EQ(rows(*table, *after, "ORDER BY a"),
            query("VALUES (0, 'x0'), (1, 'x1'), (2, 'x2'), (10, 'x10'), (11, 'new'), (12, 'x12')"));
  const auto old_paths = paths(*before);
  const auto new_paths = paths(*after);
  std::vector<std::string> kept;
  std::set_intersection(old_paths.begin(), old_paths.end(), new_paths.begin(), new_paths.end(),
                        std::back_inserter(kept));
  EXPECT_EQ(kept.size(), 1u) << "the file without a changed row stays";
  const auto entry = table->history(1).front();
  EXPECT_EQ(entry.info.operation, "UPDATE");
  EXPECT_EQ(entry.info.user, "somebody");
  EXPECT_EQ(rows(*table, *table->snapshot({.version = before->version}), "ORDER BY a")[4][1],
            "x11");
}

TEST_F(RowChangeTest, AFileAllOfWhoseRowsGoIsOnlyRemoved) {
  const auto table = two_files();
  const auto before = table->snapshot();
  find(*table, *before, "a >= 10");
  commit(*table, *before, removal());
  const auto after = table->snapshot();
  EXPECT_EQ(after->files.size(), 1u);
  EXPECT_TRUE(paths(*before).contains(after->files.front()->path));
  EXPECT_EQ(after->row_count(), 3);
}

TEST_F(RowChangeTest, RemovesUpdatesAndAddsInOneCommit) {
  const auto table = two_files();
  const auto before = table->snapshot();
  find(*table, *before, "a IN (0, 1, 10)", "a");
  connection_.execute("INSERT INTO changes VALUES (NULL, 99)");
  const std::int64_t version =
      commit(*table, *before,
             {.changes = "changes",
              .values = {"c.c1 + 100", ""},
              .removed = "c.c1 = 0",
              .added = "SELECT c1, 'added' FROM changes WHERE c0 IS NULL"});
  EXPECT_EQ(version, before->version + 1);
  EXPECT_EQ(rows(*table, *table->snapshot(), "ORDER BY a"),
            query("VALUES (2, 'x2'), (11, 'x11'), (12, 'x12'), (99, 'added'), (101, 'x1'), "
                  "(110, 'x10')"));
}

TEST_F(RowChangeTest, RowsThatDoNotChangeAreCopiedBitForBit) {
  const auto table = open();
  delta::Schema all = schema({{"k", Kind::kInteger},
                              {"d", Kind::kDouble},
                              {"x", Kind::kBinary},
                              {"at", Kind::kTimestamp},
                              {"local", Kind::kTimestampNtz},
                              {"t", Kind::kBoolean}});
  delta::Field list;
  list.name = "list";
  list.type.kind = Kind::kArray;
  list.type.children.push_back({.name = "element", .type = {.kind = Kind::kString}});
  all.fields.push_back(list);
  table->create(all);
  insert(*table,
         "SELECT 1, 'NaN'::DOUBLE, '\\x00\\xFF'::BLOB, TIMESTAMP '1890-01-01 00:00:00.000001', "
         "TIMESTAMP '9999-12-31 23:59:59.999999', NULL, ['a', NULL, ''] UNION ALL "
         "SELECT 2, -0.0, ''::BLOB, NULL, NULL, false, [] UNION ALL "
         "SELECT 3, 1, NULL, NULL, NULL, true, NULL");
  const auto before = table->snapshot();
  const auto expected = rows(*table, *before, "WHERE k < 3 ORDER BY k");
  find(*table, *before, "k = 3");
  commit(*table, *before, removal());
  EXPECT_EQ(rows(*table, *table->snapshot(), "ORDER BY k"), expected);
}

TEST_F(RowChangeTest, PartitionsColumnsOfAnyNameAndMissingColumns) {
  const auto table = open();
  table->create(schema({{"p", Kind::kString},
                        {"file_index", Kind::kInteger},
                        {"file_row_number", Kind::kInteger},
                        {"tarn_row", Kind::kInteger},
                        {"a b\"", Kind::kInteger}}),
                {"p"});
  insert(*table,
         "SELECT 'x', 1, 2, 3, 4 UNION ALL SELECT 'y', 5, 6, 7, 8 UNION ALL "
         "SELECT NULL, 9, 10, 11, 12");
  insert(*table, "SELECT 'y', 13, 14, 15, 16");
  const auto before = table->snapshot();
  ASSERT_EQ(before->files.size(), 4u);
  EXPECT_EQ(row_scan(*before, table->folder()).row_column, "tarn_row_");
  find(*table, *before, "p = 'y' OR p IS NULL", "'z'");
  commit(*table, *before,
         {.changes = "changes", .values = {"c.c1", "o.file_index * 10", "", "", "-o.tarn_row"}});
  EXPECT_EQ(rows(*table, *table->snapshot(), "ORDER BY file_index"),
            query("VALUES ('x', 1, 2, 3, 4), ('z', 50, 6, 7, -7), ('z', 90, 10, 11, -11), "
                  "('z', 130, 14, 15, -15)"));
}

TEST_F(RowChangeTest, TheRowsOfOneFileAreNumberedWhateverTheirOrder) {
  const auto table = open();
  table->create(schema({{"a", Kind::kInteger}}));
  for (int i = 0; i < 5; ++i)
    insert(*table, "SELECT (range + " + std::to_string(i * 1000) + ")::INTEGER FROM range(1000)");
  const auto snapshot = table->snapshot();
  const RowScan scan = row_scan(*snapshot, table->folder());
  const auto numbers = query(
      "SELECT count(DISTINCT tarn_row), count(DISTINCT tarn_row >> 40), "
      "max(tarn_row & 1099511627775) FROM " +
      scan.sql);
  EXPECT_EQ(numbers, query("SELECT 5000, 5, 999"));
  find(*table, *snapshot, "a % 7 = 0", "-a");
  commit(*table, *snapshot, {.changes = "changes", .values = {"c.c1"}});
  EXPECT_EQ(query("SELECT count(*), sum(abs(a)), count(*) FILTER (WHERE a < 0) FROM " +
                  delta::scan_sql(*table->snapshot(), table->folder())),
            query("SELECT 5000, 12497500, 714"));
}

TEST_F(RowChangeTest, ConflictsWithWhatItRead) {
  const auto change = [&](delta::Table& table, const delta::Snapshot& read) {
    find(table, read, "a = 11", "'mine'");
    commit(table, read, {.changes = "changes", .values = {"", "c.c1"}});
  };
  {
    const auto table = two_files();
    const auto read = table->snapshot();
    insert(*table, "SELECT 11, 'theirs'");
    EXPECT_ERROR(kConflict, change(*table, *read));
  }
  fs::remove_all(home_.path() / "t");
  {
    const auto table = two_files();
    const auto read = table->snapshot();
    find(*table, *read, "a < 10");
    commit(*table, *read, removal());
    EXPECT_ERROR(kConflict, change(*table, *read));
  }
  fs::remove_all(home_.path() / "t");
  {
    const auto table = two_files();
    const auto read = table->snapshot();
    table->overwrite(*read, {},
                     schema({{"a", Kind::kInteger}, {"s", Kind::kString}, {"n", Kind::kDate}}));
    EXPECT_ERROR(kConflict, change(*table, *read));
  }
}

TEST_F(RowChangeTest, GoesOnTopOfACompactionElsewhereButNotOfItsOwnFiles) {
  const auto table = two_files();
  const auto read = table->snapshot();
  const auto compact = [&](std::size_t file) {
    const auto& old = table->snapshot()->files[file];
    delta::Add moved = *old;
    moved.data_change = false;
    moved.path = "moved-" + old->path;
    fs::copy_file(table->folder() / old->path, table->folder() / moved.path);
    table->commit({.kind = delta::Change::Kind::kOverwrite,
                   .read_version = table->snapshot()->version,
                   .actions = {delta::Remove{.path = old->path, .data_change = false}, moved},
                   .operation = "OPTIMIZE"});
  };
  const auto file_of = [&](const std::string& condition) {
    find(*table, *read, condition, "'mine'");
    return static_cast<std::size_t>(
        std::stoll(*connection_.rows("SELECT c0 >> 40 FROM changes").at(0).at(0)));
  };
  const std::size_t elsewhere = file_of("a = 1");
  file_of("a = 11");
  compact(elsewhere);
  EXPECT_EQ(commit(*table, *read, {.changes = "changes", .values = {"", "c.c1"}}),
            read->version + 2);
  EXPECT_EQ(table->snapshot()->row_count(), 6);

  const auto again = table->snapshot();
  find(*table, *again, "a = 1", "'mine'");
  const auto own = static_cast<std::size_t>(
      std::stoll(*connection_.rows("SELECT c0 >> 40 FROM changes").at(0).at(0)));
  compact(own);
  EXPECT_ERROR(kConflict, commit(*table, *again, {.changes = "changes", .values = {"", "c.c1"}}));
}

TEST_F(RowChangeTest, WhatFailsLeavesNoFile) {
  const auto table = two_files();
  const auto files = [&] {
    return std::distance(fs::directory_iterator(table->folder()), fs::directory_iterator());
  };
  const auto before = files();
  const auto read = table->snapshot();
  find(*table, *read, "a = 11", "'no number'");
  EXPECT_THROW(commit(*table, *read, {.changes = "changes", .values = {"c.c1", ""}}), Error);
  insert(*table, "SELECT 11, 'theirs'");
  EXPECT_THROW(commit(*table, *read, {.changes = "changes", .values = {"", "c.c1"}}), Error);
  EXPECT_EQ(files(), before + 1) << "only the other's";
}

TEST_F(RowChangeTest, AppendOnlyTablesKeepTheirRows) {
  const auto table = open();
  table->create(schema({{"a", Kind::kInteger}}), {}, {{"delta.appendOnly", "true"}});
  insert(*table, "SELECT 1");
  const auto read = table->snapshot();
  find(*table, *read, "a = 1");
  EXPECT_ERROR(kInvalidArgument, commit(*table, *read, removal()));
}

TEST_F(RowChangeTest, ASnapshotWithTheChangeReadsAsTheCommitWill) {
  const auto table = two_files();
  const auto read = table->snapshot();
  find(*table, *read, "a = 11", "'new'");
  TableWriter writer(table->folder(), read->schema());
  const FileChange files = edit_rows(writer, connection_, *read, table->folder(),
                                     {.changes = "changes", .values = {"", "c.c1"}});
  const auto virtual_snapshot = with_files(*read, files);
  EXPECT_EQ(virtual_snapshot->version, read->version);
  const auto expected = rows(*table, *virtual_snapshot, "ORDER BY a");
  table->commit(row_commit(*read, files, "UPDATE", ""));
  writer.keep();
  EXPECT_EQ(rows(*table, *table->snapshot(), "ORDER BY a"), expected);
}

}  // namespace
}  // namespace tarn::lake
