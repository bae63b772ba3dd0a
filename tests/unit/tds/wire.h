#pragma once
// A TDS client of the tests' own: it builds messages byte by byte, so that it can also build what
// no decent client would.

#include <openssl/ssl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detail/bytes.h"
#include "detail/packet.h"
#include "raw_socket.h"

namespace tarn::tds {

/// What LOGIN7 is to say; the offsets follow.
struct LoginText {
  std::uint32_t version = 0x74000004;
  std::uint32_t packet_bytes = 4096;
  std::uint8_t flags2 = 0;
  std::uint8_t type_flags = 0;
  std::uint8_t flags3 = 0;
  std::string host = "host";
  std::string user = "sa";
  std::string password = "pässword";
  std::string application = "test";
  std::string database;
  std::string features;  // from the first feature's id to the end mark; empty: no extension
};

inline std::string utf16(std::string_view text) {
  std::string out;
  detail::put_us_varchar(out, text);
  return out.substr(2);
}

inline std::string login7(const LoginText& text) {
  std::string password = utf16(text.password);
  for (char& byte : password) {
    const auto bits = static_cast<unsigned char>(byte);
    byte = static_cast<char>(static_cast<unsigned char>(bits << 4 | bits >> 4) ^ 0xA5);
  }
  constexpr std::size_t kFixed = 94;
  std::string fields;
  std::string data;
  const auto field = [&](const std::string& bytes, std::size_t length) {
    detail::put(fields, static_cast<std::uint16_t>(kFixed + data.size()));
    detail::put(fields, static_cast<std::uint16_t>(length));
    data += bytes;
  };
  const auto units = [&](const std::string& bytes) { field(bytes, bytes.size() / 2); };
  units(utf16(text.host));
  units(utf16(text.user));
  units(password);
  units(utf16(text.application));
  units(utf16("server"));
  const std::size_t extension_at = data.size();
  field(text.features.empty() ? "" : std::string(4, '\0'), text.features.empty() ? 0 : 4);
  units(utf16("library"));
  units({});
  units(utf16(text.database));
  fields += std::string(6, '\1');
  units({});  // SSPI
  units({});  // attached file
  units({});  // new password
  detail::put(fields, std::uint32_t{0});
  if (!text.features.empty()) {
    std::string place;
    detail::put(place, static_cast<std::uint32_t>(kFixed + data.size()));
    data.replace(extension_at, 4, place);
    data += text.features;
  }
  std::string head;
  detail::put(head, text.version);
  detail::put(head, text.packet_bytes);
  head += std::string(12, '\0');
  head += '\0';
  head += static_cast<char>(text.flags2);
  head += static_cast<char>(text.type_flags);
  head += static_cast<char>(text.flags3 | (text.features.empty() ? 0 : 0x10));
  head += std::string(8, '\0');
  std::string out;
  detail::put(out, static_cast<std::uint32_t>(4 + head.size() + fields.size() + data.size()));
  return out + head + fields + data;
}

inline std::string feature(std::uint8_t id, const std::string& data) {
  std::string out(1, static_cast<char>(id));
  detail::put(out, static_cast<std::uint32_t>(data.size()));
  return out + data;
}

inline std::string packet(int type, std::string_view body, int status = detail::kEndOfMessage) {
  const auto header =
      detail::packet_header(static_cast<detail::PacketType>(type), true, body.size(), 1);
  std::string out(header.data(), header.size());
  out[1] = static_cast<char>(status);
  return out + std::string(body);
}

/// PRELOGIN with an encryption (0 off, 1 on, 2 not supported, 3 required).
inline std::string prelogin(int encryption, bool federated = false) {
  std::string heads;
  std::string values;
  const std::size_t begin = federated ? 11 : 6;
  const auto option = [&](int kind, char value) {
    heads += static_cast<char>(kind);
    heads += '\0';
    heads += static_cast<char>(begin + values.size());
    heads += '\0';
    heads += '\1';
    values += value;
  };
  option(1, static_cast<char>(encryption));
  if (federated) option(6, '\1');
  return heads + '\xFF' + values;
}

inline std::string all_headers(std::uint64_t transaction) {
  std::string out;
  detail::put(out, std::uint32_t{22});
  detail::put(out, std::uint32_t{18});
  detail::put(out, std::uint16_t{2});
  detail::put(out, transaction);
  detail::put(out, std::uint32_t{1});
  return out;
}

struct WireMessage {
  int type = 0;
  std::string body;
  std::vector<std::size_t> packets;  // their sizes
};

/// Sends and reads, plainly or through TLS.
class Wire {
 public:
  explicit Wire(std::uint16_t port) : socket_(port) {}
  ~Wire() {
    if (ssl_) SSL_free(ssl_);
    if (context_) SSL_CTX_free(context_);
  }
  Wire(const Wire&) = delete;

