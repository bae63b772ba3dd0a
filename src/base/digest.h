#pragma once
// SHA-256 and its text form.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tarn {

/// SHA-256 over pieces; hex() ends it.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  void update(std::string_view bytes);
  /// 64 lower-case hex digits. Call it once.
  std::string hex();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

std::string to_hex(std::string_view bytes);
/// Throws Error(kInvalidArgument) on an odd length or another character.
std::string from_hex(std::string_view hex);

std::string to_base64(std::string_view bytes);
/// Throws Error(kInvalidArgument).
std::string from_base64(std::string_view text);

}  // namespace tarn
