#include "lake/predicate.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>
#include <variant>

#include "base/json.h"
#include "base/text.h"

namespace tarn::lake::delta {
namespace {

using Kind = Type::Kind;
using Op = Predicate::Op;

// Numbers that are not whole go through double: this much may be lost on the way.
constexpr double kRelativeSlack = 1e-14;
constexpr double kFloatSlack = 1e-6;  // a float's own digits
// Writers cut timestamps down to milliseconds, and SQL Server's datetime rounds to 1/300 s.
constexpr std::int64_t kTimestampSlackUs = 4'000;
constexpr std::int64_t kDayUs = 86'400'000'000;
// From this length on a text bound may be a cut one.
constexpr std::size_t kCutTextMin = 32;  // bytes

/// A value, or what is known of it: it lies within low and high, both of one alternative.
struct Interval {
  using Bound = std::variant<std::int64_t, double, std::string>;
  Bound low;
  Bound high;
};

/// What a file says of a column.
struct Extent {
  std::optional<Interval> minimum;
  std::optional<Interval> maximum;
  std::optional<bool> has_nulls;  // nothing: unknown
  bool only_nulls = false;
  bool may_have_nan = false;  // greater than every number, and in no minimum or maximum
  const std::string* partition_value = nullptr;
};

bool comparable(const Interval::Bound& a, const Interval::Bound& b) {
  return a.index() == b.index();
}

/// Whether a is surely less than b, or (`or_equal`) surely not greater.
bool surely_below(const Interval& a, const Interval& b, bool or_equal) {
  if (!comparable(a.high, b.low)) return false;
  return or_equal ? a.high <= b.low : a.high < b.low;
}

Interval exactly(const Interval::Bound& value) { return {value, value}; }

Interval around(double value, double relative) {
  const double slack = std::abs(value) * relative;
  return {value - slack, value + slack};
}

constexpr double kWholeMax = 9007199254740991.0;  // 2^53 - 1: nothing above is rounded to it
constexpr double kWholeFloatMax = 16777215.0;     // 2^24 - 1
constexpr int kDoubleDigits = 15;                 // that a double keeps of a decimal

/// A whole number as it is, another one with its slack.
Interval number(double value, bool is_float) {
  const bool whole =
      std::trunc(value) == value && std::abs(value) <= (is_float ? kWholeFloatMax : kWholeMax);
  return whole ? exactly(value) : around(value, is_float ? kFloatSlack : kRelativeSlack);
}

Interval around_time(std::int64_t micros) {
  return {micros - kTimestampSlackUs, micros + kTimestampSlackUs};
}

std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() ||
      text.front() == '-')
    return std::nullopt;
  return value;
}

std::optional<std::int64_t> days_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  const auto day = digits(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::optional<std::int64_t> zone_of(std::string_view text) {
  if (text.empty() || text == "Z") return 0;
  const bool west = text.front() == '-';
  if (text.size() != 6 || (!west && text.front() != '+') || text[3] != ':') return std::nullopt;
  const auto hours = digits(text.substr(1, 2));
  const auto minutes = digits(text.substr(4, 2));
  if (!hours || !minutes) return std::nullopt;
  const std::int64_t offset = (*hours * 60 + *minutes) * 60'000'000;
  return west ? -offset : offset;
}

/// "2026-01-02T03:04:05.678Z", with a blank for the T, without a fraction, with an offset, or
/// without a zone.
std::optional<std::int64_t> micros_of(std::string_view text) {
  if (text.size() < 19 || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' ||
      text[16] != ':')
    return std::nullopt;
  const auto days = days_of(text.substr(0, 10));
  const auto hour = digits(text.substr(11, 2));
  const auto minute = digits(text.substr(14, 2));
  const auto second = digits(text.substr(17, 2));
  if (!days || !hour || !minute || !second) return std::nullopt;
  text.remove_prefix(19);
  std::int64_t fraction = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    std::int64_t unit = 100'000;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; unit /= 10) {
      fraction += (text.front() - '0') * unit;
      text.remove_prefix(1);
    }
  }
  const auto zone = zone_of(text);
  if (!zone) return std::nullopt;
  return *days * kDayUs + ((*hour * 60 + *minute) * 60 + *second) * 1'000'000 + fraction - *zone;
}

