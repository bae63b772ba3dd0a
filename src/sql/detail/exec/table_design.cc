#include "detail/exec/table_design.h"

#include <algorithm>
#include <cstdio>

#include "base/json.h"
#include "detail/exec/failure.h"
#include "detail/exec/modules.h"
#include "detail/exec/object_ids.h"
#include "detail/exec/query_run.h"
#include "detail/exec/transactions.h"

namespace tarn::sql {
namespace {

using ColumnNames = std::vector<std::string>;

/// The table's own spelling of a column; 1911.
std::string known_column(const ColumnNames& columns, const std::string& name, ast::Span span) {
  for (const std::string& column : columns)
    if (equal_ignoring_case(column, name)) return column;
  throw failure(1911, "Column name '" + name + "' does not exist in the target table or view.",
                span, did_you_mean(name, columns));
}

/// The columns that an option lists: HASH(a, b), CLUSTERED INDEX (a DESC).
ColumnNames option_columns(const ast::Option& option, const ColumnNames& columns) {
  ColumnNames result;
  for (const ast::Option& item : option.nested) {
    std::string name = item.name;
    for (const std::string_view order : {" ASC", " DESC"})
      if (name.ends_with(order)) name.resize(name.size() - order.size());
    result.push_back(known_column(columns, name, item.span));
  }
  return result;
}

void set_distribution(TableDesign& design, const ast::Option& option, const ColumnNames& columns) {
  const std::string policy = option.word ? to_upper(option.word->text) : "";
  if (policy != "HASH" && policy != "ROUND_ROBIN" && policy != "REPLICATE") {
    throw failure(102, "Incorrect syntax near 'DISTRIBUTION'.", option.span,
                  "Write DISTRIBUTION = HASH(column), ROUND_ROBIN or REPLICATE.");
  }
  design.distribution = policy;
  design.distribution_columns = option_columns(option, columns);
  if (policy == "HASH" && design.distribution_columns.empty())
    throw failure(102, "Incorrect syntax near 'HASH'.", option.span, "Write HASH(column).");
}

/// PARTITION (c RANGE RIGHT FOR VALUES (1, 2)): `c RANGE RIGHT FOR VALUES` is one option's name.
void set_partitions(TableDesign& design, const ast::Option& option, const ColumnNames& columns,
                    std::string_view text) {
  if (option.nested.size() != 1)
    throw failure(102, "Incorrect syntax near 'PARTITION'.", option.span);
  const ast::Option& range = option.nested.front();
  const std::size_t end = range.name.find(" RANGE");
  const std::string rest = end == std::string::npos ? "" : range.name.substr(end + 6);
  if (end == std::string::npos ||
      (rest != " FOR VALUES" && rest != " LEFT FOR VALUES" && rest != " RIGHT FOR VALUES")) {
    throw failure(102, "Incorrect syntax near 'PARTITION'.", option.span,
                  "Write PARTITION (column RANGE RIGHT FOR VALUES (…)).");
  }
  TablePartitions partitions;
  partitions.column = known_column(columns, range.name.substr(0, end), range.span);
  partitions.right = rest.starts_with(" RIGHT");
  for (const ast::Option& bound : range.nested)
    partitions.bounds.emplace_back(text.substr(bound.span.offset, bound.span.length));
  design.partitions = std::move(partitions);
}

std::string generated_name(bool primary, const std::string& table, std::size_t number) {
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08X",
                static_cast<unsigned>(object_id({"key", table, std::to_string(number)})));
  return std::string(primary ? "PK__" : "UQ__") + table.substr(0, 9) + "__" + digits;
}

Json names_json(const ColumnNames& names) {
  Json list = Json::array();
  for (const std::string& name : names) list.push_back(name);
  return list;
}

ColumnNames json_names(const Json& object, const char* key) {
  ColumnNames names;
  if (!object.contains(key) || !object[key].is_array()) return names;
  for (const Json& name : object[key])
    if (name.is_string()) names.push_back(name.get<std::string>());
  return names;
}

std::string json_text(const Json& object, const char* key, const char* otherwise = "") {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>()
                                                         : std::string(otherwise);
}

bool json_flag(const Json& object, const char* key) {
  return object.contains(key) && object[key].is_boolean() && object[key].get<bool>();
}

Error no_object(const ast::Name& name) {
  return failure_of(Code::kNotFound, 1088, 16, 12,
                    "Cannot find the object \"" + name.last().text +
                        "\" because it does not exist or you do not have permissions.",
                    name.span);
}

std::vector<TableStatistics>::iterator find_statistics(TableDesign& design,
                                                       const std::string& name) {
  return std::find_if(
      design.statistics.begin(), design.statistics.end(),
      [&](const TableStatistics& known) { return equal_ignoring_case(known.name, name); });
}

/// The change of the design that a statement about statistics is.
void change_statistics(TableDesign& design, const ast::Statistics& statement,
                       const ColumnNames& columns, Micros now) {
  const std::string& table = statement.table.last().text;
  if (statement.written == "CREATE STATISTICS") {
    const ast::Identifier& name = statement.statistics.front();
    if (find_statistics(design, name.text) != design.statistics.end()) {
      throw failure(
          1927, "There are already statistics on table '" + table + "' named '" + name.text + "'.",
          name.span);
    }
    if (design.statistics.size() == kStatisticsMax) {
      throw failure_of(
          Code::kTooLarge, 1910, 16, 1,
          "Could not create " + std::to_string(kStatisticsMax + 1) + " statistics on one table.",
          name.span);
    }
    TableStatistics made{name.text, {}, now};
    for (const ast::Identifier& column : statement.columns)
      made.columns.push_back(known_column(columns, column.text, column.span));
    design.statistics.push_back(std::move(made));
    return;
  }
  for (const ast::Identifier& name : statement.statistics) {
    const auto found = find_statistics(design, name.text);
    if (found == design.statistics.end()) {
      const bool drop = statement.written == "DROP STATISTICS";
      throw failure_of(
          Code::kNotFound, drop ? 3701 : 2767, drop ? 11 : 16, drop ? 6 : 1,
          drop ? "Cannot drop the statistics '" + table + "." + name.text +
                     "', because it does not exist or you do not have permission."
               : "Could not locate statistics '" + name.text + "' in the system catalogs.",
          name.span);
    }
    if (statement.written == "DROP STATISTICS") {
      design.statistics.erase(found);
    } else {
      found->updated = now;
    }
  }
  if (statement.written == "UPDATE STATISTICS" && statement.statistics.empty())
    for (TableStatistics& known : design.statistics) known.updated = now;
}

/// `own_column` is the one that the constraint stands at; null for the table's.
void add_key(TableDesign& design, const ast::Constraint& constraint, const std::string* own_column,
             const ColumnNames& columns, const std::string& table) {
  using Kind = ast::Constraint::Kind;
  if (constraint.kind != Kind::kPrimaryKey && constraint.kind != Kind::kUnique) return;
  TableKey key;
  key.primary = constraint.kind == Kind::kPrimaryKey;
  for (const ast::Identifier& column : constraint.columns)
    key.columns.push_back(known_column(columns, column.text, column.span));
  if (key.columns.empty() && own_column) key.columns.push_back(*own_column);
  key.named_by_system = !constraint.name;
  key.name = constraint.name ? constraint.name->text
                             : generated_name(key.primary, table, design.keys.size());
  for (const TableKey& known : design.keys) {
    if (key.primary && known.primary) {
      throw failure(1779, "Table '" + table + "' already has a primary key defined on it.",
                    constraint.span);
    }
    if (equal_ignoring_case(known.name, key.name)) {
      throw failure_of(Code::kAlreadyExists, 2714, 16, 5,
                       "There is already an object named '" + key.name + "' in the database.",
                       constraint.span);
    }
  }
  if (design.keys.size() == kKeysMax) {
    throw failure_of(Code::kTooLarge, 1910, 16, 1,
                     "A table has at most " + std::to_string(kKeysMax) + " keys.", constraint.span);
  }
  design.keys.push_back(std::move(key));
}

}  // namespace

