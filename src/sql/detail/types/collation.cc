#include "detail/types/collation.h"

#include <array>
#include <vector>

#include "base/text.h"

namespace tarn::sql {
namespace {

std::vector<Collation> make_collations() {
  std::vector<Collation> all = {
      {"SQL_Latin1_General_CP1_CI_AS", CaseRule::kInsensitive, false},
      {"SQL_Latin1_General_CP1_CS_AS", CaseRule::kSensitive, false},
  };
  for (const std::string family : {"Latin1_General", "Latin1_General_100"}) {
    all.push_back({family + "_BIN", CaseRule::kBinary, false});
    all.push_back({family + "_BIN2", CaseRule::kBinary, false});
    all.push_back({family + "_CI_AS", CaseRule::kInsensitive, false});
    all.push_back({family + "_CS_AS", CaseRule::kSensitive, false});
  }
  const std::string modern = "Latin1_General_100";
  all.push_back({modern + "_BIN2_UTF8", CaseRule::kBinary, true});
  for (const std::string suffix : {"_SC", "_KS_WS", "_KS_WS_SC", "_SC_UTF8", "_KS_WS_SC_UTF8"}) {
    const bool utf8 = suffix.ends_with("UTF8");
    all.push_back({modern + "_CI_AS" + suffix, CaseRule::kInsensitive, utf8});
    all.push_back({modern + "_CS_AS" + suffix, CaseRule::kSensitive, utf8});
  }
  return all;
}

const std::vector<Collation>& collations() {
  static const std::vector<Collation> all = make_collations();
  return all;
}

}  // namespace

const Collation* find_collation(std::string_view name) {
  for (const Collation& collation : collations()) {
    if (equal_ignoring_case(collation.name, name)) return &collation;
  }
  return nullptr;
}

const Collation* server_collation() {
  static const Collation* const collation = find_collation("SQL_Latin1_General_CP1_CI_AS");
  return collation;
}

const Collation* lake_collation() {
  static const Collation* const collation = find_collation("Latin1_General_100_BIN2_UTF8");
  return collation;
}

}  // namespace tarn::sql
