#pragma once
// What is known of files beside their bytes: content headers, metadata, the list of committed
// blocks, access control. Kept in the store under the file's path and ETag, so that they never
// outlive the bytes that they were written with: a file that somebody else replaces has none.
//
// A row is written before its file appears, and older ones are removed after: a reader finds the
// file with all of its properties, whenever the power fails. Thread-safe.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lake/access_control.h"
#include "lake/lake.h"
#include "meta/store.h"

namespace tarn::lake {

struct Block {
  std::string id;  // as the client named it, decoded from Base64
  std::uint64_t size = 0;
};

struct FileProperties {
  std::string content_type;  // empty: application/octet-stream
  std::string content_encoding;
  std::string content_language;
  std::string content_disposition;
  std::string cache_control;
  std::string content_md5;  // Base64; of the client, not checked again
  bool append_blob = false;
  std::int64_t append_blocks = 0;                             // committed to an append blob
  Micros created = 0;                                         // 0: as modified
  std::vector<std::pair<std::string, std::string>> metadata;  // names as they were written
  std::vector<Block> blocks;                                  // what the file was committed from
  std::optional<AccessControl> access;

  bool is_default() const;
};

class Properties : public NameObserver {
 public:
  /// Becomes the lake's observer of names.
  Properties(meta::Store& store, std::string workspace_id, Lake& lake);
  ~Properties() override;

  /// Of a file, a folder, or a container. Default ones where nothing is known.
  FileProperties get(const FileInfo& info);
  /// Of a page of a list.
  std::vector<FileProperties> get(std::span<const FileInfo> infos);

  /// Lake::put() with properties. `make` is called after the last byte.
  FileInfo put(const LakePath& path, const ByteSource& source, const Conditions& conditions,
               const CancelToken& cancel, const std::function<FileProperties()>& make);
  /// Lake::append() with properties.
  FileInfo append(const LakePath& path, const ByteSource& source, const Conditions& conditions,
                  const CancelToken& cancel, const std::function<FileProperties()>& make);
  /// Changes them alone; the file gets a new ETag.
  FileInfo set(const LakePath& path, const Conditions& conditions,
               const std::function<void(FileProperties&)>& change);

  void renaming(const LakePath& from, const LakePath& to) override;
  void renamed(const LakePath& from, const LakePath& to) override;
  void removed(const LakePath& path) override;

 private:
  void write(const FileInfo& info, const FileProperties& properties);
  void remove_older(const FileInfo& info);

  meta::Store& store_;
  std::string workspace_id_;
  Lake& lake_;
};

}  // namespace tarn::lake
