#pragma once
// LOGIN7 ([MS-TDS] 2.2.6.4): who signs in, with what.

#include <string>
#include <string_view>

#include "tds/login.h"

namespace tarn::tds::detail {

inline constexpr std::size_t kLoginBytesMax = (128 << 10) - 1;  // of the message, as SQL Server

/// What LOGIN7 says beside the Login.
struct Login7 {
  Login login;  // but for `encrypted` and `peer`
  /// The message has the feature FEDAUTH, and so wants it acknowledged.
  bool federated = false;
  /// It says that our PRELOGIN had FEDAUTHREQUIRED.
  bool federated_echo = false;
};

/// Reads the message; `strict` tells that the connection began with TLS (8.0). Throws Error:
/// kInvalidArgument 4002 for what does not lie within the message; kUnauthenticated 18452 for an
/// integrated (SSPI) login; kUnsupported for TDS 7.0 and what is older, for federated logins that
/// bring no token, new passwords, attached files, user instances, and other machines' numbers.
Login7 read_login7(std::string_view body, bool strict);

/// The version that a message asks for, so that a refusal is in it; 7.4 where that is unclear.
Version version_asked(std::string_view body, bool strict);

/// Features that are acknowledged.
inline constexpr std::uint8_t kFederatedFeature = 0x02;
inline constexpr std::uint8_t kUtf8Feature = 0x0A;

}  // namespace tarn::tds::detail
