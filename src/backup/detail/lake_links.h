#pragma once
// Every file of a lake linked once more into a stage, so that the copy of it can take its time:
// files of the lake are never changed in place but for the journals and logs of workers, whose size
// is kept.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/cancel.h"

namespace tarn::backup::detail {

struct StagedFile {
  std::string path;  // relative to the lake
  bool folder = false;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::uint32_t mode = 0644;
};

struct StagedTable {
  std::string folder;         // relative to the lake
  std::int64_t version = -1;  // the newest that is in the stage
};

struct LakeLinks {
  std::vector<StagedFile> files;  // in the order of their folders; a folder before what is in it
  std::vector<StagedTable> tables;
};

/// Links the lake at `from` into the empty folder `to` of the same file system. A file that goes
/// meanwhile is left out; of a Delta table, everything that the versions in the stage name is
/// there.
LakeLinks link_lake(const std::filesystem::path& from, const std::filesystem::path& to,
                    const CancelToken& cancel);

}  // namespace tarn::backup::detail
