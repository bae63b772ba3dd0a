#include "detail/exec/bulk_source.h"

#include "base/text.h"
#include "detail/exec/csv_header.h"
#include "detail/exec/failure.h"
#include "detail/translate/engine_type.h"
#include "lake/lake.h"

namespace tarn::sql {
namespace {

constexpr const char* kFileColumn = "tarn_file";

/// The files of all paths, and the pattern of the first (for filepath(n)).
struct Files {
  std::vector<lake::FileInfo> files;
  lake::LakePath pattern;
};

bool has_wildcard(const lake::LakePath& path) { return path.pattern(); }

/// The file or folder; of a pattern the folder above its first wildcard.
identity::Scope scope_of(const lake::LakePath& path) {
  std::string text = path.path;
  if (has_wildcard(path)) {
    text.resize(std::min(text.find_first_of("*?{"), text.size()));
    const std::size_t slash = text.rfind('/');
    text.resize(slash == std::string::npos ? 0 : slash);
  }
  return text.empty() ? identity::Scope::container(path.container)
                      : identity::Scope::file(path.container, text);
}

Files find_files(StatementFacts& facts, const std::vector<std::string>& paths,
                 const std::vector<ast::Span>& spans, identity::Action action) {
  lake::Lake& lake = *facts.session.services.lake;
  Files result;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const ast::Span span = i < spans.size() ? spans[i] : ast::Span{};
    lake::LakePath path;
    try {
      path = lake::parse_pattern(paths[i]);
    } catch (Error& error) {
      if (!error.sql()) error.set_sql({4861, 16, 1, {}});
      error.set_place({{}, static_cast<int>(span.line), static_cast<int>(span.column)});
      throw;
    }
    facts.session.authorize(action, scope_of(path));
    std::vector<lake::FileInfo> found;
    try {
      found = lake.glob(path, facts.cancel);
    } catch (const Error& error) {
      if (error.code() != Code::kNotFound) throw;
    }
    if (found.empty()) {
      if (has_wildcard(path) || path.folder || lake.find(path)) {
        throw failure_of(Code::kNotFound, 13807, 16, 1,
                         "Content of directory on path '" + paths[i] + "' cannot be listed.", span,
                         "No file matches.");
      }
      throw failure_of(Code::kNotFound, 4860, 16, 1,
                       "Cannot bulk load. The file \"" + paths[i] +
                           "\" does not exist or you don't have file access rights.",
                       span);
    }
    for (const lake::FileInfo& file : found) {  // each has a list of its own
      if (!(file.path == path))
        facts.session.authorize(action, identity::Scope::file(file.path.container, file.path.path));
    }
    if (i == 0) result.pattern = path;
    result.files.insert(result.files.end(), found.begin(), found.end());
  }
  return result;
}

std::string file_list(const lake::Lake& lake, const std::vector<lake::FileInfo>& files) {
  std::string list = "[";
  for (const lake::FileInfo& file : files) {
    if (list.size() > 1) list += ", ";
    list += engine::quote_text(lake.local_path(file.path).string());
  }
  return list + "]";
}

/// The pattern as a regular expression with a group for each '*', as filepath(n) counts them.
std::string regular_expression(std::string_view pattern, int& groups) {
  std::string result = "^";
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*') {
      const bool deep = i + 1 < pattern.size() && pattern[i + 1] == '*';
      if (deep) ++i;
      result += deep ? "(.*)" : "([^/]*)";
      ++groups;
    } else if (c == '?') {
      result += "[^/]";
    } else if (c == '{') {
      result += "(?:";
    } else if (c == '}') {
      result += ")";
    } else if (c == ',') {
      result += "|";
    } else if (std::string_view("\\.[]()+^$|").find(c) != std::string_view::npos) {
      result += std::string("\\") + c;
    } else {
      result += c;
    }
  }
  return result + "$";
}

/// Adds filename() and filepath() to a scan that gives the file's place on disk as kFileColumn.
void add_hidden(RawSource& source, const std::string& scan, const lake::Lake& lake,
                const lake::LakePath& pattern) {
  const SqlType type =
      SqlType::nvarchar(1024).with_collation(server_collation(), Coercibility::kImplicit);
  const std::string path = "substr(" + std::string(kFileColumn) + ", " +
                           std::to_string(lake.root().string().size() + 2) + ")";
  std::string items = ", regexp_extract(" + std::string(kFileColumn) +
                      ", '[^/]*$') AS tarn_filename, " + path + " AS tarn_filepath";
  source.hidden.push_back({"filename()", type, false, "tarn_filename", true});
  source.hidden.push_back({"filepath()", type, false, "tarn_filepath", true});
  int groups = 0;
  const std::string expression = regular_expression(pattern.text(), groups);
  for (int i = 1; i <= groups; ++i) {
    const std::string name = "tarn_filepath_" + std::to_string(i);
    items += ", regexp_extract(" + path + ", " + engine::quote_text(expression) + ", " +
             std::to_string(i) + ") AS " + name;
    source.hidden.push_back({"filepath(" + std::to_string(i) + ")", type, false, name, true});
  }
  source.sql = "(SELECT *" + items + " FROM " + scan + ")";
}

