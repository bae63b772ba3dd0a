#pragma once
// A request handled: on a thread of the pool, from the message's bytes to the answer's last token.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "detail/exchange.h"
#include "detail/login7.h"
#include "detail/packet.h"
#include "tds/server.h"

namespace tarn::tds::detail {

/// A client's message, but for the rows of a bulk load, which come through the exchange.
struct Message {
  PacketType type = PacketType::kBatch;
  bool resets = false;
  bool keeps_transaction = false;
  std::string body;
};

/// What a connection has once its client has signed in.
struct SignedIn {
  std::unique_ptr<Session> session;  // nothing: refused
  Dialect dialect;
};

/// Signs in and answers, or refuses. Nothing escapes.
SignedIn answer_login(const SignIn& sign_in, const Login7& login, const std::string& server_name,
                      Exchange& exchange);

/// Answers a request. Whether the connection may go on. Nothing escapes.
bool answer_request(SignedIn& signed_in, const Message& message, const std::string& server_name,
                    Exchange& exchange);

/// ERROR with the error's number (or 50000), message and hint, and the DONE that ends the answer.
std::string refusal(const Error& error, Version version, const std::string& server_name);
/// What an attention is acknowledged with.
std::string attention_acknowledgement(Version version);
/// The answer to a message that the client takes back ([MS-TDS] 2.2.1.7).
std::string ignored_answer(Version version);
/// Of a DONE token, in bytes.
std::size_t done_bytes(Version version);

}  // namespace tarn::tds::detail
