#pragma once
// Files of the lake as rows: what the files hold (RawSource), and that converted to SQL Server's
// types.
//
// Files are found through the lake alone, never by a host path. Types that somebody named are taken
// at their word: CSV fields are read as text and converted by SQL Server's rules. See
// docs/openrowset-copy.md.

#include <cstdint>
#include <string>
#include <vector>

#include "detail/exec/bulk_format.h"
#include "detail/exec/statement_context.h"

namespace tarn::sql {

inline constexpr std::size_t kBulkColumnsMax = 4096;

struct RawColumn {
  std::string name;         // as the file has it: from the header, or C1, C2, …
  std::string engine_name;  // in RawSource::sql
  SqlType type;             // text for CSV
  bool nullable = true;
};

struct RawSource {
  BulkFormat format;
  std::string sql;  // a parenthesised SELECT
  std::vector<RawColumn> columns;
  std::vector<SourceColumn>
      hidden;                  // filename(), filepath(), filepath(1), …, under their engine names
  std::int64_t first_row = 1;  // the number of the first data row in its file
  std::string first_file;      // the lake's path, for messages
};

/// Looks the files up and reads as much of them as tells their columns. 4860 for a missing file,
/// 13807 for a folder or pattern without files.
RawSource open_bulk(StatementFacts& facts, const std::vector<std::string>& paths,
                    const std::vector<ast::Span>& spans, const BulkFormat& format,
                    identity::Action action);

/// Types for the columns of a CSV file that nobody named, as Synapse infers them: bigint, float,
/// date, time, datetime2, else varchar(8000). Looks at the first kInferenceRows rows.
std::vector<SqlType> inferred_types(StatementFacts& facts, const RawSource& source);
inline constexpr int kInferenceRows = 100'000;
inline constexpr int kInferenceProbeRows = 500;  // tell which types are worth a look at all

}  // namespace tarn::sql
