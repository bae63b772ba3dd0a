#pragma once
// Packets ([MS-TDS] 2.2.3): eight bytes of header, then a piece of a message.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tarn::tds::detail {

inline constexpr std::size_t kPacketHeaderBytes = 8;
inline constexpr std::size_t kPacketBytesMin = 512;
inline constexpr std::size_t kPacketBytesMax = 32767;
inline constexpr std::size_t kPacketBytesDefault = 4096;  // until LOGIN7's is agreed

enum class PacketType : std::uint8_t {
  kBatch = 0x01,
  kOldLogin = 0x02,  // before 7.0
  kRpc = 0x03,
  kResponse = 0x04,
  kAttention = 0x06,
  kBulkLoad = 0x07,
  kFederatedToken = 0x08,
  kTransaction = 0x0E,
  kLogin7 = 0x10,
  kSspi = 0x11,
  kPreLogin = 0x12,
};

/// Bits of a header's status.
inline constexpr std::uint8_t kEndOfMessage = 0x01;
inline constexpr std::uint8_t kIgnoreMessage = 0x02;
inline constexpr std::uint8_t kResetConnection = 0x08;
inline constexpr std::uint8_t kResetConnectionKeepTransaction = 0x10;

struct PacketHeader {
  PacketType type = PacketType::kBatch;
  std::uint8_t status = 0;
  std::size_t bytes = 0;  // of the packet, header included

  bool last() const { return (status & kEndOfMessage) != 0; }
  /// The client takes its message back.
  bool ignored() const { return (status & kIgnoreMessage) != 0; }
  bool resets() const {
    return (status & (kResetConnection | kResetConnectionKeepTransaction)) != 0;
  }
  bool keeps_transaction() const { return (status & kResetConnectionKeepTransaction) != 0; }
};

/// Of a client's packet, from its first kPacketHeaderBytes. Throws Error(kInvalidArgument) 4002 for
/// a type that no client sends, and for a length below the header's or above `packet_bytes_max`.
PacketHeader read_packet_header(std::string_view bytes, std::size_t packet_bytes_max);

using PacketHeaderBytes = std::array<char, kPacketHeaderBytes>;

/// Of a server's packet; `number` counts the packets of a message from 1, and begins again at 0
/// after 255.
PacketHeaderBytes packet_header(PacketType type, bool last, std::size_t payload_bytes,
                                std::uint8_t number);

}  // namespace tarn::tds::detail
