#pragma once
// A server under test whose sessions do what a batch's text says.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "raw_socket.h"
#include "tds/certificate.h"
#include "tds/server.h"
#include "wire.h"

namespace tarn::tds {

/// What the sessions of a server have seen.
struct Seen {
  std::mutex mutex;
  std::vector<std::string> calls;
  std::vector<Login> logins;
  std::string bulk_failure;
  Signal running;
  Signal cancelled;
  Signal waits;
  Signal goes_on;
  std::atomic<int> sessions = 0;

  void note(std::string call) {
    const std::lock_guard lock(mutex);
    calls.push_back(std::move(call));
  }
  std::vector<std::string> noted() {
    const std::lock_guard lock(mutex);
    return calls;
  }
  Login login() {
    const std::lock_guard lock(mutex);
    return logins.empty() ? Login() : logins.back();
  }
};

/// "wait" runs until it is cancelled; "many N" answers with N notices; "throw" breaks the rules;
/// anything else is echoed.
class EchoSession final : public Session {
 public:
  explicit EchoSession(Seen& seen) : seen_(seen) { ++seen_.sessions; }
  ~EchoSession() override { --seen_.sessions; }

  void batch(const std::string& text, Response& out, const CancelToken& cancel) override {
    seen_.note("batch " + text);
    if (text == "wait") {
      const auto registration = cancel.on_cancel([this] { seen_.cancelled.set(); });
      seen_.running.set();
      seen_.cancelled.wait();
      cancel.check();
    } else if (text.starts_with("many ")) {
      const int count = std::stoi(text.substr(5));
      for (int i = 0; i < count; ++i) {
        out.notice({.number = i, .text = std::string(1000, 'x')});
        if (i == count / 2) seen_.running.set();
      }
    } else if (text == "throw") {
      throw Error(Code::kInternal, "It broke.");
    } else {
      out.notice({.number = 1, .text = text});
    }
    out.done({.more = false});
  }
  void call(std::vector<Rpc>& calls, Response& out, const CancelToken&) override {
    for (const Rpc& call : calls) seen_.note("call " + call.procedure);
    out.done({.kind = DoneKind::kProcedure, .more = false});
  }
  void transaction(const TransactionRequest& request, Response& out, const CancelToken&) override {
    seen_.note("transaction " + std::to_string(static_cast<int>(request.kind)) + ' ' +
               request.name + (request.begins_another ? " and another" : ""));
    out.dialect().transaction = request.kind == TransactionRequest::Kind::kBegin ? 7 : 0;
    out.done({.more = false});
  }
  void bulk_load(BulkReader& rows, Response& out, const CancelToken&) override {
    seen_.running.set();
    std::uint64_t count = 0;
    try {
      std::vector<engine::Type> types;
      for (const auto& column : rows.columns()) types.push_back(column.engine_type);
      while (true) {
        engine::ChunkBuilder chunk(types);
        if (!rows.read(chunk)) break;
        count += chunk.size();
      }
    } catch (const Error& error) {
      const std::lock_guard lock(seen_.mutex);
      seen_.bulk_failure = error.message();
      seen_.cancelled.set();
      throw;
    }
    seen_.note("rows " + std::to_string(count));
    out.done({.more = false, .rows = count});
  }
  void reset(bool keep_transaction, Response& out) override {
    seen_.note(keep_transaction ? "reset but the transaction" : "reset");
    out.environment(Environment::kReset, {}, {});
  }
  void client_waits() override { seen_.waits.set(); }
  void client_goes_on() override { seen_.goes_on.set(); }

 private:
  Seen& seen_;
};

inline const Identity& test_identity() {
  static const Identity kIdentity = make_identity({"localhost", "127.0.0.1"});
  return kIdentity;
}

class TestServer {
 public:
  explicit TestServer(Settings settings = {}, router::Metrics* metrics = nullptr)
      : server_(
            named(std::move(settings)),
            [this](const Login& login, Response& out) { return admit(login, out); },
            test_identity(), metrics) {
    port_ = server_.listen("127.0.0.1", 0);
    server_.start();
  }

  Server* operator->() { return &server_; }
  std::uint16_t port() const { return port_; }
  Seen& seen() { return seen_; }

 private:
  static Settings named(Settings settings) {
    settings.server_name = "test";
    return settings;
  }
  std::unique_ptr<Session> admit(const Login& login, Response& out) {
    {
      const std::lock_guard lock(seen_.mutex);
      seen_.logins.push_back(login);
    }
    if (login.user == "nobody") {
      Error error(Code::kUnauthenticated, "Login failed for user 'nobody'.");
      error.set_sql({.number = 18456, .severity = 14, .state = 1});
      throw error;
    }
    out.environment(Environment::kDatabase, "default", "master");
    return std::make_unique<EchoSession>(seen_);
  }

  Seen seen_;
  Server server_;
  std::uint16_t port_ = 0;
};

}  // namespace tarn::tds
