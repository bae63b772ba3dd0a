// From the first byte to the first request.

#include "detail/connection.h"

#include <boost/asio/post.hpp>

#include "base/log.h"
#include "detail/bytes.h"
#include "net/peer_facts.h"

namespace tarn::tds::detail {
namespace {

constexpr char kTlsHandshake = 0x16;  // the first byte of a connection that begins with TLS

Error too_many_connections(std::size_t connections_max) {
  Error error(Code::kResourceExhausted,
              "Resource ID : 1. The session limit for the database is " +
                  std::to_string(connections_max) + " and has been reached.",
              "Try again in a moment, or close connections.");
  error.set_sql({.number = 10928, .severity = 16, .state = 1});
  return error;
}

}  // namespace

Connection::Connection(net::Socket socket, ServerCore& core)
    : core_(core),
      channel_(std::move(socket), core.sockets),
      incoming_event_(executor()),
      outgoing_event_(executor()),
      read_side_done_(executor()) {}

Connection::~Connection() { let_session_go(); }

asio::awaitable<void> Connection::run() {
  peer_ = net::peer_of(channel_.socket().native_handle());
  net::tune(channel_.socket());
  login_deadline_ = std::chrono::steady_clock::now() +
                    std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                        std::chrono::duration<double>(core_.settings.login_timeout_s));
  bool goes_on = co_await sign_in();
  while (goes_on) goes_on = co_await serve_one();
  let_session_go();
  close();
}

asio::awaitable<void> Connection::refuse() {
  refused_ = true;
  return run();
}

void Connection::end_if_idle() {
  if (idle_) close();
}

void Connection::cancel(const std::string& reason) { interrupt(Interruption::kStopping, reason); }

void Connection::close() {
  interrupt(Interruption::kGone, "the connection was closed");
  channel_.close();
  incoming_event_.notify();
  outgoing_event_.notify();
}

void Connection::let_session_go() {
  if (!signed_in_) return;
  // Its end may have to wait for the engine or the disk.
  auto task = [session = std::move(signed_in_)]() mutable { session.reset(); };
  static_cast<void>(core_.sockets.submit(std::move(task)));
}

asio::awaitable<bool> Connection::sign_in() {
  Login7 login;
  bool understood = false;
  std::optional<Error> malformed;
  try {
    understood = co_await greet(login);
  } catch (const Error& error) {
    malformed = error;
  }
  if (malformed) {
    // Nothing that the client would take for an answer can be said before LOGIN7.
    log::info("tds.malformed", {{"peer", peer_.address}, {"error", malformed->what()}});
  }
  if (!understood) co_return false;
  co_return co_await run_login(login);
}

asio::awaitable<bool> Connection::greet(Login7& login) {
  const bool filled = co_await fill(Wait::kLogin);
  if (!filled) co_return false;
  strict_ = channel_.input().front() == kTlsHandshake;
  if (strict_) {
    const bool agreed = co_await begin_strict();
    if (!agreed) co_return false;
  }
  co_return co_await read_login(login);
}

asio::awaitable<bool> Connection::begin_strict() {
  TlsEngine& tls = channel_.begin_tls(core_.tls_strict);
  while (true) {
    channel_.feed_tls();
    const auto result = tls.handshake();
    net::ErrorCode error;
    const std::string flight = tls.take_outgoing();
    if (!flight.empty()) co_await channel_.write_raw(flight, core_.settings.login_timeout_s, error);
    if (result == TlsEngine::Result::kDone) break;
    if (result != TlsEngine::Result::kWantsBytes) {
      log::info("tds.tls.failed", {{"peer", peer_.address}, {"error", tls.failure()}});
      co_return false;
    }
    if (error) co_return false;
    const bool filled = co_await fill(Wait::kLogin);
    if (!filled) co_return false;
  }
  channel_.use_tls();
  co_return true;
}

