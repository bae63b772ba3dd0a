#include "script.h"

#include <map>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace tarn::sqltest {
namespace {

using Kind = Record::Kind;

const std::map<std::string_view, Kind>& directives() {
  static const std::map<std::string_view, Kind> kDirectives = {
      {"statement", Kind::kStatement},
      {"query", Kind::kQuery},
      {"columns", Kind::kColumns},
      {"messages", Kind::kMessages},
      {"snapshot", Kind::kSnapshot},
      {"transcript", Kind::kTranscript},
      {"connection", Kind::kConnection},
      {"database", Kind::kDatabase},
      {"restart", Kind::kRestart},
      {"require", Kind::kRequire},
      {"file", Kind::kFile},
      {"model", Kind::kModel},
      {"pool", Kind::kPool},
  };
  return kDirectives;
}

bool has_body(Kind kind) {
  return kind == Kind::kStatement || kind == Kind::kQuery || kind == Kind::kColumns ||
         kind == Kind::kMessages || kind == Kind::kSnapshot || kind == Kind::kTranscript ||
         kind == Kind::kFile;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (std::string& word : split(line, ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  return words;
}

/// The lines of a file, each without its end.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace

std::vector<Record> parse_script(std::string_view text, std::string_view file_name) {
  const std::vector<std::string_view> lines = lines_of(text);
  std::vector<Record> records;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = trim(lines[i]);
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> words = words_of(line);
    const auto found = directives().find(words.front());
    if (found == directives().end()) {
      throw Error(Code::kInvalidArgument, "no such directive: " + words.front())
          .at({.source = std::string(file_name), .line = static_cast<int>(i + 1), .column = 1});
    }
    Record record{.kind = found->second,
                  .line = static_cast<int>(i + 1),
                  .arguments = {},
                  .body = {},
                  .expected = {}};
    record.arguments.assign(words.begin() + 1, words.end());
    if (has_body(record.kind)) {
      bool expecting = false;
      for (++i; i < lines.size() && !lines[i].empty(); ++i) {
        if (!expecting && lines[i] == "----") {
          expecting = true;
        } else if (expecting) {
          record.expected.emplace_back(lines[i]);
        } else {
          record.body += lines[i];
          record.body += '\n';
        }
      }
    }
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace tarn::sqltest
