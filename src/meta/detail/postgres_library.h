#pragma once
// libpq, opened when the first PostgreSQL store is: who keeps SQLite needs neither it nor what it
// drags along.

#include <libpq-fe.h>

#include <memory>

namespace tarn::meta::detail {

/// The functions of libpq that Tarn calls, by their names without PQ.
struct PostgresLibrary {
  decltype(&::PQconninfoParse) conninfo_parse;
  decltype(&::PQconninfoFree) conninfo_free;
  decltype(&::PQconnectdbParams) connect;
  decltype(&::PQfinish) finish;
  decltype(&::PQstatus) status;
  decltype(&::PQtransactionStatus) transaction_status;
  decltype(&::PQerrorMessage) error_message;
  decltype(&::PQparameterStatus) parameter_status;
  decltype(&::PQsetNoticeReceiver) set_notice_receiver;
  decltype(&::PQexec) exec;
  decltype(&::PQprepare) prepare;
  decltype(&::PQsendQueryPrepared) send_query_prepared;
  decltype(&::PQsetSingleRowMode) set_single_row_mode;
  decltype(&::PQgetResult) get_result;
  decltype(&::PQgetCancel) get_cancel;
  decltype(&::PQcancel) cancel;
  decltype(&::PQfreeCancel) free_cancel;
  decltype(&::PQresultStatus) result_status;
  decltype(&::PQresultErrorField) result_error_field;
  decltype(&::PQresultErrorMessage) result_error_message;
  decltype(&::PQclear) clear;
  decltype(&::PQntuples) ntuples;
  decltype(&::PQnfields) nfields;
  decltype(&::PQftype) ftype;
  decltype(&::PQgetisnull) getisnull;
  decltype(&::PQgetvalue) getvalue;
  decltype(&::PQgetlength) getlength;
  decltype(&::PQcmdTuples) cmd_tuples;
  decltype(&::PQcmdStatus) cmd_status;
  decltype(&::PQfreemem) freemem;

  /// Throws Error(kUnsupported) where libpq is not installed.
  static const PostgresLibrary& get();
};

struct FinishConnection {
  void operator()(PGconn* connection) const { PostgresLibrary::get().finish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PostgresLibrary::get().clear(result); }
};
using ConnectionHandle = std::unique_ptr<PGconn, FinishConnection>;
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

}  // namespace tarn::meta::detail
