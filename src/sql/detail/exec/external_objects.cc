#include "detail/exec/external_objects.h"

#include "detail/exec/failure.h"
namespace tarn::sql {
void create_external(Execution&, const Frame&, const ast::CreateExternal& statement) {
  throw not_supported("CREATE EXTERNAL", statement.name.span);
}
std::optional<std::int64_t> create_external_table(Execution&, Frame&, ast::CreateExternalTable&,
                                                  ast::Span span) {
  throw not_supported("CREATE EXTERNAL TABLE", span);
}
}  // namespace tarn::sql
