#pragma once
// One description of a struct's fields drives JSON reading (with unknown-key errors), JSON writing
// and its OpenAPI schema, so that the three cannot drift apart. The full JSON library is not needed
// to include this header.
//
//   struct NewJob {
//     std::string table;
//     std::int64_t trials_max = 100;
//
//     static void describe(FieldList<NewJob>& f) {
//       f.type("NewJob", "An AutoML job to start.");
//       f.required("table", &NewJob::table, "The table to train on.");
//       f.optional("trials_max", &NewJob::trials_max, "The number of trials.");
//     }
//   };
//   NewJob job = from_json_text<NewJob>(body);
//   std::string text = to_json_text(job);
//   Schema schema = schema_of<NewJob>();
//
// Members may be bool, integers, double, std::string, described structs, enums with Names<E>, Json
// (anything), and std::optional, std::vector and std::map<std::string, …> of these. An optional
// field that is absent keeps the struct's default; null is taken as absent for optional fields. An
// empty std::optional is not written.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tarn {
using Json = nlohmann::ordered_json;
}

namespace tarn::router {

template <typename T>
class FieldList;

/// The names of an enum's values: specialise with `static std::vector<std::pair<E, std::string>>
/// list();`.
template <typename E>
struct Names;

/// The shape of a JSON value, as OpenAPI shows it.
struct Schema {
  enum class Kind { kAny, kBool, kInteger, kNumber, kString, kArray, kMap, kObject };
  struct Field;

  Kind kind = Kind::kAny;
  std::string format = {};                   // "int64", "double", ... or empty
  std::vector<std::string> values = {};      // of a string: the only ones allowed; empty: any
  std::shared_ptr<const Schema> items = {};  // of an array or a map
  std::string name = {};                     // of an object: its type's name
  std::string doc = {};
  /// Of an object; asked lazily, so that a type may contain itself.
  std::function<std::vector<Field>()> fields = {};
};

struct Schema::Field {
  std::string name = {};
  std::string doc = {};
  bool required = false;
  Schema schema = {};
  std::string default_json = {};  // of an optional field, where it has one
};

/// Where in a document a value stands, for errors: "jobs[2].limits".
class JsonPath {
 public:
  JsonPath() = default;
  JsonPath member(std::string_view key) const;
  JsonPath item(std::size_t index) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

namespace detail {
// Reading and writing of the leaves and walking of containers, out of line to keep the JSON library
// out of here.
void read(const Json& json, const JsonPath& path, bool& out);
void read(const Json& json, const JsonPath& path, std::int32_t& out);
void read(const Json& json, const JsonPath& path, std::int64_t& out);
void read(const Json& json, const JsonPath& path, std::uint64_t& out);
void read(const Json& json, const JsonPath& path, double& out);
void read(const Json& json, const JsonPath& path, std::string& out);
void read(const Json& json, const JsonPath& path, Json& out);
void write(Json& json, bool value);
void write(Json& json, std::int32_t value);
void write(Json& json, std::int64_t value);
void write(Json& json, std::uint64_t value);
void write(Json& json, double value);
void write(Json& json, const std::string& value);
void write_any(Json& json, const Json& value);
template <std::same_as<Json> J>
void write(Json& json, const J& value) {
  write_any(json, value);
}

void each_item(const Json& json, const JsonPath& path,
               const std::function<void(const Json&, const JsonPath&)>& visit);
void each_member(
    const Json& json, const JsonPath& path,
    const std::function<void(const std::string&, const Json&, const JsonPath&)>& visit);
void write_array(Json& json, std::size_t count,
                 const std::function<void(std::size_t, Json&)>& item);
void make_object(Json& json);
Json& member_of(Json& json, const std::string& key);
std::string text_of(const std::function<void(Json&)>& write);
[[noreturn]] void fail_value(const JsonPath& path, const std::string& value,
                             const std::vector<std::string>& allowed);
bool is_null(const Json& json);

template <typename T>
concept Described = requires(FieldList<T>& fields) {
  T::describe(fields);
};
template <typename T>
concept Named = requires {
  Names<T>::list();
};

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
requires(Described<T> || Named<T>) void read(const Json& json, const JsonPath& path, T& out);
template <typename T>
void read(const Json& json, const JsonPath& path, std::optional<T>& out);
template <typename T>
void read(const Json& json, const JsonPath& path, std::vector<T>& out);
template <typename T>
void read(const Json& json, const JsonPath& path, std::map<std::string, T>& out);
template <typename T>
requires(Described<T> || Named<T>) void write(Json& json, const T& value);
template <typename T>
void write(Json& json, const std::optional<T>& value);
template <typename T>
void write(Json& json, const std::vector<T>& value);
template <typename T>
void write(Json& json, const std::map<std::string, T>& value);
}  // namespace detail

template <typename T>
Schema schema_of();

/// How a member of one type is read, written and described, whatever struct it is in.
struct MemberForm {
  void (*read)(const Json&, const JsonPath&, void* member);
  void (*write)(Json&, const void* member);
  Schema (*schema)();
  bool (*is_absent)(const void* member);           // null: never
  const std::string* (*text)(const void* member);  // null: no text; the function may give null
  bool has_default;                                // its value in a new struct is worth showing
};
template <typename M>
const MemberForm& member_form();

/// The fields of a struct that is known by their offsets only.
class ObjectForm {
 public:
  /// The type's name, unique in the API (it names the schema in OpenAPI), and what it is.
  void type(std::string name, std::string doc);

  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }

