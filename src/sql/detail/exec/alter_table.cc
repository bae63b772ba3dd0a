#include "detail/exec/alter_table.h"

#include <algorithm>

#include "detail/bind/binder.h"
#include "detail/exec/column_definitions.h"
#include "detail/exec/failure.h"
#include "detail/exec/query_run.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/table_design.h"
#include "detail/exec/table_store.h"
#include "detail/exec/table_writes.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/transactions.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

using Action = ast::AlterTable::Action;

/// A column as it will be: an old one, changed or not, or a new one.
struct AlteredColumn {
  TableColumn column;
  std::optional<std::size_t> before;  // its place among the old ones
  bool changed = false;
};

std::string bracketed(const std::string& name) {
  std::string text = "[";
  for (const char c : name) text += c == ']' ? std::string("]]") : std::string(1, c);
  return text + "]";
}

/// The rules of ALTER TABLE over a table's columns.
class Alteration {
 public:
  Alteration(const std::vector<TableColumn>& columns, ObjectName place, const Collation* collation,
             std::string_view text)
      : table_(place.object), place_(std::move(place)), collation_(collation), text_(text) {
    for (const TableColumn& column : columns) columns_.push_back({column, columns_.size(), false});
  }

  /// `empty`: the table has no rows.
  void apply(const ast::AlterTable& statement, bool empty) {
    switch (statement.action) {
      case Action::kAdd:
        add(statement, empty);
        break;
      case Action::kDropColumn:
        for (const ast::Identifier& name : statement.dropped) drop(name, statement.if_exists);
        break;
      case Action::kAlterColumn:
        alter(statement.columns.front());
        break;
      case Action::kDropConstraint:
        for (const ast::Identifier& name : statement.dropped)
          drop_constraint(name, statement.if_exists);
        break;
    }
  }

  /// What the table's definition said of it; of a temporary table the default.
  bool has_key_named(const std::string& name) const {
    return std::any_of(design.keys.begin(), design.keys.end(),
                       [&](const TableKey& key) { return key.name == name; });
  }

  TableDesign design;

  const std::vector<AlteredColumn>& columns() const { return columns_; }
  /// The stored rows do not fit as they are.
  bool rewrites() const { return rewrites_; }

  std::vector<TableColumn> table_columns() const {
    std::vector<TableColumn> result;
    for (const AlteredColumn& column : columns_) result.push_back(column.column);
    return result;
  }

  /// The old rows in the new columns.
  std::string query(const std::string& from, const std::vector<TableColumn>& old) const {
    std::string text;
    for (const AlteredColumn& column : columns_) {
      text += text.empty() ? "SELECT " : ", ";
      const bool filled = !column.column.nullable && !column.column.default_text.empty();
      text += column.before ? bracketed(old[*column.before].name)
              : filled      ? "(" + column.column.default_text + ")"
                            : "NULL";
    }
    return text + " FROM " + from;
  }

 private:
  std::vector<AlteredColumn>::iterator find(const std::string& name) {
    return std::find_if(columns_.begin(), columns_.end(), [&](const AlteredColumn& column) {
      return equal_ignoring_case(column.column.name, name);
    });
  }

  Error missing(const char* clause, const ast::Identifier& name) const {
    std::vector<std::string> candidates;
    for (const AlteredColumn& column : columns_) candidates.push_back(column.column.name);
    return failure(4924,
                   std::string("ALTER TABLE ") + clause + " failed because column '" + name.text +
                       "' does not exist in table '" + table_ + "'.",
                   name.span, did_you_mean(name.text, candidates));
  }

  void add(const ast::AlterTable& statement, bool empty) {
    const auto added =
        defined_columns(statement.columns, statement.constraints, collation_, text_, table_);
    refuse_identity(added, statement.table.span);
    for (std::size_t i = 0; i < added.size(); ++i) {
      const TableColumn& column = added[i];
      const ast::Span span = statement.columns[i].span;
      if (find(column.name) != columns_.end()) {
        throw failure(2705,
                      "Column names in each table must be unique. Column name '" + column.name +
                          "' in table '" + table_ + "' is specified more than once.",
                      span);
      }
      if (!column.nullable && !empty) {
        if (column.default_text.empty()) {
          throw failure(4901,
                        "ALTER TABLE only allows columns to be added that can contain nulls, or "
                        "have a DEFAULT definition specified. Column '" +
                            column.name + "' cannot be added to non-empty table '" + table_ +
                            "' because it does not satisfy these conditions.",
                        span);
        }
        rewrites_ = true;
      }
      columns_.push_back({column, std::nullopt, true});
    }
    std::vector<std::string> names;
    for (const AlteredColumn& column : columns_) names.push_back(column.column.name);
    add_keys(design, statement.columns, statement.constraints, names, table_);
    for (const ast::AlterTable::Default& added_default : statement.defaults) {
      const auto column = find(added_default.column.text);
      if (column == columns_.end()) throw missing("ADD CONSTRAINT", added_default.column);
      if (!column->column.default_text.empty()) {
        throw failure(1781, "Column already has a DEFAULT bound to it.", added_default.column.span);
      }
      const ast::Span value = added_default.value->span;
      column->column.default_text = text_.substr(value.offset, value.length);
      column->changed = true;
      if (added_default.name) add_default_name(design, column->column.name, *added_default.name);
    }
  }

