// docs/sql-functions.md names every function, and none that is not there.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "detail/functions/culture.h"
#include "detail/functions/function.h"

namespace tarn::sql::test {
namespace {

std::string page() {
  std::ifstream file(TARN_SOURCE_DOCS "/sql-functions.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// `NAMES` of the page's two tables.
std::set<std::string> documented(const std::string& text) {
  static const std::regex kName("`([A-Z][A-Z0-9_]*)`");
  std::set<std::string> names;
  std::istringstream lines(text.substr(0, text.find("## Dates")));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|")) continue;
    for (std::sregex_iterator i(line.begin(), line.end(), kName), end; i != end; ++i)
      names.insert((*i)[1]);
  }
  return names;
}

TEST(FunctionList, IsTheCatalogue) {
  const std::set<std::string> names = documented(page());
  std::set<std::string> known;
  for (const std::string& name : function_names()) known.insert(name);
  for (const std::string& name : refused_function_names()) known.insert(name);
  for (const std::string& name : known) EXPECT_TRUE(names.contains(name)) << name;
  // Those that the grammar knows, not the catalogue.
  for (const char* name : {"CASE", "CAST", "CONVERT", "OPENJSON", "PARSE", "TRY_CAST",
                           "TRY_CONVERT", "TRY_PARSE", "NEWSEQUENTIALID"}) {
    known.insert(name);
  }
  for (const std::string& name : names) EXPECT_TRUE(known.contains(name)) << name;
}

TEST(FunctionList, NamesTheCultures) {
  const std::string text = page();
  for (const std::string_view culture : culture_names())
    EXPECT_NE(text.find(culture), std::string::npos) << culture;
}

}  // namespace
}  // namespace tarn::sql::test
