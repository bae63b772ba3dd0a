#pragma once
// Where a home's metadata and lake lie: in the home, or where --store and --lake say.
//
// <home>/places.json remembers both (the store's address without user and password), so that a
// command that forgets the option does not begin a second, empty store.

#include <filesystem>
#include <memory>
#include <string>

#include "app/home.h"
#include "base/files.h"

namespace tarn::meta {
class Store;
}

namespace tarn::app {

struct Places {
  std::string store;           // a file or an address, password included
  std::filesystem::path lake;  // absolute
  bool shared = false;      // other servers may use both at the same time: the store is PostgreSQL
  FileLock lake_lock;       // of a lake outside of the home
  std::string to_remember;  // what places.json will hold; empty: what it holds
};

/// The places of a home that is open; `store` and `lake` are what the user named, or empty. Throws
/// Error: kInvalidArgument where they differ from those that the home has had, kUnavailable when
/// another home has the lake for itself.
Places find_places(const Home& home, const std::string& store, const std::string& lake);

/// Writes places.json, once both could be opened: a wrong address is not remembered.
void remember_places(const Home& home, const Places& places);

/// Makes sure that all servers on a shared store use one lake, by the same path: they hand each
/// other paths. Throws Error(kInvalidArgument).
void bind_lake(meta::Store& store, const std::string& workspace_id, const Home& home,
               const Places& places);

}  // namespace tarn::app
