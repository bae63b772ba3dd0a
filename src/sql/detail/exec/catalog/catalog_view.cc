#include "detail/exec/catalog/catalog_view.h"

#include <algorithm>

#include "detail/bind/binder.h"
#include "detail/exec/failure.h"
#include "detail/exec/object_ids.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/system_views.h"
#include "detail/exec/value_text.h"
#include "detail/syntax/parser.h"
#include "detail/translate/engine_type.h"

namespace tarn::sql {
namespace {

// Rows go to the engine as one text, which it splits: a literal for each cell would take the
// engine's parser far longer. Cells that hold one of these are rare enough for the longer way.
constexpr std::string_view kRowEnd = "\x1e";
constexpr std::string_view kCellEnd = "\x1f";
constexpr std::string_view kNullCell = "\x1d";
constexpr std::string_view kMarks = "\x1d\x1e\x1f";

/// The value of a column's DEFAULT: a literal.
Cell literal_default(const ast::Expr* value) {
  if (!value) return std::nullopt;
  if (const auto* digits = std::get_if<ast::NumberLiteral>(&value->node)) return digits->text;
  if (const auto* text = std::get_if<ast::StringLiteral>(&value->node)) return text->value;
  if (const auto* minus = std::get_if<ast::Unary>(&value->node))
    return "-" + literal_default(minus->operand.get()).value_or("");
  return std::nullopt;
}

std::string split_rows(const std::vector<std::vector<Cell>>& rows) {
  std::string text;
  for (const auto& row : rows) {
    if (!text.empty()) text += kRowEnd;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += kCellEnd;
      text += row[i] ? std::string_view(*row[i]) : kNullCell;
    }
  }
  return "(SELECT string_split(r, " + engine::quote_text(std::string(kCellEnd)) +
         ") AS l FROM (SELECT unnest(string_split(" + engine::quote_text(text) + ", " +
         engine::quote_text(std::string(kRowEnd)) + ")) AS r))";
}

std::string listed_rows(const std::vector<std::vector<Cell>>& rows) {
  std::string values;
  for (const auto& row : rows) {
    values += values.empty() ? "([" : ", ([";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) values += ", ";
      values += engine::quote_text(row[i] ? *row[i] : std::string(kNullCell));
    }
    values += "])";
  }
  return "(VALUES " + values + ") AS v(l)";
}

std::string full_name(const ObjectName& name) { return name.schema + "." + name.object; }

constexpr Micros kSystemObjectMade = 1'049'793'216'390'000;  // 2003-04-08 09:13:36.390

CatalogObject system_object(std::string_view full, std::string_view type,
                            std::string_view description) {
  CatalogObject object;
  const std::size_t point = full.find('.');
  object.name = {"master", std::string(full.substr(0, point)), std::string(full.substr(point + 1))};
  object.id = -object_id(object.name);
  object.schema_id = schema_id("master", object.name.schema);
  object.type = type;
  object.description = description;
  object.created = object.modified = kSystemObjectMade;
  return object;
}

}  // namespace

Cell bytes_cell(std::string_view value) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

Cell moment_cell(Micros value) { return timestamp_text(value, 3); }

ViewRows::ViewRows(std::vector<TableColumn> columns) : columns_(std::move(columns)) {
  for (const TableColumn& column : columns_) {
    places_.emplace(column.name, places_.size());
    defaults_.push_back(column.default_text.empty()
                            ? Cell()
                            : Cell(column.default_text.substr(1)));  // see declared_columns()
  }
}

void ViewRows::add(std::initializer_list<std::pair<std::string_view, Cell>> cells) {
  rows_.push_back(defaults_);
  for (const auto& [column, value] : cells) set(column, value);
}

void ViewRows::set(std::string_view column, Cell value) {
  const auto place = places_.find(column);
  check(place != places_.end(), "a system view has no such column");
  rows_.back()[place->second] = std::move(value);
}

