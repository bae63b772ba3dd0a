#include "detail/exec/workload/workload.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "detail/exec/failure.h"

namespace tarn::sql {
namespace {

constexpr Hundredths kWhole = 100'00;
constexpr Hundredths kRequestMinLeast = 75;
constexpr Hundredths kRequestStep = 25;

struct Level {
  int units;         // of DW100c: 100
  Hundredths least;  // that a request gets
};
constexpr std::array kLevels = std::to_array<Level>({{100, 2500},
                                                     {200, 1250},
                                                     {300, 800},
                                                     {400, 625},
                                                     {500, 500},
                                                     {1000, 300},
                                                     {1500, 300},
                                                     {2000, 200},
                                                     {2500, 200},
                                                     {3000, 150},
                                                     {5000, 150},
                                                     {6000, 75},
                                                     {7500, 75},
                                                     {10000, 75},
                                                     {15000, 75},
                                                     {30000, 75}});

constexpr std::array<std::string_view, kSystemGroupsCount> kSystemNames = {
    "smallrc",    "mediumrc",   "largerc",    "xlargerc",   "staticrc10", "staticrc20",
    "staticrc30", "staticrc40", "staticrc50", "staticrc60", "staticrc70", "staticrc80"};
constexpr std::array<Hundredths, 4> kDynamicShares = {300, 1000, 2200, 7000};

/// A whole number of digits alone.
std::optional<int> digits_of(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = error == std::errc() && end == text.data() + text.size();
  return all && !text.starts_with('-') ? std::optional(value) : std::nullopt;
}

Level level_of(std::string_view performance_level) {
  std::string_view units = performance_level;
  if (units.size() > 3) units = units.substr(2, units.size() - 3);
  const std::optional<int> value = digits_of(units);
  const auto* found =
      std::ranges::find_if(kLevels, [&](const Level& one) { return one.units == value; });
  return found == kLevels.end() ? kLevels.front() : *found;
}

/// A static class takes a fixed number of concurrency slots, of which a level has so many.
Hundredths static_share(std::size_t step, int units) {
  constexpr int kUnitsOfSlot = 25;
  constexpr Hundredths kShared = 96'00;  // by all slots together
  const int slots = units / kUnitsOfSlot;
  int used = 1;
  for (std::size_t i = 0; i < step && used * 2 <= slots; ++i) used *= 2;
  return kShared * used / slots;
}

Error share_not_allowed(std::string_view what, std::string_view value, std::string_view rule) {
  return failure(105611, "CREATE/ALTER WORKLOAD GROUP statement failed because the value " +
                             std::string(value) + " for " + std::string(what) +
                             " is not allowed.  The value should be " + std::string(rule) + ".");
}

Error share_too_large(std::string_view what, std::string_view value, std::string_view other,
                      std::string_view limit) {
  return failure(10907, "Attribute '" + std::string(what) + "' with value of " +
                            std::string(value) + " is greater than attribute '" +
                            std::string(other) + "' with value of " + std::string(limit) + ".");
}

void check_shares(const WorkloadGroup& group) {
  const std::string min = std::to_string(group.min_percentage);
  const std::string cap = std::to_string(group.cap_percentage);
  const std::string request = percent_text(group.request_min);
  if (group.min_percentage < 0 || group.min_percentage > 100)
    throw share_not_allowed("MIN_PERCENTAGE_RESOURCE", min, "an integer between 0 and 100");
  if (group.cap_percentage < 1 || group.cap_percentage > 100)
    throw share_not_allowed("CAP_PERCENTAGE_RESOURCE", cap, "an integer between 1 and 100");
  if (group.request_min < kRequestMinLeast || group.request_min > kWhole ||
      group.request_min % kRequestStep != 0) {
    throw share_not_allowed("REQUEST_MIN_RESOURCE_GRANT_PERCENT", request,
                            "a multiple of 0.25 between 0.75 and 100.00");
  }
  if (group.request_max > kWhole) {
    throw share_not_allowed("REQUEST_MAX_RESOURCE_GRANT_PERCENT", percent_text(group.request_max),
                            "at most 100.00");
  }
  if (group.min_percentage > group.cap_percentage)
    throw share_too_large("MIN_PERCENTAGE_RESOURCE", min, "CAP_PERCENTAGE_RESOURCE", cap);
  if (group.request_min > group.cap_percentage * 100)
    throw share_too_large("REQUEST_MIN_RESOURCE_GRANT_PERCENT", request, "CAP_PERCENTAGE_RESOURCE",
                          cap);
  if (group.request_max < group.request_min) {
    throw failure(10908, "Attribute 'REQUEST_MAX_RESOURCE_GRANT_PERCENT' with value of " +
                             percent_text(group.request_max) +
                             " is less than attribute 'REQUEST_MIN_RESOURCE_GRANT_PERCENT' with "
                             "value of " +
                             request + ".");
  }
  if (group.min_percentage * 100 % group.request_min != 0) {
    throw share_not_allowed("REQUEST_MIN_RESOURCE_GRANT_PERCENT", request,
                            "a factor of MIN_PERCENTAGE_RESOURCE, " + min);
  }
}

int reserved_by_others(const WorkloadGroup& group, const PoolWorkload& all) {
  int sum = 0;
  for (const WorkloadGroup& other : all.groups)
    if (!equal_ignoring_case(other.name, group.name)) sum += other.min_percentage;
  return sum;
}

template <typename Named>
const Named* named(const std::vector<Named>& all, std::string_view name) {
  const auto found = std::ranges::find_if(
      all, [name](const Named& one) { return equal_ignoring_case(one.name, name); });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::optional<Hundredths> percent_of(std::string_view text) {
  constexpr std::size_t kDigitsMax = 3;
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string fraction(text.substr(std::min(point + 1, text.size())));
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  if (point > kDigitsMax || fraction.size() > 2) return std::nullopt;
  fraction.resize(2, '0');
  const std::optional<int> whole = point == 0 ? 0 : digits_of(text.substr(0, point));
  const std::optional<int> part = digits_of(fraction);
  return whole && part ? std::optional(*whole * 100 + *part) : std::nullopt;
}

std::string percent_text(Hundredths value) {
  std::string part = std::to_string(value % 100);
  if (part.size() < 2) part.insert(0, "0");
  return std::to_string(value / 100) + "." + part;
}

std::optional<int> minute_of(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const std::optional<int> hour = digits_of(text.substr(0, 2));
  const std::optional<int> minute = digits_of(text.substr(3));
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  return *hour * 60 + *minute;
}

std::string minute_text(int minute) {
  const auto two = [](int value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return two(minute / 60) + ":" + two(minute % 60);
}

const WorkloadGroup* PoolWorkload::group(std::string_view name) const {
  return named(groups, name);
}
const WorkloadClassifier* PoolWorkload::classifier(std::string_view name) const {
  return named(classifiers, name);
}

PoolWorkload system_workload(std::string_view performance_level, Micros created) {
  const Level level = level_of(performance_level);
  PoolWorkload result;
  for (std::size_t i = 0; i < kSystemNames.size(); ++i) {
    const bool dynamic = i < kDynamicShares.size();
    const Hundredths share =
        dynamic ? kDynamicShares[i] : static_share(i - kDynamicShares.size(), level.units);
    const std::string name(kSystemNames[i]);
    const int id = static_cast<int>(i) + 1;
    result.groups.push_back({.id = id,
                             .name = name,
                             .request_min = share,
                             .request_max = share,
                             .created = created,
                             .modified = created});
    result.classifiers.push_back({.id = id,
                                  .name = name,
                                  .group = name,
                                  .member = name,
                                  .importance = Importance::kNormal,
                                  .created = created,
                                  .modified = created});
  }
  return result;
}

void check_group(const WorkloadGroup& group, const PoolWorkload& others) {
  check_shares(group);
  if (group.timeout_s < 0) {
    throw share_not_allowed("QUERY_EXECUTION_TIMEOUT_SEC", std::to_string(group.timeout_s),
                            "0 or a positive integer");
  }
  if (reserved_by_others(group, others) + group.min_percentage > 100) {
    throw failure(10910,
                  "The operation could not be completed. The specified 'MIN_PERCENTAGE_RESOURCE' "
                  "value, " +
                      std::to_string(group.min_percentage) +
                      ", causes the sum of minimums on all workload groups to exceed 100 percent. "
                      "Reduce the value or modify other workload groups so that the sum is less "
                      "than 100.");
  }
}

EffectiveShares effective_shares(const WorkloadGroup& group, const PoolWorkload& all,
                                 std::string_view performance_level) {
  const Hundredths least = level_of(performance_level).least;
  EffectiveShares shares;
  shares.request_min = std::max(group.request_min, least);
  shares.request_max = std::max(group.request_max, shares.request_min);
  // What cannot hold one request is shared by all.
  if (group.min_percentage * 100 >= shares.request_min)
    shares.min_percentage = group.min_percentage;
  int reserved = 0;
  for (const WorkloadGroup& other : all.groups) {
    const bool holds_one = other.min_percentage * 100 >= std::max(other.request_min, least);
    if (other.id != group.id && holds_one) reserved += other.min_percentage;
  }
  shares.cap_percentage = std::min(group.cap_percentage, 100 - reserved);
  return shares;
}

}  // namespace tarn::sql
