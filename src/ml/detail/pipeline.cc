#include "detail/pipeline.h"

#include <map>
#include <numeric>

#include "base/error.h"

namespace tarn::ml {

namespace {

bool is_date(ColumnType type) { return type == ColumnType::kDate || type == ColumnType::kDatetime; }

void check_type(const ModelInput& input, const Column& column) {
  const bool same_text =
      (input.type == ColumnType::kString) == (column.type == ColumnType::kString);
  const bool same_date = !is_date(input.type) || input.type == column.type;
  if (same_text && same_date) return;
  throw Error(Code::kInvalidArgument,
              "a column has another type than the model was trained on: " + input.name,
              "The model takes " + std::string(name_of(input.type)) + ", the data has " +
                  std::string(name_of(column.type)) + ".");
}

}  // namespace

std::vector<double> Pipeline::predict(const Frame& frame) const {
  for (const ModelInput& input : inputs) check_type(input, frame.column(input.name));
  std::vector<std::size_t> rows(frame.rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::map<const detail::FeatureSet*, detail::Matrix> matrices;
  std::vector<double> predictions(frame.rows(), bias);
  for (const PipelineMember& member : members) {
    auto matrix = matrices.find(member.features.get());
    if (matrix == matrices.end()) {
      matrix =
          matrices.emplace(member.features.get(), member.features->transform(frame, rows)).first;
    }
    const std::vector<double> scaled = detail::predict(member.learner, matrix->second);
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      predictions[i] += member.weight * member.target.backward(scaled[i]);
    }
  }
  return predictions;
}

Model::Model(std::shared_ptr<const Pipeline> pipeline) : pipeline_(std::move(pipeline)) {
  check(pipeline_ != nullptr, "a model without a pipeline");
}

std::vector<ModelInput> Model::inputs() const { return pipeline_->inputs; }

std::vector<double> Model::predict(const Frame& frame) const { return pipeline_->predict(frame); }

const std::string& Model::algorithm() const { return pipeline_->algorithm; }

std::vector<std::pair<std::string, double>> Model::members() const {
  std::vector<std::pair<std::string, double>> members;
  for (const PipelineMember& member : pipeline_->members)
    members.emplace_back(member.label, member.weight);
  return members;
}

}  // namespace tarn::ml
