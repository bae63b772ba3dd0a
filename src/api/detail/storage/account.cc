// The account: its containers, its properties, and batches.

#include "base/json.h"
#include "detail/storage/batch.h"
#include "detail/storage/operation.h"
#include "detail/storage/request.h"
#include "detail/storage/xml.h"
#include "identity/actions.h"

namespace tarn::api::storage {
namespace {

using router::Request;
using router::Response;
namespace actions = identity::actions;

constexpr std::uint64_t kContainersMax = 5000;  // a page

// The names are in order, so the marker is the first name of the next page.
struct ContainerPage {
  std::vector<std::string> names;
  std::string next;
};
ContainerPage containers_of(const Workspace& workspace, const Request& request,
                            std::string_view marker, std::string_view limit_name) {
  const std::string prefix = request.query.get("prefix");
  const std::string from = request.query.get(marker);
  const auto limit = number_in_query(request, limit_name).value_or(kContainersMax);
  if (limit < 1) {
    throw StorageError(400, "OutOfRangeQueryParameterValue",
                       "The length of a page is at least 1: " + std::string(limit_name) + ".");
  }
  ContainerPage page;
  for (const std::string& name : workspace.lake.containers()) {
    if (name < from || !name.starts_with(prefix)) continue;
    if (page.names.size() == std::min(limit, kContainersMax)) {
      page.next = name;
      break;
    }
    page.names.push_back(name);
  }
  return page;
}

Response list_containers(const Workspace& workspace, Request& request) {
  const ContainerPage page = containers_of(workspace, request, "marker", "maxresults");
  const bool metadata = request.query.get("include").find("metadata") != std::string::npos;
  Xml xml;
  xml.open("EnumerationResults", "ServiceEndpoint",
           "http://" + std::string(request.headers.get("Host")) + "/" +
               request.path_parameters.get("account"));
  xml.optional("Prefix", request.query.get("prefix"));
  xml.optional("Marker", request.query.get("marker"));
  xml.optional("MaxResults", request.query.get("maxresults"));
  xml.open("Containers");
  for (const std::string& name : page.names) {
    const auto info = workspace.lake.find({.container = name, .path = {}, .folder = true});
    if (!info) continue;
    const lake::Lease lease = workspace.leases.get(info->path);
    xml.open("Container").text("Name", name).open("Properties");
    xml.text("Last-Modified", http_time(info->modified)).text("Etag", etag_of(*info));
    xml.text("LeaseStatus", lease.active() ? "locked" : "unlocked");
    xml.text("LeaseState", name_of(lease.state));
    xml.text("HasImmutabilityPolicy", "false").text("HasLegalHold", "false").close("Properties");
    if (metadata) {
      xml.open("Metadata");
      for (const auto& [key, value] : workspace.properties.get(*info).metadata) {
        xml.text(key, value);
      }
      xml.close("Metadata");
    }
    xml.close("Container");
  }
  xml.close("Containers").text("NextMarker", page.next).close("EnumerationResults");
  return xml_response(xml);
}

Response list_filesystems(const Workspace& workspace, Request& request) {
  const ContainerPage page = containers_of(workspace, request, "continuation", "maxResults");
  Json list = Json::array();
  for (const std::string& name : page.names) {
    const auto info = workspace.lake.find({.container = name, .path = {}, .folder = true});
    if (!info) continue;
    list.push_back(
        {{"name", name}, {"lastModified", http_time(info->modified)}, {"eTag", etag_of(*info)}});
  }
  Response response = Response::text(Json{{"filesystems", list}}.dump(), "application/json");
  if (!page.next.empty()) response.headers.set("x-ms-continuation", page.next);
  return response;
}

Response service_properties(const Workspace&, Request&) {
  Xml xml;
  xml.open("StorageServiceProperties").open("Logging").text("Version", "1.0");
  xml.text("Delete", "false").text("Read", "false").text("Write", "false");
  xml.open("RetentionPolicy").text("Enabled", "false").close("RetentionPolicy").close("Logging");
  for (const char* metrics : {"HourMetrics", "MinuteMetrics"}) {
    xml.open(metrics).text("Version", "1.0").text("Enabled", "false");
    xml.open("RetentionPolicy").text("Enabled", "false").close("RetentionPolicy").close(metrics);
  }
  xml.open("Cors").close("Cors");
  xml.open("DeleteRetentionPolicy").text("Enabled", "false").close("DeleteRetentionPolicy");
  xml.open("StaticWebsite").text("Enabled", "false").close("StaticWebsite");
  xml.close("StorageServiceProperties");
  return xml_response(xml);
}

Response service_stats(const Workspace&, Request&) {
  Xml xml;
  xml.open("StorageServiceStats").open("GeoReplication").text("Status", "unavailable");
  xml.text("LastSyncTime", "").close("GeoReplication").close("StorageServiceStats");
  return xml_response(xml);
}

Response account_information(const Workspace&, Request&) {
  Response response = empty_response(200);
  response.headers.set("x-ms-sku-name", "Standard_LRS");
  response.headers.set("x-ms-account-kind", "StorageV2");
  response.headers.set("x-ms-is-hns-enabled", "true");
  return response;
}

Operation account_info(std::string method, Level level) {
  return {.method = std::move(method),
          .level = level,
          .variant = {.query = {{"restype", "account"}, {"comp", "properties"}}},
          .action = actions::kLakeContainersList,
          .summary = "Get Account Information",
          .run = account_information,
          .sas = "rwdlacupxmeo"};
}

}  // namespace

std::vector<Operation> account_operations() {
  return {
      {.method = "GET",
       .level = Level::kAccount,
       .variant = {.query = {{"restype", "service"}, {"comp", "properties"}}},
       .action = actions::kLakeContainersList,
       .summary = "Get Blob Service Properties",
       .run = service_properties,
       .sas = "r"},
      {.method = "GET",
       .level = Level::kAccount,
       .variant = {.query = {{"restype", "service"}, {"comp", "stats"}}},
       .action = actions::kLakeContainersList,
       .summary = "Get Blob Service Stats",
       .run = service_stats,
       .sas = "r"},
      account_info("GET", Level::kAccount),
      account_info("HEAD", Level::kAccount),
      account_info("GET", Level::kContainer),
      account_info("HEAD", Level::kContainer),
      account_info("GET", Level::kPath),
      account_info("HEAD", Level::kPath),
      {.method = "GET",
       .level = Level::kAccount,
       .variant = {.query = {{"comp", "list"}}},
       .action = actions::kLakeContainersList,
       .summary = "List Containers",
       .run = list_containers,
       .sas = "l"},
      {.method = "GET",
       .level = Level::kAccount,
       .convention = Convention::kDfs,
       .variant = {.query = {{"resource", "account"}}},
       .action = actions::kLakeContainersList,
       .summary = "Filesystem List",
       .run = list_filesystems,
       .sas = "l"},
      {.method = "POST",
       .level = Level::kAccount,
       .variant = {.query = {{"restype", "service"}, {"comp", "batch"}}},
       .action = actions::kLakeContainersList,
       .summary = "Blob Batch",
       .run = run_batch,
       .sas = "d",
       .body_bytes_max = kBatchBytesMax},
      {.method = "POST",
       .level = Level::kContainer,
       .variant = {.query = {{"restype", "container"}, {"comp", "batch"}}},
       .action = actions::kLakeFilesList,
       .summary = "Blob Batch",
       .run = run_batch,
       .sas = "d",
       .body_bytes_max = kBatchBytesMax},
  };
}

}  // namespace tarn::api::storage
