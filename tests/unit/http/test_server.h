#pragma once
// A server under test, and what tests send to it and read of its answers.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "http/server.h"
#include "raw_socket.h"
#include "temporary_folder.h"

namespace tarn::http {

/// A started server on a free port of 127.0.0.1 and on a Unix socket.
class TestServer {
 public:
  explicit TestServer(Handler handler, Settings settings = {}, router::Metrics* metrics = nullptr)
      : server_(settings, std::move(handler), metrics) {
    port_ = server_.listen_tcp("127.0.0.1", 0);
    server_.listen_unix(socket_path());
    server_.start();
  }

  Server& operator*() { return server_; }
  Server* operator->() { return &server_; }
  std::uint16_t port() const { return port_; }
  std::filesystem::path socket_path() const { return folder_.path() / "s"; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  TemporaryFolder folder_;
  Server server_;
  std::uint16_t port_ = 0;
};

inline std::string get(std::string_view path, std::string_view more = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more) + "\r\n";
}

/// The status of the first response in `text`, or 0.
inline int status_in(std::string_view text) {
  return text.starts_with("HTTP/1.1 ") ? std::atoi(std::string(text.substr(9, 3)).c_str()) : 0;
}

}  // namespace tarn::http
