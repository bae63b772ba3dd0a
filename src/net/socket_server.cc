#include "net/socket_server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <future>
#include <list>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "router/metrics.h"

namespace tarn::net {
namespace {

constexpr double kAcceptPauseSeconds = 0.05;  // when the process has no file descriptor left
constexpr double kLastWritesSeconds = 0.5;  // for the answers of cancelled requests, when stopping
constexpr std::size_t kConnectionsRefusedMax = 64;  // being told so at once; more are just closed

}  // namespace

struct SocketServer::Impl {
  Impl(ServerSettings the_settings, MakeConnection make, router::Metrics* metrics)
      : settings(std::move(the_settings)),
        make_connection(std::move(make)),
        io(static_cast<int>(settings.io_threads)),
        work(io.get_executor()) {
    if (metrics) observe(*metrics);
  }

  void observe(router::Metrics& registry) {
    const std::string prefix = "tarn_" + settings.name;
    open_gauge = &registry.gauge(prefix + "_connections", "Open connections.");
    running_gauge =
        &registry.gauge(prefix + "_requests_in_flight", "Requests queued or being handled.");
    refused = &registry.counter(prefix + "_refused_total",
                                "Connections and requests refused because of a limit.");
    received = &registry.counter(prefix + "_received_bytes_total", "Bytes read from clients.");
    sent = &registry.counter(prefix + "_sent_bytes_total", "Bytes written to clients.");
  }

  bool submit(std::function<void()> task) {
    change_running(+1);
    const bool taken = pool->submit([this, task = std::move(task)]() mutable {
      task();
      task = nullptr;
      change_running(-1);
    });
    if (!taken) {
      change_running(-1);
      if (refused) refused->add();
    }
    return taken;
  }

  void change_running(int change) {
    if (running_gauge) running_gauge->add(change);
    const std::lock_guard lock(mutex);
    running += change;
    changed.notify_all();
  }

  template <typename Acceptor>
  asio::awaitable<void> accept_loop(Acceptor& acceptor) {
    while (acceptor.is_open()) {
      ErrorCode error;
      const asio::any_io_executor executor = asio::make_strand(io);
      auto accepted = co_await acceptor.async_accept(
          executor, asio::redirect_error(asio::use_awaitable, error));
      if (!error) {
        admit(Socket(std::move(accepted)));
      } else if (acceptor.is_open()) {
        log::warn("accepting a connection failed", {{"error", error.message()}});
        asio::steady_timer pause(
            acceptor.get_executor(),
            std::chrono::milliseconds(static_cast<int>(kAcceptPauseSeconds * 1000)));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      }
    }
  }

  void admit(Socket socket) {
    const std::shared_ptr<Connection> connection = make_connection(std::move(socket));
    bool full = false;
    {
      const std::lock_guard lock(mutex);
      if (stopping) return;
      full = connections.size() - refusing >= settings.connections_max;
      if (full && refusing >= kConnectionsRefusedMax) return;
      if (full) ++refusing;
      connections.insert(connection);
    }
    if (full && refused) refused->add();
    if (open_gauge) open_gauge->add(1);
    asio::co_spawn(
        connection->executor(),
        [connection, full] { return full ? connection->refuse() : connection->run(); },
        [this, connection, full](const std::exception_ptr& failed) {
          dismiss(connection, full, failed);
        });
  }

  void dismiss(const std::shared_ptr<Connection>& connection, bool was_refused,
               const std::exception_ptr& failed) {
    try {
      if (failed) std::rethrow_exception(failed);
    } catch (const std::exception& error) {
      log::error("a connection failed", {{"error", error.what()}});
      connection->close();
    }
    if (open_gauge) open_gauge->add(-1);
    const std::lock_guard lock(mutex);
    connections.erase(connection);
    if (was_refused) --refusing;
    changed.notify_all();
  }

  template <typename Action>
  void for_each_connection(const Action& action) {
    std::vector<std::shared_ptr<Connection>> all;
    {
      const std::lock_guard lock(mutex);
      all.assign(connections.begin(), connections.end());
    }
    for (auto& connection : all) {
      asio::post(connection->executor(), [connection, action] { action(*connection); });
    }
  }

  template <typename Condition>
  bool await(double seconds, const Condition& condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::duration<double>(seconds), condition);
  }

  template <typename Acceptors>
  static void close_all(Acceptors& acceptors) {
    for (auto& acceptor : acceptors) {
      std::promise<void> closed;
      asio::post(acceptor.get_executor(), [&acceptor, &closed] {
        ErrorCode ignored;
        acceptor.close(ignored);
        closed.set_value();
      });
      closed.get_future().wait();
    }
  }

