// The built-in roles: what each may do. docs/security.md has the same list for people.

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "identity/authority.h"

namespace tarn::identity {

bool Role::grants(Action action) const {
  return std::ranges::any_of(patterns,
                             [&](std::string_view pattern) { return covers(pattern, action); });
}

const std::vector<Role>& roles() {
  static const std::vector<Role> kRoles = {
      {"owner", "Everything, including who else may do what.", {"*"}},
      {"contributor",
       "Works with data, SQL, jobs, experiments and models; changes no rights, secrets or "
       "settings.",
       {"lake/*", "tables/*", "sql/*", "sqlPools/*", "jobs/*", "experiments/*", "runs/*",
        "models/*", "server/health/read", "server/read", "server/metrics/read",
        "identity/roles/read"}},
      {"sql-writer",
       "Changes rows of tables, as db_datawriter does; may not even connect by itself.",
       {"sql/insert", "sql/update", "sql/delete", "sql/merge"}},
      {"sql-connect", "Connects to SQL, and no more: a database's user.", {"sql/connect"}},
      {"sql-user",
       "Connects to SQL; reads files where their access control lists allow it.",
       {"sql/connect", "sql/select", "sql/predict", "sql/explain", "server/health/read"}},
      {"reader",
       "Sees and queries; changes nothing.",
       {"lake/files/read",    "lake/files/list", "lake/containers/list", "tables/list",
        "tables/read",        "sql/connect",     "sql/select",           "sql/openrowset",
        "sql/predict",        "sql/explain",     "sqlPools/read",        "jobs/list",
        "jobs/read",          "jobs/validate",   "experiments/list",     "experiments/read",
        "runs/list",          "runs/read",       "models/list",          "models/read",
        "server/health/read", "server/read",     "server/metrics/read"}},
  };
  return kRoles;
}

const Role& role(std::string_view name) {
  std::vector<std::string> names;
  for (const Role& candidate : roles()) {
    if (candidate.name == name) return candidate;
    names.emplace_back(candidate.name);
  }
  throw Error(Code::kInvalidArgument,
              "There is no role of this name: " + std::string(name.substr(0, 80)) + ".",
              "The roles are " + join(names, ", ") + ".");
}

}  // namespace tarn::identity
