#include "engine/memory.h"

#include <cstddef>

// The allocator's control (jemalloc(3), mallctl), as the engine's library exports it under a name
// of its own. Weak: a library that was built without that allocator has none.
extern "C" __attribute__((weak)) int duckdb_je_mallctl(const char* name, void* old_value,
                                                       std::size_t* old_bytes, void* new_value,
                                                       std::size_t new_bytes);

namespace tarn::engine {

void release_memory() {
  constexpr const char* kPurgeAll = "arena.4096.purge";  // MALLCTL_ARENAS_ALL
  if (duckdb_je_mallctl) duckdb_je_mallctl(kPurgeAll, nullptr, nullptr, nullptr, 0);
}

}  // namespace tarn::engine