std::optional<double> number_of(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  return json.is_number() ? std::optional(json.get<double>()) : std::nullopt;
}

/// A partition value or a bound of the statistics, both as text; `quoted` says that the statistics
/// had it as a JSON text.
std::optional<Interval> stored_value(const Type& type, std::string_view text, bool quoted) {
  switch (type.kind) {
    case Kind::kLong:
    case Kind::kInteger:
    case Kind::kShort:
    case Kind::kByte: {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (quoted || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
      return exactly(value);
    }
    case Kind::kFloat:
    case Kind::kDouble:
    case Kind::kDecimal: {
      const auto value = quoted ? std::nullopt : number_of(text);
      if (!value) return std::nullopt;
      if (type.kind == Kind::kDouble) return exactly(*value);
      if (type.kind == Kind::kDecimal && type.precision > kDoubleDigits)
        return around(*value, kRelativeSlack);
      return number(*value, type.kind == Kind::kFloat);
    }
    case Kind::kBoolean:
      if (text == "true") return exactly(std::int64_t{1});
      if (text == "false") return exactly(std::int64_t{0});
      return std::nullopt;
    case Kind::kDate: {
      const auto days = days_of(text);
      return days ? std::optional(exactly(*days)) : std::nullopt;
    }
    case Kind::kTimestamp:
    case Kind::kTimestampNtz: {
      const auto micros = micros_of(text);
      return micros ? std::optional(around_time(*micros)) : std::nullopt;
    }
    case Kind::kString:
      return exactly(std::string(text));
    default:
      return std::nullopt;
  }
}

std::optional<Interval> bound_of(const Json& statistics, const char* which, const Field& field) {
  const auto values = statistics.find(which);
  if (values == statistics.end() || !values->is_object()) return std::nullopt;
  const auto value = values->find(field.name);
  if (value == values->end() || value->is_null() || value->is_structured()) return std::nullopt;
  const bool quoted = value->is_string();
  return stored_value(field.type, quoted ? value->get<std::string>() : value->dump(), quoted);
}

std::optional<std::int64_t> count_of(const Json& json) {
  return json.is_number_integer() ? std::optional(json.get<std::int64_t>()) : std::nullopt;
}

/// One file, its statistics parsed when they are first asked for.
class FileFacts {
 public:
  FileFacts(const Snapshot& snapshot, const Add& add) : snapshot_(snapshot), add_(add) {}

  Extent extent(const Field& field) {
    const auto& partitions = snapshot_.metadata.partition_columns;
    if (std::find(partitions.begin(), partitions.end(), field.name) != partitions.end())
      return of_partition(field);
    return of_statistics(field);
  }

 private:
  Extent of_partition(const Field& field) const {
    Extent extent;
    const auto found = add_.partition_values.find(field.name);
    if (found == add_.partition_values.end() || !found->second) {
      extent.has_nulls = true;
      extent.only_nulls = true;
      return extent;
    }
    extent.has_nulls = false;
    extent.partition_value = &*found->second;
    extent.minimum = extent.maximum = stored_value(field.type, *found->second, false);
    extent.may_have_nan = field.type.kind == Kind::kFloat || field.type.kind == Kind::kDouble;
    return extent;
  }

  Extent of_statistics(const Field& field) {
    if (!statistics_) {
      statistics_ = Json::parse(add_.stats, nullptr, false);
      if (!statistics_->is_object()) statistics_ = Json::object();
    }
    Extent extent;
    extent.minimum = bound_of(*statistics_, "minValues", field);
    extent.maximum = bound_of(*statistics_, "maxValues", field);
    extent.may_have_nan = field.type.kind == Kind::kFloat || field.type.kind == Kind::kDouble;
    const auto counts = statistics_->find("nullCount");
    const auto records = statistics_->find("numRecords");
    if (counts == statistics_->end() || !counts->is_object() || field.type.nested()) return extent;
    const auto count = counts->find(field.name);
    const auto nulls = count == counts->end() ? std::nullopt : count_of(*count);
    if (!nulls) return extent;
    extent.has_nulls = *nulls > 0;
    extent.only_nulls = records != statistics_->end() && count_of(*records) == nulls;
    return extent;
  }

  const Snapshot& snapshot_;
  const Add& add_;
  std::optional<Json> statistics_;
};

struct LiteralVisitor {
  Kind kind;

  bool whole() const { return kind >= Kind::kLong && kind <= Kind::kByte; }
  bool fractional() const {
    return kind == Kind::kFloat || kind == Kind::kDouble || kind == Kind::kDecimal;
  }
  bool timestamp() const { return kind == Kind::kTimestamp || kind == Kind::kTimestampNtz; }

  std::optional<Interval> operator()(bool value) const {
    if (kind != Kind::kBoolean) return std::nullopt;
    return exactly(static_cast<std::int64_t>(value));
  }
  std::optional<Interval> operator()(std::int32_t value) const {
    return (*this)(static_cast<std::int64_t>(value));
  }
  std::optional<Interval> operator()(std::int64_t value) const {
    if (whole()) return exactly(value);
    return fractional() ? (*this)(static_cast<double>(value)) : std::nullopt;
  }
  std::optional<Interval> operator()(float value) const {
    return (*this)(static_cast<double>(value));
  }
  std::optional<Interval> operator()(double value) const {
    if (!std::isfinite(value) || (!whole() && !fractional())) return std::nullopt;
    return number(value, kind == Kind::kFloat);
  }
  std::optional<Interval> operator()(const engine::Decimal& value) const {
    if (value.scale == 0 && value.unscaled == static_cast<std::int64_t>(value.unscaled))
      return (*this)(static_cast<std::int64_t>(value.unscaled));
    return (*this)(static_cast<double>(value.unscaled) / std::pow(10.0, value.scale));
  }
  std::optional<Interval> operator()(const std::string& value) const {
    return kind == Kind::kString ? std::optional(exactly(value)) : std::nullopt;
  }
  std::optional<Interval> operator()(const engine::Date& value) const {
    if (kind == Kind::kDate) return exactly(std::int64_t{value.days});
    return timestamp() ? std::optional(around_time(value.days * kDayUs)) : std::nullopt;
  }
  std::optional<Interval> operator()(const engine::Timestamp& value) const {
    if (timestamp() || kind == Kind::kDate) return around_time(value.micros);
    return std::nullopt;
  }
  template <typename T>
  std::optional<Interval> operator()(const T&) const {
    return std::nullopt;
  }
};

/// Both sides of a comparison in one form: a column of whole numbers as doubles where the constant
/// has a fraction, days as times where the constant is one.
Interval aligned(const Interval& column, const Interval& constant, const engine::Value& value) {
  const auto* low = std::get_if<std::int64_t>(&column.low);
  if (!low) return column;
  const std::int64_t high = std::get<std::int64_t>(column.high);
  if (std::holds_alternative<double>(constant.low)) {
    return {number(static_cast<double>(*low), false).low,
            number(static_cast<double>(high), false).high};
  }
  if (std::holds_alternative<engine::Timestamp>(value)) return {*low * kDayUs, high * kDayUs};
  return column;
}

/// A cut text is a prefix of a longer one, which is greater than it.
bool cut_prefix(const Interval& maximum, const Interval& constant) {
  const auto* text = std::get_if<std::string>(&maximum.high);
  const auto* other = std::get_if<std::string>(&constant.low);
  return text && other && text->size() >= kCutTextMin && other->starts_with(*text);
}

bool may_compare(Op op, const Field& field, Extent extent, const engine::Value& value) {
  if (std::holds_alternative<std::monostate>(value) || extent.only_nulls) return false;
  const auto constant = std::visit(LiteralVisitor{field.type.kind}, value);
  if (!constant) return true;
  const bool as_days = field.type.kind == Kind::kDate;
  const auto align = [&](std::optional<Interval>& bound) {
    if (bound && (as_days || std::holds_alternative<double>(constant->low)))
      bound = aligned(*bound, *constant, value);
  };
  align(extent.minimum);
  align(extent.maximum);
  if (extent.maximum && cut_prefix(*extent.maximum, *constant)) extent.maximum.reset();
  const auto all_below = [&](bool or_equal) {  // and no NaN above
    return extent.maximum && surely_below(*extent.maximum, *constant, or_equal);
  };
  const auto all_above = [&](bool or_equal) {
    return extent.minimum && surely_below(*constant, *extent.minimum, or_equal);
  };
  switch (op) {
    case Op::kEqual:
    case Op::kIn:
      return !all_below(false) && !all_above(false);
    case Op::kLess:
      return !all_above(true);
    case Op::kLessEqual:
      return !all_above(false);
    case Op::kGreater:
      return extent.may_have_nan || !all_below(true);
    case Op::kGreaterEqual:
      return extent.may_have_nan || !all_below(false);
    case Op::kNotEqual:
      // All values are the constant, exactly.
      return extent.may_have_nan || !extent.minimum || !extent.maximum ||
             constant->low != constant->high || extent.minimum->low != constant->low ||
             extent.maximum->high != constant->low;
    default:
      return true;
  }
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

std::string_view without_trailing_blanks(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

/// Beyond ASCII it is the engine's business which letters are the same.
bool may_equal_ignoring_case(const Extent& extent, const engine::Value& value) {
  if (std::holds_alternative<std::monostate>(value) || extent.only_nulls) return false;
  const auto* text = std::get_if<std::string>(&value);
  if (!text || !extent.partition_value || !is_ascii(*text) || !is_ascii(*extent.partition_value))
    return true;
  return equal_ignoring_case(without_trailing_blanks(*text),
                             without_trailing_blanks(*extent.partition_value));
}

bool may_match(const Predicate& predicate, const Snapshot& snapshot, FileFacts& file) {
  const auto matches = [&](const Predicate& operand) { return may_match(operand, snapshot, file); };
  if (predicate.op == Op::kAnd)
    return std::all_of(predicate.operands.begin(), predicate.operands.end(), matches);
  if (predicate.op == Op::kOr)
    return std::any_of(predicate.operands.begin(), predicate.operands.end(), matches);
  const Field* field = snapshot.schema().find(predicate.column);
  if (!field) return true;
  const Extent extent = file.extent(*field);
  if (predicate.op == Op::kIsNull) return extent.has_nulls.value_or(true);
  if (predicate.op == Op::kIsNotNull) return !extent.only_nulls;
  if (predicate.ignore_case) {
    return std::any_of(
        predicate.values.begin(), predicate.values.end(),
        [&](const engine::Value& value) { return may_equal_ignoring_case(extent, value); });
  }
  return std::any_of(
      predicate.values.begin(), predicate.values.end(),
      [&](const engine::Value& value) { return may_compare(predicate.op, *field, extent, value); });
}

}  // namespace

FileList files_that_may_match(const Snapshot& snapshot, const Predicate& predicate) {
  FileList files;
  for (const auto& add : snapshot.files) {
    FileFacts facts(snapshot, *add);
    if (may_match(predicate, snapshot, facts)) files.push_back(add);
  }
  return files;
}

}  // namespace tarn::lake::delta
