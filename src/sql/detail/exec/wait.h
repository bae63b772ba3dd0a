#pragma once
// WAITFOR.

#include <string_view>

#include "base/cancel.h"
#include "base/clock.h"
#include "detail/syntax/span.h"

namespace tarn::sql {

/// "00:00:05.250" in microseconds. Throws 148 for anything but a time of a day.
Micros wait_time(std::string_view text, ast::Span span);

/// Returns after so long; throws Error(kCancelled) as soon as the token is cancelled.
void wait_for(Micros duration, const CancelToken& cancel);

}  // namespace tarn::sql
