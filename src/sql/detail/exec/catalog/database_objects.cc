#include "detail/exec/catalog/database_objects.h"

#include "detail/bind/binder.h"
#include "detail/exec/external_tables.h"
#include "detail/exec/failure.h"
#include "detail/exec/object_ids.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/query_run.h"
#include "detail/exec/system_databases.h"
#include "detail/syntax/parser.h"
#include "detail/translate/engine_type.h"

namespace tarn::sql {
namespace {

/// SQL Server keeps a default in brackets, a number in two pairs.
std::string default_definition(const std::string& text) {
  const bool number =
      !text.empty() && text.find_first_not_of("0123456789.+-eE") == std::string::npos;
  return number ? "((" + text + "))" : "(" + text + ")";
}

/// What a view or a function of rows is made of stands in a database of its own surroundings.
std::vector<TableColumn> table_columns_of(const std::vector<bound::ResultColumn>& columns) {
  std::vector<TableColumn> result;
  for (const bound::ResultColumn& column : columns) {
    const SqlType type = column.type.id == TypeId::kNull ? SqlType::integer() : column.type;
    result.push_back({column.name, type, column.nullable, {}});
  }
  return result;
}

}  // namespace

DatabaseObjects::DatabaseObjects(StatementFacts& facts, std::string database)
    : facts_(facts), database_(std::move(database)) {
  if (is_tempdb(database_)) add_temporary_tables();
  if (!is_system_database(database_)) {
    if (find_pool(facts_.session, database_)) {
      pool_ = facts_.session.services.pools->open(database_);
      if (pool_) add_pool_tables(*pool_);
    } else {
      add_lake_tables();
    }
    for (ExternalObject& table : list_external(facts_.session, ExternalKind::kTable, database_)) {
      CatalogObject object;
      object.name = {table.database, table.schema, table.name};
      object.type = "U";
      object.description = "USER_TABLE";
      object.created = table.created;
      object.modified = table.modified;
      object.external = std::move(table);
      add(std::move(object));
    }
    for (Module& module : list_modules(facts_.session, database_)) {
      CatalogObject object;
      object.name = {module.database, module.schema, module.name};
      object.type = type_code(module.kind);
      object.description = type_description(module.kind);
      object.created = module.created;
      object.modified = module.modified;
      object.module = std::move(module);
      add(std::move(object));
    }
  }
  for (const CatalogObject& object : objects_) by_id_.emplace(object.id, &object);
  for (const CatalogObject& object : system_objects()) by_id_.emplace(object.id, &object);
}

void DatabaseObjects::add_lake_tables() {
  lake::Catalog& catalog = *facts_.session.services.catalog;
  std::string continuation;
  do {
    lake::TablePage page =
        catalog.list(database_, {}, lake::Catalog::kListMax, continuation, facts_.cancel);
    for (lake::TableRef& table : page.tables) {
      CatalogObject object;
      object.name = {table.database, table.schema, table.table};
      object.type = "U";
      object.description = "USER_TABLE";
      object.table = std::move(table);
      add(std::move(object));
    }
    continuation = page.continuation;
  } while (!continuation.empty());
}

void DatabaseObjects::add_pool_tables(pools::Pool& pool) {
  for (const auto& [key, table] : pool.definitions()->tables) {
    CatalogObject object;
    object.name = {pool.name(), table->schema, table->name};
    object.type = "U";
    object.description = "USER_TABLE";
    object.created = table->created;
    object.modified = table->modified;
    object.pool_table = table;
    add(std::move(object));
  }
}

void DatabaseObjects::add(CatalogObject object) {
  // A pool's table keeps its number under another name.
  object.id = object.pool_table
                  ? object_id({database_, "tarn", "table " + std::to_string(object.pool_table->id)})
                  : object_id(object.name);
  object.schema_id = schema_id(database_, object.name.schema);
  objects_.push_back(std::move(object));
}

void DatabaseObjects::add_temporary_tables() {
  for (const auto& [name, table] : facts_.session.temp_tables) {
    if (!name.starts_with('#')) continue;
    CatalogObject object;
    object.name = {database_, std::string(lake::kDefaultSchema), name};
    object.type = "U";
    object.description = "USER_TABLE";
    object.created = object.modified = facts_.now_us;
    object.temporary = &table;
    add(std::move(object));
  }
}

const std::vector<CatalogObject>& DatabaseObjects::constraints() {
  if (constraints_) return *constraints_;
  auto& all = constraints_.emplace();
  for (const CatalogObject& table : objects_) {
    if (!table.is_stored()) continue;
    const auto constraint = [&](const std::string& name) {
      CatalogObject object;
      object.name = {database_, table.name.schema, name};
      object.id = object_id({database_, table.name.schema, table.name.object + "." + name});
      object.schema_id = table.schema_id;
      object.parent_id = table.id;
      object.created = object.modified = modified_of(table);
      return object;
    };
    for (const TableKey& key : design_of(table).keys) {
      CatalogObject object = constraint(key.name);
      object.type = key.primary ? "PK" : "UQ";
      object.description = key.primary ? "PRIMARY_KEY_CONSTRAINT" : "UNIQUE_CONSTRAINT";
      object.key = key;
      all.push_back(std::move(object));
    }
    int number = 0;
    for (const TableColumn& column : columns_of(table)) {
      ++number;
      if (column.default_text.empty()) continue;
      const TableDesign& design = design_of(table);
      CatalogObject object = constraint(default_name(design, table.name, column.name));
      object.named_by_system = !design.default_names.contains(column.name);
      object.type = "D";
      object.description = "DEFAULT_CONSTRAINT";
      object.definition = default_definition(column.default_text);
      object.column = number;
      all.push_back(std::move(object));
    }
  }
  for (const CatalogObject& object : all) by_id_.emplace(object.id, &object);
  return all;
}

const CatalogObject* DatabaseObjects::find(std::int64_t id) {
  auto found = by_id_.find(id);
  if (found == by_id_.end() && !constraints_) {
    constraints();
    found = by_id_.find(id);
  }
  return found == by_id_.end() ? nullptr : found->second;
}

const CatalogObject* DatabaseObjects::find(const ObjectName& name) {
  const auto same = [&](const CatalogObject& object) {
    return equal_ignoring_case(object.name.object, name.object) &&
           equal_ignoring_case(object.name.schema, name.schema);
  };
  for (const CatalogObject& object : objects_)
    if (same(object)) return &object;
  for (const CatalogObject& object : system_objects())
    if (same(object)) return &object;
  for (const CatalogObject& object : constraints())
    if (same(object)) return &object;
  return nullptr;
}

lake::delta::SnapshotPtr DatabaseObjects::snapshot_of(const CatalogObject& table) {
  if (!table.table) return nullptr;
  return facts_.session.services.catalog->open(*table.table)->snapshot({}, facts_.cancel);
}

Micros DatabaseObjects::modified_of(const CatalogObject& table) {
  const auto snapshot = snapshot_of(table);
  return snapshot ? snapshot->timestamp : table.modified;
}

std::optional<std::int64_t> DatabaseObjects::last_identity(const CatalogObject& table) {
  const auto rows = facts_.session.connection().rows(
      pools::last_value_sql(pool_->name(), *table.pool_table), facts_.cancel);
  if (rows.empty() || !rows[0][0]) return std::nullopt;
  return std::stoll(*rows[0][0]);
}

std::vector<std::int64_t> DatabaseObjects::rows_of(const CatalogObject& table) {
  if (!table.pool_table) {
    const auto snapshot = snapshot_of(table);
    return {snapshot ? snapshot->row_count().value_or(0) : 0};
  }
  // The statement's own connection may be at work when a function of its rows asks.
  engine::Connection connection = facts_.session.services.database().connect();
  const auto& partitions = design_of(table).partitions;
  const TableColumn* column = nullptr;
  for (const TableColumn& candidate : columns_of(table))
    if (partitions && equal_ignoring_case(candidate.name, partitions->column)) column = &candidate;
  std::string number = "0";
  if (column) {
    const auto context =
        std::make_shared<StatementContext>(facts_.shared_from_this(), nullptr, database_);
    const std::string value = engine::quote_name(pool_column_name(column->name));
    for (const std::string& bound : partitions->bounds) {
      const ast::ExprPtr expr = parse_expression(bound);
      Binder binder(*context);
      const Constant limit = evaluate(*context, *binder.bind_value(*expr, &column->type));
      number += " + CASE WHEN " + value + (partitions->right ? " >= " : " > ") +
                engine_literal(column->type, limit.text) + " THEN 1 ELSE 0 END";
    }
  }
  std::vector<std::int64_t> rows(column ? partitions->bounds.size() + 1 : 1);
  for (const auto& row : connection.rows(
           "SELECT " + number + ", count(*) FROM " + table.pool_table->engine_name + " GROUP BY 1",
           facts_.cancel))
    rows.at(static_cast<std::size_t>(std::stoll(*row[0]))) = std::stoll(*row[1]);
  return rows;
}

const TableDesign& DatabaseObjects::design_of(const CatalogObject& table) {
  const auto [found, first] = designs_.try_emplace(table.id);
  if (first && table.table) found->second = sql::design_of(snapshot_of(table)->metadata);
  if (first && table.pool_table) found->second = sql::design_of(table.pool_table->metadata);
  return found->second;
}

const std::vector<TableColumn>& DatabaseObjects::columns_of(const CatalogObject& object) {
  const auto [found, first] = columns_.try_emplace(object.id);
  if (first) found->second = read_columns(object);
  return found->second;
}

void DatabaseObjects::load_columns() {
  for (const CatalogObject& object : objects_)
    if (object.has_columns()) columns_of(object);
}

std::vector<TableColumn> DatabaseObjects::read_columns(const CatalogObject& object) {
  if (object.table) {
    return table_columns(snapshot_of(object)->schema(),
                         facts_.session.collation_of(object.table->database));
  }
  if (object.pool_table) {
    return table_columns(object.pool_table->metadata.schema,
                         facts_.session.collation_of(database_));
  }
  if (object.external) return external_columns(facts_.session, *object.external);
  if (object.temporary) {
    std::vector<TableColumn> columns;
    for (std::size_t i = 0; i < object.temporary->columns.size(); ++i) {
      const TargetColumn& column = object.temporary->columns[i];
      columns.push_back(
          {column.name, column.type, column.nullable, object.temporary->defaults.at(i)});
    }
    return columns;
  }
  if (!object.has_columns()) return {};
  if (!object.module) return system_columns(object, facts_);
  try {
    return module_columns(*object.module);
  } catch (const Error& error) {
    if (error.code() == Code::kCancelled) throw;
    return {};  // what it is made of is gone
  }
}

std::vector<TableColumn> DatabaseObjects::module_columns(const Module& module) {
  const ast::Batch batch = parse_batch(module.definition);
  const ast::StatementNode& node = batch.statements.at(0)->node;
  const Collation* collation = facts_.session.collation_of(module.database);
  const auto facts = std::make_shared<StatementFacts>(facts_.session, facts_.cancel);
  if (const auto* view = std::get_if<ast::CreateView>(&node)) {
    StatementContext context(facts, nullptr, module.database);
    auto columns = table_columns_of(Binder(context).bind_query(*view->query).columns);
    for (std::size_t i = 0; i < view->columns.size() && i < columns.size(); ++i)
      columns[i].name = view->columns[i].text;
    return columns;
  }
  const auto* function = std::get_if<ast::CreateFunction>(&node);
  if (!function) return {};
  std::vector<TableColumn> columns;
  for (const ast::ColumnDefinition& column : function->columns) {
    columns.push_back({column.name.text,
                       bind_type(column.type, collation),
                       column.nullability != ast::Nullability::kNotNull,
                       {}});
  }
  if (!function->query) return columns;
  Frame parameters;
  for (const ast::Parameter& parameter : function->parameters)
    parameters.variables[parameter.name] = {bind_type(parameter.type, collation), std::nullopt};
  StatementContext context(facts, &parameters, module.database);
  return table_columns_of(Binder(context).bind_query(*function->query).columns);
}

DatabaseObjects& objects_of(StatementFacts& facts, const std::string& database) {
  auto& known = facts.objects[to_lower(database)];
  if (!known) known = std::make_shared<DatabaseObjects>(facts, database);
  return *known;
}

}  // namespace tarn::sql
