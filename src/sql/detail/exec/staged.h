#pragma once
// A query's rows in an engine table of their own.

#include <cstdint>
#include <string>

#include "detail/exec/session_state.h"

namespace tarn::sql {

/// The table lives until this is destroyed.
class Staged {
 public:
  Staged(Execution& run, const std::string& engine_sql);
  ~Staged();
  Staged(const Staged&) = delete;

  std::int64_t rows() const { return rows_; }
  const std::string& name() const { return name_; }  // quoted

 private:
  engine::Connection& connection_;
  std::string name_;
  std::int64_t rows_ = 0;
};

}  // namespace tarn::sql
