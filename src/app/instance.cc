#include "instance.h"

#include <malloc.h>
#include <unistd.h>

#include <mutex>

#include "api/file_access.h"
#include "api/gate.h"
#include "api/rest.h"
#include "api/storage.h"
#include "api/tds.h"
#include "api/workspace.h"
#include "assets/models.h"
#include "base/error.h"
#include "base/log.h"
#include "engine/database.h"
#include "engine/memory.h"
#include "identity/account_key.h"
#include "identity/authority.h"
#include "identity/logins.h"
#include "identity/secrets.h"
#include "identity/tokens.h"
#include "jobs/scheduler.h"
#include "lake/access_lists.h"
#include "lake/catalog.h"
#include "lake/joint_commit.h"
#include "lake/lake.h"
#include "lake/leases.h"
#include "lake/properties.h"
#include "lake/staging.h"
#include "meta/store.h"
#include "meta/workspaces.h"
#include "onnx/scorer_cache.h"
#include "places.h"
#include "pools/pools.h"
#include "router/metrics.h"
#include "router/router.h"
#include "sql/session.h"
#include "start_sweep.h"
#include "track/logged_models.h"
#include "track/tracking.h"

namespace tarn::app {
namespace {

constexpr int kJobsDefault = 2;  // each takes all cores

/// The engine, opened by the first who asks.
class LazyEngine {
 public:
  LazyEngine(const Home& home, const std::filesystem::path& lake,
             const InstanceSettings& settings) {
    settings_.memory_bytes_max = settings.engine_memory_bytes_max;
    settings_.threads = settings.engine_threads;
    settings_.temp_directory =
        settings.temp_folder.empty() ? home.engine_temporaries() : settings.temp_folder;
    if (settings.temp_bytes_max > 0) settings_.temp_bytes_max = settings.temp_bytes_max;
    settings_.allowed_directories = {lake, home.pools()};
  }

  engine::Database& get() {
    std::lock_guard lock(mutex_);
    if (!database_) {
      std::filesystem::create_directories(settings_.temp_directory);
      database_ = engine::Database::open(settings_);
    }
    return *database_;
  }

 private:
  engine::Settings settings_;
  std::mutex mutex_;
  std::unique_ptr<engine::Database> database_;
};

/// The workspace's id, and the places made sure of.
std::string bound_workspace(meta::Store& store, const std::string& name, const Home& home,
                            const Places& places) {
  std::string id = meta::ensure_workspace(store, name);
  bind_lake(store, id, home, places);
  remember_places(home, places);
  return id;
}

}  // namespace

std::string version() { return TARN_VERSION; }

// In the order of construction: each member uses those above it.
struct Instance::Impl {
  Home home;
  Places places;
  router::Metrics metrics;
  std::unique_ptr<meta::Store> store;
  std::string workspace_id;
  identity::Authority authority;
  identity::Tokens tokens;
  identity::Logins logins;
  LazyEngine engine;
  identity::Secrets secrets;
  identity::AccountKey account_key;
  lake::Lake lake;
  lake::Properties properties;
  lake::Leases leases;
  lake::Staging staging;
  lake::AccessLists access_lists;
  api::ListedAccess listed_access;
  lake::Catalog catalog;
  lake::JointCommits joint_commits;
  pools::Pools pools;
  track::Tracking tracking;
  track::LoggedModels logged_models;
  assets::Models models;
  onnx::ScorerCache scorers;
  sql::Services sql;
  jobs::Scheduler jobs;
  StartSweep sweep;
  api::Workspace workspace;
  api::IdentityGate gate;
  std::unique_ptr<router::Router> router;

