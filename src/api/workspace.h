#pragma once
// What the surfaces delegate to: the services of one workspace, put together by `app`.

#include <filesystem>
#include <functional>
#include <string>

namespace tarn {
class Clock;
namespace assets {
class Models;
}
namespace engine {
class Database;
}
namespace identity {
class AccountKey;
class Authority;
class Tokens;
}  // namespace identity
namespace jobs {
class Scheduler;
}
namespace lake {
class AccessLists;
class Catalog;
class Lake;
class Leases;
class Properties;
class Staging;
}  // namespace lake
namespace meta {
class Store;
}
namespace pools {
class Pools;
}
namespace router {
class Metrics;
}
namespace sql {
struct Services;
}
namespace track {
class LoggedModels;
class Tracking;
}  // namespace track
}  // namespace tarn

namespace tarn::api {

/// References to services that outlive every route; all of them are thread-safe.
struct Workspace {
  std::string name;  // "main"
  std::string version;
  std::filesystem::path home;
  meta::Store& store;
  identity::Authority& authority;
  identity::Tokens& tokens;
  lake::Lake& lake;
  lake::Catalog& catalog;
  pools::Pools& pools;
  std::function<engine::Database&()> engine;  // opened at its first call
  const sql::Services& sql;
  track::Tracking& tracking;
  track::LoggedModels& logged_models;
  assets::Models& models;
  jobs::Scheduler& jobs;
  router::Metrics& metrics;
  // Of the storage API.
  identity::AccountKey& account_key;
  lake::Properties& properties;
  lake::Leases& leases;
  lake::Staging& staging;
  lake::AccessLists& access_lists;
};

}  // namespace tarn::api
