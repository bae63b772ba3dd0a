#pragma once
// Functions about the server, its databases, collations, connections and who asks: SERVERPROPERTY,
// DATABASEPROPERTYEX, DB_ID, COLLATIONPROPERTY, IS_MEMBER, HAS_PERMS_BY_NAME and their like. What
// they are asked of and do not know is NULL, as in SQL Server.

#include <optional>
#include <span>
#include <string_view>

#include "detail/exec/statement_context.h"

namespace tarn::sql {

/// The function's value, or nothing for a name that is none of these.
std::optional<Constant> server_function(std::string_view name, StatementContext& context,
                                        std::span<const Constant> arguments);

/// @@VERSION. Clients read the number behind " - ".
inline constexpr std::string_view kServerVersion =
    "Microsoft SQL Azure (RTM) - 12.0.2000.8 (Tarn 0.1: T-SQL over Delta Lake)";
/// The machine's.
std::string server_host();

}  // namespace tarn::sql
