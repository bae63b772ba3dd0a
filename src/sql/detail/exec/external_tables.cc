#include "detail/exec/external_tables.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/files.h"
#include "base/ids.h"
#include "detail/bind/binder.h"
#include "detail/exec/bulk_format.h"
#include "detail/exec/column_definitions.h"
#include "detail/exec/failure.h"
#include "detail/exec/modules.h"
#include "detail/exec/openrowset.h"
#include "detail/exec/query_run.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/transactions.h"
#include "detail/syntax/parser.h"
#include "lake/lake.h"

namespace tarn::sql {
namespace {

namespace fs = std::filesystem;
using Values = std::map<std::string, std::string>;

ast::Option text_option(std::string name, const std::string& value, ast::Span span) {
  ast::Option option;
  option.name = std::move(name);
  option.value = std::make_unique<ast::Expr>(ast::Expr{span, ast::StringLiteral{value, true}, 1});
  option.span = span;
  return option;
}

std::string value_or(const Values& values, const char* name, const std::string& fallback = {}) {
  const auto found = values.find(name);
  return found == values.end() ? fallback : found->second;
}

ExternalObject require_external(const SessionState& session, ExternalKind kind,
                                const std::string& database, const std::string& name,
                                const char* words, ast::Span span) {
  if (auto object = find_external(session, kind, {database, {}, name})) return std::move(*object);
  std::vector<std::string> candidates;
  for (const ExternalObject& other : list_external(session, kind, database))
    candidates.push_back(other.name);
  throw failure_of(Code::kNotFound, 46525, 16, 1,
                   std::string("Cannot find the ") + words + " '" + name +
                       "', because it does not exist or you do not have permission.",
                   span, did_you_mean(name, candidates));
}

/// What an external table's options say.
struct FilesPlace {
  std::string path;  // of the lake
  Values format;
};

FilesPlace files_place(const SessionState& session, const std::string& database,
                       const Values& options, ast::Span span) {
  for (const char* needed : {"LOCATION", "DATA_SOURCE", "FILE_FORMAT"}) {
    if (options.contains(needed)) continue;
    throw failure_of(Code::kInvalidArgument, 102, 15, 1,
                     std::string("The option is missing: ") + needed + ".", span,
                     "WITH (LOCATION = '…', DATA_SOURCE = …, FILE_FORMAT = …).");
  }
  static constexpr std::string_view kKnown[] = {
      "LOCATION",    "DATA_SOURCE",  "FILE_FORMAT",         "TABLE_OPTIONS",
      "REJECT_TYPE", "REJECT_VALUE", "REJECT_SAMPLE_VALUE", "REJECTED_ROW_LOCATION"};
  for (const auto& [name, value] : options) {
    if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown))
      throw not_supported("the option " + name, span);
    if (name == "REJECT_VALUE" && value != "0")
      throw not_supported("REJECT_VALUE " + value, span, "A row that does not fit is an error.");
  }
  const ExternalObject format =
      require_external(session, ExternalKind::kFileFormat, database, options.at("FILE_FORMAT"),
                       "external file format", span);
  return {located_path(session, database, options.at("DATA_SOURCE"), options.at("LOCATION"), span),
          external_options(format)};
}

std::string bracketed(const std::string& name) {
  std::string text = "[";
  for (const char c : name) text += c == ']' ? std::string("]]") : std::string(1, c);
  return text + "]";
}

void sync_path(const fs::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0)
    throw Error(Code::kUnavailable, "Cannot sync " + path.string() + ".");
}

/// How COPY of the engine writes the format.
std::string copy_options_sql(const Values& format, const std::vector<ast::Option>& options,
                             ast::Span span) {
  const std::string type = to_upper(value_or(format, "FORMAT_TYPE"));
  if (type == "DELTA") {
    throw not_supported("CREATE EXTERNAL TABLE AS SELECT into Delta", span,
                        "CREATE TABLE AS SELECT makes a Delta table.");
  }
  const std::string compression = to_upper(value_or(format, "DATA_COMPRESSION"));
  if (type == "PARQUET") {
    const bool gzip = compression.ends_with("GZIPCODEC");
    return std::string("FORMAT parquet, COMPRESSION ") + (gzip ? "gzip"
                                                          : compression.ends_with("SNAPPYCODEC")
                                                              ? "snappy"
                                                              : "zstd");
  }
  const BulkFormat csv = openrowset_format(options, span);
  std::string sql = "FORMAT csv, HEADER false, DELIMITER " +
                    engine::quote_text(csv.field_terminator) + ", NULLSTR ''";
  if (csv.quote.empty()) {
    sql += ", QUOTE ''";
  } else {
    sql += ", QUOTE " + engine::quote_text(csv.quote);
  }
  if (csv.compression == "gzip") sql += ", COMPRESSION gzip";
  return sql;
}

