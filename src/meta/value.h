#pragma once
// A parameter of a statement: null, an integer, a double or a text. A text is not copied; it must
// live until the call returns, which every argument of the call itself does.

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tarn::meta {

class Value {
 public:
  using Storage = std::variant<std::monostate, std::int64_t, double, std::string_view>;

  Value(std::nullptr_t) {
  }  // NOLINT(google-explicit-constructor): an argument list should read plainly
  template <std::integral T>
  Value(T value) : storage_(static_cast<std::int64_t>(value)) {}  // bool is 0 or 1
  Value(double value) : storage_(value) {}
  Value(const char* text) : storage_(std::string_view(text)) {}
  Value(std::string_view text) : storage_(text) {}
  Value(const std::string& text) : storage_(std::string_view(text)) {}
  template <typename T>
  Value(const std::optional<T>& value) {
    if (value) storage_ = Value(*value).storage_;
  }

  const Storage& storage() const { return storage_; }

 private:
  Storage storage_;
};

}  // namespace tarn::meta
