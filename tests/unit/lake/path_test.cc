#include "lake/path.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "expect_error.h"

namespace tarn::lake {
namespace {

// \xNN is a byte, \\ a backslash.
std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
    } else if (text[i + 1] == 'x') {
      out += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else {
      out += text[++i];
    }
  }
  return out;
}

std::string outcome(const std::string& mode, const std::string& input) {
  try {
    const LakePath path = mode == "path"      ? parse_path(input)
                          : mode == "pattern" ? parse_pattern(input)
                                              : parse_below(parse_path("files/base"), input, true);
    return path.text() + (path.folder && !path.path.empty() ? "/" : "");
  } catch (const Error& error) {
    EXPECT_TRUE(valid_utf8(error.message())) << input;
    return "! " + std::string(name_of(error.code()));
  }
}

TEST(Path, Corpus) {
  const char* source = std::getenv("TARN_SOURCE_DIR");
  ASSERT_NE(source, nullptr) << "set TARN_SOURCE_DIR to the source tree";
  std::ifstream file(std::string(source) + "/tests/data/paths/corpus.tsv");
  ASSERT_TRUE(file) << "the corpus is missing";
  std::size_t cases = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string> parts = split(line, '\t');
    ASSERT_EQ(parts.size(), 3u) << line;
    EXPECT_EQ(outcome(parts[0], unescape(parts[1])), parts[2]) << line;
    ++cases;
  }
  EXPECT_GE(cases, 150u);
}

// What was read is read again as the same: one spelling for each place.
TEST(Path, TextIsReadBack) {
  for (const char* text : {"files", "files/data/x.csv", "models/a b/%", "files/data/"}) {
    const LakePath path = parse_path(text);
    EXPECT_EQ(parse_path(path.text()), path) << text;
  }
}

TEST(Path, Parts) {
  const LakePath path = parse_path("files/data/x.csv");
  EXPECT_EQ(path.container, "files");
  EXPECT_EQ(path.path, "data/x.csv");
  EXPECT_EQ(path.name(), "x.csv");
  EXPECT_FALSE(path.folder);
  EXPECT_EQ(path.parent().text(), "files/data");
  EXPECT_EQ(path.parent().parent().text(), "files");
  EXPECT_EQ(path.parent().parent().parent().text(), "files");
  EXPECT_EQ(parse_path("files").name(), "files");
  EXPECT_TRUE(parse_path("files").folder);
}

TEST(Path, BelowTheContainerItself) {
  EXPECT_EQ(parse_below(parse_path("files"), "a/b").text(), "files/a/b");
  EXPECT_ERROR(kInvalidArgument, parse_below(parse_path("files"), "*.csv"));
}

TEST(Path, PatternsAreKnown) {
  EXPECT_TRUE(parse_pattern("files/*.csv").pattern());
  EXPECT_TRUE(parse_pattern("files/{a,b}").pattern());
  EXPECT_FALSE(parse_pattern("files/{a}").pattern());
  EXPECT_FALSE(parse_path("files/x.csv").pattern());
}

// Messages name what is wrong and keep control characters out of terminals and logs.
TEST(Path, Messages) {
  try {
    parse_path("files/a/../\x1b[2J");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "Invalid path, control characters are not allowed: 'files/a/../?[2J'.");
  }
  try {
    parse_path("files/../x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "Invalid path, '.' and '..' are not allowed: 'files/../x'.");
  }
}

TEST(Path, LengthAtTheLimit) {
  std::string longest = "files";
  for (int i = 0; i < 4; ++i) longest += "/" + std::string(253, 'a');
  longest += "/";
  longest += std::string(kPathBytesMax - longest.size(), 'b');
  EXPECT_EQ(parse_path(longest).text().size(), kPathBytesMax);
  EXPECT_ERROR(kInvalidArgument, parse_path(longest + "b"));
}

}  // namespace
}  // namespace tarn::lake
