#include "detail/exec/system_views.h"

#include <algorithm>
#include <functional>
#include <map>

#include "detail/bind/binder.h"
#include "detail/exec/external_tables.h"
#include "detail/exec/modules.h"
#include "detail/exec/object_ids.h"
#include "detail/exec/value_text.h"
#include "detail/functions/moment_text.h"
#include "detail/functions/time_zones.h"
#include "detail/translate/engine_type.h"

namespace tarn::sql {
namespace {

using Cell = std::optional<std::string>;

struct Rows {
  std::vector<SourceColumn> columns;
  std::vector<std::vector<Cell>> rows;

  Rows& text(const char* name, int length = 128) { return add(name, SqlType::nvarchar(length)); }
  Rows& code(const char* name, int length) {
    SqlType type = SqlType::of(TypeId::kChar);
    type.length = length;
    return add(name, type);
  }
  Rows& integer(const char* name) { return add(name, SqlType::integer()); }
  Rows& small(const char* name) { return add(name, SqlType::of(TypeId::kSmallInt)); }
  Rows& tiny(const char* name) { return add(name, SqlType::of(TypeId::kTinyInt)); }
  Rows& bit(const char* name) { return add(name, SqlType::bit()); }
  Rows& time(const char* name) { return add(name, SqlType::of(TypeId::kDateTime)); }
  Rows& add(const char* name, const SqlType& type) {
    columns.push_back(
        {name, type.with_collation(server_collation(), Coercibility::kImplicit), true, {}, false});
    return *this;
  }
};

Cell yes(bool value) { return value ? "1" : "0"; }
Cell id(std::int64_t value) { return std::to_string(value); }
Cell time_cell(Micros time) { return timestamp_text(time, 3); }

struct View {
  StatementFacts& facts;
  std::string database;

  SessionState& session() const { return facts.session; }
  lake::Catalog& catalog() const { return *facts.session.services.catalog; }

