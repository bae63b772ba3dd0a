#include <cstdio>

#include "base/error.h"
#include "detail/commands.h"

namespace tarn::cli {
namespace {

constexpr const char* kAccount = "tarn";  // any name means the workspace's own lake

std::string key_of(Context& context, bool renew) {
  // Also to read it: the first call makes it.
  const Json answer = context.gateway(Access::kWrite)
                          .json({.method = renew ? "POST" : "GET",
                                 .target = renew ? "/storage/key/renew" : "/storage/key"});
  return answer.value("key", "");
}

void print(Context& context, const char* name, const std::string& value) {
  if (context.format == Format::kJson) {
    print_record(context.format, Json{{name, value}});
  } else {
    std::printf("%s\n", value.c_str());
  }
}

}  // namespace

int storage_key(Context& context, const StorageKey& options) {
  print(context, "key", key_of(context, options.renew));
  return 0;
}

int storage_connection_string(Context& context, const StorageConnection& options) {
  std::string endpoint = options.endpoint;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  if (!endpoint.starts_with("http://") && !endpoint.starts_with("https://")) {
    throw Error(Code::kInvalidArgument, "Not the URL of a server: '" + endpoint + "'.",
                "Write http://127.0.0.1:7420.");
  }
  const std::string url = endpoint + '/' + kAccount;
  const std::string protocol = endpoint.substr(0, endpoint.find(':'));
  print(context, "connection_string",
        "DefaultEndpointsProtocol=" + protocol + ";AccountName=" + kAccount + ";AccountKey=" +
            key_of(context, false) + ";BlobEndpoint=" + url + ";DfsEndpoint=" + url + ";");
  return 0;
}

}  // namespace tarn::cli
