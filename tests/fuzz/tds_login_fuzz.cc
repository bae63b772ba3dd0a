// What a client sends before anybody knows it, and the heads of what it sends after: packets,
// PRELOGIN, LOGIN7, ALL_HEADERS and transaction requests, without a socket. Whatever comes is read
// or refused with an Error; nothing is read beyond its end.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "detail/login7.h"
#include "detail/packet.h"
#include "detail/prelogin.h"
#include "detail/requests.h"

namespace {

using namespace tarn::tds::detail;
using tarn::tds::Version;

template <typename Read>
void try_to(const Read& read) {
  try {
    read();
  } catch (const tarn::Error&) {
  }
}

void require(bool holds) {
  if (!holds) std::abort();
}

void read_body(PacketType type, std::string_view body) {
  switch (type) {
    case PacketType::kPreLogin: {
      const PreLogin asked = read_prelogin(body);
      // Our own answer can be read, too.
      require(read_prelogin(prelogin_answer(asked, agree_on_encryption(asked.encryption)))
                  .federated_login == asked.federated_login);
      return;
    }
    case PacketType::kLogin7: {
      const Login7 login = read_login7(body, false);
      require(login.login.packet_bytes >= kPacketBytesMin &&
              login.login.packet_bytes <= kPacketBytesMax);
      require(login.login.version == version_asked(body, false));
      return;
    }
    case PacketType::kTransaction:
      for (const Version version : {Version::k71, Version::k74})
        read_transaction_request(read_headers(body, version).body);
      return;
    default:
      for (const Version version : {Version::k71, Version::k74})
        read_batch(read_headers(body, version).body);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  while (bytes.size() >= kPacketHeaderBytes) {
    PacketHeader header;
    try {
      header = read_packet_header(bytes.substr(0, kPacketHeaderBytes), kPacketBytesDefault);
    } catch (const tarn::Error&) {
      return 0;
    }
    require(header.bytes >= kPacketHeaderBytes && header.bytes <= kPacketBytesDefault);
    const std::string_view packet = bytes.substr(0, header.bytes);
    try_to([&] { read_body(header.type, packet.substr(kPacketHeaderBytes)); });
    bytes.remove_prefix(packet.size());
  }
  return 0;
}