  Impl(Home opened, const InstanceSettings& settings)
      : home(std::move(opened)),
        places(find_places(home, settings.store, settings.lake)),
        store(meta::Store::open(places.store, {.backup_folder = home.folder() / "backups"})),
        workspace_id(bound_workspace(*store, settings.workspace, home, places)),
        authority(*store, workspace_id),
        tokens(*store, workspace_id, authority, home.folder()),
        logins(*store, workspace_id, authority),
        engine(home, places.lake, settings),
        secrets(*store, workspace_id, home.folder()),
        account_key(secrets),
        lake(places.lake, FileSystem::system(), places.shared),
        properties(*store, workspace_id, lake),
        leases(*store, workspace_id),
        staging(lake),
        access_lists(lake, properties),
        listed_access(access_lists),
        catalog(
            lake, *store, [this]() -> engine::Database& { return engine.get(); },
            settings.workspace),
        joint_commits(home.folder() / "run" / "transactions", places.lake),
        // A store of its own needs no name for the server that has it: the home may move.
        pools(*store, workspace_id, home.pools(), places.shared ? home.server_id() : std::string(),
              [this]() -> engine::Database& { return engine.get(); }),
        tracking(*store, workspace_id, places.lake / "artifacts"),
        logged_models(*store, workspace_id),
        models(*store, workspace_id, places.lake / "models"),
        sql{.database = [this]() -> engine::Database& { return engine.get(); },
            .lake = &lake,
            .catalog = &catalog,
            .joint_commits = &joint_commits,
            .pools = &pools,
            .secrets = &secrets,
            .authority = &authority,
            .logins = &logins,
            .store = store.get(),
            .workspace_id = workspace_id,
            .scorers = &scorers,
            .model_bytes =
                [this](std::string_view uri) { return models.read_main_file(models.resolve(uri)); },
            .admission = std::make_shared<sql::Admission>(
                sql::AdmissionLimits{.running_max = settings.queries_max})},
        jobs({.store = *store,
              .workspace_id = workspace_id,
              .tracking = tracking,
              .models = models,
              .catalog = catalog,
              .engine = [this]() -> engine::Database& { return engine.get(); }},
             {.jobs_max = settings.jobs_max > 0 ? settings.jobs_max : kJobsDefault,
              .worker_limits = settings.worker_limits,
              .cgroups = settings.job_groups,
              .code_version = version(),
              .server_id = home.server_id(),
              .home = home.folder().string(),
              .shared = places.shared}),
        sweep({.store = *store,
               .workspace_id = workspace_id,
               .lake = lake,
               .catalog = catalog,
               .models = models,
               .engine = [this]() -> engine::Database& { return engine.get(); },
               .shared = places.shared}),
        workspace{.name = settings.workspace,
                  .version = version(),
                  .home = home.folder(),
                  .store = *store,
                  .authority = authority,
                  .tokens = tokens,
                  .lake = lake,
                  .catalog = catalog,
                  .pools = pools,
                  .engine = [this]() -> engine::Database& { return engine.get(); },
                  .sql = sql,
                  .tracking = tracking,
                  .logged_models = logged_models,
                  .models = models,
                  .jobs = jobs,
                  .metrics = metrics,
                  .account_key = account_key,
                  .properties = properties,
                  .leases = leases,
                  .staging = staging,
                  .access_lists = access_lists},
        gate(authority, tokens, geteuid(), api::storage_credentials(workspace)) {
    authority.set_file_access(&listed_access);
    lake.undo_appends();
    // Before anybody reads: a transaction that a crash interrupted is whole again.
    joint_commits.recover(
        [this](const std::filesystem::path& folder) { return catalog.tables().open(folder); });
    auto routes = api::rest_routes(
        workspace, [] { return std::vector<std::string>(); },
        [this]() -> const std::vector<router::Route>& { return router->routes(); });
    router = std::make_unique<router::Router>(std::move(routes), gate, &metrics);
  }
};

Instance::Instance(Home home, const InstanceSettings& settings)
    : impl_(std::make_unique<Impl>(std::move(home), settings)) {}
Instance::~Instance() = default;

const Home& Instance::home() const { return impl_->home; }
const router::Router& Instance::router() const { return *impl_->router; }
router::Metrics& Instance::metrics() { return impl_->metrics; }
tds::SignIn Instance::sql_sign_in(bool require_login) {
  return api::tds_sign_in(impl_->workspace, {.require_login = require_login});
}

void Instance::recover() {
  impl_->staging.sweep();
  impl_->pools.recover();
  impl_->sweep.start();
  if (!impl_->sweep.wait(kSweepWaitS)) {
    log::info("the sweep goes on while requests are served", {{"waited_s", kSweepWaitS}});
  }
}

void Instance::start_jobs() { impl_->jobs.start(); }

void Instance::stop_jobs() { impl_->jobs.stop(); }

void Instance::release_memory() {
  try {
    impl_->store->checkpoint();
  } catch (const Error& error) {
    // A full disk, as a rule: the store is whole, and the next look tries again.
    log::warn("store.checkpoint.failed", {{"error", error.what()}});
  }
  engine::release_memory();
  malloc_trim(0);
}

}  // namespace tarn::app
