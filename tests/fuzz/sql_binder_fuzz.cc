// Feeds arbitrary text to the parser, binds every query and expression of it against a few tables,
// and translates what binds. Nothing but tarn::Error may leave them, and the same text must bind to
// the same columns twice.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "detail/bind/binder.h"
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
    }
  } catch (const tarn::Error& error) {
    require(!error.message().empty());
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
