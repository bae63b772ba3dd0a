#include "detail/exec/bulk_load.h"

#include <algorithm>
#include <array>

#include "detail/exec/failure.h"
#include "detail/exec/interpreter.h"
#include "detail/exec/query_run.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/write_target.h"
#include "detail/syntax/parser.h"
#include "detail/translate/engine_type.h"

namespace tarn::sql {
namespace {

/// CHECK constraints hold in any case, and a load is one commit whatever its batches.
constexpr std::array<std::string_view, 9> kOptions = {"TABLOCK",
                                                      "CHECK_CONSTRAINTS",
                                                      "KEEP_NULLS",
                                                      "FIRE_TRIGGERS",
                                                      "ROWS_PER_BATCH",
                                                      "KILOBYTES_PER_BATCH",
                                                      "KEEP_IDENTITY",
                                                      "ORDER",
                                                      "ALLOW_ENCRYPTED_VALUE_MODIFICATIONS"};

std::string bracketed_column(const std::string& name) {
  std::string result = "[";
  for (const char c : name) result.append(c == ']' ? "]]" : std::string(1, c));
  return result + "]";
}

std::string bracketed_column(const ast::Name& name) {
  std::string result;
  for (const ast::Identifier& part : name.parts) {
    if (!result.empty()) result += '.';
    if (!part.text.empty()) result += bracketed_column(part.text);
  }
  return result;
}

/// A temporary table that goes with the load.
class Stage {
 public:
  Stage(Execution& run, const RowStream& stream) : session_(run.session) {
    const Collation* collation = session_.collation_of(session_.database);
    TempTable table;
    table.engine_name = new_engine_name(session_);
    std::vector<engine::Type> types;
    for (std::size_t i = 0; i < stream.columns.size(); ++i) {
      const ResultColumn& column = stream.columns[i];
      SqlType type = bind_type(parse_type_name(column.type), collation);
      if (const Collation* own = find_collation(column.collation); own && is_character(type))
        type = type.with_collation(own, Coercibility::kImplicit);
      check(engine_type(type) == column.engine_type, "rows come in the engine's types");
      types.push_back(column.engine_type);
      table.columns.push_back({"c" + std::to_string(i), type, true});
      table.defaults.emplace_back();
    }
    session_.connection().execute("CREATE TEMP TABLE " + engine::quote_name(table.engine_name) +
                                  " " + engine_columns(table.columns));
    name_ = "#" + table.engine_name;
    const std::string engine_name = table.engine_name;
    session_.temp_tables.emplace(name_, std::move(table));
    try {
      fill(run, stream, engine_name, std::move(types));
    } catch (...) {
      drop();
      throw;
    }
  }
  ~Stage() { drop(); }
  Stage(const Stage&) = delete;

  const std::string& name() const { return name_; }

 private:
  void fill(Execution& run, const RowStream& stream, const std::string& engine_name,
            std::vector<engine::Type> types) {
    engine::Appender appender = session_.connection().append_to(engine_name);
    engine::ChunkBuilder rows(std::move(types));
    for (bool more = true; more;) {
      run.cancel.check();
      rows.reset();
      more = stream.read(rows);
      if (rows.size() > 0) appender.append(rows);
    }
    appender.close();
  }

  void drop() {
    try {
      drop_temp_table(session_, name_, true);
    } catch (const Error&) {  // the engine's connection is gone, and its tables with it
    }
  }

  SessionState& session_;
  std::string name_;
};

}  // namespace

void announce_bulk_load(Execution& run, const Frame& frame, const ast::InsertBulk& statement) {
  AnnouncedLoad load;
  bool keep_identity = false;
  for (const ast::Option& option : statement.options) {
    const std::string_view name = option.name;
    if (std::ranges::find(kOptions, name.substr(0, name.find(' '))) == kOptions.end()) {
      throw failure_of(Code::kInvalidArgument, 102, 15, 1,
                       "Incorrect syntax near '" + option.name + "'.", option.span,
                       "INSERT BULK has no option of this name.");
    }
    load.keep_nulls = load.keep_nulls || name == "KEEP_NULLS";
    keep_identity = keep_identity || name == "KEEP_IDENTITY";
  }
  const auto context = make_context(run, frame);
  WriteTarget target =
      WriteTarget::resolve(run, *context, statement.table, identity::actions::kSqlInsert);
  const auto identity = target.identity();
  std::vector<ast::Identifier> names;
  for (const ast::SchemaColumn& column : statement.columns) names.push_back(column.name);
  const bool named = identity && std::ranges::any_of(names, [&](const ast::Identifier& name) {
                       return equal_ignoring_case(name.text, target.columns()[*identity].name);
                     });
  if (named) target.take_identities();
  if (named && keep_identity)
    load.identities_of = to_lower(context->object_name(statement.table).text());
  std::string columns;
  for (const std::size_t index : target.chosen(names)) {
    const TargetColumn& column = target.columns()[index];
    if (index == identity && !keep_identity) {
      load.passed = load.defaults.size();
      load.defaults.emplace_back();
      continue;
    }
    columns += (columns.empty() ? "" : ", ") + bracketed_column(column.name);
    load.defaults.push_back(target.defaults()[index]);
  }
  load.insert = "INSERT INTO " + bracketed_column(statement.table) + " (" + columns + ")";
  run.session.announced = std::move(load);
}

void take_bulk_load(Execution& run, Frame& frame, const RowStream& stream) {
  if (!run.session.announced) {
    throw failure_of(Code::kInvalidArgument, 4002, 16, 1,
                     "The incoming tabular data stream (TDS) protocol stream is incorrect. Rows "
                     "came that INSERT BULK has not announced.");
  }
  const AnnouncedLoad load = *std::exchange(run.session.announced, std::nullopt);
  if (stream.columns.size() != load.defaults.size()) {
    throw failure_of(Code::kInvalidArgument, 4815, 16, 1,
                     "Received an invalid column count from the bcp client: " +
                         std::to_string(stream.columns.size()) + " instead of " +
                         std::to_string(load.defaults.size()) + ".");
  }
  const Stage stage(run, stream);
  std::string items;
  for (std::size_t i = 0; i < load.defaults.size(); ++i) {
    if (i == load.passed) continue;
    const std::string name = "c" + std::to_string(i);
    const bool filled = !load.keep_nulls && !load.defaults[i].empty();
    items += (items.empty() ? "" : ", ") +
             (filled ? "ISNULL(" + name + ", " + load.defaults[i] + ")" : name);
  }
  ast::Batch batch = parse_batch(load.insert + " SELECT " + items + " FROM [" + stage.name() + "]");
  frame.text = batch.text;
  struct Identities {
    std::string& of;
    std::string before;
    ~Identities() { of = before; }
  } const restored{run.session.identity_insert, run.session.identity_insert};
  if (!load.identities_of.empty()) run.session.identity_insert = load.identities_of;
  Interpreter(run, frame).run(batch.statements);
}

}  // namespace tarn::sql
