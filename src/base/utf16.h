#pragma once
// Little-endian UTF-16, as SQL Server stores and sends nvarchar. Bytes that are no UTF-8, and
// halves of pairs that stand alone, become U+FFFD.

#include <cstddef>
#include <string>
#include <string_view>

namespace tarn {

/// Appends two bytes a unit.
void append_utf16(std::string& bytes, std::string_view utf8);
std::string utf16_from_utf8(std::string_view utf8);
/// How many units (not bytes) the text has as UTF-16.
std::size_t utf16_units(std::string_view utf8);

void append_utf8(std::string& text, char32_t character);
/// A single byte at the end is the low half of its unit.
std::string utf8_from_utf16(std::string_view bytes);

}  // namespace tarn
