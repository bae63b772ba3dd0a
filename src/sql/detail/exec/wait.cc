#include "detail/exec/wait.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/text.h"
#include "detail/exec/failure.h"
#include "detail/exec/interpreter.h"
#include "detail/exec/query_run.h"
#include "detail/functions/moment_value.h"

namespace tarn::sql {
namespace {

constexpr std::size_t kFractionDigitsMax = 3;

/// Digits alone, at most `digits_max` of them; -1 for anything else.
int number_of(std::string_view text, std::size_t digits_max) {
  if (text.empty() || text.size() > digits_max) return -1;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

Micros wait_time(std::string_view text, ast::Span span) {
  const auto wrong = [&]() {
    return failure_of(
        Code::kInvalidArgument, 148, 15, 1,
        "Incorrect time syntax in time string '" + std::string(text) + "' used with WAITFOR.", span,
        "Write hh:mm:ss, less than 24 hours.");
  };
  std::string_view rest = trim(text);
  Micros fraction = 0;
  if (const std::size_t point = rest.find('.'); point != std::string_view::npos) {
    std::string digits(rest.substr(point + 1));
    const int value = number_of(digits, kFractionDigitsMax);
    if (value < 0) throw wrong();
    digits.resize(6, '0');
    fraction = std::stoi(digits);
    rest = rest.substr(0, point);
  }
  const std::vector<std::string> parts = split(rest, ':');
  if (parts.size() < 2 || parts.size() > 3) throw wrong();
  std::array<int, 3> values{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    values[i] = number_of(parts[i], 2);
    if (values[i] < 0 || values[i] > (i == 0 ? 23 : 59)) throw wrong();
  }
  return (values[0] * Micros{3600} + values[1] * Micros{60} + values[2]) * kSecond + fraction;
}

void wait_for(Micros duration, const CancelToken& cancel) {
  std::mutex mutex;
  std::condition_variable changed;
  bool cancelled = false;
  const auto registration = cancel.on_cancel([&] {
    const std::lock_guard lock(mutex);
    cancelled = true;
    changed.notify_all();
  });
  {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::microseconds(duration), [&] { return cancelled; });
  }
  cancel.check();
}

void Interpreter::wait(ast::WaitFor& statement, ast::Span span) {
  const SqlType text = SqlType::varchar(30);
  const Micros time =
      wait_time(evaluate(run_, frame_, *statement.value, &text).text.value_or(""), span);
  if (!statement.until) return wait_for(time, run_.cancel);
  const Micros of_day = run_.session.services.clock->now() % kDay;
  wait_for(time >= of_day ? time - of_day : time + kDay - of_day, run_.cancel);
}

}  // namespace tarn::sql
