#pragma once
// The nodes of a graph that score features with a learner and go back to the target's scale.

#include <map>
#include <string>

#include "detail/learner.h"
#include "detail/target.h"
#include "onnx/graph_builder.h"

namespace tarn::ml::detail {

/// `features` is a tensor(float) [N, F]. Both return a tensor(double) [N, 1].
class LearnerEmitter {
 public:
  explicit LearnerEmitter(onnx::GraphBuilder& graph) : graph_(graph) {}

  std::string emit(const Learner& learner, const std::string& features);
  std::string emit_backward(const TargetTransform& transform, const std::string& predicted);

 private:
  std::string trees(const TreeEnsemble& ensemble, const std::string& features);
  std::string linear(const LinearModel& model, const std::string& features);
  std::string knn(const KnnModel& model, const std::string& features);
  std::string gaussian_process(const GaussianProcessModel& model, const std::string& features);
  std::string covariances(Covariance covariance, const std::string& distances);
  std::string standardise(const Standardiser& standardiser, const std::string& features);
  std::string as_double(const std::string& value);
  std::string number(double value);

  onnx::GraphBuilder& graph_;
  std::map<std::string, std::string> doubles_;       // by float name
  std::map<std::string, std::string> standardised_;  // by features: a view has one standardiser
  int knn_count_ = 0;
};

}  // namespace tarn::ml::detail
