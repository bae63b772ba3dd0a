// Files of the lake: PUT, GET (with ranges), HEAD, DELETE of /lake/paths/<path>, listing, renaming.

#include "api/gate.h"
#include "base/error.h"
#include "detail/file_stream.h"
#include "detail/rest_routes.h"
#include "identity/actions.h"
#include "identity/authority.h"
#include "lake/lake.h"

namespace tarn::api {
namespace {

struct LakeEntry {
  std::string path;
  bool folder = false;
  std::uint64_t size = 0;
  std::string modified;
  std::string etag;

  static void describe(router::FieldList<LakeEntry>& f) {
    f.type("LakeEntry", "A file or folder of the lake.");
    f.required("path", &LakeEntry::path, "Container and path: files/data/x.csv.");
    f.required("folder", &LakeEntry::folder, "Whether it is a folder.");
    f.required("size", &LakeEntry::size, "Bytes; 0 for a folder.");
    f.required("modified", &LakeEntry::modified, "UTC.");
    f.required("etag", &LakeEntry::etag, "Changes with every put; empty for a folder.");
  }
};
struct LakeListing {
  std::vector<LakeEntry> entries;
  std::string continuation;

  static void describe(router::FieldList<LakeListing>& f) {
    f.type("LakeListing", "A page of a folder's entries.");
    f.required("entries", &LakeListing::entries, "In the order of their names.");
    f.required("continuation", &LakeListing::continuation, "For the next page; empty at the end.");
  }
};
struct LakeRename {
  std::string to;
  bool replace = false;

  static void describe(router::FieldList<LakeRename>& f) {
    f.type("LakeRename", "A file or folder to rename, in one step.");
    f.required("to", &LakeRename::to, "The new path.");
    f.optional("replace", &LakeRename::replace, "Replace a file that is there.");
  }
};
struct LakeContainers {
  std::vector<std::string> containers;

  static void describe(router::FieldList<LakeContainers>& f) {
    f.type("LakeContainers", "The lake's containers.");
    f.required("containers", &LakeContainers::containers, "Their names.");
  }
};

using router::Request;
using router::Response;
namespace actions = identity::actions;

LakeEntry entry_of(const lake::FileInfo& info) {
  return {info.path.text(), info.folder, info.size, time_text(info.modified), info.etag};
}

lake::LakePath path_of(const Request& request) {
  return lake::parse_path(request.path_parameters.require("path"));
}

std::string unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return std::string(etag);
}

lake::Conditions conditions_of(const Request& request) {
  lake::Conditions conditions;
  if (const std::string* none = request.headers.find("If-None-Match")) {
    if (*none != "*") {
      throw Error(Code::kInvalidArgument, "If-None-Match is understood with * only here.");
    }
    conditions.if_none_match = true;
  }
  if (const std::string* match = request.headers.find("If-Match")) {
    if (*match != "*") conditions.if_match = unquoted(*match);
  }
  return conditions;
}

Response get_file(const Workspace& workspace, Request& request) {
  std::shared_ptr<lake::LakeFile> file = workspace.lake.open(path_of(request));
  const lake::FileInfo& info = file->info();
  Response response;
  response.headers.set("ETag", '"' + info.etag + '"');
  response.headers.set("Content-Type", "application/octet-stream");
  response.headers.set("Accept-Ranges", "bytes");
  if (unquoted(request.headers.get("If-None-Match")) == info.etag) {
    response.status = 304;
    return response;
  }
  const auto range = range_of(request, info.size);
  stream_file(response, std::move(file), range, request.cancel);
  return response;
}

Response put_file(const Workspace& workspace, Request& request) {
  const auto source = [&request](std::span<char> buffer) { return request.body->read(buffer); };
  const lake::FileInfo info =
      workspace.lake.put(path_of(request), source, conditions_of(request), request.cancel);
  Response response = router::json_response(entry_of(info), 201);
  response.headers.set("ETag", '"' + info.etag + '"');
  return response;
}

Response delete_path(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_of(request);
  const bool recursive = request.query.get_bool("recursive", false);
  if (!workspace.lake.remove(path, recursive, conditions_of(request))) {
    throw Error(Code::kNotFound, "There is no file or folder: " + path.text() + ".");
  }
  return Response::no_content();
}

Response list_folder(const Workspace& workspace, Request& request) {
  const lake::LakePath path = lake::parse_pattern(request.path_parameters.require("path"));
  LakeListing listing;
  const auto may_see = [&](const lake::FileInfo& info) {
    workspace.authority.authorize(principal_of(request), actions::kLakeFilesList,
                                  identity::Scope::file(info.path.container, info.path.path),
                                  {request.request_id, {}});
  };
  if (path.pattern()) {
    for (const auto& info : workspace.lake.glob(path, request.cancel)) {
      may_see(info);
      listing.entries.push_back(entry_of(info));
    }
    return router::json_response(listing);
  }
  lake::ListOptions options;
  options.recursive = request.query.get_bool("recursive", false);
  options.limit = request.query.get_int("limit", options.limit, 1, lake::Lake::kListMax);
  options.continuation = request.query.get("continuation");
  const auto page = workspace.lake.list(path, options, request.cancel);
  for (const auto& info : page.entries) {
    if (options.recursive && info.folder) may_see(info);
    listing.entries.push_back(entry_of(info));
  }
  listing.continuation = page.continuation;
  return router::json_response(listing);
}

Response rename_path(const Workspace& workspace, Request& request) {
  const auto wanted = router::read_json<LakeRename>(request);
  const lake::LakePath from = path_of(request);
  const lake::LakePath to = lake::parse_path(wanted.to);
  workspace.authority.authorize(principal_of(request), actions::kLakeFilesWrite,
                                identity::Scope::file(to.container, to.path),
                                {request.request_id, {}});
  workspace.lake.rename(from, to, wanted.replace);
  return router::json_response(entry_of(workspace.lake.stat(to)));
}

}  // namespace

