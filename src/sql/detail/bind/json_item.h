#pragma once
// Values as JSON, for FOR JSON and JSON_MODIFY.

#include "detail/bind/bound.h"

namespace tarn::sql {

/// Whether the item's text is JSON already: JSON_QUERY, JSON_MODIFY, and a subquery FOR JSON that
/// has its brackets.
bool gives_json(const bound::Expr& item);

/// The value as JSON text: a quoted string, a number, true or false; NULL for NULL. Text of
/// `is_json` stays as it is.
bound::ExprPtr json_of(bound::ExprPtr value, bool is_json, const Collation* collation);

}  // namespace tarn::sql
