#include "detail/check_parser.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "detail/names.h"
#include "engine/database.h"
#include "lake/check_constraints.h"

namespace tarn::lake::delta::detail {
namespace {

/// What may be compared with what: only values of one kind, so that no rule of conversion decides.
enum class Kind { kNumber, kText, kBoolean, kDate, kWallClock, kNull, kOpaque };

struct Value {
  std::string sql;
  Kind kind = Kind::kOpaque;
  std::string text;  // of a text literal, which may turn out to be a date
  bool literal_text = false;
  bool literal_number = false;
};

struct Token {
  enum class Type { kName, kQuotedName, kNumber, kText, kSymbol, kEnd };
  Type type = Type::kEnd;
  std::string text;
};

[[noreturn]] void refuse(const std::string& what) { throw Error(Code::kUnsupported, what); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80);
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    do {
      while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
      tokens.push_back(next());
    } while (tokens.back().type != Token::Type::kEnd);
    return tokens;
  }

 private:
  Token next() {
    if (at_ == text_.size()) return {};
    const char c = text_[at_];
    if (starts_name(c)) {
      return {Token::Type::kName, take([](char d) { return starts_name(d) || is_digit(d); })};
    }
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])))
      return number();
    if (c == '`') return {Token::Type::kQuotedName, quoted('`')};
    if (c == '\'') {
      Token token{Token::Type::kText, quoted('\'')};
      if (token.text.find('\\') != std::string::npos) refuse("a backslash in a text");
      return token;
    }
    if (c == '"') refuse("a text or name in double quotes, which engines read differently");
    for (const std::string_view symbol : {"<=>", "==", "!=", "<>", "<=", ">="}) {
      if (text_.substr(at_).starts_with(symbol)) {
        at_ += symbol.size();
        return {Token::Type::kSymbol, std::string(symbol)};
      }
    }
    if (std::string_view("()+-*,<>=").find(c) == std::string_view::npos)
      refuse("'" + lake::detail::printable(text_.substr(at_, 1)) + "'");
    ++at_;
    return {Token::Type::kSymbol, std::string(1, c)};
  }

  template <typename Belongs>
  std::string take(const Belongs& belongs) {
    const std::size_t first = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return std::string(text_.substr(first, at_ - first));
  }

  // Integers and decimals; an exponent or a suffix of type makes it another type in Spark.
  Token number() {
    std::string digits = take(is_digit);
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      digits += '.' + take(is_digit);
    }
    if (at_ < text_.size() && starts_name(text_[at_]))
      refuse("the number '" + digits + text_[at_] + "'");
    constexpr std::size_t kDigitsMax = 18;  // within a bigint and a decimal in any engine
    if (digits.size() > kDigitsMax) refuse("a number of more than 17 digits");
    return {Token::Type::kNumber, digits};
  }

  // Doubled, the closing mark stands for itself.
  std::string quoted(char mark) {
    std::string text;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == mark) {
        ++at_;
        if (at_ == text_.size() || text_[at_] != mark) return text;
      }
      text += text_[at_];
    }
    refuse("a quotation that does not end");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_date(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00";
  return text.size() == kShape.size() &&
         std::equal(text.begin(), text.end(), kShape.begin(),
                    [](char c, char shape) { return shape == '0' ? is_digit(c) : c == shape; });
}

bool is_wall_clock(std::string_view text) {
  constexpr std::string_view kShape = " 00:00:00";
  if (!is_date(text.substr(0, 10))) return false;
  text.remove_prefix(10);
  return text.empty() ||
         (text.size() == kShape.size() &&
          std::equal(text.begin(), text.end(), kShape.begin(),
                     [](char c, char shape) { return shape == '0' ? is_digit(c) : c == shape; }));
}

class Parser {
 public:
  Parser(std::vector<Token> tokens, const Schema& schema)
      : tokens_(std::move(tokens)), schema_(schema) {}

  std::string run() {
    const Value value = disjunction();
    if (peek().type != Token::Type::kEnd) refuse(shown(peek()));
    require_boolean(value);
    return value.sql;
  }

 private:
  const Token& peek() const { return tokens_[at_]; }
  static std::string shown(const Token& token) {
    return token.type == Token::Type::kEnd ? "an expression that does not end"
                                           : "'" + lake::detail::printable(token.text) + "'";
  }
  bool at_word(std::string_view word) const {
    return peek().type == Token::Type::kName && equal_ignoring_case(peek().text, word);
  }
  bool take_word(std::string_view word) {
    if (!at_word(word)) return false;
    ++at_;
    return true;
  }
  bool take_symbol(std::string_view symbol) {
    if (peek().type != Token::Type::kSymbol || peek().text != symbol) return false;
    ++at_;
    return true;
  }
  void need_word(std::string_view word) {
    if (!take_word(word)) refuse(shown(peek()));
  }
  void need_symbol(std::string_view symbol) {
    if (!take_symbol(symbol)) refuse(shown(peek()));
  }

