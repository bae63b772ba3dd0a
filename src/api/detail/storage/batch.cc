#include "detail/storage/batch.h"

#include "api/gate.h"
#include "base/ids.h"
#include "base/text.h"
#include "detail/storage/operation.h"
#include "detail/storage/request.h"
#include "identity/actions.h"
#include "identity/authority.h"
#include "router/router.h"
#include "router/url.h"

namespace tarn::api::storage {
namespace {

using router::Request;
using router::Response;

[[noreturn]] void refuse(const std::string& why) {
  throw StorageError(400, "InvalidInput", "The batch is not understood: " + why + ".");
}

std::string boundary_of(const Request& request) {
  const std::string_view type = request.headers.get("Content-Type");
  const std::size_t at = to_lower(type).find("boundary=");
  if (!to_lower(type).starts_with("multipart/mixed") || at == std::string_view::npos) {
    refuse("its Content-Type is not multipart/mixed with a boundary");
  }
  std::string_view boundary = type.substr(at + 9);
  boundary = trim(boundary.substr(0, boundary.find(';')));
  if (boundary.starts_with('"') && boundary.ends_with('"') && boundary.size() > 2) {
    boundary = boundary.substr(1, boundary.size() - 2);
  }
  if (boundary.empty()) refuse("its boundary is empty");
  return std::string(boundary);
}

/// Up to the next line end, which is taken too.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

router::Headers take_headers(std::string_view& text) {
  router::Headers headers;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) refuse("a header has no colon");
    headers.add(std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
  }
  return headers;
}

struct Part {
  std::string content_id;
  std::string method;
  std::string target;
  router::Headers headers;
};

std::vector<Part> parts_of(std::string_view body, const std::string& boundary) {
  const std::string mark = "--" + boundary;
  std::vector<Part> parts;
  std::size_t at = body.find(mark);
  if (at == std::string_view::npos) refuse("its boundary is not in its body");
  while (true) {
    body.remove_prefix(at + mark.size());
    if (body.starts_with("--")) return parts;
    at = body.find("\n" + mark);
    if (at == std::string_view::npos) refuse("its last boundary is missing");
    std::string_view text = body.substr(0, at);
    ++at;
    take_line(text);
    if (parts.size() == kBatchRequestsMax) {
      refuse("it has more than " + std::to_string(kBatchRequestsMax) + " requests");
    }
    Part part;
    part.content_id = take_headers(text).get("Content-ID");
    const auto words = split(take_line(text), ' ');
    if (words.size() != 3) refuse("a request has no request line");
    part.method = words[0];
    part.target = words[1];
    part.headers = take_headers(text);
    parts.push_back(std::move(part));
  }
}

// "/account/container/path" or "/container/path".
lake::LakePath path_of_part(const Request& whole, const std::vector<std::string>& segments) {
  std::span<const std::string> rest(segments);
  const std::string account = whole.path_parameters.get("account");
  if (rest.size() > 2 && rest.front() == account) rest = rest.subspan(1);
  if (rest.size() < 2) refuse("a request names no blob");
  const std::string* container = whole.path_parameters.find("container");
  if (container && rest.front() != *container) refuse("a request names another container");
  return lake::parse_path(join(rest, "/"));
}

int run_part(const Workspace& workspace, const Request& whole, Request& request) {
  const router::Target target = router::parse_target(request.target);
  request.query = target.query;
  const lake::LakePath path = path_of_part(whole, target.segments);
  request.path_parameters = {{"account", whole.path_parameters.get("account")},
                             {"container", path.container},
                             {"path", path.path}};
  const bool tier = request.method == "PUT" && request.query.get("comp") == "tier";
  const auto action =
      tier ? identity::actions::kLakeFilesWrite : identity::actions::kLakeFilesDelete;
  workspace.authority.authorize(principal_of(whole), action,
                                identity::Scope::file(path.container, path.path),
                                {whole.request_id, {}});
  if (tier) {
    if (!equal_ignoring_case(request.headers.get("x-ms-access-tier"), "Hot")) {
      throw StorageError(400, "InvalidBlobTier", "There is one access tier here, Hot.");
    }
    workspace.lake.stat(path);
    return 200;
  }
  if (request.method != "DELETE" || request.query.contains("comp")) {
    throw StorageError(501, "NotImplemented",
                       "A batch takes deletions only; not: " + request.method + ".");
  }
  delete_path(workspace, request, path, false);
  workspace.authority.audit(principal_of(whole), action,
                            identity::Scope::file(path.container, path.path),
                            identity::Outcome::kAllowed, {whole.request_id, {}});
  return 202;
}

std::string answer_of(const Workspace& workspace, const Request& whole, Part& part) {
  Request request;
  request.method = part.method;
  request.target = part.target;
  request.headers = std::move(part.headers);
  request.request_id = new_id();
  Response response;
  try {
    response.status = run_part(workspace, whole, request);
    stamp(response, request);
  } catch (const Error& error) {
    response = render(workspace, Convention::kBlob, request, error);
  }
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + ' ' +
                     std::string(router::reason_of(response.status)) + "\r\n";
  response.headers.set("Content-Length", std::to_string(response.body.size()));
  for (const auto& [name, value] : response.headers) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
  return text + "\r\n" + response.body;
}

}  // namespace

Response run_batch(const Workspace& workspace, Request& request) {
  const std::string body = router::read_all(*request.body, kBatchBytesMax);
  std::vector<Part> parts = parts_of(body, boundary_of(request));
  if (parts.empty()) refuse("it is empty");
  const std::string boundary = "batchresponse_" + new_id();
  Response response = empty_response(202);
  response.headers.set("Content-Type", "multipart/mixed; boundary=" + boundary);
  for (Part& part : parts) {
    request.cancel.check();
    response.body += "--" + boundary + "\r\nContent-Type: application/http\r\n";
    if (!part.content_id.empty()) response.body += "Content-ID: " + part.content_id + "\r\n";
    response.body += "\r\n" + answer_of(workspace, request, part) + "\r\n";
  }
  response.body += "--" + boundary + "--\r\n";
  return response;
}

}  // namespace tarn::api::storage
