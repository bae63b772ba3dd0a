#include "detail/storage/checksums.h"

#include <openssl/evp.h>

#include <array>

#include "base/digest.h"
#include "detail/storage/error.h"

namespace tarn::api::storage {
namespace {

constexpr std::uint64_t kPolynomial = 0x9A6C9329AC4BC9B5ull;
constexpr int kSlices = 8;

// Table k holds the effect of a byte that lies k bytes before the end of eight.
using Tables = std::array<std::array<std::uint64_t, 256>, kSlices>;

Tables make_tables() {
  Tables tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::uint64_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? kPolynomial : 0);
    tables[0][byte] = value;
  }
  for (int k = 1; k < kSlices; ++k) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      const std::uint64_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

const Tables& tables() {
  static const Tables kTables = make_tables();
  return kTables;
}

}  // namespace

struct Md5::Impl {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~Impl() { EVP_MD_CTX_free(context); }
};

Md5::Md5() : impl_(std::make_unique<Impl>()) {
  check(EVP_DigestInit_ex(impl_->context, EVP_md5(), nullptr) == 1, "MD5 is not available");
}
Md5::~Md5() = default;
Md5::Md5(Md5&&) noexcept = default;

void Md5::update(std::string_view bytes) {
  EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size());
}

std::string Md5::base64() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(impl_->context, digest, &size);
  return to_base64({reinterpret_cast<const char*>(digest), size});
}

std::uint64_t crc64(std::uint64_t crc, std::string_view bytes) {
  const Tables& table = tables();
  crc = ~crc;
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  for (; left >= kSlices; at += kSlices, left -= kSlices) {
    std::uint64_t next = 0;
    for (int i = 0; i < kSlices; ++i) {
      next ^= table[kSlices - 1 - i][at[i] ^ ((crc >> (8 * i)) & 0xff)];
    }
    crc = next;
  }
  for (; left > 0; ++at, --left) crc = (crc >> 8) ^ table[0][(crc ^ *at) & 0xff];
  return ~crc;
}

std::string crc64_base64(std::uint64_t crc) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>((crc >> (8 * i)) & 0xff);
  return to_base64(bytes);
}

CheckedBody::CheckedBody(router::Request& request) : request_(request) {}

lake::ByteSource CheckedBody::source() {
  const bool wants_crc = request_.headers.contains("x-ms-content-crc64");
  return [this, wants_crc](std::span<char> buffer) {
    const std::size_t count = request_.body->read(buffer);
    const std::string_view bytes(buffer.data(), count);
    md5_.update(bytes);
    if (wants_crc) crc_ = crc64(crc_, bytes);
    size_ += count;
    return count;
  };
}

void CheckedBody::verify() {
  md5_text_ = md5_.base64();
  const std::string* given = request_.headers.find("Content-MD5");
  if (given && *given != md5_text_) {
    throw StorageError(400, "Md5Mismatch",
                       "The MD5 of the body is not the one of Content-MD5: " + md5_text_ + ".",
                       "Send the body again.");
  }
  const std::string* crc_given = request_.headers.find("x-ms-content-crc64");
  if (crc_given && *crc_given != crc()) {
    throw StorageError(
        400, "Crc64Mismatch",
        "The CRC-64 of the body is not the one of x-ms-content-crc64: " + crc() + ".",
        "Send the body again.");
  }
}

}  // namespace tarn::api::storage
