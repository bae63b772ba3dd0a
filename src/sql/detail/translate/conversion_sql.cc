#include "detail/translate/conversion_sql.h"

#include "detail/bind/bind_error.h"
#include "detail/translate/engine_type.h"
#include "detail/translate/number_sql.h"
#include "engine/type.h"

namespace tarn::sql {
namespace {

using engine::quote_text;

std::string call(const std::string& name, std::initializer_list<std::string> arguments) {
  std::string text = name + "(";
  for (const std::string& argument : arguments)
    text += (text.ends_with('(') ? "" : ", ") + argument;
  return text + ")";
}

std::string quoted_name(const SqlType& type) { return quote_text(name_of(type.id)); }

/// One conversion; the members are the targets.
class ConversionSql {
 public:
  ConversionSql(const SqlType& from, const SqlType& to, const bound::Convert& how, ast::Span span)
      : from_(from), to_(to), how_(how), span_(span), tries_(how.tries ? "tarn_try_" : "tarn_") {}

  std::string of(const std::string& x) const {
    if (is_character(to_)) return to_text(x);
    if (is_binary(to_)) return to_binary(x);
    if (to_.id == TypeId::kBit) return to_bit(x);
    if (is_integer(to_)) return to_integer(x);
    if (is_exact_decimal(to_) || is_money(to_)) return to_decimal(x);
    if (is_approximate(to_)) return to_float(x);
    if (is_temporal(to_)) return to_moment(x);
    return to_guid(x);
  }

 private:
  std::string cast(const std::string& x) const {
    return (how_.tries ? "TRY_CAST(" : "CAST(") + x + " AS " + engine_type_sql(to_) + ")";
  }
  std::string style() const { return std::to_string(how_.style); }

  static std::string small(const SqlType& type) {
    return type.id == TypeId::kSmallDateTime ? "true" : "false";
  }

  Error refused() const {
    return unsupported("the conversion from " + to_string(from_) + " to " + to_string(to_), span_);
  }

  std::string to_text(const std::string& x) const {
    std::string text = as_text(x);
    const bool shorter =
        to_.length != kMaxLength &&
        (!is_character(from_) || from_.length == kMaxLength || from_.length > to_.length ||
         (is_unicode(from_) && !is_unicode(to_) && to_.collation && to_.collation->utf8));
    const std::string length = std::to_string(to_.length);
    if (shorter && is_character(from_) && how_.assignment) {
      text = call("tarn_fit", {text, length, length_unit(to_), quote_text(how_.assignment->first),
                               quote_text(how_.assignment->second)});
    } else if (shorter && is_numeric(from_)) {
      if (to_.length < text_length(from_)) {
        text = call(tries_ + "fit_number", {text, length, quoted_name(from_), quoted_name(to_)});
      }
    } else if (shorter &&
               (is_character(from_) || is_binary(from_) || to_.length < text_length(from_))) {
      text = call("tarn_cut", {text, length, length_unit(to_)});
    }
    if (is_fixed_length(to_)) text = call("tarn_pad", {text, length, length_unit(to_)});
    return text;
  }

  std::string as_text(const std::string& x) const {
    if (is_character(from_)) return x;
    if (is_binary(from_))
      return call("tarn_binary_text", {x, style(), is_unicode(to_) ? "true" : "false"});
    if (from_.id == TypeId::kBit) return "CAST(CAST(" + x + " AS UTINYINT) AS VARCHAR)";
    if (is_money(from_)) return call("tarn_money_text", {unscaled_sql(x, from_), style()});
    if (from_.id == TypeId::kFloat) return call("tarn_float_text", {x, style()});
    if (from_.id == TypeId::kReal) return call("tarn_real_text", {x, style()});
    if (from_.id == TypeId::kDateTimeOffset) {
      return call("tarn_offset_moment_text", {x, style(), std::to_string(from_.scale)});
    }
    if (is_temporal(from_)) {
      return call("tarn_moment_text", {timestamp_sql(x, from_), quoted_name(from_), style(),
                                       std::to_string(from_.scale)});
    }
    if (from_.id == TypeId::kUniqueIdentifier) return "upper(CAST(" + x + " AS VARCHAR))";
    return "CAST(" + x + " AS VARCHAR)";
  }

  std::string to_binary(const std::string& x) const {
    std::string bytes;
    if (is_binary(from_)) {
      bytes = x;
    } else if (is_character(from_)) {
      bytes = call(tries_ + "text_binary", {x, style(), is_unicode(from_) ? "true" : "false"});
    } else if (is_integer(from_) || from_.id == TypeId::kBit) {
      bytes = call("tarn_integer_binary",
                   {"CAST(" + x + " AS BIGINT)", std::to_string(storage_length(from_))});
    } else if (from_.id == TypeId::kUniqueIdentifier) {
      bytes = call("tarn_guid_binary", {x});
    } else if (is_approximate(from_)) {
      bytes = call(from_.id == TypeId::kReal ? "tarn_real_binary" : "tarn_float_binary", {x});
    } else if (is_money(from_)) {
      bytes = call("tarn_money_binary",
                   {unscaled_sql(x, from_), std::to_string(storage_length(from_))});
    } else if (is_exact_decimal(from_)) {
      bytes = call("tarn_decimal_binary", {unscaled_sql(x, from_), std::to_string(from_.precision),
                                           std::to_string(from_.scale)});
    } else if (is_legacy_datetime(from_)) {
      bytes = call("tarn_datetime_binary", {x, small(from_)});
    } else {
      throw refused();
    }
    if (to_.length == kMaxLength) return bytes;
    const bool keeps_end =
        (is_numeric(from_) && !is_exact_decimal(from_)) || is_legacy_datetime(from_);
    return call("tarn_fit_binary",
                {bytes, std::to_string(to_.length), is_fixed_length(to_) ? "true" : "false",
                 keeps_end ? "true" : "false"});
  }

