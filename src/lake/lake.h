#pragma once
// The lake: containers of files below <home>/lake, with Azure's notions of path, ETag and
// conditional put.
//
// Owns the layout <home>/lake/<container>/…, atomic writing (temporary, fsync, rename, directory
// fsync), listing and globbing. Never parses what is in a file and never follows a symbolic link.
// Thread-safe. Every operation throws Error: kNotFound, kAlreadyExists, kConflict (an ETag does not
// match), kInvalidArgument, kTooLarge, kCancelled, kResourceExhausted (disk full).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/files.h"
#include "lake/path.h"

namespace tarn::lake {

struct FileInfo {
  LakePath path;
  bool folder = false;
  std::uint64_t size = 0;  // bytes; 0 for a folder
  Micros modified = 0;
  std::string etag;  // without quotes; changes with every put; empty for a folder
};

/// Fills the buffer as far as it can and returns the number of bytes; 0 ends the file. May block,
/// may throw.
using ByteSource = std::function<std::size_t(std::span<char> buffer)>;
/// A source over bytes in memory, which must outlive it.
ByteSource source_of(std::string_view bytes);

/// The conditions of RFC 9110 that Azure's storage honours.
struct Conditions {
  bool if_none_match = false;           // "If-None-Match: *": only where nothing is yet
  std::optional<std::string> if_match;  // only where the file has this ETag
  /// More of them: throws unless the change may be made to what is there (empty: nothing). Called
  /// before the first byte is read, and again at the moment of the change.
  std::function<void(const std::optional<FileInfo>&)> check = {};
};

/// Called with what a file is about to become, before anybody can see it; what it throws prevents
/// the change.
using BeforePublish = std::function<void(const FileInfo&)>;

/// Told when things of the lake get another name or vanish: for what is kept about them elsewhere.
/// Called by the thread that makes the change.
class NameObserver {
 public:
  virtual ~NameObserver() = default;
  virtual void renaming(const LakePath& from, const LakePath& to) = 0;
  virtual void renamed(const LakePath& from, const LakePath& to) = 0;
  virtual void removed(const LakePath& path) = 0;
};

/// A file opened for reading. What it reads is the file as it was at opening, even if it is
/// replaced meanwhile.
class LakeFile {
 public:
  LakeFile(FileInfo info, FileDescriptor file) : info_(std::move(info)), file_(std::move(file)) {}
  const FileInfo& info() const { return info_; }
  /// Reads at most buffer.size() bytes from `offset`; 0 at the end. Safe from several threads.
  std::size_t read(std::uint64_t offset, std::span<char> buffer) const;

 private:
  FileInfo info_;
  FileDescriptor file_;
};

struct ListOptions {
  bool recursive = false;
  std::size_t limit = 1000;  // at most kListMax
  std::string continuation;  // from the page before; empty for the first
  std::string prefix = {};   // only entries of the folder whose names begin so, and what is in them
  bool files_only = false;   // folders are walked, not listed
  std::string from = {};     // a path below the folder: the first page begins with it
};

struct ListPage {
  std::vector<FileInfo>
      entries;  // in the order of their components; a folder comes before what is in it
  std::string continuation;  // empty when this was the last page
};

class Lake {
 public:
  static constexpr std::size_t kListMax = 5000;               // entries a page, as Azure
  static constexpr std::size_t kGlobMax = 1'000'000;          // files that one pattern may match
  static constexpr std::uint64_t kFileBytesMax = 1ull << 40;  // of one put
  static constexpr std::size_t kAppendAtOnceMax = 100 << 20;  // larger ones rewrite the file
  static constexpr std::size_t kSweptMax = 10'000;            // temporaries removed by one sweep
  static constexpr double kSweptAgeMinS = 60;                 // of those that a worker may own
  static constexpr double kSharedSweptAgeMinS = 86400;  // of those that another server may own
  static constexpr double kSharedLockWaitS = 30;        // for another server's put to end

  /// `root` is <home>/lake, made when absent with the containers files, artifacts and models.
  /// `shared`: other servers use the same folder now; conditional puts are then decided under file
  /// locks in <root>/.locks, and the sweep leaves what may be theirs.
  explicit Lake(std::filesystem::path root, FileSystem& files = FileSystem::system(),
                bool shared = false);
  ~Lake();

