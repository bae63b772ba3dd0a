#pragma once
// A trial that is over, as bytes that a later run of the same search takes instead of running it
// again.
//
// The form is this version's own: bytes of another version, of other data or other settings, or
// damaged ones are not read.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "detail/trial.h"

namespace tarn::ml::detail {

struct TrialRecord {
  enum class State : std::uint8_t { kSucceeded, kFailed, kEndedEarly };

  State state = State::kSucceeded;
  double duration_s = 0;
  std::string error;     // of a failed one
  TrialOutcome outcome;  // of a succeeded one, without what judge() fills in; else its index,
                         // configuration and number of folds alone
};

/// Names the search that records belong to: its data, folds, metric and seed.
std::uint64_t fingerprint_of(const Validation& validation, Metric primary, std::uint64_t seed);

std::string write_record(const TrialRecord& record, std::uint64_t fingerprint);
std::optional<TrialRecord> read_record(std::string_view bytes, std::uint64_t fingerprint);

}  // namespace tarn::ml::detail
