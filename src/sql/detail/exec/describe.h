#pragma once
// What a text would give, without running it: the columns of its first result set, and the types of
// the parameters that it does not declare.
// https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-describe-first-result-set-transact-sql

#include <optional>
#include <string>
#include <vector>

#include "detail/bind/bound.h"
#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// The columns of the first result set; nothing where the text gives none. Errors as its
/// compilation. `declarations` are its parameters: "@p1 int".
std::optional<std::vector<bound::ResultColumn>> first_result_set(Execution& run,
                                                                 const Frame& caller,
                                                                 const std::string& text,
                                                                 const std::string& declarations);

/// Sends the columns without rows; nothing where there are none, or the text does not tell.
void show_columns(Execution& run, const Frame& caller, const std::string& text,
                  const std::string& declarations);

/// T-SQL that selects the columns as sp_describe_first_result_set and
/// sys.dm_exec_describe_first_result_set have them.
std::string description_query(const std::vector<bound::ResultColumn>& columns);

struct UndeclaredParameter {
  std::string name;
  SqlType type;  // nvarchar(4000) where nothing tells
};
/// In the order in which they come first.
std::vector<UndeclaredParameter> undeclared_parameters(Execution& run, const Frame& caller,
                                                       const std::string& text,
                                                       const std::string& declarations);

/// sp_describe_first_result_set @tsql, @params, @browse_information_mode
void describe_first_result_set(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_describe_undeclared_parameters @tsql, @params
void describe_undeclared_parameters(Execution& run, Frame& caller, const ast::Execute& statement);

}  // namespace tarn::sql