  static void require_boolean(const Value& value) {
    if (value.kind != Kind::kBoolean && value.kind != Kind::kNull)
      refuse("a value where a condition is needed");
  }
  static Value boolean(std::string sql) {
    return {.sql = "(" + std::move(sql) + ")", .kind = Kind::kBoolean, .text = {}};
  }

  Value disjunction() {
    struct Deeper {
      int& depth;
      explicit Deeper(int& d) : depth(d) {
        if (++depth > kCheckDepthMax) refuse("an expression that is nested too deeply");
      }
      ~Deeper() { --depth; }
    } deeper(depth_);
    Value left = conjunction();
    while (take_word("OR")) left = connected(left, " OR ", conjunction());
    return left;
  }
  Value conjunction() {
    Value left = negation();
    while (take_word("AND")) left = connected(left, " AND ", negation());
    return left;
  }
  static Value connected(const Value& left, const char* word, const Value& right) {
    require_boolean(left);
    require_boolean(right);
    return boolean(left.sql + word + right.sql);
  }
  Value negation() {
    bool negated = false;
    while (take_word("NOT")) negated = !negated;
    Value value = comparison();
    if (!negated) return value;
    require_boolean(value);
    return boolean("NOT " + value.sql);
  }

  Value comparison() {
    Value left = sum();
    if (take_word("IS")) {
      const bool negated = take_word("NOT");
      need_word("NULL");
      return boolean(left.sql + (negated ? " IS NOT NULL" : " IS NULL"));
    }
    const bool negated = take_word("NOT");
    const std::string no = negated ? " NOT" : "";
    if (take_word("IN")) return membership(left, no);
    if (take_word("BETWEEN")) {
      Value low = sum();
      need_word("AND");
      Value high = sum();
      align(left, low);
      align(left, high);
      align(low, high);
      return boolean(left.sql + no + " BETWEEN " + low.sql + " AND " + high.sql);
    }
    if (take_word("LIKE")) {
      const Value pattern = sum();
      if (left.kind != Kind::kText || !pattern.literal_text)
        refuse("LIKE with another thing than a text's pattern");
      return boolean(left.sql + no + " LIKE " + pattern.sql);
    }
    if (negated) refuse("'NOT'");
    for (const auto& [symbol, sql] :
         {std::pair("<=>", " IS NOT DISTINCT FROM "), std::pair("==", " = "), std::pair("=", " = "),
          std::pair("!=", " <> "), std::pair("<>", " <> "), std::pair("<=", " <= "),
          std::pair(">=", " >= "), std::pair("<", " < "), std::pair(">", " > ")}) {
      if (!take_symbol(symbol)) continue;
      Value right = sum();
      align(left, right);
      return boolean(left.sql + sql + right.sql);
    }
    return left;
  }

  Value membership(Value left, const std::string& no) {
    need_symbol("(");
    std::vector<std::string> items;
    do {
      Value item = sum();
      align(left, item);
      items.push_back(item.sql);
    } while (take_symbol(","));
    need_symbol(")");
    return boolean(left.sql + no + " IN (" + join(items, ", ") + ")");
  }

  // A text literal beside a date is one; all else must be of one kind already.
  static void align(Value& left, Value& right) {
    if (left.literal_text && !right.literal_text) return align(right, left);
    if (right.literal_text && left.kind == Kind::kDate && is_date(right.text)) {
      right = {.sql = "DATE '" + right.text + "'", .kind = Kind::kDate, .text = {}};
    } else if (right.literal_text && left.kind == Kind::kWallClock && is_wall_clock(right.text)) {
      right = {.sql = "TIMESTAMP '" + right.text + "'", .kind = Kind::kWallClock, .text = {}};
    }
    if (left.kind == Kind::kOpaque || right.kind == Kind::kOpaque)
      refuse("a comparison of a column whose type engines compare differently");
    if (left.kind != right.kind && left.kind != Kind::kNull && right.kind != Kind::kNull)
      refuse("a comparison of values of two kinds");
  }

