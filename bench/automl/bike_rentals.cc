// AutoML regression against a peer on the bike-rentals data: test RMSE of both over fixed splits,
// in the same run.
//
// The splits are those of numpy.random.RandomState(seed).permutation(rows), made here again. The
// peer is LightGBM with its default parameters, through the same library.
//
//   automl_bike_rentals FILE.csv [--timeout S] [--trials N] [--concurrency N] [--metric NAME]
//   [--seeds N]
//                       [--cpu] [--verbose]
//
// --timeout 0 means none. --cpu counts the time in CPU seconds divided by the concurrency, for a
// busy machine.

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "detail/boosting.h"
#include "detail/features.h"
#include "ml/regression.h"

namespace {

using namespace tarn;

const std::vector<std::string> kFeatures = {"season",     "mnth",       "holiday", "weekday",
                                            "workingday", "weathersit", "temp",    "atemp",
                                            "hum",        "windspeed"};
const std::string kTarget = "rentals";
constexpr std::size_t kTestRows = 183;

struct Options {
  std::string file;
  double timeout_s = 10;
  int trials = 1000;
  int concurrency = 2;
  int seeds = 5;
  ml::Metric metric = ml::Metric::kSpearmanCorrelation;
  bool cpu = false;
  bool verbose = false;
};

Options parse_options(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    const auto value = [&] {
      if (i + 1 >= count) throw Error(Code::kInvalidArgument, "a value is missing after " + name);
      return std::string(arguments[++i]);
    };
    if (name == "--timeout") {
      options.timeout_s = std::stod(value());
    } else if (name == "--trials") {
      options.trials = std::stoi(value());
    } else if (name == "--concurrency") {
      options.concurrency = std::stoi(value());
    } else if (name == "--seeds") {
      options.seeds = std::stoi(value());
    } else if (name == "--metric") {
      options.metric = ml::parse_primary_metric(value());
    } else if (name == "--cpu") {
      options.cpu = true;
    } else if (name == "--verbose") {
      options.verbose = true;
    } else {
      options.file = name;
    }
  }
  return options;
}

/// The ten features and the target, all numbers.
ml::Frame read_csv(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw Error(Code::kNotFound, "no such file: " + file);
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> header = split(trim(line), ',');
  std::vector<std::string> wanted = kFeatures;
  wanted.push_back(kTarget);
  std::vector<ml::FrameBuilder::ColumnSpec> columns;
  for (std::size_t c = 0; c < wanted.size(); ++c) {
    const bool whole = c < 6 || c == 10;
    columns.push_back({wanted[c], whole ? ml::ColumnType::kInt64 : ml::ColumnType::kDouble});
  }
  ml::FrameBuilder builder(columns);
  while (std::getline(in, line)) {
    const std::vector<std::string> values = split(trim(line), ',');
    for (std::size_t c = 0; c < wanted.size(); ++c) {
      const auto at = static_cast<std::size_t>(std::find(header.begin(), header.end(), wanted[c]) -
                                               header.begin());
      const std::string& text = values.at(at);
      if (columns[c].type == ml::ColumnType::kInt64) {
        builder.append_integer(c, std::stoll(text));
      } else {
        builder.append_double(c, std::stod(text));
      }
    }
  }
  return builder.finish();
}

/// numpy's legacy RandomState: MT19937, Fisher-Yates from the end, draws masked to the next power
/// of two.
std::vector<std::size_t> permutation(unsigned seed, std::size_t count) {
  std::mt19937 bits(seed);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count - 1; i > 0; --i) {
    std::size_t mask = i;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    std::size_t drawn = bits() & mask;
    while (drawn > i) drawn = bits() & mask;
    std::swap(order[i], order[drawn]);
  }
  return order;
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Runs as fast as the process computes, shared by so many threads.
class CpuClock : public Clock {
 public:
  explicit CpuClock(int concurrency) : concurrency_(concurrency) {}
  Micros now() const override { return static_cast<Micros>(1e6 * cpu_seconds() / concurrency_); }

 private:
  int concurrency_;
};

