#include "detail/storage/request.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>

#include "api/gate.h"
#include "base/digest.h"
#include "base/text.h"
#include "detail/storage/error.h"
#include "detail/storage/xml.h"
#include "identity/actions.h"
#include "identity/authority.h"
#include "lake/access_lists.h"

namespace tarn::api::storage {

using router::Request;
using router::Response;

namespace {

constexpr Micros kSecond = 1'000'000;
constexpr std::string_view kMetadataPrefix = "x-ms-meta-";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

[[noreturn]] void refuse_value(std::string_view name, std::string_view value) {
  throw StorageError(400, "InvalidHeaderValue",
                     "The value of the header " + std::string(name) +
                         " is not understood: " + std::string(value.substr(0, 100)) + ".");
}

[[noreturn]] void not_met(std::string_view what) {
  throw StorageError(412, "ConditionNotMet",
                     "The condition of the request does not hold: " + std::string(what) + ".",
                     "Read it again and repeat the change.");
}

bool matches(std::string_view list, std::string_view etag) {
  for (const std::string& item : split(list, ',')) {
    std::string_view one = trim(item);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == etag) return true;
    if (one.size() + 2 == etag.size() && etag.substr(1, one.size()) == one) return true;
  }
  return false;
}

/// The four conditional headers, by the names that they have here.
struct Preconditions {
  std::string match = "If-Match";
  std::string none_match = "If-None-Match";
  std::string modified = "If-Modified-Since";
  std::string unmodified = "If-Unmodified-Since";
};

// Throws where a condition of a change does not hold.
void check_preconditions(const Request& request, const std::optional<lake::FileInfo>& info,
                         const Preconditions& names = {}) {
  const auto& headers = request.headers;
  if (const std::string* match = headers.find(names.match)) {
    if (!info || !matches(*match, etag_of(*info))) not_met(names.match);
  }
  if (!info) return;
  if (const std::string* none = headers.find(names.none_match)) {
    if (matches(*none, etag_of(*info))) not_met(names.none_match);
  }
  const Micros modified = info->modified / kSecond * kSecond;
  if (const std::string* since = headers.find(names.modified)) {
    if (modified <= parse_http_time(*since, names.modified)) not_met(names.modified);
  }
  if (const std::string* since = headers.find(names.unmodified)) {
    if (modified > parse_http_time(*since, names.unmodified)) not_met(names.unmodified);
  }
}

void check_metadata_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const bool valid =
      !name.empty() && letter(name.front()) &&
      std::ranges::all_of(name, [&letter](char c) { return letter(c) || (c >= '0' && c <= '9'); });
  if (valid) return;
  throw StorageError(400, "InvalidMetadata",
                     "A name of metadata is made of letters, digits and _, and does not begin with "
                     "a digit: " +
                         std::string(name.substr(0, 100)) + ".");
}

std::string checked_text(std::string_view name, const std::string& value) {
  if (!valid_utf8(value)) refuse_value(name, "(no UTF-8)");
  return value;
}

}  // namespace

lake::LakePath path_of(const Request& request) {
  std::string path = request.path_parameters.get("path");
  path.erase(0, path.find_first_not_of('/'));
  const std::string container = request.path_parameters.get("container");
  return lake::parse_path(path.empty() ? container : container + '/' + path);
}

lake::FileInfo container_of(const Workspace& workspace, const Request& request) {
  return workspace.lake.stat(lake::parse_path(request.path_parameters.get("container")));
}

lake::LakePath path_in_container(const Workspace& workspace, const Request& request) {
  container_of(workspace, request);
  return path_of(request);
}

std::string http_time(Micros time) {
  const std::time_t seconds = time / kSecond;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

Micros parse_http_time(const std::string& text, std::string_view header) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S", &parts);
  if (!end || (std::strcmp(end, " GMT") != 0 && std::strcmp(end, " UTC") != 0)) {
    refuse_value(header, text);
  }
  return static_cast<Micros>(timegm(&parts)) * kSecond;
}

