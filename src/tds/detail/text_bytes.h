#pragma once
// UTF-8, which everything inside has, to and from what columns carry on the wire: UTF-16
// (little-endian) and Windows' code page 1252.

#include <cstddef>
#include <string>
#include <string_view>

namespace tarn::tds::detail {

/// Writes at most 2 * utf8.size() bytes at `to`; returns their end. Bytes that are no UTF-8 become
/// U+FFFD.
char* write_utf16(std::string_view utf8, char* to);
/// Writes at most utf8.size() bytes; characters that the code page lacks become '?'.
char* write_windows1252(std::string_view utf8, char* to);

void append_windows1252_as_utf8(std::string_view bytes, std::string& to);

/// How much of a text's beginning fits in so many units of UTF-16; no character is cut.
std::size_t utf8_prefix_of_units(std::string_view utf8, std::size_t units);
/// How much of it fits in so many bytes; no character is cut.
std::size_t utf8_prefix_of_bytes(std::string_view utf8, std::size_t bytes);
bool is_ascii(std::string_view text);

}  // namespace tarn::tds::detail
