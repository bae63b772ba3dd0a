#include "onnx/scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "detail/wire.h"
#include "graphs.h"
#include "onnx/scorer_cache.h"

namespace tarn::onnx {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename T>
ColumnView view(const std::vector<T>& values) {
  return std::span<const T>(values);
}

Error error_of(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(Code::kInternal, "nothing was thrown");
}

TEST(Scorer, DescribesTheModel) {
  const std::string bytes = weighted_sum();
  const auto scorer = Scorer::load(bytes);
  ASSERT_EQ(scorer->inputs().size(), 2u);
  EXPECT_EQ(scorer->inputs()[1].name, "b");
  EXPECT_EQ(scorer->inputs()[1].describe(), "tensor(float)[N,1]");
  ASSERT_EQ(scorer->features().size(), 2u);
  EXPECT_EQ(scorer->features()[0].name, "a");
  EXPECT_EQ(scorer->output_index("y"), 0u);
  EXPECT_EQ(scorer->model_bytes(), bytes.size());
  EXPECT_THAT(scorer->metadata(), testing::Contains(testing::Pair("purpose", "test")));
  EXPECT_THAT(scorer->metadata(), testing::Contains(testing::Pair("producer_name", "tarn")));
}

TEST(Scorer, ScoresBatchesOfAnySize) {
  const auto scorer = Scorer::load(weighted_sum());
  for (const std::size_t rows : {1u, 2u, 2048u, 5000u}) {
    std::vector<float> a(rows), b(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      a[i] = static_cast<float>(i);
      b[i] = 1;
    }
    const std::vector<ColumnView> columns = {view(a), view(b)};
    const auto out = scorer->score(columns, rows);
    ASSERT_EQ(out.size(), 1u);
    EXPECT_EQ(out[0].rows(), rows);
    EXPECT_EQ(out[0].width(), 1u);
    EXPECT_EQ(out[0].number(rows - 1), 2.0 * (rows - 1) + 3);
  }
}

TEST(Scorer, NoRowsGiveNoRows) {
  const auto scorer = Scorer::load(weighted_sum());
  const std::vector<float> none;
  const std::vector<ColumnView> columns = {view(none), view(none)};
  const auto out = scorer->score(columns, 0);
  EXPECT_EQ(out[0].rows(), 0u);
  EXPECT_TRUE(out[0].floats().empty());
}

TEST(Scorer, PassesEveryColumnType) {
  const auto pass = [](ElementType type, const ColumnView& column, std::size_t rows) {
    const auto scorer = Scorer::load(identity(type, {kAnySize, 1}));
    return scorer->score({&column, 1}, rows)[0];
  };
  const std::vector<float> floats = {1, 2};
  EXPECT_THAT(pass(ElementType::kFloat, view(floats), 2).floats(), ElementsAre(1, 2));
  const std::vector<double> doubles = {1, 2};
  EXPECT_THAT(pass(ElementType::kDouble, view(doubles), 2).doubles(), ElementsAre(1, 2));
  const std::vector<std::int64_t> longs = {1, -2};
  EXPECT_THAT(pass(ElementType::kInt64, view(longs), 2).int64s(), ElementsAre(1, -2));
  const std::vector<std::int32_t> ints = {1, -2};
  EXPECT_THAT(pass(ElementType::kInt32, view(ints), 2).int32s(), ElementsAre(1, -2));
  const std::vector<std::uint8_t> bools = {1, 0};
  EXPECT_THAT(pass(ElementType::kBool, view(bools), 2).bools(), ElementsAre(1, 0));
  const std::string with_nul("a\0b", 3);
  const std::vector<std::string_view> texts = {with_nul, ""};
  EXPECT_THAT(pass(ElementType::kString, view(texts), 2).strings(), ElementsAre(with_nul, ""));
}

TEST(Scorer, FillsAMatrixFromColumns) {
  const auto scorer = Scorer::load(identity(ElementType::kDouble, {kAnySize, 3}));
  ASSERT_EQ(scorer->features().size(), 3u);
  EXPECT_EQ(scorer->features()[2].name, "x[2]");
  EXPECT_EQ(scorer->features()[2].position, 2);
  const std::vector<double> a = {1, 2}, b = {10, 20}, c = {100, 200};
  const std::vector<ColumnView> columns = {view(a), view(b), view(c)};
  const auto out = scorer->score(columns, 2);
  EXPECT_EQ(out[0].width(), 3u);
  EXPECT_THAT(out[0].doubles(), ElementsAre(1, 10, 100, 2, 20, 200));

  const auto texts = Scorer::load(identity(ElementType::kString, {kAnySize, 2}));
  const std::vector<std::string_view> d = {"a", "b"}, e = {"c", "d"};
  const std::vector<ColumnView> text_columns = {view(d), view(e)};
  EXPECT_THAT(texts->score(text_columns, 2)[0].strings(), ElementsAre("a", "c", "b", "d"));
}

TEST(Scorer, RefusesWrongColumns) {
  const auto scorer = Scorer::load(weighted_sum());
  const std::vector<float> a = {1};
  const std::vector<double> b = {1};
  const std::vector<ColumnView> wrong_type = {view(a), view(b)};
  EXPECT_EQ(error_of([&] { scorer->score(wrong_type, 1); }).message(),
            "The model's input 'b' takes float, given is double.");
  const std::vector<ColumnView> too_few = {view(a)};
  EXPECT_EQ(error_of([&] { scorer->score(too_few, 1); }).message(),
            "The model takes 2 columns, given are 1.");
  const std::vector<ColumnView> other_rows = {view(a), view(a)};
  EXPECT_THROW(scorer->score(other_rows, 2), Error);
  EXPECT_EQ(error_of([&] { scorer->score(other_rows, kBatchRowsMax + 1); }).code(),
            Code::kTooLarge);
}

TEST(Scorer, NamesTheOutputsThereAre) {
  const auto scorer = Scorer::load(weighted_sum());
  const Error error = error_of([&] { scorer->output_index("variable_out1"); });
  EXPECT_EQ(error.code(), Code::kNotFound);
  EXPECT_EQ(error.message(), "The model has no output 'variable_out1'.");
  EXPECT_EQ(error.hint(), "The model's outputs are: y.");
}

TEST(Scorer, OutputOfAnotherTypeIsOurBug) {
  const auto scorer = Scorer::load(weighted_sum());
  const std::vector<float> a = {1};
  const std::vector<ColumnView> columns = {view(a), view(a)};
  const auto out = scorer->score(columns, 1);
  EXPECT_THROW(out[0].doubles(), Error);
}

TEST(Scorer, RefusesBytesThatAreNoModel) {
  const std::string model = weighted_sum();
  for (const std::string& bytes :
       {std::string(), std::string("PK\x03\x04 a zip file"), std::string("{\"not\": \"a model\"}"),
        std::string(100, '\0'), std::string("\x08\x08", 2), model.substr(0, model.size() / 2),
        model + "\x07"}) {
    const Error error = error_of([&] { Scorer::load(bytes); });
    EXPECT_EQ(error.code(), Code::kInvalidArgument) << bytes;
    EXPECT_THAT(error.message(), HasSubstr("not an ONNX model")) << bytes;
  }
}

TEST(Scorer, RefusesEveryTruncation) {
  const std::string model = weighted_sum();
  for (std::size_t size = 0; size < model.size(); size += 3) {
    // A cut between two fields of the model leaves a smaller message, which may still load: it must
    // not crash.
    try {
      Scorer::load(model.substr(0, size));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kInvalidArgument);
    }
  }
}