std::string ViewRows::engine_sql() const {
  std::string items;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string cell = rows_.empty() ? std::string("NULL")
                                           : "nullif(l[" + std::to_string(i + 1) + "], " +
                                                 engine::quote_text(std::string(kNullCell)) + ")";
    items += (i ? ", CAST(" : "CAST(") + cell + " AS " + engine_type_sql(columns_[i].type) +
             ") AS " + engine::quote_name(columns_[i].name);
  }
  if (rows_.empty()) return "(SELECT " + items + " WHERE false)";
  bool marked = false;
  for (const auto& row : rows_) {
    for (const Cell& cell : row)
      marked = marked || (cell && cell->find_first_of(kMarks) != std::string::npos);
  }
  return "(SELECT " + items + " FROM " + (marked ? listed_rows(rows_) : split_rows(rows_)) + ")";
}

std::vector<ExternalObject> CatalogReader::external(ExternalKind kind) const {
  return list_external(session(), kind, database);
}

std::vector<TableColumn> declared_columns(const SystemView& view) {
  const ast::Batch batch = parse_batch("DECLARE @v TABLE (" + view.columns + ")");
  const auto& declare = std::get<ast::Declare>(batch.statements.at(0)->node);
  std::vector<TableColumn> columns;
  for (const ast::ColumnDefinition& definition : *declare.items.at(0).table) {
    TableColumn column;
    column.name = definition.name.text;
    column.type = bind_type(definition.type, server_collation());
    column.nullable = definition.nullability != ast::Nullability::kNotNull;
    // '=' and the value, so that an empty text is a default too.
    if (const Cell value = literal_default(definition.default_value.get()))
      column.default_text = "=" + *value;
    columns.push_back(std::move(column));
  }
  return columns;
}

namespace {

using ViewMap = std::map<std::string_view, const SystemView*, CaseInsensitive>;
using ModuleMap = std::map<std::string_view, const SystemModule*, CaseInsensitive>;

const ViewMap& all_views() {
  static const ViewMap kAll = [] {
    ViewMap all;
    for (const auto family :
         {database_views(), object_views(), column_views(), key_views(), storage_views(),
          external_views(), principal_views(), activity_views(), pool_views(), workload_views(),
          empty_views(), feature_views()}) {
      for (const SystemView& view : family) {
        const bool first = all.emplace(view.name, &view).second;
        check(first, "two system views of one name");
      }
    }
    return all;
  }();
  return kAll;
}

const ModuleMap& all_modules() {
  static const ModuleMap kAll = [] {
    ModuleMap all;
    for (const auto family : {information_schema_modules(), compatibility_modules(),
                              catalog_procedures(), help_procedures()}) {
      for (const SystemModule& module : family) {
        const bool first = all.emplace(module.name, &module).second;
        check(first, "two system modules of one name");
      }
    }
    return all;
  }();
  return kAll;
}

/// A view in T-SQL, bound in the database that it is asked for in.
ViewSource module_view(const SystemModule& module, const ObjectName& name,
                       const std::shared_ptr<StatementFacts>& facts) {
  ast::Batch batch = parse_batch(module.definition);
  auto* view = std::get_if<ast::CreateView>(&batch.statements.at(0)->node);
  check(view != nullptr, "a system view is no CREATE VIEW");
  ViewSource source;
  for (const ast::Identifier& column : view->columns) source.columns.push_back(column.text);
  source.query = std::shared_ptr<const ast::Query>(std::move(view->query));
  source.context =
      std::make_shared<StatementContext>(facts, nullptr, name.database, server_collation());
  source.database = name.database;
  source.schema = name.schema;
  source.name = name.object;
  return source;
}

Source source_of_view(const ObjectName& name, const std::vector<TableColumn>& columns,
                      std::string engine_sql) {
  Source source;
  source.engine_sql = std::move(engine_sql);
  for (const TableColumn& column : columns)
    source.columns.push_back({column.name, column.type, column.nullable, {}, false});
  source.database = name.database;
  source.schema = name.schema;
  source.name = name.object;
  return source;
}

}  // namespace

const SystemView* find_system_view(std::string_view name) {
  const auto found = all_views().find(name);
  return found == all_views().end() ? nullptr : found->second;
}

const SystemModule* find_system_module(std::string_view name) {
  const auto found = all_modules().find(name);
  return found == all_modules().end() ? nullptr : found->second;
}

std::vector<std::string> system_names() {
  std::vector<std::string> names;
  for (const auto& [name, view] : all_views()) names.emplace_back(name);
  for (const auto& [name, module] : all_modules()) {
    if (module->kind == ModuleKind::kView) names.emplace_back(name);
  }
  return names;
}

