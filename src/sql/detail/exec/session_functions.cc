#include "detail/exec/session_functions.h"

#include <unistd.h>

#include <array>
#include <map>

#include "detail/exec/failure.h"
#include "detail/exec/metadata_functions.h"
#include "detail/exec/modules.h"
#include "detail/exec/object_ids.h"
#include "detail/exec/transactions.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

constexpr std::string_view kVersion =
    "Tarn 0.1 - T-SQL over Delta Lake (compatible with Azure Synapse SQL, 12.0.2000.8)";

Constant number(std::int64_t value) { return {SqlType::integer(), std::to_string(value)}; }
Constant nothing(const SqlType& type) { return {type, std::nullopt}; }
Constant sysname(const std::string& value) { return {SqlType::nvarchar(128), value}; }

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data())
                                                        : std::string("localhost");
}

std::optional<std::string> text_at(std::span<const Constant> arguments, std::size_t index) {
  return index < arguments.size() ? arguments[index].text : std::nullopt;
}

/// What the functions share.
struct Facts {
  StatementFacts& statement;
  StatementContext& context;
  std::span<const Constant> arguments;
  ast::Span span;

  SessionState& session() const { return statement.session; }
  const CaughtError* caught() const {
    return session().caught.empty() ? nullptr : &session().caught.back();
  }
};

Constant object_id_of(const Facts& facts) {
  const auto text = text_at(facts.arguments, 0);
  const auto name = text ? object_named(facts.context, *text) : std::nullopt;
  if (!name) return nothing(SqlType::integer());
  const auto wanted = text_at(facts.arguments, 1);
  const auto fits = [&](std::string_view type) {
    return !wanted || equal_ignoring_case(trim(*wanted), type);
  };
  if (name->object.starts_with('#')) {
    return facts.context.find_temp_table(name->object) && fits("U") ? number(object_id(*name))
                                                                    : nothing(SqlType::integer());
  }
  if (const auto module = find_module(facts.session(), *name)) {
    if (fits(type_code(module->kind))) return number(object_id(*name));
  }
  if (facts.context.find_table(*name) && fits("U")) return number(object_id(*name));
  return nothing(SqlType::integer());
}

Constant object_definition(const Facts& facts) {
  const SqlType type = SqlType::nvarchar(kMaxLength);
  const auto id = text_at(facts.arguments, 0);
  if (!id) return nothing(type);
  for (const Module& module : list_modules(facts.session(), facts.context.database())) {
    if (std::to_string(object_id({module.database, module.schema, module.name})) == *id) {
      return {type, module.definition};
    }
  }
  return nothing(type);
}

Constant object_name(const Facts& facts) {
  const auto id = text_at(facts.arguments, 0);
  if (!id) return nothing(SqlType::nvarchar(128));
  const std::string& database = facts.context.database();
  for (const Module& module : list_modules(facts.session(), database)) {
    if (std::to_string(object_id({module.database, module.schema, module.name})) == *id)
      return sysname(module.name);
  }
  lake::Catalog& catalog = *facts.session().services.catalog;
  for (lake::TablePage page = catalog.list(database);;
       page = catalog.list(database, {}, lake::Catalog::kListMax, page.continuation,
                           facts.statement.cancel)) {
    for (const lake::TableRef& table : page.tables) {
      if (std::to_string(object_id({table.database, table.schema, table.table})) == *id)
        return sysname(table.table);
    }
    if (page.continuation.empty()) break;
  }
  return nothing(SqlType::nvarchar(128));
}

Constant database_name(const Facts& facts) {
  if (facts.arguments.empty()) return sysname(facts.context.database());
  if (text_at(facts.arguments, 0) == std::to_string(kMasterDatabaseId)) return sysname("master");
  for (const auto& info : facts.session().services.catalog->databases()) {
    if (std::to_string(database_id(info.name)) == text_at(facts.arguments, 0))
      return sysname(info.name);
  }
  return nothing(SqlType::nvarchar(128));
}

Constant database_id_of(const Facts& facts) {
  if (facts.arguments.empty()) return number(database_id(facts.context.database()));
  const auto name = text_at(facts.arguments, 0);
  if (name && equal_ignoring_case(*name, "master")) return number(kMasterDatabaseId);
  const auto info = name ? facts.session().services.catalog->find_database(*name) : std::nullopt;
  return info ? number(database_id(info->name)) : nothing(SqlType::integer());
}

Constant schema_name(const Facts& facts) {
  const auto id = text_at(facts.arguments, 0);
  if (facts.arguments.empty() || id == "1") return sysname(std::string(lake::kDefaultSchema));
  for (const std::string& schema :
       facts.session().services.catalog->schemas(facts.context.database())) {
    if (std::to_string(schema_id(facts.context.database(), schema)) == id) return sysname(schema);
  }
  return nothing(SqlType::nvarchar(128));
}

