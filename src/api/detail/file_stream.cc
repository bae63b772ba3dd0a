#include "detail/file_stream.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tarn::api {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<ByteRange> range_of(const router::Request& request, std::uint64_t size) {
  const std::string_view header = request.headers.get("Range");
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return std::nullopt;
  const std::string_view spec = header.substr(kUnit.size());
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = number(spec.substr(0, dash));
  const auto last = number(spec.substr(dash + 1));
  const bool understood = (first || dash == 0) && (last || dash + 1 == spec.size());
  if (!understood || (!first && !last)) return std::nullopt;
  if (!first) {
    const std::uint64_t count = std::min(*last, size);
    if (count == 0) return std::nullopt;
    return ByteRange{size - count, count};
  }
  if (*first >= size) {
    throw Error(Code::kInvalidArgument, "The range starts past the end of the file, which has " +
                                            std::to_string(size) + " bytes.");
  }
  const std::uint64_t end = std::min(last.value_or(size - 1), size - 1);
  if (end < *first) return std::nullopt;
  return ByteRange{*first, end - *first + 1};
}

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
