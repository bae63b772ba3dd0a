// Between two backends: a backup is an SQLite store whatever the store is, and is restored into
// either.

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "detail/backend.h"

namespace tarn::meta::detail {

namespace {

constexpr std::size_t kParametersMax = 900;  // of one INSERT: rows go in bundles

/// In the order of their making: what a table refers to comes before it.
std::vector<std::string> tables_of(Connection& sqlite) {
  std::vector<std::string> names;
  for (const Row& row : sqlite.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name "
                                     "NOT LIKE 'sqlite_%' ORDER BY rowid",
                                     {})) {
    if (row.text(0) != "schema_migrations") names.push_back(row.text(0));
  }
  return names;
}

std::vector<std::string> columns_of(Connection& sqlite, const std::string& table) {
  std::vector<std::string> names;
  for (const Row& row : sqlite.query("SELECT name FROM pragma_table_info('" + table + "')", {}))
    names.push_back('"' + row.text(0) + '"');  // some are words of SQL
  return names;
}

class Inserter {
 public:
  Inserter(Connection& to, const std::string& table, const std::vector<std::string>& columns)
      : to_(to),
        columns_(columns.size()),
        rows_max_(std::max<std::size_t>(1, kParametersMax / columns_)) {
    head_ = "INSERT INTO " + table + " (" + join(columns, ", ") + ") VALUES ";
  }

  void add(Row&& row) {
    rows_.push_back(std::move(row));
    if (rows_.size() == rows_max_) flush();
  }

  void flush() {
    if (rows_.empty()) return;
    std::string sql = head_;
    std::vector<Value> values;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      sql += r ? ", (" : "(";
      for (std::size_t c = 0; c < columns_; ++c) {
        values.push_back(value_of(rows_[r], c));
        sql += (c ? ", $" : "$") + std::to_string(values.size());
      }
      sql += ')';
    }
    to_.execute(sql, values);
    rows_.clear();
  }

 private:
  static Value value_of(const Row& row, std::size_t column) {
    const Row::Cell& cell = row.cell(column);
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) return *integer;
    if (const auto* real = std::get_if<double>(&cell)) return *real;
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    return nullptr;
  }

  Connection& to_;
  std::size_t columns_;
  std::size_t rows_max_;
  std::string head_;
  Rows rows_;
};

}  // namespace

std::int64_t copy_rows(Connection& from, Connection& to) {
  Connection& sqlite = from.dialect() == Dialect::kSqlite ? from : to;
  const std::vector<std::string> tables = tables_of(sqlite);
  std::int64_t copied = 0;
  from.begin(Begin::kRead);
  to.begin(Begin::kAlone);
  try {
    for (const std::string& table : tables) {
      const std::vector<std::string> columns = columns_of(sqlite, table);
      Inserter inserter(to, table, columns);
      from.scan("SELECT " + join(columns, ", ") + " FROM " + table, {}, [&](Row&& row) {
        inserter.add(std::move(row));
        ++copied;
      });
      inserter.flush();
    }
    to.commit();
  } catch (...) {
    to.rollback();
    from.rollback();
    throw;
  }
  from.rollback();
  return copied;
}

}  // namespace tarn::meta::detail
