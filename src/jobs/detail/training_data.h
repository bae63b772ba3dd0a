#pragma once
// From what a job names as its data to one query of the engine, with everything pinned that can be.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "jobs/automl_spec.h"
#include "lake/catalog.h"

namespace tarn::jobs::detail {

struct TrainingData {
  std::string query;                           // engine SQL
  std::vector<std::filesystem::path> folders;  // that the query reads
  std::string source;                          // "default.dbo.bike_data" or "files/data/x.csv"
  std::string source_kind;                     // "table" or "file"
  std::string source_version;  // the Delta version, or the file's ETag; empty for several files
  std::vector<std::string>
      columns;  // where they are known without reading; not kept in the job file
};

/// Throws Error, with the data's place where that is to blame: kNotFound (with the nearest name),
/// kUnsupported for a kind of file or an MLTable step that is not here.
TrainingData resolve(const DataInput& input, lake::Catalog& catalog);

/// The data of an MLTable file in the folder `base` (detail/mltable.cc).
TrainingData resolve_mltable(const lake::LakePath& base, lake::Catalog& catalog);

/// How delimited text is read; the defaults are those of a file that nothing is said about.
struct Delimited {
  std::optional<std::string> delimiter;  // empty: found by looking
  bool header = true;
};

/// A query over Parquet or delimited files (by their extension), or a Delta folder's newest
/// version.
TrainingData resolve_files(const lake::LakePath& path, const Delimited& format,
                           lake::Catalog& catalog);
TrainingData resolve_delta(const lake::LakePath& folder, std::optional<std::int64_t> version,
                           lake::Catalog& catalog);

/// Throws Error(kNotFound) with the nearest name when the data that `input` names have not the
/// target, or not a column that is to be dropped (ASCII case ignored). `columns` are theirs.
void require_columns(const std::vector<std::string>& columns, const DataInput& input,
                     const AutoMlSpec& spec);

}  // namespace tarn::jobs::detail
