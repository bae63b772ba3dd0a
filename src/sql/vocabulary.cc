#include "sql/vocabulary.h"

#include <algorithm>

#include "base/text.h"
#include "detail/functions/function.h"
#include "detail/syntax/token.h"

namespace tarn::sql {
namespace {

// Words with a meaning that are not reserved, and the types.
constexpr std::string_view kOtherWords[] = {
    "APPLY",
    "BIGINT",
    "BINARY",
    "BIT",
    "BULK",
    "CATCH",
    "CHAR",
    "COPY",
    "DATA",
    "DATE",
    "DATETIME",
    "DATETIME2",
    "DECIMAL",
    "FLOAT",
    "FORMAT",
    "GO",
    "INCLUDE",
    "INT",
    "LANGUAGE",
    "LOCATION",
    "MATCHED",
    "MAX",
    "MODEL",
    "MONEY",
    "NCHAR",
    "NEXT",
    "NOCOUNT",
    "NUMERIC",
    "NVARCHAR",
    "OFFSET",
    "ONLY",
    "OUTPUT",
    "PARTITION",
    "PREDICT",
    "RANGE",
    "REAL",
    "RETURNS",
    "ROWS",
    "SMALLINT",
    "SOURCE",
    "THROW",
    "TIME",
    "TINYINT",
    "TRY",
    "TYPE",
    "UNBOUNDED",
    "UNIQUEIDENTIFIER",
    "VARBINARY",
    "VARCHAR",
    "WITHIN",
    "XACT_ABORT",
    "FIRST",
    "ROW",
    "DATETIMEOFFSET",
    "FOLLOWING",
    "PRECEDING",
    "SMALLDATETIME",
};

std::vector<std::string> sorted(std::vector<std::string> words) {
  std::ranges::sort(words);
  const auto rest = std::ranges::unique(words);
  words.erase(rest.begin(), rest.end());
  return words;
}

}  // namespace

std::vector<std::string> keywords() {
  std::vector<std::string> words(std::begin(kOtherWords), std::end(kOtherWords));
  for (const auto word : reserved_words()) words.emplace_back(word);
  return sorted(std::move(words));
}

bool is_reserved_word(std::string_view word) { return is_reserved(to_upper(word)); }

std::vector<std::string> builtin_functions() {
  std::vector<std::string> names;
  for (const auto& name : function_names()) names.push_back(to_upper(name));
  return sorted(std::move(names));
}

}  // namespace tarn::sql
