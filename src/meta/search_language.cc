#include "meta/search_language.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace tarn::meta::search {

namespace {

constexpr std::size_t kFilterBytesMax = 64 << 10;

[[noreturn]] void refuse(std::string message) {
  throw Error(Code::kInvalidArgument, std::move(message));
}

struct Token {
  enum class Kind { kWord, kNumber, kText, kSymbol, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;     // of kText without its quotes
  std::string written;  // as it stands
};

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Token next() {
    while (position_ < text_.size() && is_space(text_[position_])) ++position_;
    begin_ = position_;
    if (position_ == text_.size()) return {};
    const char c = text_[position_];
    if (c == '\'' || c == '"' || c == '`') return quoted(c);
    if (is_digit(c) || ((c == '-' || c == '+' || c == '.') && position_ + 1 < text_.size() &&
                        (is_digit(text_[position_ + 1]) || text_[position_ + 1] == '.')))
      return number();
    if (is_word_character(c)) return word();
    for (const std::string_view symbol : {"!=", "<=", ">=", "<>"}) {
      if (!text_.substr(position_).starts_with(symbol)) continue;
      position_ += symbol.size();
      return token(Token::Kind::kSymbol, symbol == "<>" ? "!=" : std::string(symbol));
    }
    ++position_;
    return token(Token::Kind::kSymbol, std::string(1, c));
  }

  /// Right behind the last token, without a space between: the rest of "metrics.a/b".
  bool touches(char c) const { return position_ < text_.size() && text_[position_] == c; }
  void skip() { ++position_; }
  /// A key behind a dot: quoted, or all up to a space or an operator.
  std::string key() {
    begin_ = position_;
    if (position_ < text_.size() &&
        (text_[position_] == '"' || text_[position_] == '`' || text_[position_] == '\''))
      return quoted(text_[position_]).text;
    while (position_ < text_.size() && !is_space(text_[position_]) &&
           std::string_view("=!<>(),'\"`").find(text_[position_]) == std::string_view::npos)
      ++position_;
    return std::string(text_.substr(begin_, position_ - begin_));
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  Token token(Token::Kind kind, std::string text) const {
    return {kind, std::move(text), std::string(text_.substr(begin_, position_ - begin_))};
  }

  Token quoted(char quote) {
    const std::size_t end = text_.find(quote, position_ + 1);
    if (end == std::string_view::npos)
      refuse("Invalid clause(s) in filter string: '" + std::string(text_.substr(position_)) +
             "' has no closing quote");
    position_ = end + 1;
    return token(quote == '`' ? Token::Kind::kWord : Token::Kind::kText,
                 std::string(text_.substr(begin_ + 1, end - begin_ - 1)));
  }

  Token number() {
    ++position_;
    while (position_ < text_.size() &&
           (is_digit(text_[position_]) || text_[position_] == '.' || text_[position_] == 'e' ||
            text_[position_] == 'E' ||
            ((text_[position_] == '-' || text_[position_] == '+') &&
             (text_[position_ - 1] == 'e' || text_[position_ - 1] == 'E'))))
      ++position_;
    return token(Token::Kind::kNumber, std::string(text_.substr(begin_, position_ - begin_)));
  }

  Token word() {
    while (position_ < text_.size() && is_word_character(text_[position_])) ++position_;
    return token(Token::Kind::kWord, std::string(text_.substr(begin_, position_ - begin_)));
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t begin_ = 0;
};

struct SubjectName {
  std::string_view name;
  Subject subject;
};
constexpr std::array kSubjects = {
    SubjectName{"metric", Subject::kMetric},
    SubjectName{"metrics", Subject::kMetric},
    SubjectName{"parameter", Subject::kParam},
    SubjectName{"parameters", Subject::kParam},
    SubjectName{"param", Subject::kParam},
    SubjectName{"params", Subject::kParam},
    SubjectName{"tag", Subject::kTag},
    SubjectName{"tags", Subject::kTag},
    SubjectName{"attribute", Subject::kAttribute},
    SubjectName{"attributes", Subject::kAttribute},
    SubjectName{"attr", Subject::kAttribute},
    SubjectName{"run", Subject::kAttribute},
    SubjectName{"dataset", Subject::kDataset},
    SubjectName{"datasets", Subject::kDataset},
};

Subject subject_of(const std::string& name) {
  const auto found = std::find_if(kSubjects.begin(), kSubjects.end(),
                                  [&](const SubjectName& each) { return each.name == name; });
  if (found == kSubjects.end()) {
    refuse("Invalid entity type '" + name +
           "'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']");
  }
  return found->subject;
}

class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text), lexer_(text) { advance(); }

