#pragma once
// External tables: files of the lake under a name, and CREATE EXTERNAL TABLE AS SELECT, which
// writes them. DROP EXTERNAL TABLE leaves the files alone.

#include <optional>

#include "detail/exec/external_objects.h"

namespace tarn::sql {

/// The rows of an external table of that name; nothing where there is none.
std::optional<Source> external_table_source(StatementFacts& facts, StatementContext& context,
                                            const ObjectName& name, ast::Span span);
/// Its columns as they were declared.
std::vector<TableColumn> external_columns(const SessionState& session, const ExternalObject& table);

/// The number of rows of CREATE EXTERNAL TABLE AS SELECT.
std::optional<std::int64_t> create_external_table(Execution& run, Frame& frame,
                                                  ast::CreateExternalTable& statement,
                                                  ast::Span span);

/// A path below a data source's LOCATION. 46525 where there is no such data source.
std::string located_path(const SessionState& session, const std::string& database,
                         const std::string& data_source, const std::string& path, ast::Span span);

/// What OPENROWSET would be told for the file format. Refuses values that are not there by name.
std::vector<ast::Option> file_format_options(const std::map<std::string, std::string>& format,
                                             ast::Span span);

}  // namespace tarn::sql
