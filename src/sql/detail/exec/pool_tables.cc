#include "detail/exec/pool_tables.h"

#include "base/ids.h"
#include "detail/exec/engine_rows.h"
#include "detail/exec/failure.h"
#include "detail/exec/staged.h"
#include "detail/exec/statement_context.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/table_design.h"
#include "detail/exec/transactions.h"
#include "detail/translate/engine_type.h"

namespace tarn::sql {
namespace {

/// A conflict with another session: the statement runs again, a transaction ends.
template <typename Write>
auto in_pool(Execution& run, const Write& write) {
  try {
    return write();
  } catch (const Error& error) {
    const bool conflict =
        pools::is_conflict(error) || (error.code() == Code::kConflict && !error.sql());
    if (!conflict) throw;
    const auto& transaction = run.session.transaction;
    if (transaction && transaction->id() != 0) throw update_conflict(error);
    throw Error(Code::kConflict, error.message());
  }
}

/// A definition: its own end of the engine's transaction, in which nothing else has changed.
template <typename Change>
void define(Execution& run, pools::Work& work, const Change& change) {
  try {
    in_pool(run, [&] {
      change();
      work.commit();
    });
  } catch (...) {
    work.rollback();
    throw;
  }
}

std::int64_t number_of(const std::vector<std::vector<std::optional<std::string>>>& rows) {
  return rows.empty() ? 0 : std::stoll(rows[0].at(0).value_or("0"));
}

/// Keys, statistics, distribution and partitions follow a column to its new name.
void rename_in_design(lake::delta::Metadata& metadata, const std::string& before,
                      const std::string& after) {
  TableDesign design = design_of(metadata);
  const auto rename = [&](std::string& name) {
    if (equal_ignoring_case(name, before)) name = after;
  };
  const auto rename_all = [&](std::vector<std::string>& names) {
    for (std::string& name : names) rename(name);
  };
  rename_all(design.distribution_columns);
  rename_all(design.index_columns);
  if (design.partitions) rename(design.partitions->column);
  for (TableKey& key : design.keys) rename_all(key.columns);
  for (TableStatistics& statistics : design.statistics) rename_all(statistics.columns);
  put_design(metadata, design);
}

/// In the transaction of the statement.
class TableInPool : public OpenTable {
 public:
  TableInPool(pools::PoolPtr pool, std::shared_ptr<pools::Work> work, pools::PoolTablePtr table,
              std::vector<TableColumn> columns)
      : OpenTable({pool->name(), table->schema, table->name}, std::move(columns)),
        pool_(std::move(pool)),
        work_(std::move(work)),
        table_(std::move(table)) {}

  const lake::delta::Metadata& metadata() const override { return table_->metadata; }
  std::string stored_name(const std::string& column) const override {
    return pool_column_name(column);
  }

  Source source(StatementFacts&) const override { return stored_source(); }

  Source stored_source() const {
    Source source;
    source.engine_sql = table_->engine_name;
    for (const TableColumn& column : columns()) {
      source.columns.push_back(
          {column.name, column.type, column.nullable, pool_column_name(column.name), false});
    }
    source.database = name().database;
    source.schema = name().schema;
    source.name = name().object;
    return source;
  }

  Source numbered_source(std::string& row_column) const override {
    row_column = free_row_column(stored_names());
    Source source = stored_source();
    source.engine_sql = numbered_rows_sql(table_->engine_name, row_column);
    source.columns.push_back({row_column, SqlType::bigint(), false, row_column, true});
    return source;
  }

  std::int64_t count(Execution& run) const override {
    return number_of(
        run.session.connection().rows("SELECT count(*) FROM " + table_->engine_name, run.cancel));
  }

  bool empty(Execution& run) const override {
    return run.session.connection()
        .rows("SELECT 1 FROM " + table_->engine_name + " LIMIT 1", run.cancel)
        .empty();
  }

  void begin_write(Execution& run) const override {
    if (run.session.transaction && run.session.transaction->changes_lake())
      throw mixed_transaction(full_name());
    work_->change(pool_);
  }

  std::int64_t append(Execution& run, const std::string& engine_sql) const override {
    return in_pool(run, [&] {
      return run.session.connection().execute(
          "INSERT INTO " + table_->engine_name + " " + engine_sql, run.cancel);
    });
  }

  void edit(Execution& run, const lake::RowEdit& edit, const char*) const override {
    in_pool(run, [&] {
      edit_engine_rows(run.session.connection(), table_->engine_name, stored_names(), edit,
                       run.cancel);
    });
  }

