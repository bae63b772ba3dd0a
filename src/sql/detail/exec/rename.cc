#include "detail/exec/rename.h"

#include <algorithm>
#include <array>

#include "detail/exec/arguments.h"
#include "detail/exec/external_objects.h"
#include "detail/exec/failure.h"
#include "detail/exec/modules.h"
#include "detail/exec/procedures.h"
#include "detail/exec/query_run.h"
#include "detail/exec/transactions.h"
#include "lake/catalog.h"

namespace tarn::sql {
namespace {

namespace actions = identity::actions;

constexpr int kRenameCaution = 15477;

Error nothing_named(const std::string& name, const std::string& database, const std::string& kind,
                    ast::Span span) {
  return failure_of(Code::kNotFound, 15225, 11, 1,
                    "No item by the name of '" + name +
                        "' could be found in the current database '" + database +
                        "', given that @itemtype was input as '" + kind + "'.",
                    span);
}

Error name_taken(const std::string& name, ast::Span span) {
  return failure_of(Code::kAlreadyExists, 15335, 11, 1,
                    "Error: The new name '" + name +
                        "' is already in use as a object name and would cause a duplicate that is "
                        "not permitted.",
                    span);
}

/// What may be renamed; empty where the procedure is to find out.
std::string kind_argument(Execution& run, Frame& caller, const ast::Execute& statement) {
  if (statement.arguments.size() < 3) return {};
  const std::string kind = to_upper(text_argument(run, caller, statement, 2, "@objtype"));
  if (kind == "OBJECT") return kind;
  constexpr std::array kOthers = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"COLUMN", "a column: Delta would have to map names to columns"},
       {"DATABASE", "a database"},
       {"INDEX", "an index"},
       {"STATISTICS", "statistics"},
       {"USERDATATYPE", "a user-defined type"}});
  for (const auto& [name, what] : kOthers) {
    if (kind != name) continue;
    throw not_supported(
        "sp_rename of " + std::string(what), statement.target_span,
        name == "COLUMN" ? "CREATE TABLE AS SELECT gives columns other names." : "");
  }
  throw failure_of(Code::kInvalidArgument, 15249, 11, 1,
                   "Error: Explicit @objtype '" + kind + "' is unrecognized.",
                   statement.target_span);
}

bool is_taken(const SessionState& session, const ObjectName& name) {
  return session.services.catalog->find(name.database, name.schema, name.object) ||
         find_module(session, name) || find_external(session, ExternalKind::kTable, name);
}

void rename_found_module(Execution& run, const Module& module, const ObjectName& name,
                         const std::string& renamed, ast::Span span) {
  const bool view = module.kind == ModuleKind::kView;
  run.session.authorize(view ? actions::kSqlDropView : actions::kSqlDropProcedure, name.scope());
  run.session.authorize(view ? actions::kSqlCreateView : actions::kSqlCreateProcedure,
                        identity::Scope::schema(name.database, name.schema));
  if (!rename_module(run.session, name, renamed)) throw name_taken(renamed, span);
}

void rename_found_table(Execution& run, const lake::TableRef& table, const ObjectName& name,
                        const std::string& renamed, ast::Span span) {
  run.session.authorize(actions::kSqlDropTable, name.scope());
  run.session.authorize(actions::kSqlCreateTable,
                        identity::Scope::schema(name.database, name.schema));
  try {
    run.session.services.catalog->rename_table(table, renamed);
  } catch (const Error& error) {
    if (error.code() == Code::kAlreadyExists) throw name_taken(renamed, span);
    throw;
  }
}

}  // namespace

void rename_object(Execution& run, Frame& caller, const ast::Execute& statement) {
  const ast::Span span = statement.target_span;
  refuse_in_transaction(run.session, "sp_rename", span);
  const std::string old = text_argument(run, caller, statement, 0, "@objname");
  const std::string renamed = text_argument(run, caller, statement, 1, "@newname");
  const std::string kind = kind_argument(run, caller, statement);
  if (old.starts_with('#')) throw not_supported("sp_rename of a temporary table", span);
  const auto context = make_context(run, caller);
  const ast::Name written = parse_name(old, span);
  const ObjectName name = context->object_name(written);
  const ObjectName target{name.database, name.schema, renamed};
  const bool same = equal_ignoring_case(renamed, name.object);
  if (!same && is_taken(run.session, target)) throw name_taken(renamed, span);
  const auto table = run.session.services.catalog->find(name.database, name.schema, name.object);
  if (table) {
    rename_found_table(run, *table, name, renamed, span);
  } else if (const auto module = find_module(run.session, name)) {
    rename_found_module(run, *module, name, renamed, span);
  } else if (find_external(run.session, ExternalKind::kTable, name)) {
    throw not_supported("sp_rename of an external table", span,
                        "Drop it and make it again; its files stay.");
  } else {
    // "t.c" may also be a column.
    const ObjectName owner{name.database, std::string(lake::kDefaultSchema), name.schema};
    if (kind.empty() && written.parts.size() > 1 && is_taken(run.session, owner)) {
      throw not_supported("sp_rename of a column: Delta would have to map names to columns", span,
                          "CREATE TABLE AS SELECT gives columns other names.");
    }
    throw nothing_named(old, name.database, kind.empty() ? "(null)" : kind, span);
  }
  run.sink.on_message(
      {kRenameCaution, 0, 1, static_cast<int>(span.line), caller.procedure,
       "Caution: Changing any part of an object name could break scripts and stored "
       "procedures."});
  give_return_code(run, caller, statement, 0);
}

}  // namespace tarn::sql