  std::vector<Clause> filter() {
    std::vector<Clause> clauses;
    if (token_.kind == Token::Kind::kEnd) return clauses;
    while (true) {
      clauses.push_back(clause());
      if (token_.kind == Token::Kind::kEnd) return clauses;
      if (!take_word("AND")) invalid();
    }
  }

  OrderTerm order() {
    OrderTerm term{.by = identifier()};
    if (take_word("DESC")) {
      term.ascending = false;
    } else {
      take_word("ASC");
    }
    if (token_.kind != Token::Kind::kEnd) {
      refuse("Invalid order_by clause '" + std::string(text_) + "'. Could not be parsed.");
    }
    return term;
  }

 private:
  void advance() { token_ = lexer_.next(); }

  [[noreturn]] void invalid() const {
    refuse("Invalid clause(s) in filter string: '" + token_.written + "'");
  }

  bool take_word(std::string_view word) {
    if (token_.kind != Token::Kind::kWord || !equal_ignoring_case(token_.text, word)) return false;
    advance();
    return true;
  }
  bool take_symbol(std::string_view symbol) {
    if (token_.kind != Token::Kind::kSymbol || token_.text != symbol) return false;
    advance();
    return true;
  }

  Identifier identifier() {
    if (token_.kind != Token::Kind::kWord && token_.kind != Token::Kind::kText) invalid();
    Identifier result;
    if (lexer_.touches('.')) {
      result.subject = subject_of(token_.text);
      lexer_.skip();
      result.key = lexer_.key();
      if (result.key.empty()) invalid();
    } else {
      result.key = token_.text;
    }
    advance();
    return result;
  }

  std::optional<Comparison> comparison() {
    constexpr std::pair<std::string_view, Comparison> kSymbols[] = {
        {"=", Comparison::kEqual},   {"!=", Comparison::kNotEqual},
        {"<", Comparison::kLess},    {"<=", Comparison::kLessOrEqual},
        {">", Comparison::kGreater}, {">=", Comparison::kGreaterOrEqual},
    };
    for (const auto& [symbol, comparison] : kSymbols) {
      if (take_symbol(symbol)) return comparison;
    }
    if (take_word("LIKE")) return Comparison::kLike;
    if (take_word("ILIKE")) return Comparison::kILike;
    if (take_word("IN")) return Comparison::kIn;
    if (take_word("NOT")) return take_word("IN") ? std::optional(Comparison::kNotIn) : std::nullopt;
    if (take_word("IS")) {
      const bool negated = take_word("NOT");
      if (!take_word("NULL")) return std::nullopt;
      return negated ? Comparison::kIsNotNull : Comparison::kIsNull;
    }
    return std::nullopt;
  }

  std::vector<std::string> list() {
    std::vector<std::string> values;
    if (!take_symbol("(")) invalid();
    do {
      if (token_.kind != Token::Kind::kText) {
        refuse(
            "While parsing a list in the query, expected string value, punctuation, or "
            "whitespace, but got different type in list: (" +
            token_.written + ")");
      }
      values.push_back(token_.text);
      advance();
    } while (take_symbol(","));
    if (!take_symbol(")")) invalid();
    return values;
  }

  Clause clause() {
    Clause result{.left = identifier()};
    const auto found = comparison();
    if (!found)
      refuse("Invalid comparison clause. Expected a comparator found '" + token_.written + "'");
    result.comparison = *found;
    if (result.comparison == Comparison::kIsNull || result.comparison == Comparison::kIsNotNull)
      return result;
    if (result.comparison == Comparison::kIn || result.comparison == Comparison::kNotIn) {
      result.right = list();
      return result;
    }
    if (token_.kind == Token::Kind::kNumber) {
      const bool integer = token_.text.find_first_of(".eE") == std::string::npos;
      result.right = Number{token_.text, integer};
    } else if (token_.kind == Token::Kind::kText) {
      result.right = token_.text;
    } else if (token_.kind == Token::Kind::kEnd) {
      refuse("Invalid comparison clause. Expected 3 tokens found 2");
    } else {
      refuse(
          "Parameter value is either not quoted or unidentified quote types used for string "
          "value " +
          token_.written + ". Use either single or double quotes.");
    }
    advance();
    return result;
  }

