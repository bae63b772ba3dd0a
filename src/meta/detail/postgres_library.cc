#include "detail/postgres_library.h"

#include <dlfcn.h>

#include <string>

#include "base/error.h"

namespace tarn::meta::detail {

namespace {

constexpr const char* kFile = "libpq.so.5";

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) {
    throw Error(Code::kUnsupported,
                "PostgreSQL's library " + std::string(kFile) + " has no function " + name + ".",
                "Install libpq5, version 14 or newer.");
  }
}

PostgresLibrary load() {
  void* library = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error(Code::kUnsupported,
                "A store in PostgreSQL needs its library: " + std::string(::dlerror()) + ".",
                "Install libpq5.");
  }
  PostgresLibrary pq{};
  find(library, "PQconninfoParse", pq.conninfo_parse);
  find(library, "PQconninfoFree", pq.conninfo_free);
  find(library, "PQconnectdbParams", pq.connect);
  find(library, "PQfinish", pq.finish);
  find(library, "PQstatus", pq.status);
  find(library, "PQtransactionStatus", pq.transaction_status);
  find(library, "PQerrorMessage", pq.error_message);
  find(library, "PQparameterStatus", pq.parameter_status);
  find(library, "PQsetNoticeReceiver", pq.set_notice_receiver);
  find(library, "PQexec", pq.exec);
  find(library, "PQprepare", pq.prepare);
  find(library, "PQsendQueryPrepared", pq.send_query_prepared);
  find(library, "PQsetSingleRowMode", pq.set_single_row_mode);
  find(library, "PQgetResult", pq.get_result);
  find(library, "PQgetCancel", pq.get_cancel);
  find(library, "PQcancel", pq.cancel);
  find(library, "PQfreeCancel", pq.free_cancel);
  find(library, "PQresultStatus", pq.result_status);
  find(library, "PQresultErrorField", pq.result_error_field);
  find(library, "PQresultErrorMessage", pq.result_error_message);
  find(library, "PQclear", pq.clear);
  find(library, "PQntuples", pq.ntuples);
  find(library, "PQnfields", pq.nfields);
  find(library, "PQftype", pq.ftype);
  find(library, "PQgetisnull", pq.getisnull);
  find(library, "PQgetvalue", pq.getvalue);
  find(library, "PQgetlength", pq.getlength);
  find(library, "PQcmdTuples", pq.cmd_tuples);
  find(library, "PQcmdStatus", pq.cmd_status);
  find(library, "PQfreemem", pq.freemem);
  return pq;
}

}  // namespace

const PostgresLibrary& PostgresLibrary::get() {
  static const PostgresLibrary kLibrary = load();
  return kLibrary;
}

}  // namespace tarn::meta::detail
