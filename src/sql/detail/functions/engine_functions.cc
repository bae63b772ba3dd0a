#include "detail/functions/engine_functions.h"

#include "detail/functions/row_function.h"

namespace tarn::sql {

void register_engine_functions(engine::Database& database) {
  for (auto theme : {&number_engine_functions, &conversion_engine_functions, &text_engine_functions,
                     &moment_engine_functions, &offset_engine_functions, &format_engine_functions,
                     &hash_engine_functions, &bit_engine_functions, &message_engine_functions,
                     &json_engine_functions, &xml_engine_functions}) {
    for (engine::ScalarFunction& function : theme())
      database.register_function(std::move(function));
  }
  for (engine::CastFunction& cast : offset_casts()) database.register_cast(std::move(cast));
}

}  // namespace tarn::sql
