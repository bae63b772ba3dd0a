#pragma once
// Classic (V1) checkpoints of a Delta log through the engine's Parquet reader and writer (Delta
// protocol, "Checkpoints").

#include <vector>

#include "base/cancel.h"
#include "base/files.h"
#include "detail/log_folder.h"
#include "lake/delta_log.h"

namespace tarn::engine {
class Database;
}

namespace tarn::lake::delta::detail {

/// All actions. Throws kDataLoss when the file is damaged, kUnsupported for a V2 checkpoint or
/// deletion vectors.
std::vector<Action> read_checkpoint(engine::Database& database, const Checkpoint& checkpoint,
                                    const CancelToken& cancel);

/// Writes <version>.checkpoint.parquet and _last_checkpoint.
void write_checkpoint(engine::Database& database, const LogFolder& log, FileSystem& files,
                      std::int64_t version, const std::vector<Action>& actions);

}  // namespace tarn::lake::delta::detail
