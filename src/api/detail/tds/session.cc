#include "detail/tds/session.h"

#include "base/error.h"

namespace tarn::api {
namespace {

/// What ends the request in silence: the server answers the attention. A batch that somebody else
/// has ended (KILL) is told like any error.
bool stopped_by_client(const Error& error, const CancelToken& cancel) {
  return error.code() == Code::kCancelled && cancel.cancelled();
}

/// Clients number procedures of one name: "p;1". There is one of each here.
std::string without_number(const std::string& procedure) {
  const auto semicolon = procedure.rfind(';');
  if (semicolon == std::string::npos || semicolon + 1 == procedure.size()) return procedure;
  const bool digits = procedure.find_first_not_of("0123456789", semicolon + 1) == std::string::npos;
  return digits ? procedure.substr(0, semicolon) : procedure;
}

std::vector<sql::Parameter> parameters_of(tds::Rpc& rpc) {
  std::vector<sql::Parameter> result;
  for (tds::RpcParameter& given : rpc.parameters) {
    result.push_back({.name = std::move(given.name),
                      .type = std::move(given.type),
                      .value = std::move(given.value),
                      .output = given.output,
                      .use_default = given.use_default});
  }
  return result;
}

sql::TransactionCommand::Kind kind_of(tds::TransactionRequest::Kind kind) {
  using From = tds::TransactionRequest::Kind;
  using To = sql::TransactionCommand::Kind;
  switch (kind) {
    case From::kBegin:
      return To::kBegin;
    case From::kCommit:
      return To::kCommit;
    case From::kRollback:
      return To::kRollback;
    case From::kSave:
      break;
  }
  return To::kSave;
}

}  // namespace

void TdsSession::answer(tds::Response& out, const CancelToken& cancel,
                        const std::function<void(TdsAnswer& answer)>& run) {
  TdsAnswer answer(out, session_, told_database_);
  try {
    run(answer);
  } catch (const Error& error) {
    if (stopped_by_client(error, cancel)) throw;
    answer.fail(error);
  }
  answer.end_batch();
}

void TdsSession::batch(const std::string& text, tds::Response& out, const CancelToken& cancel) {
  answer(out, cancel, [&](TdsAnswer& sink) { session_.execute(text, sink, cancel); });
}

void TdsSession::transaction(const tds::TransactionRequest& request, tds::Response& out,
                             const CancelToken& cancel) {
  const sql::TransactionCommand command{.kind = kind_of(request.kind),
                                        .name = request.name,
                                        .begins_another = request.begins_another};
  answer(out, cancel, [&](TdsAnswer& sink) { session_.transact(command, sink, cancel); });
}

void TdsSession::bulk_load(tds::BulkReader& rows, tds::Response& out, const CancelToken& cancel) {
  const sql::RowStream stream{
      .columns = rows.columns(),
      .read = [&rows](engine::ChunkBuilder& into) { return rows.read(into); }};
  answer(out, cancel, [&](TdsAnswer& sink) { session_.load(stream, sink, cancel); });
}

void TdsSession::call(std::vector<tds::Rpc>& calls, tds::Response& out, const CancelToken& cancel) {
  TdsAnswer answer(out, session_, told_database_);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    std::vector<sql::Parameter> parameters = parameters_of(calls[i]);
    std::optional<int> code;
    answer.begin_call();
    try {
      code = session_.call(without_number(calls[i].procedure), parameters, answer, cancel);
    } catch (const Error& error) {
      if (stopped_by_client(error, cancel)) throw;
      answer.fail(error);
    }
    answer.end_call(code, parameters, i + 1 < calls.size());
  }
}

void TdsSession::reset(bool keep_transaction, tds::Response& out) {
  session_.reset(keep_transaction);
  if (!keep_transaction) out.dialect().transaction = 0;
  if (told_database_ != session_.database()) {
    out.environment(tds::Environment::kDatabase, session_.database(), told_database_);
    told_database_ = session_.database();
  }
  out.environment(tds::Environment::kReset, {}, {});
}

}  // namespace tarn::api
