#include "detail/features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/error.h"

namespace tarn::ml::detail {

namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

float to_feature(double value) {
  return static_cast<float>(std::clamp(value, -kNumberMax, kNumberMax));
}

/// The median of the values that are there (the lower one of an even number), 0 without any.
float median(std::vector<float> values) {
  std::erase_if(values, [](float value) { return std::isnan(value); });
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// NaN for a missing date.
double part_of(const Column& column, std::size_t row, DatePart part) {
  DoubleOps ops;
  const double value = column.number(row);
  if (column.type == ColumnType::kDate) return date_part(ops, value, 0.0, part);
  const double days = days_of_micros(ops, value);
  return date_part(ops, days, seconds_of_micros(ops, value, days), part);
}

float date_feature(const Column& column, std::size_t row, DatePart part, float fill) {
  const double value = part_of(column, row, part);
  return std::isnan(value) ? fill : to_feature(value);
}

class Fitting {
 public:
  Fitting(View view, const Frame& frame, std::span<const std::size_t> rows,
          std::span<const double> target)
      : view_(view), frame_(frame), rows_(rows), target_(target) {}

  void add(const PlannedColumn& plan, std::vector<ColumnEncoder>& encoders) const {
    const Column& column = frame_.column(plan.name);
    const auto append = [&](auto encoder) {
      encoders.push_back({plan.name, plan.type, std::move(encoder)});
    };
    switch (plan.treatment) {
      case Treatment::kNumber:
        append(number(column, plan));
        if (view_ == View::kLinear && plan.few_integers) append(equal(column));
        break;
      case Treatment::kCategory:
        if (plan.categories <= kOneHotMax[static_cast<std::size_t>(view_)]) {
          append(one_hot(column));
        } else {
          append(target_mean(column));
        }
        break;
      case Treatment::kDate:
        append(date(column, plan));
        break;
      case Treatment::kDropped:
        break;
    }
  }

 private:
  bool keeps_missing(const PlannedColumn& plan) const {
    return view_ == View::kTree && plan.has_missing;
  }

  NumberEncoder number(const Column& column, const PlannedColumn& plan) const {
    NumberEncoder encoder;
    encoder.indicator = view_ == View::kLinear && plan.has_missing;
    if (keeps_missing(plan)) {
      encoder.fill = kMissing;
      return encoder;
    }
    std::vector<float> values;
    values.reserve(rows_.size());
    for (const std::size_t row : rows_) {
      if (!column.missing(row)) values.push_back(to_feature(column.number(row)));
    }
    encoder.fill = median(std::move(values));
    return encoder;
  }

  EqualEncoder equal(const Column& column) const {
    std::set<double> values;
    for (const std::size_t row : rows_) {
      if (!column.missing(row)) values.insert(column.number(row));
    }
    return {{values.begin(), values.end()}};
  }

  OneHotEncoder one_hot(const Column& column) const {
    std::set<std::string, std::less<>> categories;
    for (const std::size_t row : rows_) categories.emplace(column.text(row));
    return {{categories.begin(), categories.end()}};
  }

  TargetMeanEncoder target_mean(const Column& column) const {
    struct Sum {
      double target = 0;
      double count = 0;
    };
    std::map<std::string, Sum, std::less<>> sums;
    double total = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      Sum& sum = sums[std::string(column.text(rows_[i]))];
      sum.target += target_[i];
      sum.count += 1;
      total += target_[i];
    }
    const double mean = total / static_cast<double>(rows_.size());
    TargetMeanEncoder encoder;
    encoder.unseen_mean = static_cast<float>(mean);
    for (const auto& [category, sum] : sums) {
      encoder.categories.push_back(category);
      encoder.means.push_back(static_cast<float>((sum.target + kTargetMeanPrior * mean) /
                                                 (sum.count + kTargetMeanPrior)));
      encoder.frequencies.push_back(
          static_cast<float>(sum.count / static_cast<double>(rows_.size())));
    }
    return encoder;
  }

  /// Parts that are constant in these rows say nothing and are left out, but for the first.
  DateEncoder date(const Column& column, const PlannedColumn& plan) const {
    DateEncoder encoder;
    for (const DatePart part : kDateParts) {
      const bool of_time = part == DatePart::kHour || part == DatePart::kMinute;
      if (of_time && column.type == ColumnType::kDate) continue;
      std::vector<float> values;
      for (const std::size_t row : rows_) {
        values.push_back(date_feature(column, row, part, kMissing));
      }
      const float middle = median(values);
      const bool constant = std::all_of(values.begin(), values.end(), [&](float value) {
        return std::isnan(value) || value == middle;
      });
      if (constant && part != DatePart::kDays) continue;
      encoder.parts.push_back(part);
      encoder.fills.push_back(keeps_missing(plan) ? kMissing : middle);
    }
    return encoder;
  }

  View view_;
  const Frame& frame_;
  std::span<const std::size_t> rows_;
  std::span<const double> target_;
};

/// The position of each dictionary entry of `column` among the sorted `categories`, -1 where it is
/// not there; at the end that of the empty text.
std::vector<int> positions(const Column& column, const std::vector<std::string>& categories) {
  const auto position = [&](std::string_view text) {
    const auto found = std::lower_bound(categories.begin(), categories.end(), text);
    const bool there = found != categories.end() && *found == text;
    return there ? static_cast<int>(found - categories.begin()) : -1;
  };
  std::vector<int> result;
  result.reserve(column.dictionary.size() + 1);
  for (const std::string& text : column.dictionary) result.push_back(position(text));
  result.push_back(position({}));
  return result;
}

int position_of(const Column& column, std::size_t row, const std::vector<int>& positions) {
  if (column.missing(row)) return positions.back();
  return positions[static_cast<std::size_t>(column.codes[row])];
}

/// Writes the features of one column into `matrix`, from its column `first` on.
class Encoding {
 public:
  Encoding(const Column& column, std::span<const std::size_t> rows, Matrix& matrix,
           std::size_t first)
      : column_(column), rows_(rows), matrix_(matrix), first_(first) {}

