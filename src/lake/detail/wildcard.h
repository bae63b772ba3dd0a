#pragma once
// One component of a pattern: '*' any text, '?' one character, '{a,b}' one of several texts.

#include <string>
#include <string_view>
#include <vector>

namespace tarn::lake::detail {

class Wildcard {
 public:
  static constexpr std::size_t kAlternativesMax = 1000;  // after multiplying out the braces

  /// Throws Error(kTooLarge) above kAlternativesMax.
  explicit Wildcard(std::string component);

  const std::string& text() const { return text_; }
  /// "**": any number of components.
  bool any_depth() const { return text_ == "**"; }
  /// No wildcard in it: matches only itself.
  bool literal() const { return literal_; }
  /// Works in the product of both lengths at worst.
  bool matches(std::string_view name) const;

 private:
  std::string text_;
  bool literal_;
  std::vector<std::string> alternatives_;
};

}  // namespace tarn::lake::detail
