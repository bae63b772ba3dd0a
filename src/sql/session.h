#pragma once
// T-SQL sessions: one per connection. A session owns the current database, SET options, temporary
// tables,
// @@ROWCOUNT and @@ERROR; it interprets control flow over the syntax tree and hands set-based work
// to the engine. It never opens a socket, never trains, and reaches files only through the lake.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/clock.h"
#include "identity/actions.h"
#include "identity/scope.h"
#include "sql/admission.h"
#include "sql/result_sink.h"

namespace tarn::engine {
class Database;
}
namespace tarn::identity {
class Secrets;
}
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

namespace tarn::sql {

class ModelFunctions;
/// The engine functions that PREDICT has made; one object per engine database.
std::shared_ptr<ModelFunctions> make_model_functions();

class RowFacts;
/// Calls of system functions that the engine makes for the rows of statements under way.
std::shared_ptr<RowFacts> make_row_facts();

/// What all sessions of a workspace share. The pointers outlive the sessions; all are thread-safe.
struct Services {
  /// Opens the engine on its first call (a session that needs no engine opens none).
  std::function<engine::Database&()> database;
  lake::Lake* lake = nullptr;
  lake::Catalog* catalog = nullptr;
  lake::JointCommits* joint_commits = nullptr;  // for transactions over several tables
  identity::Secrets* secrets = nullptr;         // for DATABASE SCOPED CREDENTIAL
  meta::Store* store = nullptr;                 // stored procedures and views
  std::string workspace_id;                     // the key of their rows in the store
  onnx::ScorerCache* scorers = nullptr;         // for PREDICT
  /// The ONNX bytes of "models:/name/1", "models:/name@alias". Throws Error(kNotFound).
  std::function<std::string(std::string_view uri)> model_bytes;
  const Clock* clock = &Clock::system();
  std::shared_ptr<ModelFunctions> model_functions =
      make_model_functions();  // copies of Services share it
  std::shared_ptr<RowFacts> row_facts = make_row_facts();
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
  /// Asked for each statement before it acts. Throws Error(kPermissionDenied) (229 to the user)
  /// when the session's principal may not.
  std::function<void(const Permission&)> authorize;
  /// The session's "spid"; 51 and up in SQL Server.
  int id = 51;
};

/// Procedures, triggers and EXEC inside each other (error 217), as in SQL Server.
inline constexpr int kNestingMax = 32;

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

  const std::string& database() const;

  /// For a sink that blocks because its client is slow, on the thread that executes the batch:
  /// others may use the engine meanwhile. client_goes_on() waits for a place again, as the batch
  /// did at its start.
  void client_waits();
  void client_goes_on();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::sql
