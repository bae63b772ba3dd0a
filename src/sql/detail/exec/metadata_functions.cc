#include "detail/exec/metadata_functions.h"

#include <unistd.h>

#include <functional>
#include <map>

#include "base/json.h"
#include "detail/bind/binder.h"
#include "detail/exec/modules.h"
#include "detail/exec/object_ids.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

using Text = std::optional<std::string>;
using PropertyMap = std::map<std::string_view, std::string, CaseInsensitive>;

Constant integer(std::optional<std::int64_t> value) {
  return {SqlType::integer(), value ? Text(std::to_string(*value)) : std::nullopt};
}
Constant sysname(Text value) { return {SqlType::nvarchar(128), std::move(value)}; }

struct Column {
  std::string name;
  SqlType type;
  bool nullable = true;
};

enum class ObjectKind { kTable, kView, kProcedure };

struct Object {
  ObjectName name;
  ObjectKind kind = ObjectKind::kTable;
};

/// A call under way.
struct Call {
  StatementFacts& facts;
  StatementContext& context;
  std::span<const Constant> arguments;

  Text text(std::size_t index) const {
    return index < arguments.size() ? arguments[index].text : std::nullopt;
  }
  SessionState& session() const { return facts.session; }
};

/// The objects of the current database, until `visit` says true.
void each_object(const Call& call, const std::function<bool(const Object&)>& visit) {
  const std::string& database = call.context.database();
  for (const Module& module : list_modules(call.session(), database)) {
    const ObjectName name{module.database, module.schema, module.name};
    const bool view = module.kind == ModuleKind::kView;
    if (visit({name, view ? ObjectKind::kView : ObjectKind::kProcedure})) return;
  }
  lake::Catalog& catalog = *call.session().services.catalog;
  std::string continuation;
  do {
    const lake::TablePage page =
        catalog.list(database, {}, lake::Catalog::kListMax, continuation, call.facts.cancel);
    for (const lake::TableRef& table : page.tables) {
      if (visit({{table.database, table.schema, table.table}, ObjectKind::kTable})) return;
    }
    continuation = page.continuation;
  } while (!continuation.empty());
}

std::optional<Object> object_of_id(const Call& call, const Text& id) {
  std::optional<Object> found;
  if (!id) return found;
  each_object(call, [&](const Object& object) {
    if (std::to_string(object_id(object.name)) == *id) found = object;
    return found.has_value();
  });
  return found;
}

/// Names by id, for the functions whose argument is a column.
class NameList {
 public:
  void add(std::int64_t id, std::string_view name) {
    if (names_.size() == kNamesMax) {
      throw Error(Code::kTooLarge,
                  "There are more than " + std::to_string(kNamesMax) + " names to look up.",
                  "Join sys.objects instead.");
    }
    names_[std::to_string(id)] = name;
  }
  Constant json() const { return {SqlType::nvarchar(kMaxLength), names_.dump()}; }

 private:
  static constexpr std::size_t kNamesMax = 10'000;
  Json names_ = Json::object();
};

Constant object_names(const Call& call) {
  NameList list;
  each_object(call, [&](const Object& object) {
    list.add(object_id(object.name), object.name.object);
    return false;
  });
  return list.json();
}

Constant object_schema_names(const Call& call) {
  NameList list;
  each_object(call, [&](const Object& object) {
    list.add(object_id(object.name), object.name.schema);
    return false;
  });
  return list.json();
}

Constant schema_names(const Call& call) {
  NameList list;
  const std::string& database = call.context.database();
  for (const std::string& schema : call.session().services.catalog->schemas(database))
    list.add(schema_id(database, schema), schema);
  return list.json();
}

Constant database_names(const Call& call) {
  NameList list;
  list.add(kMasterDatabaseId, "master");
  for (const lake::DatabaseInfo& info : call.session().services.catalog->databases())
    list.add(database_id(info.name), info.name);
  return list.json();
}

Constant type_names(const Call&) {
  NameList list;
  for (int i = static_cast<int>(TypeId::kBit); i <= static_cast<int>(TypeId::kUniqueIdentifier);
       ++i) {
    const auto id = static_cast<TypeId>(i);
    list.add(system_type_id(id), name_of(id));
  }
  return list.json();
}

std::vector<Column> view_columns(const Call& call, const ObjectName& name) {
  ast::Name written;
  for (const std::string& part : {name.database, name.schema, name.object})
    written.parts.push_back({part, true, {}});
  const auto source = call.context.resolve_table(written);
  const auto* view = std::get_if<ViewSource>(&source);
  if (!view) return {};
  std::vector<Column> columns;
  for (const auto& column : Binder(*view->context).bind_query(*view->query).columns)
    columns.push_back({column.name, column.type, column.nullable});
  for (std::size_t i = 0; i < view->columns.size() && i < columns.size(); ++i)
    columns[i].name = view->columns[i];
  return columns;
}

