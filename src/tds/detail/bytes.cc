#include "detail/bytes.h"

#include "base/error.h"
#include "base/utf16.h"

namespace tarn::tds::detail {
namespace {

template <typename Length>
void put_varchar(std::string& out, std::string_view utf8) {
  constexpr std::size_t kUnitsMax = static_cast<Length>(-1);
  std::string units = utf16_from_utf8(utf8);
  if (units.size() > 2 * kUnitsMax) units.resize(2 * kUnitsMax);
  put(out, static_cast<Length>(units.size() / 2));
  out += units;
}

}  // namespace

std::string_view ByteReader::bytes(std::size_t count) {
  if (count > left()) throw_malformed("it ends too early");
  const std::string_view found = bytes_.substr(at_, count);
  at_ += count;
  return found;
}

std::uint8_t ByteReader::peek() const {
  if (at_end()) throw_malformed("it ends too early");
  return static_cast<std::uint8_t>(bytes_[at_]);
}

std::string ByteReader::utf16(std::size_t units) { return utf8_from_utf16(bytes(2 * units)); }

void throw_malformed(std::string_view what) {
  Error error(Code::kInvalidArgument,
              "The incoming tabular data stream (TDS) protocol stream is incorrect: " +
                  std::string(what) + ".");
  error.set_sql({.number = 4002, .severity = 16, .state = 1});
  throw error;
}

void put_b_varchar(std::string& out, std::string_view utf8) {
  put_varchar<std::uint8_t>(out, utf8);
}
void put_us_varchar(std::string& out, std::string_view utf8) {
  put_varchar<std::uint16_t>(out, utf8);
}

}  // namespace tarn::tds::detail
