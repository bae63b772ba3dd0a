#pragma once
// A connection of SQL Server's protocol over a SQL session.

#include <functional>
#include <string>

#include "detail/tds/answer.h"
#include "sql/session.h"
#include "tds/session.h"

namespace tarn::api {

class TdsSession final : public tds::Session {
 public:
  TdsSession(const sql::Services& services, sql::SessionOptions options)
      : session_(services, std::move(options)), told_database_(session_.database()) {}

  void batch(const std::string& text, tds::Response& out, const CancelToken& cancel) override;
  void call(std::vector<tds::Rpc>& calls, tds::Response& out, const CancelToken& cancel) override;
  void transaction(const tds::TransactionRequest& request, tds::Response& out,
                   const CancelToken& cancel) override;
  void bulk_load(tds::BulkReader& rows, tds::Response& out, const CancelToken& cancel) override;
  void reset(bool keep_transaction, tds::Response& out) override;
  void client_waits() override { session_.client_waits(); }
  void client_goes_on() override { session_.client_goes_on(); }

  void require_access() const { session_.require_access(); }
  const std::string& database() const { return told_database_; }

 private:
  /// Runs one batch and ends its answer.
  void answer(tds::Response& out, const CancelToken& cancel,
              const std::function<void(TdsAnswer& answer)>& run);

  sql::Session session_;
  std::string told_database_;  // what the client believes
};

}  // namespace tarn::api
