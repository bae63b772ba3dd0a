#include "detail/connection.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <chrono>

#include "base/log.h"
#include "net/peer_facts.h"
#include "router/problem.h"

namespace tarn::http::detail {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::size_t kReadBytes = 32 << 10;  // asked of a socket at once
constexpr double kHangUpPollSeconds =
    0.5;  // how often to look where the socket cannot be read meanwhile

router::Response refusal(int status, std::string message, std::string hint = {}) {
  const Code code = status == 503   ? Code::kUnavailable
                    : status == 501 ? Code::kUnsupported
                    : status == 408 ? Code::kDeadlineExceeded
                    : status == 431 ? Code::kTooLarge
                                    : Code::kInvalidArgument;
  return router::problem(status, Error(code, std::move(message), std::move(hint)), {});
}

router::Response refusal_of(const ErrorCode& error) {
  if (error == beast_http::error::header_limit) {
    return refusal(431, "The request's head is too large.");
  }
  if (error == beast_http::error::bad_version) {
    return refusal(505, "This version of HTTP is not spoken here.");
  }
  return refusal(400, "The request is no valid HTTP/1.1: " + error.message() + ".");
}

std::string_view view_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

router::Response internal_error(const std::exception& error, const std::string& request_id) {
  log::error("request failed", {{"error", error.what()}});
  return router::problem(Error(Code::kInternal, "An internal error.",
                               "The server's log tells more under this request's id."),
                         request_id);
}

void run_stream(router::Response response, const std::string& request_id, Exchange& exchange) {
  const auto stream = std::move(response.stream);
  exchange.respond_streamed(std::move(response));
  try {
    const auto sink = exchange.make_sink();
    stream(*sink);
    exchange.end_stream();
  } catch (const Error& error) {
    if (exchange.fail_stream()) {
      exchange.respond(router::problem(error, request_id));
    } else if (error.code() != Code::kCancelled) {
      log::warn("response cut short", {{"error", error.what()}});
    }
  } catch (const std::exception& error) {
    router::Response answer = internal_error(error, request_id);
    if (exchange.fail_stream()) exchange.respond(std::move(answer));
  }
}

/// Runs the handler and the response's stream; nothing escapes.
void handle(const Handler& handler, router::Request request, Exchange& exchange) {
  router::Response response;
  try {
    response = handler(request);
  } catch (const Error& error) {
    response = router::problem(error, request.request_id);
  } catch (const std::exception& error) {
    const log::Scope scope("request_id", request.request_id);
    response = internal_error(error, request.request_id);
  }
  // To the handler the body's time was over; to the client it is the client's fault.
  if (const auto late = exchange.late(); late && response.status == 504)
    response = router::problem(408, *late, request.request_id);
  if (!response.stream || request.method == "HEAD") {
    exchange.respond(std::move(response));
  } else {
    const log::Scope scope("request_id", request.request_id);  // given by the router meanwhile
    run_stream(std::move(response), request.request_id, exchange);
  }
}

}  // namespace

Connection::Connection(Socket socket, ServerCore& core)
    : core_(core),
      socket_(std::move(socket)),
      buffer_(core.settings.header_bytes_max + kReadBytes),
      reading_(socket_.get_executor()),
      writing_(socket_.get_executor()),
      incoming_event_(socket_.get_executor()),
      outgoing_event_(socket_.get_executor()),
      read_side_done_(socket_.get_executor()) {}

asio::awaitable<void> Connection::run() {
  peer_ = net::peer_of(socket_.native_handle());
  if (peer_.kind == router::Peer::Kind::kTcp) net::tune(socket_);
  // Not in the loop's condition: GCC 12 loses a frame whose block has no variable of its own.
  bool goes_on = true;
  while (goes_on) goes_on = co_await serve_one();
  close();
}

asio::awaitable<void> Connection::refuse() {
  co_await answer_and_linger(refusal(503, "Too many connections.", "Try again in a moment."));
  close();
}

void Connection::end_if_idle() {
  if (idle_) close();
}

void Connection::cancel(const std::string& reason) {
  if (exchange_) exchange_->abandon(reason);
}

void Connection::close() {
  cancel("the connection was closed");
  reading_.stop();
  writing_.stop();
  incoming_event_.notify();
  outgoing_event_.notify();
  ErrorCode ignored;
  socket_.close(ignored);
}

