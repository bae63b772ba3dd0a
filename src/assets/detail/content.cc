#include "detail/content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "assets/models.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "detail/pickle.h"
#include "detail/version_folder.h"

namespace tarn::assets::detail {

namespace {

namespace fs = std::filesystem;

constexpr int kDepthMax = 64;

[[noreturn]] void throw_file(Code code, const std::string& what, const std::string& path) {
  throw Error(code, what + ": " + path + ".");
}

/// The paths of all plain files below `folder`, sorted.
std::vector<std::string> list_files(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(folder, error);
  if (!fs::exists(status)) throw_file(Code::kNotFound, "There is no such folder", folder.string());
  if (!fs::is_directory(status))
    throw_file(Code::kInvalidArgument, "Not a folder", folder.string());
  std::vector<std::string> paths;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().lexically_relative(folder).generic_string();
    const fs::file_status kind = entry->symlink_status();
    if (entry.depth() >= kDepthMax)
      throw_file(Code::kTooLarge, "A model's folders nest too deeply", path);
    if (fs::is_directory(kind)) continue;
    if (!fs::is_regular_file(kind)) {
      throw_file(Code::kInvalidArgument, "A model holds plain files only, no link or special file",
                 path);
    }
    if (!valid_utf8(path))
      throw_file(Code::kInvalidArgument, "A model's file has a name that is not UTF-8",
                 to_hex(path));
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kTemporaryPrefix) || name == kMarker) {
      throw_file(Code::kInvalidArgument, "A model's file has a name that Tarn keeps for itself",
                 path);
    }
    if (paths.size() == kModelFilesMax) {
      throw Error(Code::kTooLarge,
                  "A model has at most " + std::to_string(kModelFilesMax) + " files.");
    }
    paths.push_back(path);
  }
  if (error)
    throw_file(Code::kUnavailable, "A folder cannot be read",
               folder.string() + ": " + error.message());
  if (paths.empty())
    throw_file(Code::kInvalidArgument, "A model's folder holds no file", folder.string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Copies while it hashes: what was registered is what was read, whatever happens to the source
/// meanwhile.
ContentFile copy_file(const fs::path& from, const std::string& path, const fs::path& to,
                      std::uint64_t bytes_left, FileSystem& files) {
  const FileDescriptor source(
      ::open((from / path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!source)
    throw_file(Code::kUnavailable, "A file cannot be read", path + ": " + std::strerror(errno));
  struct stat status {};
  if (::fstat(source.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw_file(Code::kInvalidArgument, "A model holds plain files only, no link or special file",
               path);
  }
  const std::unique_ptr<PendingFile> target = files.create(to / path);
  ContentFile file{.path = path};
  Sha256 hash;
  PickleCheck pickle(path);
  std::vector<char> buffer(std::size_t{1} << 20);
  for (;;) {
    const ssize_t size = ::read(source.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0)
      throw_file(Code::kUnavailable, "A file cannot be read", path + ": " + std::strerror(errno));
    if (size == 0) break;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
    file.size_bytes += bytes.size();
    if (file.size_bytes > bytes_left) {
      throw Error(Code::kTooLarge,
                  "A model has at most " + std::to_string(kModelBytesMax) + " bytes.");
    }
    hash.update(bytes);
    pickle.see(bytes);
    target->write(bytes);
  }
  file.sha256 = hash.hex();
  file.may_hold_pickle = pickle.found();
  target->publish();
  return file;
}

}  // namespace

std::uint64_t Content::size_bytes() const {
  std::uint64_t size = 0;
  for (const ContentFile& file : files) size += file.size_bytes;
  return size;
}

const ContentFile* Content::find(std::string_view path) const {
  const auto found = std::ranges::find(files, path, &ContentFile::path);
  return found == files.end() ? nullptr : &*found;
}

std::string Content::sha256() const {
  Sha256 hash;
  for (const ContentFile& file : files) {
    hash.update(file.sha256 + "  " + std::to_string(file.size_bytes) + "  " + file.path + "\n");
  }
  return hash.hex();
}

Content copy_folder(const fs::path& from, const fs::path& to, FileSystem& files) {
  Content content;
  std::uint64_t bytes_left = kModelBytesMax;
  for (const std::string& path : list_files(from)) {
    content.files.push_back(copy_file(from, path, to, bytes_left, files));
    bytes_left -= content.files.back().size_bytes;
  }
  return content;
}

Content write_bytes(std::string_view bytes, const std::string& path, const fs::path& to,
                    FileSystem& files) {
  if (bytes.size() > kModelMainBytesMax) {
    throw Error(Code::kTooLarge,
                "A model's file has at most " + std::to_string(kModelMainBytesMax) + " bytes.");
  }
  const std::unique_ptr<PendingFile> target = files.create(to / path);
  target->write(bytes);
  target->publish();
  PickleCheck pickle(path);
  pickle.see(bytes);
  return {.files = {{.path = path,
                     .size_bytes = bytes.size(),
                     .sha256 = sha256_hex(bytes),
                     .may_hold_pickle = pickle.found()}}};
}

void check_file_path(std::string_view path) {
  const auto clean = [](const std::string& part) {
    return !part.empty() && part != "." && part != "..";
  };
  const bool good = valid_utf8(path) && path.find('\0') == std::string_view::npos &&
                    path.size() <= 1024 && std::ranges::all_of(split(path, '/'), clean);
  if (!good) {
    throw Error(Code::kInvalidArgument,
                "Not a file's path within a model: " + std::string(path.substr(0, 200)) + ".",
                "Write a relative path, such as model.onnx.");
  }
}

}  // namespace tarn::assets::detail