  void operator()(const NumberEncoder& encoder) const {
    const auto values = matrix_.column(first_);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      values[i] = column_.missing(rows_[i]) ? encoder.fill : to_feature(column_.number(rows_[i]));
    }
    if (!encoder.indicator) return;
    const auto missing = matrix_.column(first_ + 1);
    for (std::size_t i = 0; i < rows_.size(); ++i) missing[i] = column_.missing(rows_[i]) ? 1 : 0;
  }

  void operator()(const EqualEncoder& encoder) const {
    for (std::size_t v = 0; v < encoder.values.size(); ++v) {
      const auto values = matrix_.column(first_ + v);
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        values[i] = column_.number(rows_[i]) == encoder.values[v] ? 1 : 0;
      }
    }
  }

  void operator()(const OneHotEncoder& encoder) const {
    const std::vector<int> position = positions(column_, encoder.categories);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const int at = position_of(column_, rows_[i], position);
      if (at >= 0) matrix_.column(first_ + static_cast<std::size_t>(at))[i] = 1;
    }
  }

  void operator()(const TargetMeanEncoder& encoder) const {
    const std::vector<int> position = positions(column_, encoder.categories);
    const auto means = matrix_.column(first_);
    const auto frequencies = matrix_.column(first_ + 1);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const int at = position_of(column_, rows_[i], position);
      means[i] = at < 0 ? encoder.unseen_mean : encoder.means[static_cast<std::size_t>(at)];
      frequencies[i] =
          at < 0 ? encoder.unseen_frequency : encoder.frequencies[static_cast<std::size_t>(at)];
    }
  }

  void operator()(const DateEncoder& encoder) const {
    for (std::size_t p = 0; p < encoder.parts.size(); ++p) {
      const auto values = matrix_.column(first_ + p);
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        values[i] = date_feature(column_, rows_[i], encoder.parts[p], encoder.fills[p]);
      }
    }
  }

 private:
  const Column& column_;
  std::span<const std::size_t> rows_;
  Matrix& matrix_;
  std::size_t first_;
};

