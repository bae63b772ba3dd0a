#pragma once
// Delta's statistics of a data file (Delta protocol, "Per-file Statistics") from those of the
// Parquet writer.

#include <map>
#include <optional>
#include <string>

#include "lake/delta_schema.h"

namespace tarn::lake::delta::detail {

/// What the Parquet writer tells of a column, as the engine's text.
struct ColumnStatistics {
  std::optional<std::string> min;
  std::optional<std::string> max;
  std::optional<std::int64_t> null_count;
  bool has_nan = false;
};

inline constexpr std::size_t kStatisticsColumnsMax =
    32;  // as Delta's delta.dataSkippingNumIndexedCols
inline constexpr std::size_t kStatisticsTextMax = 32;  // characters; longer bounds are left out

/// {"numRecords":…,"minValues":{…},"maxValues":{…},"nullCount":{…}}. `columns` is by column name.
std::string statistics_json(const Schema& schema, std::int64_t records,
                            const std::map<std::string, ColumnStatistics>& columns);

}  // namespace tarn::lake::delta::detail
