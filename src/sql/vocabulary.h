#pragma once
// The words of T-SQL, for whoever helps to write it: a shell, an editor.

#include <string>
#include <string_view>
#include <vector>

namespace tarn::sql {

/// Keywords and the names of types, in upper case, sorted.
std::vector<std::string> keywords();
/// Whether a name that is this word must stand in brackets.
bool is_reserved_word(std::string_view word);
/// The functions that a query may call, in upper case, sorted.
std::vector<std::string> builtin_functions();

}  // namespace tarn::sql
