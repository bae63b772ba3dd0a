#pragma once
// Numbers and texts in the protocol's byte order: little-endian, texts in UTF-16.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace tarn::tds::detail {

/// Reads what a client sent. Each call throws Error(kInvalidArgument) with number 4002, "The
/// incoming tabular data stream (TDS) protocol stream is incorrect.", where the bytes end early.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  std::size_t left() const { return bytes_.size() - at_; }
  std::size_t position() const { return at_; }
  bool at_end() const { return left() == 0; }

  std::string_view bytes(std::size_t count);
  void skip(std::size_t count) { bytes(count); }
  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }
  std::uint8_t peek() const;
  /// So many units of UTF-16, as UTF-8.
  std::string utf16(std::size_t units);
  std::string b_varchar() { return utf16(u8()); }    // its length in one byte
  std::string us_varchar() { return utf16(u16()); }  // in two

 private:
  template <typename T>
  T number() {
    const std::string_view raw = bytes(sizeof(T));
    std::make_unsigned_t<T> value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<decltype(value)>(
          value | static_cast<decltype(value)>(static_cast<unsigned char>(raw[i])) << (8 * i));
    return value;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// Error(kInvalidArgument) with number 4002: what it is that does not belong.
[[noreturn]] void throw_malformed(std::string_view what);

/// Appends the number's bytes.
template <typename T>
void put(std::string& out, T value) {
  static_assert(std::is_integral_v<T>);
  const auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(bits >> (8 * i) & 0xFF);
}
/// UTF-16 behind its length in units; a longer text is cut at what the length can say.
void put_b_varchar(std::string& out, std::string_view utf8);
void put_us_varchar(std::string& out, std::string_view utf8);

}  // namespace tarn::tds::detail
