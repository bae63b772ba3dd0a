#include "detail/types/collation.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace tarn::sql {
namespace {

void add_sensitivities(std::vector<Collation>& all, const std::string& family,
                       const std::vector<std::string>& suffixes) {
  for (const std::string& suffix : suffixes) {
    const bool utf8 = suffix.ends_with("UTF8");
    for (const bool accents : {true, false}) {
      const std::string end = (accents ? "_AS" : "_AI") + suffix;
      all.push_back({family + "_CI" + end, CaseRule::kInsensitive, utf8, accents});
      all.push_back({family + "_CS" + end, CaseRule::kSensitive, utf8, accents});
    }
  }
}

/// Kana (KS) and width (WS) of letters always count here.
std::vector<Collation> make_collations() {
  std::vector<Collation> all = {
      {"SQL_Latin1_General_CP1_CI_AS", CaseRule::kInsensitive, false},
      {"SQL_Latin1_General_CP1_CS_AS", CaseRule::kSensitive, false},
      {"SQL_Latin1_General_CP1_CI_AI", CaseRule::kInsensitive, false, false},
  };
  const std::vector<std::string> classic = {"", "_KS", "_WS", "_KS_WS"};
  std::vector<std::string> modern = classic;
  for (const std::string& suffix : classic) {
    modern.push_back(suffix + "_SC");
    modern.push_back(suffix + "_SC_UTF8");
  }
  add_sensitivities(all, "Latin1_General", classic);
  add_sensitivities(all, "Latin1_General_100", modern);
  for (const std::string family : {"Latin1_General", "Latin1_General_100"}) {
    all.push_back({family + "_BIN", CaseRule::kBinary, false});
    all.push_back({family + "_BIN2", CaseRule::kBinary, false});
  }
  all.push_back({"Latin1_General_100_BIN2_UTF8", CaseRule::kBinary, true});
  return all;
}

const std::vector<Collation>& collations() {
  static const std::vector<Collation> all = make_collations();
  return all;
}

}  // namespace

std::vector<const Collation*> all_collations() {
  std::vector<const Collation*> all;
  for (const Collation& collation : collations()) all.push_back(&collation);
  std::sort(all.begin(), all.end(),
            [](const Collation* left, const Collation* right) { return left->name < right->name; });
  return all;
}

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
