#pragma once
// Views, procedures and functions: their definitions in the metadata store.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "detail/exec/statement_context.h"

namespace tarn::sql {

enum class ModuleKind { kView, kProcedure, kScalarFunction, kTableFunction, kStatementsFunction };

/// "V", "P", "FN", "IF", "TF": as sys.objects has it.
std::string_view type_code(ModuleKind kind);
/// "VIEW", "SQL_STORED_PROCEDURE", "SQL_SCALAR_FUNCTION", "SQL_INLINE_TABLE_VALUED_FUNCTION",
/// "SQL_TABLE_VALUED_FUNCTION".
std::string_view type_description(ModuleKind kind);
inline bool is_function(ModuleKind kind) {
  return kind != ModuleKind::kView && kind != ModuleKind::kProcedure;
}

struct Module {
  ModuleKind kind = ModuleKind::kView;
  std::string database;
  std::string schema;
  std::string name;
  std::string definition;  // the text of the whole CREATE statement
  Micros created = 0;
  Micros modified = 0;
};

inline constexpr std::size_t kModuleBytesMax = 4u << 20;

std::optional<Module> find_module(const SessionState& session, const ObjectName& name);
/// Of one database, by schema and name.
std::vector<Module> list_modules(const SessionState& session, const std::string& database);
/// Makes the module or replaces its definition. Throws Error(kTooLarge) above kModuleBytesMax.
void put_module(SessionState& session, ModuleKind kind, const ObjectName& name,
                const std::string& definition);
/// Its definition stays as it was written. False where there is none, or the new name is taken.
bool rename_module(SessionState& session, const ObjectName& name, const std::string& renamed);
/// False where there was none.
bool remove_module(SessionState& session, const ObjectName& name);
/// Those of a database that is dropped.
void remove_modules(SessionState& session, const std::string& database);

}  // namespace tarn::sql