TableDesign design_of(const lake::delta::Metadata& metadata) {
  TableDesign design;
  const auto found = metadata.configuration.find(std::string(kDesignProperty));
  if (found == metadata.configuration.end()) return design;
  Json json;
  try {
    json = parse_json(found->second);
  } catch (const Error&) {
    return design;
  }
  if (!json.is_object()) return design;
  design.distribution = json_text(json, "distribution", "ROUND_ROBIN");
  design.distribution_columns = json_names(json, "distributionColumns");
  design.index = json_text(json, "index");
  design.index_columns = json_names(json, "indexColumns");
  if (json.contains("partitions") && json["partitions"].is_object()) {
    const Json& partitions = json["partitions"];
    design.partitions =
        TablePartitions{json_text(partitions, "column"), json_flag(partitions, "right"),
                        json_names(partitions, "bounds")};
  }
  if (json.contains("defaultNames") && json["defaultNames"].is_object()) {
    for (const auto& [column, name] : json["defaultNames"].items())
      if (name.is_string()) design.default_names[column] = name.get<std::string>();
  }
  const auto list = [&](const char* key) { return json.contains(key) ? json[key] : Json::array(); };
  for (const Json& key : list("keys")) {
    if (!key.is_object()) continue;
    design.keys.push_back({json_text(key, "name"), json_flag(key, "primary"),
                           json_flag(key, "namedBySystem"), json_names(key, "columns")});
  }
  for (const Json& statistics : list("statistics")) {
    if (!statistics.is_object()) continue;
    const bool dated = statistics.contains("updated") && statistics["updated"].is_number_integer();
    design.statistics.push_back({json_text(statistics, "name"), json_names(statistics, "columns"),
                                 dated ? statistics["updated"].get<Micros>() : 0});
  }
  return design;
}

