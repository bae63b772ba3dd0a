#pragma once
// The numbers under which SQL Server's catalog knows things. Ours are made from the names: the same
// today and tomorrow.

#include <cstdint>
#include <string>
#include <string_view>

#include "detail/exec/statement_context.h"

namespace tarn::sql {

/// Of a table, view or procedure: positive. System objects have the same with a minus.
std::int32_t object_id(const ObjectName& name);
/// dbo is 1, sys 4, INFORMATION_SCHEMA 3; others come from the name.
std::int32_t schema_id(std::string_view database, std::string_view schema);
/// master 1, tempdb 2, msdb 4, `default` 5; others come from the name.
std::int32_t database_id(std::string_view database);
inline constexpr std::int32_t kFirstDatabaseId = 5;  // SQL Server's own four come first
inline constexpr int kSysnameTypeId = 256;           // user_type_id
/// system_type_id of sys.types.
int system_type_id(TypeId id);

}  // namespace tarn::sql
