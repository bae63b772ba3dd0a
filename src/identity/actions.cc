#include "identity/actions.h"

#include <algorithm>
#include <array>

namespace tarn::identity {

namespace {

using namespace actions;

constexpr auto sorted(auto list) {
  std::sort(list.begin(), list.end());
  return list;
}

constexpr auto kAll = sorted(std::to_array<Action>({
    kLakeFilesRead,
    kLakeFilesList,
    kLakeFilesWrite,
    kLakeFilesDelete,
    kLakeContainersList,
    kLakeContainersCreate,
    kLakeContainersDelete,
    kStorageKeyRead,
    kStorageKeyWrite,
    kTablesList,
    kTablesRead,
    kTablesWrite,
    kTablesDelete,
    kSqlConnect,
    kSqlSelect,
    kSqlOpenrowset,
    kSqlPredict,
    kSqlInsert,
    kSqlUpdate,
    kSqlDelete,
    kSqlMerge,
    kSqlTruncate,
    kSqlCopy,
    kSqlExecute,
    kSqlCreateDatabase,
    kSqlAlterDatabase,
    kSqlDropDatabase,
    kSqlCreateSchema,
    kSqlDropSchema,
    kSqlCreateTable,
    kSqlAlterTable,
    kSqlDropTable,
    kSqlCreateView,
    kSqlAlterView,
    kSqlDropView,
    kSqlCreateProcedure,
    kSqlAlterProcedure,
    kSqlDropProcedure,
    kSqlCreateFunction,
    kSqlAlterFunction,
    kSqlDropFunction,
    kSqlExplain,
    kSqlKill,
    kSqlPoolsRead,
    kSqlPoolsWrite,
    kSqlPoolsDelete,
    kSqlPoolsPause,
    kSqlPoolsResume,
    kJobsList,
    kJobsRead,
    kJobsValidate,
    kJobsCreate,
    kJobsCancel,
    kJobsDelete,
    kExperimentsList,
    kExperimentsRead,
    kExperimentsWrite,
    kExperimentsDelete,
    kRunsList,
    kRunsRead,
    kRunsCreate,
    kRunsWrite,
    kRunsDelete,
    kModelsList,
    kModelsRead,
    kModelsRegister,
    kModelsWrite,
    kModelsDelete,
    kModelsDeploy,
    kHealthRead,
    kServerRead,
    kMetricsRead,
    kServerManage,
    kServerBackup,
    kServerCheck,
    kRolesRead,
    kRolesWrite,
    kTokensWrite,
    kSecretsWrite,
    kAuditRead,
}));

static_assert(std::adjacent_find(kAll.begin(), kAll.end()) == kAll.end(),
              "two actions have one name");

}  // namespace

std::span<const Action> all_actions() { return kAll; }

bool is_action(std::string_view text) { return std::binary_search(kAll.begin(), kAll.end(), text); }

bool covers(std::string_view pattern, Action action) {
  if (pattern == "*") return true;
  if (pattern.ends_with("/*")) {
    const std::string_view prefix = pattern.substr(0, pattern.size() - 1);
    return action.size() > prefix.size() && action.starts_with(prefix);
  }
  return pattern == action;
}

}  // namespace tarn::identity
