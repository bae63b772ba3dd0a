#pragma once
// Functions about objects, columns, types and indexes: OBJECT_ID, OBJECTPROPERTY, COLUMNPROPERTY,
// COL_NAME, TYPE_ID, INDEX_COL and their like. What they are asked of and do not know is NULL, as
// in SQL Server.

#include <optional>
#include <span>
#include <string_view>

#include "detail/exec/statement_context.h"

namespace tarn::sql {

/// The function's value, or nothing for a name that is none of these.
std::optional<Constant> metadata_function(std::string_view name, StatementFacts& facts,
                                          StatementContext& context,
                                          std::span<const Constant> arguments);
/// Whether the function looks at columns: they are then read before it is called for rows.
bool reads_columns(std::string_view name);

/// "dbo.t" or "[my db].dbo.t" in full; nothing for text that is no name of an object, and for an
/// unknown database. A temporary table is one of tempdb.
std::optional<ObjectName> object_named(StatementContext& context, const std::string& text);

}  // namespace tarn::sql
