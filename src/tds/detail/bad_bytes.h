#pragma once
// Bytes that a type cannot have. Never leaves the module: who reads a call or a bulk load knows
// which parameter or column it was, and makes an Error of it.

#include <cstdint>
#include <string>

namespace tarn::tds::detail {

/// SQL Server's number of the error in a call, and the end of its text: "Data type 0xE7 has an
/// invalid data length or metadata length."
struct BadBytes {
  int number = 0;
  std::string what;
  bool unsupported = false;  // right, but not here
};

inline constexpr int kEndsEarly = 4002;
inline constexpr int kBadChunks = 8007;
inline constexpr int kUnknownType = 8009;
inline constexpr int kBadVariant = 8014;
inline constexpr int kBadLength = 8016;
inline constexpr int kBadScale = 8017;
inline constexpr int kBadValue = 8023;
inline constexpr int kOddLength = 8028;

/// "0xE7"
std::string hex_type(std::uint8_t type);

[[noreturn]] void throw_ends_early();
[[noreturn]] void throw_unknown_type(std::uint8_t type);
[[noreturn]] void throw_bad_length(std::uint8_t type);
[[noreturn]] void throw_bad_value(const std::string& type_name);

}  // namespace tarn::tds::detail
