#pragma once
// SQL Server's collations, reduced to what decides results here: whether case and accents of
// letters count in comparisons. Those of Latin1_General are known; the order is that of code points
// (in lower case where case does not count), not a dictionary's.

#include <string>
#include <string_view>
#include <vector>

namespace tarn::sql {

enum class CaseRule {
  kBinary,       // code points (…_BIN, …_BIN2)
  kSensitive,    // …_CS_…; compared by code points too
  kInsensitive,  // …_CI_…
};

/// One of the known collations; there is one object of each, so that pointers compare.
struct Collation {
  std::string name;
  CaseRule case_rule;
  bool utf8;
  bool accent_sensitive = true;

  bool ignores_case() const { return case_rule == CaseRule::kInsensitive; }
  bool ignores_accents() const { return !accent_sensitive; }
  /// Whether texts that are written differently may be equal (but for blanks at their end).
  bool folds() const { return ignores_case() || ignores_accents(); }
};

/// All of them, by name.
std::vector<const Collation*> all_collations();
/// The collation of that name (in any case), or null.
const Collation* find_collation(std::string_view name);
/// What a database has when nobody says otherwise: SQL_Latin1_General_CP1_CI_AS.
const Collation* server_collation();
/// What lake databases have: Latin1_General_100_BIN2_UTF8.
const Collation* lake_collation();

/// How strongly an expression insists on its collation (SQL Server's "collation precedence").
enum class Coercibility { kDefault, kImplicit, kExplicit };

}  // namespace tarn::sql
