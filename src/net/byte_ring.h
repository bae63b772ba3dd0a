#pragma once
// A fixed ring of bytes between one writer and one reader. Not synchronised: its owner's mutex
// guards the counts, while the regions themselves may be filled and read outside the lock, since
// they never overlap.

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace tarn::net {

class ByteRing {
 public:
  explicit ByteRing(std::size_t capacity) : bytes_(capacity) {}

  std::size_t size() const { return size_; }
  std::size_t space() const { return bytes_.size() - size_; }

  /// The free bytes up to the ring's end; commit() after filling a beginning of them.
  std::span<char> writable() {
    if (bytes_.empty()) return {};
    const std::size_t end = (begin_ + size_) % bytes_.size();
    return std::span(bytes_).subspan(end, std::min(space(), bytes_.size() - end));
  }
  void commit(std::size_t count) { size_ += count; }

  /// All that can be read, in two pieces; consume() when done with a beginning of it.
  std::array<std::span<const char>, 2> readable() const {
    const std::size_t first = std::min(size_, bytes_.size() - begin_);
    return {std::span(bytes_).subspan(begin_, first), std::span(bytes_).first(size_ - first)};
  }
  void consume(std::size_t count) {
    begin_ = bytes_.empty() ? 0 : (begin_ + count) % bytes_.size();
    size_ -= count;
  }

  /// Takes as many bytes as there is room for.
  std::size_t write(std::string_view bytes) {
    std::size_t written = 0;
    while (written < bytes.size() && space() > 0) {
      const std::span<char> room = writable();
      const std::size_t count = std::min(room.size(), bytes.size() - written);
      std::memcpy(room.data(), bytes.data() + written, count);
      commit(count);
      written += count;
    }
    return written;
  }
  std::size_t read(std::span<char> out) {
    std::size_t got = 0;
    for (const std::span<const char> piece : readable()) {
      const std::size_t count = std::min(piece.size(), out.size() - got);
      if (count == 0) break;
      std::memcpy(out.data() + got, piece.data(), count);
      got += count;
    }
    consume(got);
    return got;
  }

 private:
  std::vector<char> bytes_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
};

}  // namespace tarn::net
