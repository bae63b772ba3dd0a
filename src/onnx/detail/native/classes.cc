#include "detail/native/classes.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "detail/native/trees.h"

namespace tarn::onnx::native {
namespace {

float logistic(float x) {
  const float likely = 1 / (1 + std::exp(-std::abs(x)));
  return x < 0 ? 1 - likely : likely;
}

class Decide final : public Step {
 public:
  Decide(ClassRule rule, std::vector<int> scores, std::vector<int> out)
      : Step(std::move(scores), std::move(out)), rule_(std::move(rule)) {}

  void run(const Tile& tile) const override {
    float row[kTargetsMax];
    const std::size_t classes = rule_.count();
    for (std::size_t i = 0; i < tile.rows; ++i) {
      for (std::size_t c = 0; c < inputs().size(); ++c) row[c] = tile.at<float>(inputs()[c])[i];
      const std::size_t label = inputs().size() == 1 ? decide_two(row) : decide_many(row, classes);
      if (rule_.texts.empty()) {
        tile.at<std::int64_t>(outputs()[0])[i] = rule_.integers[label];
      } else {
        tile.at<std::string_view>(outputs()[0])[i] = rule_.texts[label];
      }
      for (std::size_t c = 0; c < classes; ++c) tile.at<float>(outputs()[c + 1])[i] = row[c];
    }
  }

 private:
  /// Each turns the scores into what goes out, and returns the label's index.
  std::size_t decide_two(float* row) const {
    const float score = row[0];
    const bool second = score > (rule_.all_positive ? 0.5f : 0.0f);
    if (rule_.logistic) {
      row[0] = logistic(-score);
      row[1] = logistic(score);
    } else if (rule_.all_positive) {  // a probability
      row[0] = 1 - score;
      row[1] = score;
    } else {
      row[0] = -score;
      row[1] = score;
    }
    return second ? 1 : 0;
  }

  std::size_t decide_many(float* row, std::size_t classes) const {
    std::size_t best = 0;
    for (std::size_t c = 1; c < classes; ++c) best = row[c] > row[best] ? c : best;
    if (rule_.logistic) std::transform(row, row + classes, row, logistic);
    if (rule_.softmax) {
      const float highest = row[best];
      float sum = 0;
      for (std::size_t c = 0; c < classes; ++c) sum += row[c] = std::exp(row[c] - highest);
      for (std::size_t c = 0; c < classes; ++c) row[c] /= sum;
    }
    return best;
  }

  ClassRule rule_;
};

}  // namespace

StepPtr decide(ClassRule rule, std::vector<int> scores, std::vector<int> out) {
  return std::make_unique<Decide>(std::move(rule), std::move(scores), std::move(out));
}

}  // namespace tarn::onnx::native
