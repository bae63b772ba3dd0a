#include "http/client.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace tarn::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using ErrorCode = boost::system::error_code;
using Parser = beast_http::response_parser<beast_http::buffer_body>;

constexpr std::size_t kBufferBytes = 64 << 10;

std::string system_error_text() { return std::generic_category().message(errno); }

/// Where a client connects to.
struct Address {
  std::string host;  // empty: a Unix socket
  std::string port;
  std::filesystem::path socket;

  std::string text() const { return host.empty() ? socket.string() : host + ":" + port; }
  std::string host_header() const {
    if (host.empty()) return "localhost";
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
  }
};

Address parse_url(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  const auto fail = [&url](const char* what) {
    throw Error(Code::kInvalidArgument, std::string(what) + ": '" + url + "'.",
                "Write it as http://host:port.");
  };
  if (!url.starts_with(kScheme)) fail("The server's URL must begin with http://");
  std::string_view rest = std::string_view(url).substr(kScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@") != std::string_view::npos)
    fail("The server's URL is more than host and port");
  Address address;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) fail("The server's URL has a broken IPv6 address");
    address.host = rest.substr(1, close - 1);
    rest = rest.substr(close + 1);
  } else {
    address.host = rest.substr(0, rest.find(':'));
    rest = rest.substr(address.host.size());
  }
  address.port = rest.empty() ? "80" : rest.substr(1);
  unsigned port = 0;
  const char* end = address.port.data() + address.port.size();
  const auto [stop, error] = std::from_chars(address.port.data(), end, port);
  const bool number = error == std::errc() && stop == end && port > 0 && port < 65536;
  if (address.host.empty() || !number || (!rest.empty() && rest[0] != ':')) {
    fail("The server's URL has no valid host and port");
  }
  return address;
}

sockaddr_un unix_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof(address.sun_path)) {
    throw Error(Code::kInvalidArgument,
                "The path is too long for a Unix socket: '" + path.string() + "'.",
                "Choose a home with a shorter path.");
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
         method == "OPTIONS";
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    throw Error(Code::kInvalidArgument,
                "A header's value has a line end: '" + std::string(name) + "'.");
  }
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

