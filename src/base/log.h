#pragma once
// Structured logs: one JSON object a line, with the request's or run's id, secrets redacted.
//
// The logger is the only global state in Tarn. Until open() is called it writes warnings and errors
// to standard error.

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "json.h"

namespace tarn::log {

enum class Level { kDebug, kInfo, kWarn, kError };

using Field = std::pair<std::string_view, Json>;

/// Writes to `file` (rotated at 20 MB, 5 kept) and, when `echo`, warnings and errors to standard
/// error too.
void open(const std::filesystem::path& file, Level level, bool echo);
void flush();

/// log::write(Level::kInfo, "request", {{"method", "GET"}, {"status", 200}});
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::kInfo, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::kWarn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::kError, event, fields);
}

/// Ids that every line of this thread carries while the scope lives: Scope scope{"request_id", id};
class Scope {
 public:
  Scope(std::string_view key, std::string value);
  ~Scope();
  Scope(const Scope&) = delete;
};

/// The text with secrets blanked: bearer tokens, passwords and keys in URLs, headers, connection
/// strings, SAS signatures, T-SQL's PASSWORD = and SECRET =.
std::string redact(std::string_view text);

}  // namespace tarn::log