void open_csv(StatementFacts& facts, RawSource& source, const Files& files) {
  const lake::Lake& lake = *facts.session.services.lake;
  const BulkFormat& format = source.format;
  const std::string first = lake.local_path(files.files.front().path).string();
  const auto fields = first_record(facts.session.connection(), first, format, facts.cancel);
  if (fields.size() > kBulkColumnsMax) {
    throw failure_of(Code::kTooLarge, 1056, 16, 1,
                     "The file has more columns than " + std::to_string(kBulkColumnsMax) + ": " +
                         source.first_file);
  }
  const SqlType text =
      SqlType::varchar(kMaxLength).with_collation(server_collation(), Coercibility::kImplicit);
  std::string columns;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    RawColumn column{
        format.header_row && !fields[i].empty() ? fields[i] : "C" + std::to_string(i + 1),
        "f" + std::to_string(i), text, true};
    columns += (i ? ", '" : "'") + column.engine_name + "': 'VARCHAR'";
    source.columns.push_back(std::move(column));
  }
  source.first_row = std::max<std::int64_t>(format.first_row, format.header_row ? 2 : 1);
  const std::string scan = "read_csv(" + file_list(lake, files.files) + ", " +
                           csv_options(format, source.first_row - 1) + ", columns = {" + columns +
                           "}, filename = '" + kFileColumn + "')";
  add_hidden(source, scan, lake, files.pattern);
}

void open_parquet(StatementFacts& facts, RawSource& source, const Files& files) {
  const lake::Lake& lake = *facts.session.services.lake;
  const std::string scan = "read_parquet(" + file_list(lake, files.files) + ", filename = '" +
                           kFileColumn + "', hive_partitioning = false)";
  std::string items;
  for (const auto& column : facts.session.connection().describe("SELECT * FROM " + scan)) {
    if (column.name == kFileColumn) continue;
    const SqlType type =
        sql_type_of(column.type).with_collation(server_collation(), Coercibility::kImplicit);
    const std::string name = "f" + std::to_string(source.columns.size());
    const bool nested = column.type.kind == engine::Kind::kStruct ||
                        column.type.kind == engine::Kind::kList ||
                        column.type.kind == engine::Kind::kMap;
    const std::string value = engine::quote_name(column.name);
    items += "CAST(" + (nested ? "to_json(" + value + ")" : value) + " AS " +
             engine_type_sql(type) + ") AS " + name + ", ";
    source.columns.push_back({column.name, name, type, true});
  }
  add_hidden(source, "(SELECT " + items + kFileColumn + " FROM " + scan + ")", lake, files.pattern);
}

/// The whole file as one value, BulkColumn.
void open_single(StatementFacts& facts, RawSource& source, const Files& files) {
  if (files.files.size() != 1) {
    throw failure(4861, "Cannot bulk load: SINGLE_BLOB and its like read one file, not " +
                            std::to_string(files.files.size()) + ".");
  }
  const lake::Lake& lake = *facts.session.services.lake;
  const bool blob = source.format.type == BulkFormat::Type::kSingleBlob;
  SqlType type = blob ? SqlType::varbinary(kMaxLength) : SqlType::varchar(kMaxLength);
  if (source.format.type == BulkFormat::Type::kSingleNclob) type = SqlType::nvarchar(kMaxLength);
  source.columns.push_back(
      {"BulkColumn", "f0", type.with_collation(server_collation(), Coercibility::kImplicit), true});
  source.sql = std::string("(SELECT content AS f0 FROM ") + (blob ? "read_blob(" : "read_text(") +
               file_list(lake, files.files) + "))";
}

void open_delta(StatementFacts& facts, RawSource& source, const std::string& text, ast::Span span,
                identity::Action action) {
  const lake::LakePath path = lake::parse_path(text);
  facts.session.authorize(action, identity::Scope::file(path.container, path.path));
  const std::filesystem::path folder = facts.session.services.lake->local_path(path);
  if (!lake::delta::Table::exists(folder)) {
    throw failure_of(Code::kNotFound, 13807, 16, 1,
                     "Content of directory on path '" + text + "' cannot be listed.", span,
                     "It is no Delta table: it has no _delta_log.");
  }
  const auto snapshot =
      facts.session.services.catalog->tables().open(folder)->snapshot({}, facts.cancel);
  const auto columns = table_columns(snapshot->schema(), server_collation());
  source.sql = typed_scan(lake::delta::scan_sql(*snapshot, folder), snapshot->schema(), columns);
  for (const TableColumn& column : columns) {
    source.columns.push_back({column.name, column.name, column.type, column.nullable});
  }
}

