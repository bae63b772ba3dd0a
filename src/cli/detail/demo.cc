// The bike-rentals lab: examples/bike-rentals/lab.sql, batch by batch, against a server of its own.
// A batch that is only a comment holds command lines ("-- $ tarn ..."); the comment that a batch
// begins with is the step's title.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/home.h"
#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "detail/command_line.h"
#include "detail/commands.h"
#include "detail/sql_client.h"
#include "http/client.h"
#include "sql/batch.h"

namespace tarn::cli {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr double kServerStartS = 10;
constexpr std::string_view kForecastColumn = "variable_out1";

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

fs::path example_folder() {
  std::vector<fs::path> places;
  if (const char* setting = std::getenv("TARN_EXAMPLES")) places.emplace_back(setting);
  places.push_back(own_executable().parent_path() / "../share/tarn/examples");
  for (const auto& place : places) {
    if (fs::exists(place / "bike-rentals" / "lab.sql"))
      return fs::canonical(place / "bike-rentals");
  }
  throw Error(Code::kNotFound, "The example's files are not installed.",
              "Set TARN_EXAMPLES to the folder examples/.");
}

/// `tarn serve` on a free port, for the demo's length or longer.
class DemoServer {
 public:
  DemoServer(const fs::path& home, bool keep) : keep_(keep) {
    log_ = home / "serve.log";
    std::vector<std::pair<std::string, std::string>> environment;
    for (const char* name : {"PATH", "HOME", "LANG", "TARN_LIBRARY_PATH", "TARN_EXAMPLES"}) {
      if (const char* value = std::getenv(name)) environment.emplace_back(name, value);
    }
    process_ = spawn({.arguments = {own_executable().string(), "serve", "--home",
                                    (home / "home").string(), "--listen", "127.0.0.1:0"},
                      .environment = environment,
                      .output = log_});
    const auto start = SteadyClock::now();
    while (!http::answers(app::Home::socket(home / "home")) || url().empty()) {
      if (!is_running(process_) || seconds_since(start) > kServerStartS) {
        throw Error(Code::kUnavailable, "The server did not start: " + read_file(log_));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  ~DemoServer() {
    if (keep_) return;
    signal_group(process_, SIGTERM);
    for (int i = 0; i < 500 && !try_reap(process_); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  std::string url() const {
    const std::string text = fs::exists(log_) ? read_file(log_) : "";
    const auto at = text.find("http://");
    return at == std::string::npos ? "" : text.substr(at, text.find(' ', at) - at);
  }
  pid_t pid() const { return process_.pid; }

 private:
  fs::path log_;
  bool keep_;
  ProcessId process_;
};

std::vector<std::string> comment_lines(std::string_view batch) {
  std::vector<std::string> lines;
  for (const auto& line : split(batch, '\n')) {
    const auto text = trim(line);
    if (text.empty()) continue;
    if (!text.starts_with("--")) break;
    lines.emplace_back(trim(text.substr(2)));
  }
  return lines;
}

bool is_commands(std::string_view batch) {
  const auto lines = split(batch, '\n');
  return std::all_of(lines.begin(), lines.end(), [](const std::string& line) {
    const auto text = trim(line);
    return text.empty() || text.starts_with("--");
  });
}

// The forecasts of one result set, drawn as bars.
class Chart {
 public:
  SqlHooks hooks() {
    return {.on_columns = [this](const Json& columns) { find(columns); },
            .on_row = [this](const Json& row) { take(row); }};
  }

  void print() const {
    constexpr int kWidth = 48;
    const double most = values_.empty() ? 0 : *std::max_element(values_.begin(), values_.end());
    if (most <= 0) return;
    std::printf("\nPredicted rentals\n");
    for (std::size_t i = 0; i < values_.size(); ++i) {
      std::string bar;
      for (int k = 0; k < static_cast<int>(std::lround(values_[i] / most * kWidth)); ++k)
        bar += "█";
      std::printf("  day %2zu  %s %.0f\n", i + 1, bar.c_str(), values_[i]);
    }
  }

 private:
  void find(const Json& columns) {
    column_ = columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].value("name", "") == kForecastColumn) column_ = i;
    }
    if (column_ < columns.size()) values_.clear();
  }
  void take(const Json& row) {
    if (column_ < row.size() && row[column_].is_string()) {
      values_.push_back(std::atof(row[column_].get_ref<const std::string&>().c_str()));
    }
  }

  std::size_t column_ = 0;
  std::vector<double> values_;
};

class Lab {
 public:
  Lab(Where where, fs::path folder, CancelToken cancel)
      : where_(std::move(where)), folder_(std::move(folder)), cancel_(std::move(cancel)) {}

  void step(const sql::ScriptBatch& batch) {
    const auto lines = comment_lines(batch.text);
    const std::string title = lines.empty() ? "" : lines.front();
    std::printf("\n── %s\n", title.c_str());
    std::fflush(stdout);
    const auto start = SteadyClock::now();
    if (is_commands(batch.text)) {
      for (const auto& line : lines) {
        if (line.starts_with("$ tarn ")) command(line.substr(7));
      }
    } else {
      Context context(where_, Format::kTable, cancel_);
      run_batches(context, context.gateway(Access::kWrite),
                  {{std::string(batch.text), batch.first_line}}, "default", "lab.sql",
                  chart_.hooks());
    }
    times_.emplace_back(title, seconds_since(start));
  }

  void print_chart() const { chart_.print(); }

  void print_times() const {
    std::printf("\nTime of each step\n");
    double sum = 0;
    for (const auto& [title, seconds] : times_) {
      std::printf("  %7.2f s  %s\n", seconds, title.c_str());
      sum += seconds;
    }
    std::printf("  %7.2f s  altogether\n", sum);
  }

 private:
  void command(const std::string& line) {
    std::printf("$ tarn %s\n", line.c_str());
    std::fflush(stdout);
    std::vector<std::string> words;
    for (const auto& word : split(line, ' ')) {
      if (!word.empty()) words.push_back(word);
    }
    // Files are those of the example, wherever the demo was called from.
    for (auto& word : words) {
      if (fs::exists(folder_ / word) && !fs::path(word).is_absolute())
        word = (folder_ / word).string();
    }
    const ParsedCommand parsed = parse_command_line(words);
    Context context(where_, Format::kTable, cancel_);
    const int code = parsed.run(context);
    if (code != 0)
      throw Error(Code::kUnavailable, "The command ended with code " + std::to_string(code) + ".");
  }

  Where where_;
  fs::path folder_;
  CancelToken cancel_;
  Chart chart_;
  std::vector<std::pair<std::string, double>> times_;
};

fs::path demo_folder() {
  std::string name = (fs::temp_directory_path() / "tarn-demo-XXXXXX").string();
  check(mkdtemp(name.data()) != nullptr, "no temporary folder can be made");
  return name;
}

}  // namespace

int demo_bike_rentals(Context& context, const Demo& options) {
  const fs::path example = example_folder();
  const fs::path folder = demo_folder();
  {
    DemoServer server(folder, options.keep);
    Where where = context.where;
    where.home = folder / "home";
    where.url.clear();
    std::printf("Tarn's bike-rentals lab, on a server of its own at %s\n", server.url().c_str());
    Lab lab(where, example, context.cancel);
    const std::string script = read_file(example / "lab.sql");
    for (const auto& batch : sql::split_batches(script)) lab.step(batch);
    lab.print_chart();
    lab.print_times();
    if (options.keep) {
      std::printf("\nThe server runs on (pid %d). Try next:\n", server.pid());
      std::printf("  export TARN_HOME=%s\n", where.home.c_str());
      std::printf(
          "  tarn sql \"EXEC dbo.predict_rentals\"\n  tarn job list\n  tarn model show "
          "rental-prediction-model\n");
      std::printf("  curl %s/openapi.json\n  kill %d\n", server.url().c_str(), server.pid());
    } else {
      std::printf(
          "\nTry next: tarn demo bike-rentals --keep leaves the server running; %s has the lab's "
          "files.\n",
          example.c_str());
    }
  }
  if (!options.keep) fs::remove_all(folder);
  return kOk;
}

}  // namespace tarn::cli
