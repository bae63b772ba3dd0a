#pragma once
// INFORMATION_SCHEMA and sys: what there is in a database, as rows.

#include <optional>
#include <string>
#include <string_view>

#include "detail/exec/statement_context.h"

namespace tarn::sql {

/// sys and INFORMATION_SCHEMA, in any case.
bool is_system_schema(std::string_view schema);
/// The view's rows as they are now; nothing for a name that is none.
std::optional<Source> system_view(StatementFacts& facts, const ObjectName& name);
/// "Did you mean 'sys.tables'?", or empty.
std::string system_view_hint(const ObjectName& name);

}  // namespace tarn::sql
