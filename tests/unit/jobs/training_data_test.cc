#include "detail/training_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detail/frame_reader.h"
#include "home.h"
#include "lake/table_writer.h"

namespace tarn::jobs::detail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TrainingDataTest : public testing::Test {
 protected:
  void put(const std::string& path, std::string_view text) {
    home_.lake.put(lake::parse_path(path), text);
  }

  TrainingData resolve_path(const std::string& path, const std::string& type) {
    DataInput input;
    input.path = path;
    input.type = type;
    input.place = {"job.yml", 4, 9};
    return resolve(input, home_.catalog);
  }

  ml::Frame read(const TrainingData& data) {
    engine::Connection connection = home_.engine().connect();
    return read_frame(connection, data.query).frame;
  }

  std::string error_of(const std::string& path, const std::string& type) {
    try {
      resolve_path(path, type);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  Home home_;
};

TEST_F(TrainingDataTest, ReadsAFile) {
  const TrainingData data = resolve_path("files/data/rentals.csv", "uri_file");
  EXPECT_EQ(data.source, "files/data/rentals.csv");
  EXPECT_EQ(data.source_kind, "file");
  EXPECT_FALSE(data.source_version.empty());
  const ml::Frame frame = read(data);
  EXPECT_EQ(frame.rows(), 3u);
  EXPECT_EQ(frame.column("temp").type, ml::ColumnType::kDouble);
  EXPECT_EQ(frame.column("rentals").type, ml::ColumnType::kInt64);
}

TEST_F(TrainingDataTest, ReadsAFolderOfFilesOfOneKind) {
  put("files/parts/a.csv", "x,y\n1,2\n");
  put("files/parts/b.csv", "x,y\n3,4\n");
  EXPECT_EQ(read(resolve_path("files/parts", "uri_folder")).rows(), 2u);
  EXPECT_EQ(read(resolve_path("files/parts/*.csv", "uri_folder")).rows(), 2u);
  put("files/parts/c.parquet", "PAR1");
  EXPECT_THAT(error_of("files/parts", "uri_folder"),
              HasSubstr("job.yml:4:9: The folder holds files of several kinds"));
}

TEST_F(TrainingDataTest, RefusesWhatCannotBeTrainedOn) {
  put("files/data/notes.docx", "x");
  EXPECT_THAT(error_of("files/data/notes.docx", "uri_file"),
              HasSubstr("A file of this kind cannot be trained on"));
  EXPECT_THAT(error_of("files/data", "uri_file"), HasSubstr("Write type: uri_folder."));
  EXPECT_THAT(error_of("files/data/rental.csv", "uri_file"), HasSubstr("job.yml:4:9: "));
  EXPECT_NE(error_of("files/../secret.csv", "uri_file"), "");
}

TEST_F(TrainingDataTest, ReadsAnMltable) {
  put("files/table/x.csv", "a;b;c\n1;2;3\n");
  put("files/table/MLTable",
      "type: mltable\npaths:\n  - file: ./x.csv\ntransformations:\n  - read_delimited:\n      "
      "delimiter: ';'\n"
      "      header: all_files_same_headers\n      encoding: ascii\n  - keep_columns: [a, c]\n");
  const TrainingData data = resolve_path("files/table", "mltable");
  EXPECT_EQ(data.source, "files/table");
  const ml::Frame frame = read(data);
  ASSERT_EQ(frame.columns().size(), 2u);
  EXPECT_EQ(frame.columns()[1].name, "c");
}

TEST_F(TrainingDataTest, RefusesStepsOfAnMltableByName) {
  put("files/table/MLTable", "paths:\n  - file: ./x.csv\ntransformations:\n  - take: 5\n");
  EXPECT_THAT(
      error_of("files/table", "mltable"),
      HasSubstr(
          "files/table/MLTable:4:5: the MLTable step 'take' is not in this version of Tarn."));
  put("files/table/MLTable", "paths:\n  - file: ../../etc/passwd\n");
  EXPECT_NE(error_of("files/table", "mltable"), "");
  EXPECT_THAT(error_of("files/data", "mltable"), HasSubstr("it has no file named MLTable"));
}

TEST_F(TrainingDataTest, PinsTheTablesVersion) {
  lake::delta::Schema schema;
  schema.fields.push_back(
      {"x",
       {.kind = lake::delta::Type::Kind::kInteger, .precision = 0, .scale = 0, .children = {}},
       true,
       "{}"});
  schema.fields.push_back(
      {"y",
       {.kind = lake::delta::Type::Kind::kDouble, .precision = 0, .scale = 0, .children = {}},
       true,
       "{}"});
  const lake::TableRef ref = home_.catalog.create_table("default", "dbo", "bike_data", schema);
  engine::Connection connection = home_.engine().connect();
  const auto append = [&](const std::string& sql) {
    lake::TableWriter writer(ref.folder, schema);
    auto adds = writer.write(connection, sql);
    const auto table = home_.catalog.open(ref);
    table->append(*table->snapshot(), std::move(adds));
    writer.keep();
  };
  append("SELECT 1, 10.0 UNION ALL SELECT 2, 20.0");
  DataInput input;
  input.table = "default.bike_data";
  const TrainingData data = resolve(input, home_.catalog);
  append("SELECT 3, 30.0");

  EXPECT_EQ(data.source, "default.dbo.bike_data");
  EXPECT_EQ(data.source_version, "1");
  EXPECT_THAT(data.columns, ElementsAre("x", "y"));
  EXPECT_EQ(read(data).rows(), 2u);
  EXPECT_EQ(read(resolve(input, home_.catalog)).rows(), 3u);
  input.table_version = 1;
  EXPECT_EQ(read(resolve(input, home_.catalog)).rows(), 2u);
  input.table = "default.bike_dat";
  EXPECT_THROW(resolve(input, home_.catalog), Error);
}

TEST_F(TrainingDataTest, TypesBecomeTheFrames) {
  engine::Connection connection = home_.engine().connect();
  const ReadFrame read = read_frame(connection,
                                    "SELECT 1::TINYINT AS a, 1.5::DECIMAL(10,2) AS b, 'x' AS c, "
                                    "true AS d, DATE '1970-01-03' AS e, "
                                    "TIMESTAMP_S '1970-01-01 00:00:01' AS f, [1, 2] AS g, TIME "
                                    "'01:00:00' AS h, NULL::INTEGER AS i");
  const ml::Frame& frame = read.frame;
  EXPECT_EQ(frame.column("a").type, ml::ColumnType::kInt64);
  EXPECT_EQ(frame.column("b").number(0), 1.5);
  EXPECT_EQ(frame.column("c").text(0), "x");
  EXPECT_EQ(frame.column("d").type, ml::ColumnType::kBool);
  EXPECT_EQ(frame.column("e").integers[0], 2);
  EXPECT_EQ(frame.column("f").integers[0], 1'000'000);
  EXPECT_EQ(frame.column("h").text(0), "01:00:00");
  EXPECT_TRUE(frame.column("i").missing(0));
  ASSERT_EQ(read.left_out.size(), 1u);
  EXPECT_EQ(read.left_out[0].first, "g");
}

}  // namespace
}  // namespace tarn::jobs::detail