  void drop_constraint(const ast::Identifier& name, bool if_exists) {
    const auto key = std::find_if(
        design.keys.begin(), design.keys.end(),
        [&](const TableKey& known) { return equal_ignoring_case(known.name, name.text); });
    if (key != design.keys.end()) {
      design.keys.erase(key);
    } else if (!drop_default(name.text) && !if_exists) {
      std::vector<std::string> names;
      for (const TableKey& known : design.keys) names.push_back(known.name);
      for (const auto& [column, known] : design.default_names) names.push_back(known);
      throw failure(3728, "'" + name.text + "' is not a constraint.", name.span,
                    did_you_mean(name.text, names));
    }
  }

  bool drop_default(const std::string& name) {
    for (AlteredColumn& column : columns_) {
      TableColumn& known = column.column;
      if (known.default_text.empty() ||
          !equal_ignoring_case(default_name(design, place_, known.name), name))
        continue;
      known.default_text.clear();
      column.changed = true;
      design.default_names.erase(known.name);
      return true;
    }
    return false;
  }

  /// A key, statistics, the distribution or partitions that name the column: 5074.
  void check_unused(const ast::Identifier& column) const {
    const auto names = [&](const std::vector<std::string>& columns) {
      return std::any_of(columns.begin(), columns.end(), [&](const std::string& name) {
        return equal_ignoring_case(name, column.text);
      });
    };
    std::string user;
    for (const TableKey& key : design.keys)
      if (names(key.columns)) user = key.name;
    for (const TableStatistics& statistics : design.statistics)
      if (names(statistics.columns)) user = statistics.name;
    if (names(design.distribution_columns)) user = "DISTRIBUTION";
    if (names(design.index_columns)) user = design.index;
    if (design.partitions && names({design.partitions->column})) user = "PARTITION";
    if (user.empty()) return;
    throw failure(5074, "The object '" + user + "' is dependent on column '" + column.text + "'.",
                  column.span, "Drop it first.");
  }

  void drop(const ast::Identifier& name, bool if_exists) {
    const auto column = find(name.text);
    if (column == columns_.end()) {
      if (if_exists) return;
      throw missing("DROP COLUMN", name);
    }
    check_unused(name);
    if (columns_.size() == 1) {
      throw failure(4923,
                    "ALTER TABLE DROP COLUMN failed because '" + name.text +
                        "' is the only data column in table '" + table_ +
                        "'. A table must have at least one data column.",
                    name.span);
    }
    design.default_names.erase(column->column.name);
    columns_.erase(column);
    rewrites_ = true;
  }

  void alter(const ast::ColumnDefinition& definition) {
    const auto column = find(definition.name.text);
    if (column == columns_.end()) throw missing("ALTER COLUMN", definition.name);
    const TableColumn old = column->column;
    const auto defined = defined_columns(std::span(&definition, 1), {}, collation_, text_, table_);
    refuse_identity(defined, definition.span);
    refuse_identity({old}, definition.span);
    TableColumn& now = column->column;
    now.type = defined.front().type;
    now.nullable = defined.front().nullable;
    if (!defined.front().default_text.empty()) {
      throw failure(102, "Incorrect syntax near the keyword 'DEFAULT'.", definition.span,
                    "ALTER TABLE t ADD DEFAULT value FOR column.");
    }
    column->changed = true;
    rewrites_ = rewrites_ || !fits(old, now);
  }

  /// Whether every value of the old column is one of the new one, stored in the same way.
  static bool fits(const TableColumn& old, const TableColumn& now) {
    if (old.nullable && !now.nullable) return false;
    if (old.type.id != now.type.id) return false;
    if (is_character(old.type) || is_binary(old.type)) {
      if (now.type.length == kMaxLength) return true;
      return old.type.length != kMaxLength && old.type.length <= now.type.length;
    }
    return old.type == now.type;
  }

  std::string table_;
  ObjectName place_;
  const Collation* collation_;
  std::string_view text_;
  std::vector<AlteredColumn> columns_;
  bool rewrites_ = false;
};

/// The fields of the new schema; those that do not change keep what others noted of them.
lake::delta::Schema schema_of(const Alteration& alteration, const lake::delta::Schema& before) {
  lake::delta::Schema schema;
  for (const AlteredColumn& column : alteration.columns()) {
    schema.fields.push_back(column.changed || !column.before ? delta_field(column.column)
                                                             : before.fields[*column.before]);
  }
  return schema;
}