std::string etag_of(const lake::FileInfo& info) {
  if (!info.etag.empty()) return '"' + info.etag + '"';
  char text[40];
  std::snprintf(text, sizeof text, "\"0x%llX\"", static_cast<unsigned long long>(info.modified));
  return text;
}

std::optional<std::uint64_t> number_in_header(const Request& request, std::string_view name) {
  const std::string* text = request.headers.find(name);
  if (!text) return std::nullopt;
  const auto value = number(*text);
  if (!value) refuse_value(name, *text);
  return value;
}

std::optional<std::uint64_t> number_in_query(const Request& request, std::string_view name) {
  const std::string* text = request.query.find(name);
  if (!text) return std::nullopt;
  const auto value = number(*text);
  if (!value) {
    throw StorageError(400, "InvalidQueryParameterValue",
                       "The query parameter " + std::string(name) +
                           " is not a number: " + text->substr(0, 100) + ".");
  }
  return value;
}

std::optional<ByteRange> range_of(const Request& request, std::uint64_t size,
                                  std::string_view header) {
  if (header.empty()) header = request.headers.contains("x-ms-range") ? "x-ms-range" : "Range";
  const std::string* text = request.headers.find(header);
  if (!text) return std::nullopt;
  constexpr std::string_view kUnit = "bytes=";
  const auto invalid = [&] {
    return StorageError(416, "InvalidRange",
                        "The range is not one of this blob, which has " + std::to_string(size) +
                            " bytes: " + text->substr(0, 100) + ".");
  };
  if (!text->starts_with(kUnit)) throw invalid();
  const std::string_view spec = std::string_view(*text).substr(kUnit.size());
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) throw invalid();
  const auto first = number(spec.substr(0, dash));
  const auto last = number(spec.substr(dash + 1));
  if (!first) {  // the last bytes
    if (!last || *last == 0 || size == 0 || dash != 0) throw invalid();
    const std::uint64_t count = std::min(*last, size);
    return ByteRange{size - count, count};
  }
  if (*first >= size || (!last && dash + 1 != spec.size())) throw invalid();
  const std::uint64_t end = std::min(last.value_or(size - 1), size - 1);
  if (end < *first) throw invalid();
  return ByteRange{*first, end - *first + 1};
}

bool is_signed(const Request& request) { return request.query.contains("sig"); }

bool signature_allows(const Request& request, std::string_view letters) {
  return request.query.get("sp").find_first_of(letters) != std::string::npos;
}

void check_lease(const Workspace& workspace, const Request& request, const lake::LakePath& path) {
  const lake::Lease lease = workspace.leases.get(path);
  const std::string* given = request.headers.find("x-ms-lease-id");
  const char* thing = path.path.empty() ? "Container" : "Blob";
  if (lease.active()) {
    if (!given) {
      throw StorageError(412, "LeaseIdMissing",
                         "There is a lease on it, and the request names none.",
                         "Send its id in x-ms-lease-id, or break the lease.");
    }
    if (!equal_ignoring_case(*given, lease.id)) {
      throw StorageError(412, std::string("LeaseIdMismatchWith") + thing + "Operation",
                         "The lease on it has another id than the request names.");
    }
  } else if (given) {
    if (!lease.id.empty()) {
      throw StorageError(412, "LeaseLost", "The lease that the request names has ended.");
    }
    throw StorageError(412, std::string("LeaseNotPresentWith") + thing + "Operation",
                       "The request names a lease, and there is none.");
  }
}

lake::Conditions conditions_of(const Workspace& workspace, const Request& request,
                               const lake::LakePath& path, bool creates) {
  lake::Conditions conditions;
  const bool if_absent = trim(request.headers.get("If-None-Match")) == "*";
  conditions.if_none_match = if_absent && creates;
  const bool only_new = creates && is_signed(request) && !signature_allows(request, "w");
  conditions.check = [&workspace, &request, path, only_new, only_absent = conditions.if_none_match](
                         const std::optional<lake::FileInfo>& existing) {
    if (only_absent && existing) {
      throw Error(Code::kAlreadyExists, "There is something already at '" + path.text() + "'.");
    }
    if (only_new && existing) {
      throw StorageError(403, "AuthorizationPermissionMismatch",
                         "The signature allows new blobs only, and this one is there.",
                         "Its permissions need 'w'.");
    }
    check_preconditions(request, existing);
    check_lease(workspace, request, path);
  };
  return conditions;
}