asio::awaitable<bool> Connection::read_login(Login7& login) {
  PacketType type = PacketType::kPreLogin;
  std::string body;
  const bool came = co_await read_login_message(type, body);
  if (!came) co_return false;
  if (type == PacketType::kPreLogin) {
    const bool agreed = co_await answer_prelogin(body);
    if (!agreed) co_return false;
    body.clear();
    const bool came_after = co_await read_login_message(type, body);
    if (!came_after) co_return false;
    if (type == PacketType::kPreLogin) throw_malformed("a second PRELOGIN");
  }
  const std::optional<Error> refused = take_login(body, login);
  if (!refused) co_return true;
  log::info("tds.login.refused", {{"peer", peer_.address}, {"error", refused->what()}});
  const std::string answer = refusal(*refused, version_, core_.settings.server_name);
  co_await send_last(answer);
  co_return false;
}

asio::awaitable<bool> Connection::read_login_message(PacketType& type, std::string& body) {
  Packet packet;
  const bool came = co_await next_packet(packet, Wait::kLogin);
  if (!came) co_return false;
  type = packet.header.type;
  if (type == PacketType::kOldLogin) throw_malformed("a login of a version before 7.0");
  if (type != PacketType::kLogin7 && type != PacketType::kPreLogin) {
    throw_malformed("a packet of type " + std::to_string(static_cast<int>(type)) +
                    " where LOGIN7 is due");
  }
  const MessageEnd end = co_await read_message(packet, Wait::kLogin, kLoginBytesMax, body);
  co_return end == MessageEnd::kWhole;
}

std::optional<Error> Connection::take_login(std::string_view body, Login7& login) {
  const bool encrypted = channel_.encrypted();
  if (login_only_encrypted_) channel_.end_tls();
  version_ = version_asked(body, strict_);
  try {
    login = read_login7(body, strict_);
    check_login(login);
  } catch (const Error& error) {
    return error;
  }
  login.login.encrypted = encrypted;
  login.login.peer = peer_;
  return std::nullopt;
}

void Connection::check_login(const Login7& login) const {
  if (login.federated && login.federated_echo != federated_login_)
    throw_malformed("LOGIN7 has another FEDAUTHREQUIRED than PRELOGIN");
  if (refused_) throw too_many_connections(core_.settings.connections_max);
}

asio::awaitable<bool> Connection::answer_prelogin(std::string_view body) {
  const PreLogin asked = read_prelogin(body);
  federated_login_ = asked.federated_login;
  const Encryption agreed = agree_on_encryption(asked.encryption);
  const std::string answer = prelogin_answer(asked, agreed);
  const bool sent = co_await send(PacketType::kResponse, answer);
  if (!sent) co_return false;
  if (strict_ || agreed == Encryption::kNotSupported) co_return true;
  login_only_encrypted_ = agreed == Encryption::kOff;
  co_return co_await handshake_in_packets();
}

asio::awaitable<bool> Connection::handshake_in_packets() {
  TlsEngine& tls = channel_.begin_tls(core_.tls_in_packets);
  auto result = TlsEngine::Result::kWantsBytes;
  while (result == TlsEngine::Result::kWantsBytes) {
    Packet packet;
    const bool came = co_await next_packet(packet, Wait::kLogin);
    if (!came) co_return false;
    if (packet.header.type != PacketType::kPreLogin)
      throw_malformed("a packet within the TLS handshake that is no part of it");
    tls.feed(packet.payload);
    consume(packet);
    result = tls.handshake();
    const std::string flight = tls.take_outgoing();
    if (flight.empty()) continue;
    const bool sent = co_await send(PacketType::kPreLogin, flight);
    if (!sent) co_return false;
  }
  if (result != TlsEngine::Result::kDone) {
    log::info("tds.tls.failed", {{"peer", peer_.address}, {"error", tls.failure()}});
    co_return false;
  }
  channel_.use_tls();
  co_return true;
}

asio::awaitable<bool> Connection::run_login(Login7& login) {
  version_ = login.login.version;
  const std::size_t packet_bytes = login.login.packet_bytes;
  auto signed_in = std::make_shared<SignedIn>();
  auto task = [&core = core_, signed_in, login = std::move(login)](Exchange& exchange) {
    *signed_in = answer_login(core.sign_in, login, core.settings.server_name, exchange);
    return signed_in->session != nullptr;
  };
  const bool goes_on = co_await handle(std::move(task), false);
  signed_in_ = std::move(signed_in);
  packet_bytes_ = packet_bytes;
  co_return goes_on;
}

}  // namespace tarn::tds::detail
