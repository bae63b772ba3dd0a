#include "detail/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace tarn::tds::detail {
namespace {

constexpr unsigned char kStrictProtocol[] = "\x07tds/8.0";  // ALPN: its length, then the name

Owned<BIO> bytes_bio(std::string_view bytes) {
  return Owned<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

[[noreturn]] void throw_bad_identity(const std::string& what) {
  throw Error(Code::kInvalidArgument,
              "The server's certificate cannot be used: " + what + " (" + openssl_failure() + ").",
              "Put a certificate chain and its unencrypted key there, both as PEM, or remove both "
              "files: new ones are made.");
}

/// The server's own certificate first, then those that lead to an authority.
void use_certificates(SSL_CTX* context, std::string_view pem) {
  const auto bio = bytes_bio(pem);
  const Owned<X509> own(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1)
    throw_bad_identity("it is no certificate");
  while (true) {
    Owned<X509> next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) throw_bad_identity("its chain");
    static_cast<void>(next.release());  // the context's now
  }
  ERR_clear_error();
}

void use_key(SSL_CTX* context, std::string_view pem) {
  const auto bio = bytes_bio(pem);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    throw_bad_identity("its key is none");
  if (SSL_CTX_check_private_key(context) != 1) throw_bad_identity("its key is of another one");
}

int choose_strict(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                  const unsigned char* offered, unsigned int offered_bytes, void*) {
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, chosen_bytes, kStrictProtocol,
                                           sizeof(kStrictProtocol) - 1, offered, offered_bytes);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::string openssl_failure() {
  char text[256] = {};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown";
  ERR_error_string_n(code, text, sizeof(text));
  return text;
}

/// The engine's strings as OpenSSL sees them.
struct TlsBytes {
  static TlsEngine& engine_of(BIO* bio) { return *static_cast<TlsEngine*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* room, int room_bytes) {
    TlsEngine& engine = engine_of(bio);
    BIO_clear_retry_flags(bio);
    const std::size_t left = engine.incoming_.size() - engine.consumed_;
    const std::size_t count = std::min(left, static_cast<std::size_t>(std::max(room_bytes, 0)));
    if (count == 0) {
      BIO_set_retry_read(bio);
      return -1;
    }
    std::memcpy(room, engine.incoming_.data() + engine.consumed_, count);
    engine.consumed_ += count;
    if (engine.consumed_ == engine.incoming_.size()) {
      engine.incoming_.clear();
      engine.consumed_ = 0;
    }
    return static_cast<int>(count);
  }

  static int write(BIO* bio, const char* bytes, int count) {
    BIO_clear_retry_flags(bio);
    if (count > 0) engine_of(bio).outgoing_.append(bytes, static_cast<std::size_t>(count));
    return count;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const kMethod = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tds");
      BIO_meth_set_read(made, read);
      BIO_meth_set_write(made, write);
      BIO_meth_set_ctrl(made, control);
      return made;
    }();
    return kMethod;
  }
};

TlsContext::TlsContext(const Identity& identity, Mode mode)
    : context_(SSL_CTX_new(TLS_server_method())) {
  check(context_ != nullptr, "no TLS context");
  SSL_CTX* context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  if (mode == Mode::kInPackets) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  } else {
    SSL_CTX_set_alpn_select_cb(context, choose_strict, nullptr);
  }
  // No resumption: a ticket or a last flight of its own would break the turns of 7.x.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  use_certificates(context, identity.certificate);
  use_key(context, identity.private_key);
}

TlsEngine::TlsEngine(const TlsContext& context) : ssl_(SSL_new(context.get())) {
  check(ssl_ != nullptr, "no TLS connection");
  BIO* bio = BIO_new(TlsBytes::method());
  check(bio != nullptr, "no TLS bytes");
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // owns it
  SSL_set_accept_state(ssl_.get());
}

std::string TlsEngine::take_outgoing() { return std::exchange(outgoing_, {}); }

std::string TlsEngine::take_incoming() {
  std::string left = incoming_.substr(consumed_);
  incoming_.clear();
  consumed_ = 0;
  return left;
}

TlsEngine::Result TlsEngine::result_of(int returned) {
  if (returned > 0) return Result::kDone;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return Result::kWantsBytes;
    case SSL_ERROR_ZERO_RETURN:
      return Result::kEnded;
    default:
      failure_ = openssl_failure();
      return Result::kFailed;
  }
}

TlsEngine::Result TlsEngine::handshake() {
  ERR_clear_error();
  return result_of(SSL_do_handshake(ssl_.get()));
}

TlsEngine::Result TlsEngine::read(std::span<char> room, std::size_t& count) {
  ERR_clear_error();
  count = 0;
  const int returned = SSL_read_ex(ssl_.get(), room.data(), room.size(), &count);
  return result_of(returned);
}

bool TlsEngine::write(std::string_view bytes) {
  if (bytes.empty()) return true;
  ERR_clear_error();
  std::size_t written = 0;
  return result_of(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written)) ==
             Result::kDone &&
         written == bytes.size();
}

void TlsEngine::close() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void TlsEngine::release() {
  if (!has_incoming()) incoming_ = {};
  if (outgoing_.empty()) outgoing_ = {};
}

}  // namespace tarn::tds::detail