const std::vector<CatalogObject>& system_objects() {
  static const std::vector<CatalogObject> kObjects = [] {
    std::vector<CatalogObject> objects;
    for (const auto& [name, view] : all_views())
      objects.push_back(system_object(name, "V", "VIEW"));
    for (const auto& [name, module] : all_modules()) {
      objects.push_back(
          system_object(name, type_code(module->kind), type_description(module->kind)));
      objects.back().definition = module->definition;
    }
    return objects;
  }();
  return kObjects;
}

namespace {

/// Knows the columns of system views, and makes no rows of them.
class ShapeContext : public StatementContext {
 public:
  ShapeContext(std::shared_ptr<StatementFacts> facts, std::string database)
      : StatementContext(facts, nullptr, std::move(database), server_collation()),
        shared_(std::move(facts)) {}

  std::variant<Source, ViewSource> resolve_table(const ast::Name& name) override {
    const ObjectName full = object_name(name);
    if (const SystemView* view = find_system_view(full_name(full)))
      return source_of_view(full, declared_columns(*view), {});
    const SystemModule* module = find_system_module(full_name(full));
    if (!module || module->kind != ModuleKind::kView) return StatementContext::resolve_table(name);
    ViewSource source = module_view(*module, full, shared_);
    source.context = std::make_shared<ShapeContext>(shared_, full.database);
    return source;
  }

 private:
  std::shared_ptr<StatementFacts> shared_;
};

/// What binds a T-SQL-written view's query gives its columns.
std::vector<TableColumn> module_shape(const SystemModule& module, const CatalogObject& object,
                                      StatementFacts& facts) {
  const ViewSource view = module_view(module, object.name, facts.shared_from_this());
  ShapeContext context(facts.shared_from_this(), object.name.database);
  std::vector<TableColumn> columns;
  for (const bound::ResultColumn& column : Binder(context).bind_query(*view.query).columns) {
    const bool named = columns.size() < view.columns.size();
    const SqlType type = column.type.id == TypeId::kNull ? SqlType::integer() : column.type;
    columns.push_back(
        {named ? view.columns[columns.size()] : column.name, type, column.nullable, {}});
  }
  return columns;
}

}  // namespace

std::vector<TableColumn> system_columns(const CatalogObject& object, StatementFacts& facts) {
  const SystemView* view = find_system_view(full_name(object.name));
  if (!view) {
    const SystemModule* module = find_system_module(full_name(object.name));
    if (!module || module->kind != ModuleKind::kView) return {};
    return module_shape(*module, object, facts);
  }
  auto columns = declared_columns(*view);
  for (TableColumn& column : columns) column.default_text.clear();
  return columns;
}

bool is_system_schema(std::string_view schema) {
  return equal_ignoring_case(schema, "sys") || equal_ignoring_case(schema, "INFORMATION_SCHEMA");
}

std::optional<std::variant<Source, ViewSource>> system_view(
    const std::shared_ptr<StatementFacts>& facts, const ObjectName& name) {
  const SystemView* view = find_system_view(full_name(name));
  const SystemModule* module = view ? nullptr : find_system_module(full_name(name));
  if (!view && (!module || module->kind != ModuleKind::kView)) return std::nullopt;
  if (!is_system_database(name.database)) {
    facts->session.authorize(identity::actions::kSqlSelect,
                             identity::Scope::database(name.database));
  }
  if (module) return module_view(*module, name, facts);
  ViewRows rows(declared_columns(*view));
  if (view->rows) view->rows({*facts, name.database}, rows);
  return source_of_view(name, rows.columns(), rows.engine_sql());
}

std::optional<Module> system_module(const ObjectName& name) {
  const SystemModule* found = find_system_module(full_name(name));
  if (!found || found->kind == ModuleKind::kView) return std::nullopt;
  Module module;
  module.kind = found->kind;
  module.database = name.database;
  module.schema = name.schema;
  module.name = name.object;
  module.definition = found->definition;
  module.created = module.modified = kSystemObjectMade;
  return module;
}

std::string system_view_hint(const ObjectName& name) {
  return did_you_mean(full_name(name), system_names());
}

}  // namespace tarn::sql
