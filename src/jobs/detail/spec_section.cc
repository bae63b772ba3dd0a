#include "detail/spec_section.h"

#include "base/text.h"

namespace tarn::jobs::detail {
namespace {

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

}  // namespace

Section::Section(const Yaml& map, std::string_view name, std::string_view prefix,
                 std::span<const KeyRule> rules, std::vector<Skipped>& skipped)
    : map_(map), name_(name) {
  for (const auto& [key, value] : map.entries()) {
    const KeyRule* rule = nullptr;
    for (const KeyRule& candidate : rules) {
      if (candidate.key == key.as_string()) rule = &candidate;
    }
    if (rule == nullptr) {
      std::vector<std::string> known;
      for (const KeyRule& candidate : rules) known.emplace_back(candidate.key);
      key.fail("unknown key " + in_quotes(key.as_string()) + " in " + name_ + ".",
               did_you_mean(key.as_string(), known));
    }
    if (value.is_null()) continue;
    const std::string full = std::string(prefix) + std::string(rule->key);
    switch (rule->treatment) {
      case Treatment::kRead:
      case Treatment::kQuiet:
        break;
      case Treatment::kSkippedIfTrue:
        if (!value.as_bool()) break;
        [[fallthrough]];
      case Treatment::kSkipped:
        skipped.push_back({key.place(), full + ": " + std::string(rule->reason)});
        break;
      case Treatment::kRefused:
        throw Error(Code::kUnsupported, in_quotes(full) + " is not in this version of Tarn.",
                    std::string(rule->reason))
            .at(key.place());
    }
  }
}

const Yaml* Section::find(std::string_view key) const {
  const Yaml* value = map_.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const Yaml& Section::require(std::string_view key) const {
  const Yaml* value = find(key);
  if (value == nullptr) map_.fail("the key " + in_quotes(key) + " is missing in " + name_ + ".");
  return *value;
}

std::string Section::text(std::string_view key) const {
  const Yaml* value = find(key);
  return value == nullptr ? std::string() : value->as_string();
}

std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : to_lower(name)) {
    if (c != '_') plain.push_back(c);
  }
  return plain;
}

std::size_t read_enum(const Yaml& value, std::string_view key,
                      std::span<const std::string_view> names) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (plain_name(names[i]) == plain_name(value.as_string())) return i;
    known.emplace_back(names[i]);
  }
  std::string hint = did_you_mean(value.as_string(), known);
  if (hint.empty()) hint = "It is one of: " + join(known, ", ") + ".";
  value.fail("unknown value " + in_quotes(value.as_string()) + " of " + in_quotes(key) + ".", hint);
}

std::map<std::string, std::string> read_texts(const Yaml& map) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : map.entries()) {
    texts[key.as_string()] = value.is_null() ? std::string() : value.as_string();
  }
  return texts;
}

}  // namespace tarn::jobs::detail
