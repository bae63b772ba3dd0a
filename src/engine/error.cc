#include "detail/error.h"

#include <string>
#include <string_view>

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
  return Error(code_of(type), cleaned(message ? message : "The engine failed without a message"),
               std::string(hint_of(type)));
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
