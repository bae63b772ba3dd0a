#pragma once
// The bytes of one value ([MS-TDS] 2.2.5.2.3).

#include <optional>
#include <string>
#include <string_view>

#include "detail/type_info.h"

namespace tarn::tds::detail {

/// text, ntext and image stand behind a text pointer in a row.
enum class Within { kCall, kRow };

/// Nothing for NULL. The bytes lie in `storage`, which is emptied first, or in the reader until its
/// next call; their number is one that the type can have. Throws BadBytes. Not for sql_variant.
std::optional<std::string_view> read_value(StreamReader& in, const TypeInfo& type, Within within,
                                           std::string& storage);

/// A value of an sql_variant, whose own type goes to `type`.
std::optional<std::string_view> read_variant(StreamReader& in, TypeInfo& type);

}  // namespace tarn::tds::detail
