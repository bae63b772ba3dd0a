#pragma once
// Bytes that were uploaded for a file and are not yet part of it: uncommitted blocks (Put Block),
// and what was appended and not flushed (Append Data). They survive kill -9 like everything that
// was acknowledged, and are swept a week after the last of them, as Azure does.
//
//   <home>/lake/.staging/<SHA-256 of container/path>/<piece>
//
// Thread-safe.

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lake/lake.h"

namespace tarn::lake {

inline constexpr std::uint64_t kBlockBytesMax = 4000ull << 20;  // of one piece
inline constexpr std::size_t kBlocksStagedMax = 100'000;        // of one file
inline constexpr double kStagedAgeMaxS = 7 * 86400.0;

/// A part of some bytes: of a staged piece, or of a file that is there.
struct Segment {
  std::shared_ptr<const LakeFile> file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};
/// Reads the segments one after the other, in constant memory.
ByteSource source_of(std::vector<Segment> segments);

class Staging {
 public:
  explicit Staging(const Lake& lake, FileSystem& files = FileSystem::system());

  struct Piece {
    std::string name;
    std::uint64_t size = 0;
  };

  /// Stores or replaces a piece, durably. `name` is of letters, digits and '-', at most 200.
  Piece put(const LakePath& path, const std::string& name, const ByteSource& source,
            const CancelToken& cancel, std::uint64_t bytes_max = kBlockBytesMax);
  /// Sorted by name.
  std::vector<Piece> pieces(const LakePath& path) const;
  /// The whole piece; a segment without a file where there is none.
  Segment open(const LakePath& path, const std::string& name) const;
  void discard(const LakePath& path, const std::string& name);
  void discard(const LakePath& path);

  /// Held by who makes a file out of itself and pieces, so that two of them do so in turn.
  std::unique_lock<std::mutex> turn(const LakePath& path);

  /// Removes what is older than kStagedAgeMaxS. Returns the number of files.
  std::size_t sweep();

 private:
  std::filesystem::path folder_of(const LakePath& path) const;

  static constexpr std::size_t kTurns = 64;
  std::filesystem::path root_;
  FileSystem& files_;
  std::mutex turns_[kTurns];
};

}  // namespace tarn::lake
