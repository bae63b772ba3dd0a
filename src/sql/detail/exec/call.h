#pragma once
// A call of a procedure, a function, or of text.

#include <exception>

#include "detail/exec/session_state.h"

namespace tarn::sql {

/// Counts the nesting while it lives (217). When the call ends it drops what the frame owns, and
/// takes back what SET and USE have changed inside.
class Call {
 public:
  Call(SessionState& session, Frame& frame);
  ~Call();
  Call(const Call&) = delete;

 private:
  SessionState& session_;
  Frame& frame_;
  std::string database_;
  bool no_count_;
  SetOptions set_;
  int exceptions_ = std::uncaught_exceptions();
};

}  // namespace tarn::sql
