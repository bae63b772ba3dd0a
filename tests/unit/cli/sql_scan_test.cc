// T-SQL as it is being typed: words, what is still open, and when Enter runs it.

#include "detail/sql_scan.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace tarn::cli {
namespace {

// "word:SELECT name:a b": the kinds and texts of a scan.
std::string scanned(std::string_view text) {
  static constexpr const char* kKinds[] = {"word:", "name:", "string:", "mark:"};
  std::vector<std::string> tokens;
  for (const auto& token : scan_sql(text).tokens)
    tokens.push_back(kKinds[static_cast<int>(token.kind)] + token.text);
  return join(tokens, " ");
}

TEST(SqlScan, TellsWordsNamesStringsAndPunctuation) {
  EXPECT_EQ(scanned("SELECT [a b].x, \"c\"\"d\" FROM #t WHERE @v = N'it''s'"),
            "word:SELECT name:a b mark:. word:x mark:, name:c\"d word:FROM word:#t word:WHERE "
            "word:@v mark:= word:N string:it's");
  EXPECT_EQ(scanned("[a]]b]"), "name:a]b");
  EXPECT_EQ(scanned("größe"), "word:größe");
  EXPECT_EQ(scanned(""), "");
}

TEST(SqlScan, PassesOverCommentsThatNest) {
  EXPECT_EQ(scanned("a -- b 'c\nd /* e /* f */ 'g' */ h"), "word:a word:d word:h");
}

TEST(SqlScan, KnowsWhereATokenLies) {
  const auto scan = scan_sql("ab  'c'");
  ASSERT_EQ(scan.tokens.size(), 2u);
  EXPECT_EQ(scan.tokens[1].start, 4u);
  EXPECT_EQ(scan.tokens[1].end, 7u);
}

TEST(SqlScan, SeesWhatIsOpen) {
  for (const char* text : {"'a", "'it''s", "[a]]", "\"a", "/* a", "/* a /* b */"})
    EXPECT_TRUE(scan_sql(text).open) << text;
  for (const char* text : {"'a'", "[a]", "-- a", "-- 'a", "/* a */", "a", ""})
    EXPECT_FALSE(scan_sql(text).open) << text;
}

TEST(IsCompleteBatch, AtASemicolonOutsideOfEverything) {
  for (const char* text : {"SELECT 1;", "SELECT 1; ", "SELECT 1; -- more", "SELECT (1);\n",
                           "BEGIN TRAN;", "BEGIN TRANSACTION; COMMIT;", "BEGIN SELECT 1; END;",
                           "SELECT CASE WHEN 1 = 1 THEN 2 END;", "SELECT ');';"})
    EXPECT_TRUE(is_complete_batch(text)) << text;
  for (const char* text :
       {"SELECT 1", "SELECT (1;", "SELECT 'a;", "SELECT 1 -- ;", "/* ;", "BEGIN SELECT 1;",
        "SELECT CASE WHEN 1 = 1 THEN 2;", "BEGIN TRY SELECT 1; END TRY BEGIN CATCH SELECT 2;",
        "SELECT [a;", "-- only a comment"})
    EXPECT_FALSE(is_complete_batch(text)) << text;
}

TEST(IsCompleteBatch, AtALineGo) {
  for (const char* text : {"SELECT 1\nGO", "SELECT 1\n  go  ", "SELECT 1\nGO 3", "GO"})
    EXPECT_TRUE(is_complete_batch(text)) << text;
  for (const char* text : {"SELECT 1 GO", "SELECT '\nGO", "SELECT 1 AS go", "SELECT 1\nGO x"})
    EXPECT_FALSE(is_complete_batch(text)) << text;
}

TEST(IsCompleteBatch, WhatKeepsItsSemicolonsRunsAtGoAlone) {
  for (const char* text : {"DECLARE @x int = 5;", "CREATE PROCEDURE p AS SELECT 1;",
                           "CREATE OR ALTER FUNCTION f() RETURNS int AS BEGIN RETURN 1; END;",
                           "alter proc p as select 1;"}) {
    EXPECT_FALSE(is_complete_batch(text)) << text;
    EXPECT_TRUE(is_complete_batch(std::string(text) + "\nGO")) << text;
  }
  EXPECT_TRUE(is_complete_batch("CREATE TABLE t (a int);"));
}

TEST(IsCompleteBatch, LinesThatStandForThemselves) {
  for (const char* text : {"", "  ", "USE lab", "use [my lab]", ".help", "\\d t", "exit", " QUIT "})
    EXPECT_TRUE(is_complete_batch(text)) << text;
  for (const char* text : {"USE", "USE lab x", "exit now", ".5", "\\d t\nSELECT"})
    EXPECT_FALSE(is_complete_batch(text)) << text;
}

TEST(IsShellCommand, IsADotAWordOrABackslash) {
  for (const char* text : {".mode", " .help ", "\\d", "exit", "Quit"})
    EXPECT_TRUE(is_shell_command(text)) << text;
  for (const char* text : {"", ".", ".5", "SELECT .5", "exiting"})
    EXPECT_FALSE(is_shell_command(text)) << text;
}

}  // namespace
}  // namespace tarn::cli
