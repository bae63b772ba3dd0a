#pragma once
// What may be a name on disk: one component of a path.

#include <optional>
#include <string>
#include <string_view>

namespace tarn::lake::detail {

/// Why `text` as a whole is refused: invalid UTF-8, control characters, backslashes; empty when it
/// is fine.
std::string_view refusal_of_text(std::string_view text);

/// Why `component` cannot be one: empty, only dots, too long, a reserved name, or an escape that
/// percent-decoding would bring out, however often; empty when it is fine.
std::string_view refusal_of_component(std::string_view component);

/// Decodes %XX once; empty where a '%' is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

/// At most 200 bytes, control characters and invalid bytes replaced by '?': for messages.
std::string printable(std::string_view text);

}  // namespace tarn::lake::detail
