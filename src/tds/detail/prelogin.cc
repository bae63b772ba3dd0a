#include "detail/prelogin.h"

#include <utility>
#include <vector>

#include "detail/bytes.h"

namespace tarn::tds::detail {
namespace {

constexpr std::uint8_t kVersionOption = 0;
constexpr std::uint8_t kEncryptionOption = 1;
constexpr std::uint8_t kInstanceOption = 2;
constexpr std::uint8_t kThreadOption = 3;
constexpr std::uint8_t kMarsOption = 4;
constexpr std::uint8_t kFederatedOption = 6;
constexpr std::uint8_t kTerminator = 0xFF;
constexpr std::size_t kOptionBytes = 5;            // kind, offset, length
constexpr std::uint8_t kClientCertificate = 0x80;  // beside the encryption: not asked for here

std::size_t big_endian_u16(ByteReader& reader) {
  const std::size_t high = reader.u8();
  return high << 8 | reader.u8();
}

std::uint8_t single_byte(std::string_view value) {
  if (value.size() != 1) throw_malformed("an option of PRELOGIN has a wrong length");
  return static_cast<std::uint8_t>(value[0]);
}

Encryption encryption_of(std::string_view value) {
  const std::uint8_t byte = single_byte(value) & static_cast<std::uint8_t>(~kClientCertificate);
  // Strict clients, which are encrypted already, have values of their own.
  return byte <= 3 ? static_cast<Encryption>(byte) : Encryption::kOn;
}

}  // namespace

PreLogin read_prelogin(std::string_view body) {
  PreLogin result;
  ByteReader options(body);
  while (true) {
    const std::uint8_t kind = options.u8();
    if (kind == kTerminator) return result;
    const std::size_t offset = big_endian_u16(options);
    const std::size_t length = big_endian_u16(options);
    if (offset > body.size() || length > body.size() - offset)
      throw_malformed("an option of PRELOGIN lies outside of the message");
    const std::string_view value = body.substr(offset, length);
    if (kind == kEncryptionOption) result.encryption = encryption_of(value);
    // Zero bytes are sent by clients that have nothing to say.
    if (kind == kMarsOption && !value.empty()) result.mars = single_byte(value) != 0;
    if (kind == kFederatedOption && !value.empty())
      result.federated_login = single_byte(value) == 1;
  }
}

Encryption agree_on_encryption(Encryption asked) {
  return asked == Encryption::kRequired ? Encryption::kOn : asked;
}

std::string prelogin_answer(const PreLogin& asked, Encryption agreed) {
  std::string version(kProgramVersion.begin(), kProgramVersion.end());
  version.append(2, '\0');  // the sub-build
  std::vector<std::pair<std::uint8_t, std::string>> options = {
      {kVersionOption, std::move(version)},
      {kEncryptionOption, std::string(1, static_cast<char>(agreed))},
      {kInstanceOption, std::string(1, '\0')},
      {kThreadOption, {}},
      {kMarsOption, std::string(1, '\0')}};
  if (asked.federated_login) options.emplace_back(kFederatedOption, std::string(1, '\1'));
  std::string heads;
  std::string values;
  const std::size_t values_begin = options.size() * kOptionBytes + 1;
  for (const auto& [kind, value] : options) {
    const std::size_t offset = values_begin + values.size();
    heads += static_cast<char>(kind);
    heads += static_cast<char>(offset >> 8);
    heads += static_cast<char>(offset & 0xFF);
    heads += static_cast<char>(value.size() >> 8);
    heads += static_cast<char>(value.size() & 0xFF);
    values += value;
  }
  heads += static_cast<char>(kTerminator);
  return heads + values;
}

}  // namespace tarn::tds::detail
