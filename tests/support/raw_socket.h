#pragma once
// A plain socket to a server under test, so that tests can send what no decent client would.

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
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/files.h"

namespace tarn {

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
  /// What comes next, at least a byte; empty at the end, or after ten seconds.
  std::string read_piece() {
    if (received_.empty()) read_some();
    return std::exchange(received_, {});
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

}  // namespace tarn