  void each_table(const std::function<void(const lake::TableRef&)>& visit) const {
    std::string continuation;
    do {
      const lake::TablePage page =
          catalog().list(database, {}, lake::Catalog::kListMax, continuation, facts.cancel);
      for (const lake::TableRef& table : page.tables) visit(table);
      continuation = page.continuation;
    } while (!continuation.empty());
  }
  std::vector<TableColumn> columns_of(const lake::TableRef& table) const {
    return table_columns(catalog().open(table)->snapshot({}, facts.cancel)->schema(),
                         session().collation_of(table.database));
  }
  std::vector<ExternalObject> external(ExternalKind kind) const {
    return list_external(session(), kind, database);
  }
  /// A view that no longer binds (its table is gone) has no columns to show.
  std::vector<bound::ResultColumn> columns_of(const Module& view) const {
    try {
      StatementContext context(std::make_shared<StatementFacts>(session(), facts.cancel), nullptr,
                               view.database);
      ast::Name name;
      for (const std::string& part : {view.schema, view.name})
        name.parts.push_back({part, true, {}});
      const auto source = std::get<ViewSource>(context.resolve_table(name));
      auto columns = Binder(*source.context).bind_query(*source.query).columns;
      for (std::size_t i = 0; i < source.columns.size() && i < columns.size(); ++i) {
        columns[i].name = source.columns[i];
      }
      return columns;
    } catch (const Error& error) {
      if (error.code() == Code::kCancelled) throw;
      return {};
    }
  }
};

ObjectName name_of(const lake::TableRef& table) {
  return {table.database, table.schema, table.table};
}
ObjectName name_of(const Module& module) { return {module.database, module.schema, module.name}; }

ObjectName name_of(const ExternalObject& object) {
  return {object.database, object.schema, object.name};
}

// INFORMATION_SCHEMA

Rows information_tables(const View& view) {
  Rows rows;
  rows.text("TABLE_CATALOG").text("TABLE_SCHEMA").text("TABLE_NAME").text("TABLE_TYPE", 10);
  view.each_table([&](const lake::TableRef& table) {
    rows.rows.push_back({table.database, table.schema, table.table, "BASE TABLE"});
  });
  for (const ExternalObject& table : view.external(ExternalKind::kTable)) {
    rows.rows.push_back({table.database, table.schema, table.name, "BASE TABLE"});
  }
  for (const Module& module : list_modules(view.session(), view.database)) {
    if (module.kind == ModuleKind::kView) {
      rows.rows.push_back({module.database, module.schema, module.name, "VIEW"});
    }
  }
  return rows;
}

void add_information_column(Rows& rows, const ObjectName& object, int ordinal,
                            const std::string& name, const SqlType& type, bool nullable,
                            const std::string& default_text) {
  const bool text = is_character(type);
  const bool bytes = is_binary(type);
  const bool number = is_numeric(type) && type.id != TypeId::kBit;
  const int octets = storage_length(type);
  Cell characters;
  if (text) characters = id(is_unicode(type) && octets > 0 ? octets / 2 : octets);
  if (bytes) characters = id(octets);
  const SqlType digits = number && !is_approximate(type) ? as_decimal(type) : type;
  Cell precision;
  if (number)
    precision = id(is_approximate(type) ? (type.id == TypeId::kReal ? 24 : 53) : digits.precision);
  rows.rows.push_back({object.database, object.schema, object.object, name, id(ordinal),
                       default_text.empty() ? Cell() : Cell(default_text), nullable ? "YES" : "NO",
                       std::string(sql::name_of(type.id)), characters,
                       text || bytes ? Cell(id(octets)) : Cell(), precision,
                       number ? Cell(id(is_approximate(type) ? 2 : 10)) : Cell(),
                       number && !is_approximate(type) ? Cell(id(digits.scale)) : Cell(),
                       is_temporal(type) ? Cell(id(type.scale)) : Cell(),
                       text && type.collation ? Cell(type.collation->name) : Cell()});
}

Rows information_columns(const View& view) {
  Rows rows;
  rows.text("TABLE_CATALOG")
      .text("TABLE_SCHEMA")
      .text("TABLE_NAME")
      .text("COLUMN_NAME")
      .integer("ORDINAL_POSITION");
  rows.text("COLUMN_DEFAULT", 4000).add("IS_NULLABLE", SqlType::varchar(3)).text("DATA_TYPE");
  rows.integer("CHARACTER_MAXIMUM_LENGTH")
      .integer("CHARACTER_OCTET_LENGTH")
      .tiny("NUMERIC_PRECISION");
  rows.small("NUMERIC_PRECISION_RADIX")
      .integer("NUMERIC_SCALE")
      .small("DATETIME_PRECISION")
      .text("COLLATION_NAME");
  view.each_table([&](const lake::TableRef& table) {
    int ordinal = 0;
    for (const TableColumn& column : view.columns_of(table)) {
      add_information_column(rows, name_of(table), ++ordinal, column.name, column.type,
                             column.nullable, column.default_text);
    }
  });
  for (const ExternalObject& table : view.external(ExternalKind::kTable)) {
    int ordinal = 0;
    for (const TableColumn& column : external_columns(view.session(), table)) {
      add_information_column(rows, name_of(table), ++ordinal, column.name, column.type,
                             column.nullable, {});
    }
  }
  for (const Module& module : list_modules(view.session(), view.database)) {
    if (module.kind != ModuleKind::kView) continue;
    int ordinal = 0;
    for (const auto& column : view.columns_of(module)) {
      add_information_column(rows, name_of(module), ++ordinal, column.name, column.type,
                             column.nullable, {});
    }
  }
  return rows;
}

Rows information_views(const View& view) {
  Rows rows;
  rows.text("TABLE_CATALOG")
      .text("TABLE_SCHEMA")
      .text("TABLE_NAME")
      .text("VIEW_DEFINITION", kMaxLength);
  rows.add("CHECK_OPTION", SqlType::varchar(7)).add("IS_UPDATABLE", SqlType::varchar(2));
  for (const Module& module : list_modules(view.session(), view.database)) {
    if (module.kind != ModuleKind::kView) continue;
    rows.rows.push_back(
        {module.database, module.schema, module.name, module.definition, "NONE", "NO"});
  }
  return rows;
}

Rows information_routines(const View& view) {
  Rows rows;
  rows.text("SPECIFIC_CATALOG")
      .text("SPECIFIC_SCHEMA")
      .text("SPECIFIC_NAME")
      .text("ROUTINE_CATALOG");
  rows.text("ROUTINE_SCHEMA")
      .text("ROUTINE_NAME")
      .text("ROUTINE_TYPE", 20)
      .text("ROUTINE_DEFINITION", kMaxLength);
  rows.time("CREATED").time("LAST_ALTERED");
  for (const Module& module : list_modules(view.session(), view.database)) {
    if (module.kind != ModuleKind::kProcedure) continue;
    rows.rows.push_back({module.database, module.schema, module.name, module.database,
                         module.schema, module.name, "PROCEDURE", module.definition,
                         time_cell(module.created), time_cell(module.modified)});
  }
  return rows;
}

Rows information_schemata(const View& view) {
  Rows rows;
  rows.text("CATALOG_NAME").text("SCHEMA_NAME").text("SCHEMA_OWNER");
  for (const std::string& schema : view.catalog().schemas(view.database)) {
    rows.rows.push_back({view.database, schema, "dbo"});
  }
  for (const char* schema : {"INFORMATION_SCHEMA", "sys"})
    rows.rows.push_back({view.database, schema, schema});
  return rows;
}

// sys

Rows sys_databases(const View& view) {
  Rows rows;
  rows.text("name")
      .integer("database_id")
      .time("create_date")
      .tiny("compatibility_level")
      .text("collation_name");
  rows.tiny("state")
      .text("state_desc", 60)
      .bit("is_read_only")
      .tiny("user_access")
      .text("user_access_desc", 60);
  // SQL Server's own database, which holds nothing here.
  rows.rows.push_back({"master", id(kMasterDatabaseId), "2003-04-08 09:13:36.390", "150",
                       server_collation()->name, "0", "ONLINE", "0", "0", "MULTI_USER"});
  for (const lake::DatabaseInfo& info : view.catalog().databases()) {
    rows.rows.push_back({info.name, id(database_id(info.name)), time_cell(info.created), "150",
                         info.collation, "0", "ONLINE", "0", "0", "MULTI_USER"});
  }
  return rows;
}

Rows sys_schemas(const View& view) {
  Rows rows;
  rows.text("name").integer("schema_id").integer("principal_id");
  for (const std::string& schema : view.catalog().schemas(view.database)) {
    rows.rows.push_back({schema, id(schema_id(view.database, schema)), "1"});
  }
  for (const char* schema : {"INFORMATION_SCHEMA", "sys"}) {
    rows.rows.push_back(
        {schema, id(schema_id(view.database, schema)), id(schema_id(view.database, schema))});
  }
  return rows;
}

void object_columns(Rows& rows) {
  rows.text("name")
      .integer("object_id")
      .integer("principal_id")
      .integer("schema_id")
      .integer("parent_object_id");
  rows.code("type", 2)
      .text("type_desc", 60)
      .time("create_date")
      .time("modify_date")
      .bit("is_ms_shipped");
}

std::vector<Cell> table_row(const lake::TableRef& table, Micros changed) {
  return {table.table,
          id(object_id(name_of(table))),
          {},
          id(schema_id(table.database, table.schema)),
          "0",
          "U ",
          "USER_TABLE",
          time_cell(changed),
          time_cell(changed),
          "0"};
}

std::vector<Cell> module_row(const Module& module) {
  std::string code(type_code(module.kind));
  code.resize(2, ' ');
  return {module.name,
          id(object_id(name_of(module))),
          {},
          id(schema_id(module.database, module.schema)),
          "0",
          code,
          std::string(type_description(module.kind)),
          time_cell(module.created),
          time_cell(module.modified),
          "0"};
}

void add_tables(const View& view, Rows& rows) {
  view.each_table([&](const lake::TableRef& table) {
    rows.rows.push_back(
        table_row(table, view.catalog().open(table)->snapshot({}, view.facts.cancel)->timestamp));
  });
  for (const ExternalObject& table : view.external(ExternalKind::kTable)) {
    rows.rows.push_back({table.name,
                         id(object_id(name_of(table))),
                         {},
                         id(schema_id(table.database, table.schema)),
                         "0",
                         "U ",
                         "USER_TABLE",
                         time_cell(table.created),
                         time_cell(table.modified),
                         "0"});
  }
}

/// The number of what is no object of a schema.
std::int32_t external_id(const std::string& database, const char* kind, const std::string& name) {
  return object_id({database, kind, name});
}

Cell option_of(const std::map<std::string, std::string>& options, const char* name) {
  const auto found = options.find(name);
  return found == options.end() ? Cell() : Cell(found->second);
}

Cell option_id(const View& view, const std::map<std::string, std::string>& options,
               const char* name, const char* kind) {
  const auto found = options.find(name);
  return found == options.end() ? Cell() : id(external_id(view.database, kind, found->second));
}

Rows sys_external_tables(const View& view) {
  Rows rows;
  object_columns(rows);
  rows.text("location", 4000).integer("data_source_id").integer("file_format_id");
  for (const ExternalObject& table : view.external(ExternalKind::kTable)) {
    const auto options = external_options(table);
    rows.rows.push_back({table.name,
                         id(object_id(name_of(table))),
                         {},
                         id(schema_id(table.database, table.schema)),
                         "0",
                         "U ",
                         "USER_TABLE",
                         time_cell(table.created),
                         time_cell(table.modified),
                         "0",
                         option_of(options, "LOCATION"),
                         option_id(view, options, "DATA_SOURCE", "source"),
                         option_id(view, options, "FILE_FORMAT", "format")});
  }
  return rows;
}

Rows sys_external_data_sources(const View& view) {
  Rows rows;
  rows.integer("data_source_id").text("name").text("location", 4000).text("type_desc", 255);
  rows.tiny("type").integer("credential_id");
  for (const ExternalObject& source : view.external(ExternalKind::kDataSource)) {
    const auto options = external_options(source);
    rows.rows.push_back({id(external_id(view.database, "source", source.name)), source.name,
                         option_of(options, "LOCATION"), "EXTERNAL_GENERICS", "5",
                         option_id(view, options, "CREDENTIAL", "credential")});
  }
  return rows;
}

Rows sys_external_file_formats(const View& view) {
  Rows rows;
  rows.integer("file_format_id").text("name").text("format_type", 100);
  rows.text("field_terminator", 10).text("string_delimiter", 10).text("date_format", 50);
  rows.bit("use_type_default").text("serde_method", 255).text("row_terminator", 10);
  rows.text("encoding", 10).text("data_compression", 255).integer("first_row");
  for (const ExternalObject& format : view.external(ExternalKind::kFileFormat)) {
    const auto options = external_options(format);
    rows.rows.push_back({id(external_id(view.database, "format", format.name)), format.name,
                         option_of(options, "FORMAT_TYPE"), option_of(options, "FIELD_TERMINATOR"),
                         option_of(options, "STRING_DELIMITER"), option_of(options, "DATE_FORMAT"),
                         "0", option_of(options, "SERDE_METHOD"), Cell(),
                         option_of(options, "ENCODING"), option_of(options, "DATA_COMPRESSION"),
                         option_of(options, "FIRST_ROW")});
  }
  return rows;
}

Rows sys_credentials(const View& view) {
  Rows rows;
  rows.text("name").integer("principal_id").integer("credential_id");
  rows.text("credential_identity", 4000).time("create_date").time("modify_date");
  for (const ExternalObject& credential : view.external(ExternalKind::kCredential)) {
    rows.rows.push_back({credential.name, "1",
                         id(external_id(view.database, "credential", credential.name)),
                         option_of(external_options(credential), "IDENTITY"),
                         time_cell(credential.created), time_cell(credential.modified)});
  }
  return rows;
}

void add_modules(const View& view, Rows& rows, std::optional<ModuleKind> kind) {
  for (const Module& module : list_modules(view.session(), view.database)) {
    if (!kind || module.kind == *kind) rows.rows.push_back(module_row(module));
  }
}

Rows sys_objects(const View& view) {
  Rows rows;
  object_columns(rows);
  add_tables(view, rows);
  add_modules(view, rows, {});
  return rows;
}

Rows sys_tables(const View& view) {
  Rows rows;
  object_columns(rows);
  add_tables(view, rows);
  return rows;
}

Rows sys_views(const View& view) {
  Rows rows;
  object_columns(rows);
  add_modules(view, rows, ModuleKind::kView);
  return rows;
}

Rows sys_procedures(const View& view) {
  Rows rows;
  object_columns(rows);
  add_modules(view, rows, ModuleKind::kProcedure);
  return rows;
}

Rows sys_modules(const View& view) {
  Rows rows;
  rows.integer("object_id")
      .text("definition", kMaxLength)
      .bit("uses_ansi_nulls")
      .bit("uses_quoted_identifier");
  for (const Module& module : list_modules(view.session(), view.database)) {
    rows.rows.push_back({id(object_id(name_of(module))), module.definition, "1", "1"});
  }
  return rows;
}

/// sys.columns.precision: digits of a number, characters of a time.
int catalog_precision(const SqlType& type) {
  const int fraction = type.scale > 0 ? type.scale + 1 : 0;
  switch (type.id) {
    case TypeId::kReal:
      return 24;
    case TypeId::kFloat:
      return 53;
    case TypeId::kDate:
      return 10;
    case TypeId::kTime:
      return 8 + fraction;
    case TypeId::kSmallDateTime:
      return 16;
    case TypeId::kDateTime:
      return 23;
    case TypeId::kDateTime2:
      return 19 + fraction;
    case TypeId::kDateTimeOffset:
      return 26 + fraction;
    default:
      return is_numeric(type) ? as_decimal(type).precision : 0;
  }
}

int catalog_scale(const SqlType& type) {
  if (type.id == TypeId::kDateTime) return 3;
  return is_numeric(type) && !is_approximate(type) ? as_decimal(type).scale : type.scale;
}

void add_sys_column(Rows& rows, const ObjectName& object, int ordinal, const std::string& name,
                    const SqlType& type, bool nullable) {
  rows.rows.push_back({id(object_id(object)), name, id(ordinal), id(system_type_id(type.id)),
                       id(system_type_id(type.id)), id(storage_length(type)),
                       id(catalog_precision(type)), id(catalog_scale(type)),
                       is_character(type) && type.collation ? Cell(type.collation->name) : Cell(),
                       yes(nullable), "0", "0"});
}

Rows sys_columns(const View& view) {
  Rows rows;
  rows.integer("object_id")
      .text("name")
      .integer("column_id")
      .tiny("system_type_id")
      .integer("user_type_id");
  rows.small("max_length")
      .tiny("precision")
      .tiny("scale")
      .text("collation_name")
      .bit("is_nullable");
  rows.bit("is_identity").bit("is_computed");
  view.each_table([&](const lake::TableRef& table) {
    int ordinal = 0;
    for (const TableColumn& column : view.columns_of(table)) {
      add_sys_column(rows, name_of(table), ++ordinal, column.name, column.type, column.nullable);
    }
  });
  for (const ExternalObject& table : view.external(ExternalKind::kTable)) {
    int ordinal = 0;
    for (const TableColumn& column : external_columns(view.session(), table))
      add_sys_column(rows, name_of(table), ++ordinal, column.name, column.type, column.nullable);
  }
  for (const Module& module : list_modules(view.session(), view.database)) {
    if (module.kind != ModuleKind::kView) continue;
    int ordinal = 0;
    for (const auto& column : view.columns_of(module)) {
      add_sys_column(rows, name_of(module), ++ordinal, column.name, column.type, column.nullable);
    }
  }
  return rows;
}

Rows sys_types(const View&) {
  Rows rows;
  rows.text("name")
      .tiny("system_type_id")
      .integer("user_type_id")
      .integer("schema_id")
      .small("max_length");
  rows.tiny("precision").tiny("scale").bit("is_nullable").bit("is_user_defined");
  for (int i = static_cast<int>(TypeId::kBit); i <= static_cast<int>(TypeId::kUniqueIdentifier);
       ++i) {
    const SqlType type = SqlType::of(static_cast<TypeId>(i));
    rows.rows.push_back({std::string(sql::name_of(type.id)), id(system_type_id(type.id)),
                         id(system_type_id(type.id)), "4", id(storage_length(type)),
                         id(type.precision), id(type.scale), "1", "0"});
  }
  return rows;
}

/// Each zone's offset now, and whether it is its summer's: later than the earlier of those in
/// January and July.
Rows sys_time_zones(const View& view) {
  Rows rows;
  rows.text("name").text("current_utc_offset", 6).bit("is_currently_dst");
  const std::string now = timestamp_text(view.facts.now_us, 6);
  const std::string year = now.substr(0, 4);
  std::string zones;
  for (const TimeZone& zone : time_zones()) {
    zones += (zones.empty() ? "(" : ", (") + engine::quote_text(zone.windows) + ", " +
             engine::quote_text(zone.iana) + ")";
  }
  const auto minutes = [](const std::string& moment) {
    return "date_diff('minute', TIMESTAMP '" + moment + "', timezone(iana, TIMESTAMPTZ '" + moment +
           "+00'))";
  };
  const std::string sql =
      "SELECT name, " + minutes(now) + ", " + minutes(year + "-01-01 00:00:00") + ", " +
      minutes(year + "-07-01 00:00:00") + " FROM (VALUES " + zones + ") AS z(name, iana)";
  for (const auto& row : view.session().connection().rows(sql, view.facts.cancel)) {
    const int current = std::stoi(row.at(1).value_or("0"));
    const int standard =
        std::min(std::stoi(row.at(2).value_or("0")), std::stoi(row.at(3).value_or("0")));
    rows.rows.push_back({row.at(0), offset_text(current), yes(current > standard)});
  }
  return rows;
}

using Maker = Rows (*)(const View&);

const std::map<std::string, Maker, CaseInsensitive>& views() {
  static const std::map<std::string, Maker, CaseInsensitive> kViews = {
      {"INFORMATION_SCHEMA.TABLES", information_tables},
      {"INFORMATION_SCHEMA.COLUMNS", information_columns},
      {"INFORMATION_SCHEMA.VIEWS", information_views},
      {"INFORMATION_SCHEMA.ROUTINES", information_routines},
      {"INFORMATION_SCHEMA.SCHEMATA", information_schemata},
      {"sys.databases", sys_databases},
      {"sys.schemas", sys_schemas},
      {"sys.objects", sys_objects},
      {"sys.all_objects", sys_objects},
      {"sys.tables", sys_tables},
      {"sys.views", sys_views},
      {"sys.procedures", sys_procedures},
      {"sys.sql_modules", sys_modules},
      {"sys.columns", sys_columns},
      {"sys.all_columns", sys_columns},
      {"sys.types", sys_types},
      {"sys.external_tables", sys_external_tables},
      {"sys.external_data_sources", sys_external_data_sources},
      {"sys.external_file_formats", sys_external_file_formats},
      {"sys.database_scoped_credentials", sys_credentials},
      {"sys.time_zone_info", sys_time_zones},
  };
  return kViews;
}

/// The rows as VALUES of text, cast to their types around it.
std::string engine_sql(const Rows& rows) {
  std::string items;
  std::string empty;
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    if (i > 0) {
      items += ", ";
      empty += ", ";
    }
    items += "CAST(c" + std::to_string(i) + " AS " + engine_type_sql(rows.columns[i].type) +
             ") AS " + engine::quote_name(rows.columns[i].name);
    empty += "NULL";
  }
  std::string values;
  for (const auto& row : rows.rows) {
    values += values.empty() ? "(" : ", (";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) values += ", ";
      values += row[i] ? engine::quote_text(*row[i]) : "NULL";
    }
    values += ")";
  }
  std::string names;
  for (std::size_t i = 0; i < rows.columns.size(); ++i)
    names += (i ? ", c" : "c") + std::to_string(i);
  const std::string filter = rows.rows.empty() ? " WHERE false" : "";
  if (rows.rows.empty()) values = "(" + empty + ")";
  return "(SELECT " + items + " FROM (VALUES " + values + ") AS v(" + names + ")" + filter + ")";
}

}  // namespace

bool is_system_schema(std::string_view schema) {
  return equal_ignoring_case(schema, "sys") || equal_ignoring_case(schema, "INFORMATION_SCHEMA");
}

std::optional<Source> system_view(StatementFacts& facts, const ObjectName& name) {
  const auto found = views().find(name.schema + "." + name.object);
  if (found == views().end()) return std::nullopt;
  facts.session.authorize(identity::actions::kSqlSelect, identity::Scope::database(name.database));
  Rows rows = found->second({facts, name.database});
  Source source;
  source.engine_sql = engine_sql(rows);
  source.columns = std::move(rows.columns);
  source.database = name.database;
  source.schema = name.schema;
  source.name = name.object;
  return source;
}

std::string system_view_hint(const ObjectName& name) {
  std::vector<std::string> candidates;
  for (const auto& [view, maker] : views()) candidates.push_back(view);
  return did_you_mean(name.schema + "." + name.object, candidates);
}

}  // namespace tarn::sql
