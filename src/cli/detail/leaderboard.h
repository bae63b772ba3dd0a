#pragma once
// Trials of a job as they end, the best ones marked, and what came out.

#include <optional>
#include <string>

#include "base/json.h"
#include "detail/output.h"

namespace tarn::cli {

/// Prints on standard error: standard output is for the result.
class Leaderboard {
 public:
  explicit Leaderboard(Format format) : quiet_(format != Format::kTable) {}

  /// An event "trial" of a job's stream.
  void trial(const Json& event);
  /// The job, when its status has changed.
  void status(const Json& job);
  void end();

 private:
  bool better(double score) const;

  bool quiet_;
  bool head_done_ = false;
  bool lower_is_better_ = true;
  int trials_ = 0;
  std::optional<double> best_;
};

}  // namespace tarn::cli
