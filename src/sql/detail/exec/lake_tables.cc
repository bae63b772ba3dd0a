#include "detail/exec/lake_tables.h"

#include "detail/exec/failure.h"
#include "detail/exec/statement_context.h"
#include "detail/exec/transactions.h"
#include "lake/catalog.h"
#include "lake/table_writer.h"

namespace tarn::sql {
namespace {

/// What a constraint of the table does not let in, as SQL Server says it.
template <typename Write>
auto within_checks(const std::string& statement, const lake::TableRef& table, const Write& write) {
  try {
    return write();
  } catch (const lake::CheckViolation& violation) {
    throw failure_of(Code::kInvalidArgument, 547, 16, 0,
                     "The " + statement + " statement conflicted with the CHECK constraint \"" +
                         violation.constraint + "\". The conflict occurred in database \"" +
                         table.database + "\", table \"" + table.schema + "." + table.table + "\".",
                     {}, violation.message());
  }
}

/// At the snapshot that the statement reads.
class LakeTable : public OpenTable, public std::enable_shared_from_this<LakeTable> {
 public:
  LakeTable(lake::TableRef ref, std::shared_ptr<lake::delta::Table> table,
            lake::delta::SnapshotPtr snapshot, std::vector<TableColumn> columns)
      : OpenTable({ref.database, ref.schema, ref.table}, std::move(columns)),
        ref_(std::move(ref)),
        table_(std::move(table)),
        snapshot_(std::move(snapshot)) {}

  const lake::delta::Metadata& metadata() const override { return snapshot_->metadata; }

  Source source(StatementFacts& facts) const override {
    Source source = empty_source();
    if (const WarmTablePtr copy = copy_of(facts)) {
      facts.copies.push_back(copy);
      source.engine_sql = engine::quote_name(copy->engine_name());
      source.narrowed = [copy, cancel = facts.cancel](const lake::delta::Predicate& predicate) {
        copy->note_look_up(predicate, cancel);
        return engine::quote_name(copy->engine_name());
      };
      return source;
    }
    source.engine_sql = scan();
    if (snapshot_->files.size() > 1) {
      source.narrowed = [self = shared_from_this()](const lake::delta::Predicate& predicate) {
        return typed_scan(
            lake::delta::scan_sql(*self->snapshot_, self->ref_.folder, {}, &predicate),
            self->snapshot_->schema(), self->columns());
      };
    }
    return source;
  }

  Source numbered_source(std::string& row_column) const override {
    lake::RowScan scan = lake::row_scan(*snapshot_, ref_.folder);
    lake::delta::Schema schema = snapshot_->schema();
    std::vector<TableColumn> all = columns();
    schema.fields.push_back(
        {.name = scan.row_column, .type = {.kind = lake::delta::Type::Kind::kLong}});
    all.push_back({scan.row_column, SqlType::bigint(), false, {}});
    Source source = empty_source();
    source.engine_sql = typed_scan(scan.sql, schema, all);
    source.columns.push_back({scan.row_column, SqlType::bigint(), false, scan.row_column, true});
    row_column = std::move(scan.row_column);
    return source;
  }

  std::int64_t count(Execution& run) const override {
    if (const auto known = snapshot_->row_count()) return *known;
    const auto rows = run.session.connection().rows(
        "SELECT count(*) FROM " + lake::delta::scan_sql(*snapshot_, ref_.folder), run.cancel);
    return std::stoll(rows.at(0).at(0).value_or("0"));
  }

  bool empty(Execution&) const override { return snapshot_->files.empty(); }

  void begin_write(Execution& run) const override {
    if (run.session.transaction && run.session.transaction->changes_pool())
      throw mixed_transaction(full_name());
  }

  std::int64_t append(Execution& run, const std::string& engine_sql) const override {
    lake::TableWriter writer(ref_.folder, snapshot_->metadata);
    auto adds = within_checks("INSERT", ref_, [&] {
      return writer.write(run.session.connection(), engine_sql, run.cancel);
    });
    if (run.session.transaction) {
      run.session.transaction->change(*table_, {{}, std::move(adds)});
    } else if (!adds.empty()) {
      table_->append(*snapshot_, std::move(adds), run.session.options.login, run.cancel);
    }
    writer.keep();
    return writer.rows();
  }

  void edit(Execution& run, const lake::RowEdit& edit, const char* operation) const override {
    lake::TableWriter writer(ref_.folder, snapshot_->metadata);
    const lake::FileChange change = within_checks(operation, ref_, [&] {
      return lake::edit_rows(writer, run.session.connection(), *snapshot_, ref_.folder, edit,
                             run.cancel);
    });
    if (run.session.transaction) {
      run.session.transaction->change(*table_, change);
    } else if (!change.empty()) {
      table_->commit(lake::row_commit(*snapshot_, change, operation, run.session.options.login),
                     run.cancel);
    }
    writer.keep();
  }

  void clear(Execution& run) const override {
    if (run.session.transaction) {
      run.session.transaction->change(*table_, {snapshot_->files, {}});
    } else if (!snapshot_->files.empty()) {
      table_->delete_all(*snapshot_, run.session.options.login, run.cancel);
    }
  }

