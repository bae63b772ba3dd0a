#pragma once
// A value's bytes as numbers, checked. `bytes` have a length that the type can have
// (read_value). Each throws BadBytes for a value that the type cannot have.

#include <cstdint>
#include <string>
#include <string_view>

#include "detail/type_info.h"
#include "engine/type.h"

namespace tarn::tds::detail {

/// kBitN: 0 or 1; kIntN: tinyint has no sign.
std::int64_t decode_integer(const TypeInfo& type, std::string_view bytes);
/// Decimal and money, with the type's scale (money: 4).
engine::Int128 decode_unscaled(const TypeInfo& type, std::string_view bytes);
float decode_real(std::string_view bytes);
double decode_float(std::string_view bytes);

struct DecodedMoment {
  int days = 0;            // since 1970-01-01
  std::int64_t units = 0;  // of the day: 10^-scale seconds; milliseconds for datetime
  int scale = 0;           // 3 for datetime, 0 for smalldatetime
  int offset_minutes = 0;  // of a datetimeoffset, whose days and units are in UTC
};
/// Any date or time.
DecodedMoment decode_moment(const TypeInfo& type, std::string_view bytes);

/// Character types as valid UTF-8. `storage` holds the text where it is not `bytes` itself.
std::string_view decode_text(const TypeInfo& type, std::string_view bytes, std::string& storage);

/// The engine's form of a uniqueidentifier, and the other way.
engine::Int128 decode_guid(std::string_view bytes);
void encode_guid(engine::Int128 value, char* to);

/// In the text form of sql::Parameter.
std::string value_text(const TypeInfo& type, std::string_view bytes);

}  // namespace tarn::tds::detail
