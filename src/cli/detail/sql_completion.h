#pragma once
// What may come next in T-SQL that is being typed.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detail/line_editor.h"

namespace tarn::cli {

struct SqlObject {
  enum class Kind { kTable, kView, kProcedure, kFunction };
  std::string schema;
  std::string name;
  Kind kind = Kind::kTable;
};

/// The names that a server knows. What cannot be had is empty: completion never fails.
class SqlNames {
 public:
  virtual ~SqlNames() = default;
  virtual std::vector<std::string> databases() = 0;
  virtual std::vector<std::string> schemas(const std::string& database) = 0;
  virtual std::vector<SqlObject> objects(const std::string& database) = 0;
  /// Of a table or view; `object` is a name as T-SQL writes it, seen from `database`.
  virtual std::vector<std::string> columns(const std::string& database,
                                           const std::string& object) = 0;
};

/// Asks once for each name and keeps the answer until forget().
class KeptNames : public SqlNames {
 public:
  explicit KeptNames(SqlNames& source) : source_(source) {}
  void forget();

  std::vector<std::string> databases() override;
  std::vector<std::string> schemas(const std::string& database) override;
  std::vector<SqlObject> objects(const std::string& database) override;
  std::vector<std::string> columns(const std::string& database, const std::string& object) override;

 private:
  SqlNames& source_;
  std::optional<std::vector<std::string>> databases_;
  std::map<std::string, std::vector<std::string>> schemas_;
  std::map<std::string, std::vector<SqlObject>> objects_;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> columns_;
};

/// Keywords follow the case of what is typed; names are matched without regard to case and written
/// as they are, in brackets where they must be.
Suggestions suggest_sql(std::string_view text, std::size_t cursor, const std::string& database,
                        SqlNames& names);

/// The name in brackets where it is no regular identifier or a reserved word.
std::string quoted_name(const std::string& name);

}  // namespace tarn::cli
