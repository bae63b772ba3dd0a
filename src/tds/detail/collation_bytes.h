#pragma once
// Collations as five bytes ([MS-TDS] 2.2.5.1.2): the locale's number in 20 bits, what comparisons
// ignore, binary order and UTF-8 in a bit each, the version in four, and the sort order's number of
// SQL_… collations.

#include <array>
#include <string>
#include <string_view>

namespace tarn::tds::detail {

using CollationBytes = std::array<char, 5>;

/// Of SQL Server's Latin1_General collations and SQL_Latin1_General_CP1_…; of any other name, and
/// of none, the server's (SQL_Latin1_General_CP1_CI_AS).
CollationBytes collation_bytes(std::string_view name);
/// The name of those that collation_bytes() knows; empty for others.
std::string collation_name(const CollationBytes& bytes);

enum class TextEncoding { kWindows1252, kUtf8, kOther };
/// How char and varchar of the collation are written.
TextEncoding encoding_of(const CollationBytes& bytes);
/// Whether upper and lower case differ in comparisons.
bool case_sensitive(const CollationBytes& bytes);

}  // namespace tarn::tds::detail
