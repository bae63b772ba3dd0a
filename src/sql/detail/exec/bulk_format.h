#pragma once
// How the files of OPENROWSET(BULK …) and COPY INTO are written: their options, checked.

#include <cstdint>
#include <string>
#include <vector>

#include "detail/syntax/ast.h"

namespace tarn::sql {

struct BulkFormat {
  enum class Type { kCsv, kParquet, kDelta, kSingleBlob, kSingleClob, kSingleNclob };
  Type type = Type::kCsv;
  bool header_row = false;
  std::int64_t first_row = 1;  // of the data, counted from 1 with the header
  std::string field_terminator = ",";
  std::string quote = "\"";          // empty: none
  std::string escape;                // empty: the quote doubled
  std::string encoding = "utf-8";    // the engine's name
  std::string compression = "auto";  // the engine's name
  int date_style = 0;                // of CONVERT, for dates without letters
  bool null_padding = false;         // a short row ends in NULLs
};

/// What COPY has besides.
struct CopyOptions {
  BulkFormat format;
  std::int64_t errors_max = 0;  // rows that may be passed over
  bool create_table = false;
  bool identities = false;  // IDENTITY_INSERT: the files have the values of the IDENTITY column
};

/// Option values are literals. Unknown options are refused by name.
BulkFormat openrowset_format(const std::vector<ast::Option>& options, ast::Span span);
CopyOptions copy_options(const std::vector<ast::Option>& options);

}  // namespace tarn::sql
