#include "ml/onnx_export.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "detail/onnx_learners.h"
#include "detail/pipeline.h"
#include "onnx/scorer.h"
#include "test_data.h"

namespace tarn::ml {
namespace {

TrainResult train_mixed(const Settings& settings, bool missing) {
  TrialListener listener;
  return train(mixed_frame({.rows = 100, .missing = missing}), "price", settings, listener);
}

class EachAlgorithm : public testing::TestWithParam<Algorithm> {};

TEST_P(EachAlgorithm, IsExportedExactly) {
  for (const bool missing : {true, false}) {
    Settings settings = quick_settings();
    settings.trials_max = 2;
    settings.folds = 2;
    settings.allowed_algorithms = {GetParam()};
    const TrainResult result = train_mixed(settings, missing);
    const std::string bytes = export_onnx(result.model);
    const Frame held_out = mixed_frame({.rows = 60, .missing = true, .seed = 99});
    const OnnxVerification verification = verify_onnx(bytes, result.model, held_out);
    EXPECT_GT(verification.rows, 500u);
    EXPECT_LT(verification.difference_max, 1e-6) << name_of(GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Onnx, EachAlgorithm, testing::ValuesIn(all_algorithms()),
                         [](const auto& param) { return std::string(name_of(param.param)); });

TEST(OnnxExportTest, AnEnsembleOfEverythingIsExportedExactly) {
  Settings settings = quick_settings();
  settings.trials_max = 16;
  settings.concurrency = 2;
  const TrainResult result = train_mixed(settings, true);
  ASSERT_GT(result.model.members().size(), 1u);
  const Frame held_out = mixed_frame({.rows = 60, .missing = true, .seed = 99});
  EXPECT_LT(verify_onnx(export_onnx(result.model), result.model, held_out).difference_max, 1e-6);
}

TEST(OnnxExportTest, AStackIsExportedWithItsIntercept) {
  Settings settings = quick_settings();
  settings.trials_max = 6;
  settings.vote_ensemble = false;
  const TrainResult result = train_mixed(settings, true);
  ASSERT_EQ(result.model.algorithm(), "StackEnsemble");
  EXPECT_NE(result.model.pipeline().bias, 0);
  const Frame held_out = mixed_frame({.rows = 60, .missing = true, .seed = 99});
  EXPECT_LT(verify_onnx(export_onnx(result.model), result.model, held_out).difference_max, 1e-6);
}

TEST(OnnxExportTest, AllButNearestNeighboursAreScoredWithoutTheRuntime) {
  for (const Algorithm algorithm : all_algorithms()) {
    Settings settings = quick_settings();
    settings.trials_max = 1;
    settings.allowed_algorithms = {algorithm};
    const auto scorer = onnx::Scorer::load(export_onnx(train_mixed(settings, true).model));
    EXPECT_EQ(scorer->runtime_reason().empty(), algorithm != Algorithm::kKnn)
        << name_of(algorithm) << ": " << scorer->runtime_reason();
  }
}

TEST(OnnxExportTest, InputsAreTheRawColumnsByName) {
  const TrainResult result = train_mixed(quick_settings(), true);
  const auto scorer = onnx::Scorer::load(export_onnx(result.model));
  const std::vector<ModelInput> inputs = result.model.inputs();
  ASSERT_EQ(scorer->inputs().size(), inputs.size());
  for (std::size_t i = 0; i < scorer->inputs().size(); ++i) {
    const ModelInput& input = inputs[i];
    EXPECT_EQ(scorer->inputs()[i].name, input.name);
    const bool text = input.type == ColumnType::kString;
    EXPECT_EQ(scorer->inputs()[i].type,
              text ? onnx::ElementType::kString : onnx::ElementType::kDouble);
    EXPECT_EQ(scorer->inputs()[i].shape, (std::vector<std::int64_t>{onnx::kAnySize, 1}));
  }
  ASSERT_EQ(scorer->outputs().size(), 1u);
  EXPECT_EQ(scorer->outputs()[0].name, "variable_out1");
  EXPECT_EQ(scorer->outputs()[0].type, onnx::ElementType::kFloat);
}

TEST(OnnxExportTest, AnotherModelDoesNotPassAsThisOne) {
  Settings settings = quick_settings();
  settings.allowed_algorithms = {Algorithm::kLightGbm};
  const TrainResult one = train_mixed(settings, false);
  settings.seed = 1;
  const TrainResult other = train_mixed(settings, false);
  const Frame held_out = mixed_frame({.rows = 30, .missing = false, .seed = 99});
  try {
    verify_onnx(export_onnx(one.model), other.model, held_out);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kDataLoss);
  }
}

TEST(OnnxExportTest, ATreeWithoutASplitIsAConstant) {
  auto pipeline = std::make_shared<Pipeline>();
  pipeline->algorithm = "LightGBM";
  pipeline->inputs = {{"a", ColumnType::kDouble}};
  PipelineMember member;
  auto features = std::make_shared<detail::FeatureSet>();
  features->encoders.push_back({"a", ColumnType::kDouble, detail::NumberEncoder{}});
  member.features = features;
  member.target.low = -100;
  member.target.high = 100;
  detail::TreeEnsemble trees;
  trees.bias = 40;
  trees.roots = {0};
  trees.nodes.emplace_back();
  trees.nodes[0].value = 2;
  member.learner = trees;
  pipeline->members.push_back(std::move(member));
  const Model model(std::move(pipeline));
  const Frame frame = plain_frame(20);
  EXPECT_EQ(model.predict(frame)[3], 42);
  EXPECT_EQ(verify_onnx(export_onnx(model), model, frame).difference_max, 0);
}

TEST(OnnxExportTest, WithoutRowsThereIsNothingToVerify) {
  const TrainResult result = train_mixed(quick_settings(), false);
  const Frame none = mixed_frame({.rows = 0});
  EXPECT_THROW(verify_onnx(export_onnx(result.model), result.model, none), Error);
}

}  // namespace
}  // namespace tarn::ml
