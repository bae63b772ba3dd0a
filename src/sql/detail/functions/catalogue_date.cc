#include "detail/functions/definitions.h"
#include "detail/translate/conversion_sql.h"
#include "engine/type.h"

namespace tarn::sql {
namespace {

SqlType offset_type(int scale) {
  SqlType type = SqlType::of(TypeId::kDateTimeOffset);
  type.scale = scale;
  return type;
}

/// Digits of a second that a datetimeoffset needs for values of the type.
int scale_of(const SqlType& type) {
  if (type.id == TypeId::kDateTime) return 3;
  return is_temporal(type) ? type.scale : kFractionMax;
}

std::string quoted_type(const SqlType& type) { return engine::quote_text(name_of(type.id)); }

/// `local`, computed on the clock of the datetimeoffset `x`, with x's offset; any other type as it
/// is.
std::string with_offset_of(const std::string& local, const std::string& x, const SqlType& type) {
  if (type.id != TypeId::kDateTimeOffset) return local;
  return "tarn_offset_moment(" + local + ", tarn_offset_minutes(" + x + "))";
}

std::string emit_date_add(const Emission& call) {
  const SqlType& type = call.types[1];
  return with_offset_of("tarn_dateadd(" + engine::quote_text(call.part) + ", " + call.arguments[0] +
                            ", " + timestamp_sql(call.arguments[1], type) + ", " +
                            quoted_type(type) + ")",
                        call.arguments[1], type);
}

std::string emit_date_trunc(const Emission& call) {
  const SqlType& type = call.types[0];
  return with_offset_of("tarn_datetrunc(" + engine::quote_text(call.part) + ", " +
                            timestamp_sql(call.arguments[0], type) + ", " + quoted_type(type) + ")",
                        call.arguments[0], type);
}

std::string emit_date_bucket(const Emission& call) {
  const SqlType& type = call.types[1];
  const std::string origin = call.arguments.size() > 2
                                 ? timestamp_sql(call.arguments[2], call.types[2])
                                 : "TIMESTAMP '1900-01-01'";
  return with_offset_of("tarn_date_bucket(" + engine::quote_text(call.part) + ", " +
                            call.arguments[0] + ", " + timestamp_sql(call.arguments[1], type) +
                            ", " + origin + ")",
                        call.arguments[1], type);
}

std::string offset_minutes_sql(const std::string& x, const SqlType& type) {
  if (type.id == TypeId::kDateTimeOffset) return "tarn_offset_minutes(" + x + ")";
  return "CASE WHEN " + x + " IS NOT NULL THEN 0 END";
}

std::string emit_date_part(const Emission& call) {
  if (call.part == "tzoffset") return offset_minutes_sql(call.arguments[0], call.types[0]);
  return "tarn_datepart(" + engine::quote_text(call.part) + ", " +
         timestamp_sql(call.arguments[0], call.types[0]) + ")";
}

std::string emit_date_name(const Emission& call) {
  if (call.part == "tzoffset")
    return "tarn_offset_text(" + offset_minutes_sql(call.arguments[0], call.types[0]) + ")";
  return "tarn_datename(" + engine::quote_text(call.part) + ", " +
         timestamp_sql(call.arguments[0], call.types[0]) + ")";
}

/// Minutes of an offset that is written as a number or as "+05:30".
std::string offset_sql(const Emission& call, std::size_t index, const char* function) {
  const std::string name = engine::quote_text(function);
  if (is_character(call.types[index]))
    return "tarn_offset_of(" + call.arguments[index] + ", " + name + ")";
  return "tarn_valid_offset(CAST(" + call.arguments[index] + " AS INTEGER), " + name + ")";
}

std::string emit_to_offset(const Emission& call) {
  return "tarn_offset_moment(" + timestamp_sql(call.arguments[0], call.types[0]) + ", " +
         offset_sql(call, 1, "todatetimeoffset") + ")";
}

std::string emit_switch_offset(const Emission& call) {
  return "tarn_switch_offset(" + call.arguments[0] + ", " + offset_sql(call, 1, "switchoffset") +
         ")";
}

/// A datetimeoffset moves to the zone; any other value is read off the zone's clocks. In the hour
/// that clocks show twice, the first one counts: the offset before the change.
std::string emit_at_time_zone(const Emission& call) {
  const std::string zone = "tarn_zone(" + call.arguments[1] + ")";
  const std::string& x = call.arguments[0];
  if (call.types[0].id == TypeId::kDateTimeOffset) {
    return "list_transform([{'z': " + zone + ", 'u': tarn_utc_moment(" + x +
           ")}], lambda v: tarn_zoned(timezone(v.z, CAST(v.u AS TIMESTAMPTZ)), v.u))[1]";
  }
  // u: what the engine makes of the clock; b: the same by the offset of three hours before.
  const std::string local = timestamp_sql(x, call.types[0]);
  return "list_transform(list_transform(list_transform([{'z': " + zone + ", 'l': " + local +
         "}], lambda v: {'z': v.z, 'l': v.l, 'u': CAST(timezone(v.z, v.l) AS TIMESTAMP)}), "
         "lambda v: {'z': v.z, 'l': v.l, 'u': v.u, 'b': v.l - (timezone(v.z, CAST(v.u - INTERVAL 3 "
         "HOURS AS TIMESTAMPTZ)) - (v.u - INTERVAL 3 HOURS))}), lambda v: CASE WHEN timezone(v.z, "
         "CAST(v.b AS TIMESTAMPTZ)) = v.l THEN tarn_zoned(v.l, v.b) ELSE tarn_zoned(timezone(v.z, "
         "CAST(v.u AS TIMESTAMPTZ)), v.u) END)[1]";
}

}  // namespace

std::span<const FunctionDef> date_functions() {
  using enum Take;
  using result::integer;
  static const std::vector<FunctionDef> functions = {
      emitted_by(emit_date_add, define("DATEADD", 3, {kDatePart, kInt, kMoment}, result::last, "")),
      define("DATEDIFF", 3, {kDatePart, kMoment, kMoment}, integer,
             "tarn_datediff({part}, {utc0}, {utc1})"),
      define("DATEDIFF_BIG", 3, {kDatePart, kMoment, kMoment}, result::bigint,
             "tarn_datediff_big({part}, {utc0}, {utc1})"),
      emitted_by(emit_date_part, define("DATEPART", 2, {kDatePart, kMoment}, integer, "")),
      emitted_by(emit_date_name,
                 define("DATENAME", 2, {kDatePart, kMoment}, result::nvarchar30, "")),
      emitted_by(emit_date_trunc, define("DATETRUNC", 2, {kDatePart, kMoment}, result::last, "")),
      emitted_by(emit_date_bucket,
                 define(
                     "DATE_BUCKET", {3, 4}, {kDatePart, kInt, kMoment, kMoment},
                     [](result::Arguments arguments) { return arguments[1]->type; }, "")),
      define("YEAR", 1, {kMoment}, integer, "year({ts0})"),
      define("MONTH", 1, {kMoment}, integer, "month({ts0})"),
      define("DAY", 1, {kMoment}, integer, "day({ts0})"),
      define("EOMONTH", 1, {kDate}, result::date, "tarn_month_end({ts0}, 0)"),
      define("EOMONTH", 2, {kDate, kInt}, result::date, "tarn_month_end({ts0}, coalesce({1}, 0))"),
      define("DATEFROMPARTS", 3, {kInt}, result::date,
             "tarn_moment_from_parts('date', {0}, {1}, {2}, 0, 0, 0, 0)"),
      define("DATETIMEFROMPARTS", 7, {kInt}, result::datetime,
             "tarn_moment_from_parts('datetime', {0}, {1}, {2}, {3}, {4}, {5}, {6} * 1000)"),
      define(
          "SMALLDATETIMEFROMPARTS", 5, {kInt},
          [](result::Arguments) { return SqlType::of(TypeId::kSmallDateTime); },
          "tarn_moment_from_parts('smalldatetime', {0}, {1}, {2}, {3}, {4}, 0, 0)"),
      define(
          "DATETIME2FROMPARTS", 8, {kInt},
          [](result::Arguments arguments) {
            return SqlType::datetime2(
                static_cast<int>(integer_constant(*arguments[7]).value_or(kFractionMax)));
          },
          "tarn_moment_from_parts('datetime2', {0}, {1}, {2}, {3}, {4}, {5}, "
          "CAST({6} * pow(10, 6 - {7}) AS INTEGER))"),
      define(
          "TIMEFROMPARTS", 5, {kInt},
          [](result::Arguments arguments) {
            SqlType type = SqlType::of(TypeId::kTime);
            type.scale = static_cast<int>(integer_constant(*arguments[4]).value_or(kFractionMax));
            return type;
          },
          "tarn_moment_from_parts('time', 1900, 1, 1, {0}, {1}, {2}, CAST({3} * pow(10, 6 - {4}) "
          "AS INTEGER))"),
      define(
          "DATETIMEOFFSETFROMPARTS", 10, {kInt},
          [](result::Arguments arguments) {
            return offset_type(
                static_cast<int>(integer_constant(*arguments[9]).value_or(kFractionMax)));
          },
          "tarn_offset_moment(tarn_moment_from_parts('datetimeoffset', {0}, {1}, {2}, {3}, {4}, "
          "{5}, "
          "CAST({6} * pow(10, 6 - {9}) AS INTEGER)), tarn_offset_of_parts({7}, {8}))"),
      emitted_by(emit_to_offset, define(
                                     "TODATETIMEOFFSET", 2, {kMoment, kAny},
                                     [](result::Arguments arguments) {
                                       return offset_type(scale_of(arguments[0]->type));
                                     },
                                     "")),
      emitted_by(emit_switch_offset, define(
                                         "SWITCHOFFSET", 2, {kAny, kAny},
                                         [](result::Arguments arguments) {
                                           return offset_type(scale_of(arguments[0]->type));
                                         },
                                         "")),
      // The clause AT TIME ZONE; its name cannot be written as a call.
      emitted_by(emit_at_time_zone, define(
                                        "AT TIME ZONE", 2, {kMoment, kText},
                                        [](result::Arguments arguments) {
                                          return offset_type(scale_of(arguments[0]->type));
                                        },
                                        "")),
      define("ISDATE", 1, {kText}, integer, "coalesce(tarn_isdate({0}, {part}), 0)", Nulls::kNever),
  };
  return functions;
}

}  // namespace tarn::sql