Constant schema_id_of(const Facts& facts) {
  const auto name = facts.arguments.empty() ? std::optional<std::string>(lake::kDefaultSchema)
                                            : text_at(facts.arguments, 0);
  if (!name || !facts.session().services.catalog->has_schema(facts.context.database(), *name)) {
    return nothing(SqlType::integer());
  }
  return number(schema_id(facts.context.database(), *name));
}

Constant server_property(const Facts& facts) {
  static const std::map<std::string, std::string, CaseInsensitive> kProperties = {
      {"Edition", "SQL Azure"},
      {"EngineEdition", "11"},
      {"ProductVersion", "12.0.2000.8"},
      {"ProductLevel", "RTM"},
      {"MachineName", ""},
      {"ServerName", ""},
      {"IsClustered", "0"},
      {"BuildClrVersion", "v4.0.30319"},
      {"CollationID", "872468488"},
      {"ComparisonStyle", "196609"},
      {"EditionID", "1674378470"},
      {"InstanceName", "MSSQLSERVER"},
      {"IsAdvancedAnalyticsInstalled", "0"},
      {"IsFullTextInstalled", "0"},
      {"IsHadrEnabled", "0"},
      {"IsIntegratedSecurityOnly", "0"},
      {"IsLocalDB", "0"},
      {"IsPolyBaseInstalled", "1"},
      {"IsSingleUser", "0"},
      {"IsXTPSupported", "0"},
      {"LCID", "1033"},
      {"ProductBuild", "2000"},
      {"ProductMajorVersion", "12"},
      {"ProductMinorVersion", "0"},
      {"ResourceVersion", "12.00.2000"},
      {"SqlCharSet", "1"},
      {"SqlCharSetName", "iso_1"},
      {"SqlSortOrder", "52"},
      {"SqlSortOrderName", "nocase_iso"},
      {"Collation", "SQL_Latin1_General_CP1_CI_AS"}};
  const SqlType type = SqlType::nvarchar(128);
  const auto name = text_at(facts.arguments, 0);
  const auto found = name ? kProperties.find(*name) : kProperties.end();
  if (found == kProperties.end()) return nothing(type);
  return {type, found->second.empty() ? host_name() : found->second};
}

Constant database_property(const Facts& facts) {
  const SqlType type = SqlType::nvarchar(128);
  const auto name = text_at(facts.arguments, 0);
  const auto property = text_at(facts.arguments, 1);
  const auto info = name ? facts.session().services.catalog->find_database(*name) : std::nullopt;
  if (!info || !property) return nothing(type);
  if (equal_ignoring_case(*property, "Collation")) return {type, info->collation};
  if (equal_ignoring_case(*property, "Status")) return {type, "ONLINE"};
  if (equal_ignoring_case(*property, "Edition")) return {type, "SQL Azure"};
  if (equal_ignoring_case(*property, "Recovery")) return {type, "SIMPLE"};
  if (equal_ignoring_case(*property, "UserAccess")) return {type, "MULTI_USER"};
  if (equal_ignoring_case(*property, "Version")) return {type, "869"};
  if (equal_ignoring_case(*property, "LCID")) return {type, "1033"};
  for (const std::string_view on : {"IsAnsiNullsEnabled", "IsAnsiWarningsEnabled",
                                    "IsQuotedIdentifiersEnabled", "IsNullConcat"}) {
    if (equal_ignoring_case(*property, on)) return {type, "1"};
  }
  for (const std::string_view off :
       {"IsAutoClose", "IsAutoShrink", "IsInStandBy", "IsFulltextEnabled", "IsPublished",
        "IsReadCommittedSnapshotOn"}) {
    if (equal_ignoring_case(*property, off)) return {type, "0"};
  }
  if (equal_ignoring_case(*property, "Updateability")) return {type, "READ_WRITE"};
  return nothing(type);
}

Constant session_context(const Facts& facts) {
  const SqlType type = SqlType::nvarchar(kNcharLengthMax);
  const auto key = text_at(facts.arguments, 0);
  const auto found = key ? facts.session().context.find(*key) : facts.session().context.end();
  return found == facts.session().context.end() ? nothing(type)
                                                : Constant{type, found->second.text};
}

template <auto Member>
Constant error_number(const Facts& facts) {
  return facts.caught() ? number(facts.caught()->*Member) : nothing(SqlType::integer());
}

Constant login(const Facts& facts) { return sysname(facts.session().options.login); }
Constant user(const Facts&) { return sysname("dbo"); }

