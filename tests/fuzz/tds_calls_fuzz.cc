// Feeds arbitrary bytes to the readers of calls and of bulk loads. The first byte says which, the
// protocol's version, and in what steps the bytes come. Nothing but tarn::Error may leave them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "detail/bulk_decoder.h"
#include "detail/rpc_reader.h"

namespace {

using namespace tarn::tds;

constexpr std::size_t kInputMax = 65536;

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_text(std::string_view type) {
  return type.find("char") != std::string_view::npos || type.find("text") != std::string_view::npos;
}

void read_as_calls(std::string_view bytes, Version version) {
  for (const Rpc& call : detail::read_calls(bytes, version)) {
    require(!call.procedure.empty());
    require(call.parameters.size() <= detail::kCallParametersMax);
    for (const RpcParameter& parameter : call.parameters) {
      require(!parameter.type.empty());
      if (parameter.value && is_text(parameter.type)) require(tarn::valid_utf8(*parameter.value));
    }
  }
}

void read_as_load(std::string_view bytes, Version version, std::size_t step) {
  detail::BulkDecoder bulk(
      [&](std::span<char> to) {
        const std::size_t count = std::min({step, to.size(), bytes.size()});
        std::memcpy(to.data(), bytes.data(), count);
        bytes.remove_prefix(count);
        return count;
      },
      version);
  std::vector<tarn::engine::Type> types;
  for (const tarn::sql::ResultColumn& column : bulk.columns()) types.push_back(column.engine_type);
  tarn::engine::ChunkBuilder rows(types);
  while (bulk.read(rows)) require(rows.size() <= tarn::engine::kChunkRowsMax);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > kInputMax) return 0;
  const std::uint8_t choice = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto version = static_cast<Version>((choice >> 1) % 6);
  const std::size_t step = std::size_t{1} << (choice >> 4);
  try {
    if (choice & 1) {
      read_as_load(bytes, version, step);
    } else {
      read_as_calls(bytes, version);
    }
  } catch (const tarn::Error& error) {
    require(!error.message().empty());
  }
  return 0;
}
