#pragma once
// Values in the text form of sql::Parameter as bytes: what RETURNVALUE carries.

#include <optional>
#include <string>
#include <string_view>

#include "detail/type_info.h"

namespace tarn::tds::detail {

/// Appends the value with what stands before it; nothing is NULL. Throws Error(kInternal) for a
/// text that is no value of the type.
void append_value(std::string& out, const TypeInfo& type, const std::optional<std::string>& text);

/// Appends what says NULL in a row, a parameter or a RETURNVALUE.
void append_null(std::string& out, const TypeInfo& type);

}  // namespace tarn::tds::detail
