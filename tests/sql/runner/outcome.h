#pragma once
// What a batch gave: result sets as text, messages, counts, and its error.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "sql/session.h"

namespace tarn::sqltest {

struct ResultSet {
  std::vector<sql::ResultColumn> columns;
  std::vector<std::vector<std::string>> rows;  // "NULL" and "(empty)" for what they say
};

struct Outcome {
  std::vector<ResultSet> sets;
  std::vector<std::string> messages;
  std::vector<std::string> transcript;  // all of it, as it came: rows, messages, errors
  std::vector<std::int64_t> affected;   // of each statement without a result set
  std::optional<Error> error;
};

/// `takes_errors`: errors that the batch survives go into the transcript only.
Outcome run_batch(sql::Session& session, const std::string& batch, bool takes_errors = false);

/// The error as a person sees it: "Msg 208, Level 16, State 1, Line 1", the message, the line with
/// a caret, the hint.
std::vector<std::string> render_error(const Error& error, const std::string& batch);

}  // namespace tarn::sqltest
