#pragma once
// A blocking HTTP/1.1 client over TCP or a Unix socket: keep-alive, bodies streamed both ways,
// cancellable.
//
// Made for the command line: it starts in a blink, has no threads and follows no redirects. One
// request at a time.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "router/message.h"

namespace tarn::http {

struct ClientSettings {
  double connect_timeout_s = 5;
  double read_timeout_s =
      0;  // without a byte of the response; 0: none (long queries, followed streams)
  double write_timeout_s = 60;
  std::size_t header_bytes_max = 64 << 10;
  std::string bearer_token = {};  // sent as Authorization where not empty
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";
  router::Headers headers;
  /// The body, or null. With a size it is sent as Content-Length, else chunked. A server's early
  /// refusal ends the sending.
  router::BodyReader* body = nullptr;
};

/// A response whose head has come. Its body is read from the connection, which the Client keeps for
/// itself meanwhile.
struct ClientResponse {
  int status = 0;
  router::Headers headers;
  router::BodyReader* body =
      nullptr;  // never null; valid until the next request or the client's end
};

class Client {
 public:
  /// `url` is "http://host[:port]" (a path in it is an error); nothing is connected before the
  /// first request. Throws Error(kInvalidArgument).
  static Client for_url(const std::string& url, ClientSettings settings = {});
  static Client for_unix(const std::filesystem::path& socket, ClientSettings settings = {});
  Client(Client&&) noexcept;
  ~Client();

  /// Sends a request and reads the response's head. Throws Error: kUnavailable when nobody answers
  /// there, kCancelled, kDeadlineExceeded. A status of failure is no exception here (see
  /// router::error_of). A kept connection that the server closed meanwhile is replaced, when the
  /// request has no body yet sent.
  ClientResponse send(const ClientRequest& request, const CancelToken& cancel = {});

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether a server accepts connections on the socket, without a request.
bool answers(const std::filesystem::path& unix_socket);

}  // namespace tarn::http
