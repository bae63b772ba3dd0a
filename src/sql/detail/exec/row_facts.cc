#include "detail/exec/row_facts.h"

#include <vector>

#include "sql/session.h"

namespace tarn::sql {

std::shared_ptr<RowFacts> make_row_facts() { return std::make_shared<RowFacts>(); }

RowFacts::Slot::Slot(std::shared_ptr<RowFacts> facts, std::int64_t number)
    : facts_(std::move(facts)), number_(number) {}

RowFacts::Slot::~Slot() {
  if (!facts_) return;
  const std::lock_guard lock(facts_->mutex_);
  facts_->calls_.erase(number_);
}

RowFacts::Slot RowFacts::add(std::size_t arguments, Function function) {
  check(arguments <= kSystemArgumentsMax, "a system function has too many arguments");
  auto call = std::make_shared<Call>();
  call->arguments = arguments;
  call->function = std::move(function);
  const std::lock_guard lock(mutex_);
  const std::int64_t number = next_++;
  calls_[number] = std::move(call);
  return {shared_from_this(), number};
}

std::shared_ptr<RowFacts::Call> RowFacts::find(std::int64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(number);
  check(found != calls_.end(), "a system function was called after its statement");
  return found->second;
}

RowFacts::Text RowFacts::value_of(Call& call, std::span<const Text> arguments) {
  std::string key;
  for (const Text& argument : arguments)
    key += argument ? std::to_string(argument->size()) + ":" + *argument : "-";
  const std::lock_guard lock(call.mutex);
  const auto found = call.known.find(key);
  if (found != call.known.end()) return found->second;
  if (call.known.size() == kRowFactsKeptMax) call.known.clear();
  return call.known[key] = call.function(arguments);
}

void RowFacts::register_with(engine::Database& database) {
  engine::ScalarFunction function;
  function.name = "tarn_row_fact";
  function.parameters = {engine::Type(engine::Kind::kInt64)};
  for (std::size_t i = 0; i < kSystemArgumentsMax; ++i)
    function.parameters.emplace_back(engine::Kind::kText);
  function.result = engine::Type(engine::Kind::kText);
  function.call = [self = shared_from_this()](const engine::Chunk& input,
                                              engine::ColumnWriter& output) {
    for (std::size_t row = 0; row < input.size(); ++row) {
      const auto call = self->find(input.column(0).integer(row));
      std::vector<Text> arguments(call->arguments);
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        const engine::Column column = input.column(i + 1);
        if (!column.is_null(row)) arguments[i] = std::string(column.text(row));
      }
      const Text value = value_of(*call, arguments);
      value ? output.set_text(row, *value) : output.set_null(row);
    }
  };
  database.register_function(std::move(function));
}

}  // namespace tarn::sql
