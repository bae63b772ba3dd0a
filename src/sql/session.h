#pragma once
// T-SQL sessions: one per connection. A session owns the current database, SET options, temporary
// tables,
// @@ROWCOUNT and @@ERROR; it interprets control flow over the syntax tree and hands set-based work
// to the engine. It never opens a socket, never trains, and reaches files only through the lake.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "identity/actions.h"
#include "identity/principal.h"
#include "identity/scope.h"
#include "sql/admission.h"
#include "sql/parameter.h"
#include "sql/result_sink.h"

namespace tarn::engine {
class Database;
}
namespace tarn::identity {
class Authority;
class Logins;
class Secrets;
}  // namespace tarn::identity
namespace tarn::lake {
class Catalog;
class JointCommits;
class Lake;
}  // namespace tarn::lake
namespace tarn::meta {
class Store;
}
namespace tarn::onnx {
class ScorerCache;
}

namespace tarn::pools {
class Pools;
}

namespace tarn::sql {

class ModelFunctions;
/// The engine functions that PREDICT has made; one object per engine database.
std::shared_ptr<ModelFunctions> make_model_functions();

class WorkloadSettings;
/// What pools keep of workload groups and classifiers, read once.
std::shared_ptr<WorkloadSettings> make_workload_settings();

class RowFacts;
/// Calls of system functions that the engine makes for the rows of statements under way.
std::shared_ptr<RowFacts> make_row_facts();

class WarmTables;
/// Copies of small lake tables that are read often; one object per engine database.
std::shared_ptr<WarmTables> make_warm_tables();

/// What all sessions of a workspace share. The pointers outlive the sessions; all are thread-safe.
struct Services {
  /// Opens the engine on its first call (a session that needs no engine opens none).
  std::function<engine::Database&()> database;
  lake::Lake* lake = nullptr;
  lake::Catalog* catalog = nullptr;
  lake::JointCommits* joint_commits = nullptr;  // for transactions over several tables
  pools::Pools* pools = nullptr;                // dedicated SQL pools; null: there are none
  identity::Secrets* secrets = nullptr;         // for DATABASE SCOPED CREDENTIAL
  identity::Authority* authority = nullptr;     // for CREATE USER, ALTER ROLE
  identity::Logins* logins = nullptr;           // for CREATE LOGIN
  meta::Store* store = nullptr;                 // stored procedures and views
  std::string workspace_id;                     // the key of their rows in the store
  onnx::ScorerCache* scorers = nullptr;         // for PREDICT
  /// The ONNX bytes of "models:/name/1", "models:/name@alias". Throws Error(kNotFound).
  std::function<std::string(std::string_view uri)> model_bytes;
  const Clock* clock = &Clock::system();
  std::shared_ptr<ModelFunctions> model_functions =
      make_model_functions();  // copies of Services share it
  std::shared_ptr<RowFacts> row_facts = make_row_facts();
  std::shared_ptr<WorkloadSettings> workload = make_workload_settings();
  std::shared_ptr<WarmTables> warm_tables = make_warm_tables();          // null: there are none
  std::shared_ptr<Admission> admission = std::make_shared<Admission>();  // this as well
};

/// One action that a statement needs on one thing: {kSqlInsert, Scope::object("default", "dbo",
/// "bike_data")}.
struct Permission {
  identity::Action action;
  identity::Scope scope;
};

struct SessionOptions {
  std::string database = "default";  // matched without regard to case; Error 911 when there is none
  std::string login;                 // SUSER_SNAME(), ORIGINAL_LOGIN()
  std::string application;           // APP_NAME()
  std::string host;                  // HOST_NAME()
  std::string address;               // the client's: "127.0.0.1"; empty: this process
  /// Who it is, for statements about logins and roles; nobody may use those without.
  std::optional<identity::Principal> principal = {};
  /// Asked for each statement before it acts. Throws Error(kPermissionDenied) (229 to the user)
  /// when the session's principal may not.
  std::function<void(const Permission&)> authorize;
  /// The session's "spid"; 51 and up in SQL Server.
  int id = 51;
};

/// Procedures, triggers and EXEC inside each other (error 217), as in SQL Server.
inline constexpr int kNestingMax = 32;

/// What a client asks of a transaction without T-SQL. A commit or rollback may begin the next one
/// at once.
struct TransactionCommand {
  enum class Kind { kBegin, kCommit, kRollback, kSave };
  Kind kind = Kind::kBegin;
  std::string name;  // of the transaction or savepoint; may be empty
  bool begins_another = false;
};

/// Rows that come from a client, chunk by chunk.
struct RowStream {
  std::vector<ResultColumn> columns;
  /// Fills a builder of the columns' engine types; false at the end.
  std::function<bool(engine::ChunkBuilder& rows)> read;
};

/// Not thread-safe: one batch at a time. `cancel` of execute() may be triggered from any thread.
class Session {
 public:
  Session(const Services& services, SessionOptions options);
  ~Session();
  Session(const Session&) = delete;

  /// Runs a batch (no GO). What was done before an error stays done, statement by statement. An
  /// error that ends only its statement goes to the sink, and the batch goes on; one that ends the
  /// batch is thrown: tarn::Error with SqlStatus and Place(line, column); kCancelled after a
  /// cancellation. The last error that the sink did not take is thrown in the end.
  void execute(std::string_view batch, ResultSink& sink, const CancelToken& cancel = {});

  /// Calls a procedure: one of the user's, or of the system's (sp_executesql, sp_prepare, …).
  /// Parameters without a name go by their place and stand first; output values are put back.
  /// Errors as execute(). Returns the return code; nothing where an error ended the call.
  std::optional<int> call(std::string_view procedure, std::vector<Parameter>& parameters,
                          ResultSink& sink, const CancelToken& cancel = {});

  /// Errors as execute(): 3902, 3903, 628, 3960, …
  void transact(const TransactionCommand& command, ResultSink& sink,
                const CancelToken& cancel = {});

  /// Whether the last batch announced a bulk load (INSERT BULK); load() or another batch ends that.
  bool awaits_rows() const;
  /// The announced load: all rows or none. Throws as execute(); 4002 where none was announced.
  void load(const RowStream& rows, ResultSink& sink, const CancelToken& cancel = {});

  /// As a new session: temporary tables, prepared statements and cursors go, SET options, context
  /// and database are as at the start. The transaction is rolled back unless it is kept.
  void reset(bool keep_transaction);

  /// Throws Error(kPermissionDenied) when the principal may not be in the current database; each
  /// request asks anyway.
  void require_access() const;

  const std::string& database() const;
  int id() const;
  /// Of the open transaction: never the same twice; 0 without one.
  std::uint64_t transaction() const;
  /// SET NOCOUNT OFF.
  bool counts_rows() const;
  /// @@NESTLEVEL of the statement under way: 0 in the batch itself.
  int nesting() const;

  /// For a sink that blocks because its client is slow, on the thread that executes the batch:
  /// others may use the engine meanwhile. client_goes_on() waits for a place again, as the batch
  /// did at its start.
  void client_waits();
  void client_goes_on();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The name of a collation as it is written, for any case; nothing where there is none.
std::optional<std::string> known_collation(std::string_view name);

/// How a result column of this type is described: "nvarchar(4000)". Throws as a declaration would.
ResultColumn described_type(std::string_view type);

}  // namespace tarn::sql
