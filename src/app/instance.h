#pragma once
// Tarn put together over an open home: every module, the gate and the router. A server feeds the
// router from sockets, a command without a server calls it in its own process.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/home.h"
#include "base/cgroup.h"
#include "jobs/worker_limits.h"
#include "router/message.h"
#include "tds/session.h"

namespace tarn::router {
class Metrics;
class Router;
}  // namespace tarn::router

namespace tarn::app {

struct InstanceSettings {
  std::string workspace = "main";
  std::uint64_t engine_memory_bytes_max = 0;  // 0: three fifths of the machine's
  int engine_threads = 0;                     // 0: one a core
  std::filesystem::path temp_folder;          // for what does not fit; empty: <home>/cache/engine
  std::uint64_t temp_bytes_max = 0;           // 0: the engine's default
  int queries_max = 0;  // batches that use the engine at a time, others wait; 0: four a core
  int jobs_max = 0;     // jobs that run at a time, others wait; 0: two
  jobs::WorkerLimits worker_limits = {};
  std::optional<Cgroups> job_groups = {};  // where their workers get groups of their own
  std::string store;  // a file or postgresql://user:password@host/database; empty: the home's
  std::string lake;   // a folder; empty: the home's
};

/// "0.1.0".
std::string version();

/// The engine, the trainers and the model runtime are opened when the first request needs them.
class Instance {
 public:
  Instance(Home home, const InstanceSettings& settings);
  ~Instance();

  const Home& home() const;
  const router::Router& router() const;
  router::Metrics& metrics();
  /// Who comes in over SQL Server's protocol; for as long as the instance. `require_login`: the
  /// owner's own programs on this machine show who they are as well.
  tds::SignIn sql_sign_in(bool require_login);

  /// Begins to sweep what a former life left half done, and waits for it a little (start_sweep.h).
  /// Needs a home opened for writing; before the first request.
  void recover();
  /// Takes up jobs that still run, and starts those that wait. After recover().
  void start_jobs();
  /// Workers run on; the next instance takes them up.
  void stop_jobs();

  /// Gives memory that is not needed any more back to the system.
  void release_memory();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::app
