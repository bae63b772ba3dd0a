#pragma once
// What answers a connection's requests. The server knows the protocol, the session what it is for.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "tds/login.h"
#include "tds/request.h"
#include "tds/response.h"

namespace tarn::tds {

/// One signed-in connection. One call at a time, on threads that may block, in the order of the
/// client's requests; `cancel` is triggered by an attention, a lost client or the server's end.
///
/// Each call writes its answer up to and with the last DONE, errors of the request included. What
/// it throws ends the connection, but for Error(kCancelled): then the server writes the DONE that
/// acknowledges the attention.
class Session {
 public:
  virtual ~Session() = default;
  /// Text of T-SQL (SQLBatch). INSERT BULK announces a bulk load, which comes as the next request.
  virtual void batch(const std::string& text, Response& out, const CancelToken& cancel) = 0;
  virtual void call(std::vector<Rpc>& calls, Response& out, const CancelToken& cancel) = 0;
  virtual void transaction(const TransactionRequest& request, Response& out,
                           const CancelToken& cancel) = 0;
  virtual void bulk_load(BulkReader& rows, Response& out, const CancelToken& cancel) = 0;
  /// Before a request whose header asks for it (RESETCONNECTION): as after a new login. The
  /// server has nothing to add but the ENVCHANGE, which the session writes too.
  virtual void reset(bool keep_transaction, Response& out) = 0;

  /// The client does not take what is written, and takes it again: others may have the engine
  /// meanwhile. On the thread of the call.
  virtual void client_waits() = 0;
  virtual void client_goes_on() = 0;
};

/// Signs a client in: writes the ENVCHANGEs of database, collation and language and the messages
/// 5701 and 5703 (the server writes LOGINACK, the packet size and DONE). Throws Error with its
/// SqlStatus (18456, 4060, 42108, …): the client is told, and the connection ends.
using SignIn = std::function<std::unique_ptr<Session>(const Login& login, Response& out)>;

}  // namespace tarn::tds
