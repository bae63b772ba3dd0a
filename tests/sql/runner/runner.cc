// tarn_sqltest FILE.test...: runs each file against a session in a fresh home, in sqllogictest
// form. Prints every difference and exits with 1 when there is one. See docs/testing-sql.md.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <regex>

#include "base/files.h"
#include "base/library_path.h"
#include "base/text.h"
#include "home.h"
#include "outcome.h"
#include "script.h"

namespace tarn::sqltest {
namespace {

/// How near a value of a column of type R must be to what is expected.
constexpr double kRelativeTolerance = 1e-6;

std::string joined(const std::vector<std::string>& cells) { return join(cells, "\t"); }

class FileRun {
 public:
  explicit FileRun(std::string file)
      : file_(std::move(file)), home_(std::make_unique<Home>(folder_.path())) {}

  /// The number of records that failed; nothing where the file was left out by `require`.
  int run() {
    for (const Record& record : parse_script(read_file(file_), file_)) {
      if (!run(record)) break;
    }
    return failures_;
  }

 private:
  bool run(const Record& record) {
    switch (record.kind) {
      case Record::Kind::kStatement:
        statement(record);
        break;
      case Record::Kind::kQuery:
        query(record);
        break;
      case Record::Kind::kColumns:
        columns(record);
        break;
      case Record::Kind::kMessages:
        messages(record);
        break;
      case Record::Kind::kTranscript:
        transcript(record);
        break;
      case Record::Kind::kSnapshot:
        snapshot(record);
        break;
      case Record::Kind::kConnection:
        connection_ = argument(record, 0);
        break;
      case Record::Kind::kDatabase:
        database_ = argument(record, 0);
        break;
      case Record::Kind::kRestart:
        restart();
        break;
      case Record::Kind::kRequire:
        return available(argument(record, 0));
      case Record::Kind::kFile:
        home_->lake().put(lake::parse_path(argument(record, 0)), record.body);
        break;
      case Record::Kind::kModel:
        home_->add_model(argument(record, 0), std::span(record.arguments).subspan(1));
        break;
      case Record::Kind::kPool:
        change_pool(argument(record, 0), argument(record, 1));
        break;
    }
    return true;
  }

  static std::string argument(const Record& record, std::size_t index) {
    return index < record.arguments.size() ? record.arguments[index] : std::string();
  }

  void change_pool(const std::string& action, const std::string& name) {
    if (action == "pause") {
      home_->pools().pause(name);
    } else if (action == "resume") {
      home_->pools().resume(name);
    } else {
      throw Error(Code::kInvalidArgument, "a pool is paused or resumed, not: " + action);
    }
  }

  void restart() {
    sessions_.clear();
    home_.reset();
    home_ = std::make_unique<Home>(folder_.path());
  }

  bool available(const std::string& what) {
    try {
      library_path(what == "onnxruntime" ? "libonnxruntime.so.1" : what);
      return true;
    } catch (const Error& error) {
      std::printf("%s: left out, %s\n", file_.c_str(), error.what());
      return false;
    }
  }

  sql::Session& session() {
    std::unique_ptr<sql::Session>& session = sessions_[connection_ + "/" + database_];
    if (!session) {
      session = std::make_unique<sql::Session>(home_->services(),
                                               sql::SessionOptions{.database = database_,
                                                                   .login = "tester",
                                                                   .application = "tarn_sqltest",
                                                                   .authorize = {}});
    }
    return *session;
  }

  void fail(const Record& record, const std::string& what) {
    ++failures_;
    std::printf("%s:%d: %s\n%s\n", file_.c_str(), record.line, what.c_str(), record.body.c_str());
  }

  void fail_lines(const Record& record, const std::vector<std::string>& actual) {
    std::string what = "expected\n";
    for (const std::string& line : record.expected) what += "  |" + line + "\n";
    what += "but got\n";
    for (const std::string& line : actual) what += "  |" + line + "\n";
    fail(record, what);
  }

  /// Runs the batch; false, and reported, where it ends with an error.
  bool succeed(const Record& record, Outcome& outcome) {
    outcome = run_batch(session(), record.body);
    if (!outcome.error) return true;
    std::string what = "unexpected error\n";
    for (const std::string& line : render_error(*outcome.error, record.body))
      what += "  |" + line + "\n";
    fail(record, what);
    return false;
  }

  void statement(const Record& record) {
    Outcome outcome;
    const std::string mode = argument(record, 0);
    if (mode == "error") {
      outcome = run_batch(session(), record.body);
      expect_error(record, outcome);
    } else if (succeed(record, outcome) && mode == "count") {
      std::int64_t rows = 0;
      for (const std::int64_t affected : outcome.affected) rows += affected;
      if (std::to_string(rows) != argument(record, 1)) {
        fail(record,
             "expected " + argument(record, 1) + " rows affected but got " + std::to_string(rows));
      }
    }
  }