int status_of_read(const Request& request, const lake::FileInfo& info) {
  const auto& headers = request.headers;
  const std::string etag = etag_of(info);
  const Micros modified = info.modified / kSecond * kSecond;
  if (const std::string* match = headers.find("If-Match"); match && !matches(*match, etag)) {
    not_met("If-Match");
  }
  if (const std::string* since = headers.find("If-Unmodified-Since")) {
    if (modified > parse_http_time(*since, "If-Unmodified-Since")) not_met("If-Unmodified-Since");
  }
  if (const std::string* none = headers.find("If-None-Match")) {
    return matches(*none, etag) ? 304 : 0;
  }
  if (const std::string* since = headers.find("If-Modified-Since")) {
    return modified <= parse_http_time(*since, "If-Modified-Since") ? 304 : 0;
  }
  return 0;
}

void check_source_conditions(const Request& request, const lake::FileInfo& info) {
  try {
    check_preconditions(request, info,
                        {.match = "x-ms-source-if-match",
                         .none_match = "x-ms-source-if-none-match",
                         .modified = "x-ms-source-if-modified-since",
                         .unmodified = "x-ms-source-if-unmodified-since"});
  } catch (const StorageError& error) {
    if (error.status() != 412) throw;
    throw StorageError(412, "SourceConditionNotMet", error.message(), error.hint());
  }
}

bool has_metadata(const Request& request) {
  return std::ranges::any_of(request.headers, [](const auto& header) {
    return to_lower(header.first).starts_with(kMetadataPrefix);
  });
}

std::vector<std::pair<std::string, std::string>> metadata_of(const Request& request) {
  std::vector<std::pair<std::string, std::string>> result;
  std::size_t bytes = 0;
  const auto add = [&](std::string name, std::string value) {
    check_metadata_name(name);
    bytes += name.size() + value.size();
    if (bytes > kMetadataBytesMax) {
      throw StorageError(
          400, "MetadataTooLarge",
          "The metadata is larger than " + std::to_string(kMetadataBytesMax) + " bytes.");
    }
    const auto same = std::ranges::find_if(
        result, [&name](const auto& pair) { return equal_ignoring_case(pair.first, name); });
    if (same != result.end()) {
      throw StorageError(400, "InvalidMetadata",
                         "A name of metadata is there twice: " + name + ".");
    }
    result.emplace_back(std::move(name), std::move(value));
  };
  for (const auto& [name, value] : request.headers) {
    if (!to_lower(name).starts_with(kMetadataPrefix)) continue;
    add(name.substr(kMetadataPrefix.size()), checked_text(name, value));
  }
  const std::string_view list = request.headers.get("x-ms-properties");
  if (list.empty()) return result;
  for (const std::string& item : split(list, ',')) {
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos) refuse_value("x-ms-properties", item);
    std::string name(trim(std::string_view(item).substr(0, equals)));
    add(std::move(name),
        checked_text("x-ms-properties",
                     from_base64(trim(std::string_view(item).substr(equals + 1)))));
  }
  return result;
}

std::string properties_text(const lake::FileProperties& properties) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : properties.metadata) {
    parts.push_back(name + '=' + to_base64(value));
  }
  return join(parts, ",");
}

void set_content_headers(const Request& request, lake::FileProperties& properties, bool whole) {
  const auto take = [&](std::string& target, std::string_view name) {
    const std::string* value = request.headers.find("x-ms-blob-" + std::string(name));
    if (!value) value = request.headers.find("x-ms-" + std::string(name));
    if (value) {
      target = checked_text(name, *value);
    } else if (whole) {
      target.clear();
    }
  };
  take(properties.content_type, "content-type");
  take(properties.content_encoding, "content-encoding");
  take(properties.content_language, "content-language");
  take(properties.content_disposition, "content-disposition");
  take(properties.cache_control, "cache-control");
  take(properties.content_md5, "content-md5");
  if (properties.content_type == kDefaultContentType) properties.content_type.clear();
}

