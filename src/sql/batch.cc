#include "sql/batch.h"

#include <charconv>
#include <string>

#include "base/error.h"
#include "base/text.h"

namespace tarn::sql {
namespace {

/// Walks over a script line by line and knows at each line's start whether it lies inside a comment
/// or a literal.
class Splitter {
 public:
  explicit Splitter(std::string_view script) : script_(script) {}

  std::vector<ScriptBatch> split() {
    while (offset_ < script_.size()) {
      const std::size_t end = line_end();
      const std::string_view line = script_.substr(offset_, end - offset_);
      if (inside_ == 0 && comment_depth_ == 0 && is_separator(line)) {
        finish(offset_, repeat_count(line));
        start_ = end;
        start_line_ = line_ + 1;
      } else {
        scan(line);
      }
      offset_ = end;
      ++line_;
    }
    finish(script_.size(), 1);
    return std::move(batches_);
  }

 private:
  /// Behind the line's '\n', or the script's end.
  std::size_t line_end() const {
    const std::size_t found = script_.find('\n', offset_);
    return found == std::string_view::npos ? script_.size() : found + 1;
  }

  static bool is_separator(std::string_view line) {
    line = trim(line);
    if (line.size() < 2 || !equal_ignoring_case(line.substr(0, 2), "GO")) return false;
    return line.size() == 2 || line[2] == ' ' || line[2] == '\t' ||
           line.substr(2).starts_with("--");
  }

  int repeat_count(std::string_view line) const {
    std::string_view rest = trim(line).substr(2);
    rest = trim(rest.substr(0, rest.find("--")));
    if (rest.empty()) return 1;
    int count = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (error != std::errc() || end != rest.data() + rest.size() || count < 0 ||
        count > kBatchRepeatMax) {
      throw Error(Code::kInvalidArgument, "GO takes a count between 0 and " +
                                              std::to_string(kBatchRepeatMax) +
                                              ", not: " + std::string(rest))
          .at({.source = {}, .line = line_, .column = 1});
    }
    return count;
  }

  void finish(std::size_t end, int count) {
    const std::string_view text = script_.substr(start_, end - start_);
    if (!trim(text).empty())
      batches_.push_back({.text = text, .first_line = start_line_, .count = count});
  }

  void scan(std::string_view line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string_view rest = line.substr(i);
      if (comment_depth_ > 0) {
        if (rest.starts_with("/*")) {
          ++comment_depth_, ++i;
        } else if (rest.starts_with("*/")) {
          --comment_depth_, ++i;
        }
      } else if (inside_ != 0) {
        // A doubled quote closes and opens again, which comes to the same.
        if (line[i] == inside_) inside_ = 0;
      } else if (rest.starts_with("--")) {
        return;
      } else if (rest.starts_with("/*")) {
        ++comment_depth_, ++i;
      } else if (line[i] == '\'' || line[i] == '"') {
        inside_ = line[i];
      } else if (line[i] == '[') {
        inside_ = ']';
      }
    }
  }

  std::string_view script_;
  std::size_t offset_ = 0;
  int line_ = 1;
  std::size_t start_ = 0;
  int start_line_ = 1;
  char inside_ = 0;  // the character that ends the string or delimited name that we are in, or 0
  int comment_depth_ = 0;
  std::vector<ScriptBatch> batches_;
};

}  // namespace

std::vector<ScriptBatch> split_batches(std::string_view script) { return Splitter(script).split(); }

}  // namespace tarn::sql
