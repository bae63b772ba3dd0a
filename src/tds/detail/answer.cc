#include "detail/answer.h"

#include <array>
#include <utility>
#include <vector>

#include "base/log.h"
#include "detail/bulk_decoder.h"
#include "detail/prelogin.h"
#include "detail/requests.h"
#include "detail/rpc_reader.h"

namespace tarn::tds::detail {
namespace {

constexpr std::string_view kProgram = "Microsoft SQL Server";
constexpr int kOwnErrorNumber = 50000;  // of an error that SQL Server has none for
constexpr int kFatalSeverity = 20;      // the connection ends
constexpr int kShutdownNumber = 6005;
constexpr int kInternalNumber = 3624;

std::uint32_t program_version() {
  std::uint32_t version = 0;
  for (const std::uint8_t part : kProgramVersion) version = version << 8 | part;
  return version;
}

class StringOutput final : public ByteOutput {
 public:
  void write(std::string_view bytes) override { bytes_ += bytes; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

Notice notice_of(const Error& error) {
  Notice notice{.number = kOwnErrorNumber, .severity = 16, .state = 1, .text = error.message()};
  if (error.sql()) {
    notice.number = error.sql()->number;
    notice.severity = error.sql()->severity;
    notice.state = error.sql()->state;
    notice.procedure = error.sql()->procedure;
  }
  if (error.place()) notice.line = error.place()->line;
  if (!error.hint().empty()) notice.text += ' ' + error.hint();
  return notice;
}

void end_with_error(Response& response, const Notice& notice, DoneKind kind = DoneKind::kBatch) {
  response.notice(notice);
  response.done({.kind = kind, .more = false, .error = true});
}

/// The answer ends here, whatever it was about.
void cut(Response& response, Exchange& exchange) {
  exchange.write_freely();
  const auto why = exchange.interrupted();
  if (why == Interruption::kStopping) {
    end_with_error(response, {.number = kShutdownNumber,
                              .severity = 14,
                              .state = 1,
                              .text = "SHUTDOWN is in progress."});
  } else {
    // The DONE that acknowledges an attention comes in a message of its own.
    response.done({.more = false, .error = why == Interruption::kIgnored});
  }
  response.flush();
}

/// For what a session is not to throw: the client is told, and the connection ends.
void fail(Response& response, Exchange& exchange, Notice notice) {
  exchange.write_freely();
  notice.severity = kFatalSeverity;
  end_with_error(response, notice);
  response.flush();
}

void run_bulk_load(Session& session, Version version, Response& response, Exchange& exchange) {
  std::unique_ptr<BulkDecoder> rows;
  try {
    rows = std::make_unique<BulkDecoder>(
        [&exchange](std::span<char> room) { return exchange.read(room); }, version);
  } catch (const Error& error) {
    if (error.code() == Code::kCancelled) throw;
    end_with_error(response, notice_of(error));
    return;
  }
  session.bulk_load(*rows, response, exchange.cancel_token());
}

/// What a message asks for, read from its bytes.
struct Request {
  std::string batch;
  std::vector<Rpc> calls;
  TransactionRequest transaction;
};

Request read_request(const Message& message, const Dialect& dialect) {
  Request request;
  if (message.type == PacketType::kBulkLoad) return request;
  const RequestBody body = read_headers(message.body, dialect.version);
  // After a reset there is none, whatever the client thinks.
  if (!message.resets) check_transaction(body.transaction, dialect.transaction);
  if (message.type == PacketType::kBatch) request.batch = read_batch(body.body);
  if (message.type == PacketType::kRpc) request.calls = read_calls(body.body, dialect.version);
  if (message.type == PacketType::kTransaction)
    request.transaction = read_transaction_request(body.body);
  return request;
}

void run(SignedIn& signed_in, const Message& message, Request request, Response& response,
         Exchange& exchange) {
  Session& session = *signed_in.session;
  const CancelToken cancel = exchange.cancel_token();
  switch (message.type) {
    case PacketType::kRpc:
      return session.call(request.calls, response, cancel);
    case PacketType::kTransaction:
      return session.transaction(request.transaction, response, cancel);
    case PacketType::kBulkLoad:
      return run_bulk_load(session, signed_in.dialect.version, response, exchange);
    default:
      return session.batch(request.batch, response, cancel);
  }
}

/// Whether the message could be read; else the client is told.
bool read(const Message& message, const Dialect& dialect, Response& response, Request& request) {
  try {
    request = read_request(message, dialect);
    return true;
  } catch (const Error& error) {
    log::info("tds.request.refused", {{"error", error.what()}});
    end_with_error(response, notice_of(error),
                   message.type == PacketType::kRpc ? DoneKind::kProcedure : DoneKind::kBatch);
    return false;
  }
}

std::vector<std::pair<std::uint8_t, std::string>> acknowledged_features(const Login7& login) {
  std::vector<std::pair<std::uint8_t, std::string>> features;
  if (login.federated) features.emplace_back(kFederatedFeature, std::string());
  if (login.login.utf8) features.emplace_back(kUtf8Feature, std::string(1, '\1'));
  return features;
}

}  // namespace

SignedIn answer_login(const SignIn& sign_in, const Login7& login, const std::string& server_name,
                      Exchange& exchange) {
  SignedIn result;
  result.dialect = {.version = login.login.version, .utf8 = login.login.utf8, .transaction = 0};
  Response response(exchange, result.dialect, server_name);
  try {
    result.session = sign_in(login.login, response);
    response.login_ack(kProgram, program_version());
    response.environment(Environment::kPacketSize, std::to_string(login.login.packet_bytes),
                         std::to_string(kPacketBytesDefault));
    const auto features = acknowledged_features(login);
    if (!features.empty()) response.features(features);
    response.done({.more = false});
    response.flush();
  } catch (const Error& error) {
    result.session.reset();
    if (exchange.interrupted()) {
      cut(response, exchange);
    } else {
      log::info("tds.login.refused", {{"user", login.login.user},
                                      {"peer", login.login.peer.address},
                                      {"error", error.what()}});
      exchange.write_freely();
      end_with_error(response, notice_of(error));
      response.flush();
    }
  } catch (const std::exception& error) {
    result.session.reset();
    log::error("tds.login.failed", {{"error", error.what()}});
    fail(response, exchange, {.number = kInternalNumber, .state = 1, .text = "An internal error."});
  }
  return result;
}

bool answer_request(SignedIn& signed_in, const Message& message, const std::string& server_name,
                    Exchange& exchange) {
  Session& session = *signed_in.session;
  Response response(exchange, signed_in.dialect, server_name);
  exchange.on_stall({.stalled = [&session] { session.client_waits(); },
                     .goes_on = [&session] { session.client_goes_on(); }});
  try {
    if (message.resets) session.reset(message.keeps_transaction, response);
    Request request;
    if (read(message, signed_in.dialect, response, request)) {
      run(signed_in, message, std::move(request), response, exchange);
    }
    response.flush();
    if (exchange.silent()) cut(response, exchange);
    return true;
  } catch (const Error& error) {
    if (error.code() == Code::kCancelled && exchange.interrupted()) {
      cut(response, exchange);
      const auto why = exchange.interrupted();
      return why == Interruption::kAttention || why == Interruption::kIgnored;
    }
    log::error("tds.request.failed", {{"error", error.what()}});
    fail(response, exchange, notice_of(error));
  } catch (const std::exception& error) {
    log::error("tds.request.failed", {{"error", error.what()}});
    fail(response, exchange, {.number = kInternalNumber, .state = 1, .text = "An internal error."});
  }
  return false;
}

std::string ignored_answer(Version version) {
  StringOutput out;
  Dialect dialect{.version = version};
  Response response(out, dialect, {});
  response.done({.more = false, .error = true});
  response.flush();
  return out.take();
}

std::string refusal(const Error& error, Version version, const std::string& server_name) {
  StringOutput out;
  Dialect dialect{.version = version};
  Response response(out, dialect, server_name);
  end_with_error(response, notice_of(error));
  response.flush();
  return out.take();
}

std::string attention_acknowledgement(Version version) {
  StringOutput out;
  Dialect dialect{.version = version};
  Response response(out, dialect, {});
  response.done({.more = false, .attention = true});
  response.flush();
  return out.take();
}

std::size_t done_bytes(Version version) { return version < Version::k72 ? 9 : 13; }

}  // namespace tarn::tds::detail
