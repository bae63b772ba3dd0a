#include "router/fields.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

namespace tarn::router {

JsonPath JsonPath::member(std::string_view key) const {
  JsonPath result;
  result.text_ = text_.empty() ? std::string(key) : text_ + "." + std::string(key);
  return result;
}

JsonPath JsonPath::item(std::size_t index) const {
  JsonPath result;
  result.text_ = text_ + "[" + std::to_string(index) + "]";
  return result;
}

namespace {

std::string where(const JsonPath& path) {
  return path.text().empty() ? "The value" : "'" + path.text() + "'";
}

[[noreturn]] void fail_type(const Json& json, const JsonPath& path, std::string_view expected) {
  throw Error(Code::kInvalidArgument, where(path) + " must be " + std::string(expected) + ", not " +
                                          std::string(json.type_name()) + ".");
}

template <typename I>
void read_integer(const Json& json, const JsonPath& path, I& out) {
  if (!json.is_number_integer()) fail_type(json, path, "an integer");
  const bool fits = json.is_number_unsigned() ? std::in_range<I>(json.get<std::uint64_t>())
                                              : std::in_range<I>(json.get<std::int64_t>());
  if (!fits) {
    throw Error(Code::kInvalidArgument, where(path) + " is not from " +
                                            std::to_string(std::numeric_limits<I>::min()) + " to " +
                                            std::to_string(std::numeric_limits<I>::max()) + ": " +
                                            json.dump() + ".");
  }
  out = json.get<I>();
}

}  // namespace

namespace detail {

void read(const Json& json, const JsonPath& path, bool& out) {
  if (!json.is_boolean()) fail_type(json, path, "true or false");
  out = json.get<bool>();
}
void read(const Json& json, const JsonPath& path, std::int32_t& out) {
  read_integer(json, path, out);
}
void read(const Json& json, const JsonPath& path, std::int64_t& out) {
  read_integer(json, path, out);
}
void read(const Json& json, const JsonPath& path, std::uint64_t& out) {
  read_integer(json, path, out);
}
void read(const Json& json, const JsonPath& path, double& out) {
  if (!json.is_number()) fail_type(json, path, "a number");
  out = json.get<double>();
}
void read(const Json& json, const JsonPath& path, std::string& out) {
  if (!json.is_string()) fail_type(json, path, "a string");
  out = json.get<std::string>();
}
void read(const Json& json, const JsonPath&, Json& out) { out = json; }

void write(Json& json, bool value) { json = value; }
void write(Json& json, std::int32_t value) { json = value; }
void write(Json& json, std::int64_t value) { json = value; }
void write(Json& json, std::uint64_t value) { json = value; }
void write(Json& json, double value) { json = value; }
void write(Json& json, const std::string& value) { json = value; }
void write_any(Json& json, const Json& value) { json = value; }

void each_item(const Json& json, const JsonPath& path,
               const std::function<void(const Json&, const JsonPath&)>& visit) {
  if (!json.is_array()) fail_type(json, path, "an array");
  for (std::size_t i = 0; i < json.size(); ++i) visit(json[i], path.item(i));
}

void each_member(
    const Json& json, const JsonPath& path,
    const std::function<void(const std::string&, const Json&, const JsonPath&)>& visit) {
  if (!json.is_object()) fail_type(json, path, "an object");
  for (const auto& [key, value] : json.items()) visit(key, value, path.member(key));
}

void write_array(Json& json, std::size_t count,
                 const std::function<void(std::size_t, Json&)>& item) {
  json = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    json.push_back(nullptr);
    item(i, json.back());
  }
}

void make_object(Json& json) { json = Json::object(); }

Json& member_of(Json& json, const std::string& key) { return json[key]; }

std::string text_of(const std::function<void(Json&)>& write) {
  Json json;
  write(json);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void fail_value(const JsonPath& path, const std::string& value,
                const std::vector<std::string>& allowed) {
  std::string hint = did_you_mean(value, allowed);
  if (hint.empty()) hint = "It is one of: " + join(allowed, ", ") + ".";
  throw Error(Code::kInvalidArgument, where(path) + " cannot be '" + value + "'.", std::move(hint));
}

bool is_null(const Json& json) { return json.is_null(); }

void with_parsed(std::string_view text, const std::function<void(const Json&)>& use) {
  use(parse_json(text, "body"));
}

}  // namespace detail

void ObjectForm::type(std::string name, std::string doc) {
  name_ = std::move(name);
  doc_ = std::move(doc);
}

void ObjectForm::add(Field field) { fields_.push_back(std::move(field)); }

void ObjectForm::read(const Json& json, const JsonPath& path, void* object) const {
  if (!json.is_object()) fail_type(json, path, "an object (" + name_ + ")");
  for (const auto& [key, value] : json.items()) {
    const auto known = [&wanted = key](const Field& field) { return field.name == wanted; };
    if (std::any_of(fields_.begin(), fields_.end(), known)) continue;
    std::vector<std::string> names;
    for (const Field& field : fields_) names.push_back(field.name);
    std::string hint = did_you_mean(key, names);
    if (hint.empty() && !names.empty()) hint = "The keys are: " + join(names, ", ") + ".";
    throw Error(Code::kInvalidArgument,
                "Unknown key '" + path.member(key).text() + "' in " + name_ + ".", std::move(hint));
  }
  for (const Field& field : fields_) {
    const auto found = json.find(field.name);
    const JsonPath at = path.member(field.name);
    if (field.required && found == json.end()) {
      throw Error(Code::kInvalidArgument,
                  "A key is missing in " + name_ + ": '" + at.text() + "'.");
    }
    if (found == json.end() || (found->is_null() && !field.required)) continue;
    void* member = static_cast<char*>(object) + field.offset;
    field.form->read(*found, at, member);
    const std::string* text = field.form->text ? field.form->text(member) : nullptr;
    if (text && !field.values.empty() &&
        std::find(field.values.begin(), field.values.end(), *text) == field.values.end()) {
      detail::fail_value(at, *text, field.values);
    }
  }
}

void ObjectForm::write(Json& json, const void* object) const {
  json = Json::object();
  for (const Field& field : fields_) {
    const void* member = static_cast<const char*>(object) + field.offset;
    if (field.form->is_absent && field.form->is_absent(member)) continue;
    field.form->write(json[field.name], member);
  }
}

std::vector<Schema::Field> ObjectForm::schemas(const void* prototype) const {
  std::vector<Schema::Field> result;
  for (const Field& field : fields_) {
    Schema::Field described{field.name, field.doc, field.required, field.form->schema(), {}};
    if (!field.values.empty()) described.schema.values = field.values;
    if (field.form->has_default && !field.required) {
      described.default_json = detail::text_of([&](Json& json) {
        field.form->write(json, static_cast<const char*>(prototype) + field.offset);
      });
    }
    result.push_back(std::move(described));
  }
  return result;
}

}  // namespace tarn::router
