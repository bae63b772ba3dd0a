#include "serve.h"

#include <arpa/inet.h>
#include <signal.h>

#include <charconv>
#include <ctime>

#include "base/error.h"
#include "base/log.h"
#include "http/server.h"
#include "identity/tokens.h"
#include "open_files.h"
#include "router/metrics.h"
#include "router/router.h"

namespace tarn::app {
namespace {

constexpr int kHousekeepingS = 20;  // between two looks at what an idle server may give back

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

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void serve(const ServeSettings& settings,
           const std::function<void(const std::string& url)>& on_ready) {
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
  if (settings.connections_max > 0) limits.connections_max = settings.connections_max;
  limits.connections_max = connections_within_limit(limits.connections_max);
  http::Server server(
      limits, [&instance](router::Request& request) { return instance.router().dispatch(request); },
      &instance.metrics());
  server.listen_unix(socket);
  const std::uint16_t port = server.listen_tcp(address.host, address.port);
  server.start();
  instance.start_jobs();
  const bool six = address.host.find(':') != std::string::npos;
  const std::string url =
      "http://" + (six ? '[' + address.host + ']' : address.host) + ':' + std::to_string(port);
  log::info("ready",
            {{"url", url}, {"home", instance.home().folder().string()}, {"version", version()}});
  on_ready(url);

  const timespec pause{kHousekeepingS, 0};
  int signal = -1;
  while ((signal = sigtimedwait(&signals, nullptr, &pause)) < 0) instance.release_memory();
  log::info("stopping", {{"signal", signal}});
  const bool clean = server.stop(kStopGraceS);
  instance.stop_jobs();
  log::info("stopped", {{"all_requests_finished", clean}});
  log::flush();
}

}  // namespace tarn::app
