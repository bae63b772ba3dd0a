// Tables that only the engine's extension reads: deletion vectors and column mapping.

#include <gtest/gtest.h>

#include <fstream>

#include "delta_fixture.h"
#include "expect_error.h"
#include "lake/optimize.h"
#include "lake/predicate.h"
#include "lake/vacuum.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;
using delta::Table;
using Kind = delta::Type::Kind;

// Rows 1 and 3 of a file, as an inline deletion vector (Delta protocol, "Deletion Vector Format":
// a Roaring bitmap in Z85).
constexpr const char* kRows1And3 =
    R"({"storageType":"i","pathOrInlineDv":"^Bg9^0rr910000000000iXQKl0rr91000315c8Xg0rri4",)"
    R"("sizeInBytes":36,"cardinality":2})";

class ExtensionTableTest : public DeltaTest {
 protected:
  void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  /// Rows 0 to 9 in `t`, of which 1 and 3 are deleted by a deletion vector in version 2.
  std::unique_ptr<Table> with_deletion_vector(const std::string& name = "t") {
    auto table = open(name);
    table->create(schema({{"a", Kind::kLong}, {"at", Kind::kTimestamp}}));
    insert(*table, "SELECT r, TIMESTAMP '2026-01-01' + INTERVAL (r) DAY FROM range(10) q(r)");
    delta::Add add = *table->snapshot()->files.front();
    add.deletion_vector = kRows1And3;
    const delta::Protocol protocol{.reader = 3,
                                   .writer = 7,
                                   .reader_features = {"deletionVectors"},
                                   .writer_features = {"deletionVectors"}};
    delta::Remove remove{.path = add.path, .deleted_ms = 1};
    write(table->folder() / "_delta_log/00000000000000000002.json",
          delta::to_line(protocol) + "\n" + delta::to_line(remove) + "\n" + delta::to_line(add) +
              "\n");
    return open(name);
  }
  std::string scan(const Table& table, const delta::Snapshot& snapshot,
                   const std::vector<std::string>& columns = {}) {
    return delta::scan_sql(snapshot, table.folder(), columns);
  }
};

TEST_F(ExtensionTableTest, DeletedRowsAreNotRead) {
  const auto table = with_deletion_vector();
  const auto snapshot = table->snapshot();
  EXPECT_TRUE(snapshot->needs_extension());
  EXPECT_EQ(snapshot->row_count(), 8);
  EXPECT_EQ(query("SELECT a FROM " + scan(*table, *snapshot) + " ORDER BY a LIMIT 3"),
            (Rows{{"0"}, {"2"}, {"4"}}));
  EXPECT_EQ(query("SELECT count(*) FROM " + scan(*table, *snapshot)), (Rows{{"8"}}));
  EXPECT_EQ(query("SELECT \"at\", typeof(\"at\") FROM " + scan(*table, *snapshot, {"at"}) +
                  " ORDER BY 1 LIMIT 2"),
            (Rows{{"2026-01-01 00:00:00", "TIMESTAMP"}, {"2026-01-03 00:00:00", "TIMESTAMP"}}));
  // Beside another table, and the version before.
  EXPECT_EQ(query("SELECT count(*) FROM " + scan(*table, *snapshot) + " x JOIN " +
                  scan(*table, *table->snapshot({.version = 1})) + " y USING (a)"),
            (Rows{{"8"}}));
  EXPECT_EQ(query("SELECT sum(a) FROM " + scan(*table, *table->snapshot({.version = 1}))),
            (Rows{{"45"}}));
}

TEST_F(ExtensionTableTest, FolderNames) {
  const auto escaped = with_deletion_vector("my%2Etable");
  EXPECT_ERROR(kUnsupported, scan(*escaped, *escaped->snapshot()));
  for (const char* name : {"with blank", "ümläut#1?x", "it's"}) {
    const auto table = with_deletion_vector(name);
    EXPECT_EQ(query("SELECT count(*) FROM " + scan(*table, *table->snapshot())), (Rows{{"8"}}))
        << name;
  }
}

TEST_F(ExtensionTableTest, ManyRowsAndNulls) {
  const auto table = open();
  table->create(schema({{"a", Kind::kLong}, {"s", Kind::kString}}));
  insert(
      *table,
      "SELECT r, CASE WHEN r % 3 = 0 THEN NULL ELSE repeat(chr((97 + r % 26)::INT), 20) END FROM "
      "range(100000) q(r)");
  delta::Add add = *table->snapshot()->files.front();
  const delta::Remove remove{.path = add.path, .deleted_ms = 1};
  add.deletion_vector = kRows1And3;
  write(table->folder() / "_delta_log/00000000000000000002.json",
        delta::to_line(delta::Protocol{.reader = 3,
                                       .writer = 7,
                                       .reader_features = {"deletionVectors"},
                                       .writer_features = {"deletionVectors"}}) +
            "\n" + delta::to_line(remove) + "\n" + delta::to_line(add) + "\n");
  const auto snapshot = table->snapshot();
  const std::string figures =
      "SELECT count(*), count(s), sum(a), sum(length(s)), bit_xor(hash(a, s)) FROM ";
  EXPECT_EQ(
      query(figures + scan(*table, *snapshot)),
      query(figures + scan(*table, *table->snapshot({.version = 1})) + " WHERE a NOT IN (1, 3)"));
}