/// Of a table, a temporary table or a view; none for what is not there or does not bind.
std::vector<Column> columns_of(const Call& call, const ObjectName& name) {
  std::vector<Column> columns;
  try {
    if (name.object.starts_with('#')) {
      if (const TempTable* table = call.context.find_temp_table(name.object)) {
        for (const TargetColumn& column : table->columns)
          columns.push_back({column.name, column.type, column.nullable});
      }
    } else if (const auto table = call.context.find_table(name)) {
      for (const TableColumn& column : table->columns)
        columns.push_back({column.name, column.type, column.nullable});
    } else if (find_module(call.session(), name)) {
      columns = view_columns(call, name);
    }
  } catch (const Error& error) {
    if (error.code() == Code::kCancelled) throw;
  }
  return columns;
}

std::optional<std::size_t> find_column(const std::vector<Column>& columns, const Text& name) {
  for (std::size_t i = 0; name && i < columns.size(); ++i) {
    if (equal_ignoring_case(columns[i].name, *name)) return i;
  }
  return std::nullopt;
}

Constant col_length(const Call& call) {
  SqlType type = SqlType::of(TypeId::kSmallInt);
  const auto table = call.text(0) ? object_named(call.context, *call.text(0)) : std::nullopt;
  if (!table) return {type, std::nullopt};
  const std::vector<Column> columns = columns_of(call, *table);
  const auto found = find_column(columns, call.text(1));
  if (!found) return {type, std::nullopt};
  return {type, std::to_string(storage_length(columns[*found].type))};
}

Constant col_name(const Call& call) {
  const auto object = object_of_id(call, call.text(0));
  if (!object || !call.text(1)) return sysname(std::nullopt);
  const std::vector<Column> columns = columns_of(call, object->name);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (std::to_string(i + 1) == *call.text(1)) return sysname(columns[i].name);
  }
  return sysname(std::nullopt);
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

Constant column_property(const Call& call) {
  const auto object = object_of_id(call, call.text(0));
  const Text property = call.text(2);
  if (!object || !property) return integer(std::nullopt);
  const std::vector<Column> columns = columns_of(call, object->name);
  const auto found = find_column(columns, call.text(1));
  if (!found) return integer(std::nullopt);
  const Column& column = columns[*found];
  const auto is = [&](std::string_view name) { return equal_ignoring_case(*property, name); };
  if (is("AllowsNull")) return integer(column.nullable);
  if (is("ColumnId")) return integer(static_cast<std::int64_t>(*found) + 1);
  if (is("Precision")) return integer(precision_of(column.type));
  if (is("Scale")) return integer(scale_of(column.type));
  if (is("UsesAnsiTrim")) {
    return integer(is_character(column.type) || is_binary(column.type) ? std::optional(1)
                                                                       : std::nullopt);
  }
  for (const std::string_view none :
       {"IsIdentity", "IsComputed", "IsHidden", "IsSparse", "IsColumnSet", "IsRowGuidCol",
        "IsIdNotForRepl", "IsFulltextIndexed", "IsXmlIndexable", "IsIndexable", "IsOutParam",
        "IsCursorType", "GeneratedAlwaysType", "StatisticalSemantics"}) {
    if (is(none)) return integer(0);
  }
  return integer(std::nullopt);
}

std::string_view type_code(ObjectKind kind) {
  return kind == ObjectKind::kTable ? "U" : kind == ObjectKind::kView ? "V" : "P";
}

Text object_property_text(const Call& call) {
  const auto object = object_of_id(call, call.text(0));
  const Text property = call.text(1);
  if (!object || !property) return std::nullopt;
  const auto is = [&](std::string_view name) { return equal_ignoring_case(*property, name); };
  const auto yes = [](bool value) -> Text { return value ? "1" : "0"; };
  if (is("IsTable") || is("IsUserTable")) return yes(object->kind == ObjectKind::kTable);
  if (is("IsView")) return yes(object->kind == ObjectKind::kView);
  if (is("IsProcedure")) return yes(object->kind == ObjectKind::kProcedure);
  if (is("IsMSShipped") || is("IsSystemTable") || is("IsTrigger") || is("IsPrimaryKey") ||
      is("IsUniqueCnst") || is("IsForeignKey") || is("IsConstraint") || is("IsEncrypted") ||
      is("IsScalarFunction") || is("IsTableFunction") || is("IsInlineFunction") ||
      is("TableHasIdentity") || is("TableHasIndex") || is("TableHasPrimaryKey") ||
      is("TableHasClustIndex")) {
    return yes(false);
  }
  if (is("ExecIsQuotedIdentOn") || is("ExecIsAnsiNullsOn") || is("IsAnsiNullsOn") ||
      is("IsQuotedIdentOn")) {
    return yes(true);
  }
  if (is("SchemaId")) return std::to_string(schema_id(object->name.database, object->name.schema));
  if (is("OwnerId")) return "1";
  if (is("BaseType")) return std::string(type_code(object->kind));
  return std::nullopt;
}

