#pragma once
// Delta tables read by DuckDB's own `delta` extension, for what the lake's reader does not do
// (deletion vectors, column mapping).
//
// Every Database has a table function for it. The first call that is bound loads the extension (a
// library of 80 MB, its signature checked) into a second database with the same threads and the
// same allowed directories and 1 GiB of memory; its rows are handed over chunk by chunk without a
// copy. Where the extension is not installed, or is refused, the query fails with
// Error(kUnsupported).

#include <string_view>

namespace tarn::engine {

/// tarn_delta_scan(folder VARCHAR, version BIGINT): the table's rows at that version, with its
/// columns' names and the types that the extension gives them. Columns that are not used are not
/// read.
inline constexpr std::string_view kExtensionScan = "tarn_delta_scan";

/// The extension's file, beside Tarn's other libraries.
inline constexpr std::string_view kDeltaExtensionFile = "delta.duckdb_extension";

}  // namespace tarn::engine