TEST_F(ExtensionTableTest, ColumnMapping) {
  fs::create_directories(home_.path() / "t");
  database_->connect().execute(
      "COPY (SELECT r AS \"col-1\", 'x' || r AS \"col-2\" FROM range(3) q(r)) TO " +
      engine::quote_text((home_.path() / "t/1.parquet").string()) + " (FORMAT parquet)");
  const std::string field =
      R"({"name":"NAME","type":"TYPE","nullable":true,"metadata":{"delta.columnMapping.id":ID,)"
      R"("delta.columnMapping.physicalName":"col-ID"}})";
  const auto described = [&](const char* name, const char* type, const char* id) {
    std::string text = field;
    for (const auto& [key, value] : {std::pair("NAME", name), std::pair("TYPE", type),
                                     std::pair("ID", id), std::pair("ID", id)})
      text.replace(text.find(key), std::string(key).size(), value);
    return text;
  };
  delta::Metadata metadata;
  metadata.id = "5fba94ed-9794-4965-ba6e-6ee3c0d22af9";
  metadata.schema =
      delta::schema_from_json(R"({"type":"struct","fields":[)" + described("number", "long", "1") +
                              "," + described("a text", "string", "2") + "]}");
  metadata.configuration = {{"delta.columnMapping.mode", "name"},
                            {"delta.columnMapping.maxColumnId", "2"}};
  delta::Add add;
  add.path = "1.parquet";
  add.size = static_cast<std::int64_t>(fs::file_size(home_.path() / "t/1.parquet"));
  write(home_.path() / "t/_delta_log/00000000000000000000.json",
        delta::to_line(delta::Protocol{.reader = 2, .writer = 5}) + "\n" +
            delta::to_line(metadata) + "\n" + delta::to_line(add) + "\n");
  const auto table = open();
  EXPECT_EQ(rows(*table, *table->snapshot(), "ORDER BY number"),
            (Rows{{"0", "x0"}, {"1", "x1"}, {"2", "x2"}}));
  EXPECT_EQ(query("SELECT \"a text\" FROM " + scan(*table, *table->snapshot(), {"a text"}) +
                  " ORDER BY 1 DESC LIMIT 1"),
            (Rows{{"x2"}}));
}

TEST_F(ExtensionTableTest, TheyAreNotWritten) {
  const auto table = with_deletion_vector();
  const auto snapshot = table->snapshot();
  engine::Connection connection = database_->connect();
  EXPECT_ERROR(kUnsupported, table->delete_all(*snapshot));
  EXPECT_ERROR(kUnsupported, delta::optimize(*table, connection));
  EXPECT_ERROR(kUnsupported, delta::vacuum(*table));
}

TEST_F(ExtensionTableTest, TheExtensionSeesNoOtherFolders) {
  const TemporaryFolder elsewhere;
  fs::create_directories(elsewhere.path() / "t");
  const auto table = with_deletion_vector();
  fs::copy(table->folder(), elsewhere.path() / "t", fs::copy_options::recursive);
  try {
    query("SELECT count(*) FROM " + delta::scan_sql(*table->snapshot(), elsewhere.path() / "t"));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(name_of(error.code()), "PermissionDenied") << error.what();
  }
}

TEST_F(ExtensionTableTest, AMissingExtensionIsNamed) {
  const auto table = with_deletion_vector();
  const auto snapshot = table->snapshot();
  const TemporaryFolder empty;
  std::ofstream(empty.path() / "delta.duckdb_extension") << "not an extension";
  const char* before = std::getenv("TARN_LIBRARY_PATH");
  const std::string kept = before ? before : "";
  ::setenv("TARN_LIBRARY_PATH", empty.path().c_str(), 1);
  try {
    query("SELECT count(*) FROM " + scan(*table, *snapshot));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(name_of(error.code()), "Unsupported") << error.what();
    EXPECT_TRUE(error.message().starts_with(
        "The Delta table uses what only the engine's delta extension can read: "))
        << error.message();
  }
  before ? ::setenv("TARN_LIBRARY_PATH", kept.c_str(), 1) : ::unsetenv("TARN_LIBRARY_PATH");
  EXPECT_EQ(query("SELECT count(*) FROM " + scan(*table, *snapshot)), (Rows{{"8"}}));
}

}  // namespace
}  // namespace tarn::lake
