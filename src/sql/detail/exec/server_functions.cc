#include "detail/exec/server_functions.h"

#include <unistd.h>

#include <array>
#include <map>

#include "detail/exec/object_ids.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/system_databases.h"
#include "detail/types/collation.h"
#include "identity/actions.h"

namespace tarn::sql {
namespace {

using Text = std::optional<std::string>;
using Properties = std::map<std::string_view, std::string, CaseInsensitive>;

Constant integer_of(std::optional<std::int64_t> value) {
  return {SqlType::integer(), value ? Text(std::to_string(*value)) : std::nullopt};
}
Constant name_of_text(Text value) { return {SqlType::nvarchar(128), std::move(value)}; }

struct ServerCall {
  StatementContext& context;
  std::span<const Constant> arguments;

  Text text(std::size_t index) const {
    return index < arguments.size() ? arguments[index].text : std::nullopt;
  }
  bool is(std::size_t index, std::string_view word) const {
    const Text value = text(index);
    return value && equal_ignoring_case(trim(*value), word);
  }
  SessionState& session() const { return context.facts().session; }
  std::optional<lake::DatabaseInfo> database(std::size_t index) const {
    const Text name = text(index);
    return name ? find_any_database(session(), trim(*name)) : std::nullopt;
  }
};

/// What a property's sql_variant holds, also where it has no value.
SqlType property_type(std::string_view name) {
  static const std::map<std::string_view, TypeId, CaseInsensitive> kTypes = {
      {"CodePage", TypeId::kInt},
      {"CollationID", TypeId::kInt},
      {"ComparisonStyle", TypeId::kInt},
      {"EditionID", TypeId::kBigInt},
      {"EngineEdition", TypeId::kInt},
      {"FilestreamConfiguredLevel", TypeId::kInt},
      {"FilestreamEffectiveLevel", TypeId::kInt},
      {"HadrManagerStatus", TypeId::kInt},
      {"LastGoodCheckDbTime", TypeId::kDateTime},
      {"LCID", TypeId::kInt},
      {"MaxSizeInBytes", TypeId::kBigInt},
      {"NumLicenses", TypeId::kInt},
      {"ProcessID", TypeId::kInt},
      {"ResourceLastUpdateDateTime", TypeId::kDateTime},
      {"SqlCharSet", TypeId::kTinyInt},
      {"SqlSortOrder", TypeId::kTinyInt},
      {"Version", TypeId::kInt},
      {"ANSI_NULLS", TypeId::kInt},
      {"ANSI_PADDING", TypeId::kInt},
      {"ANSI_WARNINGS", TypeId::kInt},
      {"ARITHABORT", TypeId::kInt},
      {"CONCAT_NULL_YIELDS_NULL", TypeId::kInt},
      {"NUMERIC_ROUNDABORT", TypeId::kInt},
      {"QUOTED_IDENTIFIER", TypeId::kInt}};
  const auto found = kTypes.find(name);
  const bool flag = name.size() > 2 && equal_ignoring_case(name.substr(0, 2), "Is");
  if (found == kTypes.end() && !flag) return SqlType::nvarchar(128);
  SqlType type = flag ? SqlType::integer() : SqlType::of(found->second);
  type.variant = true;
  return type;
}

Constant variant_of(std::string_view name, Text value) {
  return {property_type(name), std::move(value)};
}

Constant property_value(const Properties& properties, const Text& name) {
  if (!name) return name_of_text(std::nullopt);
  const auto found = properties.find(trim(*name));
  return variant_of(trim(*name), found == properties.end() ? Text() : Text(found->second));
}

// Databases

Constant database_name_function(const ServerCall& call) {
  if (call.arguments.empty()) return name_of_text(call.context.database());
  for (const lake::DatabaseInfo& info : all_databases(call.session()))
    if (std::to_string(database_id(info.name)) == call.text(0)) return name_of_text(info.name);
  return name_of_text(std::nullopt);
}

Constant database_id_function(const ServerCall& call) {
  if (call.arguments.empty()) return integer_of(database_id(call.context.database()));
  const auto info = call.database(0);
  return integer_of(info ? std::optional<std::int64_t>(database_id(info->name)) : std::nullopt);
}

Constant has_database_access(const ServerCall& call) {
  return integer_of(call.database(0) ? std::optional(1) : std::nullopt);
}

Constant database_property(const ServerCall& call) {
  static const Properties kProperties = {{"ComparisonStyle", "196609"},
                                         {"Edition", "DataWarehouse"},
                                         {"IsAnsiNullDefault", "1"},
                                         {"IsAnsiNullsEnabled", "1"},
                                         {"IsAnsiPaddingEnabled", "1"},
                                         {"IsAnsiWarningsEnabled", "1"},
                                         {"IsArithmeticAbortEnabled", "1"},
                                         {"IsAutoClose", "0"},
                                         {"IsAutoCreateStatistics", "1"},
                                         {"IsAutoCreateStatisticsIncremental", "0"},
                                         {"IsAutoShrink", "0"},
                                         {"IsAutoUpdateStatistics", "1"},
                                         {"IsClone", "0"},
                                         {"IsCloseCursorsOnCommitEnabled", "0"},
                                         {"IsDatabaseSuspendedForSnapshotBackup", "0"},
                                         {"IsFulltextEnabled", "0"},
                                         {"IsInStandBy", "0"},
                                         {"IsLocalCursorsDefault", "0"},
                                         {"IsMemoryOptimizedElevateToSnapshotEnabled", "0"},
                                         {"IsMergePublished", "0"},
                                         {"IsNullConcat", "1"},
                                         {"IsNumericRoundAbortEnabled", "0"},
                                         {"IsParameterizationForced", "0"},
                                         {"IsPublished", "0"},
                                         {"IsQuotedIdentifiersEnabled", "1"},
                                         {"IsReadCommittedSnapshotOn", "1"},
                                         {"IsRecursiveTriggersEnabled", "0"},
                                         {"IsSubscribed", "0"},
                                         {"IsSyncWithBackup", "0"},
                                         {"IsTornPageDetectionEnabled", "0"},
                                         {"IsVerifiedClone", "0"},
                                         {"IsXTPSupported", "0"},
                                         {"LCID", "1033"},
                                         {"MaxSizeInBytes", "-1"},  // as far as the disk goes
                                         {"Recovery", "FULL"},
                                         {"ServiceObjective", "ondemand"},
                                         {"SQLSortOrder", "0"},
                                         {"Status", "ONLINE"},
                                         {"Updateability", "READ_WRITE"},
                                         {"UserAccess", "MULTI_USER"},
                                         {"Version", "869"}};
  const auto info = call.database(0);
  if (!info) return property_value({}, call.text(1));
  if (call.is(1, "Collation")) return name_of_text(info->collation);
  if (is_system_database(info->name)) {
    if (call.is(1, "Edition")) return name_of_text("System");
    if (call.is(1, "ServiceObjective")) return name_of_text("System0");
    if (call.is(1, "Recovery")) return name_of_text("SIMPLE");
  }
  if (const auto pool = find_pool(call.context.facts().session, info->name)) {
    if (call.is(1, "ServiceObjective")) return name_of_text(pool->performance_level);
    if (call.is(1, "Status") && pool->state == pools::State::kPaused)
      return name_of_text("OFFLINE");
  }
  return property_value(kProperties, call.text(1));
}

/// The function that DATABASEPROPERTYEX replaced: numbers only.
Constant old_database_property(const ServerCall& call) {
  const Text value = database_property(call).text;
  const bool number = value && value->find_first_not_of("0123456789") == std::string::npos;
  return {SqlType::integer(), number ? value : std::nullopt};
}

// The server

Constant server_property(const ServerCall& call) {
  static const Properties kProperties = {{"BuildClrVersion", "v4.0.30319"},
                                         {"Collation", "SQL_Latin1_General_CP1_CI_AS"},
                                         {"CollationID", "872468488"},
                                         {"ComparisonStyle", "196609"},
                                         {"Edition", "SQL Azure"},
                                         {"EditionID", "1674378470"},
                                         {"EngineEdition", "11"},
                                         {"FilestreamConfiguredLevel", "0"},
                                         {"FilestreamEffectiveLevel", "0"},
                                         {"HadrManagerStatus", "2"},
                                         {"IsAdvancedAnalyticsInstalled", "0"},
                                         {"IsBigDataCluster", "0"},
                                         {"IsClustered", "0"},
                                         {"IsExternalAuthenticationOnly", "0"},
                                         {"IsExternalGovernanceEnabled", "0"},
                                         {"IsFullTextInstalled", "0"},
                                         {"IsHadrEnabled", "0"},
                                         {"IsIntegratedSecurityOnly", "0"},
                                         {"IsLocalDB", "0"},
                                         {"IsPolyBaseInstalled", "1"},
                                         {"IsServerSuspendedForSnapshotBackup", "0"},
                                         {"IsSingleUser", "0"},
                                         {"IsTempDbMetadataMemoryOptimized", "0"},
                                         {"IsXTPSupported", "0"},
                                         {"LCID", "1033"},
                                         {"LicenseType", "DISABLED"},
                                         {"PathSeparator", "/"},
                                         {"ProductBuild", "2000"},
                                         {"ProductLevel", "RTM"},
                                         {"ProductMajorVersion", "12"},
                                         {"ProductMinorVersion", "0"},
                                         {"ProductVersion", "12.0.2000.8"},
                                         {"ResourceLastUpdateDateTime", "2003-04-08 09:13:36.390"},
                                         {"ResourceVersion", "12.00.2000"},
                                         {"SqlCharSet", "1"},
                                         {"SqlCharSetName", "iso_1"},
                                         {"SqlSortOrder", "52"},
                                         {"SqlSortOrderName", "nocase_iso"}};
  for (const std::string_view machine :
       {"MachineName", "ServerName", "ComputerNamePhysicalNetBIOS"})
    if (call.is(0, machine)) return name_of_text(server_host());
  if (call.is(0, "ProcessID")) return variant_of("ProcessID", std::to_string(getpid()));
  if (call.is(0, "EngineEdition") && find_pool(call.session(), call.context.database()))
    return variant_of("EngineEdition", "6");
  return property_value(kProperties, call.text(0));
}

Constant collation_property(const ServerCall& call) {
  const Text name = call.text(0);
  const Collation* collation = name ? find_collation(trim(*name)) : nullptr;
  if (!collation) return property_value({}, call.text(1));
  if (call.is(1, "CodePage")) return variant_of("CodePage", collation->utf8 ? "65001" : "1252");
  if (call.is(1, "LCID")) return variant_of("LCID", "1033");
  if (call.is(1, "Version"))
    return variant_of("Version", collation->name.find("_100") == std::string::npos ? "0" : "2");
  if (!call.is(1, "ComparisonStyle")) return name_of_text(std::nullopt);
  // Bits: 1 case, 2 accents, 65536 kana, 131072 width are not looked at.
  int style = collation->case_rule == CaseRule::kBinary ? 0 : 196608;
  if (collation->ignores_case()) style += 1;
  if (collation->ignores_accents()) style += 2;
  return variant_of("ComparisonStyle", std::to_string(style));
}

Constant connection_property(const ServerCall& call) {
  static const Properties kProperties = {{"net_transport", "TCP"},
                                         {"protocol_type", "TSQL"},
                                         {"auth_scheme", "SQL"},
                                         {"physical_net_transport", "TCP"},
                                         {"local_net_address", "127.0.0.1"},
                                         {"client_net_address", "127.0.0.1"}};
  return property_value(kProperties, call.text(0));
}

Constant session_property(const ServerCall& call) {
  static const Properties kProperties = {{"ANSI_NULLS", "1"},
                                         {"ANSI_PADDING", "1"},
                                         {"ANSI_WARNINGS", "1"},
                                         {"ARITHABORT", "1"},
                                         {"CONCAT_NULL_YIELDS_NULL", "1"},
                                         {"NUMERIC_ROUNDABORT", "0"},
                                         {"QUOTED_IDENTIFIER", "1"}};
  return property_value(kProperties, call.text(0));
}

Constant fulltext_property(const ServerCall& call) {
  for (const std::string_view known : {"IsFulltextInstalled", "ResourceUsage", "ConnectTimeout",
                                       "DataTimeout", "LoadOSResources", "VerifySignature"})
    if (call.is(0, known)) return integer_of(0);
  return integer_of(std::nullopt);
}

Constant file_name(const ServerCall& call) {
  if (call.text(0) == "1") return name_of_text("data_0");
  if (call.text(0) == "2") return name_of_text("log");
  return name_of_text(std::nullopt);
}

Constant file_id(const ServerCall& call) {
  const bool data = call.is(0, "data_0");
  return {SqlType::of(TypeId::kSmallInt),
          data || call.is(0, "log") ? Text(data ? "1" : "2") : std::nullopt};
}

Constant filegroup_name(const ServerCall& call) {
  return name_of_text(call.text(0) == "1" ? Text("PRIMARY") : std::nullopt);
}

Constant filegroup_id(const ServerCall& call) {
  return integer_of(call.is(0, "PRIMARY") ? std::optional(1) : std::nullopt);
}

// Who asks. Rights come from Tarn's own roles; everybody is dbo, and a member of public and
// db_owner.

constexpr std::array<std::string_view, 10> kFixedDatabaseRoles = {
    "public",           "db_owner",      "db_accessadmin",
    "db_securityadmin", "db_ddladmin",   "db_backupoperator",
    "db_datareader",    "db_datawriter", "db_denydatareader",
    "db_denydatawriter"};
constexpr std::array<std::string_view, 9> kServerRoles = {
    "public",       "sysadmin",  "serveradmin", "setupadmin", "securityadmin",
    "processadmin", "dbcreator", "diskadmin",   "bulkadmin"};

template <std::size_t N>
Constant membership(const ServerCall& call, const std::array<std::string_view, N>& roles) {
  if (call.is(0, "public") || call.is(0, "db_owner")) return integer_of(1);
  for (const std::string_view role : roles)
    if (call.is(0, role)) return integer_of(0);
  return integer_of(std::nullopt);
}

Constant is_member(const ServerCall& call) { return membership(call, kFixedDatabaseRoles); }
Constant is_server_member(const ServerCall& call) { return membership(call, kServerRoles); }

bool is_own_login(const ServerCall& call, std::size_t index) {
  return call.is(index, call.session().options.login);
}

Constant login_name(const ServerCall& call) {
  const std::string& login = call.session().options.login;
  if (call.arguments.empty()) return name_of_text(login);
  // A sid: the bytes of a constant, or their digits where it is a column's.
  const Text sid = call.text(0);
  const bool own = sid && (*sid == "\x01" || *sid == "0x01" || *sid == "1");
  return name_of_text(own ? Text(login) : std::nullopt);
}

Constant login_sid(const ServerCall& call) {
  const bool own = call.arguments.empty() || is_own_login(call, 0);
  return {SqlType::varbinary(85), own ? Text("\x01") : std::nullopt};
}

Constant login_id(const ServerCall& call) {
  const bool own = call.arguments.empty() || is_own_login(call, 0);
  return integer_of(own ? std::optional(1) : std::nullopt);
}

struct FixedPrincipal {
  int id;
  std::string_view name;
};
constexpr FixedPrincipal kPrincipals[] = {{0, "public"},
                                          {1, "dbo"},
                                          {2, "guest"},
                                          {3, "INFORMATION_SCHEMA"},
                                          {4, "sys"},
                                          {16384, "db_owner"},
                                          {16385, "db_accessadmin"},
                                          {16386, "db_securityadmin"},
                                          {16387, "db_ddladmin"},
                                          {16389, "db_backupoperator"},
                                          {16390, "db_datareader"},
                                          {16391, "db_datawriter"},
                                          {16392, "db_denydatareader"},
                                          {16393, "db_denydatawriter"}};

Constant user_name(const ServerCall& call) {
  if (call.arguments.empty()) return name_of_text("dbo");
  for (const FixedPrincipal& principal : kPrincipals)
    if (call.text(0) == std::to_string(principal.id))
      return name_of_text(std::string(principal.name));
  return name_of_text(std::nullopt);
}

Constant principal_id(const ServerCall& call) {
  if (call.arguments.empty()) return integer_of(1);
  for (const FixedPrincipal& principal : kPrincipals)
    if (call.is(0, principal.name)) return integer_of(principal.id);
  return integer_of(std::nullopt);
}

/// HAS_PERMS_BY_NAME('dbo.t', 'OBJECT', 'SELECT'): what Tarn would say of the action.
Constant has_permission(const ServerCall& call) {
  namespace actions = identity::actions;
  static const std::map<std::string_view, identity::Action, CaseInsensitive> kActions = {
      {"SELECT", actions::kSqlSelect},   {"INSERT", actions::kSqlInsert},
      {"UPDATE", actions::kSqlUpdate},   {"DELETE", actions::kSqlDelete},
      {"EXECUTE", actions::kSqlExecute}, {"ALTER", actions::kSqlAlterTable}};
  if (!call.text(2)) return integer_of(std::nullopt);
  const auto action = kActions.find(trim(*call.text(2)));
  if (action == kActions.end()) return integer_of(1);
  const std::string database = call.is(1, "DATABASE") && call.text(0)
                                   ? call.database(0).value_or(lake::DatabaseInfo{}).name
                                   : call.context.database();
  if (database.empty()) return integer_of(std::nullopt);
  try {
    call.session().authorize(action->second, identity::Scope::database(database));
  } catch (const Error& error) {
    if (error.code() != Code::kPermissionDenied) throw;
    return integer_of(0);
  }
  return integer_of(1);
}

Constant no_number(const ServerCall&) { return {SqlType::numeric(38, 0), std::nullopt}; }

using ServerFunction = Constant (*)(const ServerCall&);

const std::map<std::string_view, ServerFunction>& server_functions() {
  static const std::map<std::string_view, ServerFunction> kFunctions = {
      {"COLLATIONPROPERTY", collation_property},
      {"CONNECTIONPROPERTY", connection_property},
      {"CONTEXT_INFO",
       [](const ServerCall&) {
         return Constant{SqlType::varbinary(128), std::nullopt};
       }},
      {"CURRENT_REQUEST_ID",
       [](const ServerCall&) {
         return Constant{SqlType::of(TypeId::kSmallInt), "0"};
       }},
      {"DATABASEPROPERTY", old_database_property},
      {"DATABASEPROPERTYEX", database_property},
      {"DATABASE_PRINCIPAL_ID", principal_id},
      {"DB_ID", database_id_function},
      {"DB_NAME", database_name_function},
      {"FILEGROUP_ID", filegroup_id},
      {"FILEGROUP_NAME", filegroup_name},
      {"FILE_ID", file_id},
      {"FILE_NAME", file_name},
      {"FULLTEXTSERVICEPROPERTY", fulltext_property},
      {"GETANSINULL", [](const ServerCall&) { return integer_of(1); }},
      {"HAS_DBACCESS", has_database_access},
      {"HAS_PERMS_BY_NAME", has_permission},
      {"HOST_ID", [](const ServerCall&) { return name_of_text(std::to_string(getpid())); }},
      {"IDENT_CURRENT", no_number},
      {"IDENT_INCR", no_number},
      {"IDENT_SEED", no_number},
      {"IS_MEMBER", is_member},
      {"IS_ROLEMEMBER", is_member},
      {"IS_SRVROLEMEMBER", is_server_member},
      {"ORIGINAL_DB_NAME",
       [](const ServerCall& call) { return name_of_text(call.session().options.database); }},
      {"SERVERPROPERTY", server_property},
      {"SESSIONPROPERTY", session_property},
      {"SUSER_ID", login_id},
      {"SUSER_NAME", login_name},
      {"SUSER_SID", login_sid},
      {"SUSER_SNAME", login_name},
      {"USER_ID", principal_id},
      {"USER_NAME", user_name},
  };
  return kFunctions;
}

}  // namespace

std::string server_host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data())
                                                        : std::string("localhost");
}

std::optional<Constant> server_function(std::string_view name, StatementContext& context,
                                        std::span<const Constant> arguments) {
  const auto found = server_functions().find(name);
  if (found == server_functions().end()) return std::nullopt;
  return found->second({context, arguments});
}

}  // namespace tarn::sql