struct Client::Impl : router::BodyReader {
  Impl(Address where, ClientSettings the_settings)
      : address(std::move(where)),
        settings(std::move(the_settings)),
        cancelled(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        buffer(kBufferBytes) {}

  Address address;
  ClientSettings settings;
  FileDescriptor socket;
  FileDescriptor cancelled;
  CancelToken cancel;
  std::optional<CancelToken::Registration> registration;
  std::vector<char> buffer;
  std::size_t begin = 0;  // of what was received and not parsed
  std::size_t end = 0;
  std::unique_ptr<Parser> parser;
  bool keep = false;

  void disconnect() {
    socket.reset();
    begin = end = 0;
    keep = false;
  }

  /// Waits until the socket has one of `events`. Throws on a cancel or after `seconds` (0: no
  /// limit).
  void await(short events, double seconds, const char* what) {
    pollfd descriptors[2] = {{socket.get(), events, 0}, {cancelled.get(), POLLIN, 0}};
    const int timeout_ms = seconds > 0 ? static_cast<int>(std::ceil(seconds * 1000)) : -1;
    int count = 0;
    do {
      count = poll(descriptors, 2, timeout_ms);
    } while (count < 0 && errno == EINTR && !cancel.cancelled());
    if (cancel.cancelled()) {
      disconnect();
      cancel.check();
    }
    if (count == 0) {
      disconnect();
      throw Error(Code::kDeadlineExceeded,
                  std::string(what) + " took too long: " + address.text() + ".");
    }
  }

  [[noreturn]] void fail_connect(const std::string& why) {
    disconnect();
    throw Error(Code::kUnavailable, "No server answers at " + address.text() + ": " + why + ".",
                "Start one with 'tarn serve', or check the address.");
  }

  void connect_unix() {
    const sockaddr_un name = unix_address(address.socket);
    socket = FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) fail_connect(system_error_text());
    if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) {
      fail_connect(system_error_text());
    }
    fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  }

  bool connect_to(const addrinfo& target, std::string& why) {
    socket = FileDescriptor(
        ::socket(target.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, target.ai_protocol));
    int result = socket ? connect(socket.get(), target.ai_addr, target.ai_addrlen) : -1;
    if (result != 0 && errno == EINPROGRESS) {
      await(POLLOUT, settings.connect_timeout_s, "Connecting");
      int error = 0;
      socklen_t size = sizeof(error);
      getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      errno = error;
      result = error == 0 ? 0 : -1;
    }
    if (result != 0) why = system_error_text();
    return result == 0;
  }

  void connect_tcp() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int error = getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &list)) {
      fail_connect(gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
    std::string why;
    for (const addrinfo* target = list; target; target = target->ai_next) {
      if (!connect_to(*target, why)) continue;
      const int on = 1;
      setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return;
    }
    fail_connect(why);
  }

  void connect_now() {
    disconnect();
    if (address.host.empty()) {
      connect_unix();
    } else {
      connect_tcp();
    }
  }

  /// Whether the kept connection is still good: no end and no stray byte has come on it.
  bool is_fresh() const {
    pollfd descriptor{socket.get(), POLLIN | POLLRDHUP, 0};
    return socket && keep && begin == end && poll(&descriptor, 1, 0) == 0;
  }

  /// False when the other side has closed.
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        await(POLLOUT, settings.write_timeout_s, "Sending");
      } else {
        return false;
      }
    }
    return true;
  }

  bool has_answer() const {
    pollfd descriptor{socket.get(), POLLIN, 0};
    return poll(&descriptor, 1, 0) > 0;
  }

  /// Reads what there is; 0 at the end.
  std::size_t fill() {
    if (begin == end) begin = end = 0;
    if (begin > 0 && end == buffer.size()) {
      std::memmove(buffer.data(), buffer.data() + begin, end - begin);
      end -= begin;
      begin = 0;
    }
    if (end == buffer.size()) buffer.resize(buffer.size() * 2);
    while (true) {
      const ssize_t count = recv(socket.get(), buffer.data() + end, buffer.size() - end, 0);
      if (count > 0) end += static_cast<std::size_t>(count);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno == ECONNRESET) return 0;
      if (errno != EAGAIN && errno != EINTR) fail_connect(system_error_text());
      await(POLLIN, settings.read_timeout_s, "Waiting for the server");
    }
  }

  std::string head_of(const ClientRequest& request) const {
    std::string head = request.method + " " + request.target + " HTTP/1.1\r\n";
    append_header(head, "Host", address.host_header());
    if (!settings.bearer_token.empty() && !request.headers.contains("Authorization")) {
      append_header(head, "Authorization", "Bearer " + settings.bearer_token);
    }
    for (const auto& [name, value] : request.headers) append_header(head, name, value);
    if (request.body) {
      if (const auto size = request.body->size()) {
        append_header(head, "Content-Length", std::to_string(*size));
      } else {
        append_header(head, "Transfer-Encoding", "chunked");
      }
    } else if (request.method != "GET" && request.method != "HEAD" && request.method != "DELETE") {
      append_header(head, "Content-Length", "0");
    }
    return head + "\r\n";
  }

  /// Sends the body; an answer that comes before its end stops it. False where it was not sent
  /// whole.
  bool send_body(router::BodyReader& body) {
    const bool chunked = !body.size();
    std::vector<char> piece(kBufferBytes);
    std::string framed;
    while (const std::size_t count = body.read(piece)) {
      cancel.check();
      if (has_answer()) return false;
      if (!chunked) {
        if (!write({piece.data(), count})) return false;
        continue;
      }
      char digits[20];
      const auto [stop, error] = std::to_chars(digits, digits + sizeof(digits), count, 16);
      framed.assign(digits, stop).append("\r\n").append(piece.data(), count).append("\r\n");
      if (!write(framed)) return false;
    }
    return !chunked || write("0\r\n\r\n");
  }

  /// Parses the head of the final response. False when the connection ended before its first byte.
  bool read_head(bool head_only) {
    while (true) {
      parser = std::make_unique<Parser>();
      parser->header_limit(static_cast<std::uint32_t>(settings.header_bytes_max));
      parser->body_limit(boost::none);
      parser->skip(head_only);
      bool begun = false;
      while (!parser->is_header_done()) {
        ErrorCode error;
        if (begin < end) {
          begun = true;
          begin += parser->put(asio::const_buffer(buffer.data() + begin, end - begin), error);
        }
        if (error && error != beast_http::error::need_more) {
          disconnect();
          throw Error(Code::kUnavailable,
                      "The server's answer is no HTTP: " + error.message() + ".");
        }
        if (parser->is_header_done()) break;
        if (fill() > 0) continue;
        disconnect();
        if (!begun) return false;
        throw Error(Code::kUnavailable, "The server ended the connection within its answer.");
      }
      if (parser->get().result_int() >= 200) return true;
    }
  }

  /// One attempt. False when a kept connection turned out to be closed.
  bool attempt(const ClientRequest& request) {
    const std::string head = head_of(request);
    bool whole = write(head);
    if (whole && request.body) whole = send_body(*request.body);
    if (!read_head(request.method == "HEAD")) return false;
    keep = whole && parser->get().keep_alive();
    if (parser->is_done() && !keep) disconnect();
    return true;
  }

  std::size_t read(std::span<char> out) override {
    if (!parser || out.empty()) return 0;
    while (!parser->is_done()) {
      auto& body = parser->get().body();
      body.data = out.data();
      body.size = out.size();
      body.more = true;
      ErrorCode error;
      if (begin < end) {
        begin += parser->put(asio::const_buffer(buffer.data() + begin, end - begin), error);
      } else {
        error = beast_http::error::need_more;
      }
      const std::size_t count = out.size() - body.size;
      if (count > 0) {
        finish_if_done();
        return count;
      }
      if (error == beast_http::error::need_more) {
        if (fill() == 0) end_of_connection();
      } else if (error && error != beast_http::error::need_buffer) {
        disconnect();
        throw Error(Code::kUnavailable, "The server's answer is broken: " + error.message() + ".");
      }
    }
    finish_if_done();
    return 0;
  }

  void end_of_connection() {
    ErrorCode error;
    parser->put_eof(error);
    disconnect();
    if (error) {
      parser.reset();
      throw Error(Code::kUnavailable, "The server ended the connection within its answer.");
    }
  }

  void finish_if_done() {
    if (parser->is_done() && !keep) disconnect();
  }

  std::optional<std::uint64_t> size() const override {
    if (!parser) return std::nullopt;
    const auto length = parser->content_length();
    return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
  }

  void listen_for_cancel(const CancelToken& token) {
    registration.reset();
    std::uint64_t old = 0;
    // Only to reset it: whether there was something to read does not matter.
    [[maybe_unused]] const ssize_t ignored = ::read(cancelled.get(), &old, sizeof(old));
    cancel = token;
    registration.emplace(token.on_cancel([fd = cancelled.get()] {
      const std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof(one));
    }));
  }
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client::~Client() = default;

