#include "detail/exec/describe.h"

#include "detail/bind/binder.h"
#include "detail/bind/row_binder.h"
#include "detail/exec/arguments.h"
#include "detail/exec/error_scope.h"
#include "detail/exec/failure.h"
#include "detail/exec/modules.h"
#include "detail/exec/object_ids.h"
#include "detail/exec/procedures.h"
#include "detail/exec/query_run.h"
#include "detail/exec/table_writes.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/write_target.h"

namespace tarn::sql {
namespace {

using Columns = std::optional<std::vector<bound::ResultColumn>>;

/// A frame whose tables go with it.
struct DescribedFrame {
  SessionState& session;
  Frame frame;

  explicit DescribedFrame(SessionState& state) : session(state) {}
  ~DescribedFrame() {
    try {
      drop_temp_tables(session, frame);
    } catch (const Error&) {  // the engine's connection is gone, and its tables with it
    }
  }
  DescribedFrame(const DescribedFrame&) = delete;
};

void declare_all(SessionState& session, const std::vector<ast::Parameter>& parameters,
                 Frame& frame) {
  const Collation* collation = session.collation_of(session.database);
  for (const ast::Parameter& parameter : parameters)
    frame.variables[parameter.name] = {bind_type(parameter.type, collation), std::nullopt};
}

/// Looks through statements for the first that sends rows.
class Describer {
 public:
  Describer(Execution& run, Frame& frame, int depth) : run_(run), frame_(frame), depth_(depth) {}

  Columns describe(const std::vector<ast::StatementPtr>& statements) {
    for (const ast::StatementPtr& statement : statements) {
      if (Columns columns = describe(statement)) return columns;
    }
    return std::nullopt;
  }

 private:
  Columns describe(const ast::StatementPtr& statement) {
    if (!statement) return std::nullopt;
    const auto visitor =
        ast::Overloaded{[&](const ast::SelectStatement& node) { return of_query(*node.query); },
                        [&](const ast::Declare& node) -> Columns { return declare(node); },
                        [&](const ast::Block& node) { return describe(node.statements); },
                        [&](const ast::If& node) {
                          Columns columns = describe(node.then);
                          return columns ? columns : describe(node.otherwise);
                        },
                        [&](const ast::While& node) { return describe(node.body); },
                        [&](const ast::TryCatch& node) {
                          Columns columns = describe(node.body);
                          return columns ? columns : describe(node.handler);
                        },
                        [&](const ast::Execute& node) { return of_call(node); },
                        [&](const ast::Insert& node) { return of_insert(node); },
                        [&](ast::Update& node) { return output_columns(run_, frame_, node); },
                        [&](ast::Delete& node) { return output_columns(run_, frame_, node); },
                        [&](ast::Merge& node) { return output_columns(run_, frame_, node); },
                        [&](const auto&) -> Columns { return std::nullopt; }};
    try {
      return std::visit(visitor, statement->node);
    } catch (const Error& error) {
      throw completed(error, statement->span);
    }
  }

  Columns of_query(const ast::Query& query) {
    if (const auto* select = std::get_if<ast::Select>(&query.term->node); select && select->into)
      return std::nullopt;
    const auto context = make_context(run_, frame_);
    bound::Query bound = Binder(*context).bind_query(query);
    if (!bound.assigns.empty()) return std::nullopt;
    return std::move(bound.columns);
  }

  Columns declare(const ast::Declare& node) {
    const Collation* collation = run_.session.collation_of(run_.session.database);
    for (const ast::Declare::Item& item : node.items) {
      if (item.table) {
        frame_.table_variables.try_emplace(item.name, make_temp_table(run_, frame_, *item.table));
      } else {
        frame_.variables[item.name] = {bind_type(item.type, collation), std::nullopt};
      }
    }
    return std::nullopt;
  }

  Columns of_insert(const ast::Insert& node) {
    const auto context = make_context(run_, frame_);
    const WriteTarget target = WriteTarget::resolve(run_, *context, node.target, node.target_span,
                                                    identity::actions::kSqlInsert);
    if (node.outputs.empty() || node.outputs.back().into) return std::nullopt;
    RowTarget rows;
    rows.name = target.name();
    rows.columns = target.columns();
    rows.outputs.resize(node.outputs.size());
    std::vector<bound::Query> queries = Binder(*context).bind_inserted(node.outputs, rows);
    return std::move(queries.back().columns);
  }

