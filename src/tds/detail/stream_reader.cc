#include "detail/stream_reader.h"

#include <algorithm>

#include "base/utf16.h"

namespace tarn::tds::detail {

StreamReader::StreamReader(ByteSource source)
    : source_(std::move(source)), buffer_(std::make_unique<char[]>(kPieceMax)) {
  at_ = end_ = buffer_.get();
}

bool StreamReader::more(std::size_t count) {
  if (!source_ || count > kPieceMax) return false;
  const auto have = static_cast<std::size_t>(end_ - at_);
  char* const start = buffer_.get();
  if (at_ != start) std::memmove(start, at_, have);
  at_ = start;
  end_ = start + have;
  while (static_cast<std::size_t>(end_ - at_) < count) {
    const auto filled = static_cast<std::size_t>(end_ - start);
    const std::size_t got = source_(std::span<char>(start + filled, kPieceMax - filled));
    if (got == 0) return false;
    end_ += got;
  }
  return true;
}

std::string_view StreamReader::long_bytes(std::size_t count, std::string& storage) {
  if (static_cast<std::size_t>(end_ - at_) >= count) return bytes(count);
  const std::size_t before = storage.size();
  append(count, storage);
  return std::string_view(storage).substr(before);
}

void StreamReader::append(std::size_t count, std::string& to) {
  while (count > 0) {
    if (at_end()) throw_ends_early();
    const std::size_t step = std::min(count, static_cast<std::size_t>(end_ - at_));
    to.append(at_, step);
    at_ += step;
    count -= step;
  }
}

void StreamReader::skip(std::size_t count) {
  while (count > 0) {
    if (at_end()) throw_ends_early();
    const std::size_t step = std::min(count, static_cast<std::size_t>(end_ - at_));
    at_ += step;
    count -= step;
  }
}

std::string StreamReader::b_varchar() { return utf8_from_utf16(bytes(std::size_t{2} * u8())); }

std::string StreamReader::us_varchar() {
  const std::size_t size = std::size_t{2} * u16();
  return utf8_from_utf16(bytes(size));
}

}  // namespace tarn::tds::detail
