#pragma once
// One accepted connection: reads requests, has them handled on the pool, writes the responses.
//
// A coroutine on an I/O thread. While a handler works, a second coroutine reads the request's body
// into the exchange and then watches for the client hanging up, which cancels the request.

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <memory>
#include <optional>
#include <string>

#include "detail/exchange.h"
#include "detail/response_head.h"
#include "http/server.h"
#include "net/socket_server.h"
#include "net/timed_socket.h"
#include "router/message.h"

namespace tarn::http::detail {

namespace asio = boost::asio;
using net::Direction;
using net::ErrorCode;
using net::Event;
using net::Pace;
using net::Socket;

/// What a connection needs of its server. Outlives the connections.
struct ServerCore {
  Settings settings;
  Handler handler;
  net::SocketServer& sockets;
};

class Connection final : public net::Connection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Socket socket, ServerCore& core);

  asio::awaitable<void> run() override;
  /// Answers 503 and ends.
  asio::awaitable<void> refuse() override;
  void end_if_idle() override;
  void cancel(const std::string& reason) override;
  void close() override;
  asio::any_io_executor executor() override { return socket_.get_executor(); }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  enum class HeadResult { kComplete, kClosed, kRefused };

  struct Incoming {  // one request's reading side
    std::unique_ptr<Parser> parser;
    bool head_only = false;  // HEAD: the response has no body
    bool http10 = false;
    bool keep_alive = false;    // as the client wishes
    bool continue_due = false;  // "Expect: 100-continue" was not answered yet
    std::string request_id;
  };

  asio::awaitable<bool> serve_one();
  asio::awaitable<HeadResult> read_head(Incoming& incoming);
  asio::awaitable<std::size_t> fill_buffer(double seconds, ErrorCode& error);
  /// Of a body: ends with timed_out also when too little came for too long.
  asio::awaitable<void> fill_buffer(Pace& pace, ErrorCode& error);
  std::optional<router::Response> refusal_of(const Incoming& incoming) const;
  router::Request make_request(const Incoming& incoming) const;
  bool start_handler(Incoming& incoming);

  asio::awaitable<void> read_side(Incoming& incoming);
  asio::awaitable<bool> await_room(std::span<char>& room);
  asio::awaitable<bool> more_body(Pace& pace);
  asio::awaitable<bool> await_wanted(Incoming& incoming);
  asio::awaitable<void> watch();

  asio::awaitable<bool> write_side(const Incoming& incoming);
  asio::awaitable<bool> write_whole(const router::Response& response, const Incoming& incoming,
                                    bool keep);
  asio::awaitable<bool> write_stream(const router::Response& response, Framing framing, bool keep);
  asio::awaitable<bool> send(std::span<const asio::const_buffer> buffers);
  asio::awaitable<void> answer_and_linger(router::Response response);
  bool may_keep(const Incoming& incoming) const;
  asio::awaitable<bool> drain_body(Incoming& incoming);
  asio::awaitable<void> linger();

  ServerCore& core_;
  Socket socket_;
  router::Peer peer_;
  boost::beast::flat_buffer buffer_;
  Direction reading_;
  Direction writing_;
  Event incoming_event_;
  Event outgoing_event_;
  Event read_side_done_;
  std::shared_ptr<Exchange> exchange_;
  bool read_side_running_ = false;
  bool idle_ = true;  // between requests
};

}  // namespace tarn::http::detail
