#pragma once
// Checkpoints of a Delta log through the engine's Parquet reader and writer (Delta protocol,
// "Checkpoints"): classic ones in one or several parts are read and written, V2 ones (named by a
// UUID, with sidecars) read.

#include <functional>
#include <optional>
#include <vector>

#include "base/cancel.h"
#include "base/files.h"
#include "detail/log_folder.h"
#include "lake/delta_log.h"

namespace tarn::engine {
class Database;
}

namespace tarn::lake::delta::detail {

/// All actions. Throws kDataLoss when a file is damaged or a sidecar is not there.
std::vector<Action> read_checkpoint(engine::Database& database, const LogFolder& log,
                                    const Checkpoint& checkpoint, const CancelToken& cancel);

/// Writes <version>.checkpoint.parquet, or as many parts as keep each within
/// Table::kCheckpointPartActionsMax actions, and then _last_checkpoint.
void write_checkpoint(engine::Database& database, const LogFolder& log, FileSystem& files,
                      std::int64_t version, const std::vector<Action>& actions);

/// What _last_checkpoint says.
struct LastCheckpoint {
  std::int64_t version = 0;
  std::int64_t parts = 1;
};
/// Empty where there is none, or where it is damaged or its checksum does not hold (which is
/// logged). `engine` computes the checksum.
std::optional<LastCheckpoint> read_last_checkpoint(const std::function<engine::Database&()>& engine,
                                                   const LogFolder& log);

/// The text whose MD5 is the checksum (Delta protocol, "JSON checksum"): the top-level key
/// `checksum` is left out. Throws kDataLoss on malformed JSON.
std::string canonical_json(std::string_view json);

}  // namespace tarn::lake::delta::detail
