#include "open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/log.h"

namespace tarn::app {
namespace {

std::size_t raised_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFilesBesideConnections;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlim_t soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = soft;
  }
  return limit.rlim_cur;
}

}  // namespace

std::size_t connections_within_limit(std::size_t wanted) {
  const std::size_t files = raised_limit();
  const std::size_t fit = files > kFilesBesideConnections ? files - kFilesBesideConnections : 0;
  if (fit >= wanted) return wanted;
  if (fit < kConnectionsMin) {
    throw Error(Code::kUnavailable,
                "The limit of open files is too low for a server: " + std::to_string(files) + ".",
                "It needs at least " + std::to_string(kFilesBesideConnections + kConnectionsMin) +
                    ": raise the hard limit with ulimit -Hn, or LimitNOFILE= of the service.");
  }
  log::warn("connections.limited", {{"connections", fit},
                                    {"wanted", wanted},
                                    {"open_files_max", files},
                                    {"hint", "raise ulimit -Hn, or LimitNOFILE= of the service"}});
  return fit;
}

}  // namespace tarn::app
