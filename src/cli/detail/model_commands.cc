#include <filesystem>

#include "base/error.h"
#include "detail/commands.h"
#include "detail/local_file.h"
#include "detail/progress.h"
#include "detail/sql_client.h"

namespace tarn::cli {

namespace fs = std::filesystem;

int model_list(Context& context) {
  print_list(context.format,
             all_pages(context.gateway(Access::kRead), "/models?limit=1000", "models"),
             {{"name"}, {"latest_version", true}, {"aliases"}, {"created"}, {"description"}});
  return 0;
}

int model_show(Context& context, const std::string& reference) {
  print_record(context.format,
               context.gateway(Access::kRead).json({.target = target("/models/", reference)}));
  return 0;
}

int model_register(Context& context, const ModelRegister& options) {
  LocalFileBody body(options.file);
  const std::string to =
      target("/models/", options.name) + query({{"description", options.description}});
  const Json model =
      context.gateway(Access::kWrite).json({.method = "POST", .target = to, .body = &body});
  std::fprintf(stderr, "registered %s\n", model.value("uri", "").c_str());
  if (context.format == Format::kJson) print_record(context.format, model);
  return 0;
}

namespace {

// All files, into a folder that has none yet: nothing is written over.
int download_folder(Context& context, const std::string& reference, const fs::path& folder) {
  if (fs::exists(folder) && !fs::is_empty(folder)) {
    throw Error(Code::kAlreadyExists, "The folder is not empty: " + folder.string() + ".",
                "Name a new one.");
  }
  Gateway& gateway = context.gateway(Access::kRead);
  const Json version = gateway.json({.target = target("/models/", reference, "/files")});
  // By its number from here on: an alias may move meanwhile.
  const std::string files = target("/models/", version.value("uri", ""), "/files/");
  Progress progress("download " + reference, 0, "B");
  double size = 0;
  for (const auto& file : version["files"]) {
    const std::string path = file.value("path", "");
    check(fs::path(path).is_relative() &&
              !fs::path(path).lexically_normal().string().starts_with(".."),
          "a version's file lies outside of its folder");
    LocalFileSink sink((folder / path).string());
    gateway.call({.target = target(files, path)}, [&](std::string_view bytes) {
      sink.write(bytes);
      progress.at(size += static_cast<double>(bytes.size()));
    });
    sink.commit();
  }
  progress.clear();
  std::fprintf(stderr, "got %s (%zu files, %s)\n", folder.c_str(), version["files"].size(),
               human_bytes(size).c_str());
  return 0;
}

}  // namespace

int model_download(Context& context, const ModelDownload& options) {
  if (options.file.ends_with('/') || fs::is_directory(options.file))
    return download_folder(context, options.reference, options.file);
  const std::string file = options.file.empty() ? "model.onnx" : options.file;
  LocalFileSink sink(file);
  Progress progress("download " + options.reference, 0, "B");
  double size = 0;
  context.gateway(Access::kRead)
      .call({.target = target("/models/", options.reference, "/content")},
            [&](std::string_view bytes) {
              sink.write(bytes);
              progress.at(size += static_cast<double>(bytes.size()));
            });
  sink.commit();
  progress.clear();
  if (file != "-") std::fprintf(stderr, "got %s (%s)\n", file.c_str(), human_bytes(size).c_str());
  return 0;
}

int model_delete(Context& context, const std::string& reference) {
  context.gateway(Access::kWrite)
      .text({.method = "DELETE", .target = target("/models/", reference)});
  std::fprintf(stderr, "deleted %s\n", reference.c_str());
  return 0;
}

int model_deploy_sql(Context& context, const ModelDeploySql& options) {
  Gateway& gateway = context.gateway(options.run ? Access::kWrite : Access::kRead);
  const Json script = gateway.json(
      "POST", target("/models/", options.reference, "/deploy-sql"),
      {{"procedure", options.procedure}, {"table", options.table}, {"data", options.data}});
  std::vector<SqlBatch> batches;
  for (const auto& batch : script["batches"]) batches.push_back({batch.get<std::string>(), 1});
  if (!options.run) {
    for (const auto& batch : batches) std::printf("%s\nGO\n\n", batch.text.c_str());
    return 0;
  }
  return run_batches(context, gateway, batches, options.database, options.reference + ".sql");
}

}  // namespace tarn::cli
