#include "router/problem.h"

#include <algorithm>
#include <array>

#include "base/disk_full.h"
#include "base/json.h"
#include "base/text.h"

namespace tarn::router {
namespace {

constexpr int kInsufficientStorage = 507;  // RFC 4918, section 11.5

constexpr std::array kCodes = {
    Code::kInvalidArgument,  Code::kUnauthenticated,   Code::kPermissionDenied,
    Code::kNotFound,         Code::kAlreadyExists,     Code::kConflict,
    Code::kTooLarge,         Code::kResourceExhausted, Code::kCancelled,
    Code::kDeadlineExceeded, Code::kUnsupported,       Code::kUnavailable,
    Code::kDataLoss,         Code::kInternal,
};

Code code_of(int status) {
  // kDataLoss shares 500 with kInternal and only the body can tell them apart.
  for (const Code code : kCodes) {
    if (status_of(code) == status && code != Code::kDataLoss) return code;
  }
  if (status == 408) return Code::kDeadlineExceeded;
  if (status == kInsufficientStorage) return Code::kResourceExhausted;
  return status < 500 ? Code::kInvalidArgument : Code::kInternal;
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

int int_at(const Json& json, const char* key, int otherwise = 0) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<int>() : otherwise;
}

Error error_from(int status, const Json& json) {
  Code code = code_of(status);
  const std::string name = text_at(json, "code");
  for (const Code candidate : kCodes) {
    if (name_of(candidate) == name) code = candidate;
  }
  std::string detail = text_at(json, "detail");
  if (detail.empty()) detail = text_at(json, "title");
  Error error(code, detail.empty() ? std::string(reason_of(status)) : detail,
              text_at(json, "hint"));
  if (const auto place = json.find("place"); place != json.end() && place->is_object()) {
    error.set_place({text_at(*place, "source"), int_at(*place, "line"), int_at(*place, "column")});
  }
  if (const auto sql = json.find("sql"); sql != json.end() && sql->is_object()) {
    error.set_sql({int_at(*sql, "number"), int_at(*sql, "severity", 16), int_at(*sql, "state", 1),
                   text_at(*sql, "procedure")});
  }
  return error;
}

}  // namespace

int status_of(const Error& error) {
  return is_disk_full(error) ? kInsufficientStorage : status_of(error.code());
}

int status_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return 400;
    case Code::kUnauthenticated:
      return 401;
    case Code::kPermissionDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kAlreadyExists:
      return 409;
    case Code::kConflict:
      return 412;
    case Code::kTooLarge:
      return 413;
    case Code::kResourceExhausted:
      return 429;
    case Code::kCancelled:
      return 499;
    case Code::kDeadlineExceeded:
      return 504;
    case Code::kUnsupported:
      return 501;
    case Code::kUnavailable:
      return 503;
    case Code::kDataLoss:
    case Code::kInternal:
      return 500;
  }
  return 500;
}

Response problem(const Error& error, std::string_view request_id) {
  return problem(status_of(error), error, request_id);
}

Response problem(int status, const Error& error, std::string_view request_id) {
  Json json;
  json["type"] = "about:blank";
  json["title"] = reason_of(status);
  json["status"] = status;
  json["detail"] = error.message();
  json["code"] = name_of(error.code());
  if (!error.hint().empty()) json["hint"] = error.hint();
  if (const auto& place = error.place()) {
    Json& at = json["place"];
    if (!place->source.empty()) at["source"] = place->source;
    if (place->line > 0) at["line"] = place->line;
    if (place->column > 0) at["column"] = place->column;
    if (at.is_null()) json.erase("place");
  }
  if (const auto& sql = error.sql()) {
    json["sql"] = {{"number", sql->number}, {"severity", sql->severity}, {"state", sql->state}};
    if (!sql->procedure.empty()) json["sql"]["procedure"] = sql->procedure;
  }
  if (!request_id.empty()) json["request_id"] = request_id;
  Response response = Response::text(json.dump(-1, ' ', false, Json::error_handler_t::replace),
                                     "application/problem+json");
  response.status = status;
  if (status == 503 || status == 429) response.headers.add("Retry-After", "1");
  if (status == 401) response.headers.add("WWW-Authenticate", "Bearer realm=\"tarn\"");
  return response;
}

Error error_of(int status, std::string_view content_type, std::string_view body) {
  if (content_type.starts_with("application/problem+json")) {
    const Json json = Json::parse(body, nullptr, false);
    if (json.is_object()) return error_from(status, json);
  }
  constexpr std::size_t kShownMax = 200;
  std::string message =
      "The server answered " + std::to_string(status) + " " + std::string(reason_of(status));
  const std::string_view text = trim(body);
  if (!text.empty() && valid_utf8(text.substr(0, kShownMax))) {
    message += ": " + std::string(text.substr(0, kShownMax));
  }
  return Error(code_of(status), std::move(message));
}

}  // namespace tarn::router