TEST(Scorer, RefusesUnknownOperators) {
  GraphBuilder graph("unknown");
  graph.input("x", ElementType::kFloat, {kAnySize, 1});
  graph.node_into("NoSuchOperator", {"x"}, {"y"});
  graph.output("y", ElementType::kFloat, {kAnySize, 1});
  const Error error = error_of([&] { Scorer::load(graph.serialize()); });
  EXPECT_EQ(error.code(), Code::kInvalidArgument);
  EXPECT_THAT(error.message(), HasSubstr("NoSuchOperator"));
}

TEST(Scorer, RefusesTensorsInOtherFiles) {
  // A model whose one initialiser says data_location = EXTERNAL, location = "/etc/passwd".
  std::string entry;
  wire::put_bytes(entry, 1, "location");
  wire::put_bytes(entry, 2, "/etc/passwd");
  std::string tensor;
  wire::put_int(tensor, 1, 1);
  wire::put_int(tensor, 2, 1);
  wire::put_bytes(tensor, 8, "w");
  wire::put_bytes(tensor, 13, entry);
  wire::put_int(tensor, 14, 1);
  std::string graph;
  wire::put_bytes(graph, 5, tensor);
  std::string model;
  wire::put_int(model, 1, 8);
  wire::put_bytes(model, 7, graph);
  EXPECT_EQ(error_of([&] { Scorer::load(model); }).message(),
            "The model keeps tensors in other files.");
}

