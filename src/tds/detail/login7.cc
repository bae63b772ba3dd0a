#include "detail/login7.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/utf16.h"
#include "detail/bytes.h"
#include "detail/packet.h"

namespace tarn::tds::detail {
namespace {

// OptionFlags1, 2, TypeFlags, OptionFlags3.
constexpr std::uint8_t kForeignNumbers = 0x01 | 0x02 | 0x0C;  // big-endian, EBCDIC, VAX floats
constexpr std::uint8_t kIntegratedSecurity = 0x80;
constexpr std::uint8_t kReadOnlyIntent = 0x20;
constexpr std::uint8_t kChangesPassword = 0x01;
constexpr std::uint8_t kUserInstance = 0x04;
constexpr std::uint8_t kHasExtension = 0x10;

constexpr std::uint8_t kFeaturesEnd = 0xFF;
constexpr std::uint8_t kSecurityTokenLibrary = 1;
constexpr std::uint8_t kAdalLibrary = 2;
constexpr std::size_t kNonceBytes = 32;

[[noreturn]] void refuse(const std::string& what, const std::string& hint) {
  Error error(Code::kUnsupported, what, hint);
  error.set_sql({.number = 18456, .severity = 14, .state = 1});
  throw error;
}

/// A field's place: where it begins in the message, and how long it is.
struct Field {
  std::size_t offset = 0;
  std::size_t length = 0;
};

Field read_field(ByteReader& reader) {
  Field field;
  field.offset = reader.u16();
  field.length = reader.u16();
  return field;
}

std::string_view bytes_of(std::string_view body, Field field) {
  if (field.length == 0) return {};
  if (field.offset > body.size() || field.length > body.size() - field.offset)
    throw_malformed("a field of LOGIN7 lies outside of the message");
  return body.substr(field.offset, field.length);
}

/// `length` counts units of UTF-16.
std::string_view units_of(std::string_view body, Field field) {
  field.length *= 2;
  return bytes_of(body, field);
}

std::string text_of(std::string_view body, Field field) {
  return utf8_from_utf16(units_of(body, field));
}

std::string password_of(std::string_view body, Field field) {
  std::string units(units_of(body, field));
  for (char& byte : units) {
    const auto mixed = static_cast<unsigned>(static_cast<unsigned char>(byte)) ^ 0xA5U;
    byte = static_cast<char>((mixed << 4 | mixed >> 4) & 0xFFU);
  }
  return utf8_from_utf16(units);
}

Version version_of(std::uint32_t number, bool strict) {
  if (number == 0x08000000U) return strict ? Version::k80 : Version::k74;
  switch (number >> 24) {
    case 0x71:
      return Version::k71;
    case 0x72:
      return Version::k72;
    case 0x73:
      return (number >> 16 & 0xFF) >= 0x0B ? Version::k73b : Version::k73a;
    default:
      break;
  }
  if (number >> 24 > 0x73) return Version::k74;
  refuse("The client speaks a version of TDS before 7.1, which is not spoken here.",
         "Set the client's TDS version to 7.4, or use a newer client.");
}

/// A client that names no size takes the default.
std::size_t packet_bytes_of(std::uint32_t asked) {
  if (asked == 0) return kPacketBytesDefault;
  return std::clamp<std::size_t>(asked, kPacketBytesMin, kPacketBytesMax);
}

void read_federated(std::string_view data, Login7& result) {
  ByteReader reader(data);
  const std::uint8_t options = reader.u8();
  result.federated = true;
  result.federated_echo = (options & 1) != 0;
  const int library = options >> 1;
  if (library == kAdalLibrary) {
    refuse("A federated login in which the server names an authority (FEDAUTHINFO) is not known.",
           "Give the driver an access token, not an authentication mode.");
  }
  if (library != kSecurityTokenLibrary)
    refuse("This library of federated logins is not known: " + std::to_string(library) + ".",
           "Give the driver an access token.");
  const std::size_t bytes = reader.u32();
  result.login.access_token = utf8_from_utf16(reader.bytes(bytes));
  if (reader.left() != 0 && reader.left() != kNonceBytes)
    throw_malformed("bytes follow the token of a federated login");
}

void read_features(std::string_view body, std::string_view extension, Login7& result) {
  ByteReader place(extension);
  const std::size_t offset = place.u32();
  if (offset > body.size()) throw_malformed("the features of LOGIN7 lie outside of the message");
  ByteReader reader(body.substr(offset));
  while (true) {
    const std::uint8_t id = reader.u8();
    if (id == kFeaturesEnd) return;
    const std::string_view data = reader.bytes(reader.u32());
    if (id == kFederatedFeature) read_federated(data, result);
    if (id == kUtf8Feature) result.login.utf8 = true;
  }
}

}  // namespace

Version version_asked(std::string_view body, bool strict) {
  try {
    ByteReader reader(body);
    reader.skip(4);
    return version_of(reader.u32(), strict);
  } catch (const Error&) {
    return Version::k74;
  }
}

Login7 read_login7(std::string_view body, bool strict) {
  ByteReader reader(body);
  const std::size_t length = reader.u32();
  if (length > body.size()) throw_malformed("LOGIN7 is shorter than it says");
  body = body.substr(0, length);
  reader = ByteReader(body);
  reader.skip(4);

  Login7 result;
  Login& login = result.login;
  login.version = version_of(reader.u32(), strict);
  login.packet_bytes = packet_bytes_of(reader.u32());
  reader.skip(12);  // the client's version, process and connection
  const std::uint8_t numbers = reader.u8();
  const std::uint8_t security = reader.u8();
  const std::uint8_t type = reader.u8();
  const std::uint8_t more = reader.u8();
  reader.skip(8);  // time zone and locale
  const Field host = read_field(reader);
  const Field user = read_field(reader);
  const Field password = read_field(reader);
  const Field application = read_field(reader);
  const Field server = read_field(reader);
  const Field extension = read_field(reader);
  const Field library = read_field(reader);
  const Field language = read_field(reader);
  const Field database = read_field(reader);
  reader.skip(6);  // the client's network address
  const Field sspi = read_field(reader);
  const Field attached = read_field(reader);

  if ((numbers & kForeignNumbers) != 0)
    refuse("Numbers and text are little-endian, IEEE and ASCII here.", "Use another client.");
  login.read_only = (type & kReadOnlyIntent) != 0;
  login.host = text_of(body, host);
  login.user = text_of(body, user);
  login.password = password_of(body, password);
  login.application = text_of(body, application);
  login.server = text_of(body, server);
  login.library = text_of(body, library);
  login.language = text_of(body, language);
  login.database = text_of(body, database);

  if ((security & kIntegratedSecurity) != 0 || sspi.length > 0) {
    Error error(Code::kUnauthenticated,
                "Login failed. The login is from an untrusted domain and cannot be used with "
                "Integrated authentication.",
                "Sign in with a user name and password, or an access token.");
    error.set_sql({.number = 18452, .severity = 14, .state = 1});
    throw error;
  }
  if (attached.length > 0)
    refuse("A database file cannot be attached at login.", "Leave AttachDbFilename out.");
  if (login.version >= Version::k72 && (more & kChangesPassword) != 0)
    refuse("A password cannot be changed at login.", "Sign in with the one that is valid.");
  if (login.version >= Version::k72 && (more & kUserInstance) != 0)
    refuse("There are no user instances.", "Leave User Instance out.");
  if (login.version >= Version::k74 && (more & kHasExtension) != 0)
    read_features(body, bytes_of(body, extension), result);
  return result;
}

}  // namespace tarn::tds::detail
