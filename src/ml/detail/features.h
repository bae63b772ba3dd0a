#pragma once
// From raw columns to float32 features: a plan made once (which columns, in what way), fitted per
// fold and on all rows.
//
// Everything here has a counterpart in the exported graph (onnx_features.cc) that computes bit for
// bit the same; change both together.

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "detail/calendar.h"
#include "detail/matrix.h"
#include "ml/frame.h"
#include "ml/regression.h"

namespace tarn::ml::detail {

/// Trees order values themselves and understand missing ones. Distances and sums need categories as
/// indicators and no missing values.
enum class View { kTree, kLinear };
inline constexpr std::size_t kViewCount = 2;

/// Up to this many categories become indicators, more become their target mean and frequency.
inline constexpr std::size_t kOneHotMax[kViewCount] = {10, 40};
/// Whole numbers with at most this many different values are also taken as categories in the linear
/// view.
inline constexpr std::size_t kFewIntegersMax = 12;
/// Rows from which on a column without a repeated value may be taken for an identifier.
inline constexpr std::size_t kIdentifierRowsMin = 50;
/// Numbers beyond are cut to it before they become float32, so that none becomes infinite.
inline constexpr double kNumberMax = 1e38;
/// Category means are drawn to the mean of all by as many pseudo-rows.
inline constexpr double kTargetMeanPrior = 10;
inline constexpr std::size_t kTargetMeanFolds = 5;

enum class Treatment { kDropped, kNumber, kCategory, kDate };

struct PlannedColumn {
  std::string name;
  ColumnType type = ColumnType::kDouble;
  Treatment treatment = Treatment::kDropped;
  bool has_missing = false;
  bool few_integers = false;
  std::size_t categories = 0;
};

struct FeaturePlan {
  std::vector<PlannedColumn> columns;  // those kept, in the order of the frame
  std::vector<ColumnReport> report;    // all but the target
};

/// `rows` are those with a target; columns named in `dropped` are left out. Throws
/// Error(kInvalidArgument) when no column can be used, Error(kNotFound) for one in `dropped` that
/// is not there.
FeaturePlan plan_features(const Frame& frame, const Column& target,
                          std::span<const std::size_t> rows,
                          const std::vector<std::string>& dropped = {});

/// A number, cut to ±kNumberMax, as float32; `fill` (which may be NaN) when missing; then, if
/// wanted, 1 when missing.
struct NumberEncoder {
  float fill = 0;
  bool indicator = false;
};
/// 1 where the number equals values[i].
struct EqualEncoder {
  std::vector<double> values;
};
/// 1 where the text equals categories[i]; the empty text is the missing value.
struct OneHotEncoder {
  std::vector<std::string> categories;
};
/// The (smoothed) mean target and the frequency of a text.
struct TargetMeanEncoder {
  std::vector<std::string> categories;  // sorted
  std::vector<float> means;
  std::vector<float> frequencies;
  float unseen_mean = 0;
  float unseen_frequency = 0;
};
struct DateEncoder {
  std::vector<DatePart> parts;
  std::vector<float> fills;  // one per part; NaN leaves it missing
};

struct ColumnEncoder {
  std::string column;
  ColumnType type = ColumnType::kDouble;
  std::variant<NumberEncoder, EqualEncoder, OneHotEncoder, TargetMeanEncoder, DateEncoder> encoder;

  std::size_t width() const;
};

struct FeatureSet {
  View view = View::kTree;
  std::vector<ColumnEncoder> encoders;

  std::size_t width() const;
  Matrix transform(const Frame& frame, std::span<const std::size_t> rows) const;
};

struct FittedFeatures {
  FeatureSet set;
  Matrix
      matrix;  // of the rows that it was fitted on; target means in it leave out the row's own part
};

/// `target` has one value for each of `rows`.
FittedFeatures fit_features(const FeaturePlan& plan, View view, const Frame& frame,
                            std::span<const std::size_t> rows, std::span<const double> target);

}  // namespace tarn::ml::detail
