#include "detail/error.h"

#include <string>
#include <string_view>

#include "base/disk_full.h"
#include "detail/access.h"
#include "engine/database.h"

namespace tarn::engine {
namespace {

constexpr std::string_view kThrownMark = "tarn-thrown:";

Code code_of(duckdb_error_type type) {
  switch (type) {
    case DUCKDB_ERROR_INTERRUPT:
      return Code::kCancelled;
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return Code::kResourceExhausted;
    case DUCKDB_ERROR_PERMISSION:
      return Code::kPermissionDenied;
    case DUCKDB_ERROR_NOT_IMPLEMENTED:
      return Code::kUnsupported;
    case DUCKDB_ERROR_IO:
      return Code::kUnavailable;
    case DUCKDB_ERROR_INTERNAL:
    case DUCKDB_ERROR_FATAL:
    case DUCKDB_ERROR_NULL_POINTER:
    case DUCKDB_ERROR_SERIALIZATION:
    case DUCKDB_ERROR_SCHEDULER:
    case DUCKDB_ERROR_EXECUTOR:
      return Code::kInternal;
    default:
      return Code::kInvalidArgument;
  }
}

enum class FullDisk { kNone, kFile, kTemporaries };

// What the engine says of a disk without room: of a file that it writes, and of its temporary
// files, which it counts against max_temp_directory_size or the space that is left.
FullDisk full_disk_of(duckdb_error_type type, std::string_view message) {
  const auto says = [&](std::string_view text) { return message.find(text) != message.npos; };
  if (type == DUCKDB_ERROR_OUT_OF_MEMORY && says("max_temp_directory_size"))
    return FullDisk::kTemporaries;
  if (type == DUCKDB_ERROR_IO && says("No space left on device"))
    return says("duckdb_temp_storage") ? FullDisk::kTemporaries : FullDisk::kFile;
  return FullDisk::kNone;
}

/// Without a line end and a full stop.
std::string first_line(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  if (line.ends_with('.')) line.pop_back();
  return line;
}

std::string_view hint_of(duckdb_error_type type) {
  if (type != DUCKDB_ERROR_OUT_OF_MEMORY) return {};
  return "Raise the engine's memory limit, or let the query touch fewer rows or columns.";
}

/// Our own errors leave the engine with its prefix; theirs are followed by an excerpt of the query.
std::string cleaned(std::string_view message) {
  if (const auto excerpt = message.find("\n\nLINE "); excerpt != std::string_view::npos) {
    message = message.substr(0, excerpt);
  }
  while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
  return std::string(message);
}

}  // namespace

Error error_from(duckdb_error_type type, const char* message) {
  const std::string text = cleaned(message ? message : "The engine failed without a message");
  switch (full_disk_of(type, text)) {
    case FullDisk::kFile:
      return disk_full(text + ".");
    case FullDisk::kTemporaries:
      return disk_full(
          "The disk of the engine's temporary files is full: " + first_line(text) + ".",
          "Free some disk space, or let the query touch fewer rows or columns. "
          "`tarn serve` has --temp, --temp-gb and --memory-gb.");
    case FullDisk::kNone:
      break;
  }
  return Error(code_of(type), text, std::string(hint_of(type)));
}

std::string_view error_class(const Error& error) {
  const std::string_view message = error.message();
  constexpr std::string_view kMark = " Error: ";
  const auto end = message.find(kMark);
  if (end == std::string_view::npos || end > 40) return {};
  return message.substr(0, end + kMark.size() - 2);
}

std::string ThrownErrors::keep(std::exception_ptr error) {
  std::lock_guard lock(mutex_);
  if (kept_.size() >= kKeptMax) kept_.erase(kept_.begin());
  const auto id = next_id_++;
  kept_.emplace(id, std::move(error));
  return std::string(kThrownMark) + std::to_string(id) + ';';
}

void ThrownErrors::rethrow(const std::string& message) {
  const auto mark = message.find(kThrownMark);
  if (mark == std::string::npos) return;
  std::exception_ptr error;
  {
    std::lock_guard lock(mutex_);
    const auto id = std::strtoull(message.c_str() + mark + kThrownMark.size(), nullptr, 10);
    const auto found = kept_.find(id);
    if (found == kept_.end()) return;
    error = std::move(found->second);
    kept_.erase(found);
  }
  std::rethrow_exception(error);
}

}  // namespace tarn::engine