TEST(Scorer, RefusesInputsThatNoColumnFills) {
  const auto fixed = Scorer::load(identity(ElementType::kFloat, {4, 1}));
  EXPECT_THAT(error_of([&] { fixed->features(); }).message(),
              HasSubstr("'x' is tensor(float)[4,1]"));
  const auto cube = Scorer::load(identity(ElementType::kFloat, {kAnySize, 2, 2}));
  EXPECT_EQ(error_of([&] { cube->features(); }).code(), Code::kUnsupported);
  const auto small = Scorer::load(identity(ElementType::kInt8, {kAnySize, 1}));
  EXPECT_THAT(error_of([&] { small->features(); }).message(), HasSubstr("tensor(int8)"));
}

TEST(Scorer, ServesManyThreads) {
  const auto scorer = Scorer::load(weighted_sum());
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::vector<float> a(64, static_cast<float>(t)), b(64, 1);
      const std::vector<ColumnView> columns = {view(a), view(b)};
      for (int i = 0; i < 200; ++i) {
        const std::vector<Output> out = scorer->score(columns, 64);
        for (const float y : out[0].floats()) wrong += y != 2.0f * t + 3;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ScorerCache, LoadsOnce) {
  ScorerCache cache;
  const auto first = cache.get(weighted_sum());
  EXPECT_EQ(cache.get(weighted_sum()), first);
  EXPECT_EQ(cache.count(), 1u);
  int reads = 0;
  const auto read = [&] {
    ++reads;
    return identity(ElementType::kFloat, {kAnySize});
  };
  const std::string hash(64, 'a');
  EXPECT_EQ(cache.get(hash, read), cache.get(hash, read));
  EXPECT_EQ(reads, 1);
}

TEST(ScorerCache, KeepsWithinItsBound) {
  const std::string a = identity(ElementType::kFloat, {kAnySize});
  const std::string b = identity(ElementType::kDouble, {kAnySize});
  const std::string c = identity(ElementType::kInt64, {kAnySize});
  ScorerCache cache(a.size() + b.size());
  const auto scorer_a = cache.get(a);
  cache.get(b);
  cache.get(a);  // now b is the least recently used
  cache.get(c);
  EXPECT_EQ(cache.count(), 2u);
  EXPECT_EQ(cache.get(a), scorer_a);
  EXPECT_LE(cache.bytes(), a.size() + b.size());

  ScorerCache small(a.size() - 1);
  EXPECT_NE(small.get(a), nullptr);
  EXPECT_EQ(small.count(), 0u);
}

TEST(ScorerCache, FailuresAreNotKept) {
  ScorerCache cache;
  EXPECT_THROW(cache.get("no model"), Error);
  EXPECT_EQ(cache.count(), 0u);
  EXPECT_EQ(cache.bytes(), 0u);
}

}  // namespace
}  // namespace tarn::onnx