std::string design_text(const TableDesign& design) {
  if (design == TableDesign{}) return {};
  Json json = Json::object();
  if (design.distribution != TableDesign{}.distribution) json["distribution"] = design.distribution;
  if (!design.distribution_columns.empty())
    json["distributionColumns"] = names_json(design.distribution_columns);
  if (!design.index.empty()) json["index"] = design.index;
  if (!design.index_columns.empty()) json["indexColumns"] = names_json(design.index_columns);
  if (design.partitions) {
    json["partitions"] = Json{{"column", design.partitions->column},
                              {"right", design.partitions->right},
                              {"bounds", names_json(design.partitions->bounds)}};
  }
  for (const TableKey& key : design.keys) {
    json["keys"].push_back(Json{{"name", key.name},
                                {"primary", key.primary},
                                {"namedBySystem", key.named_by_system},
                                {"columns", names_json(key.columns)}});
  }
  for (const TableStatistics& statistics : design.statistics) {
    json["statistics"].push_back(Json{{"name", statistics.name},
                                      {"columns", names_json(statistics.columns)},
                                      {"updated", statistics.updated}});
  }
  for (const auto& [column, name] : design.default_names) json["defaultNames"][column] = name;
  return json.dump();
}

void put_design(lake::delta::Metadata& metadata, const TableDesign& design) {
  const std::string text = design_text(design);
  if (text.empty()) {
    metadata.configuration.erase(std::string(kDesignProperty));
  } else {
    metadata.configuration[std::string(kDesignProperty)] = text;
  }
}

void add_options(TableDesign& design, const std::vector<ast::Option>& options,
                 const ColumnNames& columns, std::string_view text) {
  for (const ast::Option& option : options) {
    if (option.name == "DISTRIBUTION") {
      set_distribution(design, option, columns);
    } else if (option.name == "PARTITION") {
      set_partitions(design, option, columns, text);
    } else if (option.name == "HEAP") {
      design.index = "HEAP";
    } else if (option.name.starts_with("CLUSTERED COLUMNSTORE INDEX")) {
      design.index = "CLUSTERED COLUMNSTORE INDEX";
      design.index_columns = option_columns(option, columns);
    } else if (option.name == "CLUSTERED INDEX") {
      design.index = "CLUSTERED INDEX";
      design.index_columns = option_columns(option, columns);
    } else if (option.name != "DATA_COMPRESSION") {
      throw not_supported("the table option " + option.name, option.span);
    }
  }
}

