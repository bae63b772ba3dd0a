#include "detail/exec/session_state.h"

#include "detail/exec/bulk_conversion.h"
#include "detail/exec/failure.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/row_facts.h"
#include "detail/exec/staged.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/transactions.h"
#include "detail/functions/engine_functions.h"
#include "lake/catalog.h"
#include "pools/pools.h"

namespace tarn::sql {

SessionState::SessionState(const Services& shared, SessionOptions session_options)
    : services(shared),
      options(std::move(session_options)),
      bulk_reads(std::make_unique<std::vector<BulkRead>>()) {
  const auto info = find_any_database(*this, options.database);
  if (!info) {
    throw failure_of(Code::kNotFound, 911, 16, 1,
                     "Database '" + options.database +
                         "' does not exist. Make sure that the name is entered correctly.");
  }
  database = info->name;
  require_online(*this, database);
  entry = services.admission->enter({.id = options.id,
                                     .login = options.login,
                                     .application = options.application,
                                     .database = database,
                                     .host = options.host,
                                     .address = options.address});
}

SessionState::~SessionState() {
  cursors.clear();
  transaction.reset();  // rolls back, while the connection is still there
}

void SessionState::require_access() const {
  // Everybody may look at master, as in SQL Server.
  if (!is_system_database(database))
    authorize(identity::actions::kSqlConnect, identity::Scope::database(database));
}

void SessionState::begin_request() {
  require_access();
  if (const auto pool = current_pool(*this)) services.pools->require_online(*pool);
  nesting = 0;
  caught.clear();
  announced.reset();
}

void reset_session(SessionState& session, bool keep_transaction) {
  if (!keep_transaction) session.transaction.reset();
  session.cursors.clear();
  session.prepared.clear();
  session.announced.reset();
  while (!session.temp_tables.empty()) {
    const std::string name = session.temp_tables.begin()->first;
    try {
      drop_temp_table(session, name, true);
    } catch (const Error&) {  // the engine's connection is gone, and its tables with it
      session.temp_tables.erase(name);
    }
  }
  session.context.clear();
  session.set = {};
  session.identity_insert.clear();
  session.no_count = false;
  session.row_count = 0;
  session.last_error = 0;
  if (const auto info = find_any_database(session, session.options.database))
    session.database = info->name;
}

engine::Connection& SessionState::connection() {
  if (ticket) ticket->use_engine();
  if (!connection_) {
    engine::Database& engine = services.database();
    register_engine_functions(engine);
    services.row_facts->register_with(engine);
    connection_.emplace(engine.connect());
  }
  return *connection_;
}

std::shared_ptr<pools::Work> SessionState::join_work() {
  if (transaction) return transaction->pool_work();
  auto work = work_.lock();
  if (!work) {
    work = std::make_shared<pools::Work>([this]() -> engine::Connection& { return connection(); },
                                         *services.clock);
    work_ = work;
  }
  return work;
}

bool SessionState::in_engine_transaction() const {
  if (transaction) return transaction->uses_pool();
  const auto work = work_.lock();
  return work && work->active();
}

void SessionState::end_work() {
  if (const auto work = work_.lock()) work->commit();
}

const Collation* SessionState::collation_of(const std::string& database_name) const {
  const auto info = find_any_database(*this, database_name);
  const Collation* collation = info ? find_collation(info->collation) : nullptr;
  return collation ? collation : server_collation();
}

void SessionState::authorize(identity::Action action, const identity::Scope& scope) const {
  if (!options.authorize) return;
  try {
    options.authorize({action, scope});
  } catch (const Error& error) {
    if (error.sql() || error.code() != Code::kPermissionDenied) throw;
    throw failure_of(error.code(), 229, 14, 5, error.message(), {}, error.hint());
  }
}

}  // namespace tarn::sql
