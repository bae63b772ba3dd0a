#include "detail/syntax/lexer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "detail/syntax/parser.h"

namespace tarn::sql::lexer_test {
namespace {

std::vector<Token> tokens(std::string_view text) {
  Lexer lexer(text);
  std::vector<Token> result;
  while (true) {
    Token token = lexer.next();
    if (token.kind == TokenKind::kEnd) return result;
    result.push_back(std::move(token));
  }
}

Token only(std::string_view text) {
  std::vector<Token> all = tokens(text);
  EXPECT_EQ(all.size(), 1u) << text;
  return all.empty() ? Token() : all.front();
}

/// The number, line and column of the error that reading `text` ends with.
std::string failure(std::string_view text) {
  try {
    tokens(text);
  } catch (const Error& error) {
    return std::to_string(error.sql()->number) + " at " + std::to_string(error.place()->line) +
           ":" + std::to_string(error.place()->column) + ": " + error.message();
  }
  return "none";
}

TEST(Lexer, ReadsWordsAndKnowsReservedOnes) {
  EXPECT_TRUE(only("select").reserved);
  EXPECT_EQ(only("select").upper, "SELECT");
  EXPECT_FALSE(only("rentals").reserved);
  EXPECT_EQ(only("größe_1$@#").text, "größe_1$@#");
  EXPECT_EQ(only("#temp").text, "#temp");
  EXPECT_EQ(only("##global").text, "##global");
  EXPECT_EQ(only("$action").kind, TokenKind::kWord);
}

TEST(Lexer, UndoesDelimiters) {
  EXPECT_EQ(only("[a b]").text, "a b");
  EXPECT_EQ(only("[a]]b]").text, "a]b");
  EXPECT_EQ(only("\"a\"\"b\"").text, "a\"b");
  EXPECT_EQ(only("[select]").kind, TokenKind::kDelimited);
}

TEST(Lexer, ReadsVariables) {
  EXPECT_EQ(only("@x").kind, TokenKind::kVariable);
  EXPECT_EQ(only("@x").text, "@x");
  EXPECT_EQ(only("@@rowcount").kind, TokenKind::kGlobal);
  EXPECT_EQ(only("@@rowcount").text, "@@ROWCOUNT");
  EXPECT_EQ(failure("@ x"), "102 at 1:1: Incorrect syntax near '@'.");
}

TEST(Lexer, ReadsStrings) {
  EXPECT_EQ(only("'it''s'").text, "it's");
  EXPECT_EQ(only("''").text, "");
  EXPECT_FALSE(only("'a'").national);
  EXPECT_TRUE(only("N'ä'").national);
  EXPECT_EQ(only("'a\nb'").text, "a\nb");
  EXPECT_EQ(only("'a\\\nb'").text, "ab");
  EXPECT_EQ(only("'a\\b'").text, "a\\b");
}

struct NumberCase {
  std::string text;
  ast::NumberLiteral::Form form;
  std::string value;
};
class LexerNumbers : public testing::TestWithParam<NumberCase> {};
TEST_P(LexerNumbers, AreRead) {
  const Token token = only(GetParam().text);
  EXPECT_EQ(token.kind, TokenKind::kNumber);
  EXPECT_EQ(token.form, GetParam().form);
  EXPECT_EQ(token.text, GetParam().value);
}
using Form = ast::NumberLiteral::Form;
INSTANTIATE_TEST_SUITE_P(
    All, LexerNumbers,
    testing::Values(NumberCase{"0", Form::kInteger, "0"},
                    NumberCase{"9999999999999999999999", Form::kInteger, "9999999999999999999999"},
                    NumberCase{"1.5", Form::kDecimal, "1.5"},
                    NumberCase{"1.", Form::kDecimal, "1."}, NumberCase{".5", Form::kDecimal, ".5"},
                    NumberCase{"1e5", Form::kFloat, "1e5"},
                    NumberCase{"1.5E-3", Form::kFloat, "1.5E-3"},
                    NumberCase{"1e", Form::kFloat, "1e"}, NumberCase{"$1.5", Form::kMoney, "1.5"},
                    NumberCase{"$-2", Form::kMoney, "-2"}, NumberCase{"$", Form::kMoney, "0"}));

TEST(Lexer, ReadsBinary) {
  EXPECT_EQ(only("0x").text, "");
  EXPECT_EQ(only("0xABCD").text, "\xAB\xCD");
  EXPECT_EQ(only("0XABC").text, "\x0A\xBC");
  EXPECT_EQ(only("0x00\\\n01").text, std::string("\x00\x01", 2));
}

TEST(Lexer, TakesTheLongestSymbol) {
  const std::vector<Token> all = tokens("<= <> != !< !> += < =");
  ASSERT_EQ(all.size(), 8u);
  EXPECT_EQ(all[0].text, "<=");
  EXPECT_EQ(all[3].text, "!<");
  EXPECT_EQ(all[5].text, "+=");
  EXPECT_EQ(all[6].text, "<");
}

TEST(Lexer, PassesOverCommentsAndBlanks) {
  EXPECT_EQ(tokens("-- a\n/* b /* nested */ c */ x").size(), 1u);
  EXPECT_EQ(tokens("\xEF\xBB\xBFx\xC2\xA0y\xE3\x80\x80z").size(), 3u);
  EXPECT_EQ(tokens("x--").size(), 1u);
}

TEST(Lexer, CountsLinesAndCharacters) {
  const std::vector<Token> all = tokens("a\r\n  b\n'ä\nö' ü c\rd");
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[1].span.line, 2u);
  EXPECT_EQ(all[1].span.column, 3u);
  EXPECT_EQ(all[2].span.line, 3u);
  EXPECT_EQ(all[3].span.line, 4u);
  EXPECT_EQ(all[3].span.column, 4u);
  EXPECT_EQ(all[4].span.column, 6u);
  EXPECT_EQ(all[5].span.line, 5u);
  EXPECT_EQ(all[5].span.column, 1u);
  EXPECT_TRUE(all[1].starts_line);
  EXPECT_FALSE(all[3].starts_line);
}

TEST(Lexer, SpansCoverTheTokensText) {
  const std::vector<Token> all = tokens("  N'a''b' [x]");
  EXPECT_EQ(all[0].span.offset, 2u);
  EXPECT_EQ(all[0].span.length, 7u);
  EXPECT_EQ(all[1].span.offset, 10u);
  EXPECT_EQ(all[1].span.length, 3u);
}

TEST(Lexer, ReportsWhatIsNotClosed) {
  EXPECT_EQ(failure("SELECT\n  'abc"),
            "105 at 2:3: Unclosed quotation mark after the character string 'abc'.");
  EXPECT_EQ(failure("[abc"),
            "105 at 1:1: Unclosed quotation mark after the character string 'abc'.");
  EXPECT_EQ(failure("x /* /* */"), "113 at 1:3: Missing end comment mark '*/'.");
}

TEST(Lexer, LimitsIdentifiers) {
  EXPECT_EQ(only(std::string(kIdentifierCharactersMax, 'a')).text.size(), kIdentifierCharactersMax);
  EXPECT_EQ(failure(std::string(kIdentifierCharactersMax + 1, 'a')).substr(0, 44),
            "103 at 1:1: The identifier that starts with ");
  EXPECT_EQ(failure("[]").substr(0, 10), "1038 at 1:");
}

TEST(Lexer, RefusesOtherCharacters) {
  EXPECT_EQ(failure("a ?"), "102 at 1:3: Incorrect syntax near '?'.");
  EXPECT_EQ(failure(std::string_view("\0", 1)), "102 at 1:1: Incorrect syntax near '\\0'.");
}

}  // namespace
}  // namespace tarn::sql::lexer_test
