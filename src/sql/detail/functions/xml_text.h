#pragma once
// XML as text: special characters, names, and what a fragment says without its tags.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::sql {

/// With &amp; &lt; &gt;, in attributes also &quot; and line ends as &#x0A;; characters that XML has
/// none of as &#x01;.
std::string xml_escaped(std::string_view text, bool attribute);

/// The offset of the first character that no XML name has there; the name's end for an empty one;
/// nothing for a name. Colons are taken.
std::optional<std::size_t> bad_xml_name_character(std::string_view name);
/// A column's name as an XML name: "a b" is a_x0020_b.
std::string encoded_xml_name(std::string_view name);
/// How many bytes the character there has.
std::size_t utf8_length_at(std::string_view text, std::size_t offset);
/// "0x0020"; "0x0000" at the end.
std::string code_point_text(std::string_view text, std::size_t offset);

/// The text between the tags of a fragment that FOR XML has made; `first` only up to the first tag,
/// or nothing where there is no text outside of elements.
std::optional<std::string> xml_fragment_text(std::string_view xml, bool first);

}  // namespace tarn::sql