void add_keys(TableDesign& design, const std::vector<ast::ColumnDefinition>& definitions,
              const std::vector<ast::Constraint>& constraints, const ColumnNames& columns,
              const std::string& table) {
  for (const ast::ColumnDefinition& definition : definitions)
    for (const ast::Constraint& constraint : definition.constraints)
      add_key(design, constraint, &definition.name.text, columns, table);
  for (const ast::Constraint& constraint : constraints)
    add_key(design, constraint, nullptr, columns, table);
  for (const ast::ColumnDefinition& definition : definitions) {
    if (definition.default_name)
      add_default_name(design, definition.name.text, *definition.default_name);
  }
}

std::vector<TableKey> enforced_keys(std::span<const ast::ColumnDefinition> definitions,
                                    std::span<const ast::Constraint> constraints,
                                    const ColumnNames& columns, const std::string& table) {
  TableDesign design;
  const auto add = [&](const ast::Constraint& constraint, const std::string* own_column) {
    if (!constraint.not_enforced) add_key(design, constraint, own_column, columns, table);
  };
  for (const ast::ColumnDefinition& definition : definitions)
    for (const ast::Constraint& constraint : definition.constraints)
      add(constraint, &definition.name.text);
  for (const ast::Constraint& constraint : constraints) add(constraint, nullptr);
  return std::move(design.keys);
}

void add_default_name(TableDesign& design, const std::string& column, const ast::Identifier& name) {
  bool taken = false;
  for (const TableKey& key : design.keys) taken = taken || equal_ignoring_case(key.name, name.text);
  for (const auto& [other, known] : design.default_names)
    taken = taken || equal_ignoring_case(known, name.text);
  if (taken) {
    throw failure_of(Code::kAlreadyExists, 2714, 16, 5,
                     "There is already an object named '" + name.text + "' in the database.",
                     name.span);
  }
  design.default_names[column] = name.text;
}

std::string default_name(const TableDesign& design, const ObjectName& table,
                         const std::string& column) {
  if (const auto own = design.default_names.find(column); own != design.default_names.end())
    return own->second;
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08X",
                static_cast<unsigned>(object_id(
                    {table.database, table.schema, table.object + "." + column + ".default"})));
  return "DF__" + table.object.substr(0, 9) + "__" + column.substr(0, 5) + "__" + digits;
}

void run_statistics(Execution& run, const Frame& frame, const ast::Statistics& statement) {
  const auto context = make_context(run, frame);
  const ast::Name& name = statement.table;
  run.sink.on_message({0, 0, 1, static_cast<int>(name.span.line), frame.procedure,
                       "Kept in the catalog, without an effect: " + statement.written + "."});
  if (name.last().text.starts_with('#')) {
    if (!context->find_temp_table(name.last().text)) throw no_object(name);
    return;
  }
  const ObjectName full = context->object_name(name);
  run.session.authorize(identity::actions::kSqlSelect, full.scope());
  const auto table = context->find_table(full);
  if (!table) {
    if (find_module(run.session, full)) return;
    throw no_object(name);
  }
  ColumnNames columns;
  for (const TableColumn& column : table->columns()) columns.push_back(column.name);
  lake::delta::Metadata metadata = table->metadata();
  TableDesign design = design_of(metadata);
  const TableDesign before = design;
  change_statistics(design, statement, columns, run.session.services.clock->now());
  if (design == before) return;
  refuse_in_transaction(run.session, statement.written.c_str(), name.span);
  run.session.authorize(identity::actions::kSqlAlterTable, full.scope());
  put_design(metadata, design);
  table->redefine(run, metadata, "SET TBLPROPERTIES");
}

}  // namespace tarn::sql
