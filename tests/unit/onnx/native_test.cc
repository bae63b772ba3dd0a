// The native scorer against ONNX Runtime on random graphs and inputs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <random>
#include <thread>

#include "base/error.h"
#include "detail/model_proto.h"
#include "detail/native/program.h"
#include "detail/native/tree_attributes.h"
#include "detail/native/trees.h"
#include "onnx/graph_builder.h"
#include "onnx/scorer.h"
#include "random_trees.h"

namespace tarn::onnx {
namespace {

using testing::HasSubstr;

constexpr double kDifferenceMax = 1e-6;
/// The runtime takes some results below this for zero.
constexpr double kSmallest = std::numeric_limits<float>::min();

/// A sum of products that overflows is NaN or an infinity by the order of its terms, which is the
/// runtime's own.
enum class Overflow { kSame, kNotFinite };

/// Columns for the features of a scorer, with what numbers and texts can be.
struct Batch {
  std::vector<std::vector<float>> floats;
  std::vector<std::vector<double>> doubles;
  std::vector<std::vector<std::int64_t>> int64s;
  std::vector<std::vector<std::uint8_t>> bools;
  std::vector<std::vector<std::string_view>> texts;
  std::vector<ColumnView> columns;

  Batch(const Scorer& scorer, std::size_t rows, std::mt19937& random) {
    for (const Feature& feature : scorer.features()) {
      switch (feature.type) {
        case ElementType::kFloat:
          add(floats, rows, [&] { return any_number<float>(random); });
          break;
        case ElementType::kDouble:
          add(doubles, rows, [&] { return any_number<double>(random); });
          break;
        case ElementType::kInt64:
          add(int64s, rows, [&] { return static_cast<std::int64_t>(random() % 8) - 2; });
          break;
        case ElementType::kBool:
          add(bools, rows, [&] { return static_cast<std::uint8_t>(random() % 2); });
          break;
        default:
          add(texts, rows, [&]() -> std::string_view {
            constexpr std::string_view kTexts[] = {
                "", "a", "b", "c", "an unseen category", std::string_view("b\0", 2)};
            return kTexts[random() % std::size(kTexts)];
          });
      }
    }
  }