/// Writes the rows into the folder, which must be empty: one file, there when it is whole.
std::int64_t write_files(Execution& run, const FilesPlace& place, const std::string& sql,
                         ast::Span span) {
  lake::Lake& lake = *run.session.services.lake;
  const lake::LakePath path = lake::parse_path(place.path);
  run.session.authorize(identity::actions::kLakeFilesWrite,
                        identity::Scope::file(path.container, path.path));
  if (!lake.glob(lake::parse_pattern(path.text() + "/**"), run.cancel).empty() ||
      (lake.find(path) && !lake.find(path)->path.folder)) {
    throw failure_of(
        Code::kAlreadyExists, 15842, 16, 1,
        "Cannot create the external table. The location is not empty: '" + path.text() + "'.", span,
        "Choose another LOCATION, or remove its files.");
  }
  const auto options = file_format_options(place.format, span);
  const std::string copy = copy_options_sql(place.format, options, span);
  lake.make_folder(path);
  const fs::path folder = lake.local_path(path);
  const std::string type = to_upper(value_or(place.format, "FORMAT_TYPE"));
  const std::string suffix = type == "PARQUET"                        ? ".parquet"
                             : copy.find("gzip") != std::string::npos ? ".csv.gz"
                                                                      : ".csv";
  const std::string name = new_id() + suffix;
  const fs::path aside = folder / (std::string(kTemporaryPrefix) + name);
  struct Remover {
    fs::path path;
    ~Remover() {
      std::error_code ignored;
      fs::remove(path, ignored);
    }
  } remover{aside};
  const std::int64_t rows = run.session.connection().execute(
      "COPY (" + sql + ") TO " + engine::quote_text(aside.string()) + " (" + copy + ")",
      run.cancel);
  sync_path(aside);
  FileSystem::system().rename(aside, folder / name);
  FileSystem::system().sync_directory(folder);
  return rows;
}

/// The query's columns under their names, in types that any reader of the files has.
std::string named_rows(const Translation& query, const std::vector<TableColumn>& columns) {
  const lake::delta::Schema schema = delta_schema(columns);
  std::string items;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    items += (i ? ", " : "") + ("CAST(c" + std::to_string(i)) + " AS " +
             lake::delta::engine_type(schema.fields[i].type) + ") AS " +
             engine::quote_name(columns[i].name);
  }
  return "SELECT " + items + " FROM (" + query.engine_sql + ")";
}

std::string definition_of(const ObjectName& name, const std::vector<TableColumn>& columns,
                          const Values& options) {
  std::string text = "CREATE EXTERNAL TABLE " + bracketed(name.object) + " (";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    text += (i ? ", " : "") + bracketed(columns[i].name) + " " + to_string(columns[i].type);
    if (!columns[i].nullable) text += " NOT NULL";
  }
  std::string location;
  for (const char c : options.at("LOCATION")) location += c == '\'' ? "''" : std::string(1, c);
  return text + ") WITH (LOCATION = '" + location +
         "', DATA_SOURCE = " + bracketed(options.at("DATA_SOURCE")) +
         ", FILE_FORMAT = " + bracketed(options.at("FILE_FORMAT")) + ")";
}

Values statement_options(const ast::CreateExternalTable& statement, const std::string& database) {
  return external_options({ExternalKind::kTable, database, {}, {}, statement.definition, 0, 0});
}

}  // namespace

std::string located_path(const SessionState& session, const std::string& database,
                         const std::string& data_source, const std::string& path, ast::Span span) {
  const ExternalObject source = require_external(session, ExternalKind::kDataSource, database,
                                                 data_source, "external data source", span);
  std::string root = value_or(external_options(source), "LOCATION");
  while (root.ends_with('/')) root.pop_back();
  std::string_view rest = path;
  while (rest.starts_with('/')) rest.remove_prefix(1);
  return rest.empty() ? root + "/" : root + "/" + std::string(rest);
}

std::vector<ast::Option> file_format_options(const Values& format, ast::Span span) {
  std::vector<ast::Option> options;
  const std::string type = to_upper(value_or(format, "FORMAT_TYPE"));
  options.push_back(text_option("FORMAT", type == "DELIMITEDTEXT" ? "CSV" : type, span));
  if (type == "DELIMITEDTEXT") {
    // The defaults are those of CREATE EXTERNAL FILE FORMAT, not OPENROWSET's.
    options.push_back(
        text_option("FIELDTERMINATOR", value_or(format, "FIELD_TERMINATOR", "|"), span));
    options.push_back(text_option("FIELDQUOTE", value_or(format, "STRING_DELIMITER"), span));
    if (format.contains("FIRST_ROW"))
      options.push_back(text_option("FIRSTROW", format.at("FIRST_ROW"), span));
    if (format.contains("ENCODING"))
      options.push_back(text_option("ENCODING", format.at("ENCODING"), span));
    if (to_upper(value_or(format, "USE_TYPE_DEFAULT", "FALSE")) == "TRUE")
      throw not_supported("USE_TYPE_DEFAULT = TRUE", span, "A missing value is NULL.");
  }
  const std::string compression = to_upper(value_or(format, "DATA_COMPRESSION"));
  if (compression.ends_with("GZIPCODEC")) {
    if (type == "DELIMITEDTEXT") options.push_back(text_option("DATA_COMPRESSION", "GZIP", span));
  } else if (!compression.empty() && !compression.ends_with("SNAPPYCODEC")) {
    throw not_supported("the option DATA_COMPRESSION = '" + compression + "'", span);
  }
  openrowset_format(options, span);
  return options;
}