std::vector<router::Route> lake_routes(const Workspace& w) {
  using router::json_body;
  const std::string kPath = "/lake/paths/{path...}";
  return {
      {.method = "GET",
       .pattern = "/lake/containers",
       .action = std::string(actions::kLakeContainersList),
       .summary = "The lake's containers",
       .handler =
           [&w](Request&) { return router::json_response(LakeContainers{w.lake.containers()}); },
       .response = json_body<LakeContainers>()},
      {.method = "GET",
       .pattern = kPath,
       .action = std::string(actions::kLakeFilesRead),
       .summary = "A file's bytes, or one range of them",
       .handler = [&w](Request& r) { return get_file(w, r); },
       .response = router::bytes_body("The file."),
       .scope = "lake:{path}"},
      {.method = "PUT",
       .pattern = kPath,
       .action = std::string(actions::kLakeFilesWrite),
       .summary = "Write a whole file, atomically",
       .handler = [&w](Request& r) { return put_file(w, r); },
       .request = router::bytes_body("The file."),
       .response = json_body<LakeEntry>(),
       .response_status = 201,
       .scope = "lake:{path}",
       .body_bytes_max = router::kBodyUnlimited},
      {.method = "DELETE",
       .pattern = kPath,
       .action = std::string(actions::kLakeFilesDelete),
       .summary = "Remove a file or folder",
       .handler = [&w](Request& r) { return delete_path(w, r); },
       .query = {{.name = "recursive",
                  .doc = "Also what is in the folder.",
                  .kind = router::Schema::Kind::kBool}},
       .response_status = 204,
       .scope = "lake:{path}"},
      {.method = "GET",
       .pattern = "/lake/stat/{path...}",
       .action = std::string(actions::kLakeFilesRead),
       .summary = "What is known of a file or folder",
       .handler =
           [&w](Request& r) { return router::json_response(entry_of(w.lake.stat(path_of(r)))); },
       .response = json_body<LakeEntry>(),
       .scope = "lake:{path}"},
      {.method = "GET",
       .pattern = "/lake/list/{path...}",
       .action = std::string(actions::kLakeFilesList),
       .summary = "The entries of a folder, or the files that a pattern matches",
       .handler = [&w](Request& r) { return list_folder(w, r); },
       .query = paging_parameters({{.name = "recursive",
                                    .doc = "Also what lies deeper.",
                                    .kind = router::Schema::Kind::kBool}}),
       .response = json_body<LakeListing>(),
       .scope = "lake:{path}"},
      {.method = "POST",
       .pattern = "/lake/rename/{path...}",
       .action = std::string(actions::kLakeFilesWrite),
       .summary = "Rename a file or folder",
       .handler = [&w](Request& r) { return rename_path(w, r); },
       .request = json_body<LakeRename>(),
       .response = json_body<LakeEntry>(),
       .scope = "lake:{path}"},
  };
}

}  // namespace tarn::api
