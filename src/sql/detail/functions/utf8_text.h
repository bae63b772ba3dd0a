#pragma once
// Positions and lengths in UTF-8 text, as T-SQL counts them.

#include <cstddef>
#include <string>
#include <string_view>

namespace tarn::sql {

/// How a length counts: bytes of UTF-8, characters, or UTF-16 units.
enum class LengthUnit { kBytes = 0, kCharacters = 1, kUtf16 = 2 };

inline bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

std::size_t text_length(std::string_view text, LengthUnit unit);
/// The longest beginning that is not longer than `length`.
std::string_view text_prefix(std::string_view text, std::size_t length, LengthUnit unit);
/// The byte at which the character with that number (from 0) begins, or the text's size.
std::size_t character_offset(std::string_view text, std::size_t character);
std::string encoded(char32_t character);
char32_t decoded(std::string_view text);

/// Bytes of the currency sign that the text begins with ("money and smallmoney" lists them); 0:
/// none.
std::size_t currency_sign_bytes(std::string_view text);

/// In lower case, letter by letter, in as many bytes: Latin, Greek and Cyrillic letters.
std::string lower_case(std::string_view text);

/// T-SQL's LIKE: %, _, [a-z], [^abc]. `trims`: blanks at the text's end need not be matched.
bool like_matches(std::string_view text, std::string_view pattern, char escape, bool trims);
/// The character position (from 1) of the first match of the pattern within the text, as PATINDEX
/// has it; 0: none.
std::size_t pattern_index(std::string_view text, std::string_view pattern);

}  // namespace tarn::sql
