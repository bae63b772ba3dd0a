#include "detail/warehouse.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <tuple>

#include "base/files.h"
#include "base/text.h"
#include "detail/names.h"
#include "lake/catalog.h"

namespace tarn::lake::detail {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kDatabaseSuffix = ".db";
// File systems stamp changes with a clock of a few milliseconds: two changes within this time may
// look like one.
constexpr long long kStampUncertaintyNs = 50'000'000;

long long now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

DatabaseListing read_listing(const fs::path& folder) {
  DatabaseListing listing;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.') || name.starts_with("_delta_log") || !entry->is_directory() ||
        entry->is_symlink())
      continue;
    if (!refusal_of_text(name).empty()) continue;
    if (name.ends_with(kDatabaseSuffix) && name.size() > kDatabaseSuffix.size()) {
      listing.databases.push_back(
          name_of_folder(std::string_view(name).substr(0, name.size() - kDatabaseSuffix.size())));
      continue;
    }
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos) {
      listing.folders.push_back({name, std::string(kDefaultSchema), name_of_folder(name)});
    } else {
      listing.folders.push_back({name, name_of_folder(std::string_view(name).substr(0, dot)),
                                 name_of_folder(std::string_view(name).substr(dot + 1))});
    }
  }
  std::sort(listing.folders.begin(), listing.folders.end(),
            [](const TableFolder& a, const TableFolder& b) {
              return std::tie(a.schema, a.table, a.folder) < std::tie(b.schema, b.table, b.folder);
            });
  std::sort(listing.databases.begin(), listing.databases.end());
  return listing;
}

}  // namespace

std::string folder_name(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    const bool plain = byte > 0x20 && byte != 0x7F &&
                       std::string_view("./\\%*?\"<>|:{}").find(name[i]) == std::string_view::npos;
    const bool inner_blank = byte == ' ' && i > 0 && i + 1 < name.size();
    if (plain || inner_blank) {
      out += name[i];
    } else {
      char encoded[4];
      std::snprintf(encoded, sizeof encoded, "%%%02X", byte);
      out += encoded;
    }
  }
  return out;
}

std::string name_of_folder(std::string_view folder) {
  return percent_decode(folder).value_or(std::string(folder));
}

fs::path Warehouse::folder_of(std::string_view database) const {
  if (equal_ignoring_case(database, kDefaultDatabase)) return root_;
  return root_ / (folder_name(database) + std::string(kDatabaseSuffix));
}

fs::path Warehouse::folder_of(std::string_view database, std::string_view schema,
                              std::string_view table) const {
  const std::string name = folder_name(table);
  if (equal_ignoring_case(schema, kDefaultSchema)) return folder_of(database) / name;
  return folder_of(database) / (folder_name(schema) + "." + name);
}

ListingPtr Warehouse::list(const fs::path& database_folder) {
  struct stat status {};
  if (::stat(database_folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return nullptr;
  const long long modified_ns = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
  const std::lock_guard lock(mutex_);
  Kept& kept = kept_[database_folder.string()];
  if (kept.listing && kept.settled && kept.modified_ns == modified_ns &&
      kept.inode == status.st_ino)
    return kept.listing;
  kept.settled = now_ns() - modified_ns > kStampUncertaintyNs;
  kept.modified_ns = modified_ns;
  kept.inode = status.st_ino;
  kept.listing = std::make_shared<const DatabaseListing>(read_listing(database_folder));
  ListingPtr listing = kept.listing;
  if (kept_.size() > kListingsMax) kept_.clear();
  return listing;
}

}  // namespace tarn::lake::detail