 private:
  template <typename T, typename Make>
  void add(std::vector<std::vector<T>>& lists, std::size_t rows, const Make& make) {
    auto& list = lists.emplace_back(rows);
    for (T& value : list) value = make();
    columns.emplace_back(std::span<const T>(list));
  }
};

void expect_near(const Output& native, const Output& runtime, const std::string& what,
                 Overflow overflow) {
  ASSERT_EQ(native.type(), runtime.type()) << what;
  ASSERT_EQ(native.rows(), runtime.rows()) << what;
  if (native.rows() == 0) return;
  ASSERT_EQ(native.width(), runtime.width()) << what;
  if (native.type() == ElementType::kString) {
    EXPECT_EQ(native.strings(), runtime.strings()) << what;
    return;
  }
  for (std::size_t i = 0; i < native.rows() * native.width(); ++i) {
    const double a = native.number(i);
    const double b = runtime.number(i);
    if (std::isnan(a) && std::isnan(b)) continue;
    if (a == b) continue;
    if (overflow == Overflow::kNotFinite && !std::isfinite(a) && !std::isfinite(b)) continue;
    ASSERT_LE(std::abs(a - b), kDifferenceMax * std::max(std::abs(a), std::abs(b)) + kSmallest)
        << what << ", value " << i << ": " << a << " and " << b;
  }
}

/// Scores batches of several sizes by both; the model must be scored natively.
void compare(const std::string& bytes, std::mt19937& random, const std::string& what,
             Overflow overflow = Overflow::kSame) {
  const auto native = Scorer::load(bytes);
  ASSERT_EQ(native->runtime_reason(), "") << what;
  const auto runtime = Scorer::load(bytes, Backend::kRuntime);
  ASSERT_EQ(native->inputs().size(), runtime->inputs().size());
  ASSERT_EQ(native->metadata(), runtime->metadata());
  for (std::size_t i = 0; i < native->outputs().size(); ++i)
    ASSERT_EQ(native->outputs()[i].describe(), runtime->outputs()[i].describe()) << what;
  for (const std::size_t rows : {0u, 1u, 3u, 8u, 513u, 1100u}) {
    const Batch batch(*native, rows, random);
    const auto a = native->score(batch.columns, rows);
    const auto b = runtime->score(batch.columns, rows);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i)
      expect_near(a[i], b[i], what + ", " + std::to_string(rows) + " rows", overflow);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(NativeTrees, EqualTheRuntimesOnRandomEnsembles) {
  std::mt19937 random(20151);
  for (int round = 0; round < 60; ++round) {
    RandomTrees shape;
    shape.trees = 1 + random() % (round % 5 == 0 ? 150 : 12);
    shape.leaves_max = round % 3 == 0 ? 8 : round % 3 == 1 ? 31 : 64;
    shape.features = 1 + random() % 9;
    shape.in_double = random() % 2 == 0;
    shape.doubles_as_tensors = shape.in_double && random() % 2 == 0;
    shape.targets = random() % 4 == 0 ? 3 : 1;
    shape.average = random() % 3 == 0;
    shape.base = random() % 2 == 0;
    shape.one_mode = random() % 2 == 0;
    compare(tree_model(shape, random), random, "round " + std::to_string(round));
    if (HasFatalFailure()) return;
  }
}

TEST(NativeTrees, EqualTheRuntimesOnTreesTooLargeForMasks) {
  std::mt19937 random(20152);
  for (int round = 0; round < 12; ++round) {
    RandomTrees shape;
    shape.trees = 1 + random() % 10;
    shape.leaves_max = 65 + random() % 600;
    shape.features = 1 + random() % 9;
    shape.in_double = random() % 2 == 0;
    shape.targets = random() % 4 == 0 ? 2 : 1;
    compare(tree_model(shape, random), random, "round " + std::to_string(round));
    if (HasFatalFailure()) return;
  }
}

TEST(NativeTrees, ClassifiersEqualTheRuntimes) {
  std::mt19937 random(20154);
  for (int round = 0; round < 60; ++round) {
    RandomTrees shape;
    shape.trees = 1 + random() % 20;
    shape.features = 1 + random() % 5;
    shape.labels = round % 2 == 0 ? 2 : 3 + random() % 3;
    shape.targets = shape.labels == 2 ? 1 : static_cast<std::int64_t>(shape.labels);
    shape.text_labels = random() % 2 == 0;
    shape.negative = random() % 2 == 0;
    shape.base = random() % 2 == 0;
    constexpr const char* kTransforms[] = {"NONE", "LOGISTIC", "SOFTMAX"};
    shape.transform = kTransforms[random() % (shape.labels == 2 ? 2 : 3)];
    compare(tree_model(shape, random), random,
            "round " + std::to_string(round) + ", " + shape.transform);
    if (HasFatalFailure()) return;
  }
}

/// The scores of a model of random trees by one way, straight from its node.
std::vector<float> scores_by(const native::TreeOptions& options, const detail::ModelProto& model,
                             const std::vector<ColumnView>& columns, std::size_t rows) {
  const std::size_t features = columns.size();
  const native::Ensemble ensemble =
      native::read_ensemble(model.nodes.at(0), "target", 1, features, false);
  native::ProgramBuilder builder;
  std::vector<int> in;
  for (std::size_t i = 0; i < features; ++i) in.push_back(builder.input(ElementType::kFloat));
  const int sum = builder.fresh(ElementType::kFloat);
  auto step =
      native::tree_ensemble(ensemble, ElementType::kFloat, ElementType::kFloat, in, {sum}, options);
  if (step == nullptr) throw Error(Code::kInternal, "the trees do not go that way");
  builder.add(std::move(step));
  builder.output(ElementType::kFloat, {sum});
  const std::size_t wanted[] = {0};
  const auto results = std::move(builder).build()->score(columns, rows, wanted);
  const auto* values = static_cast<const float*>(results[0].values.get());
  return {values, values + rows};
}

TEST(NativeTrees, EveryWayGivesTheSameScores) {
  std::mt19937 random(20155);
  constexpr std::size_t kRows = 1031;
  for (int round = 0; round < 20; ++round) {
    RandomTrees shape;
    shape.trees = 1 + random() % 90;
    shape.leaves_max = round % 2 == 0 ? 32 : 64;
    shape.features = 1 + random() % 6;
    const std::string bytes = tree_model(shape, random);
    const Batch batch(*Scorer::load(bytes), kRows, random);
    const detail::ModelProto model = detail::read_model(bytes);
    const auto by = [&](native::TreeWay way, bool portable) {
      return scores_by({way, portable}, model, batch.columns, kRows);
    };
    const auto expected = by(native::TreeWay::kFaster, false);
    EXPECT_EQ(by(native::TreeWay::kMasks, false), expected) << round;
    EXPECT_EQ(by(native::TreeWay::kMasks, true), expected) << round;
    EXPECT_EQ(by(native::TreeWay::kDescent, false), expected) << round;
    EXPECT_EQ(by(native::TreeWay::kDescent, true), expected) << round;
  }
}

TEST(NativeTrees, ManyCutsOfOneFeature) {
  std::mt19937 random(20153);
  RandomTrees shape;
  shape.trees = 200;
  shape.leaves_max = 60;
  shape.features = 1;  // thousands of cuts: three levels of ranks
  shape.cut_steps = 1000000;
  compare(tree_model(shape, random), random, "many cuts");
}

/// A model with a chain of nodes over one column "x", and an output "y".
struct Chain {
  GraphBuilder graph{"chain"};
  std::string value;
  Chain(ElementType type, std::int64_t width) { value = graph.input("x", type, {kAnySize, width}); }
  std::string number(ElementType type, double number) {
    return graph.constant("number", type == ElementType::kFloat
                                        ? Tensor::scalar(static_cast<float>(number))
                                        : Tensor::scalar(number));
  }
  std::string finish(ElementType type, std::int64_t width) {
    graph.node_into("Identity", {value}, {"y"});
    graph.output("y", type, {kAnySize, width});
    return graph.serialize();
  }
};

TEST(NativeOperators, EqualTheRuntimesOneByOne) {
  std::mt19937 random(3);
  for (const ElementType type : {ElementType::kFloat, ElementType::kDouble}) {
    for (const char* op :
         {"Neg", "Abs", "Sqrt", "Exp", "Log", "Floor", "Ceil", "Round", "Reciprocal", "Relu"}) {
      Chain chain(type, 2);
      chain.value = chain.graph.node(op, {chain.value});
      compare(chain.finish(type, 2), random, std::string(op) + " of " + std::string(name_of(type)));
    }
    for (const char* op : {"Add", "Sub", "Mul", "Div", "Min", "Max"}) {
      Chain chain(type, 1);
      const std::string other = chain.graph.input("z", type, {kAnySize, 1});
      chain.value = chain.graph.node(op, {chain.value, other});
      chain.value = chain.graph.node(op, {chain.value, chain.number(type, 0.3)});
      compare(chain.finish(type, 1), random, op);
    }
    for (const char* op : {"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"}) {
      Chain chain(type, 3);
      chain.value = chain.graph.node(op, {chain.value, chain.number(type, 1)});
      compare(chain.finish(ElementType::kBool, 3), random, op);
    }
    for (const char* op : {"IsNaN", "IsInf"}) {
      Chain chain(type, 1);
      chain.value = chain.graph.node(op, {chain.value});
      compare(chain.finish(ElementType::kBool, 1), random, op);
    }
    Chain clipped(type, 2);
    clipped.value = clipped.graph.node(
        "Clip", {clipped.value, clipped.number(type, -1), clipped.number(type, 2)});
    compare(clipped.finish(type, 2), random, "Clip");
    Chain below(type, 2);
    below.value = below.graph.node("Clip", {below.value, "", below.number(type, 2)});
    compare(below.finish(type, 2), random, "Clip without a minimum");
  }
}

TEST(NativeOperators, CastsEqualTheRuntimes) {
  std::mt19937 random(4);
  constexpr ElementType kTypes[] = {ElementType::kFloat, ElementType::kDouble, ElementType::kInt64,
                                    ElementType::kInt32, ElementType::kBool};
  for (const ElementType from :
       {ElementType::kFloat, ElementType::kDouble, ElementType::kInt64, ElementType::kBool}) {
    for (const ElementType to : kTypes) {
      Chain chain(from, 1);
      chain.value =
          chain.graph.node("Cast", {chain.value}, {{"to", static_cast<std::int64_t>(to)}});
      compare(chain.finish(to, 1), random,
              std::string(name_of(from)) + " to " + std::string(name_of(to)));
    }
  }
}

TEST(NativeOperators, LinearModelsEqualTheRuntimes) {
  std::mt19937 random(5);
  const std::vector<float> weights = {0.5f, -2, 3};
  {
    GraphBuilder graph("gemm");
    graph.input("x", ElementType::kFloat, {kAnySize, 3});
    const auto scaled = graph.node(
        "Scaler", {"x"},
        {{"offset", std::vector<float>{1, 2, 3}}, {"scale", std::vector<float>{0.5f, 2, 0.25f}}},
        kMlDomain);
    graph.node_into("LinearRegressor", {scaled}, {"y"},
                    {{"coefficients", weights}, {"intercepts", std::vector<float>{0.25f}}},
                    kMlDomain);
    graph.output("y", ElementType::kFloat, {kAnySize, 1});
    compare(graph.serialize(), random, "Scaler and LinearRegressor", Overflow::kNotFinite);
  }
  GraphBuilder graph("gemm");
  graph.input("x", ElementType::kDouble, {kAnySize, 3});
  const auto by = graph.constant("w", {{2, 3}, std::vector<double>{1, 2, 4, -1, 0, 0.5}});
  const auto add = graph.constant("b", Tensor::vector(std::vector<double>{1, -1}));
  const auto two = graph.node("Gemm", {"x", by, add},
                              {{"transB", std::int64_t{1}}, {"alpha", 0.5f}, {"beta", 2.0f}});
  const auto column = graph.constant("v", {{2, 1}, std::vector<double>{3, 0.125}});
  graph.node_into("MatMul", {two, column}, {"y"});
  graph.output("y", ElementType::kDouble, {kAnySize, 1});
  graph.node_into("Identity", {two}, {"two"});
  graph.output("two", ElementType::kDouble, {kAnySize, 2});
  compare(graph.serialize(), random, "Gemm and MatMul", Overflow::kNotFinite);
}

TEST(NativeOperators, FeaturisationEqualsTheRuntimes) {
  std::mt19937 random(6);
  GraphBuilder graph("features");
  graph.input("x", ElementType::kFloat, {kAnySize, 2});
  graph.input("kind", ElementType::kString, {kAnySize, 1});
  graph.input("code", ElementType::kInt64, {kAnySize, 1});
  const auto filled =
      graph.node("Imputer", {"x"},
                 {{"imputed_value_floats", std::vector<float>{7, 8}},
                  {"replaced_value_float", std::numeric_limits<float>::quiet_NaN()}},
                 kMlDomain);
  const auto flat = [&](const std::string& value, std::int64_t width) {
    const auto shape =
        graph.constant("shape", Tensor::vector(std::vector<std::int64_t>{-1, width}));
    return graph.node("Reshape", {value, shape});
  };
  const auto kinds =
      flat(graph.node("OneHotEncoder", {"kind"},
                      {{"cats_strings", std::vector<std::string>{"a", "b", ""}}}, kMlDomain),
           3);
  const auto codes =
      flat(graph.node("OneHotEncoder", {"code"},
                      {{"cats_int64s", std::vector<std::int64_t>{0, 1, -2}}}, kMlDomain),
           3);
  const auto mean = graph.node("LabelEncoder", {"kind"},
                               {{"keys_strings", std::vector<std::string>{"a", "c"}},
                                {"values_floats", std::vector<float>{1.5f, 2.5f}},
                                {"default_float", 0.5f}},
                               kMlDomain);
  const auto all = graph.node("Concat", {filled, kinds, codes, mean}, {{"axis", std::int64_t{1}}});
  const auto order =
      graph.constant("order", Tensor::vector(std::vector<std::int64_t>{8, 0, 3, -6, 1, 2, 5}));
  graph.node_into("Gather", {all, order}, {"features"}, {{"axis", std::int64_t{1}}});
  graph.output("features", ElementType::kFloat, {kAnySize, 7});
  graph.node_into("LabelEncoder", {"code"}, {"name"},
                  {{"keys_int64s", std::vector<std::int64_t>{0, 1}},
                   {"values_strings", std::vector<std::string>{"zero", "one"}},
                   {"default_string", std::string("many")}},
                  kMlDomain);
  graph.output("name", ElementType::kString, {kAnySize, 1});
  compare(graph.serialize(), random, "features");
}

TEST(NativeScorer, TellsWhichColumnsAnOutputNeeds) {
  GraphBuilder graph("two");
  for (const char* name : {"a", "b", "c"}) graph.input(name, ElementType::kFloat, {kAnySize, 1});
  graph.node_into("Add", {"a", "b"}, {"sum"});
  graph.node_into("Identity", {"b"}, {"same"});
  graph.output("sum", ElementType::kFloat, {kAnySize, 1});
  graph.output("same", ElementType::kFloat, {kAnySize, 1});
  const auto scorer = Scorer::load(graph.serialize());
  const std::size_t same[] = {1};
  EXPECT_THAT(scorer->used(), testing::ElementsAre(true, true, false));
  EXPECT_THAT(scorer->used(same), testing::ElementsAre(false, true, false));
  const std::vector<float> none, b = {1, 2};
  const std::vector<ColumnView> columns = {std::span<const float>(none), std::span<const float>(b),
                                           std::span<const float>(none)};
  EXPECT_THAT(scorer->score(columns, 2, same)[0].floats(), testing::ElementsAre(1, 2));
  EXPECT_THROW(scorer->score(columns, 2), Error);
}

TEST(NativeScorer, LeavesATargetWithoutAScoreToTheRuntime) {
  // The runtime adds no base value to a target that no leaf of a row scores.
  GraphBuilder graph("targets");
  graph.input("x", ElementType::kFloat, {kAnySize, 1});
  const std::vector<std::int64_t> none = {0};
  graph.node_into("TreeEnsembleRegressor", {"x"}, {"y"},
                  {{"n_targets", std::int64_t{2}},
                   {"nodes_treeids", none},
                   {"nodes_nodeids", none},
                   {"nodes_featureids", none},
                   {"nodes_modes", std::vector<std::string>{"LEAF"}},
                   {"nodes_values", std::vector<float>{0}},
                   {"nodes_truenodeids", none},
                   {"nodes_falsenodeids", none},
                   {"target_treeids", none},
                   {"target_nodeids", none},
                   {"target_ids", none},
                   {"target_weights", std::vector<float>{1}},
                   {"base_values", std::vector<float>{2, 3}}},
                  kMlDomain);
  graph.output("y", ElementType::kFloat, {kAnySize, 2});
  EXPECT_EQ(Scorer::load(graph.serialize())->runtime_reason(),
            "TreeEnsembleRegressor with a target that not every row scores");
}

TEST(NativeScorer, LeavesTheRestToTheRuntime) {
  const auto reason = [](const auto& build) {
    GraphBuilder graph("other");
    graph.input("x", ElementType::kFloat, {kAnySize, 2});
    build(graph);
    graph.output("y", ElementType::kFloat, {kAnySize, 2});
    return Scorer::load(graph.serialize())->runtime_reason();
  };
  EXPECT_EQ(reason([](GraphBuilder& graph) {
              graph.node_into("Softmax", {"x"}, {"y"}, {{"axis", std::int64_t{1}}});
            }),
            "operator Softmax");
  // Over all rows: what is scored in tiles must not be.
  EXPECT_EQ(reason([](GraphBuilder& graph) {
              const auto axes =
                  graph.constant("axes", Tensor::vector(std::vector<std::int64_t>{0}));
              graph.node_into("Sub", {"x", graph.node("ReduceSum", {"x", axes})}, {"y"});
            }),
            "ReduceSum over other axes");
  EXPECT_EQ(reason([](GraphBuilder& graph) {
              const auto shape =
                  graph.constant("shape", Tensor::vector(std::vector<std::int64_t>{2, -1}));
              graph.node_into(
                  "Reshape",
                  {graph.node("Reshape", {"x", shape}),
                   graph.constant("back", Tensor::vector(std::vector<std::int64_t>{-1, 2}))},
                  {"y"});
            }),
            "Reshape of rows");
}

TEST(NativeScorer, DamagedModelsAreErrorsOrModels) {
  std::mt19937 random(8);
  RandomTrees shape;
  shape.trees = 3;
  shape.leaves_max = 6;
  const std::string bytes = tree_model(shape, random);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = bytes;
    for (int i = 0; i < 1 + round % 3; ++i)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    try {
      const auto scorer = Scorer::load(damaged);
      const Batch batch(*scorer, 5, random);
      scorer->score(batch.columns, 5);
    } catch (const Error& error) {
      EXPECT_NE(error.code(), Code::kInternal) << error.message();
    }
  }
}

TEST(NativeScorer, ServesManyThreads) {
  std::mt19937 random(7);
  RandomTrees shape;
  shape.trees = 40;
  const std::string bytes = tree_model(shape, random);
  const auto scorer = Scorer::load(bytes);
  ASSERT_EQ(scorer->runtime_reason(), "");
  const Batch batch(*scorer, 1500, random);
  const auto expected = scorer->score(batch.columns, 1500);
  std::vector<std::thread> threads;
  std::atomic<int> different = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto scored = scorer->score(batch.columns, 1500);
        for (std::size_t row = 0; row < 1500; ++row)
          different += scored[0].floats()[row] != expected[0].floats()[row] ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(different, 0);
}

}  // namespace
}  // namespace tarn::onnx
