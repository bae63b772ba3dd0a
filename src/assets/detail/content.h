#pragma once
// The files of a model version: reading a folder, its content hash, copying it durably.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace tarn::assets::detail {

struct ContentFile {
  std::string path;  // below the folder, with '/'
  std::uint64_t size_bytes = 0;
  std::string sha256;
  bool may_hold_pickle = false;  // detail/pickle.h
};

struct Content {
  std::vector<ContentFile> files;  // by path

  std::uint64_t size_bytes() const;
  const ContentFile* find(std::string_view path) const;
  /// SHA-256 over "<sha256>  <size>  <path>\n" of each file, by path.
  std::string sha256() const;
};

/// Copies every file of `from` into `to`, each durably, and says what they were. Throws Error:
/// kNotFound where there is no such folder, kInvalidArgument for an empty one, a symbolic link, a
/// special file or a name that is not UTF-8, kTooLarge over kModelFilesMax or kModelBytesMax.
Content copy_folder(const std::filesystem::path& from, const std::filesystem::path& to,
                    FileSystem& files);

/// One file of these bytes.
Content write_bytes(std::string_view bytes, const std::string& path,
                    const std::filesystem::path& to, FileSystem& files);

/// A relative path of plain names, below a version's folder. Throws Error(kInvalidArgument).
void check_file_path(std::string_view path);

}  // namespace tarn::assets::detail
