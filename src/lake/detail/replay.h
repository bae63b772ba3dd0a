#pragma once
// Action reconciliation (Delta protocol): the newest action of a path, an application, the protocol
// and the metadata wins.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lake/delta_log.h"

namespace tarn::lake::delta::detail {

class Replay {
 public:
  void apply(std::vector<Action>&& actions);

  /// Throws kDataLoss when the log had no protocol or no metadata.
  SnapshotPtr snapshot(std::int64_t version, Micros timestamp) const;

  /// The tombstones, by path.
  std::vector<std::shared_ptr<const Remove>> removes() const;

  /// The state as actions, as a checkpoint has it: removes that are younger than `removes_since_ms`
  /// included.
  std::vector<Action> checkpoint(std::int64_t removes_since_ms) const;

 private:
  // Keyed by the path inside the action itself.
  std::map<std::string_view, std::shared_ptr<const Add>> adds_;
  std::map<std::string_view, std::shared_ptr<const Remove>> removes_;
  std::map<std::string, Txn> transactions_;
  std::optional<Protocol> protocol_;
  std::optional<Metadata> metadata_;
};

}  // namespace tarn::lake::delta::detail
