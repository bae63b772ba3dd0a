// How many rows of a model the native scorer and ONNX Runtime score in a second of one thread's
// CPU time, in turn, and how far their results are apart.
//   tarn_bench_scorer MODEL.onnx [ROWS]

#include "onnx/scorer.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <vector>

#include "base/error.h"

namespace {

using namespace tarn;

constexpr std::size_t kChunkRows = 2048;  // of the engine
constexpr int kRounds = 7;

double cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Data {
  std::vector<std::vector<float>> floats;
  std::vector<std::vector<double>> doubles;
  std::vector<std::vector<std::int64_t>> int64s;
  std::vector<std::vector<std::string_view>> texts;

  Data(const onnx::Scorer& scorer, std::size_t rows) {
    std::mt19937_64 random(1);
    std::normal_distribution<double> normal;
    const auto number = [&] {
      return random() % 64 == 0 ? std::numeric_limits<double>::quiet_NaN() : normal(random);
    };
    constexpr std::string_view kTexts[] = {"", "a", "b", "c", "d"};
    for (const onnx::Feature& feature : scorer.features()) {
      if (feature.type == onnx::ElementType::kFloat) {
        for (float& value : floats.emplace_back(rows)) value = static_cast<float>(number());
      } else if (feature.type == onnx::ElementType::kDouble) {
        for (double& value : doubles.emplace_back(rows)) value = number();
      } else if (feature.type == onnx::ElementType::kInt64) {
        for (auto& value : int64s.emplace_back(rows)) value = static_cast<int>(random() % 7);
      } else if (feature.type == onnx::ElementType::kString) {
        for (auto& value : texts.emplace_back(rows)) value = kTexts[random() % 5];
      } else {
        throw Error(Code::kUnsupported, "no made-up column fits the input " + feature.name);
      }
    }
  }

  std::vector<onnx::ColumnView> chunk(const onnx::Scorer& scorer, std::size_t first,
                                      std::size_t rows) const {
    std::size_t f = 0, d = 0, i = 0, t = 0;
    std::vector<onnx::ColumnView> columns;
    for (const onnx::Feature& feature : scorer.features()) {
      if (feature.type == onnx::ElementType::kFloat) {
        columns.emplace_back(std::span(floats[f++]).subspan(first, rows));
      } else if (feature.type == onnx::ElementType::kDouble) {
        columns.emplace_back(std::span(doubles[d++]).subspan(first, rows));
      } else if (feature.type == onnx::ElementType::kInt64) {
        columns.emplace_back(std::span(int64s[i++]).subspan(first, rows));
      } else {
        columns.emplace_back(std::span(texts[t++]).subspan(first, rows));
      }
    }
    return columns;
  }
};

/// Scores all rows; returns the CPU time and appends the first output's numbers.
double score(const onnx::Scorer& scorer, const Data& data, std::size_t rows,
             std::vector<double>& results) {
  results.clear();
  double spent = 0;
  for (std::size_t first = 0; first < rows; first += kChunkRows) {
    const std::size_t count = std::min(kChunkRows, rows - first);
    const auto columns = data.chunk(scorer, first, count);
    const double start = cpu_s();
    const auto outputs = scorer.score(columns, count);
    spent += cpu_s() - start;
    for (std::size_t i = 0; i < count * outputs[0].width(); ++i)
      results.push_back(outputs[0].number(i));
  }
  return spent;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int run(const char* path, std::size_t rows) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto native = onnx::Scorer::load(bytes);
  const auto runtime = onnx::Scorer::load(bytes, onnx::Backend::kRuntime);
  if (!native->runtime_reason().empty())
    std::printf("not scored natively: %s\n", native->runtime_reason().c_str());
  const Data data(*native, rows);
  std::vector<double> native_s, runtime_s, ratios, a, b;
  for (int round = 0; round < kRounds; ++round) {
    native_s.push_back(score(*native, data, rows, a));
    runtime_s.push_back(score(*runtime, data, rows, b));
    ratios.push_back(runtime_s.back() / native_s.back());
  }
  double difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    difference =
        std::max(difference, std::abs(a[i] - b[i]) / std::max(std::abs(a[i]), std::abs(b[i])));
  }
  const double million = static_cast<double>(rows) / 1e6;
  std::printf("scorer, M rows/CPU-s: native %.2f, ONNX Runtime %.2f, ratio %.1f, difference %.1e\n",
              million / median(native_s), million / median(runtime_s), median(ratios), difference);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: tarn_bench_scorer MODEL.onnx [ROWS]\n");
    return 2;
  }
  try {
    return run(argv[1], argc > 2 ? std::stoul(argv[2]) : 200000);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tarn_bench_scorer: %s\n", error.what());
    return 1;
  }
}
