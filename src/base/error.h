#pragma once
// The one exception of Tarn. It ends the request that it is thrown in; each surface renders it in
// its own convention (an HTTP problem, a TDS error token, a line of the CLI). Expected outcomes are
// return values, not errors.

#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace tarn {

/// What kind of failure it is. Surfaces map it to their own codes (HTTP status, exit code).
enum class Code {
  kInvalidArgument,    // the request is wrong, whatever the state: 400
  kUnauthenticated,    // nobody that we know asks: 401
  kPermissionDenied,   // known, but not allowed: 403
  kNotFound,           // 404
  kAlreadyExists,      // 409
  kConflict,           // somebody else changed it meanwhile, or an ETag does not match: 412
  kTooLarge,           // over a named limit: 413
  kResourceExhausted,  // a quota or queue is full, try later: 429
  kCancelled,          // the caller asked to stop: 499
  kDeadlineExceeded,   // 504
  kUnsupported,        // recognised, but not here: 501
  kUnavailable,        // not now (starting, stopping, locked): 503
  kDataLoss,           // stored bytes are damaged: 500
  kInternal,           // our bug: 500
};

/// The code's name as it appears in JSON: "InvalidArgument", "NotFound", ...
std::string_view name_of(Code code);

/// A position in a text that the user wrote. Lines and columns count from 1; 0 is unknown.
struct Place {
  std::string source;  // a file name, or what the text is ("query"); may be empty
  int line = 0;
  int column = 0;
};

/// SQL Server's identification of an error ("Msg 208, Level 16, State 1, Procedure p, Line 3").
struct SqlStatus {
  int number = 0;
  int severity = 16;
  int state = 1;
  std::string procedure;
};

/// Fixed text first, the runtime value last. The hint says what to do and may be empty.
class Error : public std::exception {
 public:
  Error(Code code, std::string message, std::string hint = {});

  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  const std::optional<Place>& place() const { return place_; }
  const std::optional<SqlStatus>& sql() const { return sql_; }

  /// Adds where it happened; an innermost place that is already there stays.
  Error&& at(Place place) &&;
  Error&& with_sql(SqlStatus status) &&;
  void set_place(Place place);
  void set_sql(SqlStatus status) { sql_ = std::move(status); }

  /// "job.yml:12:3: unknown key 'comand' in a command job. Did you mean 'command'?"
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  void render();

  Code code_;
  std::string message_;
  std::string hint_;
  std::optional<Place> place_;
  std::optional<SqlStatus> sql_;
  std::string what_;
};

/// Throws kInternal when our own invariant is broken. `what` is a fixed text.
void check(bool invariant, std::string_view what);

}  // namespace tarn
