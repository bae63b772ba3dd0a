#include <gmock/gmock.h>

#include <fstream>

#include "base/digest.h"
#include "exec/session_fixture.h"
#include "onnx/graph_builder.h"

namespace tarn::sql {
namespace {

/// y = 2 * temp + hum, and kind = the text input unchanged.
std::string model_bytes() {
  using onnx::ElementType;
  onnx::GraphBuilder graph("linear");
  const std::vector<std::int64_t> shape = {onnx::kAnySize, 1};
  const std::string temp = graph.input("temp", ElementType::kFloat, shape);
  const std::string hum = graph.input("hum", ElementType::kFloat, shape);
  const std::string kind = graph.input("kind", ElementType::kString, shape);
  const std::string two = graph.constant("two", onnx::Tensor::scalar(2.0f));
  graph.node_into("Add", {graph.node("Mul", {temp, two}), hum}, {"variable_out1"});
  graph.node_into("Identity", {kind}, {"same_kind"});
  graph.output("variable_out1", ElementType::kFloat, shape);
  graph.output("same_kind", ElementType::kString, shape);
  return graph.serialize();
}

class PredictTest : public SessionTest {
 protected:
  void SetUp() override {
    SessionTest::SetUp();
    services_.model_bytes = [](std::string_view uri) -> std::string {
      if (uri == "models:/linear/1") return model_bytes();
      throw Error(Code::kNotFound, "There is no model of that name: " + std::string(uri));
    };
    session_ = std::make_unique<Session>(services_, SessionOptions{});
    run("CREATE TABLE weather (id int, Temp decimal(5,2), hum float, kind varchar(10), unused "
        "varbinary(10)); "
        "INSERT weather VALUES (1, 1.5, 0.5, 'a', NULL), (2, NULL, 0.5, 'b', NULL), (3, 3, 1, "
        "NULL, NULL)");
    run("CREATE TABLE models (id int, model varbinary(max)); INSERT models VALUES (7, 0x" +
        to_hex(model_bytes()) + ")");
  }
};

constexpr const char* kExpected = "id|variable_out1\n1|3.5\n2|NULL\n3|7";

TEST_F(PredictTest, TakesTheModelFromEverywhere) {
  const std::string tail =
      ", DATA = weather AS d, RUNTIME = ONNX) WITH (variable_out1 real) AS p ORDER BY d.id";
  const std::string head = "SELECT d.id, p.variable_out1 FROM PREDICT(MODEL = ";
  EXPECT_EQ(run(head + "'models:/linear/1'" + tail), kExpected);
  EXPECT_EQ(types_, (std::vector<std::string>{"int", "real"}));
  EXPECT_EQ(run(head + "0x" + to_hex(model_bytes()) + tail), kExpected);
  EXPECT_EQ(run(head + "(SELECT model FROM models WHERE id = 7)" + tail), kExpected);
  EXPECT_EQ(run("DECLARE @m varbinary(max) = (SELECT model FROM models WHERE id = 7); " + head +
                "@m" + tail),
            kExpected);
  EXPECT_EQ(run("DECLARE @m varchar(100) = 'models:/linear/1'; " + head + "@m" + tail), kExpected);
}

TEST_F(PredictTest, WorksOverViewsTemporaryTablesAndInProcedures) {
  run("CREATE VIEW v AS SELECT id, Temp, hum, kind FROM weather WHERE id <> 2");
  EXPECT_EQ(run("SELECT d.id, p.* FROM PREDICT(MODEL = 'models:/linear/1', DATA = v AS d, RUNTIME "
                "= ONNX) "
                "WITH (variable_out1 float, same_kind varchar(5)) AS p ORDER BY id"),
            "id|variable_out1|same_kind\n1|3.5|a\n3|7|");
  run("SELECT id, Temp, hum, kind INTO #w FROM weather");
  run("CREATE TABLE forecast (id int, rentals real)");
  run("CREATE PROCEDURE score AS BEGIN DECLARE @m varbinary(max) = (SELECT model FROM models); "
      "INSERT INTO forecast SELECT d.id, p.variable_out1 FROM PREDICT(MODEL = @m, DATA = #w AS d, "
      "RUNTIME = ONNX) "
      "WITH (variable_out1 real) AS p; SELECT * FROM forecast ORDER BY id END");
  EXPECT_EQ(run("EXEC score"), "(3)\nid|rentals\n1|3.5\n2|NULL\n3|7");
  EXPECT_EQ(run("WITH w AS (SELECT id, Temp, hum, kind FROM weather WHERE id = 1) SELECT "
                "p.variable_out1 AS y FROM "
                "PREDICT(MODEL = 'models:/linear/1', DATA = w AS d, RUNTIME = ONNX) WITH "
                "(variable_out1 real) AS p"),
            "y\n3.5");
}

TEST_F(PredictTest, SaysWhatDoesNotFit) {
  const auto query = [](const std::string& model, const std::string& data,
                        const std::string& with) {
    return "SELECT p.* FROM PREDICT(MODEL = " + model + ", DATA = " + data +
           " AS d, RUNTIME = ONNX) WITH (" + with + ") AS p";
  };
  const std::string good = "'models:/linear/1'";
  EXPECT_EQ(
      error(query(good, "(SELECT Temp AS tmp, hum, kind FROM weather)", "variable_out1 real")),
      "39052: PREDICT: the model's input 'temp' is no column of DATA.");
  EXPECT_EQ(last_error_->hint(), "Did you mean 'tmp'?");
  EXPECT_EQ(
      error(query(good, "(SELECT 'x' AS temp, hum, kind FROM weather)", "variable_out1 real")),
      "39052: PREDICT: column 'temp' is of type varchar(1), and the model's input 'temp' takes "
      "float.");
  EXPECT_EQ(error(query(good, "weather", "wrong_out real")),
            "39053: PREDICT: the model has no output 'wrong_out'.");
  EXPECT_EQ(last_error_->hint(), "Its outputs are: variable_out1, same_kind.");
  EXPECT_EQ(error_number(query(good, "weather", "variable_out1 date")), 39053);
  EXPECT_EQ(error_number(query("0x010203", "weather", "variable_out1 real")), 39051);
  EXPECT_EQ(error_number(query("'models:/none/1'", "weather", "variable_out1 real")), 39051);
  EXPECT_EQ(error_number(query("'elsewhere'", "weather", "variable_out1 real")), 39051);
  EXPECT_EQ(
      error_number("DECLARE @m varbinary(max); " + query("@m", "weather", "variable_out1 real")),
      39051);
}

TEST_F(PredictTest, DoesNotReadColumnsThatNoOutputNeeds) {
  // 'a' is no int: evaluating the column would be error 245.
  const std::string data =
      "(SELECT id, Temp, hum, CONVERT(varchar(10), CONVERT(int, kind)) AS kind FROM weather)";
  const std::string head = "SELECT d.id, p.* FROM PREDICT(MODEL = 'models:/linear/1', DATA = ";
  EXPECT_EQ(run(head + data + " AS d, RUNTIME = ONNX) WITH (variable_out1 real) AS p ORDER BY id"),
            kExpected);
  EXPECT_EQ(error_number(head + data + " AS d, RUNTIME = ONNX) WITH (same_kind varchar(5)) AS p"),
            245);
  EXPECT_EQ(error(head + "(SELECT id, Temp, hum FROM weather) AS d, RUNTIME = ONNX) WITH "
                         "(variable_out1 real) AS p"),
            "39052: PREDICT: the model's input 'kind' is no column of DATA.");
}

/// The largest resident size that this process has had, in bytes.
std::size_t resident_bytes_max() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) << 10;
  }
  return 0;
}

TEST_F(PredictTest, StreamsInAFixedMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer keeps freed memory";
#endif
  constexpr std::size_t kGrowthMax = 64ull << 20;
  const auto sum = [&](int thousands) {
    return run(
        "SELECT COUNT(*) AS n, SUM(CAST(p.variable_out1 AS float)) AS s FROM PREDICT(MODEL = "
        "'models:/linear/1', DATA = (SELECT a.value AS temp, b.value % 7 AS hum, 'k' AS kind FROM "
        "GENERATE_SERIES(1, 1000) AS a CROSS JOIN GENERATE_SERIES(1, " +
        std::to_string(thousands) + ") AS b) AS d, RUNTIME = ONNX) WITH (variable_out1 real) AS p");
  };
  sum(200);
  const std::size_t before = resident_bytes_max();
  EXPECT_THAT(sum(10'000), testing::StartsWith("n|s\n10000000|"));
  // The inputs and the output alone would be 10 M x 3 x 4 bytes.
  EXPECT_LT(resident_bytes_max() - before, kGrowthMax);
}

}  // namespace
}  // namespace tarn::sql
