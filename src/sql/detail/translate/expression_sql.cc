#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/conversion.h"
#include "detail/translate/conversion_sql.h"
#include "detail/translate/engine_type.h"
#include "detail/translate/number_sql.h"
#include "detail/translate/translator.h"

namespace tarn::sql {
namespace {

std::string sign_of(ast::ComparisonOp op) {
  switch (op) {
    case ast::ComparisonOp::kEqual:
      return " = ";
    case ast::ComparisonOp::kNotEqual:
      return " <> ";
    case ast::ComparisonOp::kLess:
      return " < ";
    case ast::ComparisonOp::kLessEqual:
      return " <= ";
    case ast::ComparisonOp::kGreater:
      return " > ";
    case ast::ComparisonOp::kGreaterEqual:
      return " >= ";
  }
  return " = ";
}

std::string cast_to(const SqlType& type, const std::string& expression) {
  return "CAST(" + expression + " AS " + engine_type_sql(type) + ")";
}

/// A constant divisor that can neither be zero nor overflow.
bool harmless_divisor(const bound::Expr& expr) {
  const auto value = integer_constant(expr);
  return value && *value != 0 && *value != -1;
}

}  // namespace

std::string relation_name(int number) { return engine::quote_name("t" + std::to_string(number)); }

std::string folded_sql(const std::string& expression, const Collation* collation) {
  std::string text = expression;
  if (collation && collation->ignores_accents()) text = "strip_accents(" + text + ")";
  if (collation && collation->ignores_case()) text = "lower(" + text + ")";
  return text;
}

std::string text_key_sql(const std::string& expression, const Collation* collation,
                         bool is_column) {
  std::string trimmed = "rtrim(" + expression + ", ' ')";
  if (is_column)
    trimmed = "CASE WHEN suffix(" + expression + ", ' ') THEN " + trimmed + " ELSE " + expression +
              " END";
  return collation && collation->folds() ? folded_sql(trimmed, collation) : "(" + trimmed + ")";
}

bool has_key(const SqlType& type) {
  return is_character(type) || type.id == TypeId::kDateTimeOffset;
}

std::string key_sql(const std::string& expression, const SqlType& type, const Collation* collation,
                    bool is_column) {
  if (type.id == TypeId::kDateTimeOffset) return "tarn_utc_moment(" + expression + ")";
  return is_character(type) ? text_key_sql(expression, collation, is_column) : expression;
}

std::string Translator::key(const bound::Expr& expr, const Collation* collation) {
  if (expr.type.id == TypeId::kDateTimeOffset) return key_sql(expression(expr), expr.type, {}, {});
  if (!is_character(expr.type)) return expression(expr);
  const Collation* rule = collation ? collation : expr.type.collation;
  if (const auto* literal = std::get_if<bound::Literal>(&expr.node); literal && literal->text) {
    const std::string text = engine_literal(expr.type, without_trailing_blanks(*literal->text));
    return folded_sql(text, rule);
  }
  return text_key_sql(expression(expr), rule, std::holds_alternative<bound::Column>(expr.node));
}

struct Translator::ExpressionVisitor {
  Translator& to;
  const bound::Expr& expr;

