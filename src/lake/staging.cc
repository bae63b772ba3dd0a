#include "lake/staging.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "detail/folder.h"

namespace tarn::lake {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

}  // namespace

ByteSource source_of(std::vector<Segment> segments) {
  return [segments = std::move(segments), at = std::size_t(0),
          done = std::uint64_t(0)](std::span<char> buffer) mutable -> std::size_t {
    while (at < segments.size() && done == segments[at].size) {
      ++at;
      done = 0;
    }
    if (at == segments.size()) return 0;
    const Segment& segment = segments[at];
    const std::size_t want = std::min<std::uint64_t>(buffer.size(), segment.size - done);
    const std::size_t got = segment.file->read(segment.offset + done, buffer.first(want));
    if (got == 0) throw Error(Code::kDataLoss, "Staged bytes are missing.", "Upload them again.");
    done += got;
    return got;
  };
}

Staging::Staging(const Lake& lake, FileSystem& files)
    : root_(lake.root() / ".staging"), files_(files) {}

fs::path Staging::folder_of(const LakePath& path) const { return root_ / sha256_hex(path.text()); }

Staging::Piece Staging::put(const LakePath& path, const std::string& name, const ByteSource& source,
                            const CancelToken& cancel, std::uint64_t bytes_max) {
  const auto pending = files_.create(folder_of(path) / name);
  std::string buffer(kBufferBytes, '\0');
  while (const std::size_t count = source(buffer)) {
    cancel.check();
    if (pending->size() + count > bytes_max) {
      throw Error(Code::kTooLarge, "A block has at most " + std::to_string(bytes_max) + " bytes.");
    }
    pending->write(std::string_view(buffer).substr(0, count));
  }
  const std::uint64_t size = pending->size();
  pending->publish();
  return {name, size};
}

std::vector<Staging::Piece> Staging::pieces(const LakePath& path) const {
  std::vector<Piece> result;
  std::error_code error;
  for (fs::directory_iterator it(folder_of(path), error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code gone;
    const std::uint64_t size = it->file_size(gone);
    if (!gone && !name.starts_with(kTemporaryPrefix)) result.push_back({name, size});
  }
  std::ranges::sort(result, {}, &Piece::name);
  return result;
}

Segment Staging::open(const LakePath& path, const std::string& name) const {
  const fs::path file = folder_of(path) / name;
  FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!descriptor || ::fstat(descriptor.get(), &status) != 0) return {};
  const FileInfo info = detail::info_of(path, status);
  return {std::make_shared<LakeFile>(info, std::move(descriptor)), 0, info.size};
}

void Staging::discard(const LakePath& path, const std::string& name) {
  std::error_code ignored;
  fs::remove(folder_of(path) / name, ignored);  // what a power loss brings back nobody asks for
}

void Staging::discard(const LakePath& path) {
  std::error_code ignored;
  fs::remove_all(folder_of(path), ignored);
}

std::unique_lock<std::mutex> Staging::turn(const LakePath& path) {
  return std::unique_lock(turns_[std::hash<std::string>{}(path.text()) % kTurns]);
}

std::size_t Staging::sweep() {
  std::size_t removed = 0;
  std::error_code error;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator it(root_, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const std::chrono::duration<double> age = now - fs::last_write_time(it->path(), gone);
    if (!gone && age.count() > kStagedAgeMaxS && files_.remove(it->path())) ++removed;
  }
  if (removed > 0) log::info("staging.sweep", {{"removed", removed}});
  return removed;
}

}  // namespace tarn::lake
