#include "detail/exec/session_functions.h"

#include <map>

#include "detail/exec/failure.h"
#include "detail/exec/language.h"
#include "detail/exec/metadata_functions.h"
#include "detail/exec/server_functions.h"
#include "detail/exec/transactions.h"

namespace tarn::sql {
namespace {

Constant number(std::int64_t value) { return {SqlType::integer(), std::to_string(value)}; }
Constant nothing(const SqlType& type) { return {type, std::nullopt}; }
Constant sysname(const std::string& value) { return {SqlType::nvarchar(128), value}; }

std::optional<std::string> text_at(std::span<const Constant> arguments, std::size_t index) {
  return index < arguments.size() ? arguments[index].text : std::nullopt;
}

/// What the functions share.
struct Facts {
  StatementFacts& statement;
  std::span<const Constant> arguments;

  SessionState& session() const { return statement.session; }
  const CaughtError* caught() const {
    return session().caught.empty() ? nullptr : &session().caught.back();
  }
};

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
      {"ORIGINAL_LOGIN", login},
      {"SYSTEM_USER", login},
      {"USER", user},
      {"CURRENT_USER", user},
      {"SESSION_USER", user},
      {"SESSION_CONTEXT", session_context},
      {"HOST_NAME",
       [](const Facts& facts) {
         const std::string& client = facts.session().options.host;
         return sysname(client.empty() ? server_host() : client);
       }},
      {"APP_NAME", [](const Facts& facts) { return sysname(facts.session().options.application); }},
      {"XACT_STATE",
       [](const Facts& facts) {
         const Transaction* transaction = facts.session().transaction.get();
         return Constant{SqlType::of(TypeId::kSmallInt), !transaction             ? "0"
                                                         : transaction->aborted() ? "-2"
                                                         : transaction->doomed    ? "-1"
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
  if (name == "@@VERSION") return {SqlType::nvarchar(300), std::string(kServerVersion)};
  if (name == "@@SERVERNAME") return sysname(server_host());
  if (name == "@@SERVICENAME") return sysname("MSSQLSERVER");
  if (name == "@@LANGUAGE") return sysname(std::string(language_of(session).name));
  if (name == "@@LANGID")
    return {SqlType::of(TypeId::kSmallInt), std::to_string(session.set.language)};
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
    if (auto value = server_function(name, context, arguments)) return *std::move(value);
    throw not_supported("the function " + std::string(name), span);
  }
  return found->second({facts, arguments});
}

}  // namespace tarn::sql