/// A type that a column of a CSV file may have: how its values look, and what the engine must make
/// of them.
struct Candidate {
  SqlType type;
  const char* pattern;
  const char* engine_type;
};

/// In the order in which they are tried; what is none of them is text.
const std::vector<Candidate>& candidates() {
  static const std::vector<Candidate> kCandidates = {
      {SqlType::bigint(), "[+-]?[0-9]+", "BIGINT"},
      {SqlType::floating(), "[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?", "DOUBLE"},
      {SqlType::of(TypeId::kDate), "[0-9]{4}-[0-9]{2}-[0-9]{2}", "DATE"},
      {SqlType::datetime2(kFractionMax),
       "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,7})?)?", "TIMESTAMP"},
      {SqlType::of(TypeId::kTime), "[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,7})?)?", "TIME"},
  };
  return kCandidates;
}

/// Whether all values of a column are of the candidate.
std::string all_match(const std::string& column, const Candidate& candidate) {
  return "bool_and(" + column + " IS NULL OR (regexp_full_match(trim(" + column + "), '" +
         candidate.pattern + "') AND TRY_CAST(trim(" + column + ") AS " + candidate.engine_type +
         ") IS NOT NULL))";
}

/// Asks the first rows of the source for each of the conditions.
std::vector<bool> ask_sample(StatementFacts& facts, const RawSource& source, int rows,
                             const std::vector<std::string>& conditions) {
  const auto answer =
      facts.session.connection().rows("SELECT " + join(conditions, ", ") + " FROM (SELECT * FROM " +
                                          source.sql + " LIMIT " + std::to_string(rows) + ")",
                                      facts.cancel);
  std::vector<bool> holds;
  for (const auto& cell : answer.at(0)) holds.push_back(cell == "true");
  return holds;
}

}  // namespace

RawSource open_bulk(StatementFacts& facts, const std::vector<std::string>& paths,
                    const std::vector<ast::Span>& spans, const BulkFormat& format,
                    identity::Action action) {
  RawSource source;
  source.format = format;
  if (format.type == BulkFormat::Type::kDelta) {
    if (paths.size() != 1) throw not_supported("several folders with FORMAT = 'DELTA'");
    source.first_file = paths.front();
    open_delta(facts, source, paths.front(), spans.empty() ? ast::Span{} : spans.front(), action);
    return source;
  }
  const Files files = find_files(facts, paths, spans, action);
  source.first_file = files.files.front().path.text();
  if (format.type == BulkFormat::Type::kCsv) {
    open_csv(facts, source, files);
  } else if (format.type == BulkFormat::Type::kParquet) {
    open_parquet(facts, source, files);
  } else {
    open_single(facts, source, files);
  }
  return source;
}

// The patterns are dear, so a few rows say first which are worth trying on all: mostly one a
// column.
std::vector<SqlType> inferred_types(StatementFacts& facts, const RawSource& source) {
  const std::size_t columns = source.columns.size();
  const std::size_t count = candidates().size();
  std::vector<std::string> conditions;
  for (const RawColumn& column : source.columns) {
    for (const Candidate& candidate : candidates())
      conditions.push_back(all_match(column.engine_name, candidate));
  }
  const std::vector<bool> possible = ask_sample(facts, source, kInferenceProbeRows, conditions);

  const SqlType text =
      SqlType::varchar(kCharLengthMax).with_collation(server_collation(), Coercibility::kImplicit);
  std::vector<SqlType> types(columns, text);
  std::vector<std::size_t> next(columns, 0);  // the candidate to try, or count
  const auto skip_impossible = [&](std::size_t column) {
    while (next[column] < count && !possible[column * count + next[column]]) ++next[column];
  };
  for (std::size_t i = 0; i < columns; ++i) skip_impossible(i);
  while (true) {
    std::vector<std::size_t> tried;
    conditions.clear();
    for (std::size_t i = 0; i < columns; ++i) {
      if (next[i] == count) continue;
      const std::string& name = source.columns[i].engine_name;
      tried.push_back(i);
      conditions.push_back("count(" + name + ") > 0 AND " + all_match(name, candidates()[next[i]]));
    }
    if (tried.empty()) return types;
    const std::vector<bool> holds = ask_sample(facts, source, kInferenceRows, conditions);
    for (std::size_t k = 0; k < tried.size(); ++k) {
      const std::size_t column = tried[k];
      if (holds[k]) types[column] = candidates()[next[column]].type;
      next[column] = holds[k] ? count : next[column] + 1;
      skip_impossible(column);
    }
  }
}

}  // namespace tarn::sql
