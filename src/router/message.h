#pragma once
// Requests and responses: what every surface of Tarn speaks, free of sockets.
//
// The HTTP server makes a Request from a socket, the command line from its arguments; a test from
// literals. Bodies are streams in both directions: reading and writing block, so that a slow side
// slows the other one (back-pressure) and memory stays constant. This header never knows where the
// bytes come from.

#include <sys/types.h>

#include <any>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"

namespace tarn::router {

/// A list of names and values in their order; names compare without regard to ASCII case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> list) : list_(list) {}

  /// The first value of `name`, or nullptr.
  const std::string* find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// The first value of `name`, or `otherwise`.
  std::string_view get(std::string_view name, std::string_view otherwise = {}) const;
  void add(std::string name, std::string value);
  /// Replaces all values of `name`.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);

  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  std::size_t size() const { return list_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

/// Decoded parameters of a path or a query; names compare exactly.
class Parameters {
 public:
  Parameters() = default;
  Parameters(std::initializer_list<std::pair<std::string, std::string>> list) : list_(list) {}

  const std::string* find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// The first value of `name`, or `otherwise`.
  std::string get(std::string_view name, std::string_view otherwise = {}) const;
  /// Throws Error(kInvalidArgument) when it is missing.
  const std::string& require(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  /// Throws Error(kInvalidArgument) unless it is an integer of [min, max].
  std::int64_t get_int(std::string_view name, std::int64_t otherwise, std::int64_t min = INT64_MIN,
                       std::int64_t max = INT64_MAX) const;
  /// "true", "1", "" (a bare ?name) or "false", "0"; throws Error(kInvalidArgument) on anything
  /// else.
  bool get_bool(std::string_view name, bool otherwise) const;
  void add(std::string name, std::string value);

  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  std::size_t size() const { return list_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

/// A body being received.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// Blocks until there is at least one byte; 0 is the end. Throws Error: kCancelled when the other
  /// side is gone, kTooLarge over the route's limit, kInvalidArgument on broken framing,
  /// kDeadlineExceeded when nothing comes.
  virtual std::size_t read(std::span<char> buffer) = 0;
  /// The length that was announced, when one was.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
};

/// A body that lies in memory.
class StringBody : public BodyReader {
 public:
  StringBody() = default;
  explicit StringBody(std::string bytes) : bytes_(std::move(bytes)) {}
  std::size_t read(std::span<char> buffer) override;
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }

 private:
  std::string bytes_;
  std::size_t position_ = 0;
};

/// The whole rest of the body. Throws Error(kTooLarge) above `bytes_max`.
std::string read_all(BodyReader& body, std::uint64_t bytes_max);

/// Where a streamed body goes.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Blocks while the receiver is slow. Throws Error(kCancelled) once it is gone.
  virtual void write(std::string_view bytes) = 0;
  /// Sends what is buffered; for a stream whose reader waits for each piece (events, a log being
  /// followed).
  virtual void flush() {}
};

/// Facts about who is at the other end, gathered where the connection was accepted; the Gate judges
/// them.
struct Peer {
  enum class Kind { kInProcess, kUnixSocket, kTcp };

  Kind kind = Kind::kInProcess;
  std::optional<uid_t> uid;  // the other end's user: SO_PEERCRED or sock_diag; empty when not known
  bool loopback = false;     // TCP: both addresses are loopback ones
  std::string address;       // "127.0.0.1:51234", "unix", "in-process": for logs
  std::uint16_t local_port = 0;  // TCP: our own port
};

/// Who asks, as the Gate found out. The router carries it, and knows no more of it than its id and
/// name.
struct Caller {
  std::string id;
  std::string name;
  std::any principal;  // what the Gate's side knows it by
};

struct Route;

struct Request {
  std::string method = "GET";
  std::string target = "/";  // path and query as received: the router splits and decodes it, once
  Headers headers;
  std::unique_ptr<BodyReader> body = std::make_unique<StringBody>();  // never null
  Peer peer;
  CancelToken cancel;      // cancelled when the client hangs up, or the server stops
  std::string request_id;  // made by the router where the client sent none

  // Filled in by Router::dispatch before the handler runs.
  std::string path;            // of the target, still encoded
  Parameters path_parameters;  // by the names in the route's pattern
  Parameters query;
  Caller caller;
  const Route* route = nullptr;
};

/// A response. Its body is `body`, or what `stream` writes when that is set. `stream` runs after
/// the handler has returned, on the same thread, while the request still lives; an Error that it
/// throws after the first byte cuts the connection (the client sees a truncated body, never a
/// complete one).
struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::function<void(BodySink&)> stream;
  std::optional<std::uint64_t> stream_size;  // when known: sent as Content-Length, else chunked

  static Response text(std::string body, std::string content_type = "text/plain; charset=utf-8");
  /// 204.
  static Response no_content();
};

/// The body as one string, by running `stream` where there is one: for tests and small answers.
std::string collect_body(const Response& response);

/// The reason phrase of a status ("Not Found").
std::string_view reason_of(int status);

}  // namespace tarn::router
