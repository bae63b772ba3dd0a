#include "detail/storage/error.h"

#include "base/clock.h"
#include "base/json.h"
#include "detail/storage/xml.h"
#include "lake/lake.h"
#include "lake/path.h"
#include "router/problem.h"

namespace tarn::api::storage {
namespace {

constexpr std::string_view kVersion = "2021-12-02";  // answered where the client names none

Code code_of(int status) {
  switch (status) {
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kNotFound;
    case 409:
      return Code::kAlreadyExists;
    case 412:
      return Code::kConflict;
    case 413:
      return Code::kTooLarge;
    case 501:
      return Code::kUnsupported;
    default:
      return Code::kInvalidArgument;
  }
}

bool container_is_missing(const Workspace& workspace, const router::Request& request) {
  const std::string container = request.path_parameters.get("container");
  return !lake::valid_container_name(container) ||
         !workspace.lake.find({.container = container, .path = {}, .folder = true});
}

bool names_a_container(const router::Request& request) {
  return request.path_parameters.get("path").empty();
}

}  // namespace

StorageError::StorageError(int status, std::string code, std::string message, std::string hint)
    : Error(code_of(status), std::move(message), std::move(hint)),
      status_(status),
      storage_code_(std::move(code)) {}

Rendered rendering_of(const Workspace& workspace, Convention convention,
                      const router::Request& request, const Error& error) {
  if (const auto* own = dynamic_cast<const StorageError*>(&error)) {
    return {own->status(), own->storage_code()};
  }
  const bool dfs = convention == Convention::kDfs;
  switch (error.code()) {
    case Code::kUnauthenticated:
      if (!request.headers.contains("Authorization")) return {401, "NoAuthenticationInformation"};
      return {403, "AuthenticationFailed"};
    case Code::kPermissionDenied:
      return {403, "AuthorizationPermissionMismatch"};
    case Code::kNotFound:
      if (container_is_missing(workspace, request)) {
        return {404, dfs ? "FilesystemNotFound" : "ContainerNotFound"};
      }
      return {404, dfs ? "PathNotFound" : "BlobNotFound"};
    case Code::kAlreadyExists:
      if (names_a_container(request)) {
        return {409, dfs ? "FilesystemAlreadyExists" : "ContainerAlreadyExists"};
      }
      return {409, dfs ? "PathAlreadyExists" : "BlobAlreadyExists"};
    case Code::kConflict:
      return {412, "ConditionNotMet"};
    case Code::kInvalidArgument:
      if (request.path_parameters.contains("container") &&
          !lake::valid_container_name(request.path_parameters.get("container"))) {
        return {400, "InvalidResourceName"};
      }
      return {400, "InvalidInput"};
    case Code::kTooLarge:
      return {413, "RequestBodyTooLarge"};
    case Code::kResourceExhausted:
      return {507, "InsufficientStorage"};
    case Code::kUnsupported:
      return {501, "NotImplemented"};
    case Code::kUnavailable:
      return {503, "ServerBusy"};
    case Code::kDeadlineExceeded:
      return {500, "OperationTimedOut"};
    case Code::kCancelled:
      return {499, "OperationCancelled"};
    case Code::kDataLoss:
    case Code::kInternal:
      break;
  }
  return {500, "InternalError"};
}

router::Response render(const Workspace& workspace, Convention convention,
                        const router::Request& request, const Error& error) {
  const Rendered rendered = rendering_of(workspace, convention, request, error);
  std::string message = error.message();
  if (!error.hint().empty()) message += ' ' + error.hint();
  router::Response response;
  response.status = rendered.status;
  if (convention == Convention::kDfs) {
    const Json body = {{"error", {{"code", rendered.code}, {"message", message}}}};
    response.headers.set("Content-Type", "application/json;charset=utf-8");
    response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  } else {
    message += "\nRequestId:" + request.request_id + "\nTime:" + format_utc(Clock::system().now());
    Xml xml;
    xml.open("Error").text("Code", rendered.code).text("Message", message).close("Error");
    response.headers.set("Content-Type", "application/xml");
    response.body = xml.take();
  }
  response.headers.set("x-ms-error-code", rendered.code);
  if (rendered.status == 401) {
    response.headers.set("WWW-Authenticate", "Bearer resource_id=https://storage.azure.com");
  }
  stamp(response, request);
  return response;
}

void stamp(router::Response& response, const router::Request& request) {
  response.headers.set("x-ms-request-id", request.request_id);
  response.headers.set("x-ms-version", std::string(request.headers.get("x-ms-version", kVersion)));
  if (const std::string* id = request.headers.find("x-ms-client-request-id")) {
    response.headers.set("x-ms-client-request-id", *id);
  }
}

}  // namespace tarn::api::storage
