#pragma once
// `tarn serve`: an instance behind sockets, until SIGTERM or SIGINT.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "app/instance.h"

namespace tarn::app {

/// A running server gets so long to finish its requests before it cancels them.
inline constexpr double kStopGraceS = 3;

/// Where SQL clients look.
inline constexpr const char* kSqlAddress = "127.0.0.1:1433";

struct ServeSettings {
  std::filesystem::path home;
  std::string listen = "127.0.0.1:7420";  // port 0: a free one; loopback only
  // For SQL clients: an address as `listen`, or "off". Empty: kSqlAddress where it is free; where
  // it is not, the log says so.
  std::string sql;
  bool require_login = false;       // of SQL clients on this machine as well
  std::size_t connections_max = 0;  // at a time; 0: http::Settings' default
  InstanceSettings instance;
};

/// Where a server listens.
struct ReadyServer {
  std::string url;  // "http://127.0.0.1:7420"
  std::string sql;  // "127.0.0.1:1433"; empty: it has no door for SQL clients
};

/// Blocks until the process is asked to stop; then ends requests and connections within kStopGraceS
/// and a little. `on_ready` is called once it answers. Call it before any thread is started: the
/// signals are taken from all of them. Throws Error: kInvalidArgument for an address, kUnsupported
/// for one that is not loopback, kUnavailable when home or port is taken.
void serve(const ServeSettings& settings,
           const std::function<void(const ReadyServer& server)>& on_ready);

}  // namespace tarn::app
