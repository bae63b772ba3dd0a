#include "detail/exec/copy_into.h"

#include "detail/exec/bulk_conversion.h"
#include "detail/exec/failure.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/query_run.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/table_schema.h"
#include "detail/exec/transactions.h"
#include "detail/exec/write_target.h"
#include "detail/translate/engine_type.h"
#include "lake/catalog.h"

namespace tarn::sql {
namespace {

/// AUTO_CREATE_TABLE: the table that the files' own columns make.
void create_missing_table(Execution& run, StatementContext& context, const ast::Copy& statement,
                          const RawSource& source) {
  const ObjectName name = context.object_name(statement.table);
  if (context.find_table(name)) return;
  refuse_in_transaction(run.session, "CREATE TABLE", statement.table.span);
  run.session.authorize(identity::actions::kSqlCreateTable,
                        identity::Scope::schema(name.database, name.schema));
  std::vector<TableColumn> columns;
  std::vector<SqlType> types;
  if (source.format.type == BulkFormat::Type::kCsv) types = inferred_types(context.facts(), source);
  for (std::size_t i = 0; i < source.columns.size(); ++i) {
    columns.push_back(
        {source.columns[i].name, types.empty() ? source.columns[i].type : types[i], true, {}});
  }
  refuse_system_database(name.database, "CREATE TABLE", statement.table.span);
  table_store(run.session, name.database)->create_table(run, {name, columns, {}, {}});
}

/// Which field each of the statement's columns is read from.
std::vector<BulkColumn> copied_columns(const WriteTarget& target,
                                       const std::vector<std::size_t>& indices,
                                       const ast::Copy& statement, const RawSource& source) {
  // Files may have the fields of an IDENTITY, which gives its own values.
  const bool whole = source.columns.size() == target.columns().size();
  if (statement.columns.empty() && indices.size() != source.columns.size() && !whole) {
    throw failure(indices.size() > source.columns.size() ? 4832 : 4866,
                  "The bulk load failed. " + source.first_file + " has " +
                      std::to_string(source.columns.size()) + " fields, and the table " +
                      target.name() + " has " + std::to_string(indices.size()) + " columns.",
                  statement.table.span,
                  "Verify FIELDTERMINATOR, or name the fields: COPY INTO t (a 1, b 3) FROM ...");
  }
  std::vector<BulkColumn> columns;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const TargetColumn& column = target.columns()[indices[i]];
    const bool listed = !statement.columns.empty();
    std::size_t field = whole && !listed ? indices[i] + 1 : i + 1;
    if (listed && statement.columns[i].ordinal)
      field = static_cast<std::size_t>(*statement.columns[i].ordinal);
    if (field == 0 || field > source.columns.size()) {
      throw failure(4832,
                    "The bulk load failed. Column '" + column.name + "' is field " +
                        std::to_string(field) + ", and " + source.first_file + " has " +
                        std::to_string(source.columns.size()) + ".",
                    listed ? statement.columns[i].span : statement.table.span);
    }
    const bool has_default = listed && statement.columns[i].default_value;
    columns.push_back({column.name, column.type, field - 1,
                       column.nullable || has_default ? std::string() : target.name()});
  }
  return columns;
}

/// A field's own default takes the place of NULL.
std::string with_defaults(Execution& run, const Frame& frame, const ast::Copy& statement,
                          const std::vector<BulkColumn>& columns, const std::string& sql) {
  std::string items;
  bool any = false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string name = "c" + std::to_string(i);
    items += i ? ", " : "";
    if (statement.columns.empty() || !statement.columns[i].default_value) {
      items += name;
      continue;
    }
    const Constant value =
        evaluate(run, frame, *statement.columns[i].default_value, &columns[i].type);
    items +=
        "coalesce(" + name + ", " + engine_literal(columns[i].type, value.text) + ") AS " + name;
    any = true;
  }
  return any ? "SELECT " + items + " FROM (" + sql + ")" : sql;
}

}  // namespace

std::int64_t run_copy(Execution& run, Frame& frame, const ast::Copy& statement, ast::Span span) {
  const CopyOptions options = copy_options(statement.options);
  WorkScope work(run.session);
  auto context = make_context(run, frame);
  BulkRead read;
  read.span = span;
  std::optional<WriteTarget> target;
  if (!options.create_table) {
    target = WriteTarget::resolve(run, *context, statement.table, identity::actions::kSqlCopy);
  }
  read.source = open_bulk(context->facts(), statement.paths, statement.path_spans, options.format,
                          identity::actions::kLakeFilesRead);
  if (options.create_table) {
    create_missing_table(run, *context, statement, read.source);
    context = make_context(run, frame);
    target = WriteTarget::resolve(run, *context, statement.table, identity::actions::kSqlCopy);
  }
  std::vector<ast::Identifier> names;
  for (const ast::Copy::Column& column : statement.columns) names.push_back(column.name);
  if (options.identities) target->take_identities();
  if (options.identities && names.empty()) {
    for (const TargetColumn& column : target->columns()) names.push_back({column.name, true, span});
  }
  const auto indices = target->chosen(names);
  read.columns = copied_columns(*target, indices, statement, read.source);
  const std::vector<BulkColumn> columns = read.columns;

  std::string sql;
  bool tolerated = false;
  if (options.errors_max > 0) {
    std::string rejected;
    sql = converted_rows_sql(read, rejected);
    const auto count =
        run.session.connection().rows(rejected, run.cancel).at(0).at(0).value_or("0");
    tolerated = std::stoll(count) <= options.errors_max;
  }
  if (!tolerated) sql = converted_sql(read);
  run.session.bulk_reads->push_back(std::move(read));
  const std::int64_t rows = target->append(
      run, target->complete(run, frame, with_defaults(run, frame, statement, columns, sql), indices,
                            "COPY"));
  work.commit();
  return rows;
}

}  // namespace tarn::sql
