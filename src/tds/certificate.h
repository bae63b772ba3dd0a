#pragma once
// The server's certificate: made on first use, and kept in the home.

#include <filesystem>
#include <string>
#include <vector>

#include "tds/server.h"

namespace tarn::tds {

inline constexpr int kCertificateYears = 10;
inline constexpr const char* kIdentityFolder = "tls";  // of a home

/// Self-signed, RSA 2048 (which the oldest drivers take), for these host names and IP addresses.
/// The key is PKCS #8 without a password.
Identity make_identity(const std::vector<std::string>& names);

/// `folder`/server.pem and server.key, both PEM: what lies there, else a new pair for localhost,
/// 127.0.0.1, ::1 and this machine's name. The folder has mode 0700, the key 0600. Throws Error
/// (kConflict) where one of the two is missing, so that nobody's own certificate is replaced.
Identity ensure_identity(const std::filesystem::path& folder);

}  // namespace tarn::tds