Constant object_property(const Call& call) {
  const Text value = object_property_text(call);
  const bool number = value && value->find_first_not_of("0123456789") == std::string::npos;
  return {SqlType::integer(), number ? value : std::nullopt};
}

Constant object_property_ex(const Call& call) {
  return {SqlType::nvarchar(128), object_property_text(call)};
}

Constant object_schema_name(const Call& call) {
  const auto object = object_of_id(call, call.text(0));
  return sysname(object ? Text(object->name.schema) : std::nullopt);
}

Constant type_id_value(const Call& call) {
  const auto id = call.text(0) ? type_id_of(trim(*call.text(0))) : std::nullopt;
  return integer(id ? std::optional<std::int64_t>(system_type_id(*id)) : std::nullopt);
}

std::optional<TypeId> type_with_number(const Text& number) {
  for (int i = static_cast<int>(TypeId::kBit); i <= static_cast<int>(TypeId::kUniqueIdentifier);
       ++i) {
    const auto id = static_cast<TypeId>(i);
    if (number && std::to_string(system_type_id(id)) == *number) return id;
  }
  return std::nullopt;
}

Constant type_name(const Call& call) {
  const auto id = type_with_number(call.text(0));
  return sysname(id ? Text(name_of(*id)) : std::nullopt);
}

Constant type_property(const Call& call) {
  const auto id = call.text(0) ? type_id_of(trim(*call.text(0))) : std::nullopt;
  const Text property = call.text(1);
  if (!id || !property) return integer(std::nullopt);
  SqlType type = SqlType::of(*id);
  if (is_exact_decimal(type)) type.precision = type.scale = kDecimalPrecisionMax;
  if (is_character(type) && !is_large(type))
    type.length = is_unicode(type) ? kNcharLengthMax : kCharLengthMax;
  if (is_binary(type) && !is_large(type)) type.length = kCharLengthMax;
  if (equal_ignoring_case(*property, "Precision")) return integer(precision_of(type));
  if (equal_ignoring_case(*property, "Scale")) return integer(scale_of(type));
  if (equal_ignoring_case(*property, "AllowsNull")) return integer(1);
  if (equal_ignoring_case(*property, "OwnerId")) return integer(4);
  if (equal_ignoring_case(*property, "UsesAnsiTrim")) {
    return integer(is_character(type) || is_binary(type) ? std::optional(1) : std::nullopt);
  }
  return integer(std::nullopt);
}

Constant collation_property(const Call& call) {
  const Collation* collation = call.text(0) ? find_collation(*call.text(0)) : nullptr;
  const Text property = call.text(1);
  if (!collation || !property) return sysname(std::nullopt);
  if (equal_ignoring_case(*property, "CodePage"))
    return sysname(collation->utf8 ? "65001" : "1252");
  if (equal_ignoring_case(*property, "LCID")) return sysname("1033");
  if (equal_ignoring_case(*property, "Version"))
    return sysname(collation->name.find("_100") == std::string::npos ? "0" : "2");
  if (!equal_ignoring_case(*property, "ComparisonStyle")) return sysname(std::nullopt);
  // Bits: 1 case, 2 accents, 65536 kana, 131072 width are not looked at.
  int style = collation->case_rule == CaseRule::kBinary ? 0 : 196608;
  if (collation->ignores_case()) style += 1;
  if (collation->ignores_accents()) style += 2;
  return sysname(std::to_string(style));
}

Constant property_of(const PropertyMap& properties, const Text& name) {
  const auto found = name ? properties.find(*name) : properties.end();
  return sysname(found == properties.end() ? std::nullopt : Text(found->second));
}

Constant connection_property(const Call& call) {
  static const PropertyMap kProperties = {
      {"net_transport", "TCP"}, {"protocol_type", "TSQL"}, {"auth_scheme", "SQL"}};
  return property_of(kProperties, call.text(0));
}

