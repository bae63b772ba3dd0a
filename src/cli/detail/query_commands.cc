#include <cstdio>

#include "detail/commands.h"

namespace tarn::cli {

int query_list(Context& context) {
  const Json listing = context.gateway(Access::kRead).json({.target = "/sql/requests"});
  print_list(context.format, listing["requests"],
             {{"session_id", true}, {"login"}, {"status"}, {"started"}, {"wait_reason"}, {"text"}});
  return 0;
}

int query_cancel(Context& context, const std::string& session) {
  context.gateway(Access::kWrite)
      .json({.method = "DELETE", .target = target("/sql/requests/", session)});
  if (context.format == Format::kTable)
    std::printf("Session %s is asked to end.\n", session.c_str());
  return 0;
}

}  // namespace tarn::cli
