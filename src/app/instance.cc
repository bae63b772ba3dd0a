#include "instance.h"

#include <malloc.h>
#include <unistd.h>

#include <mutex>

#include "api/gate.h"
#include "api/rest.h"
#include "api/workspace.h"
#include "assets/models.h"
#include "base/log.h"
#include "engine/database.h"
#include "identity/authority.h"
#include "identity/secrets.h"
#include "identity/tokens.h"
#include "jobs/scheduler.h"
#include "lake/catalog.h"
#include "lake/joint_commit.h"
#include "lake/lake.h"
#include "meta/store.h"
#include "meta/workspaces.h"
#include "onnx/scorer_cache.h"
#include "router/metrics.h"
#include "router/router.h"
#include "sql/session.h"
#include "track/tracking.h"

namespace tarn::app {
namespace {

/// The engine, opened by the first who asks.
class LazyEngine {
 public:
  LazyEngine(const Home& home, const InstanceSettings& settings) {
    settings_.memory_bytes_max = settings.engine_memory_bytes_max;
    settings_.threads = settings.engine_threads;
    settings_.temp_directory = home.engine_temporaries();
    settings_.allowed_directories = {home.lake()};
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

}  // namespace

std::string version() { return TARN_VERSION; }

// In the order of construction: each member uses those above it.
struct Instance::Impl {
  Home home;
  router::Metrics metrics;
  std::unique_ptr<meta::Store> store;
  std::string workspace_id;
  identity::Authority authority;
  identity::Tokens tokens;
  LazyEngine engine;
  lake::Lake lake;
  lake::Catalog catalog;
  lake::JointCommits joint_commits;
  identity::Secrets secrets;
  track::Tracking tracking;
  assets::Models models;
  onnx::ScorerCache scorers;
  sql::Services sql;
  jobs::Scheduler jobs;
  api::Workspace workspace;
  api::IdentityGate gate;
  std::unique_ptr<router::Router> router;

  Impl(Home opened, const InstanceSettings& settings)
      : home(std::move(opened)),
        store(meta::Store::open(home.store().string())),
        workspace_id(meta::ensure_workspace(*store, settings.workspace)),
        authority(*store, workspace_id),
        tokens(*store, workspace_id, authority, home.folder()),
        engine(home, settings),
        lake(home.lake()),
        catalog(
            lake, *store, [this]() -> engine::Database& { return engine.get(); },
            settings.workspace),
        joint_commits(home.folder() / "run" / "transactions", home.lake()),
        secrets(*store, workspace_id, home.folder()),
        tracking(*store, workspace_id, home.lake() / "artifacts"),
        models(*store, workspace_id, home.lake() / "models"),
        sql{.database = [this]() -> engine::Database& { return engine.get(); },
            .lake = &lake,
            .catalog = &catalog,
            .joint_commits = &joint_commits,
            .secrets = &secrets,
            .store = store.get(),
            .workspace_id = workspace_id,
            .scorers = &scorers,
            .model_bytes =
                [this](std::string_view uri) {
                  return models.read_main_file(models.resolve(uri));
                }},
        jobs({.store = *store,
              .workspace_id = workspace_id,
              .tracking = tracking,
              .models = models,
              .catalog = catalog,
              .engine = [this]() -> engine::Database& { return engine.get(); }},
             {.code_version = version()}),
        workspace{.name = settings.workspace,
                  .version = version(),
                  .home = home.folder(),
                  .authority = authority,
                  .tokens = tokens,
                  .lake = lake,
                  .catalog = catalog,
                  .engine = [this]() -> engine::Database& { return engine.get(); },
                  .sql = sql,
                  .tracking = tracking,
                  .models = models,
                  .jobs = jobs,
                  .metrics = metrics},
        gate(authority, tokens, geteuid()) {
    // Before anybody reads: a transaction that a crash interrupted is whole again.
    joint_commits.recover([this](const std::filesystem::path& folder) {
      return catalog.tables().open(folder);
    });
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

void Instance::recover() {
  impl_->lake.sweep();
  impl_->models.sweep();
}

void Instance::start_jobs() { impl_->jobs.start(); }

void Instance::stop_jobs() { impl_->jobs.stop(); }

void Instance::release_memory() {
  impl_->store->checkpoint();
  malloc_trim(0);
}

}  // namespace tarn::app
