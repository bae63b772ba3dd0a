#pragma once
// The memory that the engine's allocator keeps for later. It has one of its own, beside that of the
// C library.

namespace tarn::engine {

/// Gives back to the system what the allocator keeps and nobody uses: it does so by itself only as
/// the thread that used the memory allocates again. For a look now and then, not for each query.
void release_memory();

}  // namespace tarn::engine
