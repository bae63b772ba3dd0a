#include <cstdio>
#include <filesystem>

#include "base/files.h"
#include "detail/commands.h"

namespace tarn::cli {

int tls_export(Context& context, const TlsExport& options) {
  // Also to read it: the first call makes it.
  const Json answer =
      context.gateway(Access::kWrite).json({.method = "GET", .target = "/tls/certificate"});
  const std::string certificate = answer.value("certificate", "");
  if (!options.file.empty() && options.file != "-") {
    write_file(std::filesystem::absolute(options.file), certificate);
  } else if (context.format == Format::kJson) {
    print_record(context.format, answer);
  } else {
    std::printf("%s", certificate.c_str());
  }
  return 0;
}

}  // namespace tarn::cli