  void clear(Execution& run) const override {
    in_pool(run, [&] {
      run.session.connection().execute("DELETE FROM " + table_->engine_name, run.cancel);
    });
  }

  std::string next_identity() const override {
    const TableColumn* column = identity_column();
    if (!column) return {};
    return "CAST(nextval(" + engine::quote_text(table_->sequence_name) + ") AS " +
           engine_type_sql(column->type) + ")";
  }

  void pass_identities(Execution& run) const override {
    const TableColumn* column = identity_column();
    if (!column) return;
    const std::int64_t increment = column->identity->increment;
    const auto last = run.session.connection().rows(
        std::string("SELECT ") + (increment > 0 ? "max(" : "min(") +
            engine::quote_name(pool_column_name(column->name)) + ") FROM " + table_->engine_name,
        run.cancel);
    if (last.empty() || !last[0][0]) return;
    const auto counted =
        run.session.connection().rows(pools::last_value_sql(pool_->name(), *table_), run.cancel);
    const std::int64_t given = std::stoll(*last[0][0]);
    const std::int64_t known = !counted.empty() && counted[0][0]
                                   ? std::stoll(*counted[0][0])
                                   : column->identity->seed - increment;
    if (increment > 0 ? given <= known : given >= known) return;
    in_pool(run, [&] {
      run.session.connection().execute(pools::restart_sql(*table_, given + increment, increment));
    });
  }

  void redefine(Execution& run, const lake::delta::Metadata& then, const char*) const override {
    const auto after = table_columns(then.schema, nullptr);
    std::vector<std::string> statements;
    bool same = after.size() >= columns().size();
    for (std::size_t i = 0; same && i < columns().size(); ++i) {
      same = after[i].name == columns()[i].name &&
             engine_type_sql(after[i].type) == engine_type_sql(columns()[i].type);
    }
    if (same) {
      for (std::size_t i = columns().size(); i < after.size(); ++i) {
        statements.push_back("ALTER TABLE " + table_->engine_name + " ADD COLUMN " +
                             engine::quote_name(pool_column_name(after[i].name)) + " " +
                             engine_type_sql(after[i].type));
      }
    } else {  // it has no rows
      statements = {"DROP TABLE " + table_->engine_name,
                    "CREATE TABLE " + table_->engine_name + " " + pool_columns(after)};
    }
    change(run, then, statements);
  }

  void rewrite(Execution& run, const lake::delta::Metadata& then,
               const std::string& rows_sql) const override {
    in_pool(run, [&] { work_->change(pool_); });
    const Staged rows(run, rows_sql);
    change(run, then,
           {"DROP TABLE " + table_->engine_name,
            "CREATE TABLE " + table_->engine_name + " " +
                pool_columns(table_columns(then.schema, nullptr)),
            "INSERT INTO " + table_->engine_name + " SELECT * FROM " + rows.name()});
  }

  void rename(Execution& run, const std::string& to) const override {
    define(run, *work_, [&] { work_->rename_table(pool_, table_, table_->schema, to); });
  }

  void rename_column(Execution& run, std::size_t column, const std::string& to) const override {
    lake::delta::Metadata then = table_->metadata;
    const std::string before = columns()[column].name;
    then.schema.fields[column].name = to;
    rename_in_design(then, before, to);
    std::vector<std::string> statements;
    if (pool_column_name(before) != pool_column_name(to)) {
      statements.push_back("ALTER TABLE " + table_->engine_name + " RENAME COLUMN " +
                           engine::quote_name(pool_column_name(before)) + " TO " +
                           engine::quote_name(pool_column_name(to)));
    }
    change(run, then, statements);
  }

 private:
  void change(Execution& run, const lake::delta::Metadata& then,
              const std::vector<std::string>& statements) const {
    define(run, *work_, [&] { work_->change_table(pool_, table_, then, statements, run.cancel); });
  }

  std::vector<std::string> stored_names() const {
    std::vector<std::string> names;
    for (const TableColumn& column : columns()) names.push_back(pool_column_name(column.name));
    return names;
  }

  const TableColumn* identity_column() const {
    for (const TableColumn& column : columns())
      if (column.identity) return &column;
    return nullptr;
  }

  pools::PoolPtr pool_;
  std::shared_ptr<pools::Work> work_;
  pools::PoolTablePtr table_;
};

class PoolStore : public TableStore {
 public:
  explicit PoolStore(pools::PoolPtr pool) : pool_(std::move(pool)) {}

