#include "detail/postgres_error.h"

#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "detail/backend.h"

namespace tarn::meta::detail {

namespace {

std::string field(const PGresult* result, int code) {
  const char* text = PostgresLibrary::get().result_error_field(result, code);
  return text != nullptr ? text : "";
}

/// "settings (workspace_id, key)": the columns stand in the detail, "Key (workspace_id, key)=(w, x)
/// already exists."
std::string constraint_of(const PGresult* result) {
  const std::string table = field(result, PG_DIAG_TABLE_NAME);
  const std::string detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  const std::size_t open = detail.find('(');
  const std::size_t close = detail.find(")=(");
  if (open == std::string::npos || close == std::string::npos || close < open) {
    return table + ", " + field(result, PG_DIAG_CONSTRAINT_NAME);
  }
  return table + " " + detail.substr(open, close + 1 - open);
}

/// As SQLite names it: "NOT NULL constraint failed: table.column".
std::string rule_of(const PGresult* result, std::string_view state) {
  const std::string table = field(result, PG_DIAG_TABLE_NAME);
  if (state == "23502")
    return "NOT NULL constraint failed: " + table + "." + field(result, PG_DIAG_COLUMN_NAME);
  if (state == "23514")
    return "CHECK constraint failed: " + table + ", " + field(result, PG_DIAG_CONSTRAINT_NAME);
  return field(result, PG_DIAG_MESSAGE_PRIMARY);
}

void throw_constraint(const PGresult* result, std::string_view state) {
  if (state == "23505") {
    throw Error(Code::kAlreadyExists,
                "A row with this key is there already: " + constraint_of(result) + ".");
  }
  if (state == "23503" || state == "23001") {
    throw Error(Code::kConflict,
                "A row that this one refers to is missing, or is still referred to.");
  }
  if (state.starts_with("23") || state.starts_with("22")) {
    throw Error(Code::kInvalidArgument,
                "A value breaks a rule of the metadata store: " + rule_of(result, state) + ".");
  }
  if (state == "P0001") {
    throw Error(Code::kPermissionDenied, "The metadata store refuses this change: " +
                                             field(result, PG_DIAG_MESSAGE_PRIMARY) + ".");
  }
}

void throw_resources(std::string_view state, const std::string& message) {
  if (state == "53100") {
    throw Error(Code::kResourceExhausted,
                "The disk of the metadata store is full: " + message + ".", "Free some space.");
  }
  if (state == "53200") {
    throw Error(Code::kResourceExhausted, "The metadata store is out of memory: " + message + ".");
  }
  if (state == "54000" || state == "54001") {
    throw Error(Code::kTooLarge, "A value is too large for the metadata store: " + message + ".");
  }
  if (state.starts_with("XX00") && state != "XX000") {
    throw Error(Code::kDataLoss, "The metadata store is damaged: " + message + ".",
                "Restore it from a backup.");
  }
  if (state == "25006" || state == "42501") {
    throw Error(Code::kUnavailable,
                "The metadata store cannot be read or written: " + message + ".",
                "Check that the database user may make and change tables, and that the server is "
                "no standby.");
  }
}

}  // namespace

void throw_postgres(const PGresult* result) {
  const PostgresLibrary& pq = PostgresLibrary::get();
  const std::string state = field(result, PG_DIAG_SQLSTATE);
  std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = trim(pq.result_error_message(result));
  // serialization_failure, deadlock_detected, lock_not_available
  if (state == "40001" || state == "40P01" || state == "55P03") throw BusyError(message);
  // Without a code the connection itself broke; 08: connection exception; 57P: the server stops.
  if (state.empty() || state.starts_with("08") || state.starts_with("57P"))
    throw LostError(message);
  throw_constraint(result, state);
  throw_resources(state, message);
  throw Error(Code::kInternal, "The metadata store failed: " + message + " (" + state + ").");
}

}  // namespace tarn::meta::detail
