// Adding to the end of a file in place.
//
// What the file was is noted before the first byte, in <root>/.appends/<SHA-256 of its path>: where
// the note is still there after a crash, the file is cut back to it, unless all of it had arrived.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/digest.h"
#include "base/fail_point.h"
#include "base/json.h"
#include "base/log.h"
#include "detail/lake_impl.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kAppendBufferBytes = 1 << 20;
constexpr std::uint64_t kNoteBytesMax = 64 << 10;
constexpr std::int64_t kNsPerS = 1'000'000'000;

std::int64_t ns_of(const timespec& time) { return time.tv_sec * kNsPerS + time.tv_nsec; }
timespec timespec_of(std::int64_t ns) { return {.tv_sec = ns / kNsPerS, .tv_nsec = ns % kNsPerS}; }

[[noreturn]] void fail(const LakePath& path) {
  const int error = errno;
  throw Error(error == ENOSPC || error == EDQUOT ? Code::kResourceExhausted : Code::kUnavailable,
              "Cannot append to " + detail::quoted(path) + ": " + std::strerror(error) + ".",
              error == ENOSPC || error == EDQUOT ? "Free some disk space and try again." : "");
}

/// A file's end: how long it is and since when.
struct End {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;

  static End of(const struct stat& status) {
    return {status.st_ino, static_cast<std::uint64_t>(status.st_size), ns_of(status.st_mtim)};
  }
  bool operator==(const End&) const = default;
};

struct Note {
  LakePath path;
  End before;
  std::int64_t modified_ns = 0;  // when all has arrived
  std::uint64_t size = 0;

  std::string text() const {
    return Json{{"path", path.text()}, {"inode", before.inode},
                {"size", before.size}, {"modified_ns", before.modified_ns},
                {"new_size", size},    {"new_modified_ns", modified_ns}}
        .dump();
  }
  static Note parse(const std::string& text) {
    const Json json = parse_json(text, "an append's note");
    return {parse_path(json.at("path").get<std::string>()),
            {json.at("inode").get<std::uint64_t>(), json.at("size").get<std::uint64_t>(),
             json.at("modified_ns").get<std::int64_t>()},
            json.at("new_modified_ns").get<std::int64_t>(),
            json.at("new_size").get<std::uint64_t>()};
  }
};

FileDescriptor open_to_write(const fs::path& local) {
  return FileDescriptor(::open(local.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
}

bool set_modified(int fd, std::int64_t ns) {
  const timespec times[] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, timespec_of(ns)};
  return ::futimens(fd, times) == 0 && ::fsync(fd) == 0;
}

bool cut_back(int fd, const End& before) {
  return ::ftruncate(fd, static_cast<off_t>(before.size)) == 0 &&
         set_modified(fd, before.modified_ns);
}

void write_at(int fd, std::uint64_t offset, std::string_view bytes, const LakePath& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

/// Takes an unfinished append back. The caller holds the path's lock.
void undo(const Note& note, const fs::path& local) {
  const FileDescriptor file = open_to_write(local);
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return;  // it is gone, and its note too
  const End now = End::of(status);
  const bool done = now.size == note.size && now.modified_ns == note.modified_ns;
  if (now.inode != note.before.inode || done || now == note.before) return;
  if (!cut_back(file.get(), note.before)) fail(note.path);
  log::info("lake.append.undone", {{"path", note.path.text()}, {"size", note.before.size}});
}

/// The bytes of a source; of more than `bytes_max` the first ones, and more than that.
std::string all_of(const ByteSource& source, std::size_t bytes_max) {
  std::string bytes;
  std::string buffer(kAppendBufferBytes, '\0');
  while (const std::size_t count = source(buffer)) {
    bytes.append(buffer, 0, count);
    if (bytes.size() > bytes_max) return bytes;
  }
  return bytes;
}

}  // namespace

FileInfo Lake::append(const LakePath& path, const ByteSource& source, const Conditions& conditions,
                      const CancelToken& cancel, const BeforePublish& before_publish) {
  const fs::path local = local_path(path);
  // In memory before anybody waits for the lock. What is larger, and a file with other links, is
  // written anew.
  const std::string head = all_of(source, kAppendAtOnceMax);
  cancel.check();
  const std::shared_ptr<LakeFile> file = open(path);
  struct stat status {};
  if (::lstat(local.c_str(), &status) != 0) fail(path);
  if (head.size() > kAppendAtOnceMax || status.st_nlink > 1) {
    Conditions same = conditions;
    if (!same.if_match) same.if_match = file->info().etag;
    std::uint64_t done = 0;
    const auto whole = [&](std::span<char> buffer) -> std::size_t {
      const std::uint64_t size = file->info().size;
      if (done < size) {
        const auto want = std::min<std::uint64_t>(buffer.size(), size - done);
        const std::size_t got = file->read(done, buffer.first(want));
        if (got == 0) throw Error(Code::kDataLoss, "The file has become shorter: " + path.text());
        done += got;
        return got;
      }
      if (done < size + head.size()) {
        const std::string_view rest = std::string_view(head).substr(done - size, buffer.size());
        std::memcpy(buffer.data(), rest.data(), rest.size());
        done += rest.size();
        return rest.size();
      }
      return source(buffer);
    };
    return put(path, whole, same, cancel, before_publish);
  }

  const auto lock = impl_->hold(path);
  const FileInfo existing = stat(path);
  if (existing.folder) {
    throw Error(Code::kInvalidArgument, "A folder takes no bytes: " + detail::quoted(path) + ".");
  }
  detail::require_etag(existing, path, conditions);
  const FileDescriptor target = open_to_write(local);
  if (!target || ::fstat(target.get(), &status) != 0) fail(path);
  if (existing.size + head.size() > kFileBytesMax) {
    throw Error(Code::kTooLarge,
                "The file is larger than the lake takes: " + detail::quoted(path) + ".");
  }
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  Note note{path, End::of(status), ns_of(now), existing.size + head.size()};
  const fs::path noted = root_ / ".appends" / sha256_hex(path.text());
  const auto pending = files_.create(noted);
  pending->write(note.text());
  pending->publish();
  try {
    struct stat future = status;
    future.st_size = static_cast<off_t>(note.size);
    future.st_mtim = now;
    if (before_publish) before_publish(detail::info_of(path, future));
    fail_point("lake.append.before_bytes");
    write_at(target.get(), existing.size, std::string_view(head).substr(0, head.size() / 2), path);
    fail_point("lake.append.half");
    write_at(target.get(), existing.size + head.size() / 2,
             std::string_view(head).substr(head.size() / 2), path);
    fail_point("lake.append.before_end");
    if (!set_modified(target.get(), note.modified_ns)) fail(path);
  } catch (...) {
    if (cut_back(target.get(), note.before)) ::unlink(noted.c_str());
    throw;
  }
  fail_point("lake.append.after_end");
  // Where this is lost in a crash, the file is what the note says that it shall become.
  ::unlink(noted.c_str());
  return stat(path);
}

void Lake::undo_appends() {
  std::error_code error;
  for (fs::directory_iterator entry(root_ / ".appends", error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with(kTemporaryPrefix)) continue;
    try {
      const Note note = Note::parse(read_file(entry->path(), kNoteBytesMax));
      const auto lock = impl_->hold(note.path);
      // Another server may have ended it meanwhile.
      if (!fs::exists(entry->path())) continue;
      undo(note, local_path(note.path));
      ::unlink(entry->path().c_str());
    } catch (const std::exception& failure) {
      log::warn("lake.append.not_undone",
                {{"note", entry->path().string()}, {"error", failure.what()}});
    }
  }
}

}  // namespace tarn::lake
