#pragma once
// A workspace in a temporary folder, with all the modules that a job needs.

#include <fstream>

#include "assets/models.h"
#include "engine/database.h"
#include "jobs/scheduler.h"
#include "lake/catalog.h"
#include "meta/store.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"
#include "track/tracking.h"

namespace tarn::jobs {

struct Home {
  TemporaryFolder folder;
  std::unique_ptr<meta::Store> store = meta::Store::open(test_store(folder.path() / "tarn.db"));
  std::string workspace = meta::ensure_workspace(*store, "main");
  lake::Lake lake{folder.path() / "lake"};
  std::unique_ptr<engine::Database> database;
  lake::delta::EngineProvider engine = [this]() -> engine::Database& {
    if (!database) {
      engine::Settings settings;
      settings.allowed_directories = {lake.root()};
      database = engine::Database::open(settings);
    }
    return *database;
  };
  lake::Catalog catalog{lake, *store, engine, "main"};
  track::Tracking tracking{*store, workspace, lake.root() / "artifacts"};
  assets::Models models{*store, workspace, lake.root() / "models"};

  Home() {
    lake.put(lake::parse_path("files/data/rentals.csv"),
             "temp,hum,rentals\n0.1,5,10\n0.2,6,20\n0.3,7,30\n");
  }

  SchedulerServices services() {
    return {*store,         workspace, tracking, models, catalog, engine, FileSystem::system(),
            Clock::system()};
  }
};

inline AutoMlSpec rentals_spec() {
  AutoMlSpec spec;
  spec.target_column_name = "rentals";
  spec.training_data.path = "files/data/rentals.csv";
  spec.training_data.type = "uri_file";
  spec.primary_metric = ml::Metric::kSpearmanCorrelation;
  spec.experiment_name = "bikes";
  return spec;
}

}  // namespace tarn::jobs