  std::string operator()(const bound::Literal& node) const {
    return engine_literal(expr.type, node.text);
  }
  std::string operator()(const bound::Held& node) const {
    return engine_literal(expr.type, node.text);
  }
  std::string operator()(const bound::Column& node) const {
    return relation_name(node.relation) + "." + engine::quote_name(node.engine_name);
  }
  std::string operator()(const bound::Arithmetic& node) const {
    return to.arithmetic(node, expr.type);
  }
  std::string operator()(const bound::DateShift& node) const {
    return "tarn_shift_days(" + to.expression(*node.date) + ", " + (node.subtract ? "-" : "") +
           to.expression(*node.days) + ")";
  }
  std::string operator()(const bound::Concat& node) const {
    std::string both = "(" + to.expression(*node.left) + " || " + to.expression(*node.right) + ")";
    const bool cut = is_character(expr.type) && expr.type.length != kMaxLength &&
                     node.left->type.length + node.right->type.length > expr.type.length;
    if (!cut) return both;
    return "tarn_cut(" + both + ", " + std::to_string(expr.type.length) + ", " +
           length_unit(expr.type) + ")";
  }
  std::string operator()(const bound::Negate& node) const {
    return "(-" + to.expression(*node.operand) + ")";
  }
  std::string operator()(const bound::Bitwise& node) const {
    const bool bit = expr.type.id == TypeId::kBit;
    const auto side = [&](const bound::Expr& operand) {
      return bit ? "CAST(" + to.expression(operand) + " AS UTINYINT)" : to.expression(operand);
    };
    const std::string left = side(*node.left);
    const std::string right = side(*node.right);
    const std::string both =
        node.op == bound::Bitwise::Op::kXor
            ? "xor(" + left + ", " + right + ")"
            : "(" + left + (node.op == bound::Bitwise::Op::kAnd ? " & " : " | ") + right + ")";
    return cast_to(expr.type, both);
  }
  std::string operator()(const bound::BitNot& node) const {
    const std::string operand = to.expression(*node.operand);
    return expr.type.id == TypeId::kBit ? "(NOT " + operand + ")"
                                        : cast_to(expr.type, "(~" + operand + ")");
  }
  std::string operator()(const bound::Convert& node) const {
    return conversion_sql(to.expression(*node.operand), node.operand->type, expr.type, node,
                          expr.span);
  }
  std::string operator()(const bound::RequireValue& node) const {
    const std::string message = "Cannot insert the value NULL into column '" + node.column +
                                "', table '" + node.table + "'; column does not allow nulls. " +
                                node.statement + " fails.";
    return "coalesce(" + to.expression(*node.operand) + ", CAST(tarn_fail(515, " +
           engine::quote_text(message) + ") AS " + engine_type_sql(expr.type) + "))";
  }
  std::string operator()(const bound::Compare& node) const { return to.compare(node); }
  std::string operator()(const bound::Logical& node) const {
    std::string text;
    for (const bound::ExprPtr& operand : node.operands) {
      if (!text.empty()) text += node.op == ast::Logical::Op::kAnd ? " AND " : " OR ";
      text += to.expression(*operand);
    }
    return "(" + text + ")";
  }
  std::string operator()(const bound::Not& node) const {
    return "(NOT " + to.expression(*node.operand) + ")";
  }
  std::string operator()(const bound::Like& node) const { return to.like(node); }
  std::string operator()(const bound::Between& node) const {
    return "(" + to.key(*node.operand, node.collation) +
           (node.negated ? " NOT BETWEEN " : " BETWEEN ") + to.key(*node.low, node.collation) +
           " AND " + to.key(*node.high, node.collation) + ")";
  }
  std::string operator()(const bound::InList& node) const {
    std::string text =
        "(" + to.key(*node.operand, node.collation) + (node.negated ? " NOT IN (" : " IN (");
    for (std::size_t i = 0; i < node.list.size(); ++i) {
      text += (i ? ", " : "") + to.key(*node.list[i], node.collation);
    }
    return text + "))";
  }
  std::string operator()(const bound::Quantified& node) const { return to.quantified(node); }
  std::string operator()(const bound::IsNull& node) const {
    return "(" + to.expression(*node.operand) + (node.negated ? " IS NOT NULL)" : " IS NULL)");
  }
  std::string operator()(const bound::Distinct& node) const {
    return "(" + to.key(*node.left, node.collation) +
           (node.negated ? " IS NOT DISTINCT FROM " : " IS DISTINCT FROM ") +
           to.key(*node.right, node.collation) + ")";
  }
  std::string operator()(const bound::Exists& node) const {
    return "EXISTS (" + to.query(*node.query) + ")";
  }
  std::string operator()(const bound::ScalarSubquery& node) const {
    return "(" + to.query(*node.query) + ")";
  }
  std::string operator()(const bound::Case& node) const {
    std::string text = "CASE";
    for (const bound::Case::When& when : node.whens) {
      text += " WHEN " + to.expression(*when.condition) + " THEN " + to.expression(*when.result);
    }
    if (node.otherwise) text += " ELSE " + to.expression(*node.otherwise);
    return "(" + text + " END)";
  }
  std::string operator()(const bound::Coalesce& node) const {
    std::string text = "coalesce(";
    for (std::size_t i = 0; i < node.operands.size(); ++i)
      text += (i ? ", " : "") + to.expression(*node.operands[i]);
    return text + ")";
  }
  std::string operator()(const bound::Call& node) const { return to.call(node, expr.type); }
  std::string operator()(const bound::Aggregate& node) const {
    return to.aggregate(node, expr.type);
  }
  std::string operator()(const bound::Window& node) const { return to.window(node, expr.type); }
};

std::string Translator::expression(const bound::Expr& expr) {
  return std::visit(ExpressionVisitor{*this, expr}, expr.node);
}

std::string Translator::arithmetic(const bound::Arithmetic& node, const SqlType& type) {
  if (is_exact_decimal(type) || is_money(type)) return decimal_arithmetic(node, type);
  const std::string left = expression(*node.left);
  const std::string right = expression(*node.right);
  const auto both = [&](const char* sign) { return "(" + left + sign + right + ")"; };
  if (is_approximate(type)) {
    // Past the largest number there is no infinity but an error; single precision, computed in
    // double, meets it at the cast.
    const auto finite = [&](const char* sign) {
      if (type.id == TypeId::kFloat) return "tarn_finite(" + both(sign) + ")";
      return cast_to(type,
                     "(CAST(" + left + " AS DOUBLE)" + sign + "CAST(" + right + " AS DOUBLE))");
    };
    switch (node.op) {
      case Arithmetic::kAdd:
        return finite(" + ");
      case Arithmetic::kSubtract:
        return finite(" - ");
      case Arithmetic::kMultiply:
        return finite(" * ");
      default:
        return cast_to(
            type, "tarn_divide_float(CAST(" + left + " AS DOUBLE), CAST(" + right + " AS DOUBLE))");
    }
  }
  switch (node.op) {
    case Arithmetic::kAdd:
      return cast_to(type, both(" + "));
    case Arithmetic::kSubtract:
      return cast_to(type, both(" - "));
    case Arithmetic::kMultiply:
      return cast_to(type, both(" * "));
    case Arithmetic::kDivide:
      if (harmless_divisor(*node.right)) return cast_to(type, both(" // "));
      return cast_to(
          type, "tarn_divide_integer(CAST(" + left + " AS BIGINT), CAST(" + right + " AS BIGINT))");
    case Arithmetic::kModulo:
      if (harmless_divisor(*node.right)) return cast_to(type, both(" % "));
      return cast_to(
          type, "tarn_modulo_integer(CAST(" + left + " AS BIGINT), CAST(" + right + " AS BIGINT))");
  }
  return {};
}

std::string Translator::decimal_arithmetic(const bound::Arithmetic& node, const SqlType& type) {
  const SqlType left_type = as_decimal(node.left->type);
  const SqlType right_type = as_decimal(node.right->type);
  const SqlType result = as_decimal(type);
  const std::string left = expression(*node.left);
  const std::string right = expression(*node.right);
  switch (node.op) {
    case Arithmetic::kAdd:
    case Arithmetic::kSubtract: {
      const char* sign = node.op == Arithmetic::kAdd ? " + " : " - ";
      return cast_to(type, "(" + cast_to(result, left) + sign + cast_to(result, right) + ")");
    }
    case Arithmetic::kMultiply: {
      if (left_type.precision + right_type.precision <= kDecimalPrecisionMax) {
        return cast_to(type, "(" + left + " * " + right + ")");
      }
      const int dropped = left_type.scale + right_type.scale - result.scale;
      return cast_to(
          type, decimal_sql("tarn_multiply_unscaled(" + unscaled_sql(left, node.left->type) + ", " +
                                unscaled_sql(right, node.right->type) + ", " +
                                std::to_string(dropped) + ")",
                            result.scale));
    }
    case Arithmetic::kDivide: {
      const int shift = result.scale - left_type.scale + right_type.scale;
      return cast_to(
          type, decimal_sql("tarn_divide_unscaled(" + unscaled_sql(left, node.left->type) + ", " +
                                unscaled_sql(right, node.right->type) + ", " +
                                std::to_string(shift) + ")",
                            result.scale));
    }
    case Arithmetic::kModulo: {
      SqlType wide = SqlType::decimal(kDecimalPrecisionMax, result.scale);
      return cast_to(type, decimal_sql("tarn_modulo_unscaled(" + unscaled_sql(left, wide) + ", " +
                                           unscaled_sql(right, wide) + ")",
                                       result.scale));
    }
  }
  return {};
}

std::string Translator::compare(const bound::Compare& node) {
  const bool text = is_character(node.left->type);
  const bool folds = node.collation && node.collation->folds();
  const bool column = std::holds_alternative<bound::Column>(node.left->node);
  const auto* literal = std::get_if<bound::Literal>(&node.right->node);
  if (text && !folds && column && literal && literal->text &&
      node.op == ast::ComparisonOp::kEqual) {
    // The range lets the engine skip row groups; what equals the constant but for trailing blanks
    // lies in it.
    const std::string value = without_trailing_blanks(*literal->text);
    const std::string low = engine_literal(node.right->type, value);
    const std::string high = engine_literal(node.right->type, value + "!");
    const std::string operand = expression(*node.left);
    return "(" + operand + " >= " + low + " AND " + operand + " < " + high + " AND rtrim(" +
           operand + ", ' ') = " + low + ")";
  }
  return "(" + key(*node.left, node.collation) + sign_of(node.op) +
         key(*node.right, node.collation) + ")";
}

/// Blanks at the end of the operand need not be matched, unless one side is Unicode; those of the
/// pattern always do ("LIKE", Remarks).
std::string Translator::like(const bound::Like& node) {
  const bool accents = node.collation && node.collation->ignores_accents();
  const bool folds = node.collation && node.collation->folds();
  const bool unicode = is_unicode(node.operand->type) || is_unicode(node.pattern->type);
  const std::string operand = expression(*node.operand);
  const auto* literal = std::get_if<bound::Literal>(&node.pattern->node);
  const bool plain = literal && literal->text && !accents && !node.escape &&
                     literal->text->find_first_of("[\\") == std::string::npos;
  const auto folded = [&](const std::string& x) { return folded_sql(x, node.collation); };
  const std::string matches = "tarn_like(" + folded(operand) + ", " +
                              folded(expression(*node.pattern)) + ", " +
                              (node.escape ? folded(expression(*node.escape)) : "''") + ", " +
                              (unicode ? "false" : "true") + ")";
  const std::string negation = node.negated ? "NOT " : "";
  if (!plain) return "(" + negation + matches + ")";
  const std::string quick = operand + (folds ? " ILIKE " : " LIKE ") + expression(*node.pattern);
  if (unicode || literal->text->ends_with('%')) return "(" + negation + "(" + quick + "))";
  return "(" + negation + "(" + quick + " OR (suffix(" + operand + ", ' ') AND " + matches + ")))";
}

std::string Translator::quantified(const bound::Quantified& node) {
  std::string rows = query(*node.query);
  const bound::ResultColumn& column = node.query->columns[0];
  if (has_key(column.type)) {
    rows = "SELECT " + key_sql("\"q\".\"c0\"", column.type, node.collation, true) +
           " AS \"c0\" FROM (" + rows + ") AS \"q\"";
  }
  const std::string operand = key(*node.operand, node.collation);
  if (node.op == ast::ComparisonOp::kEqual && !node.all)
    return "(" + operand + " IN (" + rows + "))";
  if (node.op == ast::ComparisonOp::kNotEqual && node.all)
    return "(" + operand + " NOT IN (" + rows + "))";
  return "(" + operand + sign_of(node.op) + (node.all ? "ALL (" : "ANY (") + rows + "))";
}

std::string Translator::order(const std::vector<bound::Order>& keys) {
  std::string text;
  for (const bound::Order& item : keys) {
    text += (text.empty() ? "" : ", ") + key(*item.expr) +
            (item.descending ? " DESC NULLS LAST" : " ASC NULLS FIRST");
  }
  return text;
}

}  // namespace tarn::sql
