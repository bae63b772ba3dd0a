#pragma once
// Whether a store is what it should be, seen from outside: nothing is migrated, nothing is changed.

#include <string>
#include <string_view>
#include <vector>

namespace tarn::meta {

/// What is wrong with a store, a sentence each; empty when nothing is. SQLite's file is read in
/// full (PRAGMA integrity_check, foreign_key_check). Of a store in PostgreSQL only its version and
/// tables are looked at: the server checks its pages and keys itself. Throws what Store::open
/// throws for a store that cannot be opened at all.
std::vector<std::string> integrity_problems(std::string_view url_or_path);

}  // namespace tarn::meta
