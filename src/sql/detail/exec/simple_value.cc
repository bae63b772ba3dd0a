#include "detail/exec/simple_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/text.h"
#include "detail/bind/conversion.h"
#include "detail/exec/value_text.h"
#include "detail/types/collation.h"

namespace tarn::sql {
namespace {

using Value = std::optional<Constant>;

// Money that has fewer digits than these is in its range whatever they are.
constexpr int kMoneyScale = 4;
constexpr int kMoneyDigits = 18;
constexpr int kSmallMoneyDigits = 9;

struct Range {
  std::int64_t low;
  std::int64_t high;
};

std::optional<Range> range_of(const SqlType& type) {
  switch (type.id) {
    case TypeId::kBit:
      return Range{0, 1};
    case TypeId::kTinyInt:
      return Range{0, 255};
    case TypeId::kSmallInt:
      return Range{std::numeric_limits<std::int16_t>::min(),
                   std::numeric_limits<std::int16_t>::max()};
    case TypeId::kInt:
      return Range{std::numeric_limits<std::int32_t>::min(),
                   std::numeric_limits<std::int32_t>::max()};
    case TypeId::kBigInt:
      return Range{std::numeric_limits<std::int64_t>::min(),
                   std::numeric_limits<std::int64_t>::max()};
    default:
      return std::nullopt;
  }
}

bool is_varying_text(const SqlType& type) {
  return type.id == TypeId::kVarchar || type.id == TypeId::kNvarchar;
}

/// Other texts may change where they meet a code page.
bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool fits(const std::string& text, const SqlType& type) {
  if (type.length == kMaxLength) return true;
  const std::size_t units =
      is_unicode(type) ? static_cast<std::size_t>(utf16_length(text)) : text.size();
  return units <= static_cast<std::size_t>(type.length);
}

/// Texts that may be compared without the rules of a language.
std::optional<std::string> plain_key(const Constant& value, const Collation* collation) {
  if (!is_varying_text(value.type) || !is_ascii(*value.text)) return std::nullopt;
  std::string key = value.text->substr(0, value.text->find_last_not_of(' ') + 1);
  return collation && collation->ignores_case() ? to_lower(key) : key;
}

/// A decimal or whole number without its point, at that scale; nothing where digits would be lost.
std::optional<engine::Int128> unscaled(const Constant& value, int scale) {
  if (!is_exact_decimal(value.type) && !is_money(value.type) && !range_of(value.type))
    return std::nullopt;
  engine::Int128 number = 0;
  int digits = -1;  // behind the point
  const std::string& text = *value.text;
  const bool negative = text.starts_with('-');
  for (std::size_t i = negative ? 1 : 0; i < text.size(); ++i) {
    if (text[i] == '.' && digits < 0) {
      digits = 0;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    if (__builtin_mul_overflow(number, engine::Int128{10}, &number) ||
        __builtin_add_overflow(number, engine::Int128{text[i] - '0'}, &number))
      return std::nullopt;
    if (digits >= 0) ++digits;
  }
  for (digits = std::max(digits, 0); digits < scale; ++digits) {
    if (__builtin_mul_overflow(number, engine::Int128{10}, &number)) return std::nullopt;
  }
  if (digits > scale) return std::nullopt;
  return negative ? -number : number;
}

int decimal_scale(const SqlType& type) { return is_money(type) ? kMoneyScale : type.scale; }

/// Nothing where the type has fewer digits.
Value decimal_as(engine::Int128 number, const SqlType& type) {
  int precision = type.precision;
  if (is_money(type)) precision = type.id == TypeId::kMoney ? kMoneyDigits : kSmallMoneyDigits;
  engine::Int128 bound = 1;
  for (int i = 0; i < precision; ++i) {
    if (__builtin_mul_overflow(bound, engine::Int128{10}, &bound)) return std::nullopt;
  }
  if (number <= -bound || number >= bound) return std::nullopt;
  return Constant{type, decimal_text(number, decimal_scale(type))};
}

Value decimal_sum(Arithmetic op, const Constant& left, const Constant& right, const SqlType& type) {
  if (op != Arithmetic::kAdd && op != Arithmetic::kSubtract) return std::nullopt;
  const auto a = unscaled(left, decimal_scale(type));
  const auto b = unscaled(right, decimal_scale(type));
  engine::Int128 sum = 0;
  if (!a || !b) return std::nullopt;
  if (op == Arithmetic::kAdd ? __builtin_add_overflow(*a, *b, &sum)
                             : __builtin_sub_overflow(*a, *b, &sum))
    return std::nullopt;
  return decimal_as(sum, type);
}

/// Sums and products of floats, unless they are too large for one.
Value float_result(Arithmetic op, const Constant& left, const Constant& right,
                   const SqlType& type) {
  const double a = std::strtod(left.text->c_str(), nullptr);
  const double b = std::strtod(right.text->c_str(), nullptr);
  double result = 0;
  if (op == Arithmetic::kAdd)
    result = a + b;
  else if (op == Arithmetic::kSubtract)
    result = a - b;
  else if (op == Arithmetic::kMultiply)
    result = a * b;
  else
    return std::nullopt;
  if (!std::isfinite(result)) return std::nullopt;
  return Constant{type, float_text(result)};
}

std::optional<std::int64_t> number_of(const Constant& value) {
  if (!value.text || !range_of(value.type)) return std::nullopt;
  std::int64_t number = 0;
  const char* end = value.text->data() + value.text->size();
  const auto [stop, error] = std::from_chars(value.text->data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

Value number_as(std::int64_t number, const SqlType& type) {
  const std::optional<Range> range = range_of(type);
  if (!range || number < range->low || number > range->high) return std::nullopt;
  return Constant{type, std::to_string(number)};
}

Constant truth(const SqlType& type, std::optional<bool> holds) {
  if (!holds) return {type, std::nullopt};
  return {type, *holds ? "1" : "0"};
}

std::optional<std::int64_t> calculated(Arithmetic op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (op) {
    case Arithmetic::kAdd:
      if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
      return result;
    case Arithmetic::kSubtract:
      if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
      return result;
    case Arithmetic::kMultiply:
      if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
      return result;
    case Arithmetic::kDivide:
      if (b == 0 || b == -1) return std::nullopt;
      return a / b;
    case Arithmetic::kModulo:
      if (b == 0 || b == -1) return std::nullopt;
      return a % b;
  }
  return std::nullopt;
}

bool compared(ast::ComparisonOp op, std::int64_t a, std::int64_t b) {
  switch (op) {
    case ast::ComparisonOp::kEqual:
      return a == b;
    case ast::ComparisonOp::kNotEqual:
      return a != b;
    case ast::ComparisonOp::kLess:
      return a < b;
    case ast::ComparisonOp::kLessEqual:
      return a <= b;
    case ast::ComparisonOp::kGreater:
      return a > b;
    case ast::ComparisonOp::kGreaterEqual:
      return a >= b;
  }
  return false;
}

struct Evaluation {
  const SqlType& type;

  Value operator()(const bound::Literal& node) const { return Constant{type, node.text}; }

  Value operator()(const bound::Held& node) const { return Constant{type, node.text}; }

  Value operator()(const bound::Convert& node) const {
    if (node.tries || node.style != 0 || node.assignment) return std::nullopt;
    const Value from = simple_value(*node.operand);
    if (!from) return std::nullopt;
    if (!from->text) return Constant{type, std::nullopt};
    if (is_exact_decimal(type) || is_money(type)) {
      const auto number = unscaled(*from, decimal_scale(type));
      return number ? decimal_as(*number, type) : std::nullopt;
    }
    if (const auto number = number_of(*from)) {
      if (type.id == TypeId::kBit) return number_as(*number != 0, type);
      if (range_of(type)) return number_as(*number, type);
      const std::string text = std::to_string(*number);
      if (is_varying_text(type) && fits(text, type)) return Constant{type, text};
      return std::nullopt;
    }
    if (!is_varying_text(from->type) || !is_varying_text(type) || !fits(*from->text, type))
      return std::nullopt;
    if (from->type.id != TypeId::kNvarchar && !is_ascii(*from->text)) return std::nullopt;
    if (type.id != TypeId::kNvarchar && !is_ascii(*from->text)) return std::nullopt;
    return Constant{type, from->text};
  }

  Value operator()(const bound::Arithmetic& node) const {
    const Value left = simple_value(*node.left);
    const Value right = simple_value(*node.right);
    if (!left || !right) return std::nullopt;
    if (!left->text || !right->text) return Constant{type, std::nullopt};
    if (is_exact_decimal(type) || is_money(type)) return decimal_sum(node.op, *left, *right, type);
    if (type.id == TypeId::kFloat && left->type.id == TypeId::kFloat &&
        right->type.id == TypeId::kFloat)
      return float_result(node.op, *left, *right, type);
    if (!range_of(type)) return std::nullopt;
    const auto a = number_of(*left);
    const auto b = number_of(*right);
    if (!a || !b) return std::nullopt;
    const auto result = calculated(node.op, *a, *b);
    return result ? number_as(*result, type) : std::nullopt;
  }

  Value operator()(const bound::Negate& node) const {
    const Value operand = simple_value(*node.operand);
    if (!operand || !range_of(type)) return std::nullopt;
    if (!operand->text) return Constant{type, std::nullopt};
    const auto number = number_of(*operand);
    if (!number || *number == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
    return number_as(-*number, type);
  }

  Value operator()(const bound::Concat& node) const {
    const Value left = simple_value(*node.left);
    const Value right = simple_value(*node.right);
    if (!left || !right || !is_varying_text(type)) return std::nullopt;
    if (!left->text || !right->text) return Constant{type, std::nullopt};
    if (!is_varying_text(left->type) || !is_varying_text(right->type)) return std::nullopt;
    const std::string text = *left->text + *right->text;
    const bool unicode = type.id == TypeId::kNvarchar && left->type.id == TypeId::kNvarchar &&
                         right->type.id == TypeId::kNvarchar;
    if ((!unicode && !is_ascii(text)) || !fits(text, type)) return std::nullopt;
    return Constant{type, text};
  }

  Value operator()(const bound::Compare& node) const {
    const Value left = simple_value(*node.left);
    const Value right = simple_value(*node.right);
    if (!left || !right) return std::nullopt;
    if (is_varying_text(left->type) && is_varying_text(right->type))
      return text_equality(node, *left, *right);
    if (!range_of(left->type) || !range_of(right->type)) return std::nullopt;
    if (!left->text || !right->text) return truth(type, std::nullopt);
    const auto a = number_of(*left);
    const auto b = number_of(*right);
    if (!a || !b) return std::nullopt;
    return truth(type, compared(node.op, *a, *b));
  }

  Value operator()(const bound::Logical& node) const {
    const bool decides = node.op == ast::Logical::Op::kOr;  // one such operand is the result
    bool unknown = false;
    for (const bound::ExprPtr& each : node.operands) {
      const Value operand = simple_value(*each);
      if (!operand) return std::nullopt;
      if (operand->text && (*operand->text != "0") == decides) return truth(type, decides);
      unknown = unknown || !operand->text;
    }
    return truth(type, unknown ? std::nullopt : std::optional(!decides));
  }

  Value operator()(const bound::Not& node) const {
    const Value operand = simple_value(*node.operand);
    if (!operand) return std::nullopt;
    if (!operand->text) return truth(type, std::nullopt);
    return truth(type, *operand->text == "0");
  }

  Value operator()(const bound::IsNull& node) const {
    const Value operand = simple_value(*node.operand);
    if (!operand) return std::nullopt;
    return truth(type, operand->text.has_value() == node.negated);
  }

  Value operator()(const bound::Case& node) const {
    for (const bound::Case::When& when : node.whens) {
      const Value condition = simple_value(*when.condition);
      if (!condition) return std::nullopt;
      if (condition->text && *condition->text != "0") return result(*when.result);
    }
    return node.otherwise ? result(*node.otherwise) : Constant{type, std::nullopt};
  }

  Value operator()(const bound::Coalesce& node) const {
    for (const bound::ExprPtr& each : node.operands) {
      const Value operand = simple_value(*each);
      if (!operand || operand->text) return operand ? result(*each) : std::nullopt;
    }
    return Constant{type, std::nullopt};
  }

  Value operator()(const auto&) const { return std::nullopt; }

  Value text_equality(const bound::Compare& node, const Constant& left,
                      const Constant& right) const {
    const bool equals = node.op == ast::ComparisonOp::kEqual;
    if (!equals && node.op != ast::ComparisonOp::kNotEqual) return std::nullopt;
    if (!left.text || !right.text) return truth(type, std::nullopt);
    const auto a = plain_key(left, node.collation);
    const auto b = plain_key(right, node.collation);
    if (!a || !b) return std::nullopt;
    return truth(type, (*a == *b) == equals);
  }

  /// A branch's value under the whole's type.
  Value result(const bound::Expr& expr) const {
    Value value = simple_value(expr);
    if (value && value->text && value->type.id != type.id) return std::nullopt;
    if (value) value->type = type;
    return value;
  }
};

}  // namespace

std::optional<Constant> simple_value(const bound::Expr& expr) {
  return std::visit(Evaluation{expr.type}, expr.node);
}

}  // namespace tarn::sql