double rmse(const ml::Frame& test, const std::vector<double>& predicted) {
  const ml::Column& truth = test.column(kTarget);
  double squares = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    squares += (truth.number(i) - predicted[i]) * (truth.number(i) - predicted[i]);
  }
  return std::sqrt(squares / static_cast<double>(predicted.size()));
}

/// LightGBM as it comes: 100 trees, 31 leaves, learning rate 0.1.
double peer_rmse(const ml::Frame& training, const ml::Frame& test) {
  std::vector<std::size_t> rows(training.rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::vector<std::size_t> test_rows(test.rows());
  std::iota(test_rows.begin(), test_rows.end(), std::size_t{0});
  std::vector<double> target;
  for (const std::size_t row : rows) target.push_back(training.column(kTarget).number(row));
  const auto plan = ml::detail::plan_features(training, training.column(kTarget), rows);
  const auto features =
      ml::detail::fit_features(plan, ml::detail::View::kTree, training, rows, target);
  const auto trees =
      ml::detail::fit_lightgbm({}, ml::detail::LightGbmData(features.matrix), target, 0, {});
  return rmse(test, trees.predict(features.set.transform(test, test_rows)));
}

class Printer : public ml::TrialListener {
 public:
  explicit Printer(bool verbose) : verbose_(verbose) {}
  void on_trial_finished(const ml::TrialResult& trial) override {
    if (verbose_) print(trial);
  }
  void on_ensemble(const ml::TrialResult& trial) override {
    if (verbose_) print(trial);
  }

 private:
  static void print(const ml::TrialResult& trial) {
    std::printf("  %3d %-18s %-12s spearman %.4f rmse %6.1f %6.3f s ", trial.info.index,
                trial.info.algorithm.c_str(), trial.info.preprocessing.c_str(),
                trial.metrics[ml::Metric::kSpearmanCorrelation],
                trial.metrics[ml::Metric::kRootMeanSquaredError], trial.duration_s);
    for (const auto& [name, value] : trial.info.params)
      std::printf(" %s=%s", name.c_str(), value.c_str());
    std::printf(" %s\n", trial.error.c_str());
  }
  bool verbose_;
};

void run(const Options& options) {
  const ml::Frame frame = read_csv(options.file);
  const CpuClock cpu_clock(options.concurrency);
  double sum = 0;
  double peer_sum = 0;
  for (int seed = 0; seed < options.seeds; ++seed) {
    const std::vector<std::size_t> order = permutation(static_cast<unsigned>(seed), frame.rows());
    const ml::Frame test = frame.select({order.begin(), order.begin() + kTestRows});
    const ml::Frame training = frame.select({order.begin() + kTestRows, order.end()});
    ml::Settings settings;
    settings.seed = 0;
    settings.primary_metric = options.metric;
    settings.concurrency = options.concurrency;
    settings.trials_max = options.trials;
    if (options.timeout_s > 0) settings.timeout_s = options.timeout_s;
    if (options.cpu) settings.clock = &cpu_clock;
    Printer printer(options.verbose);
    const Micros started = Clock::system().now();
    const double cpu_before = cpu_seconds();
    const ml::TrainResult result = ml::train(training, kTarget, settings, printer);
    const double wall = static_cast<double>(Clock::system().now() - started) * 1e-6;
    const double ours = rmse(test, result.model.predict(test));
    const double peer = peer_rmse(training, test);
    sum += ours;
    peer_sum += peer;
    std::printf(
        "split %d: rmse %6.1f (%s, %zu members, %zu trials, %.1f s, %.1f CPU s, by %s); LightGBM "
        "default %6.1f\n",
        seed, ours, result.best.info.algorithm.c_str(), result.model.members().size(),
        result.trials.size(), wall, cpu_seconds() - cpu_before, result.ended_by.c_str(), peer);
    std::fflush(stdout);
  }
  std::printf("mean test RMSE %.1f; LightGBM default %.1f\n", sum / options.seeds,
              peer_sum / options.seeds);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    run(parse_options(count, arguments));
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
