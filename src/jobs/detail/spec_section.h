#pragma once
// One map of a job's YAML, read by a table of the keys that Azure ML has in it.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"
#include "jobs/automl_spec.h"

namespace tarn::jobs::detail {

/// What becomes of a key that Azure ML knows.
enum class Treatment {
  kRead,           // by the caller
  kQuiet,          // says what is always so here, or who the file is for
  kSkipped,        // has no effect: told, with the reason
  kSkippedIfTrue,  // a switch that is off here
  kRefused,        // would change the result: refused, with the reason
};

struct KeyRule {
  std::string_view key;
  Treatment treatment = Treatment::kRead;
  std::string_view reason = {};
};

class Section {
 public:
  /// Checks all keys of `map` by the rules. `name` is as in "unknown key 'x' in limits"; `prefix`
  /// stands before the key of a skipped one ("limits.").
  Section(const Yaml& map, std::string_view name, std::string_view prefix,
          std::span<const KeyRule> rules, std::vector<Skipped>& skipped);

  /// Null when the key is absent or its value is null.
  const Yaml* find(std::string_view key) const;
  /// As find(), but throws where the key is missing.
  const Yaml& require(std::string_view key) const;
  std::string text(std::string_view key) const;  // empty when absent

 private:
  const Yaml& map_;
  std::string name_;
};

/// The value's place in `names`, compared without case and underscores as Azure ML does. Throws
/// with the nearest.
std::size_t read_enum(const Yaml& value, std::string_view key,
                      std::span<const std::string_view> names);

/// Lower case without underscores: "XGBoostRegressor" and "xg_boost_regressor" are the same name.
std::string plain_name(std::string_view name);

/// A map of texts, such as tags.
std::map<std::string, std::string> read_texts(const Yaml& map);

}  // namespace tarn::jobs::detail
