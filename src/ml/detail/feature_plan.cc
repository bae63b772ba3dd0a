// Which columns become features, and why the others do not.

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "base/error.h"
#include "base/text.h"
#include "detail/features.h"

namespace tarn::ml::detail {

namespace {

constexpr std::string_view kAskedFor = "left out, as asked";

struct ColumnFacts {
  std::size_t present = 0;
  std::size_t missing = 0;
  std::size_t distinct = 0;  // counting stops above the number of rows that matters
  double low = 0;
  double high = 0;
  bool whole = true;  // only whole numbers
};

/// The value as something that can be counted; different values have different keys within a
/// column.
std::uint64_t key_of(const Column& column, std::size_t row) {
  if (column.type == ColumnType::kString) return static_cast<std::uint64_t>(column.codes[row]);
  if (column.type == ColumnType::kDouble) {
    const double value = column.doubles[row] + 0.0;  // -0 and 0 are one value
    std::uint64_t bits = 0;
    static_assert(sizeof bits == sizeof value);
    std::copy_n(reinterpret_cast<const char*>(&value), sizeof value,
                reinterpret_cast<char*>(&bits));
    return bits;
  }
  return static_cast<std::uint64_t>(column.integers[row]);
}

ColumnFacts examine(const Column& column, std::span<const std::size_t> rows) {
  ColumnFacts facts;
  std::unordered_set<std::uint64_t> seen;
  for (const std::size_t row : rows) {
    if (column.missing(row)) {
      ++facts.missing;
      continue;
    }
    seen.insert(key_of(column, row));
    ++facts.present;
    if (column.type == ColumnType::kString) continue;
    const double value = column.number(row);
    facts.low = facts.present == 1 ? value : std::min(facts.low, value);
    facts.high = facts.present == 1 ? value : std::max(facts.high, value);
    facts.whole = facts.whole && value == std::floor(value);
  }
  facts.distinct = seen.size();
  return facts;
}

bool named_like_identifier(std::string_view name) {
  const std::string lower = to_lower(name);
  for (const std::string_view word : {"id", "uuid", "guid", "key", "index", "rowid", "instant"}) {
    if (lower == word) return true;
    if (lower.size() > word.size() + 1 && lower.ends_with(word)) {
      const char before = lower[lower.size() - word.size() - 1];
      if (before == '_' || before == '-' || before == ' ' || before == '.') return true;
    }
  }
  // camelCase: customerId
  return name.size() > 2 && (name.ends_with("Id") || name.ends_with("ID"));
}

/// Empty when the column is no identifier.
std::string identifier_reason(const Column& column, const ColumnFacts& facts) {
  if (facts.present < kIdentifierRowsMin) return {};
  const bool unique = facts.distinct == facts.present;
  if (column.type == ColumnType::kString) {
    if (facts.distinct * 20 >= facts.present * 19) {
      return "looks like an identifier: nearly every row has its own text";
    }
    return {};
  }
  if (column.type != ColumnType::kInt64 || !unique) return {};
  if (facts.high - facts.low + 1 == static_cast<double>(facts.present)) {
    return "looks like an identifier: numbers without gap or repetition";
  }
  if (named_like_identifier(column.name)) {
    return "looks like an identifier: by its name, and no number comes twice";
  }
  return {};
}

std::string drop_reason(const Column& column, const ColumnFacts& facts) {
  if (facts.present == 0) return "all values are missing";
  if (facts.distinct == 1 && facts.missing == 0) return "constant";
  // An indicator of one-valued columns with gaps is kept only where a missing value may mean
  // something: texts.
  if (facts.distinct == 1 && column.type != ColumnType::kString)
    return "constant but for missing values";
  return identifier_reason(column, facts);
}

PlannedColumn planned(const Column& column, const ColumnFacts& facts) {
  PlannedColumn plan;
  plan.name = column.name;
  plan.type = column.type;
  plan.has_missing = facts.missing > 0;
  plan.categories = facts.distinct;
  switch (column.type) {
    case ColumnType::kString:
      plan.treatment = Treatment::kCategory;
      break;
    case ColumnType::kDate:
    case ColumnType::kDatetime:
      plan.treatment = Treatment::kDate;
      break;
    default:
      plan.treatment = Treatment::kNumber;
      plan.few_integers = column.type != ColumnType::kBool && facts.whole && facts.distinct > 2 &&
                          facts.distinct <= kFewIntegersMax;
  }
  return plan;
}

std::string describe(const PlannedColumn& plan) {
  switch (plan.treatment) {
    case Treatment::kNumber:
      return plan.few_integers ? "number, and category where the learner needs it" : "number";
    case Treatment::kDate:
      return "parts of the date";
    default:
      return plan.categories <= kOneHotMax[0] ? "category, one indicator each"
                                              : "category, by target mean and frequency";
  }
}

}  // namespace

FeaturePlan plan_features(const Frame& frame, const Column& target,
                          std::span<const std::size_t> rows,
                          const std::vector<std::string>& dropped) {
  std::unordered_set<const Column*> left_out;
  for (const std::string& name : dropped) left_out.insert(&frame.column(name));
  if (left_out.contains(&target)) {
    throw Error(Code::kInvalidArgument, "the target cannot be left out: " + target.name,
                "Leave it off the list of dropped columns.");
  }
  FeaturePlan plan;
  std::vector<ColumnFacts> facts;
  bool any_kept = false;
  for (const Column& column : frame.columns()) {
    if (&column == &target) continue;
    facts.push_back(examine(column, rows));
    ColumnReport report;
    report.column = column.name;
    report.type = column.type;
    report.missing = facts.back().missing;
    report.reason =
        left_out.contains(&column) ? std::string(kAskedFor) : drop_reason(column, facts.back());
    report.kept = report.reason.empty();
    any_kept = any_kept || report.kept;
    plan.report.push_back(std::move(report));
  }
  for (std::size_t i = 0; i < plan.report.size(); ++i) {
    ColumnReport& report = plan.report[i];
    // An identifier may still order the rows: better than nothing at all.
    const bool usable =
        facts[i].distinct > 1 && report.type != ColumnType::kString && report.reason != kAskedFor;
    if (!any_kept && usable) report.kept = true;
    if (!report.kept) continue;
    plan.columns.push_back(planned(frame.column(report.column), facts[i]));
    report.reason = describe(plan.columns.back());
  }
  if (plan.columns.empty()) {
    std::string reasons;
    for (const ColumnReport& report : plan.report) {
      reasons += (reasons.empty() ? "" : ", ") + report.column + " (" + report.reason + ")";
    }
    throw Error(
        Code::kInvalidArgument,
        "no column can be used as a feature" + (reasons.empty() ? std::string() : ": " + reasons),
        "Give at least one column beside the target that varies.");
  }
  return plan;
}

}  // namespace tarn::ml::detail
