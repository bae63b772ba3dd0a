// Principals and permissions as a tool expects them. Who may do what is decided by Tarn's own roles
// (docs/security.md); here everybody is dbo.

#include "base/text.h"
#include "detail/exec/catalog/catalog_view.h"
#include "identity/authority.h"
#include "identity/logins.h"

namespace tarn::sql {
namespace {

constexpr const char* kMade = "2003-04-08 09:10:42.287";

struct Principal {
  int id;
  const char* name;
  const char* type;
  const char* description;
  bool fixed;
  const char* schema;  // of a user
};

constexpr Principal kDatabasePrincipals[] = {
    {0, "public", "R", "DATABASE_ROLE", false, nullptr},
    {1, "dbo", "S", "SQL_USER", false, "dbo"},
    {2, "guest", "S", "SQL_USER", false, "guest"},
    {3, "INFORMATION_SCHEMA", "S", "SQL_USER", false, nullptr},
    {4, "sys", "S", "SQL_USER", false, nullptr},
    {16384, "db_owner", "R", "DATABASE_ROLE", true, nullptr},
    {16385, "db_accessadmin", "R", "DATABASE_ROLE", true, nullptr},
    {16386, "db_securityadmin", "R", "DATABASE_ROLE", true, nullptr},
    {16387, "db_ddladmin", "R", "DATABASE_ROLE", true, nullptr},
    {16389, "db_backupoperator", "R", "DATABASE_ROLE", true, nullptr},
    {16390, "db_datareader", "R", "DATABASE_ROLE", true, nullptr},
    {16391, "db_datawriter", "R", "DATABASE_ROLE", true, nullptr},
    {16392, "db_denydatareader", "R", "DATABASE_ROLE", true, nullptr},
    {16393, "db_denydatawriter", "R", "DATABASE_ROLE", true, nullptr}};

/// A principal's sid: SQL Server's form of its number, which for dbo is 0x01.
Cell sid_of(int id) {
  if (id < 0x80) return bytes_cell(std::string(1, static_cast<char>(id)));
  return bytes_cell(std::string{static_cast<char>(id & 0xff), static_cast<char>(id >> 8 & 0xff)});
}

void database_principal_rows(const CatalogReader&, ViewRows& rows) {
  for (const Principal& principal : kDatabasePrincipals) {
    const bool role = *principal.type == 'R';
    rows.add({{"name", principal.name},
              {"principal_id", number_cell(principal.id)},
              {"type", principal.type},
              {"type_desc", principal.description},
              {"default_schema_name", principal.schema ? Cell(principal.schema) : Cell()},
              {"owning_principal_id", role ? Cell("1") : Cell()},
              {"sid", role || principal.id > 2 ? Cell() : sid_of(principal.id)},
              {"is_fixed_role", flag_cell(principal.fixed)},
              {"authentication_type", principal.id == 1 ? "1" : "0"},
              {"authentication_type_desc", principal.id == 1 ? "INSTANCE" : "NONE"}});
  }
}

void role_member_rows(const CatalogReader&, ViewRows& rows) {
  rows.add({{"role_principal_id", "16384"}, {"member_principal_id", "1"}});
}

void database_permission_rows(const CatalogReader&, ViewRows& rows) {
  rows.add({{"grantee_principal_id", "1"}});
}

struct LoginRow {
  std::string name;
  int id = 1;
  bool enabled = true;
  Cell made;
  Cell modified;
};

constexpr int kFirstLoginId = 256;

/// The asker's own, which is number 1 and may have no password here, and the SQL logins.
std::vector<LoginRow> login_list(const CatalogReader& reader) {
  const auto& session = reader.session();
  std::vector<LoginRow> rows = {{session.options.login, 1, true, {}, {}}};
  const auto& principal = session.options.principal;
  if (!session.services.logins || !session.services.authority || !principal) return rows;
  // Whoever may not see who has which role sees their own login alone, as in SQL Server.
  if (!session.services.authority->allows(*principal, identity::actions::kRolesRead,
                                          identity::Scope::workspace()))
    return rows;
  int id = kFirstLoginId;
  for (const identity::SqlLogin& login : session.services.logins->list()) {
    if (equal_ignoring_case(login.name, session.options.login)) {
      rows.front().made = moment_cell(login.created_at);
      rows.front().modified = moment_cell(login.modified_at);
    } else {
      rows.push_back({login.name, id, login.enabled, moment_cell(login.created_at),
                      moment_cell(login.modified_at)});
    }
    ++id;
  }
  return rows;
}

void add_login(const LoginRow& login, ViewRows& rows) {
  rows.add({{"name", login.name},
            {"principal_id", number_cell(login.id)},
            {"sid", sid_of(login.id)},
            {"type", "S"},
            {"type_desc", "SQL_LOGIN"},
            {"is_disabled", flag_cell(!login.enabled)}});
  if (login.made) rows.set("create_date", login.made);
  if (login.modified) rows.set("modify_date", login.modified);
}

void server_principal_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const LoginRow& login : login_list(reader)) add_login(login, rows);
  rows.add({{"name", "public"},
            {"principal_id", "2"},
            {"sid", sid_of(2)},
            {"type", "R"},
            {"type_desc", "SERVER_ROLE"},
            {"default_database_name", std::nullopt}});
  rows.add({{"name", "sysadmin"},
            {"principal_id", "3"},
            {"sid", sid_of(3)},
            {"type", "R"},
            {"type_desc", "SERVER_ROLE"},
            {"default_database_name", std::nullopt},
            {"is_fixed_role", "1"}});
}

