#pragma once
// Every action that Tarn knows. A route, a SQL statement kind or a worker's report names one of
// these; roles grant patterns of them ("lake/files/read", "sql/*", "*"). An action that is not
// listed here is granted to nobody.

#include <span>
#include <string_view>

namespace tarn::identity {

/// A constant of the list below. Compares by text.
using Action = std::string_view;

namespace actions {

// Lake: files and containers.
inline constexpr Action kLakeFilesRead =
    "lake/files/read";  // read a file's bytes, stat it, follow a glob to read
inline constexpr Action kLakeFilesList = "lake/files/list";    // list a folder or a glob
inline constexpr Action kLakeFilesWrite = "lake/files/write";  // put, append, make folders, rename
inline constexpr Action kLakeFilesDelete = "lake/files/delete";        // remove files and folders
inline constexpr Action kLakeContainersList = "lake/containers/list";  // list containers
inline constexpr Action kLakeContainersCreate = "lake/containers/create";  // make a container
inline constexpr Action kLakeContainersDelete = "lake/containers/delete";  // remove a container

// The storage API's account key, which signs in the owner's name.
inline constexpr Action kStorageKeyRead = "storage/key/read";
inline constexpr Action kStorageKeyWrite = "storage/key/write";  // make another one

// Tables outside SQL: the catalog and Delta history.
inline constexpr Action kTablesList = "tables/list";  // list databases, schemas, tables
inline constexpr Action kTablesRead =
    "tables/read";  // columns, statistics, history, rows of a preview
inline constexpr Action kTablesWrite =
    "tables/write";  // create, append to or overwrite a table outside SQL
inline constexpr Action kTablesDelete = "tables/delete";  // drop a table outside SQL

// SQL: opening a session, then one action per kind of statement.
inline constexpr Action kSqlConnect =
    "sql/connect";  // run a batch at all: SET, DECLARE, PRINT, IF, WHILE, USE
inline constexpr Action kSqlSelect = "sql/select";  // SELECT of tables and views
inline constexpr Action kSqlOpenrowset =
    "sql/openrowset";  // OPENROWSET(BULK …): read files of the lake
inline constexpr Action kSqlPredict = "sql/predict";    // PREDICT: score with a model
inline constexpr Action kSqlInsert = "sql/insert";      // INSERT
inline constexpr Action kSqlUpdate = "sql/update";      // UPDATE
inline constexpr Action kSqlDelete = "sql/delete";      // DELETE
inline constexpr Action kSqlMerge = "sql/merge";        // MERGE
inline constexpr Action kSqlTruncate = "sql/truncate";  // TRUNCATE TABLE
inline constexpr Action kSqlCopy = "sql/copy";          // COPY INTO
inline constexpr Action kSqlExecute =
    "sql/execute";  // EXEC of a procedure; its statements need their own
inline constexpr Action kSqlCreateDatabase = "sql/database/create";
inline constexpr Action kSqlAlterDatabase = "sql/database/alter";
inline constexpr Action kSqlDropDatabase = "sql/database/drop";
inline constexpr Action kSqlCreateSchema = "sql/schema/create";
inline constexpr Action kSqlDropSchema = "sql/schema/drop";
inline constexpr Action kSqlCreateTable =
    "sql/table/create";  // CREATE TABLE, CTAS, SELECT INTO, external tables
inline constexpr Action kSqlAlterTable = "sql/table/alter";
inline constexpr Action kSqlDropTable = "sql/table/drop";
inline constexpr Action kSqlCreateView = "sql/view/create";
inline constexpr Action kSqlAlterView = "sql/view/alter";
inline constexpr Action kSqlDropView = "sql/view/drop";
inline constexpr Action kSqlCreateProcedure = "sql/procedure/create";
inline constexpr Action kSqlAlterProcedure = "sql/procedure/alter";
inline constexpr Action kSqlDropProcedure = "sql/procedure/drop";
inline constexpr Action kSqlCreateFunction = "sql/function/create";
inline constexpr Action kSqlAlterFunction = "sql/function/alter";
inline constexpr Action kSqlDropFunction = "sql/function/drop";
inline constexpr Action kSqlExplain = "sql/explain";  // see a statement's plan without running it
inline constexpr Action kSqlKill = "sql/kill";        // end another session's batch

// Dedicated SQL pools; the names are those of Microsoft.Synapse/workspaces.
inline constexpr Action kSqlPoolsRead = "sqlPools/read";      // list and show
inline constexpr Action kSqlPoolsWrite = "sqlPools/write";    // make, scale
inline constexpr Action kSqlPoolsDelete = "sqlPools/delete";  // with all that is in it
inline constexpr Action kSqlPoolsPause = "sqlPools/pause/action";
inline constexpr Action kSqlPoolsResume = "sqlPools/resume/action";

// Jobs.
inline constexpr Action kJobsList = "jobs/list";
inline constexpr Action kJobsRead = "jobs/read";          // state, specification, events, log
inline constexpr Action kJobsValidate = "jobs/validate";  // check a specification, run nothing
inline constexpr Action kJobsCreate =
    "jobs/create";  // submit a job: it runs with the submitter's permissions
inline constexpr Action kJobsCancel = "jobs/cancel";
inline constexpr Action kJobsDelete = "jobs/delete";

// Experiments and runs.
inline constexpr Action kExperimentsList = "experiments/list";
inline constexpr Action kExperimentsRead = "experiments/read";
inline constexpr Action kExperimentsWrite = "experiments/write";    // create, rename, tag
inline constexpr Action kExperimentsDelete = "experiments/delete";  // delete and restore
inline constexpr Action kRunsList = "runs/list";                    // list and search
inline constexpr Action kRunsRead = "runs/read";  // params, metrics, tags, artifacts
inline constexpr Action kRunsCreate = "runs/create";
inline constexpr Action kRunsWrite = "runs/write";    // log to a run, end it, upload its artifacts
inline constexpr Action kRunsDelete = "runs/delete";  // delete and restore

// Models.
inline constexpr Action kModelsList = "models/list";
inline constexpr Action kModelsRead = "models/read";          // description, lineage, download
inline constexpr Action kModelsRegister = "models/register";  // a new model or version
inline constexpr Action kModelsWrite = "models/write";        // description, tags, aliases, stage
inline constexpr Action kModelsDelete = "models/delete";
inline constexpr Action kModelsDeploy =
    "models/deploy";  // put a model to work: generate and run its SQL

// The server and the workspace.
inline constexpr Action kHealthRead =
    "server/health/read";  // /healthz, /readyz: liveness, nothing about data
inline constexpr Action kServerRead =
    "server/read";  // version, settings without secrets, the API description
inline constexpr Action kMetricsRead = "server/metrics/read";  // /metrics
inline constexpr Action kServerManage = "server/manage";  // change settings, stop the server, sweep
inline constexpr Action kServerBackup =
    "server/backup";  // copy everything out: the whole lake and store, secrets still sealed
inline constexpr Action kServerCheck = "server/check";       // verify what lies in the home
inline constexpr Action kRolesRead = "identity/roles/read";  // who has which role where
inline constexpr Action kRolesWrite =
    "identity/roles/write";  // grant and revoke roles, make principals
inline constexpr Action kTokensWrite = "identity/tokens/write";  // make and revoke bearer tokens
inline constexpr Action kSecretsWrite =
    "identity/secrets/write";  // store and remove sealed secrets; none reads them out
inline constexpr Action kAuditRead = "identity/audit/read";

}  // namespace actions

/// The whole list, sorted.
std::span<const Action> all_actions();

/// Whether the list has it.
bool is_action(std::string_view text);

/// Whether a pattern covers an action: the action itself; "x/*" covers every action below x; "*"
/// covers all.
bool covers(std::string_view pattern, Action action);

}  // namespace tarn::identity