  Columns of_call(const ast::Execute& node) {
    if (depth_ >= kNestingMax) return std::nullopt;
    if (const auto* text = std::get_if<ast::ExprPtr>(&node.target)) {
      const auto* literal = std::get_if<ast::StringLiteral>(&(*text)->node);
      return literal ? of_text(literal->value, {}) : std::nullopt;
    }
    const auto* name = std::get_if<ast::Name>(&node.target);
    if (!name) return std::nullopt;
    if (equal_ignoring_case(name->last().text, "sp_executesql")) {
      const std::string text = text_argument(run_, frame_, node, 0, "@statement");
      return of_text(text, node.arguments.size() > 1
                               ? text_argument(run_, frame_, node, 1, "@params")
                               : std::string());
    }
    const auto context = make_context(run_, frame_);
    const ObjectName full = context->object_name(*name, 2812);
    const auto module = find_module(run_.session, full);
    if (!module || module->kind != ModuleKind::kProcedure) return std::nullopt;
    run_.session.authorize(identity::actions::kSqlExecute, full.scope());
    const ParsedText parsed(run_.session.texts, module->definition);
    const auto* procedure =
        std::get_if<ast::CreateProcedure>(&parsed.batch().statements.at(0)->node);
    check(procedure != nullptr, "a stored procedure is no CREATE PROCEDURE");
    DescribedFrame inner(run_.session);
    inner.frame.procedure = module->name;
    inner.frame.database = module->database;
    inner.frame.text = parsed.batch().text;
    declare_all(run_.session, procedure->parameters, inner.frame);
    return Describer(run_, inner.frame, depth_ + 1).describe(procedure->body);
  }

  Columns of_text(const std::string& text, const std::string& declarations) {
    const DeclaredParameters declared(run_.session, declarations);
    const ParsedText parsed(run_.session.texts, text);
    DescribedFrame inner(run_.session);
    inner.frame.database = frame_.database;
    inner.frame.text = parsed.batch().text;
    declare_all(run_.session, declared.list(), inner.frame);
    return Describer(run_, inner.frame, depth_ + 1).describe(parsed.batch().statements);
  }