void login_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const LoginRow& login : login_list(reader)) add_login(login, rows);
}

void server_role_member_rows(const CatalogReader&, ViewRows& rows) {
  rows.add({{"role_principal_id", "3"}, {"member_principal_id", "1"}});
}

const std::string kServerPrincipalColumns =
    "name sysname NOT NULL, principal_id int NOT NULL, sid varbinary(85), type char(1) NOT NULL, "
    "type_desc nvarchar(60), is_disabled bit DEFAULT 0, create_date datetime NOT NULL DEFAULT '" +
    std::string(kMade) + "', modify_date datetime NOT NULL DEFAULT '" + kMade +
    "', default_database_name sysname DEFAULT 'master', default_language_name sysname DEFAULT "
    "'us_english', credential_id int, owning_principal_id int, is_fixed_role bit NOT NULL DEFAULT "
    "0";

}  // namespace

std::span<const SystemView> principal_views() {
  static const std::vector<SystemView> kViews = {
      {"sys.database_principals",
       "name sysname NOT NULL, principal_id int NOT NULL, type char(1) NOT NULL, type_desc "
       "nvarchar(60), default_schema_name sysname, create_date datetime NOT NULL DEFAULT '" +
           std::string(kMade) + "', modify_date datetime NOT NULL DEFAULT '" + kMade +
           "', owning_principal_id int, sid varbinary(85), is_fixed_role bit NOT NULL, "
           "authentication_type int NOT NULL, authentication_type_desc nvarchar(60), "
           "default_language_name sysname, default_language_lcid int, "
           "allow_encrypted_value_modifications bit NOT NULL DEFAULT 0",
       database_principal_rows},
      {"sys.database_role_members",
       "role_principal_id int NOT NULL, member_principal_id int NOT NULL", role_member_rows},
      {"sys.database_permissions",
       "class tinyint NOT NULL DEFAULT 0, class_desc nvarchar(60) DEFAULT 'DATABASE', major_id int "
       "NOT NULL DEFAULT 0, minor_id int NOT NULL DEFAULT 0, grantee_principal_id int NOT NULL, "
       "grantor_principal_id int NOT NULL DEFAULT 1, type char(4) NOT NULL DEFAULT 'CO', "
       "permission_name nvarchar(128) DEFAULT 'CONNECT', state char(1) NOT NULL DEFAULT 'G', "
       "state_desc nvarchar(60) DEFAULT 'GRANT'",
       database_permission_rows},
      {"sys.server_principals", kServerPrincipalColumns, server_principal_rows},
      {"sys.sql_logins",
       kServerPrincipalColumns +
           ", is_policy_checked bit DEFAULT 0, is_expiration_checked bit DEFAULT 0, password_hash "
           "varbinary(256)",
       login_rows},
      {"sys.server_role_members",
       "role_principal_id int NOT NULL, member_principal_id int NOT NULL", server_role_member_rows},
      {"sys.server_permissions",
       "class tinyint NOT NULL, class_desc nvarchar(60), major_id int NOT NULL, minor_id int NOT "
       "NULL, grantee_principal_id int NOT NULL, grantor_principal_id int NOT NULL, type char(4) "
       "NOT NULL, permission_name nvarchar(128), state char(1) NOT NULL, state_desc nvarchar(60)"},
  };
  return kViews;
}

}  // namespace tarn::sql
