#include <charconv>

#include "base/error.h"
#include "detail/translate/conversion_sql.h"
#include "detail/translate/engine_type.h"
#include "detail/translate/translator.h"

namespace tarn::sql {
namespace {

/// The collation that a call with these arguments compares under; null without text.
const Collation* common_collation_of(const std::vector<bound::ExprPtr>& arguments) {
  SqlType text;
  for (const bound::ExprPtr& argument : arguments) {
    if (const auto choice = common_collation(text, argument->type);
        choice && is_character(argument->type)) {
      text = argument->type;
      text.collation = choice->collation;
      text.coercibility = choice->coercibility;
    }
  }
  return text.collation;
}

std::string bytes_sql(const std::string& expression, const SqlType& type) {
  if (is_character(type)) {
    return is_unicode(type) ? "tarn_utf16_bytes(" + expression + ")" : "strlen(" + expression + ")";
  }
  if (is_binary(type)) return "octet_length(" + expression + ")";
  return "CASE WHEN " + expression + " IS NOT NULL THEN " + std::to_string(storage_length(type)) +
         " END";
}

std::string joined(std::span<const std::string> parts, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < parts.size(); ++i) text += (i > from ? ", " : "") + parts[i];
  return text;
}

const char* frame_word(ast::FrameBound::Kind kind) {
  using Kind = ast::FrameBound::Kind;
  switch (kind) {
    case Kind::kUnboundedPreceding:
      return "UNBOUNDED PRECEDING";
    case Kind::kPreceding:
      return "PRECEDING";
    case Kind::kCurrentRow:
      return "CURRENT ROW";
    case Kind::kFollowing:
      return "FOLLOWING";
    case Kind::kUnboundedFollowing:
      return "UNBOUNDED FOLLOWING";
  }
  return "";
}

std::string frame_edge(const bound::WindowBound& bound) {
  const bool counts = bound.kind == ast::FrameBound::Kind::kPreceding ||
                      bound.kind == ast::FrameBound::Kind::kFollowing;
  return (counts ? std::to_string(bound.offset) + " " : "") + frame_word(bound.kind);
}

}  // namespace

std::string Translator::filled(const FunctionDef& function,
                               const std::vector<bound::ExprPtr>& arguments, Emission emission,
                               const std::string& order, const std::string& nulls) {
  std::vector<std::string> texts;
  std::vector<SqlType> types;
  for (const bound::ExprPtr& argument : arguments) {
    texts.push_back(expression(*argument));
    types.push_back(argument->type);
  }
  emission.arguments = texts;
  emission.types = types;
  if (function.emit) return function.emit(emission);
  const Collation* collation = common_collation_of(arguments);
  const bool plain_count = function.name.starts_with("COUNT") && emission.distinct.empty();
  const auto place = [&](std::string_view name) -> std::string {
    std::size_t digits = name.find_last_not_of("0123456789");
    digits = digits == std::string_view::npos ? 0 : digits + 1;
    std::size_t index = 0;
    std::from_chars(name.data() + digits, name.data() + name.size(), index);
    const std::string_view word = name.substr(0, digits);
    if (word == "*") return joined(texts, 0);
    if (word == "rest") return joined(texts, 1);
    if (word == "part") return engine::quote_text(emission.part);
    if (word == "d") return emission.distinct;
    if (word == "over") return emission.over;
    if (word == "order") return order;
    if (word == "type") return engine_type_sql(emission.result);
    if (word == "nulls") return nulls;
    if (word == "fold") return collation && collation->ignores_case() ? "true" : "false";
    if (word == "keys") {
      std::vector<std::string> keys;
      for (const bound::ExprPtr& argument : arguments) keys.push_back(key(*argument));
      return joined(keys, 0);
    }
    if (word == "key" && arguments.empty()) return "*";
    if (word == "key") return plain_count ? texts[index] : key(*arguments[index]);
    check(index < texts.size(), "a function's template names an argument that it does not have");
    if (word.empty()) return texts[index];
    if (word == "large") return is_large(types[index]) ? "true" : "false";
    if (word == "utc" && types[index].id == TypeId::kDateTimeOffset)
      return "tarn_utc_moment(" + texts[index] + ")";
    if (word == "utc") return timestamp_sql(texts[index], types[index]);
    if (word == "ts") return timestamp_sql(texts[index], types[index]);
    if (word == "bytes") return bytes_sql(texts[index], types[index]);
    if (word == "unit") return length_unit(types[index]);
    if (word == "family") return is_temporal(types[index]) ? "moment" : "number";
    check(word == "fold", "a function's template has an unknown place");
    return texts[index];
  };
  std::string text;
  std::string_view rest = function.engine;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    text += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find('}', open);
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    const bool folded = name.starts_with("fold") && name != "fold";
    const std::string value = place(folded ? name.substr(4) : name);
    text += folded ? folded_sql(value, collation) : value;
    rest.remove_prefix(close + 1);
  }
  return text;
}

std::string Translator::call(const bound::Call& node, const SqlType& type) {
  Emission emission;
  emission.result = type;
  emission.part = node.part;
  return "CAST(" + filled(*node.function, node.arguments, std::move(emission), {}, {}) + " AS " +
         engine_type_sql(type) + ")";
}

std::string Translator::aggregate(const bound::Aggregate& node, const SqlType& type) {
  Emission emission;
  emission.result = type;
  if (node.distinct) emission.distinct = "DISTINCT ";
  const std::string by = node.within_group.empty() ? "" : " ORDER BY " + order(node.within_group);
  return "CAST(" + filled(*node.function, node.arguments, std::move(emission), by, {}) + " AS " +
         engine_type_sql(type) + ")";
}

std::string Translator::window(const bound::Window& node, const SqlType& type) {
  std::string over;
  for (const bound::ExprPtr& expr : node.partition_by)
    over += (over.empty() ? "PARTITION BY " : ", ") + key(*expr);
  if (!node.order_by.empty())
    over += std::string(over.empty() ? "" : " ") + "ORDER BY " + order(node.order_by);
  if (node.has_frame) {
    over += node.unit == ast::WindowFrame::Unit::kRows ? " ROWS BETWEEN " : " RANGE BETWEEN ";
    over += frame_edge(node.start) + " AND " + frame_edge(node.end);
  }
  Emission emission;
  emission.result = type;
  emission.over = " OVER (" + over + ")";
  return "CAST(" +
         filled(*node.function, node.arguments, std::move(emission), {},
                node.ignore_nulls ? " IGNORE NULLS" : "") +
         " AS " + engine_type_sql(type) + ")";
}

}  // namespace tarn::sql