  Execution& run_;
  Frame& frame_;
  int depth_;
};

std::string quoted(const std::string& text) {
  std::string result = "N'";
  for (const char c : text) result.append(c == '\'' ? "''" : std::string(1, c));
  return result + "'";
}

/// The number under which the protocol knows a type, and its length there ([MS-TDS] 2.2.5.4).
struct WireType {
  int id = 0;
  int length = 0;
};

WireType wire_type(const SqlType& type) {
  const int stored = storage_length(type);
  const int long_length = stored < 0 ? 65535 : stored;
  switch (type.id) {
    case TypeId::kBit:
      return {104, 1};
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
    case TypeId::kInt:
    case TypeId::kBigInt:
      return {38, stored};
    case TypeId::kDecimal:
      return {106, 17};
    case TypeId::kNumeric:
      return {108, 17};
    case TypeId::kSmallMoney:
    case TypeId::kMoney:
      return {110, stored};
    case TypeId::kReal:
    case TypeId::kFloat:
      return {109, stored};
    case TypeId::kDate:
      return {40, 3};
    case TypeId::kTime:
      return {41, stored};
    case TypeId::kSmallDateTime:
    case TypeId::kDateTime:
      return {111, stored};
    case TypeId::kDateTime2:
      return {42, stored};
    case TypeId::kDateTimeOffset:
      return {43, stored};
    case TypeId::kChar:
      return {175, long_length};
    case TypeId::kNchar:
      return {239, long_length};
    case TypeId::kVarchar:
      return {167, long_length};
    case TypeId::kNvarchar:
      return {231, long_length};
    case TypeId::kText:
      return {35, 2147483647};
    case TypeId::kNtext:
      return {99, 2147483646};
    case TypeId::kImage:
      return {34, 2147483647};
    case TypeId::kBinary:
      return {173, long_length};
    case TypeId::kVarbinary:
      return {165, long_length};
    case TypeId::kUniqueIdentifier:
      return {36, 16};
    default:
      return {231, 8000};
  }
}

/// One column of a description: its name, its type, and its value as T-SQL.
struct DescribedCell {
  const char* name;
  const char* type;
  std::string value;
};

/// A SELECT of the rows, typed; `shape` has its columns where there are none.
std::string rows_query(const std::vector<std::vector<DescribedCell>>& rows,
                       const std::vector<DescribedCell>& shape, const char* order) {
  const std::vector<DescribedCell>& columns = rows.empty() ? shape : rows.front();
  std::string items;
  std::string names;
  for (const DescribedCell& cell : columns) {
    items += (items.empty() ? "" : ", ") + std::string("CAST(") + cell.name + " AS " + cell.type +
             ") AS " + cell.name;
    names += (names.empty() ? "" : ", ") + std::string(cell.name);
  }
  std::string values;
  for (const std::vector<DescribedCell>& row : rows) {
    values += values.empty() ? "(" : ", (";
    for (std::size_t i = 0; i < row.size(); ++i) values += (i ? ", " : "") + row[i].value;
    values += ")";
  }
  if (rows.empty()) {
    values = "(";
    for (std::size_t i = 0; i < columns.size(); ++i) values += i ? ", NULL" : "NULL";
    values += ")";
  }
  return "SELECT " + items + " FROM (VALUES " + values + ") AS v(" + names + ")" +
         (rows.empty() ? " WHERE 1 = 0" : " ORDER BY " + std::string(order));
}

std::vector<DescribedCell> described(const ResultColumn& shown, const SqlType& type, int ordinal) {
  const WireType wire = wire_type(type);
  const std::string none = "NULL";
  const std::string system_type = std::to_string(system_type_id(type.id));
  return {
      {"is_hidden", "bit", "0"},
      {"column_ordinal", "int", std::to_string(ordinal)},
      {"name", "nvarchar(128)", shown.name.empty() ? none : quoted(shown.name)},
      {"is_nullable", "bit", shown.nullable ? "1" : "0"},
      {"system_type_id", "int", system_type},
      {"system_type_name", "nvarchar(256)", quoted(shown.type)},
      {"max_length", "smallint", std::to_string(shown.max_length)},
      {"precision", "tinyint", std::to_string(catalog_precision(type))},
      {"scale", "tinyint", std::to_string(shown.scale)},
      {"collation_name", "nvarchar(128)", shown.collation.empty() ? none : quoted(shown.collation)},
      {"user_type_id", "int", none},
      {"user_type_database", "nvarchar(128)", none},
      {"user_type_schema", "nvarchar(128)", none},
      {"user_type_name", "nvarchar(128)", none},
      {"assembly_qualified_type_name", "nvarchar(4000)", none},
      {"xml_collection_id", "int", none},
      {"xml_collection_database", "nvarchar(128)", none},
      {"xml_collection_schema", "nvarchar(128)", none},
      {"xml_collection_name", "nvarchar(128)", none},
      {"is_xml_document", "bit", "0"},
      {"is_case_sensitive", "bit",
       type.collation && is_character(type) && !type.collation->ignores_case() ? "1" : "0"},
      {"is_fixed_length_clr_type", "bit", "0"},
      {"source_server", "nvarchar(128)", none},
      {"source_database", "nvarchar(128)", none},
      {"source_schema", "nvarchar(128)", none},
      {"source_table", "nvarchar(128)", none},
      {"source_column", "nvarchar(128)", none},
      {"is_identity_column", "bit", "0"},
      {"is_part_of_unique_key", "bit", none},
      {"is_updateable", "bit", "0"},
      {"is_computed_column", "bit", "0"},
      {"is_sparse_column_set", "bit", "0"},
      {"ordinal_in_order_by_list", "smallint", none},
      {"order_by_list_length", "smallint", none},
      {"order_by_is_descending", "smallint", none},
      {"tds_type_id", "int", std::to_string(wire.id)},
      {"tds_length", "int", std::to_string(wire.length)},
      {"tds_collation_id", "int", none},
      {"tds_collation_sort_id", "tinyint", none}};
}

std::vector<DescribedCell> suggested(const UndeclaredParameter& parameter, int ordinal) {
  const ResultColumn shown = result_column(parameter.name, parameter.type, true);
  const WireType wire = wire_type(parameter.type);
  const std::string none = "NULL";
  return {{"parameter_ordinal", "int", std::to_string(ordinal)},
          {"name", "nvarchar(128)", quoted(parameter.name)},
          {"suggested_system_type_id", "int", std::to_string(system_type_id(parameter.type.id))},
          {"suggested_system_type_name", "nvarchar(256)", quoted(shown.type)},
          {"suggested_max_length", "smallint", std::to_string(shown.max_length)},
          {"suggested_precision", "tinyint", std::to_string(catalog_precision(parameter.type))},
          {"suggested_scale", "tinyint", std::to_string(shown.scale)},
          {"suggested_user_type_id", "int", none},
          {"suggested_user_type_database", "nvarchar(128)", none},
          {"suggested_user_type_schema", "nvarchar(128)", none},
          {"suggested_user_type_name", "nvarchar(128)", none},
          {"suggested_assembly_qualified_type_name", "nvarchar(4000)", none},
          {"suggested_xml_collection_id", "int", none},
          {"suggested_xml_collection_database", "nvarchar(128)", none},
          {"suggested_xml_collection_schema", "nvarchar(128)", none},
          {"suggested_xml_collection_name", "nvarchar(128)", none},
          {"suggested_is_xml_document", "bit", "0"},
          {"suggested_is_case_sensitive", "bit", "0"},
          {"suggested_is_fixed_length_clr_type", "bit", "0"},
          {"suggested_is_input", "bit", "1"},
          {"suggested_is_output", "bit", "0"},
          {"formal_parameter_name", "nvarchar(128)", none},
          {"suggested_tds_type_id", "int", std::to_string(wire.id)},
          {"suggested_tds_length", "int", std::to_string(wire.length)}};
}

void send_query(Execution& run, const Frame& caller, const std::string& query) {
  Frame frame;
  frame.database = caller.database;
  execute_text(run, frame, query);
}

}  // namespace

std::optional<std::vector<bound::ResultColumn>> first_result_set(Execution& run,
                                                                 const Frame& caller,
                                                                 const std::string& text,
                                                                 const std::string& declarations) {
  const DeclaredParameters declared(run.session, declarations);
  const ParsedText parsed(run.session.texts, text);
  DescribedFrame inner(run.session);
  inner.frame.database = caller.database;
  inner.frame.text = parsed.batch().text;
  declare_all(run.session, declared.list(), inner.frame);
  return Describer(run, inner.frame, 0).describe(parsed.batch().statements);
}

void show_columns(Execution& run, const Frame& caller, const std::string& text,
                  const std::string& declarations) {
  std::optional<std::vector<bound::ResultColumn>> columns;
  try {
    columns = first_result_set(run, caller, text, declarations);
  } catch (const Error& error) {
    if (error.code() == Code::kCancelled) throw;
    return;  // it is said when the text runs
  }
  if (!columns) return;
  run.sink.on_columns(result_columns(*columns));
  run.sink.on_rows_end(0);
}

std::string description_query(const std::vector<bound::ResultColumn>& columns) {
  std::vector<std::vector<DescribedCell>> rows;
  for (const bound::ResultColumn& column : columns) {
    const SqlType type = column.type.id == TypeId::kNull ? SqlType::integer() : column.type;
    rows.push_back(described(result_column(column.name, type, column.nullable), type,
                             static_cast<int>(rows.size()) + 1));
  }
  return rows_query(rows, described({}, SqlType::integer(), 0), "column_ordinal");
}

void describe_first_result_set(Execution& run, Frame& caller, const ast::Execute& statement) {
  const std::string text = unicode_argument(run, caller, statement, 0, "@tsql");
  const std::string declarations =
      statement.arguments.size() > 1 ? text_argument(run, caller, statement, 1, "@params") : "";
  std::optional<std::vector<bound::ResultColumn>> columns;
  try {
    columns = first_result_set(run, caller, text, declarations);
  } catch (const Error& error) {
    if (!is_compile_error(error)) throw;
    tell_and_fail(run, error, 11501, "The batch could not be analyzed because of compile errors.");
  }
  send_query(run, caller, description_query(columns.value_or(std::vector<bound::ResultColumn>())));
  give_return_code(run, caller, statement, 0);
}

void describe_undeclared_parameters(Execution& run, Frame& caller, const ast::Execute& statement) {
  const std::string text = unicode_argument(run, caller, statement, 0, "@tsql");
  const std::string declarations =
      statement.arguments.size() > 1 ? text_argument(run, caller, statement, 1, "@params") : "";
  std::vector<UndeclaredParameter> parameters;
  try {
    parameters = undeclared_parameters(run, caller, text, declarations);
  } catch (const Error& error) {
    if (!is_compile_error(error)) throw;
    tell_and_fail(run, error, 11501, "The batch could not be analyzed because of compile errors.");
  }
  std::vector<std::vector<DescribedCell>> rows;
  for (const UndeclaredParameter& parameter : parameters) {
    rows.push_back(suggested(parameter, static_cast<int>(rows.size()) + 1));
  }
  const UndeclaredParameter shape{"@p", SqlType::integer()};
  send_query(run, caller, rows_query(rows, suggested(shape, 0), "parameter_ordinal"));
  give_return_code(run, caller, statement, 0);
}

}  // namespace tarn::sql
