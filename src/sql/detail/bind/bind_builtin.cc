// Built-in functions that the catalogue's rules for arguments do not reach, and AT TIME ZONE and
// PARSE, which are no calls to look at.

#include <array>
#include <map>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/tree.h"

namespace tarn::sql {
namespace {

const FunctionDef& internal_function(std::string_view name, std::size_t arguments) {
  bool known = false;
  const FunctionDef* function = find_function(name, arguments, known);
  check(function != nullptr, "a function of the binder's own is not in the catalogue");
  return *function;
}

/// A property of a type, as SQL_VARIANT_PROPERTY gives it: a number, a name, or nothing.
std::optional<std::string> type_property(const SqlType& type, std::string_view property) {
  const bool number = is_numeric(type) && !is_approximate(type);
  const SqlType digits = number ? as_decimal(type) : type;
  if (equal_ignoring_case(property, "BaseType")) return std::string(name_of(type.id));
  if (equal_ignoring_case(property, "Precision"))
    return std::to_string(is_approximate(type) ? type.precision : number ? digits.precision : 0);
  if (equal_ignoring_case(property, "Scale"))
    return std::to_string(type.id == TypeId::kDateTime ? 3 : digits.scale);
  if (equal_ignoring_case(property, "MaxLength")) return std::to_string(storage_length(type));
  if (equal_ignoring_case(property, "Collation") && is_character(type) && type.collation)
    return type.collation->name;
  return std::nullopt;
}

/// Functions of SQL Server that make no sense here, and why; see docs/sql-functions.md.
const std::map<std::string_view, std::string_view>& refused() {
  static constexpr std::string_view kKeys = "Tarn keeps secrets itself, not keys in databases.";
  static constexpr std::string_view kFiles = "A lake table is a folder; there are no file groups.";
  static constexpr std::string_view kLegacyText = "Use varchar(max), nvarchar(max) and SUBSTRING.";
  static constexpr std::string_view kNone;
  static const std::map<std::string_view, std::string_view> kRefused = {
      {"APPLOCK_MODE", kNone},
      {"APPLOCK_TEST", kNone},
      {"ASSEMBLYPROPERTY", kNone},
      {"ASYMKEYPROPERTY", kKeys},
      {"ASYMKEY_ID", kKeys},
      {"CERTENCODED", kKeys},
      {"CERTPRIVATEKEY", kKeys},
      {"CERTPROPERTY", kKeys},
      {"CERT_ID", kKeys},
      {"CURSOR_STATUS", kNone},
      {"DECRYPTBYASYMKEY", kKeys},
      {"DECRYPTBYCERT", kKeys},
      {"DECRYPTBYKEY", kKeys},
      {"DECRYPTBYKEYAUTOASYMKEY", kKeys},
      {"DECRYPTBYKEYAUTOCERT", kKeys},
      {"DECRYPTBYPASSPHRASE", kKeys},
      {"ENCRYPTBYASYMKEY", kKeys},
      {"ENCRYPTBYCERT", kKeys},
      {"ENCRYPTBYKEY", kKeys},
      {"ENCRYPTBYPASSPHRASE", kKeys},
      {"EVENTDATA", kNone},
      {"FILEGROUPPROPERTY", kFiles},
      {"FILEPROPERTY", kFiles},
      {"FILE_IDEX", kFiles},
      {"FULLTEXTCATALOGPROPERTY", kNone},
      {"GET_FILESTREAM_TRANSACTION_CONTEXT", kNone},
      {"IS_OBJECTSIGNED", kKeys},
      {"KEY_GUID", kKeys},
      {"KEY_ID", kKeys},
      {"KEY_NAME", kKeys},
      {"LOGINPROPERTY", kNone},
      {"MIN_ACTIVE_ROWVERSION", "There is no rowversion."},
      {"PUBLISHINGSERVERNAME", kNone},
      {"PWDCOMPARE", kKeys},
      {"PWDENCRYPT", kKeys},
      {"SIGNBYASYMKEY", kKeys},
      {"SIGNBYCERT", kKeys},
      {"SYMKEYPROPERTY", kKeys},
      {"TERTIARY_WEIGHTS", kNone},
      {"TEXTPTR", kLegacyText},
      {"TEXTVALID", kLegacyText},
      {"TRIGGER_NESTLEVEL", "There are no triggers."},
      {"VERIFYSIGNEDBYASYMKEY", kKeys},
      {"VERIFYSIGNEDBYCERT", kKeys},
  };
  return kRefused;
}

}  // namespace

std::vector<std::string> refused_function_names() {
  std::vector<std::string> names;
  for (const auto& [name, reason] : refused()) names.emplace_back(name);
  return names;
}

bound::ExprPtr Binder::Impl::bind_row_fact(std::string_view name,
                                           std::vector<bound::ExprPtr> arguments, ast::Span span) {
  const FunctionDef& function = internal_function("ROW FACT", 1 + kSystemArgumentsMax);
  const SqlType text = SqlType::nvarchar(kMaxLength)
                           .with_collation(context->default_collation(), Coercibility::kDefault);
  // Every system function knows its result's type without a value; a property's depends on its
  // name.
  std::vector<Constant> known(arguments.size(), {SqlType::integer(), std::nullopt});
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (const bound::Literal* literal = literal_of(*arguments[i]); literal && i > 0)
      known[i] = {arguments[i]->type, literal->text};
  const SqlType type = context->system_value(name, known, span).type;
  std::vector<bound::ExprPtr> texts;
  texts.push_back(make_literal(SqlType::bigint(),
                               std::to_string(context->row_fact(name, arguments.size())), span));
  for (bound::ExprPtr& argument : arguments) {
    const bool null = argument->type.id == TypeId::kNull;
    const int style = is_binary(argument->type) ? 1 : 0;  // 0x01: as hexadecimal digits
    texts.push_back(null ? make_literal(text, std::nullopt, span)
                         : convert_explicit(std::move(argument), text, false, style));
  }
  while (texts.size() <= kSystemArgumentsMax)
    texts.push_back(make_literal(text, std::nullopt, span));
  bound::ExprPtr value = make_call(function, std::move(texts), {}, span);
  const SqlType result =
      is_character(type) ? type.with_collation(context->default_collation(), Coercibility::kDefault)
                         : type;
  value = convert_explicit(std::move(value), result, false, 0);
  value->span = span;
  return value;
}

bound::ExprPtr Binder::Impl::bind_at_time_zone(const ast::AtTimeZone& node, const Env& env,
                                               ast::Span span) {
  const FunctionDef& function = internal_function("AT TIME ZONE", 2);
  bound::ExprPtr moment = bind_value(*node.operand, env);
  if (is_character(moment->type) || !has_date(moment->type) || moment->type.id == TypeId::kDate) {
    throw bind_error(8116,
                     "Argument data type " + std::string(name_of(moment->type.id)) +
                         " is invalid for argument 1 of AT TIME ZONE function.",
                     node.operand->span, "CAST it to datetime2 or datetimeoffset.");
  }
  std::vector<bound::ExprPtr> arguments;
  arguments.push_back(std::move(moment));
  arguments.push_back(take(bind_value(*node.zone, env), Take::kText, function, 1, arguments));
  return make_call(function, std::move(arguments), {}, span);
}

bound::ExprPtr Binder::Impl::bind_parse(const ast::Cast& node, const Env& env, ast::Span span) {
  const std::string name = node.tries ? "TRY_PARSE" : "PARSE";
  const SqlType type = bind_type(node.type, context->default_collation(), true);
  const bool number = is_numeric(type) && type.id != TypeId::kBit;
  if (!number && !is_temporal(type)) {
    throw bind_error(
        10761, "Invalid data type " + std::string(name_of(type.id)) + " in function " + name + ".",
        span, "PARSE makes numbers, dates and times; use CAST for the rest.");
  }
  const FunctionDef& function = internal_function(name + " AS", 3);
  bound::ExprPtr value = bind_value(*node.operand, env);
  if (value->type.id == TypeId::kNull) {
    throw bind_error(
        8116,
        "Argument data type NULL is invalid for argument 1 of " + to_lower(name) + " function.",
        node.operand->span);
  }
  const auto text = [&](std::string_view literal) {
    return make_literal(text_literal_type(literal, false, context->default_collation()),
                        std::string(literal), span);
  };
  std::vector<bound::ExprPtr> arguments;
  arguments.push_back(take(std::move(value), Take::kText, function, 0, {}));
  arguments.push_back(text(name_of(type.id)));
  arguments.push_back(node.style ? take(bind_value(*node.style, env), Take::kText, function, 2, {})
                                 : text("en-US"));
  bound::ExprPtr literal = make_call(function, std::move(arguments), {}, span);
  bound::ExprPtr converted = convert_explicit(std::move(literal), type, node.tries, 121);
  converted->span = span;
  return converted;
}

bound::ExprPtr Binder::Impl::bind_builtin_call(std::string_view name, const ast::FunctionCall& call,
                                               const Env& env, ast::Span span) {
  const auto text = [&](std::string_view value) {
    return make_literal(
        SqlType::varchar(128).with_collation(context->default_collation(), Coercibility::kDefault),
        std::string(value), span);
  };
  if (const auto found = refused().find(name); found != refused().end())
    throw unsupported("the function " + std::string(name), span, std::string(found->second));
  if (name == "NEWSEQUENTIALID") {
    throw bind_error(
        302,
        "The newsequentialid() built-in function can only be used in a DEFAULT "
        "expression for a column of type 'uniqueidentifier' in a CREATE TABLE or ALTER "
        "TABLE statement. It cannot be combined with other operators to form a complex "
        "scalar expression.",
        span, "Use NEWID().");
  }
  if (name == "CHECKSUM" || name == "BINARY_CHECKSUM") {
    if (call.star) throw unsupported(std::string(name) + "(*)", span, "Name the columns.");
    return nullptr;
  }
  if (name == "CURRENT_TIMEZONE" && call.arguments.empty())
    return text("(UTC) Coordinated Universal Time");
  if (name == "CURRENT_TIMEZONE_ID" && call.arguments.empty()) return text("UTC");
  if (name == "FORMATMESSAGE" && !call.arguments.empty()) {
    // A number is that of a message in sys.messages, which has none.
    if (is_numeric(bind_value(*call.arguments[0], env)->type))
      return make_literal(SqlType::nvarchar(2048), std::nullopt, span);
    return nullptr;
  }
  if (name == "SQL_VARIANT_PROPERTY" && call.arguments.size() == 2) {
    const bound::ExprPtr value = bind_value(*call.arguments[0], env);
    const bound::ExprPtr bound_property = bind_value(*call.arguments[1], env);
    const bound::Literal* property = literal_of(*bound_property);
    const bool known = property && property->text && value->type.id != TypeId::kNull;
    return make_literal(
        SqlType::nvarchar(128).with_collation(context->default_collation(), Coercibility::kDefault),
        known ? type_property(value->type, *property->text) : std::nullopt, span);
  }
  if ((name == "GREATEST" || name == "LEAST") && !call.arguments.empty() && !call.star &&
      !call.distinct) {
    const FunctionDef& function = internal_function(name, 1);
    std::vector<bound::ExprPtr> arguments;
    for (const ast::ExprPtr& argument : call.arguments) {
      arguments.push_back(bind_value(*argument, env));
      if (is_character(arguments.back()->type) || is_binary(arguments.back()->type))
        arguments.back() =
            take(std::move(arguments.back()), Take::kOrdered, function, arguments.size() - 1, {});
    }
    std::vector<bound::ExprPtr*> operands;
    for (bound::ExprPtr& argument : arguments) operands.push_back(&argument);
    for (std::size_t i = 1; i < arguments.size(); ++i)
      make_comparable_texts(arguments[0]->type, arguments[i]->type, to_lower(name), span);
    unify(operands, span);
    return make_call(function, std::move(arguments), {}, span);
  }
  return nullptr;
}

}  // namespace tarn::sql
