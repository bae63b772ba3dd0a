#pragma once
// A server under test and a plain socket to it, so that tests can send what no decent client would.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/files.h"
#include "http/server.h"

namespace tarn::http {

/// A folder that lives as long as the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tarn-http-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A flag that one thread sets and another waits for.
class Signal {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  /// False after ten seconds: a test that hangs fails instead.
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

/// A blocking socket whose reads give up after ten seconds.
class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port) {
    socket_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }

  bool connected() const { return connected_; }
  int get() const { return socket_.get(); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// Reads until `text` has come (and what came with it), the end, or ten seconds.
  std::string read_until(std::string_view text) {
    while (received_.find(text) == std::string::npos && read_some()) {
    }
    const std::size_t end = received_.find(text);
    const std::size_t size = end == std::string::npos ? received_.size() : end + text.size();
    std::string result = received_.substr(0, size);
    received_.erase(0, size);
    return result;
  }
  std::string read_all() {
    while (read_some()) {
    }
    return std::move(received_);
  }
  /// Reads until the connection ends, at most so many seconds; false when it stays open.
  bool ends_within(double seconds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (std::chrono::steady_clock::now() < deadline) {
      pollfd descriptor{socket_.get(), POLLIN, 0};
      if (poll(&descriptor, 1, 20) > 0 && !read_some()) return true;
    }
    return false;
  }
  void finish_sending() { shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_.reset(); }

 private:
  bool read_some() {
    pollfd descriptor{socket_.get(), POLLIN, 0};
    if (poll(&descriptor, 1, 10'000) <= 0) return false;
    char buffer[16 << 10];
    const ssize_t count = recv(socket_.get(), buffer, sizeof(buffer), 0);
    if (count <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  FileDescriptor socket_;
  bool connected_ = false;
  std::string received_;
};

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
