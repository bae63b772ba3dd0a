#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "detail/centred.h"
#include "detail/linear.h"

namespace tarn::ml::detail {

namespace {

/// A column that the active ones explain but for this part is left out: the path could not tell
/// them apart.
constexpr double kIndependentMin = 1e-8;

/// The lasso's path for a falling penalty: active columns, all equally correlated with what is left
/// of the target.
class LarsPath {
 public:
  LarsPath(Centred& centred, const Stop& stop)
      : data_(centred),
        stop_(stop),
        weights_(centred.columns.size(), 0.0),
        state_(centred.columns.size(), State::kOut) {
    for (std::size_t c = 0; c < state_.size(); ++c) {
      if (data_.squares[c] <= 0) state_[c] = State::kLeftOut;
    }
  }

  std::vector<double> follow_to(double penalty_end) {
    correlate();
    std::size_t next = most_correlated();
    double penalty = next < state_.size() ? std::abs(correlation_[next]) : 0;
    if (penalty > penalty_end) activate(next);
    for (int step = 0; step < kLarsStepsMax && penalty > penalty_end && !active_.empty(); ++step) {
      stop_.check();
      penalty -= advance(penalty, penalty_end);
      correlate();
    }
    return weights_;
  }

 private:
  enum class State { kOut, kActive, kLeftOut };

  void correlate() {
    correlation_.resize(state_.size());
    for (std::size_t c = 0; c < state_.size(); ++c)
      correlation_[c] = dot(data_.columns[c], data_.target) / data_.rows;
  }

  std::size_t most_correlated() const {
    std::size_t best = state_.size();
    for (std::size_t c = 0; c < state_.size(); ++c) {
      if (state_[c] != State::kOut) continue;
      if (best == state_.size() || std::abs(correlation_[c]) > std::abs(correlation_[best]))
        best = c;
    }
    return best;
  }

  /// Adds a column and its row to the Cholesky factor of the active columns' products.
  void activate(std::size_t column) {
    std::vector<double> row;
    double left = data_.squares[column];
    for (std::size_t i = 0; i < active_.size(); ++i) {
      double value = dot(data_.columns[active_[i]], data_.columns[column]) / data_.rows;
      for (std::size_t k = 0; k < i; ++k) value -= factor_[i][k] * row[k];
      row.push_back(value / factor_[i][i]);
      left -= row.back() * row.back();
    }
    if (left <= kIndependentMin * data_.squares[column]) {
      state_[column] = State::kLeftOut;
      return;
    }
    row.push_back(std::sqrt(left));
    factor_.push_back(std::move(row));
    active_.push_back(column);
    state_[column] = State::kActive;
  }

  void deactivate(std::size_t position) {
    const std::size_t column = active_[position];
    weights_[column] = 0;
    state_[column] = State::kOut;
    std::vector<std::size_t> rest = active_;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(position));
    active_.clear();
    factor_.clear();
    for (const std::size_t other : rest) activate(other);
  }

  /// How the active weights move while the penalty falls by 1.
  std::vector<double> direction() const {
    std::vector<double> d;
    for (std::size_t i = 0; i < active_.size(); ++i) {
      double value = correlation_[active_[i]] < 0 ? -1 : 1;
      for (std::size_t k = 0; k < i; ++k) value -= factor_[i][k] * d[k];
      d.push_back(value / factor_[i][i]);
    }
    for (std::size_t i = active_.size(); i-- > 0;) {
      for (std::size_t k = i + 1; k < active_.size(); ++k) d[i] -= factor_[k][i] * d[k];
      d[i] /= factor_[i][i];
    }
    return d;
  }

  /// One step: until a column joins, a weight reaches 0, or the end. Returns by how much the
  /// penalty fell.
  double advance(double penalty, double penalty_end) {
    const std::vector<double> d = direction();
    std::vector<double> fitted(data_.target.size(), 0.0);
    for (std::size_t i = 0; i < active_.size(); ++i) {
      const std::vector<double>& column = data_.columns[active_[i]];
      for (std::size_t r = 0; r < fitted.size(); ++r) fitted[r] += d[i] * column[r];
    }
    double step = penalty - penalty_end;
    std::size_t joins = state_.size();
    std::size_t leaves = active_.size();
    for (std::size_t c = 0; c < state_.size(); ++c) {
      if (state_[c] != State::kOut || c == just_left_) continue;
      const double slope = dot(data_.columns[c], fitted) / data_.rows;
      for (const double sign : {1.0, -1.0}) {
        const double falls = 1 - sign * slope;  // of the distance to the active ones
        const double at = (penalty - sign * correlation_[c]) / falls;
        if (falls > 0 && at < step) {
          step = std::max(at, 0.0);
          joins = c;
        }
      }
    }
    for (std::size_t i = 0; i < active_.size(); ++i) {
      const double at = -weights_[active_[i]] / d[i];
      if (at > 0 && at < step) {
        step = at;
        leaves = i;
        joins = state_.size();
      }
    }
    for (std::size_t i = 0; i < active_.size(); ++i) weights_[active_[i]] += step * d[i];
    for (std::size_t r = 0; r < fitted.size(); ++r) data_.target[r] -= step * fitted[r];
    just_left_ = state_.size();
    if (leaves < active_.size()) {
      just_left_ = active_[leaves];
      deactivate(leaves);
    } else if (joins < state_.size()) {
      activate(joins);
    }
    return step;
  }

  Centred& data_;  // its target becomes what is left
  const Stop& stop_;
  std::vector<double> weights_;
  std::vector<State> state_;
  std::vector<double> correlation_;
  std::vector<std::size_t> active_;
  std::vector<std::vector<double>> factor_;  // lower, row by row
  std::size_t just_left_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace

LinearModel fit_lasso_lars(const LassoLarsParams& params, const Matrix& features,
                           std::span<const double> target, const Stop& stop) {
  Centred centred(features, target);
  const double penalty = params.alpha * centred.largest_correlation();
  LinearModel model;
  model.weights = LarsPath(centred, stop).follow_to(penalty);
  return centred.finish(std::move(model));
}

}  // namespace tarn::ml::detail
