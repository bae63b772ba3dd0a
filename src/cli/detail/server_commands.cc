#include <cstdio>

#include "app/instance.h"
#include "app/serve.h"
#include "base/error.h"
#include "detail/commands.h"

namespace tarn::cli {

int version(Context& context) {
  if (context.format == Format::kJson) {
    print_record(context.format, Json{{"version", app::version()}});
  } else {
    std::printf("tarn %s\n", app::version().c_str());
  }
  return 0;
}

namespace {

jobs::WorkerLimits worker_limits_of(const Serve& options) {
  jobs::WorkerLimits limits;
  limits.memory_bytes_max = static_cast<std::uint64_t>(options.job_memory_gb * 1e9);
  limits.cpus_max = options.job_cpus;
  if (options.job_files > 0) limits.open_files_max = static_cast<std::uint64_t>(options.job_files);
  limits.processes_max = static_cast<std::uint64_t>(options.job_processes);
  jobs::check_limits(limits);
  return limits;
}

}  // namespace

int serve(Context& context, const Serve& options) {
  if (options.memory_gb < 0 || options.threads < 0 || options.temp_gb < 0 || options.queries < 0 ||
      options.jobs < 0 || options.connections < 0 || options.job_memory_gb < 0 ||
      options.job_cpus < 0 || options.job_files < 0 || options.job_processes < 0) {
    throw Error(
        Code::kInvalidArgument,
        "Memory, threads, cores, disk, files, connections, queries and jobs are not negative.");
  }
  app::ServeSettings settings{.home = context.where.home,
                              .listen = options.listen,
                              .sql = options.sql,
                              .require_login = options.require_login,
                              .instance = {}};
  settings.connections_max = static_cast<std::size_t>(options.connections);
  settings.instance.workspace = context.where.workspace;
  settings.instance.store = context.where.store;
  settings.instance.lake = context.where.lake;
  settings.instance.engine_memory_bytes_max = static_cast<std::uint64_t>(options.memory_gb * 1e9);
  settings.instance.engine_threads = options.threads;
  settings.instance.temp_folder = options.temp;
  settings.instance.temp_bytes_max = static_cast<std::uint64_t>(options.temp_gb * 1e9);
  settings.instance.queries_max = options.queries;
  settings.instance.jobs_max = options.jobs;
  settings.instance.worker_limits = worker_limits_of(options);
  app::serve(settings, [&](const app::ReadyServer& server) {
    std::printf("Tarn %s is ready at %s (home: %s)\n", app::version().c_str(), server.url.c_str(),
                settings.home.c_str());
    if (!server.sql.empty()) std::printf("sql: %s\n", server.sql.c_str());
    std::fflush(stdout);
  });
  return 0;
}

}  // namespace tarn::cli
