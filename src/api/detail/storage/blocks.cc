// Blocks: Put Block, Put Block List, Get Block List, Append Block.

#include <map>

#include "base/digest.h"
#include "detail/storage/checksums.h"
#include "detail/storage/operation.h"
#include "detail/storage/request.h"
#include "detail/storage/source.h"
#include "detail/storage/xml.h"
#include "identity/actions.h"
#include "lake/staging.h"

namespace tarn::api::storage {
namespace {

using router::Request;
using router::Response;
namespace actions = identity::actions;

constexpr std::size_t kBlockIdBytesMax = 64;
constexpr std::size_t kBlocksCommittedMax = 50'000;
constexpr std::uint64_t kAppendBytesMax = 100ull << 20;
constexpr std::size_t kAppendInMemoryMax = 4 << 20;
constexpr std::string_view kBlockPrefix = "block-";

std::string decoded_id(const std::string& text) {
  std::string id;
  try {
    id = from_base64(text);
  } catch (const Error&) {
    id.clear();
  }
  if (id.empty() || id.size() > kBlockIdBytesMax) {
    throw StorageError(
        400, "InvalidQueryParameterValue",
        "The id of a block is Base64 of 1 to 64 bytes: " + text.substr(0, 100) + ".");
  }
  return id;
}

std::string piece_of(const std::string& id) { return std::string(kBlockPrefix) + to_hex(id); }

Response staged(CheckedBody& body, const Request& request) {
  Response response = empty_response(201);
  response.headers.set("Content-MD5", body.md5());
  if (request.headers.contains("x-ms-content-crc64")) {
    response.headers.set("x-ms-content-crc64", body.crc());
  }
  response.headers.set("x-ms-request-server-encrypted", "false");
  return response;
}

// The body is checked after its last byte, before the piece appears.
lake::ByteSource verified(CheckedBody& body) {
  return [&body, source = body.source()](std::span<char> buffer) {
    const std::size_t count = source(buffer);
    if (count == 0) body.verify();
    return count;
  };
}

Response put_block(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  const std::string piece = piece_of(decoded_id(request.query.get("blockid")));
  check_lease(workspace, request, path);
  if (request.headers.contains("x-ms-copy-source")) {
    const lake::Segment source = source_of_copy(workspace, request);
    workspace.staging.put(path, piece, lake::source_of({source}), request.cancel);
    return empty_response(201);
  }
  CheckedBody body(request);
  workspace.staging.put(path, piece, verified(body), request.cancel);
  return staged(body, request);
}

/// What a block list is made of.
class Assembly {
 public:
  Assembly(const Workspace& workspace, const lake::LakePath& path)
      : workspace_(workspace), path_(path) {
    const auto info = workspace.lake.find(path);
    if (!info || info->folder) return;
    file_ = workspace.lake.open(path);
    std::uint64_t offset = 0;
    for (const lake::Block& block : workspace.properties.get(file_->info()).blocks) {
      committed_.try_emplace(block.id, lake::Segment{file_, offset, block.size});
      offset += block.size;
    }
  }

  void add(const std::string& kind, const std::string& id) {
    lake::Segment segment;
    if (kind == "Uncommitted" || kind == "Latest") {
      segment = workspace_.staging.open(path_, piece_of(id));
    }
    if (!segment.file && (kind == "Committed" || kind == "Latest")) {
      if (const auto found = committed_.find(id); found != committed_.end()) {
        segment = found->second;
        uses_file_ = true;
      }
    }
    if (!segment.file) {
      throw StorageError(400, "InvalidBlockList",
                         "The block list names a block that is not there: " + to_base64(id) + ".",
                         "Put the block first.");
    }
    blocks_.push_back({id, segment.size});
    segments_.push_back(std::move(segment));
  }

  /// The ETag of the file that committed blocks come from, where some do.
  std::optional<std::string> source_etag() const {
    return uses_file_ ? std::optional(file_->info().etag) : std::nullopt;
  }
  std::vector<lake::Block> take_blocks() { return std::move(blocks_); }
  std::vector<lake::Segment> take_segments() { return std::move(segments_); }

