// Literals, variables, columns, CASE, CAST, COLLATE and subqueries.

#include <algorithm>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/tree.h"

namespace tarn::sql {
namespace {

constexpr int kIntDigits = 10;
constexpr std::int64_t kIntMax = 2147483647;

std::string without_leading_zeros(const std::string& digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string::npos ? std::string() : digits.substr(first);
}

SqlType decimal_literal_type(const std::string& text, ast::Span span) {
  const std::size_t point = text.find('.');
  const std::string whole = without_leading_zeros(text.substr(0, point));
  const int scale = point == std::string::npos ? 0 : static_cast<int>(text.size() - point - 1);
  const int precision = std::max(1, static_cast<int>(whole.size()) + scale);
  if (precision > kDecimalPrecisionMax) {
    throw bind_error(1007,
                     "The number '" + text +
                         "' is out of the range for numeric representation (maximum precision 38).",
                     span, {}, 15);
  }
  return SqlType::numeric(precision, scale);
}

}  // namespace

void Binder::Impl::count_node(ast::Span span) {
  if (++nodes <= kBoundNodesMax) return;
  throw bind_error(
      8632,
      "Internal error: An expression services limit has been reached. Please look for potentially "
      "complex expressions in your query, and try to simplify them.",
      span, {}, 17);
}

bound::ExprPtr Binder::Impl::bind_number(const ast::NumberLiteral& literal, ast::Span span) const {
  using Form = ast::NumberLiteral::Form;
  switch (literal.form) {
    case Form::kFloat:
      return make_literal(SqlType::floating(), literal.text, span);
    case Form::kMoney:
      return make_literal(SqlType::of(TypeId::kMoney), literal.text, span);
    case Form::kDecimal:
      return make_literal(decimal_literal_type(literal.text, span), literal.text, span);
    case Form::kInteger:
      break;
  }
  const std::string digits = without_leading_zeros(literal.text);
  const bool fits =
      digits.size() < kIntDigits || (digits.size() == kIntDigits && std::stoll(digits) <= kIntMax);
  if (fits) return make_literal(SqlType::integer(), digits.empty() ? "0" : digits, span);
  return make_literal(decimal_literal_type(digits, span), digits, span);
}

bound::ExprPtr Binder::Impl::bind_constant(const Constant& constant, ast::Span span) const {
  SqlType type = constant.type;
  if (is_character(type) && !type.collation) {
    type = type.with_collation(context->default_collation(), Coercibility::kDefault);
  }
  return make_literal(type, constant.text, span);
}

bound::ExprPtr Binder::Impl::bind(const ast::Expr& expr, const Env& env) {
  const ast::Span span = expr.span;
  count_node(span);
  const auto value = [&](const ast::ExprPtr& child) { return bind_value(*child, env); };
  return std::visit(
      ast::Overloaded{
          [&](const ast::NullLiteral&) {
            return make_literal(SqlType::null(), std::nullopt, span);
          },
          [&](const ast::DefaultValue&) -> bound::ExprPtr {
            throw bind_error(156, "Incorrect syntax near the keyword 'DEFAULT'.", span, {}, 15);
          },
          [&](const ast::NumberLiteral& node) { return bind_number(node, span); },
          [&](const ast::StringLiteral& node) {
            return make_literal(
                text_literal_type(node.value, node.national, context->default_collation()),
                node.value, span);
          },
          [&](const ast::BinaryLiteral& node) {
            const int length = std::max<int>(1, static_cast<int>(node.bytes.size()));
            return make_literal(SqlType::varbinary(length), node.bytes, span);
          },
          [&](const ast::ColumnRef& node) -> bound::ExprPtr {
            static const Scope kNowhere;
            return (env.scope ? *env.scope : kNowhere).resolve(node.name);
          },
          [&](const ast::Variable& node) { return bind_variable(node.name, span); },
          [&](const ast::GlobalVariable& node) {
            return bind_constant(context->resolve_global(node.name, span), span);
          },
          [&](const ast::Unary& node) { return bind_unary(node, env, span); },
          [&](const ast::Binary& node) { return bind_binary(node, env, span); },
          [&](const ast::Comparison& node) {
            return compare(node.op, value(node.left), value(node.right), span);
          },
          [&](const ast::Logical& node) {
            bound::Logical logical{node.op, {}};
            for (const ast::ExprPtr& operand : node.operands)
              logical.operands.push_back(bind_condition(*operand, env));
            return make_expr(SqlType::boolean(), true, span, std::move(logical));
          },
          [&](const ast::Not& node) {
            return make_expr(SqlType::boolean(), true, span,
                             bound::Not{bind_condition(*node.operand, env)});
          },
          [&](const ast::Like& node) { return bind_like(node, env, span); },
          [&](const ast::Between& node) { return bind_between(node, env, span); },
          [&](const ast::InList& node) { return bind_in_list(node, env, span); },
          [&](const ast::InSubquery& node) {
            const auto op = node.negated ? ast::ComparisonOp::kNotEqual : ast::ComparisonOp::kEqual;
            return bind_quantified(op, node.negated, *node.operand, *node.query, env, span);
          },
          [&](const ast::IsNull& node) {
            return make_expr(SqlType::boolean(), false, span,
                             bound::IsNull{value(node.operand), node.negated});
          },
          [&](const ast::Distinct& node) {
            bound::Distinct distinct{value(node.left), value(node.right), node.negated, nullptr};
            distinct.collation =
                make_comparable(distinct.left, distinct.right, "is distinct from", span);
            return make_expr(SqlType::boolean(), false, span, std::move(distinct));
          },
          [&](const ast::Exists& node) {
            auto query =
                std::make_unique<bound::Query>(bind_subquery(*node.query, env, false, span));
            return make_expr(SqlType::boolean(), false, span, bound::Exists{std::move(query)});
          },
          [&](const ast::Quantified& node) {
            return bind_quantified(node.op, node.all, *node.left, *node.query, env, span);
          },
          [&](const ast::ScalarSubquery& node) {
            auto query =
                std::make_unique<bound::Query>(bind_subquery(*node.query, env, true, span));
            const SqlType type = query->columns[0].type;
            return make_expr(type, true, span, bound::ScalarSubquery{std::move(query)});
          },
          [&](const ast::Case& node) { return bind_case(node, env, span); },
          [&](const ast::Cast& node) { return bind_cast(node, env, span); },
          [&](const ast::Collate& node) { return bind_collate(node, env, span); },
          [&](const ast::XmlValue& node) { return bind_xml_value(node, env, span); },
          [&](const ast::AtTimeZone& node) { return bind_at_time_zone(node, env, span); },
          [&](const ast::FunctionCall& node) { return bind_call(node, env, span); },
      },
      expr.node);
}

bound::ExprPtr Binder::Impl::bind_value(const ast::Expr& expr, const Env& env) {
  bound::ExprPtr bound = bind(expr, env);
  if (bound->type.id == TypeId::kBoolean) {
    throw bind_error(102, "Incorrect syntax: a condition stands where a value is expected.",
                     expr.span, "Use CASE WHEN <condition> THEN 1 ELSE 0 END.", 15);
  }
  return bound;
}

bound::ExprPtr Binder::Impl::bind_condition(const ast::Expr& expr, const Env& env) {
  bound::ExprPtr bound = bind(expr, env);
  if (bound->type.id != TypeId::kBoolean) {
    throw bind_error(
        4145,
        "An expression of non-boolean type specified in a context where a condition is expected.",
        expr.span, "Compare it with something.", 15);
  }
  return bound;
}

SqlType Binder::Impl::unify(std::span<bound::ExprPtr*> results, ast::Span span) const {
  std::vector<SqlType> types;
  for (bound::ExprPtr* result : results) {
    if ((*result)->type.id != TypeId::kNull) types.push_back((*result)->type);
  }
  if (types.empty()) types.push_back(SqlType::integer());
  const std::optional<SqlType> type = common_type(types);
  if (!type) {
    const SqlType& odd = *std::find_if(types.begin(), types.end(), [&](const SqlType& other) {
      return !common_type(types.front(), other);
    });
    throw operand_clash(odd, types.front(), span);
  }
  for (bound::ExprPtr* result : results) *result = convert_implicit(std::move(*result), *type);
  return *type;
}

bound::ExprPtr Binder::Impl::bind_case(const ast::Case& node, const Env& env, ast::Span span) {
  bound::Case bound;
  std::vector<bound::ExprPtr*> results;
  bool all_null = true;
  for (const ast::Case::When& when : node.whens) {
    bound::ExprPtr condition;
    if (node.operand) {
      condition = compare(ast::ComparisonOp::kEqual, bind_value(*node.operand, env),
                          bind_value(*when.condition, env), when.condition->span);
    } else {
      condition = bind_condition(*when.condition, env);
    }
    bound.whens.push_back({std::move(condition), bind_value(*when.result, env)});
  }
  if (node.otherwise) bound.otherwise = bind_value(*node.otherwise, env);
  bool nullable = !bound.otherwise || bound.otherwise->nullable;
  for (bound::Case::When& when : bound.whens) {
    all_null = all_null && when.result->type.id == TypeId::kNull;
    nullable = nullable || when.result->nullable;
    results.push_back(&when.result);
  }
  if (bound.otherwise) {
    all_null = all_null && bound.otherwise->type.id == TypeId::kNull;
    results.push_back(&bound.otherwise);
  }
  if (all_null) {
    throw bind_error(8133,
                     "At least one of the result expressions in a CASE specification must be an "
                     "expression other than "
                     "the NULL constant.",
                     span);
  }
  const SqlType type = unify(results, span);
  return make_expr(type, nullable, span, std::move(bound));
}

/// A value whose type is what it was, and which meets others as a sql_variant does.
bound::ExprPtr Binder::Impl::as_variant(bound::ExprPtr value, ast::Span span) {
  if (is_large(value->type) || value->type.id == TypeId::kText ||
      value->type.id == TypeId::kNtext || value->type.id == TypeId::kImage) {
    throw bind_error(529,
                     "Explicit conversion from data type " + to_string(value->type) +
                         " to sql_variant is not allowed.",
                     span);
  }
  value->type.variant = true;
  return value;
}

bound::ExprPtr Binder::Impl::bind_cast(const ast::Cast& node, const Env& env, ast::Span span) {
  if (node.form == ast::Cast::Form::kParse) return bind_parse(node, env, span);
  if (node.type.name == "sql_variant") return as_variant(bind_value(*node.operand, env), span);
  SqlType type = bind_type(node.type, context->default_collation(), true);
  bound::ExprPtr operand = bind_value(*node.operand, env);
  // A text keeps its collation through CAST; any other value gets the default one, which gives way.
  if (is_character(type)) {
    const bool text = is_character(operand->type) && operand->type.collation;
    type = text ? type.with_collation(operand->type.collation, operand->type.coercibility)
                : type.with_collation(context->default_collation(), Coercibility::kDefault);
  }
  int style = 0;
  if (node.style) {
    const bound::ExprPtr bound = bind_value(*node.style, env);
    const auto value = integer_constant(*bound);
    const bool null = literal_of(*bound) && !literal_of(*bound)->text;
    if (null) return make_literal(type, std::nullopt, span);
    if (!value || *value < 0 || *value > 255) {
      throw bind_error(281, "The style of CONVERT must be a constant that is a valid style number.",
                       node.style->span);
    }
    style = static_cast<int>(*value);
  } else if (is_temporal(operand->type) || is_temporal(type)) {
    const SqlType& moment = is_temporal(operand->type) ? operand->type : type;
    style = is_legacy_datetime(moment) ? 0 : 121;
  }
  bound::ExprPtr converted = convert_explicit(std::move(operand), type, node.tries, style);
  converted->span = span;
  return converted;
}

bound::ExprPtr Binder::Impl::bind_collate(const ast::Collate& node, const Env& env,
                                          ast::Span span) {
  bound::ExprPtr operand = bind_value(*node.operand, env);
  const bool catalog = equal_ignoring_case(node.collation.text, "catalog_default");
  const Collation* collation = catalog ? server_collation()
                               : equal_ignoring_case(node.collation.text, "database_default")
                                   ? context->default_collation()
                                   : find_collation(node.collation.text);
  if (!collation) {
    throw bind_error(448, "Invalid collation '" + node.collation.text + "'.", node.collation.span);
  }
  if (operand->type.id == TypeId::kNull) operand->type = SqlType::varchar(1);
  if (!is_character(operand->type)) {
    throw bind_error(447,
                     "Expression type " + std::string(name_of(operand->type.id)) +
                         " is invalid for COLLATE clause.",
                     span);
  }
  operand->type = operand->type.with_collation(collation, Coercibility::kExplicit);
  return operand;
}

bound::Query Binder::Impl::bind_subquery(const ast::Query& query, const Env& env, bool one_column,
                                         ast::Span span) {
  if (env.in_aggregate) {
    throw bind_error(130,
                     "Cannot perform an aggregate function on an expression containing an "
                     "aggregate or a subquery.",
                     span);
  }
  if (env.clause == Clause::kGroupBy) {
    throw bind_error(144,
                     "Cannot use an aggregate or a subquery in an expression used for the group by "
                     "list of a GROUP BY "
                     "clause.",
                     span, {}, 15);
  }
  check_order(query);
  bound::Query bound = bind_query(query, env.scope);
  if (one_column && bound.columns.size() != 1) {
    throw bind_error(116,
                     "Only one expression can be specified in the select list when the subquery is "
                     "not introduced with "
                     "EXISTS.",
                     span);
  }
  if (!bound.assigns.empty()) {
    throw bind_error(141,
                     "A SELECT statement that assigns a value to a variable must not be combined "
                     "with data-retrieval "
                     "operations.",
                     span);
  }
  return bound;
}

}  // namespace tarn::sql
