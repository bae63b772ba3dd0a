#include "lake/path.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "detail/names.h"

namespace tarn::lake {
namespace {

constexpr std::size_t kTextBytesMax = 4 * kPathBytesMax;  // before decoding

constexpr std::array kDfsHosts = {".dfs.core.windows.net", ".dfs.core.usgovcloudapi.net",
                                  ".dfs.core.chinacloudapi.cn"};
constexpr std::array kBlobHosts = {".blob.core.windows.net", ".blob.core.usgovcloudapi.net",
                                   ".blob.core.chinacloudapi.cn"};

// The text of the input that is being read, for messages.
struct Input {
  std::string_view text;
  bool wildcards = false;

  [[noreturn]] void refuse(std::string_view why, std::string hint = {}) const {
    throw Error(Code::kInvalidArgument,
                "Invalid path, " + std::string(why) + ": '" + detail::printable(text) + "'.",
                std::move(hint));
  }
};

constexpr std::string_view kFormsHint =
    "Write container/path, for instance files/data/x.csv, or "
    "abfss://files@account.dfs.core.windows.net/data/x.csv.";

void check_component(const Input& input, std::string_view component) {
  const std::string_view why = detail::refusal_of_component(component);
  if (!why.empty()) input.refuse(why);
  if (!input.wildcards && component.find_first_of("*?") != std::string_view::npos) {
    input.refuse("a wildcard is not possible here", "Name one file or folder.");
  }
}

LakePath make_path(const Input& input, std::string container, std::string_view rest) {
  if (!valid_container_name(container)) {
    input.refuse("'" + detail::printable(container) + "' cannot name a container",
                 std::string(kFormsHint));
  }
  LakePath result{.container = std::move(container), .path = {}, .folder = rest.empty()};
  if (!rest.empty() && rest.back() == '/') {
    result.folder = true;
    rest.remove_suffix(1);
    if (rest.empty()) input.refuse("a component is empty");
  }
  if (rest.empty()) return result;
  if (result.container.size() + 1 + rest.size() > kPathBytesMax) input.refuse("it is too long");
  const std::vector<std::string> components = split(rest, '/');
  if (components.size() > kPathDepthMax) input.refuse("it has too many components");
  for (const std::string& component : components) check_component(input, component);
  result.path = rest;
  return result;
}

std::string decode_once(const Input& input, std::string_view text) {
  const auto decoded = detail::percent_decode(text);
  if (!decoded) input.refuse("its percent-encoding is broken");
  return *decoded;
}

// "container/rest" to a path. `text` is decoded.
LakePath container_and_path(const Input& input, std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return make_path(input, std::string(text), {});
  return make_path(input, std::string(text.substr(0, slash)), text.substr(slash + 1));
}

template <std::size_t N>
bool is_account_host(std::string_view host, const std::array<const char*, N>& suffixes) {
  const std::string lower = to_lower(host);
  for (const std::string_view suffix : suffixes) {
    if (!lower.ends_with(suffix)) continue;
    const std::string_view account =
        std::string_view(lower).substr(0, lower.size() - suffix.size());
    return !account.empty() && account.size() <= 63 &&
           std::all_of(account.begin(), account.end(), [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
  }
  return false;
}

// abfss://container@account.dfs.core.windows.net/path,
// wasbs://container@account.blob.core.windows.net/path
LakePath parse_hadoop(const Input& input, std::string_view authority, std::string_view rest) {
  const std::string path = decode_once(input, rest.empty() ? rest : rest.substr(1));
  if (authority.empty()) return make_path(input, std::string(kPrimaryContainer), path);
  const std::size_t at = authority.find('@');
  if (at == std::string_view::npos) {
    input.refuse("it names no container before '@'", std::string(kFormsHint));
  }
  const std::string_view host = authority.substr(at + 1);
  if (!is_account_host(host, kDfsHosts) && !is_account_host(host, kBlobHosts)) {
    input.refuse("its host is no Azure storage account", std::string(kFormsHint));
  }
  return make_path(input, std::string(authority.substr(0, at)), path);
}

LakePath parse_https(const Input& input, std::string_view authority, std::string_view rest) {
  if (!is_account_host(authority, kDfsHosts) && !is_account_host(authority, kBlobHosts)) {
    throw Error(Code::kUnsupported,
                "Not a path of the lake: '" + detail::printable(input.text) + "'.",
                "Other web addresses are not linked as storage. Put the file into the lake first.");
  }
  if (rest.find_first_of("?#") != std::string_view::npos) {
    input.refuse("a query or fragment has no meaning here",
                 "Leave the shared access signature out: the workspace's own lake is meant.");
  }
  if (rest.size() < 2) input.refuse("it names no container", std::string(kFormsHint));
  return container_and_path(input, decode_once(input, rest.substr(1)));
}

// Azure ML's built-in datastores; any other datastore has the name of its container.
std::string container_of_datastore(std::string_view name) {
  const std::string lower = to_lower(name);
  if (lower == "workspaceblobstore" || lower == "workspacefilestore" ||
      lower == "workspaceworkingdirectory") {
    return std::string(kPrimaryContainer);
  }
  if (lower == "workspaceartifactstore") return "artifacts";
  return std::string(name);
}

// datastores/<name>/paths/<path>, and the long form with
// subscriptions/…/resourcegroups/…/workspaces/… before it.
LakePath parse_azureml(const Input& input, std::string_view rest) {
  const auto take = [&]() {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, slash);
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    return part;
  };
  constexpr std::string_view kForm =
      "Write azureml://datastores/workspaceblobstore/paths/data/x.csv.";
  std::string key = to_lower(take());
  for (const std::string_view expected : {"subscriptions", "resourcegroups", "workspaces"}) {
    if (key != expected) continue;
    if (take().empty()) input.refuse("a part is empty", std::string(kForm));
    key = to_lower(take());
  }
  if (key != "datastores") input.refuse("it names no datastore", std::string(kForm));
  const std::string container = container_of_datastore(take());
  if (rest.empty()) return make_path(input, container, {});
  if (to_lower(take()) != "paths")
    input.refuse("'paths' must follow the datastore", std::string(kForm));
  return make_path(input, container, decode_once(input, rest));
}

[[noreturn]] void refuse_scheme(const Input& input, std::string_view scheme) {
  std::string hint(kFormsHint);
  if (scheme == "models" || scheme == "runs" || scheme == "mlflow-artifacts") {
    hint = "It names a model or an artifact, not a file of the lake.";
  } else if (scheme == "azureml") {
    hint =
        "It names an asset. For a file write "
        "azureml://datastores/workspaceblobstore/paths/data/x.csv.";
  } else if (scheme == "adl") {
    hint = "Data Lake Storage Gen1 has no containers; use the abfss form.";
  }
  throw Error(Code::kUnsupported,
              "Not a path of the lake: '" + detail::printable(input.text) + "'.", hint);
}

// The scheme in lower case: letters, digits, '+', '-' and '.' before a ':' that comes before any
// '/'.
std::string scheme_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || text.find('/') < colon) return {};
  const std::string_view scheme = text.substr(0, colon);
  const bool valid = std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '+' || c == '-' || c == '.';
  });
  return valid ? to_lower(scheme) : std::string();
}

