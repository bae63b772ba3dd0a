#pragma once
// What the operations read from requests, and the headers that they answer with.

#include <optional>
#include <string>
#include <vector>

#include "api/workspace.h"
#include "detail/file_stream.h"
#include "lake/lake.h"
#include "lake/leases.h"
#include "lake/properties.h"
#include "router/message.h"

namespace tarn::api::storage {

class Xml;

inline constexpr std::size_t kMetadataBytesMax = 8 << 10;
inline constexpr std::string_view kDefaultContentType = "application/octet-stream";

/// The container of a request. Throws StorageError ContainerNotFound where there is none.
lake::FileInfo container_of(const Workspace& workspace, const router::Request& request);
/// The path of a request, checked; the container itself where it names none.
lake::LakePath path_of(const router::Request& request);
/// Also checks that the container is there.
lake::LakePath path_in_container(const Workspace& workspace, const router::Request& request);

/// "Sat, 21 Nov 2026 10:00:00 GMT"
std::string http_time(Micros time);
/// Throws StorageError InvalidHeaderValue.
Micros parse_http_time(const std::string& text, std::string_view header);

/// With quotes; of folders and containers from their time of modification.
std::string etag_of(const lake::FileInfo& info);

/// An unsigned number in a header or a query parameter. Throws StorageError.
std::optional<std::uint64_t> number_in_header(const router::Request& request,
                                              std::string_view name);
std::optional<std::uint64_t> number_in_query(const router::Request& request, std::string_view name);

/// x-ms-range, else Range; or the header that is named. Empty where there is none; throws
/// StorageError InvalidRange past the end.
std::optional<ByteRange> range_of(const router::Request& request, std::uint64_t size,
                                  std::string_view header = {});

/// The conditions for a change: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since,
/// and the lease. `creates`: whether the change makes or replaces what is there as a whole, so that
/// a signature that may only create does not replace.
lake::Conditions conditions_of(const Workspace& workspace, const router::Request& request,
                               const lake::LakePath& path, bool creates = false);
/// Those of a read. Returns 304 where it has not changed, else 0; throws StorageError
/// ConditionNotMet.
int status_of_read(const router::Request& request, const lake::FileInfo& info);
/// If-Match and its like with names such as "x-ms-source-if-match". Throws ConditionNotMet.
void check_source_conditions(const router::Request& request, const lake::FileInfo& info);
/// Throws StorageError unless the request may write under the lease of the path.
void check_lease(const Workspace& workspace, const router::Request& request,
                 const lake::LakePath& path);

/// x-ms-meta-*, and x-ms-properties of Data Lake Storage. Throws StorageError InvalidMetadata,
/// MetadataTooLarge.
std::vector<std::pair<std::string, std::string>> metadata_of(const router::Request& request);
bool has_metadata(const router::Request& request);
/// Metadata as x-ms-properties has it: "name=<Base64>,…".
std::string properties_text(const lake::FileProperties& properties);
/// Sets content type, encoding, language, disposition, cache control and MD5 from x-ms-blob-* or
/// x-ms-*. With `whole`, those that are not given are cleared.
void set_content_headers(const router::Request& request, lake::FileProperties& properties,
                         bool whole);

/// The access control of what is about to be made: a file that is replaced keeps its own; a new one
/// has what the folder's default entries give, and belongs to its maker where a list let them in.
void settle_access(const Workspace& workspace, const router::Request& request,
                   const lake::LakePath& path, bool folder, lake::FileProperties& properties);
/// Whether a role, and not a list alone, lets the caller write there.
bool may_by_role(const Workspace& workspace, const router::Request& request,
                 const lake::LakePath& path);

/// ETag and Last-Modified.
void add_version(router::Response& response, const lake::FileInfo& info);
void add_metadata(router::Response& response, const lake::FileProperties& properties);
/// Everything that Get Blob Properties tells.
void add_properties(router::Response& response, const lake::FileInfo& info,
                    const lake::FileProperties& properties);
void add_lease(router::Response& response, const lake::Lease& lease);

/// An answer without a body.
router::Response empty_response(int status);
router::Response xml_response(Xml& xml);
router::Response versioned_response(int status, const lake::FileInfo& info);

/// Whether the request was allowed by a signature, and whether that has one of these permissions.
bool is_signed(const router::Request& request);
bool signature_allows(const router::Request& request, std::string_view letters);

}  // namespace tarn::api::storage
