#pragma once
// Bytes of a message that are read from memory, or as they come in.

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "detail/bad_bytes.h"
#include "detail/bulk_decoder.h"

namespace tarn::tds::detail {

/// Each call throws BadBytes(kEndsEarly) where the bytes end before what is asked for. Nothing is
/// allocated for bytes that are not there yet.
class StreamReader {
 public:
  /// All there is. The bytes must outlive the reader.
  explicit StreamReader(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  explicit StreamReader(ByteSource source);
  StreamReader(const StreamReader&) = delete;

  /// Waits for the next byte.
  bool at_end() { return at_ == end_ && !more(1); }
  std::uint8_t peek() {
    need(1);
    return static_cast<std::uint8_t>(*at_);
  }
  /// Valid until the next call. At most kPieceMax of a source.
  std::string_view bytes(std::size_t count) {
    need(count);
    const std::string_view found(at_, count);
    at_ += count;
    return found;
  }
  /// Any number of bytes. They lie in `storage`, behind what it has, where they come in pieces;
  /// else where they are, and `storage` stays as it is.
  std::string_view long_bytes(std::size_t count, std::string& storage);
  void append(std::size_t count, std::string& to);
  void skip(std::size_t count);

  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }
  /// A text in UTF-16, its length in units in one byte (B_VARCHAR) or two (US_VARCHAR).
  std::string b_varchar();
  std::string us_varchar();

  static constexpr std::size_t kPieceMax = 128 << 10;  // above what two bytes of length can say

 private:
  template <typename T>
  T number() {
    static_assert(std::is_unsigned_v<T>);
    need(sizeof(T));
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<T>(value | static_cast<T>(static_cast<unsigned char>(at_[i])) << (8 * i));
    at_ += sizeof(T);
    return value;
  }
  void need(std::size_t count) {
    if (static_cast<std::size_t>(end_ - at_) < count && !more(count)) throw_ends_early();
  }
  /// Brings in bytes until `count` are there; false at the message's end.
  bool more(std::size_t count);

  const char* at_;
  const char* end_;
  ByteSource source_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace tarn::tds::detail
