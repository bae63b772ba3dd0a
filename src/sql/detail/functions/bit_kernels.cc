// LEFT_SHIFT, RIGHT_SHIFT, BIT_COUNT, GET_BIT and SET_BIT on integers and binary values. Bit 0 is
// the least significant one, of a binary value that of its last byte.

#include <bit>

#include "detail/functions/row_function.h"

namespace tarn::sql {
namespace {

using engine::Kind;

constexpr std::int64_t kTinyBits = 8;  // the only integer type without a sign

std::uint64_t mask_of(std::int64_t bits) {
  return bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

/// The low `bits` as a value of the integer type that has so many.
std::int64_t typed(std::uint64_t value, std::int64_t bits) {
  value &= mask_of(bits);
  if (bits == kTinyBits || !(value >> (bits - 1))) return static_cast<std::int64_t>(value);
  return static_cast<std::int64_t>(value | ~mask_of(bits));
}

/// To the left where `places` is positive; what is shifted in is zero.
std::int64_t shifted(std::int64_t value, std::int64_t places, std::int64_t bits) {
  if (places >= bits || places <= -bits) return 0;
  const std::uint64_t plain = static_cast<std::uint64_t>(value) & mask_of(bits);
  return typed(places >= 0 ? plain << places : plain >> -places, bits);
}

bool bit_at(std::string_view bytes, std::int64_t place) {
  const std::int64_t index = static_cast<std::int64_t>(bytes.size()) - 1 - place / 8;
  if (index < 0 || place < 0 || index >= static_cast<std::int64_t>(bytes.size())) return false;
  return bytes[static_cast<std::size_t>(index)] >> (place % 8) & 1;
}

void set_bit_at(std::string& bytes, std::int64_t place, bool value) {
  const std::size_t index = bytes.size() - 1 - static_cast<std::size_t>(place / 8);
  const auto mask = static_cast<unsigned char>(1U << (place % 8));
  const auto byte = static_cast<unsigned char>(bytes[index]);
  bytes[index] = static_cast<char>(value ? byte | mask : byte & ~mask);
}

std::string shifted(std::string_view bytes, std::int64_t places) {
  std::string result(bytes.size(), '\0');
  const auto bits = static_cast<std::int64_t>(bytes.size()) * 8;
  if (places >= bits || places <= -bits) return result;
  for (std::int64_t i = 0; i < bits; ++i) {
    if (bit_at(bytes, i - places)) set_bit_at(result, i, true);
  }
  return result;
}

void check_place(std::int64_t place, std::int64_t bits, const char* function) {
  if (place >= 0 && place < bits) return;
  throw runtime_failure(1023, std::string("Invalid parameter 2 specified for ") + function + ".");
}

bool bit_value(std::int64_t value) {
  if (value == 0 || value == 1) return value == 1;
  throw runtime_failure(1023, "Invalid parameter 3 specified for set_bit.");
}

std::int64_t bits_of(std::string_view bytes) { return static_cast<std::int64_t>(bytes.size()) * 8; }

}  // namespace

std::vector<engine::ScalarFunction> bit_engine_functions() {
  std::vector<engine::ScalarFunction> functions;
  const auto add = [&](const char* name, std::vector<engine::Type> parameters, engine::Type result,
                       auto body) {
    functions.push_back(row_function(name, std::move(parameters), std::move(result), body));
  };
  const engine::Type wide = Kind::kInt64;
  add("tarn_shift_integer", {wide, wide, wide}, wide,
      [](const Row& r) { return shifted(r.integer(0), r.integer(1), r.integer(2)); });
  add("tarn_shift_binary", {Kind::kBlob, wide}, Kind::kBlob,
      [](const Row& r) { return shifted(r.text(0), r.integer(1)); });
  add("tarn_bit_count_integer", {wide, wide}, wide, [](const Row& r) -> std::int64_t {
    return std::popcount(static_cast<std::uint64_t>(r.integer(0)) & mask_of(r.integer(1)));
  });
  add("tarn_bit_count_binary", {Kind::kBlob}, wide, [](const Row& r) {
    std::int64_t count = 0;
    for (const char c : r.text(0)) count += std::popcount(static_cast<unsigned char>(c));
    return count;
  });
  add("tarn_get_bit_integer", {wide, wide, wide}, Kind::kBoolean, [](const Row& r) -> bool {
    check_place(r.integer(1), r.integer(2), "get_bit");
    return static_cast<std::uint64_t>(r.integer(0)) >> r.integer(1) & 1;
  });
  add("tarn_get_bit_binary", {Kind::kBlob, wide}, Kind::kBoolean, [](const Row& r) {
    check_place(r.integer(1), bits_of(r.text(0)), "get_bit");
    return bit_at(r.text(0), r.integer(1));
  });
  add("tarn_set_bit_integer", {wide, wide, wide, wide}, wide, [](const Row& r) {
    check_place(r.integer(1), r.integer(3), "set_bit");
    const std::uint64_t bit = std::uint64_t{1} << r.integer(1);
    const auto value = static_cast<std::uint64_t>(r.integer(0));
    return typed(bit_value(r.integer(2)) ? value | bit : value & ~bit, r.integer(3));
  });
  add("tarn_set_bit_binary", {Kind::kBlob, wide, wide}, Kind::kBlob, [](const Row& r) {
    check_place(r.integer(1), bits_of(r.text(0)), "set_bit");
    std::string bytes(r.text(0));
    set_bit_at(bytes, r.integer(1), bit_value(r.integer(2)));
    return bytes;
  });
  return functions;
}

}  // namespace tarn::sql