void check_partitions(const lake::delta::Metadata& metadata, const Alteration& alteration,
                      const std::vector<TableColumn>& before, ast::Span span) {
  for (const std::string& name : metadata.partition_columns) {
    bool kept = false;
    for (const AlteredColumn& column : alteration.columns())
      kept = kept || (column.before && !column.changed &&
                      equal_ignoring_case(before[*column.before].name, name));
    if (!kept) throw not_supported("changing a column that partitions the table, " + name, span);
  }
}

std::int64_t alter_database_table(Execution& run, Frame& frame, const ast::AlterTable& statement,
                                  ast::Span span) {
  const auto context = make_context(run, frame);
  const ObjectName name = context->object_name(statement.table);
  run.session.authorize(identity::actions::kSqlAlterTable, name.scope());
  const auto table = context->find_table(name);
  if (!table) {
    throw failure_of(
        Code::kNotFound, 4902, 16, 1,
        "Cannot find the object \"" + name.schema + "." + name.object +
            "\" because it does not exist or you do not have permissions.",
        statement.table.span,
        is_system_database(name.database)
            ? std::string()
            : did_you_mean(
                  name.object,
                  table_store(run.session, name.database)->table_names(name.schema, 1000)));
  }
  Alteration alteration(table->columns(), table->name(), context->default_collation(), frame.text);
  const TableDesign design_before = design_of(table->metadata());
  alteration.design = design_before;
  const bool empty = table->empty(run);
  alteration.apply(statement, empty);
  check_partitions(table->metadata(), alteration, table->columns(), span);
  lake::delta::Metadata metadata = table->metadata();
  metadata.schema = schema_of(alteration, metadata.schema);
  lake::delta::check_schema(metadata.schema);
  if (!alteration.rewrites() || empty) {
    put_design(metadata, alteration.design);
    if (metadata.schema == table->metadata().schema && alteration.design == design_before) return 0;
    table->redefine(run, metadata, "CHANGE COLUMNS");
    return 0;
  }
  TableDesign but_names = alteration.design;
  but_names.default_names = design_before.default_names;
  if (!(but_names == design_before)) {
    throw not_supported("a key together with a column that has the rows written anew", span,
                        "Use two statements.");
  }
  const std::string from =
      bracketed(name.database) + "." + bracketed(name.schema) + "." + bracketed(name.object);
  const ast::QueryPtr query = parse_query(alteration.query(from, table->columns()));
  const auto targets = target_columns(alteration.table_columns());
  table->rewrite(
      run, metadata,
      translate(Binder(*context).bind_insert(*query, targets, table->full_name())).engine_sql);
  return 0;
}

void alter_temp_table(Execution& run, Frame& frame, const ast::AlterTable& statement) {
  const std::string& name = statement.table.last().text;
  require_writable(run.session);
  const auto found = run.session.temp_tables.find(name);
  if (found == run.session.temp_tables.end()) {
    throw failure_of(Code::kNotFound, 4902, 16, 1,
                     "Cannot find the object \"" + name +
                         "\" because it does not exist or you do not have permissions.",
                     statement.table.span);
  }
  const TempTable before = found->second;
  std::vector<TableColumn> old;
  for (std::size_t i = 0; i < before.columns.size(); ++i) {
    const TargetColumn& column = before.columns[i];
    old.push_back({column.name, column.type, column.nullable, before.defaults[i]});
  }
  const auto context = make_context(run, frame);
  engine::Connection& connection = run.session.connection();
  const std::string old_name = engine::quote_name(before.engine_name);
  const bool empty = connection.rows("SELECT 1 FROM " + old_name + " LIMIT 1", run.cancel).empty();
  Alteration alteration(old, {{}, {}, name}, context->default_collation(), frame.text);
  alteration.design.keys = before.keys;
  alteration.apply(statement, empty);
  TempTable after;
  after.engine_name = new_engine_name(run.session);
  after.columns = target_columns(alteration.table_columns());
  for (const AlteredColumn& column : alteration.columns())
    after.defaults.push_back(column.column.default_text);
  for (const TableKey& key : before.keys)
    if (alteration.has_key_named(key.name)) after.keys.push_back(key);
  const ast::QueryPtr query = parse_query(alteration.query(bracketed(name), old));
  const std::string rows =
      translate(Binder(*context).bind_insert(*query, after.columns, name)).engine_sql;
  const std::string new_name = engine::quote_name(after.engine_name);
  make_engine_table(connection, after);
  try {
    connection.execute("INSERT INTO " + new_name + " " + rows, run.cancel);
  } catch (...) {
    connection.execute("DROP TABLE " + new_name);
    throw;
  }
  if (run.session.transaction) {
    run.session.transaction->dropping(name, before, false);
  } else {
    connection.execute("DROP TABLE " + old_name);
  }
  found->second = std::move(after);
}

}  // namespace

void alter_table(Execution& run, Frame& frame, const ast::AlterTable& statement, ast::Span span) {
  if (statement.table.last().text.starts_with('#')) return alter_temp_table(run, frame, statement);
  refuse_in_transaction(run.session, "ALTER TABLE", span);
  repeat_on_conflict(run, [&] { return alter_database_table(run, frame, statement, span); });
}

}  // namespace tarn::sql
