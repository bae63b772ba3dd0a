#pragma once
// What to try next: first the portfolio, then neighbours of what went well.
//
// A proposal may depend on the outcomes of all trials that lie at least kProposalLag before it, and
// on no other. So the sequence of proposals is the same whatever finishes first, as long as at most
// kProposalLag trials run at a time.

#include <cstdint>
#include <vector>

#include "detail/configuration.h"

namespace tarn::ml::detail {

inline constexpr int kProposalLag = 8;

class Search {
 public:
  Search(DataFacts facts, std::vector<Algorithm> allowed, std::uint64_t seed);

  /// The outcomes that propose(index) needs: those of trials 0 to needs(index) - 1.
  int needs(int index) const;
  /// Proposals are asked for in order, once each. `losses` are those of trials 0 to needs(index) -
  /// 1 (or of more, which do not count); infinite for a failed one.
  Configuration propose(int index, const std::vector<double>& losses);

 private:
  Configuration guided(const std::vector<double>& losses, Random& random) const;

  DataFacts facts_;
  std::vector<Algorithm> allowed_;
  std::uint64_t seed_;
  std::vector<Configuration> portfolio_;
  std::vector<Configuration> proposed_;
};

}  // namespace tarn::ml::detail
