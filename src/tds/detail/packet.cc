#include "detail/packet.h"

#include <string>

#include "detail/bytes.h"

namespace tarn::tds::detail {
namespace {

bool comes_from_clients(std::uint8_t type) {
  switch (static_cast<PacketType>(type)) {
    case PacketType::kBatch:
    case PacketType::kOldLogin:
    case PacketType::kRpc:
    case PacketType::kAttention:
    case PacketType::kBulkLoad:
    case PacketType::kFederatedToken:
    case PacketType::kTransaction:
    case PacketType::kLogin7:
    case PacketType::kSspi:
    case PacketType::kPreLogin:
      return true;
    case PacketType::kResponse:
      return false;
  }
  return false;
}

}  // namespace

PacketHeader read_packet_header(std::string_view bytes, std::size_t packet_bytes_max) {
  ByteReader reader(bytes);
  const std::uint8_t type = reader.u8();
  if (!comes_from_clients(type))
    throw_malformed("no client's packet has the type " + std::to_string(type));
  PacketHeader header;
  header.type = static_cast<PacketType>(type);
  header.status = reader.u8();
  header.bytes = static_cast<std::size_t>(reader.u8()) << 8;  // the highest byte first, as all here
  header.bytes |= reader.u8();
  if (header.bytes < kPacketHeaderBytes)
    throw_malformed("a packet is shorter than its header: " + std::to_string(header.bytes));
  if (header.bytes > packet_bytes_max) {
    throw_malformed("a packet of " + std::to_string(header.bytes) + " bytes, where " +
                    std::to_string(packet_bytes_max) + " are agreed");
  }
  return header;
}

PacketHeaderBytes packet_header(PacketType type, bool last, std::size_t payload_bytes,
                                std::uint8_t number) {
  const std::size_t bytes = payload_bytes + kPacketHeaderBytes;
  return {static_cast<char>(type),
          static_cast<char>(last ? kEndOfMessage : 0),
          static_cast<char>(bytes >> 8),
          static_cast<char>(bytes & 0xFF),
          0,
          0,
          static_cast<char>(number),
          0};
}

}  // namespace tarn::tds::detail
