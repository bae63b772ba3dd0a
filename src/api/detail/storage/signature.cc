// Who signs: Shared Key ("Authorize with Shared Key") and shared access signatures ("Create a
// service SAS", "Create an account SAS"), in the forms of versions 2015-02-21 and 2018-11-09 on.

#include <arpa/inet.h>

#include <algorithm>

#include "api/storage.h"
#include "base/clock.h"
#include "base/text.h"
#include "detail/storage/error.h"
#include "detail/storage/request.h"
#include "identity/account_key.h"
#include "identity/authority.h"
#include "identity/tokens.h"

namespace tarn::api {

using identity::Principal;
using router::Request;

namespace storage {
namespace {

constexpr Micros kSkewMax = 15 * 60 * 1'000'000ll;  // of a signed request's clock
constexpr std::string_view kOldestSas = "2018-11-09";
constexpr std::string_view kSasWithEncryptionScope = "2020-12-06";

[[noreturn]] void refuse(const std::string& why, std::string hint = {}) {
  throw StorageError(403, "AuthenticationFailed",
                     "The server failed to authenticate the request: " + why + ".",
                     std::move(hint));
}

constexpr std::string_view kKeyHint = "'tarn storage key' shows the account key of this home.";

// -- Shared Key

std::string canonical_headers(const Request& request, bool without_hyphens) {
  std::vector<std::pair<std::string, std::string>> list;
  for (const auto& [name, value] : request.headers) {
    std::string lower = to_lower(name);
    if (lower.starts_with("x-ms-")) list.emplace_back(std::move(lower), trim(value));
  }
  // The service sorts as Windows compares words, where a hyphen counts last; many clients sort by
  // bytes. The two differ only in names such as x-ms-meta-ab and x-ms-meta-a-c.
  const auto key = [without_hyphens](const auto& pair) {
    std::string text = pair.first;
    if (without_hyphens) std::erase(text, '-');
    return text;
  };
  std::ranges::sort(list, {}, key);
  std::string result;
  for (const auto& [name, value] : list) result.append(name).append(":").append(value).append("\n");
  return result;
}

std::string canonical_resource(const Request& request, const std::string& account) {
  std::string result = '/' + account + request.path;
  std::vector<std::pair<std::string, std::string>> query;
  for (const auto& [name, value] : request.query) query.emplace_back(to_lower(name), value);
  std::ranges::sort(query);
  for (std::size_t i = 0; i < query.size(); ++i) {
    const bool same = i > 0 && query[i].first == query[i - 1].first;
    result += same ? "," + query[i].second : '\n' + query[i].first + ':' + query[i].second;
  }
  return result;
}

std::string string_to_sign(const Request& request, const std::string& account,
                           bool without_hyphens) {
  std::string result = request.method + '\n';
  for (const char* name :
       {"Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type",
        "Date", "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"}) {
    std::string value(request.headers.get(name));
    if (std::string_view(name) == "Content-Length" && value == "0") value.clear();
    if (std::string_view(name) == "Date" && request.headers.contains("x-ms-date")) value.clear();
    result += value + '\n';
  }
  return result + canonical_headers(request, without_hyphens) +
         canonical_resource(request, account);
}

void check_date(const Request& request) {
  const std::string* date = request.headers.find("x-ms-date");
  if (!date) date = request.headers.find("Date");
  if (!date) refuse("a signed request needs x-ms-date");
  const Micros apart = Clock::system().now() - parse_http_time(*date, "x-ms-date");
  if (apart > kSkewMax || apart < -kSkewMax) {
    refuse("its date is more than 15 minutes from the server's", "Set the client's clock.");
  }
}

Principal by_shared_key(const Workspace& workspace, const Request& request,
                        std::string_view credentials) {
  const std::size_t colon = credentials.find(':');
  if (colon == std::string_view::npos) {
    throw StorageError(400, "InvalidAuthenticationInfo",
                       "The header Authorization does not read SharedKey account:signature.");
  }
  const std::string account(trim(credentials.substr(0, colon)));
  const std::string_view signature = trim(credentials.substr(colon + 1));
  if (account != request.path_parameters.get("account")) {
    refuse("it is signed for the account '" + account.substr(0, 63) +
           "', and the URL names another");
  }
  check_date(request);
  for (const bool without_hyphens : {false, true}) {
    const std::string expected =
        workspace.account_key.sign(string_to_sign(request, account, without_hyphens));
    if (identity::equal_in_constant_time(signature, expected)) return workspace.authority.owner();
  }
  refuse("the signature is not the one of this request under the account key",
         std::string(kKeyHint));
}

// -- Shared access signatures

Micros sas_time(const std::string& text, std::string_view name) {
  std::string full = text;
  if (full.size() == 10) full += "T00:00:00Z";
  if (full.size() == 17 && full.back() == 'Z') full.insert(16, ":00");
  try {
    return parse_utc(full);
  } catch (const Error&) {
    refuse("the time in " + std::string(name) + " is not understood");
  }
}

void check_times(const Request& request) {
  const Micros now = Clock::system().now();
  const std::string start = request.query.get("st");
  const std::string end = request.query.get("se");
  if (end.empty()) refuse("the signature has no end (se)");
  if (!start.empty() && now < sas_time(start, "st")) refuse("the signature is not valid yet");
  if (now >= sas_time(end, "se")) refuse("the signature has expired");
}

std::optional<std::uint32_t> ip_number(const std::string& text) {
  in_addr address{};
  if (inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

void check_peer(const Request& request) {
  if (const std::string protocol = request.query.get("spr"); !protocol.empty()) {
    const auto allowed = split(protocol, ',');
    if (std::ranges::find(allowed, "http") == allowed.end()) {
      throw StorageError(403, "AuthorizationProtocolMismatch",
                         "The signature allows https only, and this is http.",
                         "Make one with the protocols https,http.");
    }
  }
  const std::string range = request.query.get("sip");
  if (range.empty()) return;
  const std::size_t dash = range.find('-');
  const auto first = ip_number(range.substr(0, dash));
  const auto last = dash == std::string::npos ? first : ip_number(range.substr(dash + 1));
  const auto peer = ip_number(request.peer.address.substr(0, request.peer.address.find(':')));
  if (!first || !last || !peer || *peer < *first || *peer > *last) {
    throw StorageError(403, "AuthorizationSourceIPMismatch",
                       "The signature is for other addresses than this client's.");
  }
}

/// Lines of query parameters, each with its end.
std::string lines(const Request& request, std::initializer_list<const char*> names) {
  std::string result;
  for (const char* name : names) result += request.query.get(name) + '\n';
  return result;
}

void check_signature(const Workspace& workspace, const Request& request, const std::string& text) {
  if (identity::equal_in_constant_time(request.query.get("sig"),
                                       workspace.account_key.sign(text))) {
    return;
  }
  refuse("the signature (sig) is not the one of these parameters under the account key",
         std::string(kKeyHint));
}

std::string path_of_sas(const Request& request) {
  std::string path = request.path_parameters.get("path");
  path.erase(0, path.find_first_not_of('/'));
  while (path.ends_with('/')) path.pop_back();
  return path;
}

bool is_list(const Request& request) {
  return request.method == "GET" && path_of_sas(request).empty();
}

// What a list names in its parameters, with a slash where its folder ends.
std::string listed_path(const Request& request) {
  if (!is_list(request)) return {};
  if (!request.query.contains("resource")) return request.query.get("prefix");
  std::string folder = request.query.get("directory");
  folder.erase(0, folder.find_first_not_of('/'));
  return folder.ends_with('/') ? folder : folder + '/';
}

// What a service's signature is on: the container, the blob, or a folder above it.
std::string signed_path(const Request& request) {
  const std::string resource = request.query.get("sr");
  std::string path = path_of_sas(request);
  if (resource == "c") return {};
  if (resource == "b") {
    if (path.empty()) refuse("the signature is for a blob, and the URL names a container");
    return path;
  }
  if (resource == "d") {
    const auto depth = number_in_query(request, "sdd");
    const auto parts = split(path.empty() ? listed_path(request) : path, '/');
    // What is listed lies below the folder, so its path has one part more.
    const std::size_t depth_max = path.empty() ? parts.size() - 1 : parts.size();
    if (!depth || *depth < 1 || *depth > depth_max) {
      refuse("the signature's folder is not one of this path");
    }
    return join(std::span(parts).first(*depth), "/");
  }
  throw StorageError(
      403, "AuthenticationFailed",
      "Signatures for this kind of resource are not known here: sr=" + resource.substr(0, 10) + ".",
      "There are container (c), blob (b) and folder (d).");
}

identity::Scope service_sas(const Workspace& workspace, const Request& request) {
  const std::string container = request.path_parameters.get("container");
  const std::string path = signed_path(request);
  const std::string account = request.path_parameters.get("account");
  std::string text = lines(request, {"sp", "st", "se"}) + "/blob/" + account + '/' + container +
                     (path.empty() ? "" : '/' + path) + '\n' +
                     lines(request, {"si", "sip", "spr", "sv", "sr", "snapshot"});
  if (request.query.get("sv") >= kSasWithEncryptionScope) text += lines(request, {"ses"});
  text += lines(request, {"rscc", "rscd", "rsce", "rscl", "rsct"});
  text.pop_back();
  check_signature(workspace, request, text);
  // A list is an operation of the container; this one was seen to lie within the folder.
  return path.empty() || is_list(request) ? identity::Scope::container(container)
                                          : identity::Scope::file(container, path);
}

identity::Scope account_sas(const Workspace& workspace, const Request& request) {
  std::string text = request.path_parameters.get("account") + '\n' +
                     lines(request, {"sp", "ss", "srt", "st", "se", "sip", "spr", "sv"});
  if (request.query.get("sv") >= kSasWithEncryptionScope) text += lines(request, {"ses"});
  check_signature(workspace, request, text);
  if (request.query.get("ss").find('b') == std::string::npos) {
    throw StorageError(403, "AuthorizationServiceMismatch",
                       "The signature is not for the Blob service (ss).");
  }
  return identity::Scope::workspace();
}

// The signed text has one parameter a line, so no parameter may bring lines of its own.
void check_one_line_each(const Request& request) {
  for (const auto& [name, value] : request.query) {
    if (value.find('\n') != std::string::npos) refuse("a parameter contains a line end");
  }
}

Principal by_signature(const Workspace& workspace, const Request& request) {
  check_one_line_each(request);
  const std::string version = request.query.get("sv");
  if (version < kOldestSas) {
    refuse("signatures older than version " + std::string(kOldestSas) + " are not known here (sv)");
  }
  if (request.query.contains("skoid")) {
    refuse("signatures under a user's key are not known here",
           "Sign with the account key, or send a bearer token.");
  }
  if (request.query.contains("si")) {
    refuse("stored access policies are not known here (si)",
           "Put the permissions and times into the signature.");
  }
  const identity::Scope scope = request.query.contains("srt") ? account_sas(workspace, request)
                                                              : service_sas(workspace, request);
  check_times(request);
  check_peer(request);
  Principal principal = workspace.authority.owner();
  principal.token_actions = {"lake/*"};  // which of them, the operation asks of the signature
  principal.token_scopes = {scope.text()};
  return principal;
}

std::optional<Principal> principal_of(const Workspace& workspace, const Request& request) {
  if (!request.route || !request.path_parameters.contains("account")) return std::nullopt;
  const std::string_view header = request.headers.get("Authorization");
  constexpr std::string_view kSharedKey = "sharedkey ";
  constexpr std::string_view kLite = "sharedkeylite ";
  const std::string start = to_lower(header.substr(0, kLite.size()));
  if (start.starts_with(kSharedKey)) {
    return by_shared_key(workspace, request, trim(header.substr(kSharedKey.size())));
  }
  if (start == kLite) {
    refuse("Shared Key Lite is not known here", "Use Shared Key, which every client can.");
  }
  if (header.empty() && is_signed(request)) return by_signature(workspace, request);
  return std::nullopt;
}

}  // namespace
}  // namespace storage

Credentials storage_credentials(const Workspace& workspace) {
  return [&workspace](const Request& request) { return storage::principal_of(workspace, request); };
}

}  // namespace tarn::api
