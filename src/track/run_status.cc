#include "base/error.h"
#include "base/text.h"
#include "track/tracking.h"

namespace tarn::track {

std::string_view name_of(RunStatus status) {
  switch (status) {
    case RunStatus::kRunning:
      return "RUNNING";
    case RunStatus::kScheduled:
      return "SCHEDULED";
    case RunStatus::kFinished:
      return "FINISHED";
    case RunStatus::kFailed:
      return "FAILED";
    case RunStatus::kKilled:
      return "KILLED";
  }
  return "FAILED";
}

RunStatus parse_run_status(std::string_view name) {
  for (const RunStatus status : {RunStatus::kRunning, RunStatus::kScheduled, RunStatus::kFinished,
                                 RunStatus::kFailed, RunStatus::kKilled}) {
    if (name_of(status) == name) return status;
  }
  throw Error(Code::kInvalidArgument,
              "Not a run's status: " + std::string(name.substr(0, 80)) + ".",
              "It is one of RUNNING, SCHEDULED, FINISHED, FAILED, KILLED.");
}

}  // namespace tarn::track
