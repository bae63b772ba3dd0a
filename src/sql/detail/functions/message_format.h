#pragma once
// The message strings of FORMATMESSAGE and RAISERROR: "%s", "%-20s", "%d", "%#x", ...

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tarn::sql {

inline constexpr std::size_t kMessageLengthMax = 2047;  // longer ones end in an ellipsis
inline constexpr std::size_t kMessageArgumentsMax = 20;

/// A substitution argument; std::monostate is NULL.
using MessageArgument = std::variant<std::monostate, std::int64_t, std::string>;

/// The message with its placeholders filled; an argument that is missing is "(null)". Throws 2786
/// (an argument of another kind than its placeholder) and 2787 (an invalid placeholder).
std::string format_message(std::string_view message, std::span<const MessageArgument> arguments);

}  // namespace tarn::sql
