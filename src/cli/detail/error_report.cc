#include "detail/error_report.h"

#include <cstdio>

#include "base/disk_full.h"
#include "detail/command_line.h"

namespace tarn::cli {

int exit_code_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kUnsupported:
      return kUsage;
    case Code::kNotFound:
      return kNotFound;
    case Code::kUnauthenticated:
    case Code::kPermissionDenied:
      return kDenied;
    case Code::kAlreadyExists:
    case Code::kConflict:
      return kConflict;
    case Code::kUnavailable:
    case Code::kResourceExhausted:
    case Code::kDeadlineExceeded:
      return kUnavailable;
    case Code::kCancelled:
      return kInterrupted;
    case Code::kTooLarge:
    case Code::kDataLoss:
    case Code::kInternal:
      return kFailed;
  }
  return kFailed;
}

void print_error(const Error& error) {
  std::fflush(stdout);
  // A full disk has SQL Server's number everywhere, but is a message of T-SQL only in T-SQL.
  const bool of_sql = error.place() || !is_disk_full(error);
  if (const auto& sql = error.sql(); sql && sql->number > 0 && of_sql) {
    std::string head = "Msg " + std::to_string(sql->number) + ", Level " +
                       std::to_string(sql->severity) + ", State " + std::to_string(sql->state);
    if (!sql->procedure.empty()) head += ", Procedure " + sql->procedure;
    if (error.place()) head += ", Line " + std::to_string(error.place()->line);
    std::fprintf(stderr, "%s\n", head.c_str());
  }
  std::fprintf(stderr, "error: %s\n", error.what());
}

}  // namespace tarn::cli
