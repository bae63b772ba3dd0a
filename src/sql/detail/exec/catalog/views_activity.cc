// Who is connected and what runs: sessions, connections, requests, and those of the last past
// (sql/admission.h).

#include <unistd.h>

#include "detail/exec/catalog/catalog_view.h"
#include "detail/exec/language.h"
#include "detail/exec/object_ids.h"
#include "detail/exec/transactions.h"

namespace tarn::sql {
namespace {

/// Of sys.dm_exec_requests: the one request that a session has at a time.
constexpr const char* kOnlyRequest = "0";

Cell milliseconds(Micros from, Micros to) { return number_cell((to - from) / 1000); }

std::string host() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

std::string session_key(const RequestInfo& request) {
  return "SID" + std::to_string(request.session_id);
}

std::string request_key(const RequestInfo& request) {
  return "QID" + std::to_string(request.number);
}

void session_rows(const CatalogReader& reader, ViewRows& rows) {
  const auto requests = reader.session().services.admission->requests();
  for (const SessionInfo& session : reader.session().services.admission->sessions()) {
    bool running = false;
    for (const RequestInfo& request : requests)
      running = running || request.session_id == session.id;
    rows.add({{"session_id", number_cell(session.id)},
              {"login_time", moment_cell(session.started)},
              {"host_name", session.host.empty() ? host() : session.host},
              {"program_name", session.application},
              {"login_name", session.login},
              {"original_login_name", session.login},
              {"status", running ? "running" : "sleeping"},
              {"last_request_start_time", moment_cell(session.started)},
              {"database_id", number_cell(database_id(session.database))},
              {"authenticating_database_id", number_cell(database_id(session.database))}});
    if (session.id != reader.session().options.id) continue;
    const auto& own = reader.session();
    rows.set("database_id", number_cell(database_id(own.database)));
    rows.set("open_transaction_count", number_cell(own.transaction ? own.transaction->count : 0));
    rows.set("date_first", number_cell(own.set.date_first));
    rows.set("date_format", std::string(name_of(own.set.date_order)));
    rows.set("language", std::string(language_of(own).name));
  }
}

void connection_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const SessionInfo& session : reader.session().services.admission->sessions()) {
    rows.add({{"session_id", number_cell(session.id)},
              {"most_recent_session_id", number_cell(session.id)},
              {"connect_time", moment_cell(session.started)},
              {"client_net_address",
               session.address.empty() ? std::string("<local machine>") : session.address}});
    if (session.address.empty()) rows.set("net_transport", "Shared memory");
  }
}

void request_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const RequestInfo& request : reader.session().services.admission->requests()) {
    rows.add({{"session_id", number_cell(request.session_id)},
              {"request_id", kOnlyRequest},
              {"start_time", moment_cell(request.started)},
              {"status", request.waiting ? "suspended" : "running"},
              {"command", "BATCH"},
              {"database_id", number_cell(database_id(request.database))},
              {"wait_type", request.waiting ? Cell("RESOURCE_SEMAPHORE") : Cell()},
              {"total_elapsed_time", milliseconds(request.started, reader.facts.now_us)},
              {"label", request.label.empty() ? Cell() : Cell(request.label)},
              {"dist_statement_id", std::nullopt},
              {"query_text", request.text}});
  }
}

void add_pool_request(const CatalogReader& reader, const RequestInfo& request, ViewRows& rows) {
  const bool done = request.finished != 0;
  rows.add({{"request_id", request_key(request)},
            {"session_id", session_key(request)},
            {"status", request.waiting ? "Suspended" : request.status},
            {"submit_time", moment_cell(request.started)},
            {"start_time", request.waiting ? Cell() : moment_cell(request.started)},
            {"end_compile_time", request.waiting ? Cell() : moment_cell(request.started)},
            {"end_time", done ? moment_cell(request.finished) : Cell()},
            {"total_elapsed_time",
             milliseconds(request.started, done ? request.finished : reader.facts.now_us)},
            {"label", request.label.empty() ? Cell() : Cell(request.label)},
            {"database_id", number_cell(database_id(request.database))},
            {"command", request.text},
            {"command2", request.text}});
  const Classification& workload = request.workload;
  if (workload.group.empty()) return;
  rows.set("resource_class", workload.group);
  rows.set("importance", std::string(name_of(workload.importance)));
  rows.set("group_name", workload.group);
  rows.set("classifier_name", workload.classifier.empty() ? Cell() : Cell(workload.classifier));
  rows.set("resource_allocation_percentage", workload.share);
}