  RawSocket& socket() { return socket_; }
  int tls_version() const { return ssl_ ? SSL_version(ssl_) : 0; }

  bool send(std::string_view bytes) {
    if (!encrypted_) return socket_.send(bytes);
    return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0 && flush();
  }

  /// A whole message of the server; nothing when the connection ends before.
  std::optional<WireMessage> read() {
    WireMessage message;
    while (true) {
      const std::string header = take(detail::kPacketHeaderBytes);
      if (header.size() < detail::kPacketHeaderBytes) return std::nullopt;
      const std::size_t size = static_cast<std::size_t>(static_cast<unsigned char>(header[2]))
                                   << 8 |
                               static_cast<unsigned char>(header[3]);
      message.type = static_cast<unsigned char>(header[0]);
      message.packets.push_back(size);
      message.body += take(size - detail::kPacketHeaderBytes);
      if ((header[1] & detail::kEndOfMessage) != 0) return message;
    }
  }

  /// The handshake within PRELOGIN packets, or, `strict`, on the bare connection.
  bool start_tls(bool strict) {
    context_ = SSL_CTX_new(TLS_client_method());
    ssl_ = SSL_new(context_);
    if (strict) {
      static constexpr unsigned char kProtocol[] = "\x07tds/8.0";
      SSL_set_alpn_protos(ssl_, kProtocol, sizeof(kProtocol) - 1);
    }
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
    while (true) {
      const int done = SSL_do_handshake(ssl_);
      const std::string flight = made();
      if (!flight.empty() && !socket_.send(strict ? flight : packet(0x12, flight))) return false;
      if (done == 1) break;
      if (SSL_get_error(ssl_, done) != SSL_ERROR_WANT_READ) return false;
      std::string bytes;
      if (strict) {
        bytes = socket_.read_piece();
      } else if (const auto answer = read(); answer && answer->type == 0x12) {
        bytes = answer->body;
      }
      if (bytes.empty()) return false;
      BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
    }
    encrypted_ = true;
    return true;
  }
  void end_tls() { encrypted_ = false; }

  /// PRELOGIN, TLS where it is agreed, LOGIN7; the answer to it.
  std::optional<WireMessage> sign_in(int encryption, const LoginText& text = {},
                                     bool federated = false) {
    send(packet(0x12, prelogin(encryption, federated)));
    prelogin_answer_ = read();
    if (!prelogin_answer_) return std::nullopt;
    if (encryption != 2 && !start_tls(false)) return std::nullopt;
    send(packet(0x10, login7(text)));
    if (encryption == 0) end_tls();
    return read();
  }
  const std::optional<WireMessage>& prelogin_answer() const { return prelogin_answer_; }

  bool batch(std::string_view text, int status = detail::kEndOfMessage,
             std::uint64_t transaction = 0) {
    return send(packet(0x01, all_headers(transaction) + utf16(text), status));
  }
  bool attention() { return send(packet(0x06, {})); }

 private:
  std::string made() {
    std::string bytes(BIO_ctrl_pending(SSL_get_wbio(ssl_)), '\0');
    if (!bytes.empty()) BIO_read(SSL_get_wbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }
  bool flush() { return socket_.send(made()); }

  std::string take(std::size_t count) {
    while (received_.size() < count) {
      std::string bytes;
      if (!encrypted_) {
        bytes = socket_.read_piece();
      } else {
        char buffer[16 << 10];
        const int got = SSL_read(ssl_, buffer, sizeof(buffer));
        if (got > 0) {
          received_.append(buffer, static_cast<std::size_t>(got));
          continue;
        }
        bytes = socket_.read_piece();
        BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
      }
      if (bytes.empty()) return std::exchange(received_, {});
      if (!encrypted_) received_ += bytes;
    }
    std::string result = received_.substr(0, count);
    received_.erase(0, count);
    return result;
  }

  RawSocket socket_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  bool encrypted_ = false;
  std::string received_;
  std::optional<WireMessage> prelogin_answer_;
};

// Tokens of an answer, as far as tests ask for them.

/// Whether the answer ends with a DONE of this status.
inline bool ends_with_done(const WireMessage& message, int status) {
  if (message.body.size() < 13) return false;
  const std::string_view token = std::string_view(message.body).substr(message.body.size() - 13);
  return token[0] == '\xFD' && token[1] == static_cast<char>(status) && token[2] == 0;
}

/// Whether a message of the answer has the text.
inline bool says(const WireMessage& message, std::string_view text) {
  return message.body.find(utf16(text)) != std::string::npos;
}
/// Of the ERROR that the answer begins with; 0 where it begins otherwise.
inline int error_number(const WireMessage& message) {
  if (message.body.empty() || message.body[0] != '\xAA') return 0;
  detail::ByteReader reader(message.body);
  reader.skip(3);
  return static_cast<int>(reader.u32());
}

}  // namespace tarn::tds
