#pragma once
// The fields of files converted to SQL Server's types, and what is said when one does not convert:
// row, column, value.

#include <optional>
#include <string>
#include <vector>

#include "detail/exec/bulk_source.h"

namespace tarn::sql {

/// A column that is read from files.
struct BulkColumn {
  std::string name;
  SqlType type;
  std::size_t raw = 0;      // index into RawSource::columns
  std::string required_by;  // a table whose column must not be NULL; empty: may be
};

/// One reading of files by a statement; kept until it ends, to find the value that failed.
struct BulkRead {
  RawSource source;
  std::vector<BulkColumn> columns;
  ast::Span span;
};

/// Engine SQL with the columns c0, c1, … of the declared types, then the hidden ones.
std::string converted_sql(const BulkRead& read);
/// The same for rows that convert; `rejected` is a query for the number of the others that are no
/// end of input.
std::string converted_rows_sql(const BulkRead& read, std::string& rejected);

/// The read as something to select from.
Source bulk_row_source(const BulkRead& read);

/// Error 4863 or 4864 for the first value of the statement's reads that does not convert, where
/// `error` is such a failure; 4832 or 4866 for a row with too few or too many fields.
std::optional<Error> bulk_failure(SessionState& session, const std::vector<BulkRead>& reads,
                                  const Error& error, const CancelToken& cancel);

}  // namespace tarn::sql