  void stop_accepting() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    close_all(tcp_acceptors);
    close_all(unix_acceptors);
    for (const auto& path : unix_paths) unlink(path.c_str());
  }

  bool stop(double grace_s) {
    stop_accepting();
    draining = true;
    for_each_connection([](Connection& connection) { connection.end_if_idle(); });
    const bool finished = await(grace_s, [this] { return connections.empty() && running == 0; });
    if (!finished) {
      for_each_connection(
          [](Connection& connection) { connection.cancel("the server is stopping"); });
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return running == 0; });
      lock.unlock();
      await(kLastWritesSeconds, [this] { return connections.empty(); });
      for_each_connection([](Connection& connection) { connection.close(); });
      lock.lock();
      changed.wait(lock, [this] { return connections.empty(); });
    }
    work.reset();
    for (auto& thread : threads) thread.join();
    threads.clear();
    pool.reset();
    return finished;
  }

  const ServerSettings settings;
  const MakeConnection make_connection;
  router::Gauge* open_gauge = nullptr;
  router::Gauge* running_gauge = nullptr;
  router::Counter* refused = nullptr;
  router::Counter* received = nullptr;
  router::Counter* sent = nullptr;

  std::mutex mutex;
  std::condition_variable changed;
  std::set<std::shared_ptr<Connection>> connections;
  std::size_t refusing = 0;  // of the connections: those over the limit
  int running = 0;           // handlers queued or running

  std::unique_ptr<ThreadPool> pool;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::list<asio::ip::tcp::acceptor> tcp_acceptors;
  std::list<asio::local::stream_protocol::acceptor> unix_acceptors;
  std::vector<std::filesystem::path> unix_paths;
  std::vector<std::thread> threads;
  bool started = false;
  bool stopping = false;
  std::atomic<bool> draining = false;
};

SocketServer::SocketServer(ServerSettings settings, MakeConnection make_connection,
                           router::Metrics* metrics)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(make_connection), metrics)) {}

SocketServer::~SocketServer() { stop(0); }

std::uint16_t SocketServer::listen_tcp(const std::string& address, std::uint16_t port) {
  ErrorCode error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) throw Error(Code::kInvalidArgument, "Not an IP address: '" + address + "'.");
  const asio::ip::tcp::endpoint endpoint(ip, port);
  asio::ip::tcp::acceptor acceptor(asio::make_strand(impl_->io));
  acceptor.open(endpoint.protocol());
  acceptor.set_option(asio::socket_base::reuse_address(true));
  if (ip.is_v6()) acceptor.set_option(asio::ip::v6_only(true));
  acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    throw Error(
        Code::kUnavailable,
        "Cannot listen on " + address + ":" + std::to_string(port) + ": " + error.message() + ".",
        "Choose another port, or stop the program that has this one.");
  }
  const std::uint16_t bound = acceptor.local_endpoint().port();
  impl_->tcp_acceptors.push_back(std::move(acceptor));
  return bound;
}

void SocketServer::listen_unix(const std::filesystem::path& path) {
  unlink(path.c_str());
  asio::local::stream_protocol::acceptor acceptor(asio::make_strand(impl_->io));
  ErrorCode error;
  acceptor.open(asio::local::stream_protocol(), error);
  // Only the owner may connect, from the socket's first moment on: no window between bind and
  // chmod.
  if (!error) fchmod(acceptor.native_handle(), S_IRUSR | S_IWUSR);
  if (!error) acceptor.bind(asio::local::stream_protocol::endpoint(path.string()), error);
  if (!error && chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0)
    error.assign(errno, boost::system::system_category());
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    throw Error(Code::kUnavailable,
                "Cannot listen on '" + path.string() + "': " + error.message() + ".");
  impl_->unix_acceptors.push_back(std::move(acceptor));
  impl_->unix_paths.push_back(path);
}

void SocketServer::start() {
  check(!impl_->started, "a server is started twice");
  impl_->started = true;
  const ServerSettings& settings = impl_->settings;
  impl_->pool = std::make_unique<ThreadPool>(settings.thread_name, settings.handler_threads,
                                             settings.requests_queued_max);
  for (auto& acceptor : impl_->tcp_acceptors) {
    asio::co_spawn(acceptor.get_executor(), impl_->accept_loop(acceptor), asio::detached);
  }
  for (auto& acceptor : impl_->unix_acceptors) {
    asio::co_spawn(acceptor.get_executor(), impl_->accept_loop(acceptor), asio::detached);
  }
  for (std::size_t i = 0; i < std::max<std::size_t>(1, settings.io_threads); ++i) {
    impl_->threads.emplace_back([this] { impl_->io.run(); });
  }
}

bool SocketServer::stop(double grace_s) {
  if (!impl_->started || impl_->threads.empty()) return true;
  return impl_->stop(grace_s);
}

std::size_t SocketServer::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->connections.size();
}

bool SocketServer::submit(std::function<void()> task) { return impl_->submit(std::move(task)); }

void SocketServer::count_bytes(std::uint64_t received, std::uint64_t sent) {
  if (received && impl_->received) impl_->received->add(received);
  if (sent && impl_->sent) impl_->sent->add(sent);
}

bool SocketServer::draining() const { return impl_->draining; }

}  // namespace tarn::net
