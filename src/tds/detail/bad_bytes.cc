#include "detail/bad_bytes.h"

namespace tarn::tds::detail {

std::string hex_type(std::uint8_t type) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  return {'0', 'x', kDigits[type >> 4], kDigits[type & 15]};
}

void throw_ends_early() { throw BadBytes{kEndsEarly, "it ends too early"}; }

void throw_unknown_type(std::uint8_t type) {
  throw BadBytes{kUnknownType, "Data type " + hex_type(type) + " is unknown."};
}

void throw_bad_length(std::uint8_t type) {
  throw BadBytes{kBadLength,
                 "Data type " + hex_type(type) + " has an invalid data length or metadata length."};
}

void throw_bad_value(const std::string& type_name) {
  throw BadBytes{kBadValue,
                 "The supplied value is not a valid instance of data type " + type_name +
                     ". Check the source data for invalid values. An example of an invalid value "
                     "is data of numeric type with scale greater than precision."};
}

}  // namespace tarn::tds::detail