  std::string_view text_;
  Lexer lexer_;
  Token token_;
};

bool one_of(Comparison comparison, std::initializer_list<Comparison> allowed) {
  return std::find(allowed.begin(), allowed.end(), comparison) != allowed.end();
}

bool orders(Comparison comparison) {
  return one_of(comparison,
                {Comparison::kEqual, Comparison::kNotEqual, Comparison::kLess,
                 Comparison::kLessOrEqual, Comparison::kGreater, Comparison::kGreaterOrEqual});
}

bool compares_texts(Comparison comparison) {
  return one_of(comparison,
                {Comparison::kEqual, Comparison::kNotEqual, Comparison::kLike, Comparison::kILike});
}

bool is_list(Comparison comparison) {
  return one_of(comparison, {Comparison::kIn, Comparison::kNotIn});
}

bool is_null_test(Comparison comparison) {
  return one_of(comparison, {Comparison::kIsNull, Comparison::kIsNotNull});
}

[[noreturn]] void wrong_comparator(Comparison comparison, std::string_view allowed) {
  refuse("Invalid comparator '" + std::string(name_of(comparison)) + "' not one of '{" +
         std::string(allowed) + "}'");
}

std::string shown(const Operand& operand) {
  if (const auto* number = std::get_if<Number>(&operand)) return number->text;
  if (const auto* text = std::get_if<std::string>(&operand)) return "'" + *text + "'";
  return "a list";
}

}  // namespace

std::string_view name_of(Subject subject) {
  switch (subject) {
    case Subject::kAttribute:
      return "attribute";
    case Subject::kMetric:
      return "metric";
    case Subject::kParam:
      return "parameter";
    case Subject::kTag:
      return "tag";
    case Subject::kDataset:
      return "dataset";
  }
  return {};
}

std::string_view name_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return "=";
    case Comparison::kNotEqual:
      return "!=";
    case Comparison::kLess:
      return "<";
    case Comparison::kLessOrEqual:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kGreaterOrEqual:
      return ">=";
    case Comparison::kLike:
      return "LIKE";
    case Comparison::kILike:
      return "ILIKE";
    case Comparison::kIn:
      return "IN";
    case Comparison::kNotIn:
      return "NOT IN";
    case Comparison::kIsNull:
      return "IS NULL";
    case Comparison::kIsNotNull:
      return "IS NOT NULL";
  }
  return {};
}

std::vector<Clause> parse_filter(std::string_view text) {
  if (text.size() > kFilterBytesMax) refuse("A filter has at most 65536 bytes.");
  return FilterParser(text).filter();
}

OrderTerm parse_order(std::string_view text) {
  if (trim(text).empty() || text.size() > kFilterBytesMax) {
    refuse("Invalid order_by clause '" + std::string(text.substr(0, 80)) +
           "'. Could not be parsed.");
  }
  return FilterParser(text).order();
}

const Attribute& attribute_of(std::span<const Attribute> known, const std::string& key) {
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const Attribute& each) { return each.name == key; });
  if (found != known.end()) return *found;
  std::vector<std::string> names;
  for (const Attribute& each : known) names.push_back("'" + std::string(each.name) + "'");
  refuse("Invalid attribute key '" + key + "' specified. Valid keys are '{" + join(names, ", ") +
         "}'");
}

void check_clause(const Clause& clause, const Attribute* attribute) {
  const Comparison comparison = clause.comparison;
  const std::string subject(name_of(clause.left.subject));
  if (is_null_test(comparison)) {
    if (clause.left.subject == Subject::kTag || clause.left.subject == Subject::kParam) return;
    refuse("IS NULL / IS NOT NULL is only supported for tags and params, not for '" + subject +
           "' '" + clause.left.key + "'");
  }
  const bool numeric = clause.left.subject == Subject::kMetric || (attribute && attribute->numeric);
  if (numeric) {
    if (!orders(comparison)) wrong_comparator(comparison, "'=', '!=', '<', '<=', '>', '>='");
    if (std::holds_alternative<Number>(clause.right)) return;
    refuse(clause.left.subject == Subject::kMetric
               ? "Expected numeric value type for metric. Found " + shown(clause.right)
               : "Expected numeric value type for numeric attribute: " + clause.left.key +
                     ". Found " + shown(clause.right));
  }
  const bool lists = clause.left.subject == Subject::kDataset || (attribute && attribute->lists);
  if (is_list(comparison)) {
    if (lists) return;
    refuse(
        "Only attributes that name one thing support comparison with a list of quoted string "
        "values, not '" +
        clause.left.key + "'.");
  }
  if (!compares_texts(comparison)) {
    wrong_comparator(comparison, lists ? "'=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'"
                                       : "'=', '!=', 'LIKE', 'ILIKE'");
  }
  if (std::holds_alternative<std::string>(clause.right)) return;
  refuse("Expected a quoted string value for " + subject + " (e.g. 'my-value'). Got value " +
         shown(clause.right));
}

}  // namespace tarn::meta::search