  /// Unknown keys (with the nearest known one), missing and wrong fields are
  /// Error(kInvalidArgument).
  void read(const Json& json, const JsonPath& path, void* object) const;
  void write(Json& json, const void* object) const;
  /// `prototype` is a new object, for the defaults.
  std::vector<Schema::Field> schemas(const void* prototype) const;

 protected:
  struct Field {
    std::string name;
    std::string doc;
    bool required;
    std::vector<std::string> values;
    std::size_t offset;
    const MemberForm* form;
  };
  void add(Field field);

 private:
  std::string name_;
  std::string doc_;
  std::vector<Field> fields_;
};

/// The description of T's fields, filled by T::describe.
template <typename T>
class FieldList : public ObjectForm {
 public:
  /// `values`, where given, are the only texts that a string may have.
  template <typename M>
  void required(std::string name, M T::*member, std::string doc,
                std::vector<std::string> values = {}) {
    add({std::move(name), std::move(doc), true, std::move(values), offset(&(prototype_.*member)),
         &member_form<M>()});
  }
  template <typename M>
  void optional(std::string name, M T::*member, std::string doc,
                std::vector<std::string> values = {}) {
    add({std::move(name), std::move(doc), false, std::move(values), offset(&(prototype_.*member)),
         &member_form<M>()});
  }

  std::vector<Schema::Field> schemas() const { return ObjectForm::schemas(&prototype_); }

 private:
  std::size_t offset(const void* member) const {
    return static_cast<const char*>(member) - reinterpret_cast<const char*>(&prototype_);
  }

