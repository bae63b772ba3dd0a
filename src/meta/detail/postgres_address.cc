#include "detail/postgres_address.h"

#include <map>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "detail/postgres_library.h"

namespace tarn::meta::detail {

PostgresAddress::PostgresAddress(std::string url) : url_(std::move(url)) {
  const PostgresLibrary& pq = PostgresLibrary::get();
  char* problem = nullptr;
  PQconninfoOption* options = pq.conninfo_parse(url_.c_str(), &problem);
  if (problem != nullptr) pq.freemem(problem);  // it may quote what was given
  if (options == nullptr) {
    throw Error(Code::kInvalidArgument, "The address of the PostgreSQL store cannot be read.",
                "Write postgresql://user:password@host:5432/database, other characters than "
                "letters and digits of user and password percent-encoded.");
  }
  std::map<std::string, std::string> found;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    const std::string value = option->val != nullptr ? option->val : "";
    found[option->keyword] = value;
    // Those that libpq itself would not show.
    if (!value.empty() && (std::string_view(option->dispchar) == "*" ||
                           std::string_view(option->keyword).ends_with("password"))) {
      secrets_.push_back(value);
    }
  }
  pq.conninfo_free(options);
  if (found["dbname"].empty()) {
    throw Error(Code::kInvalidArgument, "The address of the PostgreSQL store names no database.",
                "Write postgresql://user:password@host:5432/database.");
  }
  place_ = "postgresql://" + found["host"];
  if (!found["port"].empty()) place_ += ":" + found["port"];
  place_ += "/" + found["dbname"];
}

std::string PostgresAddress::without_secrets(std::string_view text) const {
  std::string clean(trim(text));
  for (const std::string& secret : secrets_) {
    for (std::size_t at = clean.find(secret); at != std::string::npos;
         at = clean.find(secret, at + 3)) {
      clean.replace(at, secret.size(), "***");
    }
  }
  return log::redact(clean);
}

}  // namespace tarn::meta::detail
