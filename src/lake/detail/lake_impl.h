#pragma once
// What the parts of Lake share: its root, and the locks under which a path is changed.

#include <array>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "detail/folder.h"
#include "lake/lake.h"

namespace tarn::lake {

namespace detail {

inline constexpr std::size_t kLockStripes = 64;

inline std::string quoted(const LakePath& path) { return "'" + path.text() + "'"; }

/// Throws unless the conditions let what is there be changed.
void require_etag(const std::optional<FileInfo>& existing, const LakePath& path,
                  const Conditions& conditions);

}  // namespace detail

struct Lake::Impl {
  detail::Folder root;
  // Conditions are checked and the change is made under the stripe of the path, so that both are
  // one step for everybody in this process; the home's lock keeps other processes out, or, in a
  // shared lake, the stripe's file.
  std::array<std::mutex, detail::kLockStripes> stripes;
  std::filesystem::path locks;  // the folder of the stripes' files; empty: not shared

  struct Held {
    std::unique_lock<std::mutex> here;
    std::optional<FileLock> everywhere;
  };

  Held hold(const LakePath& path) {
    const std::size_t stripe = fnv1a(path.text()) % detail::kLockStripes;
    Held held{std::unique_lock(stripes[stripe]), std::nullopt};
    if (locks.empty()) return held;
    held.everywhere = FileLock::acquire(locks / std::to_string(stripe), FileLock::Mode::kExclusive,
                                        kSharedLockWaitS);
    if (!held.everywhere) {
      throw Error(Code::kUnavailable, "Another server is changing " + detail::quoted(path) + ".",
                  "Try again shortly.");
    }
    return held;
  }

  /// The same in every build of every server, unlike std::hash.
  static std::uint64_t fnv1a(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
  }
};

}  // namespace tarn::lake
