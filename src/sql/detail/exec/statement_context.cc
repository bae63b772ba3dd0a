#include "detail/exec/statement_context.h"

#include <filesystem>

#include "detail/exec/catalog/database_objects.h"
#include "detail/exec/external_tables.h"
#include "detail/exec/failure.h"
#include "detail/exec/metadata_functions.h"
#include "detail/exec/modules.h"
#include "detail/exec/openrowset.h"
#include "detail/exec/predict.h"
#include "detail/exec/session_functions.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/system_views.h"
#include "detail/exec/table_store.h"
#include "detail/exec/transactions.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

std::string joined(const ast::Name& name) {
  std::string text;
  for (const ast::Identifier& part : name.parts) {
    if (!text.empty()) text += '.';
    text += part.text;
  }
  return text;
}

constexpr std::size_t kNearNamesMax = 1000;  // looked at for "did you mean"

bool is_temporary(std::string_view name) { return name.starts_with('#'); }

/// A view's definition is stored as the whole statement: its query is in the tree of it.
ViewSource view_source(const Module& module, std::shared_ptr<BindContext> context) {
  ast::Batch batch = parse_batch(module.definition);
  check(!batch.statements.empty(), "a stored view has no statement");
  auto* view = std::get_if<ast::CreateView>(&batch.statements.front()->node);
  check(view != nullptr, "a stored view is no CREATE VIEW");
  ViewSource source;
  for (const ast::Identifier& column : view->columns) source.columns.push_back(column.text);
  source.query = std::shared_ptr<const ast::Query>(std::move(view->query));
  source.context = std::move(context);
  source.database = module.database;
  source.schema = module.schema;
  source.name = module.name;
  return source;
}

/// What a statement says of an object in a database that is not there.
Error absent_database(int number, const ast::Name& name, const std::string& database) {
  const std::string hint = "There is no database '" + database + "'.";
  switch (number) {
    case 2702:
      return failure_of(Code::kNotFound, 2702, 16, 2, "Database '" + database + "' does not exist.",
                        name.span);
    case 2812:
      return failure_of(Code::kNotFound, 2812, 16, 62,
                        "Could not find stored procedure '" + joined(name) + "'.", name.span, hint);
    case 3701:
      return failure_of(Code::kNotFound, 3701, 11, 5,
                        "Cannot drop the table '" + joined(name) +
                            "', because it does not exist or you do not have permission.",
                        name.span, hint);
    default:
      return invalid_object(joined(name), name.span, hint);
  }
}

std::string near_name(const SessionState& session, const ObjectName& name) {
  if (is_system_database(name.database)) return {};
  std::vector<std::string> candidates =
      table_store(session, name.database)->table_names(name.schema, kNearNamesMax);
  for (const Module& module : list_modules(session, name.database)) {
    if (module.kind == ModuleKind::kView && equal_ignoring_case(module.schema, name.schema)) {
      candidates.push_back(module.name);
    }
  }
  return did_you_mean(name.object, candidates);
}

}  // namespace

Source temp_source(const TempTable& table, std::string_view name) {
  Source source;
  source.engine_sql = engine::quote_name(table.engine_name);
  for (const TargetColumn& column : table.columns) {
    source.columns.push_back({column.name, column.type, column.nullable, {}, false});
  }
  source.name = std::string(name);
  return source;
}

StatementFacts::StatementFacts(SessionState& state, const CancelToken& token)
    : session(state), cancel(token), now_us(state.services.clock->now()) {}

StatementFacts::~StatementFacts() {
  for (const std::string& file : temporary_files) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
  for (const std::string& table : temporary_tables) {
    try {
      session.connection().execute("DROP TABLE IF EXISTS " + engine::quote_name(table));
    } catch (const Error&) {  // the engine's connection is gone, and its tables with it
    }
  }
}

StatementContext::StatementContext(std::shared_ptr<StatementFacts> facts, const Frame* frame,
                                   std::string database, const Collation* collation)
    : facts_(std::move(facts)),
      frame_(frame),
      database_(std::move(database)),
      collation_(collation ? collation : facts_->session.collation_of(database_)) {}

ObjectName StatementContext::object_name(const ast::Name& name, int number_if_absent) const {
  if (name.parts.size() > 3) {
    throw not_supported("a name with a server part, " + joined(name), name.span);
  }
  ObjectName result{std::string(name.from_right(2)), std::string(name.from_right(1)),
                    name.last().text};
  if (result.schema.empty()) result.schema = lake::kDefaultSchema;
  if (result.database.empty()) {
    result.database = database_;
  } else {
    const auto info = find_any_database(facts_->session, result.database);
    if (!info) {
      throw absent_database(number_if_absent, name, result.database);
    }
    result.database = info->name;
  }
  return result;
}

std::shared_ptr<const OpenTable> StatementContext::find_table(const ObjectName& name) {
  if (is_system_database(name.database)) return nullptr;
  return table_store(facts_->session, name.database)->find(*facts_, name);
}