  const std::filesystem::path& root() const { return root_; }

  std::vector<std::string> containers() const;
  /// kAlreadyExists where there is one.
  void create_container(const std::string& name);
  /// With all that is in it. kNotFound where there is none, kConflict for files, artifacts and
  /// models, which belong to every lake.
  void remove_container(const std::string& name);

  /// Writes the whole file; missing folders are made. Returns what is there now. Atomic: a reader
  /// sees the old file or the new one; once it returns the file survives kill -9 and power loss.
  FileInfo put(const LakePath& path, const ByteSource& source, const Conditions& conditions = {},
               const CancelToken& cancel = {}, const BeforePublish& before_publish = {});
  FileInfo put(const LakePath& path, std::string_view bytes, const Conditions& conditions = {});

  /// Adds bytes to the end of a file that is there, at the cost of these bytes alone. Who has it
  /// open sees none of them; who opens it meanwhile may see some. After a crash the file is as it
  /// was, or has them all. A file that has other links (a backup is being made) is written anew.
  FileInfo append(const LakePath& path, const ByteSource& source, const Conditions& conditions = {},
                  const CancelToken& cancel = {}, const BeforePublish& before_publish = {});
  /// Takes back what appends of a former life left unfinished. Before anybody reads.
  void undo_appends();

  /// Also of a folder. Throws kNotFound, with the nearest name in the hint.
  FileInfo stat(const LakePath& path) const;
  std::optional<FileInfo> find(const LakePath& path) const;

  /// Throws kNotFound, and kInvalidArgument for a folder.
  std::unique_ptr<LakeFile> open(const LakePath& path) const;
  /// The whole file in memory; kTooLarge above `size_max`.
  std::string read(const LakePath& path, std::uint64_t size_max = 1ull << 28) const;

  /// The entries of a folder. Costs the reading of the folders on the way, never a walk of what
  /// earlier pages had.
  ListPage list(const LakePath& folder, const ListOptions& options = {},
                const CancelToken& cancel = {}) const;

  /// The files that a pattern of parse_pattern() matches, ordered by path. A folder, or a pattern
  /// with a slash at its end, means the files directly in it ('/**' at the end: all below), as
  /// Synapse has it. Names that begin with '_' or
  /// '.' are passed over unless the pattern's component begins so. Empty when nothing matches.
  std::vector<FileInfo> glob(const LakePath& pattern, const CancelToken& cancel = {}) const;

  void make_folder(const LakePath& path);
  /// Gives a file a new time of modification, and so a new ETag, without changing its bytes; also a
  /// folder.
  FileInfo touch(const LakePath& path, const Conditions& conditions = {},
                 const BeforePublish& before_publish = {});
  /// A file or a folder, atomically, also across containers. `to` must not exist unless `replace`
  /// (files only); that it does not is one step with the renaming, also where another program makes
  /// it meanwhile, such as an engine that commits to a Delta log.
  void rename(const LakePath& from, const LakePath& to, bool replace = false);
  /// False where there was nothing. A folder that is not empty needs `recursive` (else kConflict).
  bool remove(const LakePath& path, bool recursive = false, const Conditions& conditions = {});

  /// `observer` outlives the lake, or is taken away with nullptr. Set it before others use the
  /// lake.
  void set_observer(NameObserver* observer) { observer_ = observer; }

  /// The place on disk, for the engine: checked to have no symbolic link on the way; need not
  /// exist.
  std::filesystem::path local_path(const LakePath& path) const;

  /// The lake's path of a place on disk below root(); empty when it is not below it.
  std::optional<LakePath> lake_path(const std::filesystem::path& local) const;

  /// Removes temporaries that writers of another life left behind, at most kSweptMax, and logs what
  /// it did: those that nobody touched since `began`, the start of this life. In `artifacts` those
  /// changed within the kSweptAgeMinS seconds before stay (a worker that outlived the server may be
  /// writing them), in a shared lake all of the last kSharedSweptAgeMinS. Others may write
  /// meanwhile. Returns the number removed.
  std::size_t sweep(std::optional<Micros> began = {}, const CancelToken& cancel = {});

 private:
  struct Impl;
  std::string lake_container(const std::filesystem::path& local) const;
  std::filesystem::path root_;
  FileSystem& files_;
  bool shared_;
  NameObserver* observer_ = nullptr;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::lake