  std::string to_bit(const std::string& x) const {
    if (is_character(from_)) return call(tries_ + "to_bit", {x, quoted_name(from_)});
    if (is_numeric(from_)) return "(" + x + " <> 0)";
    throw refused();
  }

  std::string to_integer(const std::string& x) const {
    if (is_character(from_)) {
      return call(tries_ + "to_" + std::string(name_of(to_.id)), {x, quoted_name(from_)});
    }
    if (is_binary(from_)) return cast(call("tarn_binary_integer", {x}));
    if (is_approximate(from_) || is_exact_decimal(from_)) return cast("trunc(" + x + ")");
    if (is_numeric(from_)) return cast(x);
    if (is_legacy_datetime(from_)) return cast("floor(tarn_to_days(" + x + ") + 0.5)");
    throw refused();
  }

  std::string to_decimal(const std::string& x) const {
    const SqlType exact = as_decimal(to_);
    if (is_character(from_)) {
      const std::string unscaled = call(
          tries_ + "to_unscaled", {x, std::to_string(exact.precision), std::to_string(exact.scale),
                                   quoted_name(from_), quoted_name(to_)});
      return cast(decimal_sql(unscaled, exact.scale));
    }
    if (from_.id == TypeId::kBit) return cast("CAST(" + x + " AS INTEGER)");
    if (is_numeric(from_)) return cast(x);
    if (is_legacy_datetime(from_)) return cast("tarn_to_days(" + x + ")");
    if (is_binary(from_)) {
      const std::string unscaled =
          is_money(to_) ? call("tarn_binary_money", {x, std::to_string(storage_length(to_))})
                        : call("tarn_binary_decimal", {x, std::to_string(to_.scale)});
      return cast(decimal_sql(unscaled, exact.scale));
    }
    throw refused();
  }

  std::string to_float(const std::string& x) const {
    if (is_character(from_))
      return cast(call(tries_ + "to_float", {x, quoted_name(from_), quoted_name(to_)}));
    if (from_.id == TypeId::kBit) return cast("CAST(" + x + " AS INTEGER)");
    if (is_numeric(from_)) return cast(x);
    if (is_legacy_datetime(from_)) return cast("tarn_to_days(" + x + ")");
    throw refused();
  }

  std::string to_offset_moment(const std::string& x) const {
    const std::string scale = std::to_string(to_.scale);
    if (is_character(from_)) return call(tries_ + "to_offset_moment", {x, scale, style()});
    if (!is_temporal(from_)) throw refused();
    if (from_.id == TypeId::kDateTimeOffset) {
      return from_.scale <= to_.scale ? x : call("tarn_round_offset_moment", {x, scale});
    }
    const std::string packed = call("tarn_offset_moment", {timestamp_sql(x, from_), "0"});
    return to_.scale < kFractionMax ? call("tarn_round_offset_moment", {packed, scale}) : packed;
  }

  std::string to_moment(const std::string& x) const {
    if (to_.id == TypeId::kDateTimeOffset) return to_offset_moment(x);
    if (is_character(from_)) {
      const std::string moment =
          call(tries_ + "to_moment", {x, quoted_name(to_), std::to_string(to_.scale), style()});
      return to_.id == TypeId::kDateTime2 || is_legacy_datetime(to_) ? moment : cast(moment);
    }
    if (is_numeric(from_)) return call("tarn_from_days", {"CAST(" + x + " AS DOUBLE)"});
    if (is_binary(from_) && is_legacy_datetime(to_))
      return call("tarn_binary_datetime", {x, small(to_)});
    if (!is_temporal(from_)) throw refused();
    if (to_.id == TypeId::kDate) return cast(timestamp_sql(x, from_));
    const std::string moment = timestamp_sql(x, from_);
    const bool rounds =
        is_legacy_datetime(to_) || (to_.scale < 6 && from_.id != TypeId::kDate &&
                                    (from_.scale > to_.scale || from_.id == TypeId::kDateTime));
    if (!rounds) return cast(moment);
    return cast(call("tarn_round_moment", {moment, quoted_name(to_), std::to_string(to_.scale)}));
  }

  std::string to_guid(const std::string& x) const {
    if (from_.id == to_.id) return x;
    if (is_character(from_)) return call(tries_ + "to_guid", {x});
    if (is_binary(from_)) return call("tarn_binary_guid", {x});
    throw refused();
  }

  const SqlType& from_;
  const SqlType& to_;
  const bound::Convert& how_;
  ast::Span span_;
  std::string tries_;
};

}  // namespace

std::string length_unit(const SqlType& type) {
  if (is_unicode(type)) return "2";
  return type.collation && type.collation->utf8 ? "0" : "1";
}

std::string timestamp_sql(const std::string& expression, const SqlType& type) {
  if (type.id == TypeId::kTime) return "(DATE '1900-01-01' + " + expression + ")";
  if (type.id == TypeId::kDateTimeOffset) return "tarn_local_moment(" + expression + ")";
  if (type.id == TypeId::kDate) return "CAST(" + expression + " AS TIMESTAMP)";
  return expression;
}

std::string conversion_sql(const std::string& expression, const SqlType& from, const SqlType& to,
                           const bound::Convert& how, ast::Span span) {
  if (from.id == TypeId::kNull) return engine_literal(to, std::nullopt);
  return ConversionSql(from, to, how, span).of(expression);
}

}  // namespace tarn::sql