const TempTable* StatementContext::find_temp_table(std::string_view name) const {
  const auto& tables = facts_->session.temp_tables;
  const auto found = tables.find(name);
  return found == tables.end() ? nullptr : &found->second;
}

const TempTable* StatementContext::find_table_variable(std::string_view name) const {
  if (!frame_) return nullptr;
  const auto found = frame_->table_variables.find(name);
  return found == frame_->table_variables.end() ? nullptr : &found->second;
}

std::variant<Source, ViewSource> StatementContext::resolve_table(const ast::Name& name) {
  if (is_temporary(name.last().text)) {
    if (const TempTable* table = find_temp_table(name.last().text))
      return temp_source(*table, name.last().text);
    throw invalid_object(name.last().text, name.span);
  }
  const ObjectName full = object_name(name);
  if (is_system_schema(full.schema)) {
    if (auto view = system_view(facts_, full)) return std::move(*view);
    throw invalid_object(joined(name), name.span, system_view_hint(full));
  }
  // sysobjects, dbo.sysobjects: the old views need no schema.
  if (full.object.starts_with("sys") && equal_ignoring_case(full.schema, lake::kDefaultSchema)) {
    if (auto view = system_view(facts_, {full.database, "sys", full.object})) {
      if (!find_table(full) && !find_module(facts_->session, full)) return std::move(*view);
    }
  }
  if (const auto module = find_module(facts_->session, full);
      module && module->kind == ModuleKind::kView) {
    facts_->session.authorize(identity::actions::kSqlSelect, full.scope());
    return view_source(*module,
                       std::make_shared<StatementContext>(facts_, nullptr, module->database));
  }
  if (auto external = external_table_source(*facts_, *this, full, name.span))
    return std::move(*external);
  if (const auto table = find_table(full)) {
    facts_->session.authorize(identity::actions::kSqlSelect, full.scope());
    return table->source(*facts_);
  }
  throw invalid_object(joined(name), name.span, near_name(facts_->session, full));
}

Source StatementContext::resolve_table_variable(std::string_view name, ast::Span span) {
  if (const TempTable* table = find_table_variable(name)) return temp_source(*table, name);
  throw failure(1087, "Must declare the table variable \"" + std::string(name) + "\".", span);
}

Source StatementContext::resolve_openrowset(const ast::OpenRowset& rowset, ast::Span span) {
  return openrowset_source(*facts_, *this, rowset, span);
}

Model StatementContext::resolve_model(const ast::Predict& predict,
                                      std::span<const SourceColumn> data, ast::Span span) {
  return predict_model(*facts_, *this, predict, data, span);
}

Constant StatementContext::resolve_variable(std::string_view name, ast::Span span) {
  if (frame_) {
    if (const auto found = frame_->variables.find(name); found != frame_->variables.end()) {
      // A variable takes the collation of what it meets.
      SqlType type = found->second.type;
      if (is_character(type)) type.coercibility = Coercibility::kDefault;
      return {type, found->second.text};
    }
  }
  std::vector<std::string> candidates;
  if (frame_) {
    for (const auto& [known, variable] : frame_->variables) candidates.push_back(known);
  }
  throw failure_of(Code::kInvalidArgument, 137, 15, 2,
                   "Must declare the scalar variable \"" + std::string(name) + "\".", span,
                   did_you_mean(name, candidates));
}

Constant StatementContext::resolve_global(std::string_view name, ast::Span span) {
  return global_variable(facts_->session, frame_, name, span);
}

Constant StatementContext::system_value(std::string_view name, std::span<const Constant> arguments,
                                        ast::Span span) {
  return session_function(*facts_, *this, frame_, name, arguments, span);
}

std::int64_t StatementContext::row_fact(std::string_view name, std::size_t arguments) {
  // One number for all calls of a function, so that GROUP BY knows its expressions again.
  const std::string key = database_ + "." + std::string(name) + "/" + std::to_string(arguments);
  const auto known = facts_->row_fact_numbers.find(key);
  if (known != facts_->row_fact_numbers.end()) return known->second;
  if (reads_columns(name)) objects_of(*facts_, database_).load_columns();
  const auto value = [weak = std::weak_ptr(facts_), database = database_,
                      function = std::string(name)](std::span<const RowFacts::Text> texts) {
    const auto facts = weak.lock();
    check(facts != nullptr, "a system function was called after its statement");
    std::vector<Constant> values;
    for (const RowFacts::Text& text : texts)
      values.push_back({SqlType::nvarchar(kMaxLength), text});
    // The engine's threads share what the statement has read of the catalog.
    const std::lock_guard lock(facts->row_facts_mutex);
    StatementContext context(facts, nullptr, database);
    return context.system_value(function, values, {}).text;
  };
  facts_->row_facts.push_back(facts_->session.services.row_facts->add(arguments, value));
  return facts_->row_fact_numbers[key] = facts_->row_facts.back().number();
}

}  // namespace tarn::sql