  Value sum() {
    Value left = product();
    for (;;) {
      const char* sign = take_symbol("+") ? " + " : take_symbol("-") ? " - " : nullptr;
      if (!sign) return left;
      left = computed(left, sign, product());
    }
  }
  Value product() {
    Value left = operand();
    while (take_symbol("*")) left = computed(left, " * ", operand());
    return left;
  }
  static Value computed(const Value& left, const char* sign, const Value& right) {
    if (left.kind != Kind::kNumber || right.kind != Kind::kNumber)
      refuse("arithmetic with another thing than numbers");
    return {.sql = "(" + left.sql + sign + right.sql + ")", .kind = Kind::kNumber, .text = {}};
  }

  Value operand() {
    if (take_symbol("-")) {
      const Value value = operand();
      if (value.kind != Kind::kNumber) refuse("arithmetic with another thing than numbers");
      return {.sql = "(-" + value.sql + ")", .kind = Kind::kNumber, .text = {}};
    }
    if (take_symbol("(")) {
      Value value = disjunction();
      need_symbol(")");
      return value;
    }
    const Token token = peek();
    ++at_;
    switch (token.type) {
      case Token::Type::kNumber:
        return {.sql = token.text, .kind = Kind::kNumber, .text = {}, .literal_number = true};
      case Token::Type::kText:
        return {.sql = engine::quote_text(token.text),
                .kind = Kind::kText,
                .text = token.text,
                .literal_text = true};
      case Token::Type::kQuotedName:
        return column(token.text);
      case Token::Type::kName:
        return named(token.text);
      default:
        refuse(shown(token));
    }
  }

  Value named(const std::string& name) {
    if (peek().type == Token::Type::kSymbol && peek().text == "(") return function(name);
    if (equal_ignoring_case(name, "DATE") && peek().type == Token::Type::kText) {
      const std::string text = peek().text;
      ++at_;
      if (!is_date(text)) refuse("the date '" + lake::detail::printable(text) + "'");
      return {.sql = "DATE '" + text + "'", .kind = Kind::kDate, .text = {}};
    }
    for (const char* word : {"TRUE", "FALSE"}) {
      if (equal_ignoring_case(name, word)) return boolean(to_lower(word));
    }
    if (equal_ignoring_case(name, "NULL")) return {.sql = "NULL", .kind = Kind::kNull, .text = {}};
    return column(name);
  }

  // Those of one meaning in Spark, DataFusion and the engine.
  Value function(const std::string& name) {
    need_symbol("(");
    const std::string lower = to_lower(name);
    if (lower != "length" && lower != "char_length" && lower != "character_length")
      refuse("the function '" + name + "'");
    const Value text = disjunction();
    if (text.kind != Kind::kText) refuse("the length of another thing than a text");
    need_symbol(")");
    return {.sql = "length(" + text.sql + ")", .kind = Kind::kNumber, .text = {}};
  }

  Value column(const std::string& name) {
    const Field* field = schema_.find(name);
    if (!field) refuse("the name '" + lake::detail::printable(name) + "'");
    const auto index = static_cast<std::size_t>(field - schema_.fields.data());
    const std::string value =
        "CAST(c" + std::to_string(index) + " AS " + engine_type(field->type) + ")";
    switch (field->type.kind) {
      case Type::Kind::kFloat:  // beside a decimal or an integer Spark makes it a double
        return {.sql = "CAST(" + value + " AS DOUBLE)", .kind = Kind::kNumber, .text = {}};
      case Type::Kind::kLong:
      case Type::Kind::kInteger:
      case Type::Kind::kShort:
      case Type::Kind::kByte:
      case Type::Kind::kDouble:
      case Type::Kind::kDecimal:
        return {.sql = value, .kind = Kind::kNumber, .text = {}};
      case Type::Kind::kString:
        return {.sql = value, .kind = Kind::kText, .text = {}};
      case Type::Kind::kBoolean:
        return {.sql = value, .kind = Kind::kBoolean, .text = {}};
      case Type::Kind::kDate:
        return {.sql = value, .kind = Kind::kDate, .text = {}};
      case Type::Kind::kTimestampNtz:
        return {.sql = value, .kind = Kind::kWallClock, .text = {}};
      default:  // only IS NULL
        return {.sql = value, .kind = Kind::kOpaque, .text = {}};
    }
  }

  std::vector<Token> tokens_;
  const Schema& schema_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string translate_check(std::string_view expression, const Schema& schema) {
  if (expression.size() > kCheckBytesMax) refuse("an expression of more than 16 KiB");
  return Parser(Lexer(expression).run(), schema).run();
}

}  // namespace tarn::lake::delta::detail
