#include "engine/chunk_view.h"

#include "detail/access.h"

namespace tarn::engine {

Chunk view_of(ChunkBuilder& rows) {
  Chunk chunk;
  Access::bind(chunk, Access::handle(rows),
               std::make_shared<const std::vector<Type>>(Access::types(rows)), false);
  return chunk;
}

}  // namespace tarn::engine
