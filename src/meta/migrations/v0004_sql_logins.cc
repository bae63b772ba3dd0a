// Version 4: SQL logins, a password each. `made_principal`: the principal came with the login, and
// goes with it.

#include "detail/migration.h"

namespace tarn::meta::detail {

namespace {

constexpr std::string_view kPortable0004 = R"sql(
CREATE TABLE sql_logins (
  workspace_id TEXT NOT NULL,
  login_key TEXT NOT NULL,
  name TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  made_principal BIGINT NOT NULL,
  password_hash TEXT NOT NULL,
  enabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, login_key),
  FOREIGN KEY (workspace_id, principal_id) REFERENCES principals (workspace_id, principal_id) ON DELETE CASCADE
){{clustered}};
)sql";

}  // namespace

const Migration kMigration0004{4, "sql_logins", kPortable0004};

}  // namespace tarn::meta::detail
