#include "detail/file_stream.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tarn::api {

void read_range(const lake::LakeFile& file, const ByteRange& range, const CancelToken& cancel,
                const std::function<void(std::string_view)>& take) {
  std::vector<char> buffer(std::clamp<std::uint64_t>(range.count, 1, kTransferBytes));
  for (std::uint64_t done = 0; done < range.count;) {
    cancel.check();
    const std::size_t want = std::min<std::uint64_t>(buffer.size(), range.count - done);
    const std::size_t got = file.read(range.first + done, std::span(buffer).first(want));
    if (got == 0) throw Error(Code::kDataLoss, "The file has become shorter while it was read.");
    take({buffer.data(), got});
    done += got;
  }
}

void stream_file(router::Response& response, std::shared_ptr<const lake::LakeFile> file,
                 const std::optional<ByteRange>& range, CancelToken cancel) {
  const std::uint64_t size = file->info().size;
  const ByteRange sent = range.value_or(ByteRange{0, size});
  if (range) {
    response.status = 206;
    response.headers.set("Content-Range", "bytes " + std::to_string(sent.first) + '-' +
                                              std::to_string(sent.first + sent.count - 1) + '/' +
                                              std::to_string(size));
  }
  response.stream_size = sent.count;
  response.stream = [file = std::move(file), sent,
                     cancel = std::move(cancel)](router::BodySink& sink) {
    read_range(*file, sent, cancel, [&sink](std::string_view bytes) { sink.write(bytes); });
  };
}

}  // namespace tarn::api
