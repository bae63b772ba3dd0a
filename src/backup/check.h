#pragma once
// The check of a home: is everything there that its metadata and its tables' logs name?

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "lake/delta_table.h"

namespace tarn::meta {
class Store;
}
namespace tarn::pools {
class Pools;
}

namespace tarn::backup {

inline constexpr std::size_t kFindingsMax = 1000;

struct CheckSource {
  meta::Store& store;
  std::filesystem::path home;
  std::filesystem::path lake;
  lake::delta::EngineProvider engine;
  pools::Pools& pools;
};

struct Finding {
  std::string area;     // "home", "store", "table", "model", "job", "pool"
  std::string name;     // a path of the lake, "bikes:3", a job's or pool's name
  std::string problem;  // a sentence
};

struct CheckReport {
  std::vector<Finding> findings;  // at most kFindingsMax
  std::int64_t tables = 0;        // that were looked at
  std::int64_t files = 0;         // of tables
  std::int64_t models = 0;        // versions
  std::int64_t jobs = 0;
  std::int64_t pools = 0;  // of this server
};

/// FORMAT; the store's integrity; every Delta table's log and files; every model version's digest;
/// every job's folder, and the model of a completed one; this server's SQL pools. Changes nothing,
/// and may run while others write: what looks wrong is looked at twice.
CheckReport check_home(const CheckSource& source, const CancelToken& cancel);

}  // namespace tarn::backup
