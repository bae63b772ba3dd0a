#include "detail/ensemble.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "detail/random.h"

namespace tarn::ml::detail {
namespace {

/// Three candidates: the truth with two independent errors, and one that knows nothing.
struct Trials {
  explicit Trials(std::size_t rows, double offset = 0) : parts(rows) {
    Random random(11, {});
    for (std::size_t i = 0; i < rows; ++i) {
      const double value = offset + 10 * random.uniform();
      truth.push_back(value);
      a.push_back(value + 2 * (random.uniform() - 0.5));
      b.push_back(value + 2 * (random.uniform() - 0.5));
      noise.push_back(offset + 10 * random.uniform());
      parts[i] = i % kEnsembleParts;
    }
  }
  Candidates candidates() const { return {&a, &b, &noise}; }

  std::vector<double> truth, a, b, noise;
  std::vector<std::size_t> parts;
};

double weight_of(const Ensemble& ensemble, std::size_t candidate) {
  for (const Vote& vote : ensemble.votes) {
    if (vote.candidate == candidate) return vote.weight;
  }
  return 0;
}

TEST(EnsembleTest, BothBeatTheirMembersAndKnowNoise) {
  const Trials trials(300);
  const Objective objective(Metric::kR2Score, trials.truth);
  for (const bool stack : {false, true}) {
    const Ensemble ensemble = stack ? make_stack(trials.candidates(), objective, trials.parts)
                                    : make_voting(trials.candidates(), objective, trials.parts);
    EXPECT_LT(ensemble.loss, objective.loss(trials.a));
    EXPECT_LT(ensemble.loss, objective.loss(trials.b));
    EXPECT_NEAR(weight_of(ensemble, 0), 0.5, 0.1) << stack;
    EXPECT_NEAR(weight_of(ensemble, 1), 0.5, 0.1) << stack;
    EXPECT_LT(weight_of(ensemble, 2), 0.05) << stack;
  }
}

TEST(EnsembleTest, TheStackSetsScaleAndOffsetRight) {
  Trials trials(200, 1e7);
  for (double& value : trials.a) value = 3 + 0.5 * value;
  const Objective objective(Metric::kR2Score, trials.truth);
  const Ensemble stack = make_stack({&trials.a}, objective, trials.parts);
  ASSERT_EQ(stack.votes.size(), 1u);
  EXPECT_NEAR(stack.votes[0].weight, 2, 0.2);
  const double predicted = stack.bias + stack.votes[0].weight * trials.a[0];
  EXPECT_NEAR(predicted, trials.truth[0], 1.5);
}

TEST(EnsembleTest, JudgedWithoutTheRowsThatWeightsWereChosenOn) {
  // Candidates that know nothing: what looks good by chance must not look good in the end.
  Random random(5, {});
  std::vector<double> truth(40);
  for (double& value : truth) value = random.uniform();
  std::vector<std::vector<double>> noise(25, std::vector<double>(40));
  Candidates candidates;
  std::vector<std::size_t> parts(40);
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = i % kEnsembleParts;
  for (auto& values : noise) {
    for (double& value : values) value = random.uniform();
    candidates.push_back(&values);
  }
  const Objective objective(Metric::kR2Score, truth);
  EXPECT_GT(make_voting(candidates, objective, parts).loss, 0.95);
  EXPECT_GT(make_stack(candidates, objective, parts).loss, 0.95);
}

TEST(EnsembleTest, ManyRowsInOnePart) {
  // A single fold's rows may all lie in one part.
  Trials trials(50);
  for (std::size_t& part : trials.parts) part = 0;
  const Objective objective(Metric::kR2Score, trials.truth);
  for (const auto make : {make_voting, make_stack}) {
    const Ensemble ensemble = make(trials.candidates(), objective, trials.parts);
    EXPECT_LT(ensemble.loss, 0.2);
  }
}

}  // namespace
}  // namespace tarn::ml::detail