Constant session_property(const Call& call) {
  static const PropertyMap kProperties = {{"ANSI_NULLS", "1"},
                                          {"ANSI_PADDING", "1"},
                                          {"ANSI_WARNINGS", "1"},
                                          {"ARITHABORT", "1"},
                                          {"CONCAT_NULL_YIELDS_NULL", "1"},
                                          {"NUMERIC_ROUNDABORT", "0"},
                                          {"QUOTED_IDENTIFIER", "1"}};
  return property_of(kProperties, call.text(0));
}

Constant has_database_access(const Call& call) {
  const auto info =
      call.text(0) ? call.session().services.catalog->find_database(*call.text(0)) : std::nullopt;
  return integer(info ? std::optional(1) : std::nullopt);
}

/// IS_MEMBER, IS_ROLEMEMBER and IS_SRVROLEMEMBER: rights come from Tarn's own roles, and everybody
/// is a member of public.
Constant is_member(const Call& call) {
  const Text role = call.text(0);
  if (!role) return integer(std::nullopt);
  return integer(equal_ignoring_case(*role, "public") ? 1 : 0);
}

Constant database_principal_id(const Call& call) {
  const Text name = call.arguments.empty() ? Text("dbo") : call.text(0);
  if (name && equal_ignoring_case(*name, "dbo")) return integer(1);
  if (name && equal_ignoring_case(*name, "public")) return integer(0);
  return integer(std::nullopt);
}

Constant login_id(const Call& call) {
  const std::string& login = call.session().options.login;
  const bool own =
      call.arguments.empty() || (call.text(0) && equal_ignoring_case(*call.text(0), login));
  return integer(own ? std::optional(1) : std::nullopt);
}

Constant no_number(const Call&) { return {SqlType::numeric(38, 0), std::nullopt}; }

using Function = Constant (*)(const Call&);

const std::map<std::string_view, Function>& functions() {
  static const std::map<std::string_view, Function> kFunctions = {
      {"COLLATIONPROPERTY", collation_property},
      {"COLUMNPROPERTY", column_property},
      {"COL_LENGTH", col_length},
      {"COL_NAME", col_name},
      {"CONNECTIONPROPERTY", connection_property},
      {"CONTEXT_INFO",
       [](const Call&) {
         return Constant{SqlType::varbinary(128), std::nullopt};
       }},
      {"CURRENT_REQUEST_ID",
       [](const Call&) {
         return Constant{SqlType::of(TypeId::kSmallInt), "0"};
       }},
      {"DATABASE_PRINCIPAL_ID", database_principal_id},
      {"DB_NAME LIST", database_names},
      {"GETANSINULL", [](const Call&) { return integer(1); }},
      {"HAS_DBACCESS", has_database_access},
      {"HOST_ID", [](const Call&) { return sysname(std::to_string(getpid())); }},
      {"IDENT_CURRENT", no_number},
      {"IDENT_INCR", no_number},
      {"IDENT_SEED", no_number},
      {"IS_MEMBER", is_member},
      {"IS_ROLEMEMBER", is_member},
      {"IS_SRVROLEMEMBER", is_member},
      {"OBJECT_NAME LIST", object_names},
      {"OBJECT_SCHEMA_NAME LIST", object_schema_names},
      {"SCHEMA_NAME LIST", schema_names},
      {"TYPE_NAME LIST", type_names},
      {"OBJECTPROPERTY", object_property},
      {"OBJECTPROPERTYEX", object_property_ex},
      {"OBJECT_SCHEMA_NAME", object_schema_name},
      {"ORIGINAL_DB_NAME",
       [](const Call& call) { return sysname(call.session().options.database); }},
      {"SESSIONPROPERTY", session_property},
      {"SUSER_ID", login_id},
      {"TYPEPROPERTY", type_property},
      {"TYPE_ID", type_id_value},
      {"TYPE_NAME", type_name},
      {"USER_ID", database_principal_id},
  };
  return kFunctions;
}

}  // namespace

std::optional<ObjectName> object_named(StatementContext& context, const std::string& text) {
  try {
    const ast::QueryPtr query = parse_query("SELECT * FROM " + text);
    const auto& select = std::get<ast::Select>(query->term->node);
    const auto* table = std::get_if<ast::NamedTable>(&select.from->node);
    if (!table) return std::nullopt;
    return context.object_name(table->name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<Constant> metadata_function(std::string_view name, StatementFacts& facts,
                                          StatementContext& context,
                                          std::span<const Constant> arguments) {
  const auto found = functions().find(name);
  if (found == functions().end()) return std::nullopt;
  return found->second({facts, context, arguments});
}

}  // namespace tarn::sql
