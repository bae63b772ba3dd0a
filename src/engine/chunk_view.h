#pragma once
// Rows that were built here instead of asked for, for those who read chunks.

#include "engine/chunk.h"

namespace tarn::engine {

/// The builder's rows as a chunk, without copying: valid until the builder changes or goes. Needs
/// no database.
Chunk view_of(ChunkBuilder& rows);

}  // namespace tarn::engine
