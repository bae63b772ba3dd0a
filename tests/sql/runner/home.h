#pragma once
// A fresh home in a temporary folder, with the services that a SQL session needs: what app puts
// together for a server.

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/database.h"
#include "identity/secrets.h"
#include "lake/catalog.h"
#include "lake/joint_commit.h"
#include "lake/lake.h"
#include "meta/store.h"
#include "onnx/scorer_cache.h"
#include "pools/pools.h"
#include "sql/session.h"

namespace tarn::sqltest {

/// Removed with all that is in it when destroyed.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class Home {
 public:
  explicit Home(const std::filesystem::path& folder);

  const sql::Services& services() const { return services_; }
  lake::Lake& lake() { return *lake_; }
  pools::Pools& pools() { return *pools_; }

  /// Registers a linear model as models:/NAME/1 and writes it to files/models/NAME.onnx. Each input
  /// is "name=weight" or "name:type=weight" (type float, double or int64); "bias=x" sets the
  /// constant. The output is variable_out1, float.
  void add_model(const std::string& name, std::span<const std::string> inputs);

 private:
  std::unique_ptr<meta::Store> store_;
  std::unique_ptr<lake::Lake> lake_;
  std::unique_ptr<engine::Database> database_;
  std::unique_ptr<lake::Catalog> catalog_;
  std::unique_ptr<lake::JointCommits> joint_commits_;
  std::unique_ptr<pools::Pools> pools_;
  std::unique_ptr<identity::Secrets> secrets_;
  onnx::ScorerCache scorers_;
  std::map<std::string, std::string> models_;  // bytes by URI
  sql::Services services_;
};

}  // namespace tarn::sqltest