  T prototype_{};
};

/// The description of T, made at its first use.
template <typename T>
const FieldList<T>& fields_of() {
  static const FieldList<T> list = [] {
    FieldList<T> fields;
    T::describe(fields);
    return fields;
  }();
  return list;
}

/// Throws Error(kInvalidArgument) naming the key, where it stands and the nearest known one.
template <typename T>
T from_json(const Json& json) {
  T value{};
  detail::read(json, JsonPath(), value);
  return value;
}
/// As above, from text, with line and column where it is no JSON at all.
template <typename T>
T from_json_text(std::string_view text);

template <typename T>
void write_json(Json& json, const T& value) {
  detail::write(json, value);
}
/// The value as JSON text.
template <typename T>
std::string to_json_text(const T& value) {
  return detail::text_of([&value](Json& json) { detail::write(json, value); });
}

namespace detail {
void with_parsed(std::string_view text, const std::function<void(const Json&)>& use);

template <typename T>
requires(Described<T> || Named<T>) void read(const Json& json, const JsonPath& path, T& out) {
  if constexpr (Described<T>) {
    fields_of<T>().read(json, path, &out);
  } else {
    std::string text;
    read(json, path, text);
    std::vector<std::string> allowed;
    for (const auto& [value, name] : Names<T>::list()) {
      if (name == text) {
        out = value;
        return;
      }
      allowed.push_back(name);
    }
    fail_value(path, text, allowed);
  }
}

template <typename T>
void read(const Json& json, const JsonPath& path, std::optional<T>& out) {
  if (is_null(json)) {
    out.reset();
  } else {
    read(json, path, out.emplace());
  }
}

template <typename T>
void read(const Json& json, const JsonPath& path, std::vector<T>& out) {
  out.clear();
  each_item(json, path, [&out](const Json& item, const JsonPath& at) {
    T value{};
    read(item, at, value);
    out.push_back(std::move(value));
  });
}

template <typename T>
void read(const Json& json, const JsonPath& path, std::map<std::string, T>& out) {
  out.clear();
  each_member(json, path, [&out](const std::string& key, const Json& item, const JsonPath& at) {
    read(item, at, out[key]);
  });
}

template <typename T>
requires(Described<T> || Named<T>) void write(Json& json, const T& value) {
  if constexpr (Described<T>) {
    fields_of<T>().write(json, &value);
  } else {
    for (const auto& [candidate, name] : Names<T>::list()) {
      if (candidate == value) write(json, std::string(name));
    }
  }
}

template <typename T>
void write(Json& json, const std::optional<T>& value) {
  if (value) write(json, *value);
}

template <typename T>
void write(Json& json, const std::vector<T>& value) {
  write_array(json, value.size(), [&value](std::size_t i, Json& item) {
    const T& element = value[i];
    write(item, element);
  });
}

template <typename T>
void write(Json& json, const std::map<std::string, T>& value) {
  make_object(json);
  for (const auto& [key, item] : value) write(member_of(json, key), item);
}

using IsAbsent = bool (*)(const void*);
template <typename M>
constexpr IsAbsent absence_of() {
  if constexpr (IsOptional<M>::value) {
    return [](const void* member) { return !static_cast<const M*>(member)->has_value(); };
  } else {
    return nullptr;
  }
}
using TextIn = const std::string* (*)(const void*);
template <typename M>
constexpr TextIn text_in() {
  if constexpr (std::is_same_v<M, std::string>) {
    return [](const void* member) { return static_cast<const std::string*>(member); };
  } else if constexpr (std::is_same_v<M, std::optional<std::string>>) {
    return [](const void* member) -> const std::string* {
      const auto& value = *static_cast<const M*>(member);
      return value ? &*value : nullptr;
    };
  } else {
    return nullptr;
  }
}

template <typename T>
struct SchemaOf;
template <typename T>
std::shared_ptr<const Schema> shared_schema() {
  return std::make_shared<const Schema>(schema_of<T>());
}
template <typename T>
struct SchemaOf<std::optional<T>> {
  static Schema make() { return schema_of<T>(); }
};
template <typename T>
struct SchemaOf<std::vector<T>> {
  static Schema make() {
    Schema schema{Schema::Kind::kArray};
    schema.items = shared_schema<T>();
    return schema;
  }
};
template <typename T>
struct SchemaOf<std::map<std::string, T>> {
  static Schema make() {
    Schema schema{Schema::Kind::kMap};
    schema.items = shared_schema<T>();
    return schema;
  }
};
template <typename T>
struct SchemaOf {
  static Schema make() {
    using Kind = Schema::Kind;
    if constexpr (std::is_same_v<T, bool>) {
      return {Kind::kBool};
    } else if constexpr (std::is_integral_v<T>) {
      return {Kind::kInteger, sizeof(T) == 4 ? "int32" : "int64"};
    } else if constexpr (std::is_same_v<T, double>) {
      return {Kind::kNumber, "double"};
    } else if constexpr (std::is_same_v<T, std::string>) {
      return {Kind::kString};
    } else if constexpr (Named<T>) {
      Schema schema{Kind::kString};
      for (const auto& [value, name] : Names<T>::list()) schema.values.push_back(name);
      return schema;
    } else if constexpr (Described<T>) {
      Schema schema{Kind::kObject};
      schema.name = fields_of<T>().name();
      schema.doc = fields_of<T>().doc();
      schema.fields = [] { return fields_of<T>().schemas(); };
      return schema;
    } else {
      static_assert(std::is_same_v<T, Json>,
                    "no JSON form for this type: give it describe() or Names<T>");
      return {Kind::kAny};
    }
  }
};
}  // namespace detail

template <typename T>
Schema schema_of() {
  return detail::SchemaOf<T>::make();
}

template <typename M>
const MemberForm& member_form() {
  static constexpr MemberForm kForm = {
      .read = [](const Json& json, const JsonPath& path,
                 void* member) { detail::read(json, path, *static_cast<M*>(member)); },
      .write = [](Json& json,
                  const void* member) { detail::write(json, *static_cast<const M*>(member)); },
      .schema = schema_of<M>,
      .is_absent = detail::absence_of<M>(),
      .text = detail::text_in<M>(),
      .has_default = std::is_arithmetic_v<M> || std::is_same_v<M, std::string> || detail::Named<M>};
  return kForm;
}

template <typename T>
T from_json_text(std::string_view text) {
  T value{};
  detail::with_parsed(text, [&value](const Json& json) { detail::read(json, JsonPath(), value); });
  return value;
}

}  // namespace tarn::router
