#include "detail/translate/number_sql.h"

#include "detail/translate/engine_type.h"

namespace tarn::sql {

std::string unscaled_sql(const std::string& expression, const SqlType& type) {
  if (!is_exact_decimal(type) && !is_money(type)) return "CAST(" + expression + " AS HUGEINT)";
  const std::string scale = std::to_string(as_decimal(type).scale);
  return "tarn_unscaled_" + scale + "(CAST(" + expression + " AS DECIMAL(38," + scale + ")))";
}

std::string decimal_sql(const std::string& unscaled, int scale) {
  return "tarn_decimal_" + std::to_string(scale) + "(" + unscaled + ")";
}

std::string integer_sql(const SqlType& type) { return engine_type_sql(type); }

}  // namespace tarn::sql
