#pragma once
// The address of a PostgreSQL store: postgresql://user:password@host:port/database?key=value, with
// everything that libpq knows (several hosts, unix sockets, sslmode). The password stays inside.

#include <string>
#include <string_view>
#include <vector>

namespace tarn::meta::detail {

class PostgresAddress {
 public:
  /// Throws Error(kInvalidArgument), without the text itself: it may hold a password.
  explicit PostgresAddress(std::string url);

  const std::string& url() const { return url_; }
  /// "postgresql://host:port/database": for messages and logs.
  const std::string& place() const { return place_; }
  /// The text with the password blanked, for what a library says.
  std::string without_secrets(std::string_view text) const;

 private:
  std::string url_;
  std::string place_;
  std::vector<std::string> secrets_;
};

}  // namespace tarn::meta::detail
