#include "detail/functions/typed_binary.h"

#include <algorithm>
#include <bit>

#include "detail/functions/moment_text.h"
#include "detail/functions/moment_value.h"
#include "detail/functions/row_function.h"
#include "detail/functions/wide_integer.h"

namespace tarn::sql {
namespace {

using engine::Kind;

constexpr std::int64_t kTicksPerSecond = 300;  // of datetime
constexpr std::size_t kGuidBytes = 16;
constexpr std::size_t kDecimalHeader = 4;  // precision, scale, 0, sign

/// The low `count` bytes, the highest first.
std::string big_endian(std::uint64_t value, int count) {
  std::string bytes;
  for (int i = count; i-- > 0;) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

std::uint64_t big_endian_value(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

/// The first three groups of a uniqueidentifier are stored with their bytes turned round.
std::string turned(std::string bytes) {
  std::reverse(bytes.begin(), bytes.begin() + 4);
  std::reverse(bytes.begin() + 4, bytes.begin() + 6);
  std::reverse(bytes.begin() + 6, bytes.begin() + 8);
  return bytes;
}

constexpr Unsigned128 kEngineSign = static_cast<Unsigned128>(1) << 127;  // the engine flips it

std::string guid_bytes(Int128 stored) {
  const Unsigned128 value = static_cast<Unsigned128>(stored) ^ kEngineSign;
  return turned(big_endian(static_cast<std::uint64_t>(value >> 64), 8) +
                big_endian(static_cast<std::uint64_t>(value), 8));
}

Int128 guid_of(std::string_view bytes) {
  std::string padded(bytes.substr(0, kGuidBytes));
  padded.resize(kGuidBytes, '\0');
  padded = turned(std::move(padded));
  const std::string_view text = padded;
  const Unsigned128 value = static_cast<Unsigned128>(big_endian_value(text.substr(0, 8))) << 64 |
                            big_endian_value(text.substr(8));
  return static_cast<Int128>(value ^ kEngineSign);
}

std::string decimal_bytes(Int128 unscaled, std::int64_t precision, std::int64_t scale) {
  const bool negative = unscaled < 0;
  auto magnitude = static_cast<Unsigned128>(negative ? -unscaled : unscaled);
  std::string bytes = {static_cast<char>(precision), static_cast<char>(scale), '\0',
                       static_cast<char>(negative ? 0 : 1)};
  const int words = precision <= 9 ? 1 : precision <= 19 ? 2 : precision <= 28 ? 3 : 4;
  for (int i = 0; i < 4 * words; ++i, magnitude >>= 8) bytes += static_cast<char>(magnitude & 0xFF);
  return bytes;
}

/// The unscaled value at `scale`; nothing for bytes that are no decimal of such a scale.
std::optional<Int128> decimal_of(std::string_view bytes, std::int64_t scale) {
  if (bytes.size() <= kDecimalHeader || bytes.size() > kDecimalHeader + sizeof(Int128) ||
      bytes[1] != static_cast<char>(scale)) {
    return std::nullopt;
  }
  Unsigned128 magnitude = 0;
  for (std::size_t i = bytes.size(); i-- > kDecimalHeader;)
    magnitude = magnitude << 8 | static_cast<unsigned char>(bytes[i]);
  const auto value = static_cast<Int128>(magnitude);
  if (value < 0 || !fits_38_digits(value)) return std::nullopt;
  return bytes[3] ? value : -value;
}

std::string datetime_bytes(std::int64_t moment, bool small) {
  const std::int64_t day = floor_divide(moment - kBase, kDayMicros);
  const std::int64_t micros = moment - kBase - day * kDayMicros;
  if (small) {
    return big_endian(static_cast<std::uint64_t>(day), 2) +
           big_endian(static_cast<std::uint64_t>(micros / kMinute), 2);
  }
  const std::int64_t ticks = (micros * kTicksPerSecond + kSecond / 2) / kSecond;
  return big_endian(static_cast<std::uint64_t>(day), 4) +
         big_endian(static_cast<std::uint64_t>(ticks), 4);
}

std::int64_t datetime_of(std::string_view bytes, bool small) {
  const std::size_t half = small ? 2 : 4;
  std::string padded(bytes.size() > 2 * half ? bytes.substr(bytes.size() - 2 * half) : bytes);
  padded.insert(0, 2 * half - padded.size(), '\0');
  const std::string_view text = padded;
  const std::uint64_t high = big_endian_value(text.substr(0, half));
  const auto low = static_cast<std::int64_t>(big_endian_value(text.substr(half)));
  const std::string_view type = small ? "smalldatetime" : "datetime";
  const std::int64_t day = small ? static_cast<std::int64_t>(high)
                                 : static_cast<std::int32_t>(static_cast<std::uint32_t>(high));
  const std::int64_t micros = small ? low * kMinute : low * kSecond / kTicksPerSecond;
  const std::int64_t moment = rounded(kBase + day * kDayMicros + micros, type, 3);
  if (micros >= kDayMicros || !in_range(type, moment)) {
    throw runtime_failure(8115, "Arithmetic overflow error converting expression to data type " +
                                    std::string(type) + ".");
  }
  return moment;
}

}  // namespace

void add_typed_binary(std::vector<engine::ScalarFunction>& functions) {
  const auto add = [&](const char* name, std::vector<engine::Type> parameters, engine::Type result,
                       auto body) {
    functions.push_back(row_function(name, std::move(parameters), std::move(result), body));
  };
  add("tarn_guid_binary", {Kind::kUuid}, Kind::kBlob,
      [](const Row& r) { return guid_bytes(r.wide(0)); });
  add("tarn_binary_guid", {Kind::kBlob}, Kind::kUuid,
      [](const Row& r) { return guid_of(r.text(0)); });
  add("tarn_float_binary", {Kind::kDouble}, Kind::kBlob,
      [](const Row& r) { return big_endian(std::bit_cast<std::uint64_t>(r.number(0)), 8); });
  add("tarn_real_binary", {Kind::kFloat}, Kind::kBlob,
      [](const Row& r) { return big_endian(std::bit_cast<std::uint32_t>(r.real(0)), 4); });
  add("tarn_decimal_binary", {Kind::kInt128, Kind::kInt32, Kind::kInt32}, Kind::kBlob,
      [](const Row& r) { return decimal_bytes(r.wide(0), r.integer(1), r.integer(2)); });
  add("tarn_binary_decimal", {Kind::kBlob, Kind::kInt32}, Kind::kInt128, [](const Row& r) {
    const auto value = decimal_of(r.text(0), r.integer(1));
    if (!value) throw runtime_failure(8114, "Error converting data type varbinary to numeric.");
    return *value;
  });
  add("tarn_money_binary", {Kind::kInt128, Kind::kInt32}, Kind::kBlob, [](const Row& r) {
    return big_endian(static_cast<std::uint64_t>(r.wide(0)), static_cast<int>(r.integer(1)));
  });
  add("tarn_binary_money", {Kind::kBlob, Kind::kInt32}, Kind::kInt128, [](const Row& r) -> Int128 {
    const std::string_view bytes = r.text(0);
    const auto size = static_cast<std::size_t>(r.integer(1));
    const std::uint64_t value =
        big_endian_value(bytes.size() > size ? bytes.substr(bytes.size() - size) : bytes);
    return size == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(value))
                     : static_cast<std::int64_t>(value);
  });
  add("tarn_datetime_binary", {Kind::kTimestamp, Kind::kBoolean}, Kind::kBlob,
      [](const Row& r) { return datetime_bytes(r.integer(0), r.flag(1)); });
  add("tarn_binary_datetime", {Kind::kBlob, Kind::kBoolean}, Kind::kTimestamp,
      [](const Row& r) { return datetime_of(r.text(0), r.flag(1)); });
}

}  // namespace tarn::sql
