#pragma once
// SET LANGUAGE and SET DATEFORMAT: the languages that SQL Server knows, and which of them are here.
// https://learn.microsoft.com/sql/relational-databases/system-compatibility-views/sys-syslanguages-transact-sql
// https://learn.microsoft.com/sql/t-sql/statements/set-dateformat-transact-sql

#include <span>
#include <string_view>

#include "detail/exec/session_state.h"
#include "detail/types/date_order.h"

namespace tarn::sql {

struct Language {
  int id;
  std::string_view name;   // @@LANGUAGE
  std::string_view alias;  // as SET LANGUAGE may say as well
  DateOrder order;
  int date_first;  // 1 is Monday
};

/// Those whose names of months and days are here, so that SET LANGUAGE may choose them.
std::span<const Language> spoken_languages();
/// The session's.
const Language& language_of(const SessionState& session);

/// Its dates stand in its order, and its week begins as it has it. 2740 for what is no language;
/// the others of SQL Server are refused by name.
void set_language(Execution& run, std::string_view name, ast::Span span);
/// "dmy". 2741 for what is no order.
void set_date_format(SessionState& session, std::string_view format, ast::Span span);

}  // namespace tarn::sql
