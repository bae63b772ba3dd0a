// Facts of the session. The binder asks BindContext::system_value for them; the engine sees a
// constant.

#include "detail/functions/definitions.h"

namespace tarn::sql {

std::span<const FunctionDef> system_functions() {
  const auto fact = [](std::string_view name, ArgumentCount count) {
    return of_kind(FunctionKind::kSystem,
                   define(name, count, {Take::kAny}, result::nvarchar4000, ""));
  };
  static const std::vector<FunctionDef> functions = {
      fact("DB_NAME", {0, 1}),
      fact("DB_ID", {0, 1}),
      fact("SCHEMA_NAME", {0, 1}),
      fact("SCHEMA_ID", {0, 1}),
      fact("OBJECT_ID", {1, 2}),
      fact("OBJECT_NAME", {1, 2}),
      fact("OBJECT_SCHEMA_NAME", {1, 2}),
      fact("OBJECT_DEFINITION", 1),
      fact("USER_NAME", {0, 1}),
      fact("USER", 0),
      fact("CURRENT_USER", 0),
      fact("SESSION_USER", 0),
      fact("SYSTEM_USER", 0),
      fact("SUSER_SNAME", {0, 1}),
      fact("SUSER_NAME", {0, 1}),
      fact("ORIGINAL_LOGIN", 0),
      fact("HOST_NAME", 0),
      fact("APP_NAME", 0),
      fact("SERVERPROPERTY", 1),
      fact("DATABASEPROPERTYEX", 2),
      fact("HAS_DBACCESS", 1),
      fact("COLLATIONPROPERTY", 2),
      fact("COLUMNPROPERTY", 3),
      fact("COL_LENGTH", 2),
      fact("COL_NAME", 2),
      fact("CONNECTIONPROPERTY", 1),
      fact("CONTEXT_INFO", 0),
      fact("CURRENT_REQUEST_ID", 0),
      fact("DATABASE_PRINCIPAL_ID", {0, 1}),
      fact("GETANSINULL", {0, 1}),
      fact("HOST_ID", 0),
      fact("IDENT_CURRENT", 1),
      fact("IDENT_INCR", 1),
      fact("IDENT_SEED", 1),
      fact("IS_MEMBER", 1),
      fact("IS_ROLEMEMBER", {1, 2}),
      fact("IS_SRVROLEMEMBER", {1, 2}),
      fact("OBJECTPROPERTY", 2),
      fact("OBJECTPROPERTYEX", 2),
      fact("ORIGINAL_DB_NAME", 0),
      fact("ROWCOUNT_BIG", 0),
      fact("SESSIONPROPERTY", 1),
      fact("SUSER_ID", {0, 1}),
      fact("TYPEPROPERTY", 2),
      fact("TYPE_ID", 1),
      fact("TYPE_NAME", 1),
      fact("USER_ID", {0, 1}),
      fact("DATABASEPROPERTY", 2),
      fact("FILEGROUP_ID", 1),
      fact("FILEGROUP_NAME", 1),
      fact("FILE_ID", 1),
      fact("FILE_NAME", 1),
      fact("FULLTEXTSERVICEPROPERTY", 1),
      fact("HAS_PERMS_BY_NAME", {3, 5}),
      fact("INDEXKEY_PROPERTY", 4),
      fact("INDEXPROPERTY", 3),
      fact("INDEX_COL", 3),
      fact("STATS_DATE", 2),
      fact("SUSER_SID", {0, 2}),
      fact("SESSION_CONTEXT", 1),
      fact("SCOPE_IDENTITY", 0),
      fact("XACT_STATE", 0),
      fact("ERROR_NUMBER", 0),
      fact("ERROR_MESSAGE", 0),
      fact("ERROR_SEVERITY", 0),
      fact("ERROR_STATE", 0),
      fact("ERROR_LINE", 0),
      fact("ERROR_PROCEDURE", 0),
  };
  return functions;
}

}  // namespace tarn::sql
