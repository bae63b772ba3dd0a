#include "detail/mlflow/error.h"

#include "detail/mlflow/message.h"
#include "router/problem.h"

namespace tarn::api::mlflow {

namespace {

constexpr std::string_view kSeeDocs =
    " See the API docs for more information about request parameters.";

/// MLflow answers 400 to what collides, 404 to what is not there.
int status_of(Code code) {
  switch (code) {
    case Code::kAlreadyExists:
    case Code::kConflict:
    case Code::kTooLarge:
      return 400;
    default:
      return router::status_of(code);
  }
}

}  // namespace

std::string_view error_code_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kConflict:
    case Code::kTooLarge:
      return "INVALID_PARAMETER_VALUE";
    case Code::kUnauthenticated:
      return "UNAUTHENTICATED";
    case Code::kPermissionDenied:
      return "PERMISSION_DENIED";
    case Code::kNotFound:
      return "RESOURCE_DOES_NOT_EXIST";
    case Code::kAlreadyExists:
      return "RESOURCE_ALREADY_EXISTS";
    case Code::kResourceExhausted:
      return "RESOURCE_EXHAUSTED";
    case Code::kCancelled:
      return "CANCELLED";
    case Code::kDeadlineExceeded:
      return "DEADLINE_EXCEEDED";
    case Code::kUnsupported:
      return "NOT_IMPLEMENTED";
    case Code::kUnavailable:
      return "TEMPORARILY_UNAVAILABLE";
    case Code::kDataLoss:
    case Code::kInternal:
      return "INTERNAL_ERROR";
  }
  return "INTERNAL_ERROR";
}

router::Response render(const router::Request&, const Error& error) {
  std::string message = error.message();
  if (!error.hint().empty()) message += " " + error.hint();
  Json body = {{"error_code", error_code_of(error.code())}, {"message", std::move(message)}};
  router::Response response = router::Response::text(compact(body), "application/json");
  response.status = status_of(error.code());
  if (response.status == 401)
    response.headers.set("WWW-Authenticate", "Basic realm=\"mlflow\", Bearer");
  return response;
}

void refuse_value(std::string_view parameter, std::string_view json, std::string_view why) {
  throw Error(Code::kInvalidArgument, "Invalid value " + std::string(json) + " for parameter '" +
                                          std::string(parameter) +
                                          "' supplied: " + std::string(why));
}

void refuse_missing(std::string_view parameter) {
  throw Error(Code::kInvalidArgument, "Missing value for required parameter '" +
                                          std::string(parameter) + "'." + std::string(kSeeDocs));
}

}  // namespace tarn::api::mlflow
