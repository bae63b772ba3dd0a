#include "detail/backend.h"

#include "base/text.h"

namespace tarn::meta::detail {

BusyError::BusyError(const std::string& detail)
    : Error(Code::kUnavailable, "The metadata store is busy with another process: " + detail + ".",
            "Try again shortly.") {}

LostError::LostError(const std::string& detail)
    : Error(Code::kUnavailable, "The connection to the metadata store was lost: " + detail + ".",
            "Try again shortly; look at the database server where that does not help.") {}

Rows Connection::query(std::string_view sql, std::span<const Value> values) {
  Rows rows;
  scan(sql, values, [&rows](Row&& row) {
    if (rows.size() == kRowsMax) {
      throw Error(
          Code::kTooLarge,
          "A query of the metadata store has more rows than " + std::to_string(kRowsMax) + ".",
          "Ask for pages.");
    }
    rows.push_back(std::move(row));
  });
  return rows;
}

void check_text(std::string_view text) {
  if (!valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    throw Error(Code::kInvalidArgument, "A text is not valid UTF-8, or holds a NUL character.");
  }
}

void check_real(double value) { check(value == value, "a NaN was given to the metadata store"); }

}  // namespace tarn::meta::detail
