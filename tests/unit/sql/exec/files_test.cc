#include "exec/session_fixture.h"

namespace tarn::sql {
namespace {

class FilesTest : public SessionTest {
 protected:
  void SetUp() override {
    SessionTest::SetUp();
    put("files/data/a.csv", "id,name,value,day\n1,one,1.5,2024-01-01\n2,\"two, 2\",,2024-02-01\n");
  }
};

TEST_F(FilesTest, ReadsCsvWithHeaderAndInfersTypes) {
  EXPECT_EQ(run("SELECT TOP 3 * FROM OPENROWSET(BULK 'files/data/a.csv', FORMAT='CSV', "
                "PARSER_VERSION='2.0', "
                "HEADER_ROW=TRUE) AS r ORDER BY id"),
            "id|name|value|day\n1|one|1.5|2024-01-01\n2|two, 2|NULL|2024-02-01");
  EXPECT_EQ(types_, (std::vector<std::string>{"bigint", "varchar(8000)", "float", "date"}));
}

TEST_F(FilesTest, DeclaredTypesAreTakenAtTheirWord) {
  put("files/data/codes.csv", "007;1\n0x1F;0\n");
  EXPECT_EQ(run("SELECT c, flag FROM OPENROWSET(BULK 'files/data/codes.csv', FORMAT='CSV', "
                "FIELDTERMINATOR=';') "
                "WITH (c varchar(10), flag bit) AS r ORDER BY c"),
            "c|flag\n007|1\n0x1F|0");
  EXPECT_EQ(types_, (std::vector<std::string>{"varchar(10)", "bit"}));
  EXPECT_EQ(run("SELECT second, first FROM OPENROWSET(BULK "
                "'https://any.dfs.core.windows.net/files/data/codes.csv', "
                "FORMAT='CSV', FIELDTERMINATOR='0x3B') WITH (second int 2, first varchar(5) 1) AS "
                "r ORDER BY second"),
            "second|first\n0|0x1F\n1|007");
}

TEST_F(FilesTest, ConversionErrorsTellRowAndColumn) {
  put("files/data/bad.csv", "id,n\n1,10\n2,20\n3,2x\n4,40\n");
  const std::string query =
      "SELECT * FROM OPENROWSET(BULK 'files/data/bad.csv', FORMAT='CSV', HEADER_ROW=TRUE, "
      "PARSER_VERSION='2.0') ";
  EXPECT_EQ(error(query + "WITH (id int, n int) AS r"),
            "4864: Bulk load data conversion error (type mismatch or invalid character for the "
            "specified codepage) "
            "for row 4, column 2 (n).");
  EXPECT_NE(last_error_->hint().find("'2x'"), std::string::npos) << last_error_->hint();
  EXPECT_EQ(error_number(query + "WITH (id int, n varchar(1)) AS r"), 4863);
  EXPECT_EQ(error_number(query + "WITH (id int, missing int) AS r"), 207);
  put("files/data/ragged.csv", "1,2\n3\n");
  EXPECT_EQ(error_number("SELECT * FROM OPENROWSET(BULK 'files/data/ragged.csv', FORMAT='CSV') "
                         "WITH (a int, b int) AS r"),
            4832);
}

TEST_F(FilesTest, MissingFilesAndEscapesAreRefused) {
  const auto query = [](const std::string& path) {
    return "SELECT * FROM OPENROWSET(BULK '" + path + "', FORMAT='CSV') AS r";
  };
  EXPECT_EQ(error_number(query("files/data/none.csv")), 4860);
  EXPECT_EQ(error_number(query("files/none/*.csv")), 13807);
  for (const char* path :
       {"/etc/passwd", "files/../../etc/passwd", "files/%2e%2e/x", "file:///etc/passwd"}) {
    EXPECT_NE(error_number(query(path)), 0) << path;
  }
  EXPECT_EQ(error_number(
                "SELECT * FROM OPENROWSET(BULK 'data/a.csv', DATA_SOURCE='x', FORMAT='CSV') AS r"),
            46525);
  EXPECT_EQ(error_number(
                "SELECT * FROM OPENROWSET(BULK 'files/data/a.csv', FORMAT='CSV', NOSUCH='x') AS r"),
            40517);
}

TEST_F(FilesTest, WildcardsGiveFileNames) {
  put("files/y/2023/m1.csv", "1\n");
  put("files/y/2024/m2.csv", "2\n3\n");
  EXPECT_EQ(
      run("SELECT r.filename() AS f, r.filepath(1) AS y, r.filepath(2) AS m, COUNT(*) AS n FROM "
          "OPENROWSET(BULK 'files/y/*/m*.csv', FORMAT='CSV') WITH (a int) AS r "
          "GROUP BY r.filename(), r.filepath(1), r.filepath(2) ORDER BY 1"),
      "f|y|m|n\nm1.csv|2023|1|1\nm2.csv|2024|2|2");
  EXPECT_EQ(
      run("SELECT SUM(a) AS s FROM OPENROWSET(BULK 'files/y/**', FORMAT='CSV') WITH (a int) AS r"),
      "s\n6");
}

TEST_F(FilesTest, DeltaFoldersAndSingleFiles) {
  run("CREATE TABLE t (a int, b nvarchar(5)); INSERT t VALUES (1, 'x')");
  EXPECT_EQ(run("SELECT * FROM OPENROWSET(BULK 'files/synapse/workspaces/main/warehouse/t', "
                "FORMAT='DELTA') AS r"),
            "a|b\n1|x");
  EXPECT_EQ(
      run("SELECT a FROM OPENROWSET(BULK 'files/synapse/workspaces/main/warehouse/t/*.parquet', "
          "FORMAT='PARQUET') AS r"),
      "a\n1");
  put("files/blob.bin", std::string_view("\x01\x02", 2));
  EXPECT_EQ(run("SELECT BulkColumn FROM OPENROWSET(BULK 'files/blob.bin', SINGLE_BLOB) AS r"),
            "BulkColumn\n0x0102");
}

TEST_F(FilesTest, CopyIntoIsAllOrNothing) {
  run("CREATE TABLE t (id int NOT NULL, name varchar(20), value float, day date)");
  EXPECT_EQ(run("COPY INTO t FROM 'files/data/a.csv' WITH (FILE_TYPE = 'CSV', FIRSTROW = 2, "
                "CREDENTIAL = (IDENTITY = 'Storage Account Key', SECRET = 'x'))"),
            "(2)");
  EXPECT_EQ(run("SELECT * FROM t ORDER BY id"),
            "id|name|value|day\n1|one|1.5|2024-01-01\n2|two, 2|NULL|2024-02-01");
  put("files/data/b.csv", "3,c,1,2024-01-01\nfour,d,2,2024-01-01\n");
  EXPECT_EQ(error_number("COPY INTO t FROM 'files/data/b.csv' WITH (FILE_TYPE = 'CSV')"), 4864);
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n2");
  EXPECT_EQ(run("COPY INTO t FROM 'files/data/b.csv' WITH (FILE_TYPE = 'CSV', MAXERRORS = 1)"),
            "(1)");
  EXPECT_EQ(run("COPY INTO t (name 2, id 1) FROM 'files/data/a.csv' WITH (FIRSTROW = 2)"), "(2)");
  EXPECT_EQ(run("SELECT COUNT(*) AS n, COUNT(value) AS v FROM t"), "n|v\n5|2");
  EXPECT_EQ(error_number("COPY INTO t (id 9) FROM 'files/data/a.csv' WITH (FIRSTROW = 2)"), 4832);
  EXPECT_EQ(error_number("COPY INTO t FROM 'files/data/a.csv' WITH (ERRORFILE = 'x')"), 40517);
  EXPECT_EQ(error_number("COPY INTO nope FROM 'files/data/a.csv' WITH (FIRSTROW = 2)"), 208);
}

}  // namespace
}  // namespace tarn::sql
