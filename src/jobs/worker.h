#pragma once
// The worker process of an AutoML job: `tarn worker --job FILE --deadline MICROSECONDS` (UTC),
// and `--memory BYTES` where it has a limit.
//
// It reads the job file, reads the data through an engine of its own, trains, and writes its
// journal and the model folder. It knows no metadata store and no server, and it always has the
// best model so far on disk. Ended at any point, it leaves what its journal says.

#include <span>
#include <string>

namespace tarn::jobs {

/// `arguments` are those after `worker`. Returns the exit code: 0 when the journal ends with
/// "finished", 1 when it ends with "failed", 75 (EX_TEMPFAIL) when another worker has the job, 64
/// (EX_USAGE) for wrong arguments, 71 (EX_OSERR) when there was no memory within its limit.
int worker_main(std::span<const std::string> arguments);

}  // namespace tarn::jobs
