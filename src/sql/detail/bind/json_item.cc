#include "detail/bind/json_item.h"

#include <algorithm>

#include "detail/bind/conversion.h"
#include "detail/functions/definitions.h"

namespace tarn::sql {
namespace {

constexpr int kIsoStyle = 126;
constexpr int kMoneyStyle = 2;  // four decimals
constexpr int kFloatStyle = 2;  // 16 digits
constexpr int kGuidLength = 36;
constexpr int kNumberLength = 64;

const FunctionDef& quoted() {
  static const FunctionDef function =
      define("FOR JSON", 1, {Take::kText}, result::nvarchar_max, "tarn_json_quote({0})");
  return function;
}

const FunctionDef& base64() {
  static const FunctionDef function = define("FOR JSON", 1, {Take::kBinary}, result::nvarchar_max,
                                             "'\"' || to_base64({0}) || '\"'");
  return function;
}

bound::ExprPtr call(const FunctionDef& function, bound::ExprPtr argument,
                    const Collation* collation) {
  const SqlType type =
      SqlType::nvarchar(kMaxLength).with_collation(collation, Coercibility::kDefault);
  const bool nullable = argument->nullable;
  const ast::Span span = argument->span;
  bound::Call node{&function, {}, {}};
  node.arguments.push_back(std::move(argument));
  return make_expr(type, nullable, span, std::move(node));
}

}  // namespace

bool gives_json(const bound::Expr& item) {
  if (const auto* call = std::get_if<bound::Call>(&item.node)) {
    return call->function->name == "JSON_QUERY" || call->function->name == "JSON_MODIFY";
  }
  if (const auto* subquery = std::get_if<bound::ScalarSubquery>(&item.node)) {
    const auto* select = std::get_if<bound::Select>(&subquery->query->node);
    const auto* derived =
        select && select->from ? std::get_if<bound::Derived>(&select->from->node) : nullptr;
    const auto* rows = derived ? std::get_if<bound::JsonRows>(&derived->query->node) : nullptr;
    return rows && !rows->without_wrapper;
  }
  return false;
}

bound::ExprPtr json_of(bound::ExprPtr value, bool is_json, const Collation* collation) {
  const SqlType type = value->type;
  const auto text = [&](int length, int style) {
    const SqlType target =
        SqlType::varchar(length).with_collation(collation, Coercibility::kDefault);
    return convert_explicit(std::move(value), target, false, style);
  };
  if (type.id == TypeId::kNull) return text(1, 0);
  if (is_character(type))
    return is_json ? std::move(value) : call(quoted(), std::move(value), collation);
  if (is_binary(type)) return call(base64(), std::move(value), collation);
  if (type.id == TypeId::kBit) {
    // 0 and 1 as text, and those as words.
    bound::ExprPtr digit = text(1, 0);
    static const FunctionDef word =
        define("FOR JSON", 1, {Take::kText}, result::nvarchar_max,
               "CASE {0} WHEN '1' THEN 'true' WHEN '0' THEN 'false' END");
    return call(word, std::move(digit), collation);
  }
  if (type.id == TypeId::kUniqueIdentifier) return call(quoted(), text(kGuidLength, 0), collation);
  if (is_temporal(type)) {
    const int length = std::max(1, text_length(type)) + 2;
    return call(quoted(), text(length, kIsoStyle), collation);
  }
  if (is_money(type)) return text(kNumberLength, kMoneyStyle);
  return text(kNumberLength, is_approximate(type) ? kFloatStyle : 0);
}

}  // namespace tarn::sql
