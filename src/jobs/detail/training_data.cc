#include "detail/training_data.h"

#include <algorithm>

#include "base/text.h"
#include "engine/type.h"
#include "lake/delta_table.h"

namespace tarn::jobs::detail {
namespace {

enum class Format { kParquet, kDelimited };

Format format_of(const lake::LakePath& path) {
  const std::string extension =
      to_lower(std::filesystem::path(std::string(path.name())).extension().string());
  if (extension == ".parquet") return Format::kParquet;
  if (extension == ".csv" || extension == ".tsv" || extension == ".txt") return Format::kDelimited;
  throw Error(Code::kUnsupported,
              "A file of this kind cannot be trained on: '" + path.text() + "'.",
              "Use a table, or .csv, .tsv, .txt or .parquet files.");
}

std::string reader_sql(const std::vector<std::filesystem::path>& files, Format format,
                       const Delimited& delimited) {
  std::string list;
  for (const auto& file : files)
    list += (list.empty() ? "" : ", ") + engine::quote_text(file.string());
  if (format == Format::kParquet)
    return "SELECT * FROM read_parquet([" + list + "], union_by_name = true)";
  std::string options = delimited.header ? ", header = true" : ", header = false";
  if (delimited.delimiter) options += ", delim = " + engine::quote_text(*delimited.delimiter);
  // All rows are looked at, so that a column's type does not depend on which rows come first.
  return "SELECT * FROM read_csv([" + list + "], sample_size = -1, union_by_name = true" + options +
         ")";
}

TrainingData resolve_table(const DataInput& input, lake::Catalog& catalog) {
  const lake::TableRef ref = catalog.resolve(lake::TableName::parse(input.table));
  TrainingData data = resolve_delta(ref.path, input.table_version, catalog);
  data.source = ref.text();
  data.source_kind = "table";
  return data;
}

TrainingData resolve_path(const DataInput& input, lake::Catalog& catalog) {
  const lake::LakePath path = lake::parse_pattern(input.path);
  if (path.pattern()) return resolve_files(path, {}, catalog);
  const lake::FileInfo info = catalog.lake().stat(path);
  if (input.type == "uri_file" && info.folder) {
    throw Error(Code::kInvalidArgument, "The path is a folder, not a file: '" + path.text() + "'.",
                "Write type: uri_folder.");
  }
  if (!info.folder) return resolve_files(path, {}, catalog);
  if (lake::delta::Table::exists(catalog.lake().local_path(path)))
    return resolve_delta(path, {}, catalog);
  if (input.type == "mltable") return resolve_mltable(path, catalog);
  return resolve_files(path, {}, catalog);
}

}  // namespace

TrainingData resolve_delta(const lake::LakePath& folder, std::optional<std::int64_t> version,
                           lake::Catalog& catalog) {
  const std::filesystem::path local = catalog.lake().local_path(folder);
  const auto table = catalog.tables().open(local);
  const auto snapshot = table->snapshot({.version = version, .timestamp = {}});
  if (version) table->check_files(*snapshot);
  TrainingData data;
  data.query = lake::delta::scan_sql(*snapshot, local);
  data.folders = {local};
  for (const auto& field : snapshot->schema().fields) data.columns.push_back(field.name);
  data.source = folder.text();
  data.source_kind = "table";
  data.source_version = std::to_string(snapshot->version);
  return data;
}

TrainingData resolve_files(const lake::LakePath& path, const Delimited& format,
                           lake::Catalog& catalog) {
  const std::vector<lake::FileInfo> found = catalog.lake().glob(path);
  if (found.empty()) {
    throw Error(Code::kNotFound, "There are no files to train on: '" + path.text() + "'.");
  }
  const Format kind = format_of(found.front().path);
  TrainingData data;
  std::vector<std::filesystem::path> files;
  for (const lake::FileInfo& info : found) {
    if (format_of(info.path) != kind) {
      throw Error(Code::kInvalidArgument,
                  "The folder holds files of several kinds: '" + path.text() + "'.",
                  "Name one kind with a pattern such as *.csv.");
    }
    files.push_back(catalog.lake().local_path(info.path));
    const std::filesystem::path folder = files.back().parent_path();
    if (std::find(data.folders.begin(), data.folders.end(), folder) == data.folders.end()) {
      data.folders.push_back(folder);
    }
  }
  data.query = reader_sql(files, kind, format);
  data.source = path.text();
  data.source_kind = "file";
  if (found.size() == 1) data.source_version = found.front().etag;
  return data;
}

TrainingData resolve(const DataInput& input, lake::Catalog& catalog) {
  try {
    return input.table.empty() ? resolve_path(input, catalog) : resolve_table(input, catalog);
  } catch (Error& error) {
    if (input.place.line > 0) error.set_place(input.place);
    throw;
  }
}

namespace {

void require_column(const std::vector<std::string>& columns, const std::string& wanted,
                    const DataInput& input, const Place& place) {
  for (const std::string& column : columns) {
    if (equal_ignoring_case(column, wanted)) return;
  }
  std::string hint = did_you_mean(wanted, columns);
  if (hint.empty()) {
    constexpr std::size_t kShownMax = 20;
    std::vector<std::string> shown(columns.begin(),
                                   columns.begin() + std::min(columns.size(), kShownMax));
    hint =
        "The columns are: " + join(shown, ", ") + (shown.size() < columns.size() ? ", ..." : ".");
  }
  Error error(Code::kNotFound, "There is no column '" + wanted + "' in " + input.text() + ".",
              hint);
  if (place.line > 0) error.set_place(place);
  throw error;
}

}  // namespace

void require_columns(const std::vector<std::string>& columns, const DataInput& input,
                     const AutoMlSpec& spec) {
  require_column(columns, spec.target_column_name, input, spec.target_place);
  for (const std::string& column : spec.drop_columns)
    require_column(columns, column, input, input.place);
}

}  // namespace tarn::jobs::detail
