// Arithmetic, comparisons and the predicates built on them.

#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"

namespace tarn::sql {
namespace {

std::string_view word_of(Arithmetic op) {
  switch (op) {
    case Arithmetic::kAdd:
      return "add";
    case Arithmetic::kSubtract:
      return "subtract";
    case Arithmetic::kMultiply:
      return "multiply";
    case Arithmetic::kDivide:
      return "divide";
    case Arithmetic::kModulo:
      return "modulo";
  }
  return "";
}

std::string_view word_of(ast::ComparisonOp op) {
  switch (op) {
    case ast::ComparisonOp::kEqual:
      return "equal to";
    case ast::ComparisonOp::kNotEqual:
      return "not equal to";
    case ast::ComparisonOp::kLess:
      return "less than";
    case ast::ComparisonOp::kLessEqual:
      return "less than or equal to";
    case ast::ComparisonOp::kGreater:
      return "greater than";
    case ast::ComparisonOp::kGreaterEqual:
      return "greater than or equal to";
  }
  return "";
}

/// An integer constant counts with its own digits in decimal arithmetic: 2 is numeric(1,0).
SqlType decimal_operand_type(const bound::Expr& expr) {
  const auto* literal = std::get_if<bound::Literal>(&expr.node);
  if (literal && literal->text && is_integer(expr.type)) {
    const int sign = literal->text->starts_with('-') ? 1 : 0;
    return SqlType::numeric(std::max<int>(1, static_cast<int>(literal->text->size()) - sign), 0);
  }
  return as_decimal(expr.type);
}

Error invalid_operand(const SqlType& type, std::string_view operation, ast::Span span) {
  return bind_error(8117,
                    "Operand data type " + std::string(name_of(type.id)) + " is invalid for " +
                        std::string(operation) + " operator.",
                    span);
}

}  // namespace

bound::ExprPtr Binder::Impl::bind_unary(const ast::Unary& node, const Env& env, ast::Span span) {
  bound::ExprPtr operand = bind_value(*node.operand, env);
  if (operand->type.id == TypeId::kNull)
    return make_literal(SqlType::integer(), std::nullopt, span);
  if (node.op == ast::UnaryOp::kPlus) return operand;
  if (node.op == ast::UnaryOp::kBitNot) {
    if (!is_integer(operand->type) && operand->type.id != TypeId::kBit) {
      throw invalid_operand(operand->type, "'~'", span);
    }
    const SqlType type = operand->type;
    const bool nullable = operand->nullable;
    return make_expr(type, nullable, span, bound::BitNot{std::move(operand)});
  }
  if (!is_numeric(operand->type) || operand->type.id == TypeId::kBit) {
    throw invalid_operand(operand->type, "minus", span);
  }
  if (auto* literal = std::get_if<bound::Literal>(&operand->node); literal && literal->text) {
    const bool negative = literal->text->starts_with('-');
    literal->text = negative ? literal->text->substr(1) : "-" + *literal->text;
    operand->span = span;
    return operand;
  }
  const SqlType type =
      operand->type.id == TypeId::kTinyInt ? SqlType::of(TypeId::kSmallInt) : operand->type;
  operand = convert_implicit(std::move(operand), type);
  const bool nullable = operand->nullable;
  return make_expr(type, nullable, span, bound::Negate{std::move(operand)});
}

bound::ExprPtr Binder::Impl::bind_binary(const ast::Binary& node, const Env& env, ast::Span span) {
  bound::ExprPtr left = bind_value(*node.left, env);
  bound::ExprPtr right = bind_value(*node.right, env);
  switch (node.op) {
    case ast::BinaryOp::kAdd:
      return arithmetic(Arithmetic::kAdd, std::move(left), std::move(right), span);
    case ast::BinaryOp::kSubtract:
      return arithmetic(Arithmetic::kSubtract, std::move(left), std::move(right), span);
    case ast::BinaryOp::kMultiply:
      return arithmetic(Arithmetic::kMultiply, std::move(left), std::move(right), span);
    case ast::BinaryOp::kDivide:
      return arithmetic(Arithmetic::kDivide, std::move(left), std::move(right), span);
    case ast::BinaryOp::kModulo:
      return arithmetic(Arithmetic::kModulo, std::move(left), std::move(right), span);
    case ast::BinaryOp::kBitAnd:
      return bitwise(bound::Bitwise::Op::kAnd, std::move(left), std::move(right), span);
    case ast::BinaryOp::kBitOr:
      return bitwise(bound::Bitwise::Op::kOr, std::move(left), std::move(right), span);
    case ast::BinaryOp::kBitXor:
      return bitwise(bound::Bitwise::Op::kXor, std::move(left), std::move(right), span);
  }
  throw bind_error(102, "Incorrect syntax: unknown operator.", span);
}

bound::ExprPtr Binder::Impl::arithmetic(Arithmetic op, bound::ExprPtr left, bound::ExprPtr right,
                                        ast::Span span) const {
  SqlType left_type = left->type;
  SqlType right_type = right->type;
  if (is_exact_decimal(left_type) && is_integer(right_type))
    right_type = decimal_operand_type(*right);
  if (is_exact_decimal(right_type) && is_integer(left_type))
    left_type = decimal_operand_type(*left);
  const std::optional<SqlType> type = arithmetic_type(op, left_type, right_type);
  if (!type) {
    const SqlType& high =
        precedence(left->type.id) >= precedence(right->type.id) ? left->type : right->type;
    if (op != Arithmetic::kAdd && is_character(left->type) && is_character(right->type)) {
      throw invalid_operand(high, word_of(op), span);
    }
    if (left->type.id == right->type.id) throw invalid_operand(left->type, word_of(op), span);
    if (conversion(left->type, right->type) == Conversion::kForbidden &&
        conversion(right->type, left->type) == Conversion::kForbidden) {
      throw operand_clash(left->type, right->type, span);
    }
    throw incompatible_operands(left->type, right->type, word_of(op), span);
  }
  const bool nullable = left->nullable || right->nullable;
  if (is_character(*type) || is_binary(*type)) {
    make_comparable_texts(left->type, right->type, "add", span);
    if (left->type.id == TypeId::kNull) left = convert_implicit(std::move(left), *type);
    if (right->type.id == TypeId::kNull) right = convert_implicit(std::move(right), *type);
    return make_expr(*type, nullable, span, bound::Concat{std::move(left), std::move(right)});
  }
  if (is_temporal(*type)) {
    const SqlType moment = SqlType::of(TypeId::kDateTime);
    const bool both = is_legacy_datetime(left->type) && is_legacy_datetime(right->type);
    const bool left_is_date = is_legacy_datetime(left->type);
    bound::DateShift shift;
    shift.subtract = op == Arithmetic::kSubtract;
    if (!left_is_date && shift.subtract) left = convert_implicit(std::move(left), moment);
    const bool right_is_days = left_is_date || shift.subtract;
    shift.date = right_is_days ? std::move(left) : std::move(right);
    bound::ExprPtr days = right_is_days ? std::move(right) : std::move(left);
    if (both || is_character(days->type)) days = convert_implicit(std::move(days), moment);
    shift.days = convert_explicit(std::move(days), SqlType::floating(), false, 0);
    return make_expr(*type, nullable, span, std::move(shift));
  }
  if (is_exact_decimal(*type)) {
    left = convert_implicit(std::move(left),
                            is_numeric(left_type) ? as_decimal(left_type) : as_decimal(right_type));
    right = convert_implicit(std::move(right),
                             is_numeric(right_type) ? as_decimal(right_type) : left->type);
  } else {
    left = convert_implicit(std::move(left), *type);
    right = convert_implicit(std::move(right), *type);
  }
  return make_expr(*type, nullable, span, bound::Arithmetic{op, std::move(left), std::move(right)});
}

bound::ExprPtr Binder::Impl::bitwise(bound::Bitwise::Op op, bound::ExprPtr left,
                                     bound::ExprPtr right, ast::Span span) const {
  const auto takes = [](const SqlType& type) {
    return is_integer(type) || type.id == TypeId::kBit || type.id == TypeId::kNull;
  };
  const std::string_view sign = op == bound::Bitwise::Op::kAnd  ? "'&'"
                                : op == bound::Bitwise::Op::kOr ? "'|'"
                                                                : "'^'";
  // A binary meets an integer as that integer: flags & 0x10.
  const auto as_other = [](bound::ExprPtr& side, const SqlType& other) {
    if (is_binary(side->type) && side->type.id != TypeId::kImage && is_integer(other))
      side = convert_implicit(std::move(side), other);
  };
  as_other(left, right->type);
  as_other(right, left->type);
  if (!takes(left->type) || !takes(right->type)) {
    throw incompatible_operands(left->type, right->type, sign, span);
  }
  SqlType type = *common_type(left->type, right->type);
  if (type.id == TypeId::kNull) type = SqlType::integer();
  const bool nullable = left->nullable || right->nullable;
  left = convert_implicit(std::move(left), type);
  right = convert_implicit(std::move(right), type);
  return make_expr(type, nullable, span, bound::Bitwise{op, std::move(left), std::move(right)});
}

void Binder::Impl::make_comparable_texts(const SqlType& left, const SqlType& right,
                                         std::string_view operation, ast::Span span) {
  if (common_collation(left, right)) return;
  throw bind_error(468,
                   "Cannot resolve the collation conflict between \"" + left.collation->name +
                       "\" and \"" + right.collation->name + "\" in the " + std::string(operation) +
                       " operation.",
                   span, "Add COLLATE to one of them.");
}

const Collation* Binder::Impl::make_comparable(bound::ExprPtr& left, bound::ExprPtr& right,
                                               std::string_view operation, ast::Span span) const {
  const std::optional<SqlType> type = common_type(left->type, right->type);
  if (!type) {
    if (conversion(left->type, right->type) == Conversion::kForbidden) {
      throw operand_clash(left->type, right->type, span);
    }
    throw incompatible_operands(left->type, right->type, operation, span);
  }
  if (type->id == TypeId::kText || type->id == TypeId::kNtext || type->id == TypeId::kImage) {
    throw incompatible_operands(left->type, right->type, operation, span);
  }
  if (is_character(left->type) && is_character(right->type)) {
    make_comparable_texts(left->type, right->type, operation, span);
    return common_collation(left->type, right->type)->collation;
  }
  SqlType target = *type;
  if (target.id == TypeId::kNull) target = SqlType::integer();
  left = convert_implicit(std::move(left), target);
  right = convert_implicit(std::move(right), target);
  return is_character(target) ? (target.collation ? target.collation : context->default_collation())
                              : nullptr;
}

bound::ExprPtr Binder::Impl::compare(ast::ComparisonOp op, bound::ExprPtr left,
                                     bound::ExprPtr right, ast::Span span) const {
  const Collation* collation = make_comparable(left, right, word_of(op), span);
  const bool nullable = left->nullable || right->nullable;
  return make_expr(SqlType::boolean(), nullable, span,
                   bound::Compare{op, std::move(left), std::move(right), collation});
}

bound::ExprPtr Binder::Impl::bind_like(const ast::Like& node, const Env& env, ast::Span span) {
  bound::Like like;
  like.negated = node.negated;
  const auto text = [&](const ast::Expr& expr) {
    bound::ExprPtr bound = bind_value(expr, env);
    if (is_character(bound->type)) return bound;
    if (is_binary(bound->type)) throw operand_clash(bound->type, SqlType::varchar(1), expr.span);
    const SqlType type = SqlType::varchar(std::max(1, text_length(bound->type)));
    return convert_implicit(std::move(bound), type.with_collation(context->default_collation(),
                                                                  Coercibility::kDefault));
  };
  like.operand = text(*node.operand);
  like.pattern = text(*node.pattern);
  if (node.escape) {
    like.escape = text(*node.escape);
    const bound::Literal* literal = literal_of(*like.escape);
    if (literal && literal->text && utf16_length(*literal->text) != 1) {
      throw bind_error(506,
                       "The invalid escape character \"" + *literal->text +
                           "\" was specified in a LIKE predicate.",
                       node.escape->span);
    }
  }
  make_comparable_texts(like.operand->type, like.pattern->type, "like", span);
  like.collation = common_collation(like.operand->type, like.pattern->type)->collation;
  const bool nullable = like.operand->nullable || like.pattern->nullable;
  return make_expr(SqlType::boolean(), nullable, span, std::move(like));
}

bound::ExprPtr Binder::Impl::bind_between(const ast::Between& node, const Env& env,
                                          ast::Span span) {
  bound::Between between;
  between.negated = node.negated;
  between.operand = bind_value(*node.operand, env);
  between.low = bind_value(*node.low, env);
  between.high = bind_value(*node.high, env);
  // Each bound meets the operand on its own; the operand then takes the highest type of the three.
  between.collation = make_comparable(between.operand, between.low, "between", span);
  const SqlType before = between.operand->type;
  make_comparable(between.operand, between.high, "between", span);
  if (!(between.operand->type == before))
    make_comparable(between.operand, between.low, "between", span);
  const bool nullable =
      between.operand->nullable || between.low->nullable || between.high->nullable;
  return make_expr(SqlType::boolean(), nullable, span, std::move(between));
}

bound::ExprPtr Binder::Impl::bind_in_list(const ast::InList& node, const Env& env, ast::Span span) {
  bound::InList in;
  in.negated = node.negated;
  in.operand = bind_value(*node.operand, env);
  std::vector<SqlType> types = {in.operand->type};
  bool nullable = in.operand->nullable;
  for (const ast::ExprPtr& element : node.list) {
    in.list.push_back(bind_value(*element, env));
    types.push_back(in.list.back()->type);
    nullable = nullable || in.list.back()->nullable;
  }
  const std::optional<SqlType> type = common_type(types);
  if (!type) {
    for (bound::ExprPtr& element : in.list)
      make_comparable(in.operand, element, "equal to", element->span);
    throw operand_clash(types.back(), types.front(), span);
  }
  if (is_character(*type)) {
    for (bound::ExprPtr& element : in.list) {
      if (!is_character(element->type)) element = convert_implicit(std::move(element), *type);
    }
    if (!is_character(in.operand->type))
      in.operand = convert_implicit(std::move(in.operand), *type);
    for (bound::ExprPtr& element : in.list) {
      in.collation = make_comparable(in.operand, element, "equal to", element->span);
    }
  } else {
    const SqlType target = type->id == TypeId::kNull ? SqlType::integer() : *type;
    in.operand = convert_implicit(std::move(in.operand), target);
    for (bound::ExprPtr& element : in.list) element = convert_implicit(std::move(element), target);
  }
  return make_expr(SqlType::boolean(), nullable, span, std::move(in));
}

bound::ExprPtr Binder::Impl::bind_quantified(ast::ComparisonOp op, bool all, const ast::Expr& left,
                                             const ast::Query& query, const Env& env,
                                             ast::Span span) {
  bound::Quantified quantified;
  quantified.op = op;
  quantified.all = all;
  quantified.operand = bind_value(left, env);
  quantified.query = std::make_unique<bound::Query>(bind_subquery(query, env, true, span));
  // A stand-in for the query's column finds the type that both sides meet at.
  bound::ExprPtr column = make_expr(quantified.query->columns[0].type, true, span, bound::Column{});
  quantified.collation = make_comparable(quantified.operand, column, word_of(op), span);
  const SqlType target[] = {column->type};
  convert_columns(*quantified.query, target);
  return make_expr(SqlType::boolean(), true, span, std::move(quantified));
}

}  // namespace tarn::sql