void check_text(const Input& input) {
  if (input.text.empty()) input.refuse("it is empty", std::string(kFormsHint));
  if (input.text.size() > kTextBytesMax) input.refuse("it is too long");
  const std::string_view why = detail::refusal_of_text(input.text);
  if (!why.empty()) input.refuse(why);
}

LakePath parse(std::string_view text, bool wildcards) {
  const Input input{text, wildcards};
  check_text(input);
  const std::string scheme = scheme_of(text);
  if (scheme.empty()) {
    if (text.front() == '/')
      input.refuse("an absolute path is not of the lake", std::string(kFormsHint));
    return container_and_path(input, text);
  }
  std::string_view rest = text.substr(scheme.size() + 1);
  if (!rest.starts_with("//")) refuse_scheme(input, scheme);
  rest.remove_prefix(2);
  if (scheme == "azureml") return parse_azureml(input, rest);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  if (scheme == "abfss" || scheme == "abfs" || scheme == "wasbs" || scheme == "wasb") {
    return parse_hadoop(input, authority, rest.substr(slash));
  }
  if (scheme == "https" || scheme == "http")
    return parse_https(input, authority, rest.substr(slash));
  refuse_scheme(input, scheme);
}

bool has_alternatives(std::string_view text) {
  const std::size_t open = text.find('{');
  const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
  return close != std::string_view::npos &&
         text.substr(open, close - open).find(',') != std::string_view::npos;
}

}  // namespace

std::string LakePath::text() const { return path.empty() ? container : container + "/" + path; }

std::string_view LakePath::name() const {
  if (path.empty()) return container;
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string_view(path)
                                    : std::string_view(path).substr(slash + 1);
}

LakePath LakePath::parent() const {
  const std::size_t slash = path.rfind('/');
  return {.container = container,
          .path = slash == std::string::npos ? "" : path.substr(0, slash),
          .folder = true};
}

bool LakePath::pattern() const {
  return path.find_first_of("*?") != std::string::npos || has_alternatives(path);
}

LakePath parse_path(std::string_view text) { return parse(text, false); }

LakePath parse_pattern(std::string_view text) { return parse(text, true); }

LakePath parse_below(const LakePath& base, std::string_view text, bool pattern) {
  const Input input{text, pattern};
  if (text.empty()) return base;
  check_text(input);
  if (text.front() == '/') text.remove_prefix(1);
  if (text.empty()) return base;
  const std::string path =
      base.path.empty() ? std::string(text) : base.path + "/" + std::string(text);
  return make_path(input, base.container, path);
}

bool valid_container_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 63 || name.front() == '-' || name.back() == '-')
    return false;
  if (name.find("--") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace tarn::lake