asio::awaitable<bool> Connection::serve_one() {
  Incoming incoming;
  const HeadResult head = co_await read_head(incoming);
  if (head != HeadResult::kComplete) co_return false;
  if (auto refused = refusal_of(incoming)) {
    co_await answer_and_linger(std::move(*refused));
    co_return false;
  }
  if (!start_handler(incoming)) {
    co_await answer_and_linger(refusal(503, "Too many requests wait.", "Try again in a moment."));
    co_return false;
  }
  read_side_running_ = true;
  asio::co_spawn(
      executor(), [this, &incoming]() -> asio::awaitable<void> { return read_side(incoming); },
      [self = shared_from_this()](const std::exception_ptr& failed) {
        if (failed) self->cancel("reading the request failed");
        self->read_side_running_ = false;
        self->read_side_done_.notify();
      });
  bool keep = false;
  try {
    keep = co_await write_side(incoming);
  } catch (const std::exception& error) {
    // Not passed on before the reading side, which refers to this frame, has ended.
    log::error("writing a response failed", {{"error", error.what()}});
  }
  // Whatever the reading side waits for, it is of no interest any more.
  reading_.stop();
  incoming_event_.notify();
  while (read_side_running_) co_await read_side_done_.wait();
  exchange_.reset();
  reading_.restart();
  if (!keep) {
    // A client that asked for the end, and of which all was read, needs no waiting for.
    if (incoming.keep_alive || !incoming.parser->is_done()) co_await linger();
    co_return false;
  }
  co_return co_await drain_body(incoming);
}

asio::awaitable<std::size_t> Connection::fill_buffer(double seconds, ErrorCode& error) {
  const std::size_t room = buffer_.max_size() - buffer_.size();
  const asio::mutable_buffer space = buffer_.prepare(std::min(room, kReadBytes));
  const std::size_t count = co_await reading_.read_some(socket_, space, seconds, error);
  buffer_.commit(count);
  core_.sockets.count_bytes(count, 0);
  co_return count;
}

asio::awaitable<void> Connection::fill_buffer(Pace& pace, ErrorCode& error) {
  for (std::size_t count = 0; count == 0;) {
    const auto begun = std::chrono::steady_clock::now();
    count = co_await fill_buffer(pace.left_s(), error);
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begun;
    if (error && error != asio::error::timed_out) co_return;
    error = {};
    if (!pace.keep_up(waited.count(), count)) {
      error = asio::error::timed_out;
      co_return;
    }
  }
}

asio::awaitable<Connection::HeadResult> Connection::read_head(Incoming& incoming) {
  incoming.parser = std::make_unique<Parser>();
  Parser& parser = *incoming.parser;
  parser.header_limit(static_cast<std::uint32_t>(core_.settings.header_bytes_max));
  parser.body_limit(boost::none);
  idle_ = true;
  ErrorCode error;
  std::optional<std::chrono::steady_clock::time_point> begun;
  while (true) {
    // Empty lines before a request are to be ignored (RFC 9112 section 2.2).
    while (!begun && buffer_.size() > 0) {
      const char first = *static_cast<const char*>(buffer_.data().data());
      if (first != '\r' && first != '\n') break;
      buffer_.consume(1);
    }
    if (buffer_.size() > 0) {
      idle_ = false;
      if (!begun) begun = std::chrono::steady_clock::now();
      buffer_.consume(parser.put(buffer_.data(), error));
      if (!error && parser.is_header_done()) co_return HeadResult::kComplete;
      if (error && error != beast_http::error::need_more) {
        co_await answer_and_linger(detail::refusal_of(error));
        co_return HeadResult::kRefused;
      }
    } else if (core_.sockets.draining()) {
      co_return HeadResult::kClosed;
    }
    double seconds = core_.settings.idle_timeout_s;
    if (begun) {
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - *begun;
      seconds = std::max(0.0, core_.settings.header_timeout_s - spent.count());
    }
    co_await fill_buffer(seconds, error);
    if (error == asio::error::timed_out && begun) {
      co_await answer_and_linger(refusal(408, "The request's head took too long."));
      co_return HeadResult::kRefused;
    }
    if (error) co_return HeadResult::kClosed;
  }
}

std::optional<router::Response> Connection::refusal_of(const Incoming& incoming) const {
  const auto& head = incoming.parser->get();
  if (head.version() != 10 && head.version() != 11) {
    return refusal(505, "This version of HTTP is not spoken here.");
  }
  // What a proxy before us could read in another way is refused rather than guessed at (RFC 9112
  // section 6.1).
  const bool encoded = head.count(beast_http::field::transfer_encoding) > 0;
  if (encoded && (head.version() == 10 || head.count(beast_http::field::content_length) > 0)) {
    return refusal(400, "The body's length is ambiguous.");
  }
  if (encoded && !incoming.parser->chunked())
    return refusal(501, "Only the chunked transfer coding is known.");
  const std::size_t hosts = head.count(beast_http::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() == 11)) {
    return refusal(400, "A request has exactly one Host header.");
  }
  const auto expect = head.find(beast_http::field::expect);
  if (expect != head.end() && !boost::beast::iequals(expect->value(), "100-continue")) {
    return refusal(417, "No such expectation can be met.");
  }
  return std::nullopt;
}

