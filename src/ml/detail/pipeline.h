#pragma once
// A fitted model from raw columns to predictions: members that vote, each with its features,
// learner and target scale.

#include <memory>
#include <string>
#include <vector>

#include "detail/features.h"
#include "detail/learner.h"
#include "detail/target.h"
#include "ml/regression.h"

namespace tarn::ml {

struct PipelineMember {
  double weight = 1;
  std::string label;  // algorithm, target scale and parameters, in short
  std::shared_ptr<const detail::FeatureSet> features;  // shared by the members of one view
  detail::TargetTransform target;
  detail::Learner learner;
};

struct Pipeline {
  std::string algorithm;
  std::vector<ModelInput> inputs;
  std::vector<PipelineMember> members;
  double bias = 0;  // added to the weighted sum of the members

  std::vector<double> predict(const Frame& frame) const;
};

}  // namespace tarn::ml
