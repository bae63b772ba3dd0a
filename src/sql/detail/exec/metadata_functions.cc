#include "detail/exec/metadata_functions.h"

#include <map>

#include "detail/bind/binder.h"
#include "detail/exec/catalog/catalog_view.h"
#include "detail/exec/object_ids.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/system_views.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

using Text = std::optional<std::string>;

Constant integer_value(std::optional<std::int64_t> value) {
  return {SqlType::integer(), value ? Text(std::to_string(*value)) : std::nullopt};
}
Constant name_value(Text value) { return {SqlType::nvarchar(128), std::move(value)}; }

/// A call under way.
struct MetadataCall {
  StatementFacts& facts;
  StatementContext& context;
  std::span<const Constant> arguments;

  Text text(std::size_t index) const {
    return index < arguments.size() ? arguments[index].text : std::nullopt;
  }
  std::optional<std::int64_t> number(std::size_t index) const {
    const Text digits = text(index);
    if (!digits) return std::nullopt;
    try {
      return std::stoll(*digits);
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }
  bool is(std::size_t index, std::string_view word) const {
    const Text value = text(index);
    return value && equal_ignoring_case(trim(*value), word);
  }
  DatabaseObjects& objects() const { return objects_of(facts, context.database()); }
};

const CatalogObject* object_of_id(const MetadataCall& call, std::size_t argument = 0) {
  const auto id = call.number(argument);
  return id ? call.objects().find(*id) : nullptr;
}

/// The object of that name in whichever database it says.
const CatalogObject* object_of_name(const MetadataCall& call, std::size_t argument) {
  const Text text = call.text(argument);
  const auto name = text ? object_named(call.context, *text) : std::nullopt;
  if (!name) return nullptr;
  DatabaseObjects& objects = objects_of(call.facts, name->database);
  if (const CatalogObject* found = objects.find(*name)) return found;
  if (!equal_ignoring_case(name->schema, lake::kDefaultSchema)) return nullptr;
  return objects.find(ObjectName{name->database, "sys", name->object});
}

Constant object_id_function(const MetadataCall& call) {
  const CatalogObject* object = object_of_name(call, 0);
  const bool fits = object && (call.arguments.size() < 2 || call.is(1, object->type));
  return integer_value(fits ? std::optional<std::int64_t>(object->id) : std::nullopt);
}

/// OBJECT_NAME(id, database_id): the second argument says in which database.
const CatalogObject* object_anywhere(const MetadataCall& call) {
  const auto id = call.number(0);
  if (call.arguments.size() < 2) return object_of_id(call);
  const auto wanted = call.number(1);
  if (!id || !wanted) return nullptr;
  for (const lake::DatabaseInfo& info : all_databases(call.facts.session)) {
    if (database_id(info.name) == *wanted) return objects_of(call.facts, info.name).find(*id);
  }
  return nullptr;
}

Constant object_name_function(const MetadataCall& call) {
  const CatalogObject* object = object_anywhere(call);
  return name_value(object ? Text(object->name.object) : std::nullopt);
}

Constant object_schema_name(const MetadataCall& call) {
  const CatalogObject* object = object_anywhere(call);
  return name_value(object ? Text(object->name.schema) : std::nullopt);
}

Constant object_definition(const MetadataCall& call) {
  const CatalogObject* object = object_of_id(call);
  Text text;
  if (object && object->module) text = object->module->definition;
  if (object && !object->definition.empty()) text = object->definition;
  return {SqlType::nvarchar(kMaxLength), std::move(text)};
}

Constant schema_name_function(const MetadataCall& call) {
  if (call.arguments.empty()) return name_value(std::string(lake::kDefaultSchema));
  const auto id = call.number(0);
  if (!id) return name_value(std::nullopt);
  const std::string& database = call.context.database();
  for (const std::string& schema : schemas_of(call.facts.session, database))
    if (schema_id(database, schema) == *id) return name_value(schema);
  for (const char* schema : {"guest", "INFORMATION_SCHEMA", "sys"})
    if (schema_id(database, schema) == *id) return name_value(schema);
  return name_value(std::nullopt);
}

Constant schema_id_function(const MetadataCall& call) {
  const std::string& database = call.context.database();
  if (call.arguments.empty()) return integer_value(schema_id(database, lake::kDefaultSchema));
  const Text name = call.text(0);
  const bool known = name && (has_schema(call.facts.session, database, *name) ||
                              is_system_schema(*name) || equal_ignoring_case(*name, "guest"));
  return integer_value(known ? std::optional<std::int64_t>(schema_id(database, *name))
                             : std::nullopt);
}

const TableColumn* column_named(const std::vector<TableColumn>& columns, const Text& name) {
  for (const TableColumn& column : columns)
    if (name && equal_ignoring_case(column.name, *name)) return &column;
  return nullptr;
}

Constant col_length(const MetadataCall& call) {
  const SqlType type = SqlType::of(TypeId::kSmallInt);
  const CatalogObject* object = object_of_name(call, 0);
  if (!object || !object->has_columns()) return {type, std::nullopt};
  const TableColumn* column = column_named(
      objects_of(call.facts, object->id < 0 ? call.context.database() : object->name.database)
          .columns_of(*object),
      call.text(1));
  return {type, column ? Text(std::to_string(storage_length(column->type))) : std::nullopt};
}

Constant col_name(const MetadataCall& call) {
  const CatalogObject* object = object_of_id(call);
  const auto place = call.number(1);
  if (!object || !place || !object->has_columns()) return name_value(std::nullopt);
  const auto& columns = call.objects().columns_of(*object);
  const bool known = *place >= 1 && *place <= static_cast<std::int64_t>(columns.size());
  return name_value(known ? Text(columns[static_cast<std::size_t>(*place - 1)].name)
                          : std::nullopt);
}

/// Precision of COLUMNPROPERTY and TYPEPROPERTY: digits of a number, characters of a text.
int precision_of(const SqlType& type) {
  if (is_character(type) || is_binary(type)) return type.length;
  if (is_approximate(type)) return type.precision;
  if (is_temporal(type)) return text_length(type);
  return as_decimal(type).precision;
}

std::optional<std::int64_t> scale_of(const SqlType& type) {
  if (type.id == TypeId::kDateTime) return 3;
  if (is_temporal(type)) return type.scale;
  if (is_numeric(type) && !is_approximate(type)) return as_decimal(type).scale;
  return std::nullopt;
}

Constant column_property(const MetadataCall& call) {
  const CatalogObject* object = object_of_id(call);
  if (!object || !call.text(2) || !object->has_columns()) return integer_value(std::nullopt);
  const auto& columns = call.objects().columns_of(*object);
  const TableColumn* column = column_named(columns, call.text(1));
  if (!column) return integer_value(std::nullopt);
  const auto is = [&](std::string_view name) { return call.is(2, name); };
  if (is("AllowsNull")) return integer_value(column->nullable);
  if (is("IsIdentity")) return integer_value(column->identity.has_value());
  if (is("ColumnId")) return integer_value(column - columns.data() + 1);
  if (is("Precision")) return integer_value(precision_of(column->type));
  if (is("Scale")) return integer_value(scale_of(column->type));
  if (is("CharMaxLen"))
    return integer_value(is_character(column->type) ? std::optional(column->type.length)
                                                    : std::nullopt);
  if (is("UsesAnsiTrim")) {
    return integer_value(is_character(column->type) || is_binary(column->type) ? std::optional(1)
                                                                               : std::nullopt);
  }
  for (const std::string_view none :
       {"IsComputed", "IsHidden", "IsSparse", "IsColumnSet", "IsRowGuidCol", "IsIdNotForRepl",
        "IsFulltextIndexed", "IsXmlIndexable", "IsIndexable", "IsOutParam", "IsCursorType",
        "GeneratedAlwaysType", "StatisticalSemantics", "IsDeterministic", "IsPrecise",
        "IsSystemVerified", "SystemDataAccess", "UserDataAccess", "FullTextTypeColumn"}) {
    if (is(none)) return integer_value(0);
  }
  return integer_value(std::nullopt);
}

bool has_key(const MetadataCall& call, const CatalogObject& table, bool primary) {
  for (const TableKey& key : call.objects().design_of(table).keys)
    if (key.primary == primary) return true;
  return false;
}

/// The properties that every kind of object has.
std::optional<bool> kind_property(const MetadataCall& call, const CatalogObject& object) {
  const auto is = [&](std::string_view name) { return call.is(1, name); };
  const bool system = object.id < 0;
  if (is("IsTable")) return object.is_table();
  if (is("IsUserTable")) return object.is_table() && !system;
  if (is("IsView")) return object.is("V");
  if (is("IsProcedure")) return object.is("P");
  if (is("IsMSShipped")) return system;
  if (is("IsPrimaryKey")) return object.is("PK");
  if (is("IsUniqueCnst")) return object.is("UQ");
  if (is("IsDefaultCnst") || is("IsDefault")) return object.is("D");
  if (is("IsConstraint")) return object.parent_id != 0;
  if (is("IsScalarFunction")) return object.is("FN");
  if (is("IsInlineFunction")) return object.is("IF");
  if (is("IsTableFunction")) return object.is("IF") || object.is("TF");
  if (is("IsExecuted")) {
    return object.is("P") || object.is("V") || object.is("FN") || object.is("IF") ||
           object.is("TF");
  }
  for (const std::string_view on :
       {"ExecIsQuotedIdentOn", "ExecIsAnsiNullsOn", "IsAnsiNullsOn", "IsQuotedIdentOn"})
    if (is(on)) return true;
  if (is("CnstIsClustKey")) return object.key ? std::optional(false) : std::nullopt;
  if (is("CnstIsNonclustKey")) return object.key ? std::optional(true) : std::nullopt;
  for (const std::string_view never : {"IsSystemTable",
                                       "IsTrigger",
                                       "IsForeignKey",
                                       "IsCheckCnst",
                                       "IsEncrypted",
                                       "IsRule",
                                       "IsQueue",
                                       "IsExtendedProc",
                                       "IsReplProc",
                                       "IsSchemaBound",
                                       "IsDeterministic",
                                       "IsIndexed",
                                       "IsIndexable",
                                       "OwnerIdIsNull",
                                       "ExecIsStartup",
                                       "ExecIsTriggerDisabled",
                                       "ExecIsUpdateTrigger",
                                       "ExecIsDeleteTrigger",
                                       "ExecIsInsertTrigger",
                                       "CnstIsDisabled"})
    if (is(never)) return false;
  return std::nullopt;
}

/// Those of tables; nothing of other objects.
std::optional<std::int64_t> table_property(const MetadataCall& call, const CatalogObject& object) {
  if (!object.is_table()) return std::nullopt;
  const auto is = [&](std::string_view name) { return call.is(1, name); };
  if (is("TableHasPrimaryKey")) return has_key(call, object, true);
  if (is("TableHasUniqueCnst")) return has_key(call, object, false);
  if (is("TableHasIndex"))
    return !call.objects().design_of(object).keys.empty() ||
           call.objects().design_of(object).index.starts_with("CLUSTERED");
  if (is("TableHasClustIndex"))
    return call.objects().design_of(object).index.starts_with("CLUSTERED");
  if (is("TableHasNonclustIndex")) return !call.objects().design_of(object).keys.empty();
  if (is("TableHasDefaultCnst")) {
    for (const TableColumn& column : call.objects().columns_of(object))
      if (!column.default_text.empty()) return 1;
    return 0;
  }
  if (is("TableHasVarDecimalStorageFormat") || is("TableTemporalType")) return 0;
  if (is("Cardinality")) {
    std::int64_t count = 0;
    for (const std::int64_t rows : call.objects().rows_of(object)) count += rows;
    return count;
  }
  if (is("TableHasIdentity")) {
    for (const TableColumn& column : call.objects().columns_of(object))
      if (column.identity) return 1;
    return 0;
  }
  for (const std::string_view never :
       {"TableHasForeignKey", "TableHasForeignRef", "TableHasCheckCnst", "TableHasTextImage",
        "TableHasTimestamp", "TableHasRowGuidCol", "TableHasDeleteTrigger", "TableHasInsertTrigger",
        "TableHasUpdateTrigger", "TableIsFake", "TableIsPinned", "TableIsLockedOnBulkLoad",
        "TableFullTextCatalogId", "TableHasActiveFulltextIndex", "TableIsMemoryOptimized",
        "TableIsFileTable"})
    if (is(never)) return 0;
  return std::nullopt;
}

Text object_property_text(const MetadataCall& call) {
  const CatalogObject* object = object_of_id(call);
  if (!object || !call.text(1)) return std::nullopt;
  if (const auto kind = kind_property(call, *object)) return *kind ? "1" : "0";
  if (const auto value = table_property(call, *object)) return std::to_string(*value);
  if (call.is(1, "SchemaId")) return std::to_string(object->schema_id);
  if (call.is(1, "OwnerId")) return "1";
  if (call.is(1, "BaseType")) return std::string(object->type);
  return std::nullopt;
}

Constant object_property(const MetadataCall& call) {
  const Text value = object_property_text(call);
  const bool number = value && value->find_first_not_of("0123456789") == std::string::npos;
  return {SqlType::integer(), number ? value : std::nullopt};
}

Constant object_property_ex(const MetadataCall& call) {
  return {SqlType::nvarchar(128), object_property_text(call)};
}

/// "int" or "[sys].[int]".
Text type_word(const MetadataCall& call) {
  Text name = call.text(0);
  if (!name) return std::nullopt;
  const std::size_t point = name->rfind('.');
  std::string word(trim(point == std::string::npos ? *name : name->substr(point + 1)));
  if (word.size() > 1 && word.front() == '[' && word.back() == ']')
    word = word.substr(1, word.size() - 2);
  return word;
}

Constant type_id_function(const MetadataCall& call) {
  const Text word = type_word(call);
  if (word && equal_ignoring_case(*word, "sysname")) return integer_value(kSysnameTypeId);
  const auto id = word ? type_id_of(*word) : std::nullopt;
  return integer_value(id ? std::optional<std::int64_t>(system_type_id(*id)) : std::nullopt);
}

Constant type_name_function(const MetadataCall& call) {
  const auto wanted = call.number(0);
  if (wanted == kSysnameTypeId) return name_value("sysname");
  for (int i = static_cast<int>(TypeId::kBit); i <= static_cast<int>(TypeId::kUniqueIdentifier);
       ++i) {
    const auto id = static_cast<TypeId>(i);
    if (wanted == system_type_id(id)) return name_value(std::string(sql::name_of(id)));
  }
  return name_value(std::nullopt);
}

Constant type_property(const MetadataCall& call) {
  const Text word = type_word(call);
  const auto id = word ? type_id_of(*word) : std::nullopt;
  if (!id || !call.text(1)) return integer_value(std::nullopt);
  SqlType type = SqlType::of(*id);
  if (is_exact_decimal(type)) type.precision = type.scale = kDecimalPrecisionMax;
  if (is_character(type) && !is_large(type))
    type.length = is_unicode(type) ? kNcharLengthMax : kCharLengthMax;
  if (is_binary(type) && !is_large(type)) type.length = kCharLengthMax;
  if (call.is(1, "Precision")) return integer_value(precision_of(type));
  if (call.is(1, "Scale")) return integer_value(scale_of(type));
  if (call.is(1, "AllowsNull")) return integer_value(1);
  if (call.is(1, "OwnerId")) return integer_value(4);
  if (call.is(1, "UsesAnsiTrim")) {
    return integer_value(is_character(type) || is_binary(type) ? std::optional(1) : std::nullopt);
  }
  return integer_value(std::nullopt);
}

/// The key with that index's number: keys are numbered from 2 on (views_keys.cc).
const TableKey* key_of_index(const TableDesign& design, std::int64_t index) {
  const bool known = index >= 2 && index - 2 < static_cast<std::int64_t>(design.keys.size());
  return known ? &design.keys[static_cast<std::size_t>(index - 2)] : nullptr;
}

/// INDEX_COL('dbo.t', index_id, key_id)
Constant index_column(const MetadataCall& call) {
  const CatalogObject* table = object_of_name(call, 0);
  const auto index = call.number(1);
  const auto place = call.number(2);
  if (!table || !index || !place) return name_value(std::nullopt);
  const TableKey* key =
      key_of_index(objects_of(call.facts, table->name.database).design_of(*table), *index);
  const bool known = key && *place >= 1 && *place <= static_cast<std::int64_t>(key->columns.size());
  return name_value(known ? Text(key->columns[static_cast<std::size_t>(*place - 1)])
                          : std::nullopt);
}

/// INDEXPROPERTY(object_id, 'index', 'property')
Constant index_property(const MetadataCall& call) {
  const CatalogObject* table = object_of_id(call);
  const Text name = call.text(1);
  if (!table || !name || !table->is_stored()) return integer_value(std::nullopt);
  const TableDesign& design = call.objects().design_of(*table);
  for (std::size_t i = 0; i < design.keys.size(); ++i) {
    if (!equal_ignoring_case(design.keys[i].name, *name)) continue;
    if (call.is(2, "IndexID")) return integer_value(static_cast<std::int64_t>(i) + 2);
    if (call.is(2, "IsUnique")) return integer_value(1);
    if (call.is(2, "IndexDepth")) return integer_value(1);
    for (const std::string_view no :
         {"IndexFillFactor", "IsAutoStatistics", "IsClustered", "IsColumnstore", "IsDisabled",
          "IsFulltextKey", "IsHypothetical", "IsPadIndex", "IsPageLockDisallowed",
          "IsRowLockDisallowed", "IsStatistics"})
      if (call.is(2, no)) return integer_value(0);
  }
  return integer_value(std::nullopt);
}

/// INDEXKEY_PROPERTY(object_id, index_id, key_id, 'ColumnId' or 'IsDescending')
Constant index_key_property(const MetadataCall& call) {
  const CatalogObject* table = object_of_id(call);
  const auto index = call.number(1);
  const auto place = call.number(2);
  if (!table || !index || !place) return integer_value(std::nullopt);
  const TableKey* key = key_of_index(call.objects().design_of(*table), *index);
  if (!key || *place < 1 || *place > static_cast<std::int64_t>(key->columns.size()))
    return integer_value(std::nullopt);
  if (call.is(3, "IsDescending")) return integer_value(0);
  if (!call.is(3, "ColumnId")) return integer_value(std::nullopt);
  const auto& columns = call.objects().columns_of(*table);
  const TableColumn* column =
      column_named(columns, key->columns[static_cast<std::size_t>(*place - 1)]);
  return integer_value(column ? std::optional<std::int64_t>(column - columns.data() + 1)
                              : std::nullopt);
}

/// STATS_DATE(object_id, stats_id): when CREATE or UPDATE STATISTICS ran.
Constant statistics_date(const MetadataCall& call) {
  const SqlType type = SqlType::of(TypeId::kDateTime);
  const CatalogObject* table = object_of_id(call);
  const auto id = call.number(1);
  if (!table || !id || !table->is_stored()) return {type, std::nullopt};
  const auto& statistics = call.objects().design_of(*table).statistics;
  const bool known = *id >= 2 && *id - 2 < static_cast<std::int64_t>(statistics.size());
  if (!known) return {type, std::nullopt};
  return {type, moment_cell(statistics[static_cast<std::size_t>(*id - 2)].updated)};
}

struct MetadataFunction {
  Constant (*call)(const MetadataCall&);
  bool columns = false;
};

const std::map<std::string_view, MetadataFunction>& metadata_functions() {
  static const std::map<std::string_view, MetadataFunction> kFunctions = {
      {"COLUMNPROPERTY", {column_property, true}},
      {"COL_LENGTH", {col_length, true}},
      {"COL_NAME", {col_name, true}},
      {"INDEXKEY_PROPERTY", {index_key_property, true}},
      {"INDEXPROPERTY", {index_property}},
      {"INDEX_COL", {index_column}},
      {"OBJECTPROPERTY", {object_property, true}},
      {"OBJECTPROPERTYEX", {object_property_ex, true}},
      {"OBJECT_DEFINITION", {object_definition, true}},
      {"OBJECT_ID", {object_id_function, true}},
      {"OBJECT_NAME", {object_name_function, true}},
      {"OBJECT_SCHEMA_NAME", {object_schema_name, true}},
      {"SCHEMA_ID", {schema_id_function}},
      {"SCHEMA_NAME", {schema_name_function}},
      {"STATS_DATE", {statistics_date}},
      {"TYPEPROPERTY", {type_property}},
      {"TYPE_ID", {type_id_function}},
      {"TYPE_NAME", {type_name_function}},
  };
  return kFunctions;
}

}  // namespace

std::optional<ObjectName> object_named(StatementContext& context, const std::string& text) {
  std::string_view written = trim(text);
  while (written.starts_with('.')) written.remove_prefix(1);  // .[t], as bulk loads ask
  try {
    const ast::QueryPtr query = parse_query("SELECT * FROM " + std::string(written));
    const auto& select = std::get<ast::Select>(query->term->node);
    const auto* table = std::get_if<ast::NamedTable>(&select.from->node);
    if (!table) return std::nullopt;
    const std::string& last = table->name.last().text;
    if (last.starts_with('#')) return ObjectName{"tempdb", std::string(lake::kDefaultSchema), last};
    return context.object_name(table->name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool reads_columns(std::string_view name) {
  const auto found = metadata_functions().find(name);
  return found != metadata_functions().end() && found->second.columns;
}

std::optional<Constant> metadata_function(std::string_view name, StatementFacts& facts,
                                          StatementContext& context,
                                          std::span<const Constant> arguments) {
  const auto found = metadata_functions().find(name);
  if (found == metadata_functions().end()) return std::nullopt;
  return found->second.call({facts, context, arguments});
}

}  // namespace tarn::sql
