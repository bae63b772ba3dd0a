// Lease Blob, Lease Container, Path Lease: acquire, renew, change, release, break.

#include <algorithm>

#include "base/ids.h"
#include "base/text.h"
#include "detail/storage/operation.h"
#include "detail/storage/request.h"
#include "identity/actions.h"

namespace tarn::api::storage {
namespace {

using lake::LeaseRefusal;
using router::Request;
using router::Response;
namespace actions = identity::actions;

[[noreturn]] void refuse(LeaseRefusal refusal, bool container) {
  const std::string thing = container ? "Container" : "Blob";
  switch (refusal) {
    case LeaseRefusal::kAlreadyPresent:
      throw StorageError(409, "LeaseAlreadyPresent", "There is a lease on it already.");
    case LeaseRefusal::kIdMismatch:
      throw StorageError(409, "LeaseIdMismatchWithLeaseOperation",
                         "The lease on it has another id than the request names.");
    case LeaseRefusal::kNotPresent:
      throw StorageError(409, "LeaseNotPresentWithLeaseOperation", "There is no lease on it.");
    case LeaseRefusal::kBreakingNoAcquire:
      throw StorageError(409, "LeaseIsBreakingAndCannotBeAcquired",
                         "The lease on it is being broken and has not ended.");
    case LeaseRefusal::kBreakingNoChange:
      throw StorageError(409, "LeaseIsBreakingAndCannotBeChanged",
                         "The lease on it is being broken and cannot change.");
    case LeaseRefusal::kBrokenNoRenew:
      throw StorageError(409, "LeaseIsBrokenAndCannotBeRenewed",
                         "The lease on it was broken and cannot be renewed.");
  }
  throw StorageError(409, "LeaseNotPresentWith" + thing + "Operation", "There is no lease on it.");
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

std::string id_in(const Request& request, std::string_view header, bool required = true) {
  const std::string* id = request.headers.find(header);
  if (!id && required) {
    throw StorageError(400, "MissingRequiredHeader",
                       "The header " + std::string(header) + " is missing.");
  }
  if (!id) return {};
  if (!is_uuid(*id)) {
    throw StorageError(400, "InvalidHeaderValue",
                       "The id of a lease is a UUID: " + id->substr(0, 60) + ".");
  }
  return *id;
}

std::int64_t duration_of(const Request& request) {
  const std::string text(request.headers.get("x-ms-lease-duration", "-1"));
  if (text == "-1") return lake::kLeaseInfinite;
  const auto seconds = number_in_header(request, "x-ms-lease-duration");
  if (!seconds || *seconds < lake::kLeaseSecondsMin || *seconds > lake::kLeaseSecondsMax) {
    throw StorageError(
        400, "InvalidHeaderValue",
        "A lease lasts 15 to 60 seconds, or -1 for ever; not: " + text.substr(0, 20) + ".");
  }
  return static_cast<std::int64_t>(*seconds);
}

std::optional<std::int64_t> break_period_of(const Request& request) {
  const auto seconds = number_in_header(request, "x-ms-lease-break-period");
  if (seconds && *seconds > lake::kLeaseSecondsMax) {
    throw StorageError(400, "InvalidHeaderValue", "A lease is broken within 0 to 60 seconds.");
  }
  return seconds ? std::optional(static_cast<std::int64_t>(*seconds)) : std::nullopt;
}

Response lease(const Workspace& workspace, Request& request) {
  const lake::FileInfo info = workspace.lake.stat(path_in_container(workspace, request));
  if (const int status = status_of_read(request, info)) {
    throw StorageError(status == 304 ? 412 : status, "ConditionNotMet",
                       "The condition of the request does not hold.");
  }
  const bool container = info.path.path.empty();
  const std::string action = to_lower(request.headers.get("x-ms-lease-action"));
  lake::Leases& leases = workspace.leases;
  Response response = versioned_response(200, info);
  lake::Lease now;
  std::optional<LeaseRefusal> refusal;
  if (action == "acquire") {
    std::string id = id_in(request, "x-ms-proposed-lease-id", false);
    if (id.empty()) id = new_id();
    refusal = leases.acquire(info.path, id, duration_of(request), now);
    response.status = 201;
  } else if (action == "renew") {
    refusal = leases.renew(info.path, id_in(request, "x-ms-lease-id"), now);
  } else if (action == "change") {
    refusal = leases.change(info.path, id_in(request, "x-ms-lease-id"),
                            id_in(request, "x-ms-proposed-lease-id"), now);
  } else if (action == "release") {
    refusal = leases.release(info.path, id_in(request, "x-ms-lease-id"));
  } else if (action == "break") {
    refusal = leases.end(info.path, break_period_of(request), now);
    response.status = 202;
    response.headers.set("x-ms-lease-time", std::to_string(now.break_left_s));
  } else {
    throw StorageError(400, "InvalidHeaderValue",
                       "x-ms-lease-action is acquire, renew, change, release or break; not: '" +
                           action.substr(0, 40) + "'.");
  }
  if (refusal) refuse(*refusal, container);
  if (!now.id.empty() && action != "break") response.headers.set("x-ms-lease-id", now.id);
  return response;
}

}  // namespace

std::vector<Operation> lease_operations() {
  return {
      {.method = "PUT",
       .level = Level::kContainer,
       .variant = {.query = {{"restype", "container"}, {"comp", "lease"}}},
       .action = actions::kLakeContainersCreate,
       .summary = "Lease Container",
       .run = lease,
       .sas = "wd",
       .sas_of_account = true},
      {.method = "PUT",
       .variant = {.query = {{"comp", "lease"}}},
       .action = actions::kLakeFilesWrite,
       .summary = "Lease Blob",
       .run = lease,
       .sas = "w"},
      {.method = "POST",
       .convention = Convention::kDfs,
       .variant = {.headers = {"x-ms-lease-action"}},
       .action = actions::kLakeFilesWrite,
       .summary = "Path Lease",
       .run = lease,
       .sas = "w"},
  };
}

}  // namespace tarn::api::storage
