// Calls of functions and aggregates.

#include <chrono>
#include <cstdio>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/date_parts.h"
#include "detail/bind/tree.h"

namespace tarn::sql {
namespace {

std::string moment_text(std::int64_t micros, int fraction_digits) {
  using namespace std::chrono;
  const sys_time<microseconds> time{microseconds(micros)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  char text[48];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d.%06d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return std::string(text).substr(0, 20 + static_cast<std::size_t>(fraction_digits));
}

Error wrong_count(const FunctionDef& function, ast::Span span) {
  const std::string name = to_lower(function.name);
  if (function.arguments_min == function.arguments_max) {
    return bind_error(174,
                      "The " + name + " function requires " +
                          std::to_string(function.arguments_min) + " argument(s).",
                      span, {}, 15);
  }
  const std::string most =
      function.arguments_max < 0 ? "254" : std::to_string(function.arguments_max);
  return bind_error(189,
                    "The " + name + " function requires " + std::to_string(function.arguments_min) +
                        " to " + most + " arguments.",
                    span, {}, 15);
}

Error invalid_argument(const bound::Expr& argument, const FunctionDef& function,
                       std::size_t index) {
  return bind_error(8116,
                    "Argument data type " + std::string(name_of(argument.type.id)) +
                        " is invalid for argument " + std::to_string(index + 1) + " of " +
                        to_lower(function.name) + " function.",
                    argument.span);
}

const FunctionDef& function_named(std::string_view name, std::size_t arguments, ast::Span span) {
  bool known = false;
  const FunctionDef* function = find_function(name, arguments, known);
  if (!function)
    throw bind_error(195, "'" + std::string(name) + "' is not a recognized built-in function name.",
                     span);
  return *function;
}

}  // namespace

SqlType Binder::Impl::result_type(const FunctionDef& function,
                                  std::span<const bound::ExprPtr> arguments) const {
  SqlType type = function.result(arguments);
  if (!is_character(type)) return type;
  SqlType text = type.with_collation(nullptr, Coercibility::kDefault);
  for (const bound::ExprPtr& argument : arguments) {
    if (const auto choice = common_collation(text, argument->type)) {
      text.collation = choice->collation;
      text.coercibility = choice->coercibility;
    }
  }
  if (!text.collation) text.collation = context->default_collation();
  return text;
}

bound::ExprPtr Binder::Impl::make_call(const FunctionDef& function,
                                       std::vector<bound::ExprPtr> arguments, std::string part,
                                       ast::Span span) const {
  const SqlType type = result_type(function, arguments);
  bool nullable = function.nulls == Nulls::kAlways;
  for (const bound::ExprPtr& argument : arguments) {
    nullable = nullable || (function.nulls == Nulls::kPropagate && argument->nullable);
  }
  return make_expr(type, nullable, span,
                   bound::Call{&function, std::move(arguments), std::move(part)});
}

bound::ExprPtr Binder::Impl::take(bound::ExprPtr argument, Take rule, const FunctionDef& function,
                                  std::size_t index, std::span<const bound::ExprPtr> before) const {
  const SqlType type = argument->type;
  const bool untyped = type.id == TypeId::kNull;
  switch (rule) {
    case Take::kAny:
      return untyped ? convert_implicit(std::move(argument), SqlType::integer())
                     : std::move(argument);
    case Take::kText: {
      if (is_character(type)) return argument;
      if (is_binary(type)) throw invalid_argument(*argument, function, index);
      const int style = is_temporal(type) && !is_legacy_datetime(type) ? 121 : 0;
      // STRING_AGG's result is of its values' type, and nvarchar(4000) where they are no texts.
      const SqlType text = function.name == "STRING_AGG"
                               ? SqlType::nvarchar(kNcharLengthMax)
                               : SqlType::varchar(std::max(1, text_length(type)));
      return convert_explicit(
          std::move(argument),
          text.with_collation(context->default_collation(), Coercibility::kDefault), false, style);
    }
    case Take::kInt:
      return convert_implicit(std::move(argument), SqlType::integer());
    case Take::kBigInt:
      return convert_implicit(std::move(argument), SqlType::bigint());
    case Take::kFloat:
      if (is_temporal(type)) throw invalid_argument(*argument, function, index);
      return convert_implicit(std::move(argument), SqlType::floating());
    case Take::kNumber:
      if (untyped || type.id == TypeId::kBit)
        return convert_implicit(std::move(argument), SqlType::integer());
      if (is_numeric(type)) return argument;
      if (is_character(type) && (function.name == "SUM" || function.name == "AVG")) {
        throw bind_error(8117,
                         "Operand data type " + std::string(name_of(type.id)) + " is invalid for " +
                             to_lower(function.name) + " operator.",
                         argument->span);
      }
      if (!is_character(type)) throw invalid_argument(*argument, function, index);
      return convert_implicit(std::move(argument), SqlType::floating());
    case Take::kDate:
      return convert_implicit(std::move(argument), SqlType::of(TypeId::kDate));
    case Take::kMoment: {
      if (is_temporal(type)) return argument;
      const bool datetime = function.name == "DATEADD" || is_numeric(type);
      return convert_implicit(std::move(argument),
                              datetime ? SqlType::of(TypeId::kDateTime) : SqlType::datetime2(7));
    }
    case Take::kBinary:
      if (is_binary(type)) return argument;
      return convert_explicit(std::move(argument), SqlType::varbinary(kMaxLength), false, 0);
    case Take::kLike0:
      if (before.empty()) return argument;
      return convert_implicit(std::move(argument), before[0]->type);
    case Take::kOrdered:
      if (untyped) return convert_implicit(std::move(argument), SqlType::integer());
      if ((type.id == TypeId::kBit && function.kind == FunctionKind::kAggregate) ||
          type.id == TypeId::kText || type.id == TypeId::kNtext || type.id == TypeId::kImage) {
        throw bind_error(8117,
                         "Operand data type " + std::string(name_of(type.id)) + " is invalid for " +
                             to_lower(function.name) + " operator.",
                         argument->span);
      }
      return argument;
    case Take::kFormat:
      if ((is_numeric(type) && type.id != TypeId::kBit) || is_temporal(type)) return argument;
      throw invalid_argument(*argument, function, index);
    case Take::kBits:
      if (untyped) return convert_implicit(std::move(argument), SqlType::integer());
      if (is_integer(type) || (is_binary(type) && !is_large(type))) return argument;
      throw invalid_argument(*argument, function, index);
    case Take::kBytes:
      if (is_binary(type)) return argument;
      if (!is_character(type) && !untyped) throw invalid_argument(*argument, function, index);
      return convert_explicit(std::move(argument), SqlType::varbinary(kMaxLength), false, 0);
    case Take::kDatePart:
      break;
  }
  return argument;
}

std::vector<bound::ExprPtr> Binder::Impl::bind_arguments(const FunctionDef& function,
                                                         const ast::FunctionCall& call,
                                                         const Env& env, std::string* part) {
  std::vector<bound::ExprPtr> arguments;
  std::size_t index = 0;
  for (const ast::ExprPtr& expr : call.arguments) {
    const Take rule = function.take.empty()
                          ? Take::kAny
                          : function.take[std::min(index, function.take.size() - 1)];
    if (rule == Take::kDatePart) {
      const auto* word = std::get_if<ast::ColumnRef>(&expr->node);
      const std::string written =
          word && word->name.parts.size() == 1 ? word->name.last().text : std::string();
      if (written.empty()) {
        throw bind_error(1023, "Invalid parameter 1 specified for " + to_lower(function.name) + ".",
                         expr->span, {}, 15);
      }
      *part = std::string(date_part(written));
      if (part->empty()) {
        throw bind_error(
            155, "'" + written + "' is not a recognized " + to_lower(function.name) + " option.",
            expr->span, {}, 15);
      }
    } else {
      bound::ExprPtr argument = bind_value(*expr, env);
      if (rule == Take::kMoment && part && *part == "tzoffset" && is_character(argument->type))
        argument = convert_implicit(std::move(argument), SqlType::of(TypeId::kDateTimeOffset));
      arguments.push_back(take(std::move(argument), rule, function, index, arguments));
      if (rule == Take::kMoment && part && !part->empty())
        check_date_part(function.name, *part, arguments.back()->type, expr->span);
    }
    ++index;
  }
  return arguments;
}

bound::ExprPtr Binder::Impl::bind_call(const ast::FunctionCall& call, const Env& env,
                                       ast::Span span) {
  const std::string name = to_upper(call.name.last().text);
  if (call.name.parts.size() > 1) {
    if (call.name.parts.size() == 2 && env.scope && (name == "FILEPATH" || name == "FILENAME")) {
      std::string method = to_lower(name) + "(";
      if (!call.arguments.empty()) {
        const auto number = integer_constant(*bind_value(*call.arguments[0], Env{}));
        if (!number)
          throw bind_error(8116, "The argument of filepath must be a whole number.", span);
        method += std::to_string(*number);
      }
      if (auto column = env.scope->resolve_hidden(call.name.parts[0].text, method + ")", span))
        return column;
    }
    if (auto user = bind_user_call(call, env, span)) return user;
    const std::string qualifier = call.name.parts.front().text;
    throw bind_error(4121,
                     "Cannot find either column \"" + qualifier +
                         "\" or the user-defined function or aggregate \"" + qualifier + "." +
                         call.name.last().text + "\", or the name is ambiguous.",
                     span);
  }
  if (name == "PERCENTILE_CONT" || name == "PERCENTILE_DISC")
    return bind_percentile(name, call, env, span);
  if (auto json = bind_json_call(name, call, env, span)) return json;
  if (auto special = bind_special_call(name, call, env, span)) return special;
  if (auto builtin = bind_builtin_call(name, call, env, span)) return builtin;
  bool known = false;
  const FunctionDef* function = find_function(name, call.arguments.size(), known);
  if (!function && known) {
    throw wrong_count(function_named(name, static_cast<std::size_t>(-1), span), span);
  }
  const bool internal = name.find(' ') != std::string::npos;
  if (!function || internal || function->kind == FunctionKind::kTable) {
    throw bind_error(195,
                     "'" + call.name.last().text + "' is not a recognized built-in function name.",
                     span, did_you_mean(name, function_names()), 15);
  }
  switch (function->kind) {
    case FunctionKind::kSystem:
      return bind_system_call(name, *function, call, env, span);
    case FunctionKind::kAggregate:
      if (name == "GROUPING" || name == "GROUPING_ID")
        return bind_grouping_call(*function, call, env, span);
      return call.over ? bind_window(*function, call, env, span)
                       : bind_aggregate(*function, call, env, span);
    case FunctionKind::kRanking:
    case FunctionKind::kOffset:
      return bind_window(*function, call, env, span);
    default:
      break;
  }
  if (call.star || call.distinct) {
    throw bind_error(102,
                     "Incorrect syntax near '" + std::string(call.star ? "*" : "DISTINCT") + "'.",
                     span, {}, 15);
  }
  std::string part;
  std::vector<bound::ExprPtr> arguments = bind_arguments(*function, call, env, &part);
  const bool by_week = name == "DATEPART" && (part == "weekday" || part == "week");
  if (by_week && context->date_first() != kSundayFirst)
    return bind_week_part(*function, part, call, env, span);
  return make_call(*function, std::move(arguments), std::move(part), span);
}

bound::ExprPtr Binder::Impl::bind_special_call(std::string_view name, const ast::FunctionCall& call,
                                               const Env& env, ast::Span span) {
  const auto require = [&](std::size_t least, std::size_t most) {
    if (call.arguments.size() >= least && call.arguments.size() <= most) return;
    throw bind_error(
        174,
        "The " + to_lower(name) + " function requires " + std::to_string(least) + " argument(s).",
        span, {}, 15);
  };
  const auto argument = [&](std::size_t index) { return bind_value(*call.arguments[index], env); };
  if (name == "ISNULL") {
    require(2, 2);
    bound::ExprPtr value = argument(0);
    bound::ExprPtr fallback = argument(1);
    SqlType type = value->type.id == TypeId::kNull ? fallback->type : value->type;
    if (type.id == TypeId::kNull) type = SqlType::integer();
    const bool nullable = fallback->nullable && value->nullable;
    bound::Coalesce coalesce;
    coalesce.operands.push_back(convert_implicit(std::move(value), type));
    coalesce.operands.push_back(convert_implicit(std::move(fallback), type));
    return make_expr(type, nullable, span, std::move(coalesce));
  }
  if (name == "COALESCE") {
    if (call.arguments.size() < 2) require(2, 254);
    bound::Coalesce coalesce;
    bool nullable = true;
    bool all_null = true;
    for (std::size_t i = 0; i < call.arguments.size(); ++i)
      coalesce.operands.push_back(argument(i));
    std::vector<bound::ExprPtr*> operands;
    for (bound::ExprPtr& operand : coalesce.operands) {
      nullable = nullable && operand->nullable;
      all_null = all_null && operand->type.id == TypeId::kNull;
      operands.push_back(&operand);
    }
    if (all_null) {
      throw bind_error(4127,
                       "At least one of the arguments to COALESCE must be an expression that is "
                       "not the NULL constant.",
                       span);
    }
    const SqlType type = unify(operands, span);
    return make_expr(type, nullable, span, std::move(coalesce));
  }
  if (name == "NULLIF") {
    require(2, 2);
    bound::ExprPtr value = argument(0);
    if (value->type.id == TypeId::kNull) {
      throw bind_error(4151,
                       "The type of the first argument to NULLIF cannot be the NULL constant "
                       "because the type of "
                       "the first argument has to be known.",
                       span);
    }
    const SqlType type = value->type;
    bound::Case bound;
    bound.whens.push_back({compare(ast::ComparisonOp::kEqual, argument(0), argument(1), span),
                           make_literal(type, std::nullopt, span)});
    bound.otherwise = std::move(value);
    return make_expr(type, true, span, std::move(bound));
  }
  if (name == "IIF" || name == "CHOOSE") {
    name == "IIF" ? require(3, 3) : require(2, 254);
    bound::Case bound;
    std::vector<bound::ExprPtr*> results;
    if (name == "IIF") {
      bound.whens.push_back({bind_condition(*call.arguments[0], env), argument(1)});
      bound.otherwise = argument(2);
    } else {
      for (std::size_t i = 1; i < call.arguments.size(); ++i) {
        bound::ExprPtr index = convert_implicit(argument(0), SqlType::integer());
        bound.whens.push_back({compare(ast::ComparisonOp::kEqual, std::move(index),
                                       make_integer(static_cast<std::int64_t>(i), span), span),
                               argument(i)});
      }
    }
    bool nullable = !bound.otherwise || bound.otherwise->nullable;
    for (bound::Case::When& when : bound.whens) {
      nullable = nullable || when.result->nullable;
      results.push_back(&when.result);
    }
    if (bound.otherwise) results.push_back(&bound.otherwise);
    const SqlType type = unify(results, span);
    return make_expr(type, nullable, span, std::move(bound));
  }
  if (name == "TRIM") return bind_trim(call, env, span);
  if (name == "GETDATE" || name == "GETUTCDATE" || name == "CURRENT_TIMESTAMP") {
    require(0, 0);
    return make_literal(SqlType::of(TypeId::kDateTime), moment_text(context->now_us(), 3), span);
  }
  if (name == "SYSDATETIME" || name == "SYSUTCDATETIME" || name == "SYSDATETIMEOFFSET") {
    require(0, 0);
    const bool offset = name == "SYSDATETIMEOFFSET";
    const SqlType type = offset ? SqlType::of(TypeId::kDateTimeOffset) : SqlType::datetime2(7);
    return make_literal(type, moment_text(context->now_us(), 6) + (offset ? "+00:00" : ""), span);
  }
  return nullptr;
}

bound::ExprPtr Binder::Impl::bind_trim(const ast::FunctionCall& call, const Env& env,
                                       ast::Span span) {
  if (call.arguments.empty() || call.arguments.size() > 2) {
    throw bind_error(174, "The trim function requires 1 argument(s).", span, {}, 15);
  }
  using Trim = ast::FunctionCall::Trim;
  const std::string_view name = call.trim == Trim::kLeading    ? "LTRIM"
                                : call.trim == Trim::kTrailing ? "RTRIM"
                                                               : "TRIM BOTH";
  const FunctionDef& function = function_named(name, 2, span);
  std::vector<bound::ExprPtr> arguments;
  arguments.push_back(take(bind_value(*call.arguments.back(), env), Take::kText, function, 0, {}));
  arguments.push_back(
      call.arguments.size() == 2
          ? take(bind_value(*call.arguments.front(), env), Take::kText, function, 1, {})
          : make_literal(text_literal_type(" ", false, context->default_collation()), " ", span));
  return make_call(function, std::move(arguments), {}, span);
}

bound::ExprPtr Binder::Impl::bind_system_call(std::string_view name, const FunctionDef&,
                                              const ast::FunctionCall& call, const Env& env,
                                              ast::Span span) {
  std::vector<bound::ExprPtr> bound;
  for (const ast::ExprPtr& expr : call.arguments) bound.push_back(bind_value(*expr, env));
  std::vector<Constant> arguments;
  for (const bound::ExprPtr& argument : bound) {
    const bound::Literal* literal = literal_of(*argument);
    if (!literal) return bind_row_fact(name, std::move(bound), span);
    arguments.push_back({argument->type, literal->text});
  }
  return bind_constant(context->system_value(name, arguments, span), span);
}

bound::ExprPtr Binder::Impl::bind_aggregate(const FunctionDef& function,
                                            const ast::FunctionCall& call, const Env& env,
                                            ast::Span span) {
  switch (env.clause) {
    case Clause::kWhere:
      throw bind_error(
          147,
          "An aggregate may not appear in the WHERE clause unless it is in a subquery contained in "
          "a "
          "HAVING clause or a select list, and the column being aggregated is an outer reference.",
          span, "Use HAVING for conditions on aggregates.", 15);
    case Clause::kOn:
      throw bind_error(
          1015,
          "An aggregate cannot appear in an ON clause unless it is in a subquery contained in a "
          "HAVING clause or select list, and the column being aggregated is an outer reference.",
          span, {}, 15);
    case Clause::kGroupBy:
      throw bind_error(
          144,
          "Cannot use an aggregate or a subquery in an expression used for the group by list of a "
          "GROUP BY clause.",
          span, {}, 15);
    case Clause::kOutput:
      throw bind_error(158, "An aggregate may not appear in the OUTPUT clause.", span, {}, 15);
    case Clause::kSelect:
    case Clause::kHaving:
    case Clause::kOrderBy:
      break;
    default:
      throw bind_error(157, "An aggregate may not appear here.", span, "Put it into a subquery.",
                       15);
  }
  if (env.in_aggregate) {
    throw bind_error(130,
                     "Cannot perform an aggregate function on an expression containing an "
                     "aggregate or a subquery.",
                     span);
  }
  if (call.star && function.name != "COUNT" && function.name != "COUNT_BIG") {
    throw bind_error(102, "Incorrect syntax near '*'.", span, {}, 15);
  }
  Env inside = env;
  inside.in_aggregate = true;
  bound::Aggregate aggregate;
  aggregate.function = &function;
  aggregate.distinct = call.distinct;
  aggregate.star = call.star;
  if (!call.star) aggregate.arguments = bind_arguments(function, call, inside, nullptr);
  if (!call.within_group.empty() && function.name != "STRING_AGG") {
    throw bind_error(
        10757,
        "The function '" + std::string(function.name) + "' may not have a WITHIN GROUP clause.",
        span);
  }
  for (const ast::OrderItem& item : call.within_group) {
    aggregate.within_group.push_back({bind_value(*item.expr, inside), item.descending});
  }
  const SqlType type = result_type(function, aggregate.arguments);
  const bool counts = function.nulls == Nulls::kNever;
  return make_expr(type, !counts, span, std::move(aggregate));
}

bound::ExprPtr Binder::Impl::bind_grouping_call(const FunctionDef& function,
                                                const ast::FunctionCall& call, const Env& env,
                                                ast::Span span) {
  if (env.clause != Clause::kSelect && env.clause != Clause::kHaving &&
      env.clause != Clause::kOrderBy) {
    throw bind_error(8161, "GROUPING may only appear in a select list, HAVING or ORDER BY.", span);
  }
  bound::Aggregate aggregate;
  aggregate.function = &function;
  Env inside = env;
  inside.in_aggregate = true;
  for (const ast::ExprPtr& expr : call.arguments)
    aggregate.arguments.push_back(bind_value(*expr, inside));
  const SqlType type = function.result(aggregate.arguments);
  return make_expr(type, false, span, std::move(aggregate));
}

}  // namespace tarn::sql
