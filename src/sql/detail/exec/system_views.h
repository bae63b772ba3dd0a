#pragma once
// The schemas sys and INFORMATION_SCHEMA: what there is in a database, as rows; and the system
// procedures and functions. What there is of them is in catalog/.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "detail/exec/modules.h"
#include "detail/exec/statement_context.h"

namespace tarn::sql {

/// sys and INFORMATION_SCHEMA, in any case.
bool is_system_schema(std::string_view schema);
/// The view's rows as they are now, or its query; nothing for a name that is none.
std::optional<std::variant<Source, ViewSource>> system_view(
    const std::shared_ptr<StatementFacts>& facts, const ObjectName& name);
/// A system procedure or function; nothing for a name that is none.
std::optional<Module> system_module(const ObjectName& name);
/// "Did you mean 'sys.tables'?", or empty.
std::string system_view_hint(const ObjectName& name);

}  // namespace tarn::sql
