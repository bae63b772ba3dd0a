#pragma once
// A query's rows as a frame to train on.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "engine/database.h"
#include "ml/frame.h"

namespace tarn::jobs::detail {

struct ReadFrame {
  ml::Frame frame;
  /// Columns of kinds that nothing is learned from, with the reason.
  std::vector<std::pair<std::string, std::string>> left_out;
};

/// Rows come in the order of the files, whatever the number of threads. Throws Error.
ReadFrame read_frame(engine::Connection& connection, std::string_view query,
                     const CancelToken& cancel = {});

}  // namespace tarn::jobs::detail
