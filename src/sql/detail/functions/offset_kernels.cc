// datetimeoffset: a moment on its own clock. See sql/offset_moment.h for how it travels.

#include "detail/functions/moment_text.h"
#include "detail/functions/moment_value.h"
#include "detail/functions/row_function.h"
#include "detail/functions/time_zones.h"
#include "engine/int128.h"
#include "sql/offset_moment.h"

namespace tarn::sql {
namespace {

using engine::Kind;

constexpr const char* kType = "datetimeoffset";

OffsetMoment moment_at(const Row& row, std::size_t column) { return unpacked(row.wide(column)); }

/// A value that is in range both on its own clock and in UTC.
Int128 checked(std::int64_t local, std::int64_t offset_minutes) {
  const std::int64_t utc = local - offset_minutes * kMinute;
  if (!in_range(kType, local) || !in_range(kType, utc)) throw added_overflow(kType);
  return packed({utc, static_cast<int>(offset_minutes)});
}

Error invalid_offset(std::string_view function) {
  return runtime_failure(
      9812, "The timezone provided to builtin function " + std::string(function) + " is invalid.");
}

std::optional<Int128> converted(const Row& row, int* error) {
  const MomentConversion result =
      convert_moment(row.text(0), kType, row.integer(1), static_cast<int>(row.integer(2)));
  *error = result.error;
  if (result.error) return std::nullopt;
  return packed({result.moment - result.offset_minutes * kMinute, result.offset_minutes});
}

void add_offset_conversions(std::vector<engine::ScalarFunction>& functions) {
  const std::vector<engine::Type> from_text = {Kind::kText, Kind::kInt32, Kind::kInt32};
  functions.push_back(
      row_function("tarn_to_offset_moment", from_text, Kind::kInt128, [](const Row& row) {
        int error = 0;
        if (const auto value = converted(row, &error)) return *value;
        throw moment_failure(error, kType);
      }));
  functions.push_back(
      row_function("tarn_try_to_offset_moment", from_text, Kind::kInt128, [](const Row& row) {
        int error = 0;
        return converted(row, &error);
      }));
  functions.push_back(row_function(
      "tarn_offset_moment_text", {Kind::kInt128, Kind::kInt32, Kind::kInt32}, Kind::kText,
      [](const Row& row) {
        const OffsetMoment moment = moment_at(row, 0);
        const auto text =
            moment_text(moment.local_micros(), kType, static_cast<int>(row.integer(1)),
                        static_cast<int>(row.integer(2)), moment.offset_minutes);
        if (text) return *text;
        throw runtime_failure(281, std::to_string(row.integer(1)) +
                                       " is not a valid style number when converting from "
                                       "datetimeoffset to a character string.");
      }));
  functions.push_back(row_function(
      "tarn_round_offset_moment", {Kind::kInt128, Kind::kInt32}, Kind::kInt128, [](const Row& row) {
        const OffsetMoment moment = moment_at(row, 0);
        return checked(rounded(moment.local_micros(), kType, row.integer(1)),
                       moment.offset_minutes);
      }));
}

}  // namespace

std::vector<engine::ScalarFunction> offset_engine_functions() {
  std::vector<engine::ScalarFunction> functions;
  add_offset_conversions(functions);
  const auto add = [&](const char* name, std::vector<engine::Type> parameters, engine::Type result,
                       auto body) {
    functions.push_back(row_function(name, std::move(parameters), std::move(result), body));
  };
  add("tarn_local_moment", {Kind::kInt128}, Kind::kTimestamp,
      [](const Row& row) { return moment_at(row, 0).local_micros(); });
  add("tarn_utc_moment", {Kind::kInt128}, Kind::kTimestamp,
      [](const Row& row) { return moment_at(row, 0).utc_micros; });
  add("tarn_offset_minutes", {Kind::kInt128}, Kind::kInt32,
      [](const Row& row) -> std::int32_t { return moment_at(row, 0).offset_minutes; });
  add("tarn_offset_moment", {Kind::kTimestamp, Kind::kInt32}, Kind::kInt128,
      [](const Row& row) { return checked(row.integer(0), row.integer(1)); });
  add("tarn_switch_offset", {Kind::kInt128, Kind::kInt32}, Kind::kInt128, [](const Row& row) {
    const std::int64_t offset = row.integer(1);
    return checked(moment_at(row, 0).utc_micros + offset * kMinute, offset);
  });
  add("tarn_offset_text", {Kind::kInt32}, Kind::kText,
      [](const Row& row) { return offset_text(static_cast<int>(row.integer(0))); });
  add("tarn_offset_of", {Kind::kText, Kind::kText}, Kind::kInt32,
      [](const Row& row) -> std::int32_t {
        const auto minutes = parse_offset(row.text(0));
        if (!minutes) throw invalid_offset(row.text(1));
        return *minutes;
      });
  // Hours and minutes of DATETIMEOFFSETFROMPARTS: both of one sign.
  add("tarn_offset_of_parts", {Kind::kInt32, Kind::kInt32}, Kind::kInt32,
      [](const Row& row) -> std::int32_t {
        const std::int64_t hours = row.integer(0);
        const std::int64_t minutes = row.integer(1);
        const std::int64_t total = hours * 60 + minutes;
        if ((hours > 0 && minutes < 0) || (hours < 0 && minutes > 0) || minutes > 59 ||
            minutes < -59 || total > kOffsetMinutesMax || total < -kOffsetMinutesMax) {
          throw runtime_failure(289,
                                "Cannot construct data type datetimeoffset, some of the arguments "
                                "have values which are not valid.");
        }
        return static_cast<std::int32_t>(total);
      });
  add("tarn_valid_offset", {Kind::kInt32, Kind::kText}, Kind::kInt32,
      [](const Row& row) -> std::int32_t {
        const std::int64_t minutes = row.integer(0);
        if (minutes > kOffsetMinutesMax || minutes < -kOffsetMinutesMax) {
          throw invalid_offset(row.text(1));
        }
        return static_cast<std::int32_t>(minutes);
      });
  add("tarn_zone", {Kind::kText}, Kind::kText, [](const Row& row) {
    if (const TimeZone* zone = find_time_zone(row.text(0))) return zone->iana;
    throw runtime_failure(9820, "The time zone parameter '" + std::string(row.text(0)) +
                                    "' provided to AT TIME ZONE clause is invalid.");
  });
  // What a clock in some zone shows and UTC, as a datetimeoffset; local mean times of the 19th
  // century are cut to minutes.
  add("tarn_zoned", {Kind::kTimestamp, Kind::kTimestamp}, Kind::kInt128, [](const Row& row) {
    const std::int64_t minutes = (row.integer(0) - row.integer(1)) / kMinute;
    return checked(row.integer(1) + minutes * kMinute, minutes);
  });
  return functions;
}

std::vector<engine::CastFunction> offset_casts() {
  const auto to_utc = [](const engine::Column& input, std::size_t row,
                         engine::ColumnWriter& output) {
    output.data<std::int64_t>()[row] =
        unpacked(engine::load_int128(input.data<Int128>(), row)).utc_micros;
  };
  const auto from_utc = [](const engine::Column& input, std::size_t row,
                           engine::ColumnWriter& output) {
    engine::store_int128(output.data<Int128>(), row, packed({input.integer(row), 0}));
  };
  return {{Kind::kInt128, Kind::kTimestamp, to_utc},
          {Kind::kInt128, Kind::kTimestampTz, to_utc},
          {Kind::kTimestamp, Kind::kInt128, from_utc},
          {Kind::kTimestampTz, Kind::kInt128, from_utc}};
}

}  // namespace tarn::sql