router::Request Connection::make_request(const Incoming& incoming) const {
  const auto& head = incoming.parser->get();
  router::Request request;
  request.method = view_of(head.method_string());
  request.target = view_of(head.target());
  for (const auto& field : head) {
    request.headers.add(std::string(view_of(field.name_string())),
                        std::string(view_of(field.value())));
  }
  request.peer = peer_;
  request.cancel = exchange_->cancel_token();
  request.body = exchange_->make_body();
  return request;
}

bool Connection::start_handler(Incoming& incoming) {
  const Parser& parser = *incoming.parser;
  const auto& head = parser.get();
  incoming.head_only = head.method() == beast_http::verb::head;
  incoming.http10 = head.version() == 10;
  incoming.keep_alive = head.keep_alive();
  incoming.continue_due =
      !parser.is_done() && head.version() == 11 && head.count(beast_http::field::expect) > 0;
  std::optional<std::uint64_t> size;
  if (const auto length = parser.content_length()) size = *length;
  auto wake = [weak = weak_from_this(), io = executor()](Exchange::Side side) {
    asio::post(io, [weak, side] {
      const auto self = weak.lock();
      if (!self) return;
      (side == Exchange::Side::kIncoming ? self->incoming_event_ : self->outgoing_event_).notify();
    });
  };
  exchange_ = std::make_shared<Exchange>(!parser.is_done(), size, core_.settings.body_buffer_bytes,
                                         std::move(wake));
  auto request = std::make_shared<router::Request>(make_request(incoming));
  return core_.sockets.submit([&core = core_, request, exchange = exchange_] {
    handle(core.handler, std::move(*request), *exchange);
  });
}

asio::awaitable<void> Connection::read_side(Incoming& incoming) {
  Parser& parser = *incoming.parser;
  if (incoming.continue_due && !co_await await_wanted(incoming)) co_return;
  bool starved = buffer_.size() == 0;
  Pace pace(core_.settings.rate_bytes_min, core_.settings.body_timeout_s);
  while (!parser.is_done()) {
    std::span<char> room;
    if (!co_await await_room(room)) co_return;
    if (starved && !co_await more_body(pace)) co_return;
    auto& body = parser.get().body();
    body.data = room.data();
    body.size = room.size();
    body.more = true;
    ErrorCode error;
    buffer_.consume(parser.put(buffer_.data(), error));
    exchange_->incoming_commit(room.size() - body.size);
    // Half a chunk's head may lie in the buffer: more is needed before the parser can go on.
    const bool half = error == beast_http::error::need_more && buffer_.size() < buffer_.max_size();
    if (error && !half && error != beast_http::error::need_buffer) {
      exchange_->incoming_fail(
          Error(Code::kInvalidArgument, "The request's body is broken: " + error.message() + "."));
      co_return;
    }
    starved = half || buffer_.size() == 0;
  }
  exchange_->incoming_end();
  co_await watch();
}

asio::awaitable<bool> Connection::more_body(Pace& pace) {
  ErrorCode error;
  co_await fill_buffer(pace, error);
  if (error == asio::error::timed_out) {
    exchange_->incoming_late(
        Error(Code::kDeadlineExceeded, "The rest of the body did not come in time."));
  } else if (error && error != asio::error::operation_aborted) {
    exchange_->incoming_fail(
        Error(Code::kCancelled, "Cancelled: the client hung up within the body."));
    exchange_->abandon("the client hung up");
  }
  co_return !error;
}

asio::awaitable<bool> Connection::await_wanted(Incoming& incoming) {
  while (!exchange_->incoming_wanted()) {
    co_await incoming_event_.wait_for(kHangUpPollSeconds);
    if (reading_.stopped()) co_return false;
    if (net::peer_closed(socket_)) exchange_->abandon("the client hung up");
  }
  incoming.continue_due = false;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  const asio::const_buffer buffer(kContinue.data(), kContinue.size());
  co_return co_await send(std::span(&buffer, 1));
}

asio::awaitable<bool> Connection::await_room(std::span<char>& room) {
  while (true) {
    if (reading_.stopped()) co_return false;
    room = exchange_->incoming_room();
    if (!room.empty()) co_return true;
    co_await incoming_event_.wait_for(kHangUpPollSeconds);
    if (net::peer_closed(socket_)) exchange_->abandon("the client hung up");
  }
}

asio::awaitable<void> Connection::watch() {
  ErrorCode error;
  while (true) {
    if (buffer_.size() < kReadBytes) {
      // Whatever comes now belongs to the next request (pipelining), and is kept for it.
      co_await reading_.wait_readable(socket_, error);
      if (error) co_return;
      if (!net::peer_closed(socket_)) co_await fill_buffer(core_.settings.body_timeout_s, error);
      if (error == asio::error::operation_aborted) co_return;
    } else {
      co_await incoming_event_.wait_for(kHangUpPollSeconds);
      if (reading_.stopped()) co_return;
    }
    if (error || net::peer_closed(socket_)) {
      exchange_->abandon("the client hung up");
      co_return;
    }
  }
}

}  // namespace tarn::http::detail