  void expect_error(const Record& record, const Outcome& outcome) {
    std::string wanted;
    for (std::size_t i = 1; i < record.arguments.size(); ++i)
      wanted += (i > 1 ? " " : "") + record.arguments[i];
    if (!outcome.error) {
      fail(record, "expected the error " + wanted + " but it succeeded");
      return;
    }
    const std::string number =
        outcome.error->sql() ? std::to_string(outcome.error->sql()->number) : "none";
    const bool pattern = wanted.size() > 1 && wanted.front() == '/';
    const bool matches = pattern
                             ? std::regex_search(std::string(outcome.error->what()),
                                                 std::regex(wanted.substr(1, wanted.size() - 2)))
                             : wanted.empty() || wanted == number;
    if (!matches) {
      fail(record,
           "expected the error " + wanted + " but got " + number + ": " + outcome.error->what());
    }
  }

  static bool equal_cell(char type, const std::string& expected, const std::string& actual) {
    if (expected == actual) return true;
    if (type != 'R') return false;
    char* expected_end = nullptr;
    char* actual_end = nullptr;
    const double a = std::strtod(expected.c_str(), &expected_end);
    const double b = std::strtod(actual.c_str(), &actual_end);
    if (*expected_end != '\0' || *actual_end != '\0' || expected.empty() || actual.empty())
      return false;
    return std::abs(a - b) <= kRelativeTolerance * std::max(std::abs(a), std::abs(b));
  }

  static bool equal_rows(const std::string& types, const std::vector<std::string>& expected,
                         const std::vector<std::string>& actual) {
    if (expected.size() != actual.size()) return false;
    for (std::size_t row = 0; row < expected.size(); ++row) {
      if (expected[row] == actual[row]) continue;
      const std::vector<std::string> wanted = split(expected[row], '\t');
      const std::vector<std::string> got = split(actual[row], '\t');
      if (wanted.size() != got.size() || wanted.size() != types.size()) return false;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (!equal_cell(types[i], wanted[i], got[i])) return false;
      }
    }
    return true;
  }

  void query(const Record& record) {
    Outcome outcome;
    if (!succeed(record, outcome)) return;
    const std::string types = argument(record, 0);
    std::vector<std::string> actual;
    for (std::size_t i = 0; i < outcome.sets.size(); ++i) {
      if (i > 0) actual.emplace_back("----");
      if (outcome.sets[i].columns.size() != types.size() && outcome.sets.size() == 1) {
        fail(record, "expected " + std::to_string(types.size()) + " columns but got " +
                         std::to_string(outcome.sets[i].columns.size()));
        return;
      }
      for (const std::vector<std::string>& row : outcome.sets[i].rows)
        actual.push_back(joined(row));
    }
    std::vector<std::string> expected = record.expected;
    if (argument(record, 1) == "rowsort") {
      std::ranges::sort(actual);
      std::ranges::sort(expected);
    }
    if (!equal_rows(types, expected, actual)) fail_lines(record, actual);
  }

  void columns(const Record& record) {
    Outcome outcome;
    if (!succeed(record, outcome)) return;
    std::vector<std::string> actual;
    for (const ResultSet& set : outcome.sets) {
      for (const sql::ResultColumn& column : set.columns) {
        std::string line = (column.name.empty() ? "(no name)" : column.name) + "\t" + column.type;
        const std::size_t at = actual.size();
        // Nullability is compared only where it is written.
        const bool wanted =
            at < record.expected.size() && std::ranges::count(record.expected[at], '\t') == 2;
        if (wanted) line += column.nullable ? "\tNULL" : "\tNOT NULL";
        actual.push_back(std::move(line));
      }
    }
    if (actual != record.expected) fail_lines(record, actual);
  }

  void messages(const Record& record) {
    Outcome outcome;
    if (!succeed(record, outcome)) return;
    if (outcome.messages != record.expected) fail_lines(record, outcome.messages);
  }

  void transcript(const Record& record) {
    const Outcome outcome = run_batch(session(), record.body, true);
    if (outcome.transcript != record.expected) fail_lines(record, outcome.transcript);
  }

  void snapshot(const Record& record) {
    const Outcome outcome = run_batch(session(), record.body);
    if (!outcome.error) {
      fail(record, "expected an error but it succeeded");
      return;
    }
    const std::vector<std::string> actual = render_error(*outcome.error, record.body);
    if (actual != record.expected) fail_lines(record, actual);
  }

  std::string file_;
  TemporaryFolder folder_;
  std::unique_ptr<Home> home_;
  std::string connection_ = "main";
  std::string database_ = "default";
  std::map<std::string, std::unique_ptr<sql::Session>> sessions_;
  int failures_ = 0;
};

}  // namespace
}  // namespace tarn::sqltest

int main(int argc, char** argv) {
  int failures = 0;
  for (int i = 1; i < argc; ++i) {
    try {
      failures += tarn::sqltest::FileRun(argv[i]).run();
    } catch (const std::exception& error) {
      std::printf("%s: %s\n", argv[i], error.what());
      ++failures;
    }
  }
  if (failures > 0) std::printf("%d failed\n", failures);
  return failures > 0 ? 1 : 0;
}
