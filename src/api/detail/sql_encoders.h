#pragma once
// The forms in which SQL results travel over HTTP.

#include <functional>
#include <memory>
#include <string_view>

#include "sql/result_sink.h"

namespace tarn::api {

inline constexpr std::string_view kJsonLinesMediaType = "application/x-ndjson";
inline constexpr std::string_view kArrowMediaType = "application/vnd.apache.arrow.stream";

enum class SqlFormat {
  kJson,  // {"results": [{"columns": [...], "rows": [[...]], "row_count": n}], "messages": [...]}
  kJsonLines,  // one event a line: batch, columns, rows (cells as text), rows_end, ...
  kArrow,      // the only result set, as an Arrow IPC stream
};
std::string_view media_type_of(SqlFormat format);

/// A sink that writes the form's bytes.
class SqlEncoder : public sql::ResultSink {
 public:
  /// The batch of this number (from 0) begins.
  virtual void begin_batch(std::size_t) {}
  /// Whether nothing has come yet that an error would take away from the client.
  virtual bool empty() const = 0;
  /// Everything went well.
  virtual void finish() = 0;
  /// Something failed after bytes had been sent: the problem, as JSON, where the form has a place
  /// for it; else throws Error so that the stream is cut off.
  virtual void fail(std::string_view problem_json) = 0;
};

std::unique_ptr<SqlEncoder> make_sql_encoder(SqlFormat format,
                                             std::function<void(std::string_view)> out);

}  // namespace tarn::api