 private:
  const Workspace& workspace_;
  const lake::LakePath& path_;
  std::shared_ptr<lake::LakeFile> file_;
  std::map<std::string, lake::Segment> committed_;
  std::vector<lake::Segment> segments_;
  std::vector<lake::Block> blocks_;
  bool uses_file_ = false;
};

Response put_block_list(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  CheckedBody body(request);
  std::string text;
  char buffer[16 << 10];
  const lake::ByteSource source = body.source();
  while (const std::size_t count = source(buffer)) text.append(buffer, count);
  body.verify();
  std::vector<std::pair<std::string, std::string>> list;
  try {
    list = read_flat_xml(text, "BlockList");
  } catch (const Error& error) {
    throw StorageError(400, "InvalidXmlDocument", error.message());
  }
  if (list.size() > kBlocksCommittedMax) {
    throw StorageError(400, "BlockListTooLong", "A blob has at most 50000 blocks.");
  }
  lake::FileProperties properties;
  set_content_headers(request, properties, true);
  properties.metadata = metadata_of(request);
  settle_access(workspace, request, path, false, properties);
  const auto turn = workspace.staging.turn(path);
  Assembly assembly(workspace, path);
  for (const auto& [kind, id] : list) {
    if (kind != "Latest" && kind != "Uncommitted" && kind != "Committed") {
      throw StorageError(
          400, "InvalidXmlNodeValue",
          "A block is Latest, Uncommitted or Committed; not: " + kind.substr(0, 40) + ".");
    }
    assembly.add(kind, decoded_id(id));
  }
  lake::Conditions conditions = conditions_of(workspace, request, path, true);
  conditions.if_match = assembly.source_etag();
  properties.blocks = assembly.take_blocks();
  const lake::FileInfo info =
      workspace.properties.put(path, lake::source_of(assembly.take_segments()), conditions,
                               request.cancel, [&] { return properties; });
  workspace.staging.discard(path);
  return versioned_response(201, info);
}

void write_block(Xml& xml, const std::string& id, std::uint64_t size) {
  xml.open("Block").text("Name", to_base64(id)).text("Size", std::to_string(size)).close("Block");
}

Response get_block_list(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  const std::string type = request.query.get("blocklisttype", "committed");
  if (type != "committed" && type != "uncommitted" && type != "all") {
    throw StorageError(
        400, "InvalidQueryParameterValue",
        "blocklisttype is committed, uncommitted or all; not: " + type.substr(0, 40) + ".");
  }
  const auto info = workspace.lake.find(path);
  const auto pieces = workspace.staging.pieces(path);
  if (!info && (pieces.empty() || type == "committed")) workspace.lake.stat(path);
  Xml xml;
  xml.open("BlockList");
  if (type != "uncommitted") {
    xml.open("CommittedBlocks");
    if (info) {
      for (const auto& block : workspace.properties.get(*info).blocks) {
        write_block(xml, block.id, block.size);
      }
    }
    xml.close("CommittedBlocks");
  }
  if (type != "committed") {
    xml.open("UncommittedBlocks");
    for (const auto& piece : pieces) {
      if (!piece.name.starts_with(kBlockPrefix)) continue;
      write_block(xml, from_hex(std::string_view(piece.name).substr(kBlockPrefix.size())),
                  piece.size);
    }
    xml.close("UncommittedBlocks");
  }
  xml.close("BlockList");
  Response response;
  response.headers.set("Content-Type", "application/xml");
  response.body = xml.take();
  if (info) {
    add_version(response, *info);
    response.headers.set("x-ms-blob-content-length", std::to_string(info->size));
  }
  return response;
}

void check_append(const Request& request, std::uint64_t size, std::uint64_t added) {
  const auto position = number_in_header(request, "x-ms-blob-condition-appendpos");
  if (position && *position != size) {
    throw StorageError(412, "AppendPositionConditionNotMet",
                       "The blob's end is not where the request expects it: it has " +
                           std::to_string(size) + " bytes.");
  }
  const auto max = number_in_header(request, "x-ms-blob-condition-maxsize");
  if (max && size + added > *max) {
    throw StorageError(412, "MaxBlobSizeConditionNotMet",
                       "The blob would become larger than the request allows.");
  }
}

lake::ByteSource both(std::string_view bytes, const lake::Segment& rest) {
  return [first = lake::source_of(bytes),
          second = lake::source_of({rest})](std::span<char> buffer) mutable {
    const std::size_t count = first(buffer);
    return count > 0 ? count : second(buffer);
  };
}

Response append_block(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  workspace.lake.stat(path);
  CheckedBody body(request);
  // Received before anybody waits for it: in memory where it is small, else staged.
  const lake::ByteSource source = verified(body);
  std::string bytes(kAppendInMemoryMax, '\0');
  std::size_t received = 0;
  while (received < bytes.size()) {
    const std::size_t count = source(std::span(bytes).subspan(received));
    if (count == 0) break;
    received += count;
  }
  lake::Segment rest;
  if (received == bytes.size()) {
    const std::string piece = "append-" + to_hex(request.request_id);
    workspace.staging.put(path, piece, source, request.cancel, kAppendBytesMax);
    rest = workspace.staging.open(path, piece);
    workspace.staging.discard(path, piece);
  }
  bytes.resize(received);

  const auto turn = workspace.staging.turn(path);
  const std::shared_ptr<lake::LakeFile> file = workspace.lake.open(path);
  lake::FileProperties properties = workspace.properties.get(file->info());
  if (!properties.append_blob) {
    throw StorageError(409, "InvalidBlobType", "The blob is no append blob.",
                       "Make it with x-ms-blob-type: AppendBlob.");
  }
  const std::uint64_t offset = file->info().size;
  check_append(request, offset, bytes.size() + rest.size);
  if (properties.append_blocks >= static_cast<std::int64_t>(kBlocksCommittedMax)) {
    throw StorageError(409, "BlockCountExceedsLimit", "An append blob has at most 50000 blocks.");
  }
  ++properties.append_blocks;
  lake::Conditions conditions = conditions_of(workspace, request, path);
  conditions.if_match = file->info().etag;
  const lake::FileInfo info = workspace.properties.append(
      path, both(bytes, rest), conditions, request.cancel, [&] { return properties; });
  Response response = staged(body, request);
  add_version(response, info);
  response.headers.set("x-ms-blob-append-offset", std::to_string(offset));
  response.headers.set("x-ms-blob-committed-block-count", std::to_string(properties.append_blocks));
  return response;
}

}  // namespace

std::vector<Operation> block_operations() {
  return {
      {.method = "PUT",
       .variant = {.query = {{"comp", "block"}}},
       .action = actions::kLakeFilesWrite,
       .summary = "Put Block",
       .run = put_block,
       .sas = "cw",
       .body_bytes_max = lake::kBlockBytesMax},
      {.method = "PUT",
       .variant = {.query = {{"comp", "blocklist"}}},
       .action = actions::kLakeFilesWrite,
       .summary = "Put Block List",
       .run = put_block_list,
       .sas = "cw",
       .body_bytes_max = 16 << 20},
      {.method = "GET",
       .variant = {.query = {{"comp", "blocklist"}}},
       .action = actions::kLakeFilesRead,
       .summary = "Get Block List",
       .run = get_block_list,
       .sas = "r"},
      {.method = "PUT",
       .variant = {.query = {{"comp", "appendblock"}}},
       .action = actions::kLakeFilesWrite,
       .summary = "Append Block",
       .run = append_block,
       .sas = "aw",
       .body_bytes_max = kAppendBytesMax},
  };
}

}  // namespace tarn::api::storage