void pool_request_rows(const CatalogReader& reader, ViewRows& rows) {
  const Admission& admission = *reader.session().services.admission;
  for (const RequestInfo& request : admission.finished()) add_pool_request(reader, request, rows);
  for (const RequestInfo& request : admission.requests()) add_pool_request(reader, request, rows);
}

/// On one node a request is one step.
void step_rows(const CatalogReader& reader, ViewRows& rows) {
  const auto add = [&](const RequestInfo& request) {
    if (request.workload.group.empty()) return;  // not of a dedicated pool
    const bool done = request.finished != 0;
    rows.add({{"request_id", request_key(request)},
              {"status", request.waiting                 ? "Pending"
                         : request.status == "Completed" ? "Complete"
                                                         : request.status},
              {"start_time", request.waiting ? Cell() : moment_cell(request.started)},
              {"end_time", done ? moment_cell(request.finished) : Cell()},
              {"total_elapsed_time",
               milliseconds(request.started, done ? request.finished : reader.facts.now_us)},
              {"command", request.text}});
  };
  const Admission& admission = *reader.session().services.admission;
  for (const RequestInfo& request : admission.finished()) add(request);
  for (const RequestInfo& request : admission.requests()) add(request);
}

void pool_session_rows(const CatalogReader& reader, ViewRows& rows) {
  const auto requests = reader.session().services.admission->requests();
  for (const SessionInfo& session : reader.session().services.admission->sessions()) {
    rows.add({{"session_id", "SID" + std::to_string(session.id)},
              {"login_name", session.login},
              {"login_time", moment_cell(session.started)},
              {"app_name", session.application},
              {"sql_spid", number_cell(session.id)}});
    for (const RequestInfo& request : requests) {
      if (request.session_id != session.id) continue;
      rows.set("status", "Active");
      rows.set("request_id", request_key(request));
    }
  }
}

}  // namespace