/// Replaces the target means of the fitted rows by those fitted without the row's own part: a
/// category of one row would otherwise tell its target.
void leave_out_own_part(const FeaturePlan& plan, const Frame& frame,
                        std::span<const std::size_t> rows, std::span<const double> target,
                        FittedFeatures& fitted) {
  std::size_t first = 0;
  for (const ColumnEncoder& encoder : fitted.set.encoders) {
    if (std::holds_alternative<TargetMeanEncoder>(encoder.encoder)) {
      const auto means = fitted.matrix.column(first);
      const auto planned =
          std::find_if(plan.columns.begin(), plan.columns.end(),
                       [&](const PlannedColumn& c) { return c.name == encoder.column; });
      for (std::size_t part = 0; part < kTargetMeanFolds && rows.size() >= 2 * kTargetMeanFolds;
           ++part) {
        std::vector<std::size_t> others;
        std::vector<double> others_target;
        std::vector<std::size_t> own;
        std::vector<std::size_t> own_at;
        for (std::size_t i = 0; i < rows.size(); ++i) {
          if (i % kTargetMeanFolds == part) {
            own.push_back(rows[i]);
            own_at.push_back(i);
          } else {
            others.push_back(rows[i]);
            others_target.push_back(target[i]);
          }
        }
        FeatureSet of_others;
        Fitting(fitted.set.view, frame, others, others_target).add(*planned, of_others.encoders);
        const Matrix matrix = of_others.transform(frame, own);
        for (std::size_t i = 0; i < own.size(); ++i) means[own_at[i]] = matrix.column(0)[i];
      }
    }
    first += encoder.width();
  }
}

}  // namespace

std::string_view name_of(DatePart part) {
  constexpr std::array<std::string_view, 8> names = {"days",    "year",        "month", "day",
                                                     "weekday", "day_of_year", "hour",  "minute"};
  return names[static_cast<std::size_t>(part)];
}

std::size_t ColumnEncoder::width() const {
  struct Width {
    std::size_t operator()(const NumberEncoder& e) const { return e.indicator ? 2 : 1; }
    std::size_t operator()(const EqualEncoder& e) const { return e.values.size(); }
    std::size_t operator()(const OneHotEncoder& e) const { return e.categories.size(); }
    std::size_t operator()(const TargetMeanEncoder&) const { return 2; }
    std::size_t operator()(const DateEncoder& e) const { return e.parts.size(); }
  };
  return std::visit(Width{}, encoder);
}

std::size_t FeatureSet::width() const {
  std::size_t width = 0;
  for (const ColumnEncoder& encoder : encoders) width += encoder.width();
  return width;
}

Matrix FeatureSet::transform(const Frame& frame, std::span<const std::size_t> rows) const {
  Matrix matrix(rows.size(), width());
  std::size_t first = 0;
  for (const ColumnEncoder& encoder : encoders) {
    std::visit(Encoding(frame.column(encoder.column), rows, matrix, first), encoder.encoder);
    first += encoder.width();
  }
  return matrix;
}

FittedFeatures fit_features(const FeaturePlan& plan, View view, const Frame& frame,
                            std::span<const std::size_t> rows, std::span<const double> target) {
  check(rows.size() == target.size() && !rows.empty(),
        "features fitted without a target for each row");
  FittedFeatures fitted;
  fitted.set.view = view;
  const Fitting fitting(view, frame, rows, target);
  for (const PlannedColumn& column : plan.columns) fitting.add(column, fitted.set.encoders);
  fitted.matrix = fitted.set.transform(frame, rows);
  leave_out_own_part(plan, frame, rows, target, fitted);
  return fitted;
}

}  // namespace tarn::ml::detail
