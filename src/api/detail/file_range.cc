#include "detail/file_range.h"

#include <algorithm>
#include <span>
#include <vector>

#include "base/error.h"

namespace tarn::api {

void stream_range(const lake::LakeFile& file, const Range& range, const CancelToken& cancel,
                  const std::function<void(std::string_view)>& take) {
  std::vector<char> buffer(
      std::min<std::uint64_t>(kTransferBytes, std::max<std::uint64_t>(range.count, 1)));
  for (std::uint64_t done = 0; done < range.count;) {
    cancel.check();
    const std::size_t want = std::min<std::uint64_t>(buffer.size(), range.count - done);
    const std::size_t got = file.read(range.first + done, std::span(buffer).first(want));
    if (got == 0) throw Error(Code::kDataLoss, "The file has become shorter while it was read.");
    take({buffer.data(), got});
    done += got;
  }
}

}  // namespace tarn::api