std::span<const SystemView> activity_views() {
  static const std::vector<SystemView> kViews = {
      {"sys.dm_exec_sessions",
       "session_id smallint NOT NULL, login_time datetime NOT NULL, host_name nvarchar(128), "
       "program_name nvarchar(128), host_process_id int, client_version int DEFAULT 7, "
       "client_interface_name nvarchar(32) DEFAULT 'TDS', security_id varbinary(85) NOT NULL "
       "DEFAULT '\\x01', login_name nvarchar(128) NOT NULL, nt_domain nvarchar(128), nt_user_name "
       "nvarchar(128), status nvarchar(30) NOT NULL, context_info varbinary(128), cpu_time int NOT "
       "NULL DEFAULT 0, memory_usage int NOT NULL DEFAULT 0, total_scheduled_time int NOT NULL "
       "DEFAULT 0, total_elapsed_time int NOT NULL DEFAULT 0, endpoint_id int NOT NULL DEFAULT 4, "
       "last_request_start_time datetime NOT NULL, last_request_end_time datetime, reads bigint "
       "NOT NULL DEFAULT 0, writes bigint NOT NULL DEFAULT 0, logical_reads bigint NOT NULL "
       "DEFAULT 0, is_user_process bit NOT NULL DEFAULT 1, text_size int NOT NULL DEFAULT -1, "
       "language nvarchar(128) DEFAULT 'us_english', date_format nvarchar(3) DEFAULT 'mdy', "
       "date_first smallint NOT NULL DEFAULT 7, quoted_identifier bit NOT NULL DEFAULT 1, "
       "arithabort bit NOT NULL DEFAULT 1, ansi_null_dflt_on bit NOT NULL DEFAULT 1, "
       "ansi_defaults bit NOT NULL DEFAULT 0, ansi_warnings bit NOT NULL DEFAULT 1, ansi_padding "
       "bit NOT NULL DEFAULT 1, ansi_nulls bit NOT NULL DEFAULT 1, concat_null_yields_null bit NOT "
       "NULL DEFAULT 1, transaction_isolation_level smallint NOT NULL DEFAULT 5, lock_timeout int "
       "NOT NULL DEFAULT -1, deadlock_priority int NOT NULL DEFAULT 0, row_count bigint NOT NULL "
       "DEFAULT 0, prev_error int NOT NULL DEFAULT 0, original_security_id varbinary(85) NOT NULL "
       "DEFAULT '\\x01', original_login_name nvarchar(128) NOT NULL, last_successful_logon "
       "datetime, last_unsuccessful_logon datetime, unsuccessful_logons bigint, group_id int NOT "
       "NULL DEFAULT 2, database_id smallint NOT NULL, authenticating_database_id int, "
       "open_transaction_count int NOT NULL DEFAULT 0, page_server_reads bigint NOT NULL DEFAULT 0",
       session_rows},
      {"sys.dm_exec_connections",
       "session_id int, most_recent_session_id int, connect_time datetime NOT NULL, net_transport "
       "nvarchar(40) NOT NULL DEFAULT 'TCP', protocol_type nvarchar(40) DEFAULT 'TSQL', "
       "protocol_version int DEFAULT 1946157060, endpoint_id int DEFAULT 4, encrypt_option "
       "nvarchar(40) NOT NULL DEFAULT 'FALSE', auth_scheme nvarchar(40) NOT NULL DEFAULT 'SQL', "
       "node_affinity smallint NOT NULL DEFAULT 0, num_reads int, num_writes int, last_read "
       "datetime, last_write datetime, net_packet_size int DEFAULT 4096, client_net_address "
       "varchar(48) DEFAULT '127.0.0.1', client_tcp_port int, local_net_address varchar(48) "
       "DEFAULT "
       "'127.0.0.1', local_tcp_port int, connection_id uniqueidentifier NOT NULL DEFAULT "
       "'00000000-0000-0000-0000-000000000000', parent_connection_id uniqueidentifier, "
       "most_recent_sql_handle varbinary(64)",
       connection_rows},
      {"sys.dm_exec_requests",
       "session_id smallint NOT NULL, request_id int NOT NULL, start_time datetime NOT NULL, "
       "status nvarchar(30) NOT NULL, command nvarchar(32) NOT NULL, sql_handle varbinary(64), "
       "statement_start_offset int, statement_end_offset int, plan_handle varbinary(64), "
       "database_id smallint NOT NULL, user_id int NOT NULL DEFAULT 1, connection_id "
       "uniqueidentifier, blocking_session_id smallint DEFAULT 0, wait_type nvarchar(60), "
       "wait_time "
       "int NOT NULL DEFAULT 0, last_wait_type nvarchar(60) NOT NULL DEFAULT '', wait_resource "
       "nvarchar(256) NOT NULL DEFAULT '', open_transaction_count int NOT NULL DEFAULT 0, "
       "open_resultset_count int NOT NULL DEFAULT 1, transaction_id bigint NOT NULL DEFAULT 0, "
       "context_info varbinary(128), percent_complete real NOT NULL DEFAULT 0, "
       "estimated_completion_time bigint NOT NULL DEFAULT 0, cpu_time int NOT NULL DEFAULT 0, "
       "total_elapsed_time int NOT NULL, scheduler_id int, task_address varbinary(8), reads bigint "
       "NOT NULL DEFAULT 0, writes bigint NOT NULL DEFAULT 0, logical_reads bigint NOT NULL "
       "DEFAULT "
       "0, text_size int NOT NULL DEFAULT -1, language nvarchar(128) DEFAULT 'us_english', "
       "date_format nvarchar(3) DEFAULT 'mdy', date_first smallint NOT NULL DEFAULT 7, "
       "quoted_identifier bit NOT NULL DEFAULT 1, arithabort bit NOT NULL DEFAULT 1, "
       "ansi_null_dflt_on bit NOT NULL DEFAULT 1, ansi_defaults bit NOT NULL DEFAULT 0, "
       "ansi_warnings bit NOT NULL DEFAULT 1, ansi_padding bit NOT NULL DEFAULT 1, ansi_nulls bit "
       "NOT NULL DEFAULT 1, concat_null_yields_null bit NOT NULL DEFAULT 1, "
       "transaction_isolation_level smallint NOT NULL DEFAULT 5, lock_timeout int NOT NULL DEFAULT "
       "-1, deadlock_priority int NOT NULL DEFAULT 0, row_count bigint NOT NULL DEFAULT 0, "
       "prev_error int NOT NULL DEFAULT 0, nest_level int NOT NULL DEFAULT 0, "
       "granted_query_memory int NOT NULL DEFAULT 0, executing_managed_code bit NOT NULL DEFAULT "
       "0, group_id int NOT NULL DEFAULT 2, query_hash binary(8), query_plan_hash binary(8), "
       "statement_sql_handle varbinary(64), dop int NOT NULL DEFAULT 1, parallel_worker_count int, "
       "dist_statement_id uniqueidentifier, label nvarchar(255), query_text nvarchar(4000)",
       request_rows},
      {"sys.dm_pdw_exec_requests",
       "request_id nvarchar(32) NOT NULL, session_id nvarchar(32) NOT NULL, status nvarchar(32) "
       "NOT NULL, submit_time datetime NOT NULL, start_time datetime, end_compile_time datetime, "
       "end_time datetime, total_elapsed_time int NOT NULL, label nvarchar(255), error_id "
       "nvarchar(36), database_id int NOT NULL, command nvarchar(4000), resource_class "
       "nvarchar(20) "
       "DEFAULT 'smallrc', importance nvarchar(128) DEFAULT 'normal', group_name sysname, "
       "classifier_name sysname, resource_allocation_percentage decimal(5,2), result_cache_hit int "
       "DEFAULT 0, client_correlation_id nvarchar(255), command2 nvarchar(max)",
       pool_request_rows},
      {"sys.dm_pdw_request_steps",
       "request_id nvarchar(32) NOT NULL, step_index int NOT NULL DEFAULT 0, plan_node_id int, "
       "operation_type nvarchar(35) NOT NULL DEFAULT 'ReturnOperation', distribution_type "
       "nvarchar(32) DEFAULT 'Unspecified', location_type nvarchar(32) DEFAULT 'Control', status "
       "nvarchar(32) NOT NULL, error_id nvarchar(36), start_time datetime, end_time datetime, "
       "total_elapsed_time int NOT NULL, row_count bigint DEFAULT '-1', estimated_rows bigint "
       "DEFAULT '-1', command nvarchar(max)",
       step_rows},
      {"sys.dm_pdw_exec_sessions",
       "session_id nvarchar(32) NOT NULL, status nvarchar(10) NOT NULL DEFAULT 'Idle', request_id "
       "nvarchar(32), security_id varbinary(85) NOT NULL DEFAULT '\\x01', login_name nvarchar(128) "
       "NOT NULL, login_time datetime NOT NULL, query_count int NOT NULL DEFAULT 0, "
       "is_transactional bit NOT NULL DEFAULT 0, client_id nvarchar(255) DEFAULT '127.0.0.1', "
       "app_name nvarchar(255), sql_spid int",
       pool_session_rows},
  };
  return kViews;
}

}  // namespace tarn::sql
