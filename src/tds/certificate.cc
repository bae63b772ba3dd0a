#include "tds/certificate.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <ctime>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "detail/openssl.h"

namespace tarn::tds {
namespace {

using detail::Owned;

constexpr int kKeyBits = 2048;
constexpr long kDayS = 24L * 3600;
constexpr int kSerialBytes = 16;

void require(bool done, std::string_view what) {
  if (!done)
    throw Error(Code::kInternal, "Making a certificate failed: " + std::string(what) + ": " +
                                     detail::openssl_failure() + ".");
}

bool is_address(const std::string& name) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ',';
    text += (is_address(name) ? "IP:" : "DNS:") + name;
  }
  return text;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value);
}

void set_serial(X509* certificate) {
  unsigned char bytes[kSerialBytes];
  require(RAND_bytes(bytes, kSerialBytes) == 1, "its serial number");
  bytes[0] &= 0x7F;  // positive
  BIGNUM* number = BN_bin2bn(bytes, kSerialBytes, nullptr);
  const bool done =
      number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  require(done, "its serial number");
}

template <typename Write>
std::string pem_of(const Write& write) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  require(bio && write(bio.get()) == 1, "its PEM");
  char* bytes = nullptr;
  const long count = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(count)};
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, HOST_NAME_MAX) == 0 ? name : "";
}

/// In a file that nobody else may read, from its first byte on.
void write_key(const std::filesystem::path& file, const std::string& key) {
  const auto pending = FileSystem::system().create(file);
  ::chmod(pending->path().c_str(), S_IRUSR | S_IWUSR);
  pending->write(key);
  pending->publish();
}

}  // namespace

Identity make_identity(const std::vector<std::string>& names) {
  check(!names.empty(), "a certificate has a name");
  const Owned<EVP_PKEY> key(EVP_RSA_gen(kKeyBits));
  const Owned<X509> certificate(X509_new());
  require(key && certificate, "its key");
  X509* made = certificate.get();
  require(X509_set_version(made, X509_VERSION_3) == 1, "its version");
  set_serial(made);
  // A clock that is an hour behind ours finds it valid, too.
  X509_gmtime_adj(X509_getm_notBefore(made), -kDayS);
  X509_time_adj_ex(X509_getm_notAfter(made), 365 * kCertificateYears, 0, nullptr);
  X509_NAME* subject = X509_get_subject_name(made);
  const auto* name = reinterpret_cast<const unsigned char*>(names.front().c_str());
  require(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1 &&
              X509_set_issuer_name(made, subject) == 1 && X509_set_pubkey(made, key.get()) == 1,
          "its subject");
  // Not an authority: some clients refuse one that is a server's own certificate.
  add_extension(made, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made, NID_key_usage, "critical,digitalSignature,keyEncipherment");
  add_extension(made, NID_ext_key_usage, "serverAuth");
  add_extension(made, NID_subject_key_identifier, "hash");
  add_extension(made, NID_subject_alt_name, alternative_names(names));
  require(X509_sign(made, key.get(), EVP_sha256()) > 0, "its signature");
  return {.certificate = pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, made); }),
          .private_key = pem_of([&](BIO* bio) {
            return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr,
                                                 nullptr);
          })};
}

Identity ensure_identity(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const fs::path certificate = folder / "server.pem";
  const fs::path key = folder / "server.key";
  const bool has_certificate = fs::exists(certificate);
  const bool has_key = fs::exists(key);
  if (has_certificate && has_key)
    return {.certificate = read_file(certificate), .private_key = read_file(key)};
  if (has_certificate) {
    throw Error(Code::kConflict, "The key of '" + certificate.string() + "' is missing.",
                "Put it beside it as server.key, or remove the certificate: a new one is made.");
  }
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
  if (const std::string host = host_name(); !host.empty() && host != names.front())
    names.push_back(host);
  const Identity made = make_identity(names);
  // A key without its certificate is what is left of an interrupted start: it is made anew.
  write_key(key, made.private_key);
  write_file(certificate, made.certificate);
  log::info("tls.certificate.made", {{"file", certificate.string()}});
  return made;
}

}  // namespace tarn::tds
