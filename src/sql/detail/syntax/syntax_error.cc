#include "detail/syntax/syntax_error.h"

#include <utility>

namespace tarn::sql {
namespace {

/// Long literals are cut: the message shall fit a line.
constexpr std::size_t kNearBytesMax = 100;

std::string shortened(std::string_view text) {
  if (text.size() <= kNearBytesMax) return std::string(text);
  std::size_t end = kNearBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

Place place_of(ast::Span span) {
  return {
      .source = {}, .line = static_cast<int>(span.line), .column = static_cast<int>(span.column)};
}

}  // namespace

Error syntax_error(int number, std::string message, ast::Span span, std::string hint) {
  return Error(Code::kInvalidArgument, std::move(message), std::move(hint))
      .at(place_of(span))
      .with_sql({.number = number, .severity = kSyntaxSeverity, .state = 1, .procedure = {}});
}

Error incorrect_syntax(std::string_view near_text, ast::Span span, std::string hint) {
  return syntax_error(102, "Incorrect syntax near '" + shortened(near_text) + "'.", span,
                      std::move(hint));
}

Error unsupported_syntax(std::string_view what, ast::Span span) {
  return Error(Code::kUnsupported,
               "Keyword or statement option '" + std::string(what) + "' is not supported.")
      .at(place_of(span))
      .with_sql({.number = 40517, .severity = 16, .state = 1, .procedure = {}});
}

}  // namespace tarn::sql
