#include "serve.h"

#include <arpa/inet.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <ctime>
#include <future>
#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "http/server.h"
#include "identity/tokens.h"
#include "open_files.h"
#include "router/metrics.h"
#include "router/router.h"
#include "tds/certificate.h"
#include "tds/server.h"

namespace tarn::app {
namespace {

constexpr const char* kOff = "off";
constexpr int kHousekeepingS = 10;  // between two looks at what an idle server may give back

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

bool is_loopback(const std::string& host) {
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  return host == "::1";
}

Address parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host == "localhost" || host.empty()) host = "127.0.0.1";
  std::uint16_t port = 0;
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    throw Error(Code::kInvalidArgument, "Not an address to listen on: '" + text + "'.",
                "Write 127.0.0.1:7420; port 0 takes a free one.");
  }
  if (!is_loopback(host)) {
    throw Error(
        Code::kUnsupported,
        "Listening beyond this machine needs TLS, which is not in this version: " + text + ".",
        "Use 127.0.0.1 and a tunnel (ssh -L).");
  }
  return {host, port};
}

std::string text_of(const std::string& host, std::uint16_t port) {
  const bool six = host.find(':') != std::string::npos;
  return (six ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, HOST_NAME_MAX) == 0 && name[0] != 0 ? name : "localhost";
}

/// Connections at a time, at both doors; fewer than wanted where the files that may be open do not
/// suffice.
struct Doors {
  std::size_t http = http::Settings().connections_max;
  std::size_t sql = tds::Settings().connections_max;
};

Doors connections_at(const ServeSettings& settings) {
  Doors doors;
  if (settings.connections_max > 0) doors.http = settings.connections_max;
  if (settings.sql == kOff) doors.sql = 0;
  const std::size_t wanted = doors.http + doors.sql;
  const std::size_t fit = connections_within_limit(wanted);
  doors.sql = doors.sql * fit / wanted;
  doors.http = fit - doors.sql;
  return doors;
}

/// The door of SQL clients, where there is to be one.
class SqlDoor {
 public:
  SqlDoor(const ServeSettings& settings, std::size_t connections_max, Instance& instance) {
    const std::string& wanted = settings.sql;
    if (wanted == kOff) return;
    const Address address = parse_address(wanted.empty() ? kSqlAddress : wanted);
    tds::Settings limits;
    limits.connections_max = connections_max;
    limits.server_name = host_name();
    server_ = std::make_unique<tds::Server>(
        limits, instance.sql_sign_in(settings.require_login),
        tds::ensure_identity(instance.home().folder() / tds::kIdentityFolder), &instance.metrics());
    try {
      address_ = text_of(address.host, server_->listen(address.host, address.port));
    } catch (const Error& error) {
      server_.reset();
      if (!wanted.empty() || error.code() != Code::kUnavailable) throw;
      log::info("sql.off", {{"reason", error.message()}});
    }
  }

  void start() {
    if (server_) server_->start();
  }
  bool stop() { return !server_ || server_->stop(kStopGraceS); }
  /// Empty where there is none.
  const std::string& address() const { return address_; }

 private:
  std::unique_ptr<tds::Server> server_;
  std::string address_;
};

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void serve(const ServeSettings& settings,
           const std::function<void(const ReadyServer& server)>& on_ready) {
  const Address address = parse_address(settings.listen);
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Home home = Home::open(settings.home, Home::Access::kWrite);
  log::open(home.log(), log::Level::kInfo, true);
  identity::owner_token(home.folder());
  const auto socket = Home::socket(home.folder());
  InstanceSettings wanted = settings.instance;
  wanted.job_groups = Cgroups::take_over();
  log::info("jobs.limits",
            {{"by", wanted.job_groups ? "cgroup" : "process"},
             {"cgroup", wanted.job_groups ? wanted.job_groups->folder().string() : ""},
             {"memory_bytes", wanted.worker_limits.memory_bytes_max},
             {"cpus", wanted.worker_limits.cpus_max}});
  Instance instance(std::move(home), wanted);
  instance.recover();

  http::Settings limits;
  const Doors connections = connections_at(settings);
  limits.connections_max = connections.http;
  http::Server server(
      limits, [&instance](router::Request& request) { return instance.router().dispatch(request); },
      &instance.metrics());
  server.listen_unix(socket);
  const std::uint16_t port = server.listen_tcp(address.host, address.port);
  SqlDoor sql(settings, connections.sql, instance);
  server.start();
  sql.start();
  instance.start_jobs();
  const ReadyServer ready{.url = "http://" + text_of(address.host, port), .sql = sql.address()};
  log::info("ready", {{"url", ready.url},
                      {"sql", ready.sql},
                      {"home", instance.home().folder().string()},
                      {"version", version()}});
  on_ready(ready);

  const timespec pause{kHousekeepingS, 0};
  int signal = -1;
  while ((signal = sigtimedwait(&signals, nullptr, &pause)) < 0) instance.release_memory();
  log::info("stopping", {{"signal", signal}});
  // Both have the same time.
  auto sql_stopped = std::async(std::launch::async, [&sql] { return sql.stop(); });
  const bool http_stopped = server.stop(kStopGraceS);
  const bool clean = sql_stopped.get() && http_stopped;
  instance.stop_jobs();
  log::info("stopped", {{"all_requests_finished", clean}});
  log::flush();
}

}  // namespace tarn::app
