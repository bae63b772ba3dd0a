#include "detail/mlflow/message.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/text.h"
#include "detail/mlflow/error.h"

namespace tarn::api::mlflow {

namespace {

constexpr std::size_t kShownMax = 200;  // bytes of a wrong value in an error

/// Python's name of a JSON value's type.
std::string_view type_name(const Json& value) {
  if (value.is_boolean()) return "bool";
  if (value.is_number_integer()) return "int";
  if (value.is_number()) return "float";
  if (value.is_string()) return "str";
  if (value.is_array()) return "list";
  if (value.is_object()) return "dict";
  return "NoneType";
}

std::optional<std::int64_t> whole(const Json& value) {
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
    return std::nullopt;
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number != std::floor(number) || std::abs(number) >= 9.2e18) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> real(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// One occurrence is a text, several are a list: what a field takes decides.
Json json_of(const router::Parameters& query) {
  Json result = Json::object();
  for (const auto& [name, value] : query) {
    if (!result.contains(name)) {
      result[name] = value;
      continue;
    }
    Json& there = result[name];
    if (!there.is_array()) there = Json::array({there});
    there.push_back(value);
  }
  return result;
}

void check_content_type(const router::Request& request) {
  if (request.method != "POST" && request.method != "PUT") return;
  const std::string* type = request.headers.find("Content-Type");
  if (!type) throw Error(Code::kInvalidArgument, "Bad Request. Content-Type header is missing.");
  if (trim(split(*type, ';').front()) == "application/json") return;
  throw Error(Code::kInvalidArgument,
              "Bad Request. Content-Type must be one of ['application/json'].");
}

}  // namespace

Message Message::of(router::Request& request, std::uint64_t body_bytes_max) {
  if (request.method == "GET" && request.query.size() > 0) return Message(json_of(request.query));
  check_content_type(request);
  const std::string text = read_all(*request.body, body_bytes_max);
  if (trim(text).empty()) return Message(Json::object());
  Json body = parse_json(text, "the request");
  // Old clients encode twice.
  if (body.is_string()) body = parse_json(body.get<std::string>(), "the request");
  if (body.is_null()) body = Json::object();
  if (body.is_object()) return Message(std::move(body));
  throw Error(Code::kInvalidArgument,
              "A request's body is a JSON object, not a " + std::string(type_name(body)) + ".");
}

Message::Message(Json value, std::string path) : value_(std::move(value)), path_(std::move(path)) {}

std::string Message::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

const Json* Message::find(std::string_view name) const {
  const auto found = value_.find(name);
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

void Message::wrong_type(std::string_view name, const Json& value) const {
  std::string shown = compact(value);
  if (shown.size() > kShownMax) shown = "of " + std::to_string(shown.size()) + " bytes";
  refuse_value(path_of(name), shown,
               " Hint: Value was of type '" + std::string(type_name(value)) +
                   "'. See the API docs for more information about request parameters.");
}

bool Message::has(std::string_view name) const { return find(name) != nullptr; }

std::string Message::text(std::string_view name) const {
  const Json* value = find(name);
  if (!value) return {};
  if (!value->is_string()) wrong_type(name, *value);
  return value->get<std::string>();
}

std::string Message::required_text(std::string_view name) const {
  std::string value = text(name);
  if (value.empty()) refuse_missing(path_of(name));
  return value;
}

std::optional<std::int64_t> Message::integer(std::string_view name) const {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  const auto number = whole(*value);
  if (!number) wrong_type(name, *value);
  return number;
}

std::int64_t Message::required_integer(std::string_view name) const {
  const auto value = integer(name);
  if (!value) refuse_missing(path_of(name));
  return *value;
}

double Message::required_number(std::string_view name) const {
  const Json* value = find(name);
  if (!value) refuse_missing(path_of(name));
  const auto number = real(*value);
  if (!number) wrong_type(name, *value);
  return *number;
}

std::optional<bool> Message::boolean(std::string_view name) const {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_string()) {
    const auto& text = value->get_ref<const std::string&>();
    if (equal_ignoring_case(text, "true")) return true;
    if (equal_ignoring_case(text, "false")) return false;
  }
  wrong_type(name, *value);
}

std::vector<std::string> Message::texts(std::string_view name) const {
  const Json* value = find(name);
  if (!value) return {};
  // In a query a list of one looks like a text.
  if (value->is_string()) return {value->get<std::string>()};
  if (!value->is_array()) wrong_type(name, *value);
  std::vector<std::string> result;
  for (const Json& each : *value) {
    if (!each.is_string()) wrong_type(name, *value);
    result.push_back(each.get<std::string>());
  }
  return result;
}

std::vector<Message> Message::messages(std::string_view name) const {
  const Json* value = find(name);
  if (!value) return {};
  if (!value->is_array()) wrong_type(name, *value);
  std::vector<Message> result;
  for (std::size_t i = 0; i < value->size(); ++i) {
    if (!(*value)[i].is_object()) wrong_type(name, *value);
    result.emplace_back((*value)[i], path_of(name) + "[" + std::to_string(i) + "]");
  }
  return result;
}

std::optional<Message> Message::message(std::string_view name) const {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_object()) wrong_type(name, *value);
  return Message(*value, path_of(name));
}

std::string Message::run_id() const {
  std::string id = text("run_id");
  if (id.empty()) id = text("run_uuid");
  if (id.empty()) refuse_missing("run_id");
  return id;
}

std::string compact(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json number_json(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

}  // namespace tarn::api::mlflow