  std::vector<std::string> schemas() const override { return pool_->definitions()->schemas; }
  bool has_schema(std::string_view schema) const override {
    return pool_->definitions()->has_schema(schema);
  }
  std::vector<std::string> table_names(std::string_view schema, std::size_t limit) const override {
    std::vector<std::string> names;
    for (const auto& [key, table] : pool_->definitions()->tables) {
      if (names.size() == limit) break;
      if (key.first == to_lower(schema)) names.push_back(table->name);
    }
    return names;
  }

  std::shared_ptr<const OpenTable> find(StatementFacts& facts, const ObjectName& name) override {
    if (!facts.pool_work) facts.pool_work = facts.session.join_work();
    const auto table = facts.pool_work->join(pool_)->find(name.schema, name.object);
    if (!table) return nullptr;
    return std::make_shared<TableInPool>(
        pool_, facts.pool_work, table,
        table_columns(table->metadata.schema, facts.session.collation_of(pool_->name())));
  }

  void create_schema(Execution& run, std::string_view schema) override {
    const auto work = run.session.join_work();
    define(run, *work, [&] { work->create_schema(pool_, schema); });
  }
  void drop_schema(Execution& run, std::string_view schema) override {
    const auto work = run.session.join_work();
    define(run, *work, [&] { work->drop_schema(pool_, schema); });
  }

  bool drop_table(Execution& run, const ObjectName& name) override {
    const auto work = run.session.join_work();
    bool there = false;
    define(run, *work, [&] {
      const auto table = work->join(pool_)->find(name.schema, name.object);
      there = table != nullptr;
      if (there) work->drop_table(pool_, table);
    });
    return there;
  }

  void check_columns(const std::vector<TableColumn>& columns, ast::Span span) const override {
    for (const TableColumn& column : columns) {
      if (!column.identity || column.type.id == TypeId::kInt || column.type.id == TypeId::kBigInt)
        continue;
      throw failure(
          2749,
          "Identity column '" + column.name +
              "' must be of data type int, bigint, smallint, tinyint, or decimal or "
              "numeric with a scale of 0, unencrypted, and constrained to be nonnullable.",
          span, "In a dedicated SQL pool it is int or bigint.");
    }
  }

  std::int64_t create_table(Execution& run, const NewTable& table) override {
    pools::TableDraft draft;
    draft.schema = table.name.schema;
    draft.name = table.name.object;
    draft.metadata.id = new_id();
    draft.metadata.schema = delta_schema(table.columns);
    draft.metadata.configuration = table.properties;
    draft.metadata.created_ms = run.session.services.clock->now() / 1000;
    draft.engine_columns = pool_columns(table.columns);
    draft.first_rows = table.rows_sql;
    for (const TableColumn& column : table.columns)
      if (column.identity) draft.identity = column.identity;
    std::int64_t rows = 0;
    const auto work = run.session.join_work();
    define(run, *work, [&] { rows = work->create_table(pool_, draft, run.cancel); });
    return rows;
  }

 private:
  pools::PoolPtr pool_;
};

}  // namespace

std::optional<pools::PoolInfo> find_pool(const SessionState& session, std::string_view name) {
  if (!session.services.pools || is_system_database(name) ||
      equal_ignoring_case(name, lake::kDefaultDatabase))
    return std::nullopt;
  return session.services.pools->find(name);
}

std::optional<pools::PoolInfo> current_pool(SessionState& session) {
  if (session.database == session.lake_database) return std::nullopt;
  auto pool = find_pool(session, session.database);
  if (!pool) session.lake_database = session.database;
  return pool;
}

std::unique_ptr<TableStore> pool_store(const SessionState& session, const pools::PoolInfo& pool) {
  pools::PoolPtr opened = session.services.pools->open(pool.name);
  if (!opened) throw invalid_object(pool.name, {}, "The SQL pool was dropped just now.");
  return std::make_unique<PoolStore>(std::move(opened));
}

WorkScope::WorkScope(SessionState& session)
    : work_(session.join_work()), own_(!session.transaction && work_.use_count() == 1) {}

void WorkScope::commit() {
  if (own_) work_->commit();
}

std::string pool_column_name(const std::string& column) {
  return to_lower(column.substr(0, 5)) == "rowid" ? column + "_" : column;
}

std::string pool_columns(const std::vector<TableColumn>& columns) {
  std::string text = "(";
  for (const TableColumn& column : columns) {
    if (text.size() > 1) text += ", ";
    text += engine::quote_name(pool_column_name(column.name)) + ' ' + engine_type_sql(column.type);
  }
  return text + ")";
}

}  // namespace tarn::sql
