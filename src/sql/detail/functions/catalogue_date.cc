#include "detail/functions/definitions.h"

namespace tarn::sql {

std::span<const FunctionDef> date_functions() {
  using enum Take;
  using result::integer;
  static const std::vector<FunctionDef> functions = {
      define("DATEADD", 3, {kDatePart, kBigInt, kMoment}, result::last,
             "tarn_dateadd({part}, {0}, {ts1})"),
      define("DATEDIFF", 3, {kDatePart, kMoment, kMoment}, integer,
             "tarn_datediff({part}, {ts0}, {ts1})"),
      define("DATEDIFF_BIG", 3, {kDatePart, kMoment, kMoment}, result::bigint,
             "tarn_datediff_big({part}, {ts0}, {ts1})"),
      define("DATEPART", 2, {kDatePart, kMoment}, integer, "tarn_datepart({part}, {ts0})"),
      define("DATENAME", 2, {kDatePart, kMoment}, result::nvarchar30,
             "tarn_datename({part}, {ts0})"),
      define("DATETRUNC", 2, {kDatePart, kMoment}, result::last, "tarn_datetrunc({part}, {ts0})"),
      define("YEAR", 1, {kMoment}, integer, "year({ts0})"),
      define("MONTH", 1, {kMoment}, integer, "month({ts0})"),
      define("DAY", 1, {kMoment}, integer, "day({ts0})"),
      define("EOMONTH", 1, {kDate}, result::date, "last_day({0})"),
      define("EOMONTH", 2, {kDate, kInt}, result::date,
             "last_day({0} + to_months(coalesce({1}, 0)))"),
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
      define("ISDATE", 1, {kText}, integer, "coalesce(tarn_isdate({0}), 0)", Nulls::kNever),
  };
  return functions;
}

}  // namespace tarn::sql
