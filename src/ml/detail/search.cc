#include "detail/search.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"
#include "detail/gaussian_process.h"
#include "detail/linear.h"

namespace tarn::ml::detail {

namespace {

constexpr std::uint64_t kSearchStream = 0x5ea;
constexpr double kExploration = 0.12;   // part of proposals drawn from the whole space
constexpr std::size_t kParentsMax = 8;  // proposals are neighbours of as many of the best
constexpr int kParentsOfAlgorithmMax = 3;
constexpr int kAttemptsMax = 20;  // to find a configuration that was not tried

}  // namespace

Search::Search(DataFacts facts, std::vector<Algorithm> allowed, std::uint64_t seed)
    : facts_(facts), allowed_(std::move(allowed)), seed_(seed) {
  std::erase_if(allowed_, [&](Algorithm algorithm) { return !suits(algorithm, facts_); });
  if (allowed_.empty()) {
    throw Error(Code::kInvalidArgument,
                "no algorithm is left to try for so many rows: " + std::to_string(facts_.rows),
                "KNN is for at most " + std::to_string(kKnnRowsMax) +
                    " rows, GaussianProcess for " + std::to_string(kGaussianProcessRowsMax) +
                    "; allow another algorithm.");
  }
  portfolio_ = portfolio(facts_, allowed_);
}

int Search::needs(int index) const {
  if (index < static_cast<int>(portfolio_.size())) return 0;
  return std::max(0, index - kProposalLag);
}

Configuration Search::propose(int index, const std::vector<double>& losses) {
  check(index == static_cast<int>(proposed_.size()), "proposals are asked for out of order");
  Configuration next;
  if (static_cast<std::size_t>(index) < portfolio_.size()) {
    next = portfolio_[static_cast<std::size_t>(index)];
  } else {
    const std::vector<double> known(losses.begin(), losses.begin() + needs(index));
    Random random(seed_, {kSearchStream, static_cast<std::uint64_t>(index)});
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
      next = guided(known, random);
      if (std::find(proposed_.begin(), proposed_.end(), next) == proposed_.end()) break;
    }
  }
  proposed_.push_back(next);
  return next;
}

Configuration Search::guided(const std::vector<double>& losses, Random& random) const {
  std::vector<std::size_t> order(losses.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return !std::isfinite(losses[i]); });
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return losses[a] < losses[b]; });
  std::map<Algorithm, int> counts;
  std::erase_if(order, [&](std::size_t i) {
    return ++counts[proposed_[i].algorithm] > kParentsOfAlgorithmMax;
  });
  if (order.empty() || random.uniform() < kExploration) {
    return random_configuration(allowed_[random.below(allowed_.size())], facts_, random);
  }
  // The best is drawn most often: the square of an even draw.
  const double drawn = random.uniform();
  const auto parents = static_cast<double>(std::min(order.size(), kParentsMax));
  return mutate(proposed_[order[static_cast<std::size_t>(drawn * drawn * parents)]], facts_,
                random);
}

}  // namespace tarn::ml::detail