using Function = Constant (*)(const Facts&);

const std::map<std::string_view, Function>& functions() {
  static const std::map<std::string_view, Function> kFunctions = {
      {"DB_NAME", database_name},
      {"DB_ID", database_id_of},
      {"SCHEMA_NAME", schema_name},
      {"SCHEMA_ID", schema_id_of},
      {"OBJECT_ID", object_id_of},
      {"OBJECT_NAME", object_name},
      {"OBJECT_DEFINITION", object_definition},
      {"SUSER_SNAME", login},
      {"SUSER_NAME", login},
      {"ORIGINAL_LOGIN", login},
      {"SYSTEM_USER", login},
      {"USER", user},
      {"CURRENT_USER", user},
      {"SESSION_USER", user},
      {"USER_NAME", user},
      {"SERVERPROPERTY", server_property},
      {"DATABASEPROPERTYEX", database_property},
      {"SESSION_CONTEXT", session_context},
      {"HOST_NAME", [](const Facts&) { return sysname(host_name()); }},
      {"APP_NAME", [](const Facts& facts) { return sysname(facts.session().options.application); }},
      {"XACT_STATE",
       [](const Facts& facts) {
         const Transaction* transaction = facts.session().transaction.get();
         return Constant{SqlType::of(TypeId::kSmallInt), !transaction          ? "0"
                                                         : transaction->doomed ? "-1"
                                                                               : "1"};
       }},
      {"SCOPE_IDENTITY", [](const Facts&) { return nothing(SqlType::numeric(38, 0)); }},
      {"ROWCOUNT_BIG",
       [](const Facts& facts) {
         return Constant{SqlType::bigint(), std::to_string(facts.session().row_count)};
       }},
      {"ERROR_NUMBER", error_number<&CaughtError::number>},
      {"ERROR_SEVERITY", error_number<&CaughtError::severity>},
      {"ERROR_STATE", error_number<&CaughtError::state>},
      {"ERROR_LINE", error_number<&CaughtError::line>},
      {"ERROR_MESSAGE",
       [](const Facts& facts) {
         const SqlType type = SqlType::nvarchar(kNcharLengthMax);
         return facts.caught() ? Constant{type, facts.caught()->message} : nothing(type);
       }},
      {"ERROR_PROCEDURE",
       [](const Facts& facts) {
         const CaughtError* caught = facts.caught();
         return caught && !caught->procedure.empty() ? sysname(caught->procedure)
                                                     : nothing(SqlType::nvarchar(128));
       }},
  };
  return kFunctions;
}

}  // namespace

Constant global_variable(const SessionState& session, const Frame*, std::string_view name,
                         ast::Span span) {
  if (name == "@@ROWCOUNT") return number(session.row_count);
  if (name == "@@ERROR") return number(session.last_error);
  if (name == "@@NESTLEVEL") return number(session.nesting);
  if (name == "@@TRANCOUNT") return number(session.transaction ? session.transaction->count : 0);
  if (name == "@@SPID") return {SqlType::of(TypeId::kSmallInt), std::to_string(session.options.id)};
  if (name == "@@VERSION") return {SqlType::nvarchar(300), std::string(kVersion)};
  if (name == "@@SERVERNAME") return sysname(host_name());
  if (name == "@@SERVICENAME") return sysname("MSSQLSERVER");
  if (name == "@@LANGUAGE") return sysname("us_english");
  if (name == "@@LANGID") return {SqlType::of(TypeId::kSmallInt), "0"};
  if (name == "@@DATEFIRST")
    return {SqlType::of(TypeId::kTinyInt), std::to_string(session.set.date_first)};
  if (name == "@@MAX_PRECISION") return {SqlType::of(TypeId::kTinyInt), "38"};
  if (name == "@@TEXTSIZE") return number(-1);
  if (name == "@@LOCK_TIMEOUT") return number(-1);
  if (name == "@@OPTIONS") return number(5496);
  if (name == "@@MICROSOFTVERSION") return number(201328592);
  if (name == "@@IDENTITY") return nothing(SqlType::numeric(38, 0));
  throw failure_of(Code::kInvalidArgument, 137, 15, 2,
                   "Must declare the scalar variable \"" + std::string(name) + "\".", span);
}

Constant session_function(StatementFacts& facts, StatementContext& context, const Frame*,
                          std::string_view name, std::span<const Constant> arguments,
                          ast::Span span) {
  const auto found = functions().find(name);
  if (found == functions().end()) {
    if (auto value = metadata_function(name, facts, context, arguments)) return *std::move(value);
    throw not_supported("the function " + std::string(name), span);
  }
  return found->second({facts, context, arguments, span});
}

}  // namespace tarn::sql
