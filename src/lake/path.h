#pragma once
// Paths of the lake, in every form that Azure's tools write them, checked before anything touches
// the disk.
//
// Owns the grammar of a path and every refusal of an escape. Never looks at the disk: symbolic
// links are refused by Lake, component by component, when a path is opened.

#include <compare>
#include <string>
#include <string_view>

namespace tarn::lake {

/// A place in the lake: a container and a path in it. Made by parse_path() only, so that it is safe
/// by construction.
struct LakePath {
  std::string container;  // "files"
  std::string path;       // "data/x.csv"; empty for the container itself; no slash at either end
  bool folder = false;    // written with a slash at its end, or the container itself

  /// "files/data/x.csv": the short form, which parse_path() reads back.
  std::string text() const;
  /// The last component; the container's name for the container itself.
  std::string_view name() const;
  /// The folder that holds it; the container itself stays.
  LakePath parent() const;
  /// True when the path has wildcards (*, **, ?, {a,b}); only parse_pattern() makes such.
  bool pattern() const;

  auto operator<=>(const LakePath& other) const {
    if (auto order = container <=> other.container; order != 0) return order;
    return path <=> other.path;
  }
  bool operator==(const LakePath& other) const {
    return container == other.container && path == other.path;
  }
};

inline constexpr std::string_view kPrimaryContainer = "files";
inline constexpr std::size_t kPathBytesMax =
    1024;  // of the whole text after decoding, as Azure's blob names
inline constexpr std::size_t kComponentBytesMax = 255;  // NAME_MAX
inline constexpr std::size_t kPathDepthMax = 63;  // components below the container, as ADLS Gen2

/// Reads a path in any of these forms; every account name means this workspace's own lake:
///   files/data/x.csv                                          container/path
///   abfss://files@account.dfs.core.windows.net/data/x.csv     also abfs, wasb, wasbs (blob.core…);
///   abfss:///data/x.csv https://account.dfs.core.windows.net/files/data/x.csv     also blob
///   azureml://datastores/workspaceblobstore/paths/data/x.csv  also with
///   subscriptions/…/workspaces/… before
/// In the URL forms percent-encoding is decoded once; in the short form '%' is itself.
/// Throws Error(kInvalidArgument) for '..', absolute paths, encoded escapes, backslashes, control
/// characters, invalid or overlong UTF-8, reserved names, wildcards and over-long input;
/// kUnsupported for stores that are not linked.
LakePath parse_path(std::string_view text);

/// As parse_path(), with the wildcards that Lake::glob() reads: '*' and '?' within a component,
/// '**' for any number of components, '{a,b}' for one of several texts.
LakePath parse_pattern(std::string_view text);

/// `text` below `base`: a relative path, one leading slash allowed (as OPENROWSET's BULK with a
/// DATA_SOURCE). The same checks. With `pattern`, wildcards are allowed.
LakePath parse_below(const LakePath& base, std::string_view text, bool pattern = false);

/// True when `name` may name a container: 3 to 63 of a-z, 0-9 and single hyphens, as Azure has it.
bool valid_container_name(std::string_view name);

}  // namespace tarn::lake