std::vector<TableColumn> external_columns(const SessionState& session,
                                          const ExternalObject& table) {
  const ast::Batch batch = parse_batch(table.definition);
  const auto& statement = std::get<ast::CreateExternalTable>(batch.statements.front()->node);
  return defined_columns(statement.columns, {}, session.collation_of(table.database), batch.text,
                         table.name);
}

std::optional<Source> external_table_source(StatementFacts& facts, StatementContext& context,
                                            const ObjectName& name, ast::Span span) {
  const auto table = find_external(facts.session, ExternalKind::kTable, name);
  if (!table) return std::nullopt;
  facts.session.authorize(identity::actions::kSqlSelect, name.scope());
  const FilesPlace place =
      files_place(facts.session, table->database, external_options(*table), span);
  ast::Batch batch = parse_batch(table->definition);
  auto& statement = std::get<ast::CreateExternalTable>(batch.statements.front()->node);
  ast::OpenRowset rowset;
  rowset.paths.push_back(place.path);
  rowset.path_spans.push_back(span);
  rowset.options = file_format_options(place.format, span);
  rowset.schema.emplace();
  for (ast::ColumnDefinition& column : statement.columns) {
    ast::SchemaColumn to;
    to.name = std::move(column.name);
    to.type = std::move(column.type);
    to.collation = std::move(column.collation);
    to.span = span;
    rowset.schema->push_back(std::move(to));
  }
  Source source = openrowset_source(facts, context, rowset, span);
  source.database = table->database;
  source.schema = table->schema;
  source.name = table->name;
  return source;
}

std::optional<std::int64_t> create_external_table(Execution& run, Frame& frame,
                                                  ast::CreateExternalTable& statement,
                                                  ast::Span span) {
  SessionState& session = run.session;
  refuse_in_transaction(session, "CREATE EXTERNAL TABLE", span);
  const auto context = make_context(run, frame);
  const ObjectName name = context->object_name(statement.name);
  session.authorize(identity::actions::kSqlCreateTable,
                    identity::Scope::schema(name.database, name.schema));
  if (!has_schema(session, name.database, name.schema)) {
    throw failure_of(Code::kNotFound, 2760, 16, 1,
                     "The specified schema name \"" + name.schema +
                         "\" either does not exist or you do not have permission to use it.",
                     statement.name.span);
  }
  if (context->find_table(name) || find_module(session, name) ||
      find_external(session, ExternalKind::kTable, name)) {
    throw failure_of(Code::kAlreadyExists, 2714, 16, 6,
                     "There is already an object named '" + name.object + "' in the database.",
                     statement.name.span);
  }
  const Values options = statement_options(statement, name.database);
  const FilesPlace place = files_place(session, name.database, options, span);
  ExternalObject object{
      ExternalKind::kTable, name.database, name.schema, name.object, statement.definition, 0, 0};
  if (!statement.as_select) {
    if (statement.columns.empty()) {
      throw failure_of(Code::kInvalidArgument, 102, 15, 1, "An external table needs its columns.",
                       statement.name.span, "CREATE EXTERNAL TABLE t (column type, …) WITH (…).");
    }
    refuse_identity(defined_columns(statement.columns, {}, session.collation_of(name.database),
                                    frame.text, name.object),
                    span);
    put_external(session, object);
    return std::nullopt;
  }
  Translation query = translate(Binder(*context).bind_query(*statement.as_select));
  if (!statement.columns.empty() && statement.columns.size() != query.columns.size()) {
    const bool more = statement.columns.size() > query.columns.size();
    throw failure(more ? 8158 : 8159, "'" + name.object + "' has " + (more ? "more" : "fewer") +
                                          " columns than were specified in the column list.");
  }
  for (std::size_t i = 0; i < statement.columns.size(); ++i)
    query.columns[i].name = statement.columns[i].name.text;
  const auto columns = columns_of(query.columns, name.object);
  object.definition = definition_of(name, columns, options);
  const std::int64_t rows = write_files(run, place, named_rows(query, columns), span);
  put_external(session, object);
  return rows;
}

}  // namespace tarn::sql
