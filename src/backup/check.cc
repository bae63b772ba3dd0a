#include "backup/check.h"

#include <functional>

#include "assets/content_check.h"
#include "backup/home_format.h"
#include "base/error.h"
#include "base/json.h"
#include "lake/table_check.h"
#include "meta/integrity.h"
#include "meta/store.h"
#include "pools/pools.h"

namespace tarn::backup {
namespace {

namespace fs = std::filesystem;

constexpr int kPage = 1000;
constexpr std::size_t kProblemsOfOneTableMax = 20;

class Check {
 public:
  Check(const CheckSource& source, const CancelToken& cancel) : source_(source), cancel_(cancel) {}

  CheckReport run() {
    home();
    store();
    tables();
    models();
    jobs();
    pools();
    return std::move(report_);
  }

 private:
  void note(std::string area, std::string name, std::string problem) {
    if (report_.findings.size() < kFindingsMax)
      report_.findings.push_back({std::move(area), std::move(name), std::move(problem)});
  }

  void home() {
    try {
      if (home_format(source_.home) == 0) note("home", "FORMAT", "the file is missing");
    } catch (const Error& error) {
      note("home", "FORMAT", error.message());
    }
  }

  void store() {
    const std::string place = source_.store.place();
    // A server's own address is without its password here; it checks its pages itself.
    if (place.find("://") != std::string::npos) return;
    try {
      for (const std::string& problem : meta::integrity_problems(place))
        note("store", place, problem);
    } catch (const Error& error) {
      note("store", place, error.message());
    }
  }

  void tables() {
    for (const fs::path& folder : lake::delta::find_tables(source_.lake, cancel_)) {
      auto result = look(folder);
      // A writer may have been between two steps.
      if (!result.problems.empty()) result = look(folder);
      if (!fs::exists(folder)) continue;
      ++report_.tables;
      report_.files += static_cast<std::int64_t>(result.files);
      const std::string name = folder.lexically_relative(source_.lake).generic_string();
      for (const std::string& problem : result.problems) note("table", name, problem);
    }
  }

  lake::delta::TableCheck look(const fs::path& folder) {
    return lake::delta::check_table(folder, source_.engine, kProblemsOfOneTableMax, cancel_);
  }

  /// Every row of a query, page by page; the query ends with the condition on the last key.
  void each(std::string_view select, std::string_view key,
            const std::function<void(const meta::Row& row)>& body) {
    std::vector<std::string> last(2);
    std::int64_t number = 0;
    const std::string sql = std::string(select) + " WHERE (" + std::string(key) +
                            ") > ($1, $2, $3) ORDER BY " + std::string(key) + " LIMIT $4";
    while (true) {
      const meta::Rows rows = source_.store.read(
          [&](meta::Transaction& tx) { return tx.query(sql, last[0], last[1], number, kPage); });
      for (const meta::Row& row : rows) {
        cancel_.check();
        last = {row.text(0), row.text(1)};
        number = row.int64(2);
        body(row);
      }
      if (rows.size() < static_cast<std::size_t>(kPage)) return;
    }
  }

  void models() {
    each("SELECT workspace_id, name, version, folder, content_sha256 FROM model_versions",
         "workspace_id, name, version", [&](const meta::Row& row) {
           ++report_.models;
           const std::string problem = problem_of_model(row);
           if (problem.empty() || !is_there_still(row)) return;
           note("model", row.text(1) + ":" + std::to_string(row.int64(2)), problem);
         });
  }

  std::string problem_of_model(const meta::Row& row) const {
    try {
      if (row.text(3).empty()) return {};  // a prompt's version has no files
      const fs::path folder = source_.lake / "models" / row.text(3);
      if (assets::content_digest(folder, cancel_) == row.text(4)) return {};
      return "its digest differs from the registered one";
    } catch (const Error& error) {
      if (error.code() == Code::kCancelled) throw;
      return error.message();
    }
  }

  bool is_there_still(const meta::Row& row) {
    return source_.store.read([&](meta::Transaction& tx) {
      return tx
          .query_one(
              "SELECT 1 FROM model_versions WHERE workspace_id = $1 AND name = $2 AND version = $3",
              row.text(0), row.text(1), row.int64(2))
          .has_value();
    });
  }

  void jobs() {
    each(
        "SELECT workspace_id, job_id, created_at, name, state, folder, result, experiment_id "
        "FROM jobs",
        "workspace_id, job_id, created_at", [&](const meta::Row& row) {
          ++report_.jobs;
          job(row);
        });
  }

  void job(const meta::Row& row) {
    const fs::path artifacts = source_.lake / "artifacts";
    const std::string& folder = row.text(5);
    if (!folder.empty() && !fs::exists(artifacts / folder / "job.json")) {
      note("job", row.text(3), "its folder is missing: artifacts/" + folder);
      return;
    }
    if (row.text(4) != "Completed" || row.is_null(6)) return;
    const Json result = Json::parse(row.text(6), nullptr, false);
    const std::string run = result.is_object() ? result.value("run_id", "") : "";
    if (run.empty()) return;
    const fs::path model = fs::path(row.text_or_empty(7)) / run / "artifacts/outputs/mlflow-model";
    if (!fs::exists(artifacts / model / "MLmodel"))
      note("job", row.text(3), "its model is missing: artifacts/" + model.generic_string());
  }

  void pools() {
    for (const pools::PoolInfo& pool : source_.pools.list()) {
      if (!source_.pools.owns(pool)) continue;
      ++report_.pools;
      try {
        for (const std::string& problem : source_.pools.check(pool.name, cancel_).problems)
          note("pool", pool.name, problem);
      } catch (const Error& error) {
        if (error.code() == Code::kCancelled) throw;
        // One that was dropped meanwhile is no problem.
        if (error.code() != Code::kNotFound) note("pool", pool.name, error.message());
      }
    }
  }

  const CheckSource& source_;
  const CancelToken& cancel_;
  CheckReport report_;
};

}  // namespace

CheckReport check_home(const CheckSource& source, const CancelToken& cancel) {
  return Check(source, cancel).run();
}

}  // namespace tarn::backup