Client Client::for_url(const std::string& url, ClientSettings settings) {
  return Client(std::make_unique<Impl>(parse_url(url), std::move(settings)));
}

Client Client::for_unix(const std::filesystem::path& socket, ClientSettings settings) {
  Address address;
  address.socket = socket;
  unix_address(socket);
  return Client(std::make_unique<Impl>(std::move(address), std::move(settings)));
}

ClientResponse Client::send(const ClientRequest& request, const CancelToken& cancel) {
  Impl& impl = *impl_;
  if (impl.parser && !impl.parser->is_done()) impl.disconnect();
  impl.listen_for_cancel(cancel);
  cancel.check();
  const bool reused = impl.is_fresh();
  if (!reused) impl.connect_now();
  bool answered = impl.attempt(request);
  // The server may have closed the kept connection at the very moment of the request. Doing an
  // idempotent one again is safe; another one might be done twice.
  if (!answered && reused && !request.body && is_idempotent(request.method)) {
    impl.connect_now();
    answered = impl.attempt(request);
  }
  if (!answered) {
    throw Error(Code::kUnavailable,
                "The server ended the connection without an answer: " + impl.address.text() + ".");
  }
  ClientResponse response;
  const auto& head = impl.parser->get();
  response.status = static_cast<int>(head.result_int());
  for (const auto& field : head) {
    response.headers.add(std::string(field.name_string()), std::string(field.value()));
  }
  response.body = &impl;
  return response;
}

bool answers(const std::filesystem::path& unix_socket) {
  const sockaddr_un name = unix_address(unix_socket);
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return false;
  // A full backlog (EAGAIN) is a living server, too.
  return connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0 ||
         errno == EAGAIN;
}

}  // namespace tarn::http
