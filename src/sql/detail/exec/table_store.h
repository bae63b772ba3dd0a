#pragma once
// Where the tables of a database lie, and how they are made there: in the lake, or in a dedicated
// SQL pool.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "detail/exec/open_table.h"
#include "detail/syntax/span.h"

namespace tarn::sql {

struct StatementFacts;

/// A table to be made.
struct NewTable {
  ObjectName name;
  std::vector<TableColumn> columns;
  std::map<std::string, std::string> properties;
  std::string rows_sql;  // a query whose columns c0, c1, … are the table's; empty: no rows
};

class TableStore {
 public:
  virtual ~TableStore() = default;

  /// `dbo` first.
  virtual std::vector<std::string> schemas() const = 0;
  virtual bool has_schema(std::string_view schema) const = 0;
  virtual std::vector<std::string> table_names(std::string_view schema,
                                               std::size_t limit) const = 0;
  /// Null: there is none.
  virtual std::shared_ptr<const OpenTable> find(StatementFacts& facts, const ObjectName& name) = 0;

  // Definitions: each takes effect at once. They throw Error(kAlreadyExists, kNotFound, kConflict).

  virtual void create_schema(Execution& run, std::string_view schema) = 0;
  virtual void drop_schema(Execution& run, std::string_view schema) = 0;
  /// 40517 for columns that the store cannot have.
  virtual void check_columns(const std::vector<TableColumn>& columns, ast::Span span) const = 0;
  /// False where there is none. What lies in it need not be readable.
  virtual bool drop_table(Execution& run, const ObjectName& name) = 0;
  /// The number of its first rows.
  virtual std::int64_t create_table(Execution& run, const NewTable& table) = 0;
};

/// The one of a database that is there. 42108 for a paused pool.
std::unique_ptr<TableStore> table_store(const SessionState& session, const std::string& database);

/// 40517: one transaction changes a SQL pool and something else.
Error mixed_transaction(const std::string& table);

}  // namespace tarn::sql
