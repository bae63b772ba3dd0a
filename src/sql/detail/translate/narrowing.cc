#include "detail/translate/narrowing.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>

#include "detail/translate/engine_type.h"

namespace tarn::sql {
namespace {

using engine::Value;
using lake::delta::Predicate;
using Op = Predicate::Op;

void collect_tables(const bound::Relation& relation, std::set<int>& numbers) {
  if (const auto* table = std::get_if<bound::EngineTable>(&relation.node)) {
    if (table->narrowed) numbers.insert(relation.number);
    return;
  }
  const auto* join = std::get_if<bound::Join>(&relation.node);
  if (!join) return;
  const bool left = join->kind != ast::JoinKind::kRight && join->kind != ast::JoinKind::kFull;
  const bool right = join->kind == ast::JoinKind::kInner || join->kind == ast::JoinKind::kCross ||
                     join->kind == ast::JoinKind::kRight;
  if (left) collect_tables(*join->left, numbers);
  if (right) collect_tables(*join->right, numbers);
}

/// Every value stays what it is.
bool keeps_values(const SqlType& from, const SqlType& to) {
  if (is_integer(from) && is_integer(to)) return true;  // one that does not fit is an error
  if ((is_integer(from) || is_exact_decimal(from) || is_money(from)) && is_exact_decimal(to)) {
    const SqlType digits = as_decimal(from);
    return digits.scale <= to.scale && digits.precision - digits.scale <= to.precision - to.scale;
  }
  if (to.id == TypeId::kFloat)
    return from.id == TypeId::kReal || (is_integer(from) && from.id != TypeId::kBigInt);
  if (to.id == TypeId::kDateTime2)
    return from.id == TypeId::kDate || (from.id == TypeId::kDateTime2 && from.scale <= to.scale);
  if (is_character(from) && is_character(to)) {
    return !is_fixed_length(to) &&
           (to.length == kMaxLength || (from.length != kMaxLength && from.length <= to.length));
  }
  return from == to;
}

const bound::Column* column_of(const bound::Expr& expr) {
  if (const auto* column = std::get_if<bound::Column>(&expr.node)) return column;
  const auto* convert = std::get_if<bound::Convert>(&expr.node);
  if (!convert || convert->tries || convert->style != 0 || convert->assignment) return nullptr;
  return keeps_values(convert->operand->type, expr.type) ? column_of(*convert->operand) : nullptr;
}

std::optional<int> digits(std::string_view text) {
  int value = 0;
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isdigit(c) != 0;
  });
  if (!plain) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

/// "2026-01-31" or "20260131".
std::optional<std::int32_t> days_of(std::string_view text) {
  const bool hyphens = text.size() == 10 && text[4] == '-' && text[7] == '-';
  if (!hyphens && text.size() != 8) return std::nullopt;
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(hyphens ? 5 : 4, 2));
  const auto day = digits(text.substr(hyphens ? 8 : 6, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

/// A date, or a date with "HH:MM:SS" and a fraction after a blank or T.
std::optional<std::int64_t> micros_of(std::string_view text) {
  const std::size_t gap = text.find_first_of(" T");
  const auto days = days_of(text.substr(0, gap));
  if (!days) return std::nullopt;
  std::int64_t micros = *days * 86'400'000'000LL;
  if (gap == std::string_view::npos) return micros;
  const std::string_view time = text.substr(gap + 1);
  if (time.size() < 8 || time[2] != ':' || time[5] != ':') return std::nullopt;
  const auto hour = digits(time.substr(0, 2));
  const auto minute = digits(time.substr(3, 2));
  const auto second = digits(time.substr(6, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59)
    return std::nullopt;
  micros += ((*hour * 60LL + *minute) * 60 + *second) * 1'000'000;
  if (time.size() == 8) return micros;
  if (time[8] != '.' || !digits(time.substr(9)) || time.size() > 16) return std::nullopt;
  return micros +
         static_cast<std::int64_t>(std::strtod(std::string(time.substr(8)).c_str(), nullptr) * 1e6);
}

std::optional<double> number_of(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool whole = !text.empty() && end == text.c_str() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

template <typename T, typename V>
std::optional<Value> wrapped(const std::optional<V>& value) {
  return value ? std::optional<Value>(T{*value}) : std::nullopt;
}

/// A constant in canonical form (sql::Constant), of its own type.
std::optional<Value> value_of(const SqlType& type, const std::string& text) {
  if (type.id == TypeId::kBit) return Value(text == "1");
  if (is_integer(type)) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return Value(value);
  }
  if (is_exact_decimal(type) || is_money(type) || type.id == TypeId::kFloat) {
    const auto value = number_of(text);
    return value ? std::optional<Value>(*value) : std::nullopt;
  }
  if (type.id == TypeId::kReal) {
    const auto value = number_of(text);
    return value ? std::optional<Value>(static_cast<double>(static_cast<float>(*value)))
                 : std::nullopt;
  }
  if (type.id == TypeId::kDate) return wrapped<engine::Date>(days_of(text));
  if (type.id == TypeId::kDateTime2 || type.id == TypeId::kDateTime)
    return wrapped<engine::Timestamp>(micros_of(text));
  if (is_character(type)) return Value(without_trailing_blanks(text));
  return std::nullopt;
}

/// What a conversion makes of a constant, where that is plain.
std::optional<Value> converted(const SqlType& from, const SqlType& to, const Value& value) {
  if (is_character(from) && !is_character(to)) {
    const std::string& text = std::get<std::string>(value);
    if (to.id == TypeId::kDate) {
      const auto micros = micros_of(text);
      return micros ? wrapped<engine::Date>(
                          days_of(std::string_view(text).substr(0, text.find_first_of(" T"))))
                    : std::nullopt;
    }
    const bool plain = is_integer(to) || to.id == TypeId::kDateTime2 || to.id == TypeId::kDateTime;
    return plain ? value_of(to, text) : std::nullopt;
  }
  if (keeps_values(from, to)) return value;
  if ((is_integer(from) || is_exact_decimal(from)) && to.id == TypeId::kFloat) return value;
  if (to.id == TypeId::kReal) {
    const auto* number = std::get_if<double>(&value);
    return number ? std::optional<Value>(static_cast<double>(static_cast<float>(*number)))
                  : std::nullopt;
  }
  if (from.id == TypeId::kDate && to.id == TypeId::kDateTime) return value;
  return std::nullopt;
}

/// NULL is a value, too.
std::optional<Value> constant_of(const bound::Expr& expr) {
  if (const auto* literal = std::get_if<bound::Literal>(&expr.node)) {
    if (!literal->text) return Value();
    return value_of(expr.type, *literal->text);
  }
  const auto* convert = std::get_if<bound::Convert>(&expr.node);
  // Style 121 is the ISO form, which CAST to the newer types of date and time has.
  if (!convert || convert->tries || convert->assignment ||
      (convert->style != 0 && convert->style != 121))
    return std::nullopt;
  const auto inner = constant_of(*convert->operand);
  if (!inner || std::holds_alternative<std::monostate>(*inner)) return inner;
  return converted(convert->operand->type, expr.type, *inner);
}

std::optional<Op> op_of(ast::ComparisonOp op, bool swapped) {
  switch (op) {
    case ast::ComparisonOp::kEqual:
      return Op::kEqual;
    case ast::ComparisonOp::kNotEqual:
      return Op::kNotEqual;
    case ast::ComparisonOp::kLess:
      return swapped ? Op::kGreater : Op::kLess;
    case ast::ComparisonOp::kLessEqual:
      return swapped ? Op::kGreaterEqual : Op::kLessEqual;
    case ast::ComparisonOp::kGreater:
      return swapped ? Op::kLess : Op::kGreater;
    case ast::ComparisonOp::kGreaterEqual:
      return swapped ? Op::kLessEqual : Op::kGreaterEqual;
  }
  return std::nullopt;
}

/// Texts compare without their trailing blanks, but lie in the file with them. `text` has none.
std::optional<Predicate> compare_text(Op op, const std::string& column, const std::string& text) {
  const bool low_bytes = std::any_of(text.begin(), text.end(),
                                     [](char c) { return static_cast<unsigned char>(c) < ' '; });
  // Of what equals the text but for blanks at its end, nothing comes after this.
  const Predicate at_most = Predicate::compare(Op::kLess, column, text + "!");
  const Predicate at_least = Predicate::compare(Op::kGreaterEqual, column, text);
  switch (op) {
    case Op::kEqual:
    case Op::kIn:
      return Predicate::all({at_least, at_most});
    case Op::kGreater:
    case Op::kGreaterEqual:
      return at_least;
    case Op::kLess:
    case Op::kLessEqual:
      // A beginning of the text and then blanks is less than it only where it has nothing below
      // a blank.
      return low_bytes ? std::nullopt : std::optional(at_most);
    default:
      return std::nullopt;
  }
}

class Conditions {
 public:
  explicit Conditions(const std::set<int>& tables) : tables_(tables) {}

  /// The condition as one on a single table, which becomes `relation`; nothing where it is none.
  std::optional<Predicate> predicate(const bound::Expr& expr, int& relation) const {
    if (const auto* node = std::get_if<bound::Compare>(&expr.node))
      return comparison(*node, relation);
    if (const auto* node = std::get_if<bound::Between>(&expr.node)) return between(*node, relation);
    if (const auto* node = std::get_if<bound::InList>(&expr.node)) return in(*node, relation);
    if (const auto* node = std::get_if<bound::IsNull>(&expr.node)) {
      const bound::Column* column = table_column(*node->operand, relation);
      return column ? std::optional(Predicate::is_null(column->engine_name, node->negated))
                    : std::nullopt;
    }
    if (const auto* node = std::get_if<bound::Logical>(&expr.node)) return logical(*node, relation);
    return std::nullopt;
  }

 private:
  /// Sets `relation`, or, where it is set, demands it.
  const bound::Column* table_column(const bound::Expr& expr, int& relation) const {
    const bound::Column* column = column_of(expr);
    if (!column || !tables_.contains(column->relation)) return nullptr;
    if (relation != 0 && relation != column->relation) return nullptr;
    relation = column->relation;
    return column;
  }

  static std::optional<Predicate> compare(Op op, const bound::Column& column,
                                          const bound::Expr& operand, const bound::Expr& constant,
                                          const Collation* collation) {
    const auto value = constant_of(constant);
    if (!value) return std::nullopt;
    const auto* text = std::get_if<std::string>(&*value);
    if (!text) return Predicate::compare(op, column.engine_name, *value);
    const Collation* rule = collation ? collation : operand.type.collation;
    if (!is_character(operand.type) || !rule) return std::nullopt;
    if (rule->ignores_case()) {
      if (op != Op::kEqual) return std::nullopt;
      Predicate equal = Predicate::compare(op, column.engine_name, *value);
      equal.ignore_case = true;
      return equal;
    }
    return compare_text(op, column.engine_name, *text);
  }

  std::optional<Predicate> comparison(const bound::Compare& node, int& relation) const {
    const bool swapped = column_of(*node.left) == nullptr;
    const bound::Expr& operand = swapped ? *node.right : *node.left;
    const bound::Expr& constant = swapped ? *node.left : *node.right;
    const bound::Column* column = table_column(operand, relation);
    const auto op = op_of(node.op, swapped);
    if (!column || !op) return std::nullopt;
    return compare(*op, *column, operand, constant, node.collation);
  }

  std::optional<Predicate> between(const bound::Between& node, int& relation) const {
    const bound::Column* column = node.negated ? nullptr : table_column(*node.operand, relation);
    if (!column) return std::nullopt;
    std::vector<Predicate> both;
    for (const auto& [op, bound] : {std::pair(Op::kGreaterEqual, node.low.get()),
                                    std::pair(Op::kLessEqual, node.high.get())}) {
      auto one = compare(op, *column, *node.operand, *bound, node.collation);
      if (one) both.push_back(std::move(*one));
    }
    return Predicate::all(std::move(both));
  }

  std::optional<Predicate> in(const bound::InList& node, int& relation) const {
    const bound::Column* column = node.negated ? nullptr : table_column(*node.operand, relation);
    if (!column) return std::nullopt;
    std::vector<Predicate> any;
    for (const bound::ExprPtr& item : node.list) {
      auto one = compare(Op::kEqual, *column, *node.operand, *item, node.collation);
      if (!one) return std::nullopt;
      any.push_back(std::move(*one));
    }
    return Predicate::any(std::move(any));
  }

  std::optional<Predicate> logical(const bound::Logical& node, int& relation) const {
    const bool all = node.op == ast::Logical::Op::kAnd;
    std::vector<Predicate> operands;
    for (const bound::ExprPtr& operand : node.operands) {
      int one_relation = relation;
      auto one = predicate(*operand, one_relation);
      if (one) {
        relation = one_relation;
        operands.push_back(std::move(*one));
      } else if (!all) {
        return std::nullopt;  // the other side of an OR may be true for any row
      }
    }
    if (operands.empty()) return std::nullopt;
    return all ? Predicate::all(std::move(operands)) : Predicate::any(std::move(operands));
  }

  const std::set<int>& tables_;
};

void collect_conjuncts(const bound::Expr& expr, std::vector<const bound::Expr*>& conjuncts) {
  const auto* logical = std::get_if<bound::Logical>(&expr.node);
  if (logical && logical->op == ast::Logical::Op::kAnd) {
    for (const bound::ExprPtr& operand : logical->operands) collect_conjuncts(*operand, conjuncts);
  } else {
    conjuncts.push_back(&expr);
  }
}

}  // namespace

std::map<int, Predicate> narrowing_of(const bound::Select& select) {
  std::map<int, Predicate> narrowing;
  std::set<int> tables;
  if (select.from && select.where) collect_tables(*select.from, tables);
  if (tables.empty()) return narrowing;
  std::vector<const bound::Expr*> conjuncts;
  collect_conjuncts(*select.where, conjuncts);
  const Conditions conditions(tables);
  for (const bound::Expr* conjunct : conjuncts) {
    int relation = 0;
    auto predicate = conditions.predicate(*conjunct, relation);
    if (predicate) narrowing[relation].operands.push_back(std::move(*predicate));
  }
  return narrowing;
}

}  // namespace tarn::sql