void add_version(Response& response, const lake::FileInfo& info) {
  response.headers.set("ETag", etag_of(info));
  response.headers.set("Last-Modified", http_time(info.modified));
}

void add_metadata(Response& response, const lake::FileProperties& properties) {
  for (const auto& [name, value] : properties.metadata) {
    response.headers.set(std::string(kMetadataPrefix) + name, value);
  }
}

void add_lease(Response& response, const lake::Lease& lease) {
  response.headers.set("x-ms-lease-state", std::string(name_of(lease.state)));
  response.headers.set("x-ms-lease-status", lease.active() ? "locked" : "unlocked");
  if (lease.state == lake::Lease::State::kLeased) {
    response.headers.set("x-ms-lease-duration",
                         lease.duration_s == lake::kLeaseInfinite ? "infinite" : "fixed");
  }
}

void add_properties(Response& response, const lake::FileInfo& info,
                    const lake::FileProperties& properties) {
  auto& headers = response.headers;
  const auto optional = [&headers](std::string_view name, const std::string& value) {
    if (!value.empty()) headers.set(name, value);
  };
  add_version(response, info);
  add_metadata(response, properties);
  headers.set("Content-Type", properties.content_type.empty() ? std::string(kDefaultContentType)
                                                              : properties.content_type);
  optional("Content-Encoding", properties.content_encoding);
  optional("Content-Language", properties.content_language);
  optional("Content-Disposition", properties.content_disposition);
  optional("Cache-Control", properties.cache_control);
  headers.set("Accept-Ranges", "bytes");
  headers.set("x-ms-creation-time",
              http_time(properties.created ? properties.created : info.modified));
  headers.set("x-ms-blob-type", properties.append_blob ? "AppendBlob" : "BlockBlob");
  if (properties.append_blob) {
    headers.set("x-ms-blob-committed-block-count", std::to_string(properties.append_blocks));
  } else {
    headers.set("x-ms-access-tier", "Hot");
    headers.set("x-ms-access-tier-inferred", "true");
  }
  headers.set("x-ms-server-encrypted", "false");
  headers.set("x-ms-resource-type", info.folder ? "directory" : "file");
  if (info.folder && !headers.contains("x-ms-meta-hdi_isfolder")) {
    headers.set("x-ms-meta-hdi_isfolder", "true");
  }
}

Response xml_response(Xml& xml) {
  Response response;
  response.headers.set("Content-Type", "application/xml");
  response.body = xml.take();
  return response;
}

Response empty_response(int status) {
  Response response;
  response.status = status;
  return response;
}

Response versioned_response(int status, const lake::FileInfo& info) {
  Response response = empty_response(status);
  add_version(response, info);
  response.headers.set("x-ms-request-server-encrypted", "false");
  return response;
}

bool may_by_role(const Workspace& workspace, const Request& request, const lake::LakePath& path) {
  return workspace.authority.allows_by_role(
      principal_of(request), identity::actions::kLakeFilesWrite,
      path.path.empty() ? identity::Scope::container(path.container)
                        : identity::Scope::file(path.container, path.path));
}

void settle_access(const Workspace& workspace, const Request& request, const lake::LakePath& path,
                   bool folder, lake::FileProperties& properties) {
  if (const auto existing = workspace.lake.find(path)) {
    properties.access = workspace.properties.get(*existing).access;
    return;
  }
  properties.access = workspace.access_lists.inherited(path, folder);
  if (may_by_role(workspace, request, path)) return;
  if (!properties.access) properties.access = lake::AccessControl::usual(folder);
  properties.access->owner = principal_of(request).id;
}

}  // namespace tarn::api::storage
