#pragma once
// The surroundings of one statement, for the binder: tables at one snapshot each, temporary tables,
// views, row sets of files, models, variables, facts of the session.

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "detail/bind/context.h"
#include "detail/exec/open_table.h"
#include "detail/exec/row_facts.h"
#include "detail/exec/session_state.h"
#include "detail/exec/table_schema.h"
#include "detail/exec/warm_tables.h"
#include "lake/catalog.h"

namespace tarn::onnx {
class Scorer;
}

namespace tarn::sql {

class DatabaseObjects;  // catalog/database_objects.h

/// What all contexts of one statement share; it lives until the statement's last row.
struct StatementFacts : std::enable_shared_from_this<StatementFacts> {
  SessionState& session;
  const CancelToken& cancel;
  std::int64_t now_us = 0;
  std::map<std::string, std::shared_ptr<const OpenTable>> tables;  // of the lake, by folder
  std::shared_ptr<pools::Work> pool_work;  // where the statement has met a pool's table
  bool only_reads = false;                 // a SELECT: may read copies
  std::vector<WarmTablePtr> copies;        // those that it reads
  std::vector<std::shared_ptr<const onnx::Scorer>> scorers;         // in use by this statement
  std::set<std::string> temporary_files;                            // removed at its end
  std::vector<std::string> temporary_tables;                        // of the engine; dropped then
  std::vector<RowFacts::Slot> row_facts;                            // calls that the engine makes
  std::mutex row_facts_mutex;                                       // one of them at a time
  std::map<std::string, std::int64_t> row_fact_numbers;             // of those, by what they ask
  std::map<std::string, std::shared_ptr<DatabaseObjects>> objects;  // by database, in lower case

  StatementFacts(SessionState& state, const CancelToken& token);
  ~StatementFacts();
  StatementFacts(const StatementFacts&) = delete;
};

/// A temporary table as a source.
Source temp_source(const TempTable& table, std::string_view name);

class StatementContext : public BindContext {
 public:
  /// `frame` may be null (inside a view: no variables). `collation` is the default one; null: the
  /// database's.
  StatementContext(std::shared_ptr<StatementFacts> facts, const Frame* frame, std::string database,
                   const Collation* collation = nullptr);

  const Collation* default_collation() const override { return collation_; }
  std::variant<Source, ViewSource> resolve_table(const ast::Name& name) override;
  std::optional<FunctionSource> resolve_function(const ast::Name& name) override;
  Constant call_function(const FunctionSource& function, std::span<const Constant> arguments,
                         ast::Span span) override;
  Source call_table_function(const FunctionSource& function, std::span<const Constant> arguments,
                             ast::Span span) override;
  Constant constant_value(const bound::Expr& expr) override;
  int date_first() const override { return facts_->session.set.date_first; }
  DateOrder date_order() const override { return facts_->session.set.date_order; }
  Source resolve_table_variable(std::string_view name, ast::Span span) override;
  Source resolve_openrowset(const ast::OpenRowset& rowset, ast::Span span) override;
  Model resolve_model(const ast::Predict& predict, std::span<const SourceColumn> data,
                      ast::Span span) override;
  Constant resolve_variable(std::string_view name, ast::Span span) override;
  Constant resolve_global(std::string_view name, ast::Span span) override;
  Constant system_value(std::string_view name, std::span<const Constant> arguments,
                        ast::Span span) override;
  std::int64_t row_fact(std::string_view name, std::size_t arguments) override;
  std::int64_t now_us() const override { return facts_->now_us; }

  StatementFacts& facts() { return *facts_; }
  const std::string& database() const { return database_; }
  /// The name in full; for an unknown database the error that the statement has for an unknown
  /// object: 208, 2702 (CREATE), 2812 (EXEC) or 3701 (DROP). Never of a temporary table.
  ObjectName object_name(const ast::Name& name, int number_if_absent = 208) const;
  /// The table of that name as the statement sees it; null when there is none.
  std::shared_ptr<const OpenTable> find_table(const ObjectName& name);
  /// A temporary table or table variable; null when there is none.
  const TempTable* find_temp_table(std::string_view name) const;
  const TempTable* find_table_variable(std::string_view name) const;

 private:
  std::shared_ptr<StatementFacts> facts_;
  const Frame* frame_;
  std::string database_;
  const Collation* collation_;
};

}  // namespace tarn::sql
