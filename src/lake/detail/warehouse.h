#pragma once
// The warehouse on disk: which folder is which table (design, "The home folder").
//
// Tables of `default` lie in <warehouse>, those of another database in <warehouse>/<database>.db;
// within, <table> is of dbo and <schema>.<table> of another schema. What a name may not have on
// disk is percent-encoded in the folder's name.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tarn::lake::detail {

/// A name as a folder's name, and back. "my.table" is "my%2Etable".
std::string folder_name(std::string_view name);
std::string name_of_folder(std::string_view folder);

struct TableFolder {
  std::string folder;  // its name on disk
  std::string schema;
  std::string table;
};

/// The folders of one database, in the order of schema and table.
struct DatabaseListing {
  std::vector<TableFolder>
      folders;  // candidates: whether each has a Delta log is seen when it is asked for
  std::vector<std::string>
      databases;  // names of the *.db folders among them (of the warehouse itself only)
};
using ListingPtr = std::shared_ptr<const DatabaseListing>;

/// Reads the folders of databases, and keeps what it read until the folder changes.
class Warehouse {
 public:
  static constexpr std::size_t kListingsMax = 64;

  explicit Warehouse(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  /// The folder of `database`, by its name on disk in its own case; `default` is the root.
  std::filesystem::path folder_of(std::string_view database) const;
  std::filesystem::path folder_of(std::string_view database, std::string_view schema,
                                  std::string_view table) const;
  /// Empty when the folder is not there.
  ListingPtr list(const std::filesystem::path& database_folder);

 private:
  struct Kept {
    ListingPtr listing;
    long long modified_ns = 0;
    unsigned long long inode = 0;
    bool settled = false;  // read long enough after the folder's last change to be sure of it
  };
  std::filesystem::path root_;
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;
};

}  // namespace tarn::lake::detail