  void redefine(Execution& run, const lake::delta::Metadata& then,
                const char* operation) const override {
    lake::delta::checks_of(then);  // throws where a constraint would lose its column
    table_->commit({.kind = lake::delta::Change::Kind::kMetadata,
                    .read_version = snapshot_->version,
                    .table_id = snapshot_->metadata.id,
                    .actions = {then},
                    .operation = operation,
                    .parameters = "{}",
                    .user = run.session.options.login},
                   run.cancel);
  }

  void rewrite(Execution& run, const lake::delta::Metadata& then,
               const std::string& rows_sql) const override {
    lake::TableWriter writer(ref_.folder, then);
    auto adds = writer.write(run.session.connection(), rows_sql, run.cancel);
    table_->overwrite(*snapshot_, std::move(adds), then.schema, run.session.options.login,
                      run.cancel);
    writer.keep();
  }

 private:
  /// The rows in their T-SQL types.
  std::string scan() const {
    return typed_scan(lake::delta::scan_sql(*snapshot_, ref_.folder), snapshot_->schema(),
                      columns());
  }

  /// The table's copy in the engine, where the statement may read it and there is one.
  WarmTablePtr copy_of(StatementFacts& facts) const {
    SessionState& session = facts.session;
    // A transaction reads what it has seen first, and its own changes.
    if (!facts.only_reads || session.transaction || !session.services.warm_tables) return nullptr;
    session.connection();  // the batch has its place at the engine
    const WarmTables::Wanted wanted = {.folder = ref_.folder.string(),
                                       .snapshot = snapshot_,
                                       .scan_sql = [this] { return scan(); }};
    return session.services.warm_tables->find(session.services.database(), wanted, facts.cancel);
  }

  Source empty_source() const {
    Source source;
    for (const TableColumn& column : columns())
      source.columns.push_back({column.name, column.type, column.nullable, {}, false});
    source.database = ref_.database;
    source.schema = ref_.schema;
    source.name = ref_.table;
    return source;
  }

  lake::TableRef ref_;
  std::shared_ptr<lake::delta::Table> table_;
  lake::delta::SnapshotPtr snapshot_;
};

class LakeStore : public TableStore {
 public:
  LakeStore(lake::Catalog& catalog, std::string database)
      : catalog_(catalog), database_(std::move(database)) {}

  std::vector<std::string> schemas() const override { return catalog_.schemas(database_); }
  bool has_schema(std::string_view schema) const override {
    return catalog_.has_schema(database_, schema);
  }
  std::vector<std::string> table_names(std::string_view schema, std::size_t limit) const override {
    return catalog_.table_names(database_, schema, limit);
  }

  std::shared_ptr<const OpenTable> find(StatementFacts& facts, const ObjectName& name) override {
    const auto ref = catalog_.find(name.database, name.schema, name.object);
    if (!ref) return nullptr;
    auto& known = facts.tables[ref->folder.string()];
    if (known) return known;
    auto table = catalog_.open(*ref);
    const auto& transaction = facts.session.transaction;
    auto snapshot = transaction ? transaction->snapshot(table, facts.cancel)
                                : table->snapshot({}, facts.cancel);
    auto columns = table_columns(snapshot->schema(), facts.session.collation_of(ref->database));
    known = std::make_shared<LakeTable>(*ref, std::move(table), std::move(snapshot),
                                        std::move(columns));
    return known;
  }

  void create_schema(Execution&, std::string_view schema) override {
    catalog_.create_schema(database_, schema);
  }
  void drop_schema(Execution&, std::string_view schema) override {
    catalog_.drop_schema(database_, schema);
  }

  bool drop_table(Execution&, const ObjectName& name) override {
    const auto table = catalog_.find(name.database, name.schema, name.object);
    if (table) catalog_.drop_table(*table);
    return table.has_value();
  }

  void check_columns(const std::vector<TableColumn>& columns, ast::Span span) const override {
    for (const TableColumn& column : columns)
      if (column.identity) throw not_supported("an IDENTITY column", span);
  }

  std::int64_t create_table(Execution& run, const NewTable& table) override {
    const lake::delta::Schema schema = delta_schema(table.columns);
    std::int64_t rows = 0;
    lake::Catalog::FirstFiles write;
    if (!table.rows_sql.empty()) {
      std::string items;
      for (std::size_t i = 0; i < schema.fields.size(); ++i) {
        items += (i ? ", c" : "c") + std::to_string(i) + " AS " +
                 engine::quote_name(schema.fields[i].name);
      }
      write = [&, sql = "SELECT " + items + " FROM (" + table.rows_sql +
                        ")"](const std::filesystem::path& folder) {
        lake::TableWriter writer(folder, schema);
        auto adds = writer.write(run.session.connection(), sql, run.cancel);
        rows = writer.rows();
        writer.keep();
        return adds;
      };
    }
    catalog_.create_table(table.name.database, table.name.schema, table.name.object, schema, {},
                          table.properties, write, run.session.options.login);
    return rows;
  }

 private:
  lake::Catalog& catalog_;
  std::string database_;
};

}  // namespace

std::unique_ptr<TableStore> lake_store(const SessionState& session, const std::string& database) {
  return std::make_unique<LakeStore>(*session.services.catalog, database);
}

}  // namespace tarn::sql
