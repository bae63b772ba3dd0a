#include "detail/exec/call.h"

#include "detail/exec/failure.h"
#include "detail/exec/temp_tables.h"

namespace tarn::sql {

Call::Call(SessionState& session, Frame& frame)
    : session_(session),
      frame_(frame),
      database_(session.database),
      no_count_(session.no_count),
      set_(session.set) {
  if (session_.nesting >= kNestingMax) {
    throw failure_of(
        Code::kTooLarge, 217, 16, 1,
        "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit " +
            std::to_string(kNestingMax) + ").");
  }
  ++session_.nesting;
}

Call::~Call() {
  --session_.nesting;
  session_.database = database_;
  session_.no_count = no_count_;
  session_.set = set_;
  if (std::uncaught_exceptions() > exceptions_) session_.error_left_call = true;
  try {
    drop_temp_tables(session_, frame_);
  } catch (const Error&) {  // the engine's connection is gone, and its tables with it
  }
}

}  // namespace tarn::sql
