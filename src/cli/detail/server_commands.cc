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

int serve(Context& context, const Serve& options) {
  if (options.memory_gb < 0 || options.threads < 0 || options.temp_gb < 0 || options.queries < 0) {
    throw Error(Code::kInvalidArgument, "Memory, threads, disk and queries are not negative.");
  }
  app::ServeSettings settings{.home = context.where.home, .listen = options.listen, .instance = {}};
  settings.instance.workspace = context.where.workspace;
  settings.instance.store = context.where.store;
  settings.instance.lake = context.where.lake;
  settings.instance.engine_memory_bytes_max = static_cast<std::uint64_t>(options.memory_gb * 1e9);
  settings.instance.engine_threads = options.threads;
  settings.instance.temp_folder = options.temp;
  settings.instance.temp_bytes_max = static_cast<std::uint64_t>(options.temp_gb * 1e9);
  settings.instance.queries_max = options.queries;
  app::serve(settings, [&](const std::string& url) {
    std::printf("Tarn %s is ready at %s (home: %s)\n", app::version().c_str(), url.c_str(),
                settings.home.c_str());
    std::fflush(stdout);
  });
  return 0;
}

}  // namespace tarn::cli
