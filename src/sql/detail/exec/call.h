#pragma once
// A call of a procedure, a function, or of text.

#include <exception>

#include "detail/exec/session_state.h"

namespace tarn::sql {

/// Counts the nesting while it lives (217), and drops what the frame owns when the call ends.
class Call {
 public:
  Call(SessionState& session, Frame& frame);
  ~Call();
  Call(const Call&) = delete;

 private:
  SessionState& session_;
  Frame& frame_;
  int exceptions_ = std::uncaught_exceptions();
};

}  // namespace tarn::sql
