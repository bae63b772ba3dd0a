#pragma once
// A table of a database as one statement finds it, wherever it lies: in the lake (lake_tables.h) or
// in a dedicated SQL pool (pool_tables.h).

#include <cstdint>
#include <string>
#include <vector>

#include "detail/bind/context.h"
#include "detail/exec/object_name.h"
#include "detail/exec/session_state.h"
#include "detail/exec/table_schema.h"
#include "lake/delta_log.h"
#include "lake/row_change.h"

namespace tarn::sql {

struct StatementFacts;

class OpenTable {
 public:
  virtual ~OpenTable() = default;

  const ObjectName& name() const { return name_; }
  /// "default.dbo.t", as messages have it.
  std::string full_name() const;
  const std::vector<TableColumn>& columns() const { return columns_; }
  /// Its schema with what T-SQL notes in it, and its design among the properties.
  virtual const lake::delta::Metadata& metadata() const = 0;
  /// The column's name in the engine's SQL.
  virtual std::string stored_name(const std::string& column) const { return column; }

  /// `facts` are of the statement that reads it.
  virtual Source source(StatementFacts& facts) const = 0;
  /// Its rows with their numbers, which are the hidden column `row_column`.
  virtual Source numbered_source(std::string& row_column) const = 0;
  virtual std::int64_t count(Execution& run) const = 0;
  virtual bool empty(Execution& run) const = 0;

  /// A statement is going to change rows. 40517 where the transaction changes what cannot be
  /// committed together with them.
  virtual void begin_write(Execution& run) const = 0;
  /// Adds the rows of a query that has all columns in the table's order; their number.
  virtual std::int64_t append(Execution& run, const std::string& engine_sql) const = 0;
  /// Changes rows of numbered_source(). `operation` is Delta's name for the statement: "UPDATE".
  virtual void edit(Execution& run, const lake::RowEdit& edit, const char* operation) const = 0;
  virtual void clear(Execution& run) const = 0;
  /// Engine SQL of the next value of its IDENTITY; only of a table that has one.
  virtual std::string next_identity() const { return {}; }
  /// Rows came with values of their own for the IDENTITY: it goes on behind them.
  virtual void pass_identities(Execution&) const {}

  // Definitions: each takes effect at once.

  /// The description becomes `then`. Only columns come that rows may lack, or all rows fit.
  virtual void redefine(Execution& run, const lake::delta::Metadata& then,
                        const char* operation) const = 0;
  /// The same with rows that do not fit as they are: those of a query in the new columns.
  virtual void rewrite(Execution& run, const lake::delta::Metadata& then,
                       const std::string& rows_sql) const = 0;
  /// 40517 for a table of the lake.
  virtual void rename(Execution& run, const std::string& name) const;
  virtual void rename_column(Execution& run, std::size_t column, const std::string& name) const;

 protected:
  OpenTable(ObjectName name, std::vector<TableColumn> columns)
      : name_(std::move(name)), columns_(std::move(columns)) {}

 private:
  ObjectName name_;
  std::vector<TableColumn> columns_;
};

}  // namespace tarn::sql
