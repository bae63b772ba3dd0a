#pragma once
// The first record of a CSV file, and the options with which the engine reads the rest.

#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "detail/exec/bulk_format.h"
#include "engine/database.h"

namespace tarn::sql {

inline constexpr int kHeaderLinesMax = 100;  // lines of one quoted record
inline constexpr long long kCsvLineBytesMax =
    2 << 20;  // of one record; the reader holds 16 of it a file

/// The fields of the first row (the header, where there is one), quotes undone.
std::vector<std::string> first_record(engine::Connection& connection, const std::string& file,
                                      const BulkFormat& format, const CancelToken& cancel);
/// Splits a record; empty when a quote is still open at its end.
std::vector<std::string> split_record(std::string_view text, const BulkFormat& format);
/// "delim = ',', quote = …", passing over `skipped` rows.
std::string csv_options(const BulkFormat& format, std::int64_t skipped);

}  // namespace tarn::sql
