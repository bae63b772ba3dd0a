#pragma once
// Which parts of a date each function takes, of which type: errors 9806 and 9810.

#include <string>
#include <string_view>

#include "detail/bind/bound.h"

namespace tarn::sql {

/// Throws 9806 where no type has the part for that function, 9810 where this one has not.
/// `function` is in upper case, `part` canonical.
void check_date_part(std::string_view function, std::string_view part, const SqlType& type,
                     ast::Span span);

}  // namespace tarn::sql
