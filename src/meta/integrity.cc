#include "meta/integrity.h"

#include "base/error.h"
#include "detail/backend.h"
#include "detail/migration.h"
#include "meta/store.h"

namespace tarn::meta {
namespace {

constexpr int kProblemsMax = 100;

void look_into_file(detail::Connection& connection, std::vector<std::string>& problems) {
  const std::string limit = std::to_string(kProblemsMax);
  for (const Row& row : connection.query("PRAGMA integrity_check(" + limit + ")", {})) {
    if (row.text(0) != "ok") problems.push_back(row.text(0));
  }
  for (const Row& row : connection.query("PRAGMA foreign_key_check", {})) {
    if (problems.size() >= kProblemsMax) break;
    problems.push_back("a row of " + row.text(0) + " refers to one of " + row.text(2) +
                       " that is not there");
  }
}

}  // namespace

std::vector<std::string> integrity_problems(std::string_view url_or_path) {
  std::vector<std::string> problems;
  const auto backend = detail::make_backend(url_or_path, {});
  const auto connection = backend->connect(detail::Access::kRead);
  const std::int64_t version = detail::stored_version(*connection);
  const std::int64_t known = detail::all_migrations().back().version;
  if (version != known) {
    problems.push_back("the store has version " + std::to_string(version) + ", this Tarn has " +
                       std::to_string(known));
  }
  if (connection->dialect() == detail::Dialect::kSqlite) look_into_file(*connection, problems);
  return problems;
}

}  // namespace tarn::meta
