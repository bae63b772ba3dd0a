#include "detail/sql_scan.h"

#include <algorithm>

#include "base/text.h"

namespace tarn::cli {
namespace {

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) || c == '_' || c == '@' || c == '#' || c == '$';
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  SqlScan run() {
    while (at_ < text_.size()) step();
    return std::move(scan_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++at_;
    } else if (text_.substr(at_).starts_with("--")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (text_.substr(at_).starts_with("/*")) {
      comment();
    } else if (c == '\'') {
      delimited(SqlToken::Kind::kString, '\'');
    } else if (c == '"') {
      delimited(SqlToken::Kind::kName, '"');
    } else if (c == '[') {
      delimited(SqlToken::Kind::kName, ']');
    } else if (is_word(c)) {
      std::size_t end = at_;
      while (end < text_.size() && is_word(text_[end])) ++end;
      add(SqlToken::Kind::kWord, std::string(text_.substr(at_, end - at_)), end);
    } else {
      add(SqlToken::Kind::kPunctuation, std::string(1, c), at_ + 1);
    }
  }

  // Comments nest in T-SQL.
  void comment() {
    int depth = 0;
    while (at_ < text_.size()) {
      const auto rest = text_.substr(at_);
      if (rest.starts_with("/*")) {
        ++depth;
        at_ += 2;
      } else if (rest.starts_with("*/")) {
        at_ += 2;
        if (--depth == 0) return;
      } else {
        ++at_;
      }
    }
    scan_.open = true;
  }

  // The closing delimiter doubled stands for itself.
  void delimited(SqlToken::Kind kind, char close) {
    std::string value;
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == close) {
        if (i + 1 == text_.size() || text_[i + 1] != close) {
          add(kind, std::move(value), i + 1);
          return;
        }
        ++i;
      }
      value += text_[i];
    }
    scan_.open = true;
    add(kind, std::move(value), text_.size());
  }

  void add(SqlToken::Kind kind, std::string value, std::size_t end) {
    scan_.tokens.push_back({kind, std::move(value), at_, end});
    at_ = end;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  SqlScan scan_;
};

bool word_is(const std::vector<SqlToken>& tokens, std::size_t i,
             std::initializer_list<const char*> words) {
  if (i >= tokens.size() || tokens[i].kind != SqlToken::Kind::kWord) return false;
  return std::ranges::any_of(
      words, [&](const char* word) { return equal_ignoring_case(tokens[i].text, word); });
}

// Parentheses, BEGIN … END and CASE … END that have not been closed.
int open_blocks(const std::vector<SqlToken>& tokens) {
  int parentheses = 0, blocks = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind == SqlToken::Kind::kPunctuation) {
      if (tokens[i].text == "(") ++parentheses;
      if (tokens[i].text == ")") --parentheses;
    } else if (word_is(tokens, i, {"CASE"})) {
      ++blocks;
    } else if (word_is(tokens, i, {"BEGIN"})) {
      if (!word_is(tokens, i + 1, {"TRAN", "TRANSACTION", "DISTRIBUTED"})) ++blocks;
    } else if (word_is(tokens, i, {"END"})) {
      --blocks;
    }
  }
  return std::max(parentheses, 0) + std::max(blocks, 0);
}

bool runs_at_go_alone(const std::vector<SqlToken>& tokens) {
  if (word_is(tokens, 0, {"DECLARE"})) return true;
  if (!word_is(tokens, 0, {"CREATE", "ALTER"})) return false;
  const std::size_t what = word_is(tokens, 1, {"OR"}) ? 3 : 1;
  return word_is(tokens, what, {"PROC", "PROCEDURE", "FUNCTION", "TRIGGER"});
}

bool ends_with_go(std::string_view text, const std::vector<SqlToken>& tokens) {
  const bool counted =
      tokens.size() > 1 && word_is(tokens, tokens.size() - 2, {"GO"}) &&
      std::ranges::all_of(tokens.back().text, [](unsigned char c) { return std::isdigit(c) != 0; });
  const std::size_t go = tokens.size() - (counted ? 2 : 1);
  if (!word_is(tokens, go, {"GO"})) return false;
  const auto before = text.substr(0, tokens[go].start);
  const auto line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
  return trim(line).empty();
}

}  // namespace

SqlScan scan_sql(std::string_view text) { return Scanner(text).run(); }

bool is_shell_command(std::string_view text) {
  const auto trimmed = trim(text);
  return trimmed.starts_with('\\') ||
         (trimmed.size() > 1 && trimmed[0] == '.' &&
          std::isalpha(static_cast<unsigned char>(trimmed[1])) != 0) ||
         equal_ignoring_case(trimmed, "exit") || equal_ignoring_case(trimmed, "quit");
}

bool is_complete_batch(std::string_view text) {
  if (trim(text).empty()) return true;
  const bool one_line = trim(text).find('\n') == std::string_view::npos;
  if (one_line && is_shell_command(text)) return true;
  const SqlScan scan = scan_sql(text);
  if (scan.open || scan.tokens.empty()) return false;
  const auto& tokens = scan.tokens;
  if (ends_with_go(text, tokens)) return true;
  if (one_line && tokens.size() == 2 && word_is(tokens, 0, {"USE"})) return true;
  return tokens.back().text == ";" && tokens.back().kind == SqlToken::Kind::kPunctuation &&
         open_blocks(tokens) == 0 && !runs_at_go_alone(tokens);
}

}  // namespace tarn::cli
