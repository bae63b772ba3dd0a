// Feeds arbitrary text to the parser, binds every query, expression and change of rows in it
// against a few tables, and translates what binds. Nothing but tarn::Error may leave them, and the
// same text must bind to the same columns twice.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "detail/bind/binder.h"
#include "detail/bind/row_binder.h"
#include "detail/syntax/parser.h"
#include "detail/translate/translate.h"
#include "fake_context.h"

namespace {

using namespace tarn::sql;

constexpr std::size_t kTextMax = 4096;

void require(bool condition) {
  if (!condition) std::abort();
}

void bind_query(const ast::Query& query) {
  test::FakeContext context;
  Binder first(context);
  Binder second(context);
  const Translation once = translate(first.bind_query(query));
  const Translation again = translate(second.bind_query(query));
  require(once.columns.size() == again.columns.size());
  for (std::size_t i = 0; i < once.columns.size(); ++i)
    require(once.columns[i].type == again.columns[i].type);
}

/// The table that a statement changes, with its rows' numbers; nothing for what is no table.
std::optional<RowTarget> row_target(test::FakeContext& context, const ast::Target& target,
                                    const std::vector<ast::OutputClause>& outputs) {
  const auto* name = std::get_if<ast::Name>(&target);
  if (!name) return std::nullopt;
  auto resolved = context.resolve_table(*name);
  auto* source = std::get_if<Source>(&resolved);
  if (!source) return std::nullopt;
  RowTarget rows;
  rows.name = source->name;
  std::erase_if(source->columns, [](const SourceColumn& column) { return column.hidden; });
  for (const SourceColumn& column : source->columns) {
    rows.columns.push_back({column.name, column.type, column.nullable});
    rows.defaults.push_back(nullptr);
  }
  rows.row_column = "row";
  source->columns.push_back({rows.row_column, SqlType::bigint(), false, rows.row_column, true});
  rows.source = std::move(*source);
  for (const ast::OutputClause& clause : outputs) {
    rows.outputs.emplace_back();
    if (clause.into) rows.outputs.back() = OutputTarget{"into", rows.columns};
  }
  return rows;
}

/// The first leaf of FROM is taken for the target, else the target alone.
void place(RowTarget& rows, const ast::TableSource* from, const ast::Target& target,
           ast::TableSource& own) {
  own.node = ast::NamedTable{std::get<ast::Name>(target), {}};
  rows.from = from ? from : &own;
  rows.node = rows.from;
  while (const auto* join = std::get_if<ast::Join>(&rows.node->node)) rows.node = join->left.get();
}

void translate_all(const BoundRows& rows) {
  translate(rows.query);
  for (const bound::Query& output : rows.outputs) translate(output);
}

void bind_change(const ast::Statement& statement) {
  test::FakeContext context;
  Binder binder(context);
  ast::TableSource own;
  if (const auto* update = std::get_if<ast::Update>(&statement.node)) {
    auto rows = row_target(context, update->target, update->outputs);
    if (!rows) return;
    place(*rows, update->from.get(), update->target, own);
    translate_all(binder.bind_update(*update, *rows));
  } else if (const auto* remove = std::get_if<ast::Delete>(&statement.node)) {
    auto rows = row_target(context, remove->target, remove->outputs);
    if (!rows) return;
    place(*rows, remove->from.get(), remove->target, own);
    translate_all(binder.bind_delete(*remove, *rows));
  } else if (const auto* merge = std::get_if<ast::Merge>(&statement.node)) {
    auto rows = row_target(context, merge->target, merge->outputs);
    if (!rows) return;
    place(*rows, nullptr, merge->target, own);
    own.alias.name = merge->alias.name;
    translate_all(binder.bind_merge(*merge, *rows));
  } else if (const auto* insert = std::get_if<ast::Insert>(&statement.node)) {
    const auto rows = row_target(context, insert->target, insert->outputs);
    if (!rows) return;
    for (const bound::Query& output : binder.bind_inserted(insert->outputs, *rows))
      translate(output);
    if (const auto* values = std::get_if<ast::Insert::Rows>(&insert->source))
      translate(Binder(context).bind_rows(*values, rows->columns, rows->name, rows->defaults));
    if (const auto* query = std::get_if<ast::QueryPtr>(&insert->source))
      translate(Binder(context).bind_insert(**query, rows->columns, rows->name, insert->ctes));
  }
}

void bind(const ast::Statement& statement) {
  try {
    test::FakeContext context;
    Binder binder(context);
    if (const auto* select = std::get_if<ast::SelectStatement>(&statement.node)) {
      bind_query(*select->query);
    } else if (const auto* print = std::get_if<ast::Print>(&statement.node)) {
      translate_value(*binder.bind_value(*print->value));
    } else if (const auto* set = std::get_if<ast::SetVariable>(&statement.node)) {
      translate_value(*binder.bind_value(*set->value));
    } else if (const auto* branch = std::get_if<ast::If>(&statement.node)) {
      translate_value(*binder.bind_condition(*branch->condition));
    } else if (const auto* view = std::get_if<ast::CreateView>(&statement.node)) {
      bind_query(*view->query);
    } else {
      bind_change(statement);
    }
  } catch (const tarn::Error& error) {
    require(!error.message().empty() && error.code() != tarn::Code::kInternal);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kTextMax) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const ast::Batch batch = parse_batch(text);
    for (const auto& statement : batch.statements) bind(*statement);
  } catch (const tarn::Error&) {
  }
  return 0;
}
