#pragma once
// System functions over rows: OBJECTPROPERTY(object_id, 'IsTable') FROM sys.objects.
//
// A call whose arguments are no constants goes to the engine as tarn_row_fact(slot, arguments …),
// one function for all of them. The slot names what the statement put aside for the call; it lives
// as long as the statement.

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "detail/bind/context.h"
#include "engine/database.h"

namespace tarn::sql {

inline constexpr std::size_t kRowFactsKeptMax = 100'000;  // values of one call, by their arguments

class RowFacts : public std::enable_shared_from_this<RowFacts> {
 public:
  using Text = std::optional<std::string>;  // nothing is NULL
  using Function = std::function<Text(std::span<const Text> arguments)>;

  /// Takes the call out when it goes.
  class Slot {
   public:
    Slot(std::shared_ptr<RowFacts> facts, std::int64_t number);
    ~Slot();
    Slot(Slot&& other) noexcept = default;
    std::int64_t number() const { return number_; }

   private:
    std::shared_ptr<RowFacts> facts_;  // null after a move
    std::int64_t number_;
  };

  /// `function` is called for one row at a time, and once for equal arguments.
  Slot add(std::size_t arguments, Function function);
  /// The engine's function. Once for each database is enough.
  void register_with(engine::Database& database);

 private:
  struct Call {
    std::mutex mutex;
    std::size_t arguments = 0;
    Function function;
    std::map<std::string, Text> known;
  };

  std::shared_ptr<Call> find(std::int64_t number);
  static Text value_of(Call& call, std::span<const Text> arguments);

  std::mutex mutex_;
  std::int64_t next_ = 1;
  std::map<std::int64_t, std::shared_ptr<Call>> calls_;
};

}  // namespace tarn::sql
