#pragma once
// Shows where in a text an error lies.

#include <string>
#include <string_view>

#include "base/error.h"

namespace tarn::sql {

/// Two lines without a final line end: the text's line at `place` and a caret under the column.
/// Long lines are cut to kCaretWidthMax characters around it; a tab stays a tab, so that the caret
/// lines up. Empty when the place has no line or the text has no such line.
std::string render_caret(std::string_view text, const Place& place);

inline constexpr int kCaretWidthMax = 120;

}  // namespace tarn::sql
