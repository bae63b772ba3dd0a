#include "detail/exec/staged.h"

#include "detail/exec/temp_tables.h"

namespace tarn::sql {

Staged::Staged(Execution& run, const std::string& engine_sql)
    : connection_(run.session.connection()),
      name_(engine::quote_name(new_engine_name(run.session))) {
  connection_.execute("CREATE TEMP TABLE " + name_ + " AS " + engine_sql, run.cancel);
  rows_ = std::stoll(
      connection_.rows("SELECT count(*) FROM " + name_, run.cancel).at(0).at(0).value_or("0"));
}

Staged::~Staged() {
  try {
    connection_.execute("DROP TABLE IF EXISTS " + name_);
  } catch (const Error&) {  // the connection is gone, and its tables with it
  }
}

}  // namespace tarn::sql
