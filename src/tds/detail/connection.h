#pragma once
// One accepted connection: agrees with its client on encryption, signs it in, reads its requests,
// has them handled on the pool, and sends the answers.
//
// A coroutine on an I/O thread. While a request is handled, a second coroutine reads: the rows of a
// bulk load, attentions, and the client's end, of which the latter two cancel the request.
//
// No condition has a co_await in it: GCC 12 puts what it holds there before the coroutine's frame
// where the block has no variable of its own, and the frame is lost.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "detail/answer.h"
#include "detail/channel.h"
#include "detail/exchange.h"
#include "detail/packet.h"
#include "detail/prelogin.h"
#include "net/socket_server.h"
#include "router/metrics.h"
#include "tds/server.h"

namespace tarn::tds::detail {

/// What a connection needs of its server. Outlives the connections.
struct ServerCore {
  Settings settings;
  SignIn sign_in;
  net::SocketServer& sockets;
  TlsContext tls_in_packets;
  TlsContext tls_strict;
  router::Metrics* metrics = nullptr;
};

class Connection final : public net::Connection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(net::Socket socket, ServerCore& core);
  ~Connection() override;

  asio::awaitable<void> run() override;
  /// Answers the login with error 10928.
  asio::awaitable<void> refuse() override;
  void end_if_idle() override;
  void cancel(const std::string& reason) override;
  void close() override;
  asio::any_io_executor executor() override { return channel_.socket().get_executor(); }

 private:
  struct Packet {
    PacketHeader header;
    std::string_view payload;  // valid until the channel's next call
  };
  enum class Wait {
    kLogin,    // until the login's deadline
    kRequest,  // between requests, as long as the client likes
    kMore,     // within a message
  };
  enum class MessageEnd {
    kWhole,
    kIgnored,    // the client takes it back
    kAttention,  // an attention came instead of its rest
    kOver,       // the connection is
  };

  // connection.cc: from the first byte to the first request.
  asio::awaitable<bool> sign_in();
  asio::awaitable<bool> greet(Login7& login);
  asio::awaitable<bool> begin_strict();
  asio::awaitable<bool> read_login(Login7& login);
  asio::awaitable<bool> read_login_message(PacketType& type, std::string& body);
  /// What there is against the login.
  std::optional<Error> take_login(std::string_view body, Login7& login);
  asio::awaitable<bool> answer_prelogin(std::string_view body);
  asio::awaitable<bool> handshake_in_packets();
  asio::awaitable<bool> run_login(Login7& login);
  void check_login(const Login7& login) const;

  // connection_packets.cc: bytes and packets. Those that read throw Error 4002.
  asio::awaitable<bool> fill(Wait wait);
  /// The packet at the beginning of the input; false when the connection is over.
  asio::awaitable<bool> next_packet(Packet& packet, Wait wait);
  void consume(const Packet& packet) { channel_.consume(packet.header.bytes); }
  /// The body of the message that begins with `packet`, which it changes.
  asio::awaitable<MessageEnd> read_message(Packet& packet, Wait wait, std::size_t bytes_max,
                                           std::string& body);
  asio::awaitable<bool> send(PacketType type, std::string_view body);
  /// `number` is that of the message's last packet so far.
  asio::awaitable<bool> send_packets(PacketType type, const Outgoing& outgoing,
                                     std::uint8_t& number);
  /// The last that the client hears.
  asio::awaitable<void> send_last(std::string_view body);
  asio::awaitable<void> linger();

  // connection_requests.cc: a signed-in client's requests.
  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> serve(Packet& packet);
  /// Runs the task on the pool and sends what it answers; reads meanwhile. Whether the connection
  /// goes on, as the task and the client's bytes have it.
  asio::awaitable<bool> handle(std::function<bool(Exchange&)> task, bool bulk_load);
  asio::awaitable<bool> acknowledge_attention();
  asio::awaitable<bool> send_answer();
  asio::awaitable<void> read_side();
  asio::awaitable<void> read_bulk_load();
  asio::awaitable<bool> pass_on(std::string_view payload);
  asio::awaitable<void> watch();
  asio::awaitable<void> watch_for_end();
  void note_attention();
  void interrupt(Interruption why, const std::string& reason);
  void count_request(PacketType type);
  void let_session_go();

  ServerCore& core_;
  Channel channel_;
  router::Peer peer_;
  net::Event incoming_event_;
  net::Event outgoing_event_;
  net::Event read_side_done_;
  std::chrono::steady_clock::time_point login_deadline_;
  std::size_t packet_bytes_ = kPacketBytesDefault;
  Version version_ = Version::k74;
  bool refused_ = false;  // over the limit
  bool strict_ = false;   // TLS came first
  bool login_only_encrypted_ = false;
  bool federated_login_ = false;  // as PRELOGIN has it
  bool idle_ = false;             // between requests
  bool attention_ = false;        // to be acknowledged
  bool bulk_load_open_ = false;   // its message has not ended
  bool read_side_running_ = false;
  std::optional<Error> broken_;  // what came is no TDS
  std::shared_ptr<SignedIn> signed_in_;
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace tarn::tds::detail
