#include "identity/scope.h"

#include "base/error.h"
#include "base/text.h"

namespace tarn::identity {

namespace {

/// A name as one part of a scope: '/' and '%' are escaped, so that no name reaches into another
/// level.
std::string part(std::string_view name) {
  std::string text = "/";
  for (const char c : name) {
    if (c == '/') {
      text += "%2F";
    } else if (c == '%') {
      text += "%25";
    } else {
      text += c;
    }
  }
  return text;
}

[[noreturn]] void throw_bad(std::string_view text) {
  throw Error(Code::kInvalidArgument, "Not a scope: " + std::string(text.substr(0, 200)) + ".",
              "A scope is '/', or a path such as /containers/files or /databases/default.");
}

}  // namespace

Scope::Scope(std::string text) : text_(std::move(text)) {
  if (text_.size() > kScopeBytesMax) {
    throw Error(Code::kTooLarge,
                "A scope is at most " + std::to_string(kScopeBytesMax) + " bytes long.");
  }
}

Scope Scope::container(std::string_view name) { return Scope("/containers" + part(name)); }

Scope Scope::file(std::string_view container_name, std::string_view path) {
  std::string text = container(container_name).text();
  for (const std::string& step : split(path, '/')) {
    if (!step.empty()) text += part(step);
  }
  return Scope(std::move(text));
}

Scope Scope::database(std::string_view name) { return Scope("/databases" + part(to_lower(name))); }

Scope Scope::schema(std::string_view database_name, std::string_view schema_name) {
  return Scope(database(database_name).text() + "/schemas" + part(to_lower(schema_name)));
}

Scope Scope::object(std::string_view database_name, std::string_view schema_name,
                    std::string_view name) {
  return Scope(schema(database_name, schema_name).text() + "/objects" + part(to_lower(name)));
}

Scope Scope::experiment(std::string_view id) { return Scope("/experiments" + part(id)); }

Scope Scope::run(std::string_view experiment_id, std::string_view run_id) {
  return Scope(experiment(experiment_id).text() + "/runs" + part(run_id));
}

Scope Scope::job(std::string_view id) { return Scope("/jobs" + part(id)); }

Scope Scope::model(std::string_view name) { return Scope("/models" + part(name)); }

Scope Scope::parse(std::string_view text) {
  if (text == "/") return {};
  if (!text.starts_with('/') || text.ends_with('/') || text.find("//") != std::string_view::npos ||
      !valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    throw_bad(text);
  }
  return Scope(std::string(text));
}

bool Scope::within(const Scope& other) const {
  if (other.text_ == "/" || text_ == other.text_) return true;
  return text_.starts_with(other.text_) && text_[other.text_.size()] == '/';
}

}  // namespace tarn::identity
