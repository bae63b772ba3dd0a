#pragma once
// The checks of a body in transit: Content-MD5 and x-ms-content-crc64.

#include <cstdint>
#include <memory>
#include <string>

#include "lake/lake.h"
#include "router/message.h"

namespace tarn::api::storage {

/// MD5 of RFC 1321; used for nothing but these checks.
class Md5 {
 public:
  Md5();
  ~Md5();
  Md5(Md5&&) noexcept;
  void update(std::string_view bytes);
  /// Base64. Call it once.
  std::string base64();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// CRC-64/NVME (reflected polynomial 0x9A6C9329AC4BC9B5), which Azure's storage uses: of `bytes`
/// after those that gave `crc`; 0 for none.
std::uint64_t crc64(std::uint64_t crc, std::string_view bytes);
/// Base64 of its eight bytes, the lowest first.
std::string crc64_base64(std::uint64_t crc);

/// Reads a request's body and computes what the request says of it.
class CheckedBody {
 public:
  explicit CheckedBody(router::Request& request);

  /// The body; the checked body outlives it.
  lake::ByteSource source();
  /// Call it after the last byte. Throws StorageError Md5Mismatch or Crc64Mismatch.
  void verify();
  /// Base64; call it after verify().
  const std::string& md5() const { return md5_text_; }
  std::string crc() const { return crc64_base64(crc_); }
  std::uint64_t size() const { return size_; }

 private:
  router::Request& request_;
  Md5 md5_;
  std::string md5_text_;
  std::uint64_t crc_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace tarn::api::storage
