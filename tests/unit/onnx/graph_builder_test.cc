#include "onnx/graph_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "graphs.h"
#include "onnx/scorer.h"

namespace tarn::onnx {
namespace {

using testing::ElementsAre;

TEST(GraphBuilder, SameCallsGiveSameBytes) { EXPECT_EQ(weighted_sum(), weighted_sum()); }

TEST(GraphBuilder, FreshNamesDoNotCollide) {
  GraphBuilder graph("names");
  graph.input("x", ElementType::kFloat, {kAnySize, 1});
  EXPECT_EQ(graph.fresh_name("x"), "x_1");
  EXPECT_EQ(graph.node("Neg", {"x"}), "Neg");
  EXPECT_EQ(graph.node("Neg", {"Neg"}), "Neg_1");
}

TEST(GraphBuilder, RefusesWhatIsNoGraph) {
  GraphBuilder graph("wrong");
  graph.input("x", ElementType::kFloat, {kAnySize, 1});
  EXPECT_THROW(graph.input("x", ElementType::kFloat, {kAnySize, 1}), Error);
  EXPECT_THROW(graph.node("Neg", {"absent"}), Error);
  EXPECT_THROW(graph.output("absent", ElementType::kFloat, {kAnySize, 1}), Error);
  EXPECT_THROW(graph.constant("c", Tensor{{3}, std::vector<float>{1, 2}}), Error);
}

// Every kind of constant comes back through the runtime as it was put in.
TEST(GraphBuilder, ConstantsOfEveryType) {
  GraphBuilder graph("constants");
  graph.input("x", ElementType::kInt64, {kAnySize});
  const auto pick = [&](const std::string& name, const Tensor& tensor) {
    const ElementType type = tensor.type();
    const std::string table = graph.constant("table", tensor);
    graph.node_into("Gather", {table, "x"}, {name});
    graph.output(name, type, {kAnySize});
  };
  pick("floats", Tensor::vector<float>({1.5f, -2.5f}));
  pick("doubles", Tensor::vector<double>({0.1, 1e300}));
  pick("longs", Tensor::vector<std::int64_t>({-1, std::numeric_limits<std::int64_t>::max()}));
  pick("ints", Tensor::vector<std::int32_t>({-7, 7}));
  pick("texts", Tensor::vector<std::string>({"", "größer"}));
  pick("flags", Tensor::vector<bool>({true, false}));

  const auto scorer = Scorer::load(graph.serialize());
  const std::vector<std::int64_t> x = {1, 0, 1};
  const ColumnView column = std::span<const std::int64_t>(x);
  const auto out = scorer->score({&column, 1}, 3);
  EXPECT_THAT(out[0].floats(), ElementsAre(-2.5f, 1.5f, -2.5f));
  EXPECT_THAT(out[1].doubles(), ElementsAre(1e300, 0.1, 1e300));
  EXPECT_THAT(out[2].int64s(), ElementsAre(std::numeric_limits<std::int64_t>::max(), -1,
                                           std::numeric_limits<std::int64_t>::max()));
  EXPECT_THAT(out[3].int32s(), ElementsAre(7, -7, 7));
  EXPECT_THAT(out[4].strings(), ElementsAre("größer", "", "größer"));
  EXPECT_THAT(out[5].bools(), ElementsAre(0, 1, 0));
}

// Attributes of every kind, in operators that need them: a tree ensemble, a label encoder, a cast.
TEST(GraphBuilder, AttributesOfEveryKind) {
  GraphBuilder graph("attributes");
  graph.input("x", ElementType::kFloat, {kAnySize, 1});
  graph.input("city", ElementType::kString, {kAnySize, 1});
  using Ints = std::vector<std::int64_t>;
  using Floats = std::vector<float>;
  using Texts = std::vector<std::string>;
  const std::string tree = graph.node("TreeEnsembleRegressor", {"x"},
                                      {{"n_targets", std::int64_t{1}},
                                       {"nodes_treeids", Ints{0, 0, 0}},
                                       {"nodes_nodeids", Ints{0, 1, 2}},
                                       {"nodes_featureids", Ints{0, 0, 0}},
                                       {"nodes_values", Floats{0.5f, 0, 0}},
                                       {"nodes_modes", Texts{"BRANCH_LEQ", "LEAF", "LEAF"}},
                                       {"nodes_truenodeids", Ints{1, 0, 0}},
                                       {"nodes_falsenodeids", Ints{2, 0, 0}},
                                       {"nodes_missing_value_tracks_true", Ints{1, 0, 0}},
                                       {"target_treeids", Ints{0, 0}},
                                       {"target_nodeids", Ints{1, 2}},
                                       {"target_ids", Ints{0, 0}},
                                       {"target_weights", Floats{10, 20}},
                                       {"post_transform", std::string("NONE")}},
                                      kMlDomain);
  const std::string code = graph.node("LabelEncoder", {"city"},
                                      {{"keys_strings", Texts{"Oslo", "Bergen"}},
                                       {"values_floats", Floats{1, 2}},
                                       {"default_float", -1.0f}},
                                      kMlDomain);
  const std::string sum = graph.node("Add", {tree, code});
  graph.node_into("Cast", {sum}, {"y"}, {{"to", static_cast<std::int64_t>(ElementType::kDouble)}});
  graph.output("y", ElementType::kDouble, {kAnySize, 1});

  const auto scorer = Scorer::load(graph.serialize());
  const std::vector<float> x = {0.5f, 0.6f, std::numeric_limits<float>::quiet_NaN()};
  const std::vector<std::string_view> city = {"Bergen", "Oslo", "Roma"};
  const std::vector<ColumnView> columns = {std::span<const float>(x),
                                           std::span<const std::string_view>(city)};
  EXPECT_THAT(scorer->score(columns, 3)[0].doubles(), ElementsAre(12, 21, 9));
}

}  // namespace
}  // namespace tarn::onnx
