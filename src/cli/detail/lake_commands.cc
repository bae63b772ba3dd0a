#include <filesystem>

#include "base/error.h"
#include "detail/commands.h"
#include "detail/local_file.h"
#include "detail/progress.h"

namespace tarn::cli {
namespace {

void note(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

void put_file(Context& context, Gateway& gateway, const std::string& file, const std::string& path,
              bool no_clobber) {
  LocalFileBody body(file);
  Progress progress("put " + path, static_cast<double>(body.size().value_or(0)), "B");
  CountedBody counted(body, progress);
  router::Headers headers;
  if (no_clobber) headers.set("If-None-Match", "*");
  const std::string answer = [&] {
    std::string text;
    gateway.call({.method = "PUT",
                  .target = target("/lake/paths/", path),
                  .headers = headers,
                  .body = &counted},
                 [&text](std::string_view bytes) { text += bytes; });
    return text;
  }();
  progress.clear();
  const Json entry = parse_json(answer);
  if (context.format == Format::kJson) {
    print_record(context.format, entry);
  } else {
    note("put " + entry.value("path", "") + " (" + human_bytes(entry.value("size", 0.0)) + ")");
  }
}

void stream_to(Gateway& gateway, const std::string& path, LocalFileSink& sink, Progress& progress) {
  double done = 0;
  gateway.call({.target = target("/lake/paths/", path)}, [&](std::string_view bytes) {
    sink.write(bytes);
    progress.at(done += static_cast<double>(bytes.size()));
  });
  sink.commit();
}

}  // namespace

int lake_put(Context& context, const LakePut& options) {
  if (options.files.size() < 2) {
    throw Error(Code::kInvalidArgument, "put needs a local file and a path of the lake.",
                "For instance: tarn lake put sales.csv files/data/");
  }
  const std::string& to = options.files.back();
  const std::size_t count = options.files.size() - 1;
  const bool folder = to.ends_with('/');
  if (count > 1 && !folder) {
    throw Error(Code::kInvalidArgument, "Several files go to a folder only: '" + to + "'.",
                "End it with a slash.");
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (folder && options.files[i] == "-") {
      throw Error(Code::kInvalidArgument, "Standard input has no name.",
                  "Name the file in the lake's path.");
    }
  }
  Gateway& gateway = context.gateway(Access::kWrite);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& file = options.files[i];
    const std::string path = folder ? to + std::filesystem::path(file).filename().string() : to;
    put_file(context, gateway, file, path, options.no_clobber);
  }
  return 0;
}

int lake_get(Context& context, const LakeGet& options) {
  std::string file = options.file;
  const std::string name = std::filesystem::path(options.path).filename().string();
  if (file.empty()) file = name;
  if (file != "-" && std::filesystem::is_directory(file))
    file = (std::filesystem::path(file) / name).string();
  if (file.empty()) {
    throw Error(Code::kInvalidArgument, "This path names no file: '" + options.path + "'.");
  }
  Gateway& gateway = context.gateway(Access::kRead);
  const Json entry = gateway.json({.target = target("/lake/stat/", options.path)});
  LocalFileSink sink(file);
  Progress progress("get " + options.path, entry.value("size", 0.0), "B");
  stream_to(gateway, options.path, sink, progress);
  progress.clear();
  if (file != "-") note("got " + file + " (" + human_bytes(entry.value("size", 0.0)) + ")");
  return 0;
}

int lake_ls(Context& context, const LakeList& options) {
  Gateway& gateway = context.gateway(Access::kRead);
  const std::string first =
      target("/lake/list/", options.path) +
      query({{"recursive", options.recursive ? "true" : ""}, {"limit", "5000"}});
  const Json entries = all_pages(gateway, first, "entries");
  if (context.format != Format::kTable) {
    print_list(context.format, entries,
               {{"path"}, {"folder"}, {"size", true}, {"modified"}, {"etag"}});
    return 0;
  }
  RowWriter writer(context.format, {{"path"}, {"size", true}, {"modified"}});
  for (const auto& entry : entries) {
    const bool folder = entry.value("folder", false);
    writer.row({entry.value("path", "") + (folder ? "/" : ""),
                folder ? "" : human_bytes(entry.value("size", 0.0)),
                entry.value("modified", "").substr(0, 19)});
  }
  writer.end();
  return 0;
}

int lake_cat(Context& context, const std::string& path) {
  LocalFileSink sink("-");
  Progress progress("cat " + path, 0, "B");
  stream_to(context.gateway(Access::kRead), path, sink, progress);
  return 0;
}

int lake_head(Context& context, const LakeHead& options) {
  constexpr std::uint64_t kPieceBytes = 64 << 10;
  Gateway& gateway = context.gateway(Access::kRead);
  const auto size =
      gateway.json({.target = target("/lake/stat/", options.path)}).value("size", std::uint64_t(0));
  int lines = 0;
  for (std::uint64_t at = 0; at < size && lines < options.lines; at += kPieceBytes) {
    const std::string range =
        "bytes=" + std::to_string(at) + '-' + std::to_string(at + kPieceBytes - 1);
    std::string piece = gateway.text(
        {.target = target("/lake/paths/", options.path), .headers = {{"Range", range}}});
    for (std::size_t i = 0; i < piece.size(); ++i) {
      if (piece[i] == '\n' && ++lines == options.lines) piece.resize(i + 1);
    }
    std::fwrite(piece.data(), 1, piece.size(), stdout);
  }
  return 0;
}

int lake_rm(Context& context, const LakeRemove& options) {
  context.gateway(Access::kWrite)
      .text({.method = "DELETE",
             .target = target("/lake/paths/", options.path) +
                       query({{"recursive", options.recursive ? "true" : ""}})});
  note("removed " + options.path);
  return 0;
}

int lake_stat(Context& context, const std::string& path) {
  print_record(context.format,
               context.gateway(Access::kRead).json({.target = target("/lake/stat/", path)}));
  return 0;
}

int lake_mv(Context& context, const LakeMove& options) {
  const Json entry = context.gateway(Access::kWrite)
                         .json("POST", target("/lake/rename/", options.from),
                               {{"to", options.to}, {"replace", options.replace}});
  note("moved to " + entry.value("path", ""));
  return 0;
}

}  // namespace tarn::cli
