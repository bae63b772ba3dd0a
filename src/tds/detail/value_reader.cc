#include "detail/value_reader.h"

#include <algorithm>

namespace tarn::tds::detail {
namespace {

constexpr std::uint64_t kPlpNull = 0xFFFFFFFFFFFFFFFF;
constexpr std::uint64_t kPlpUnknown = 0xFFFFFFFFFFFFFFFE;
constexpr std::size_t kDecimalLengthMax = 17;
constexpr std::size_t kVariantBytesMax = 8016;

std::uint8_t token_of(const TypeInfo& type) { return static_cast<std::uint8_t>(type.wire); }

void check_length(const TypeInfo& type, std::size_t size) {
  if (type.is_unicode() && size % 2 != 0) {
    throw BadBytes{kOddLength, "The supplied length is not valid for data type " + type_name(type) +
                                   ". Check the source data for invalid lengths. An example of an "
                                   "invalid length is data of nchar type with an odd length in "
                                   "bytes."};
  }
  if (type.wire == Wire::kDecimalN || type.wire == Wire::kNumericN) {
    if (size < 2 || size > kDecimalLengthMax) throw_bad_length(token_of(type));
    return;
  }
  const bool any_length = type.is_unicode() || type.is_code_page() || type.is_binary();
  const auto length = static_cast<std::size_t>(type.wire == Wire::kGuid ? 16 : type.length);
  if (any_length ? type.length >= 0 && size > length : size != length)
    throw_bad_length(token_of(type));
}

[[noreturn]] void throw_bad_chunks(const TypeInfo& type) {
  throw BadBytes{kBadChunks,
                 "The chunking format is incorrect for a large object parameter of type " +
                     hex_type(token_of(type)) + "."};
}

std::optional<std::string_view> read_plp(StreamReader& in, const TypeInfo& type,
                                         std::string& storage) {
  const std::uint64_t total = in.u64();
  if (total == kPlpNull) return std::nullopt;
  if (total != kPlpUnknown && total > kLongLengthMax) throw_bad_chunks(type);
  while (const std::uint32_t chunk = in.u32()) {
    if (chunk > kLongLengthMax - storage.size()) throw_bad_chunks(type);
    in.append(chunk, storage);
  }
  if (total != kPlpUnknown && total != storage.size()) throw_bad_chunks(type);
  return storage;
}

std::optional<std::string_view> read_long(StreamReader& in, const TypeInfo& type, Within within,
                                          std::string& storage) {
  if (within == Within::kRow) {
    const std::uint8_t pointer = in.u8();
    if (pointer == 0) return std::nullopt;
    in.skip(std::size_t{pointer} + 8);  // and the row's timestamp
  }
  const std::uint32_t size = in.u32();
  if (size == 0xFFFFFFFF) return std::nullopt;
  if (size > kLongLengthMax) throw_bad_length(token_of(type));
  return in.long_bytes(size, storage);
}

[[noreturn]] void throw_bad_variant(const char* what) {
  throw BadBytes{kBadVariant,
                 std::string("Data type 0x62 (sql_variant) has an invalid ") + what + "."};
}

/// Types that an sql_variant can have, without what stands before a value elsewhere.
TypeInfo read_variant_type(StreamReader& in, std::size_t& properties) {
  const std::uint8_t token = in.u8();
  properties = in.u8();
  TypeInfo type;
  type.wire = static_cast<Wire>(token);
  std::size_t expected = 0;
  switch (type.wire) {
    case Wire::kGuid:
      break;
    case Wire::kDateN:
      type.length = 3;
      break;
    case Wire::kTimeN:
    case Wire::kDateTime2N:
    case Wire::kDateTimeOffsetN:
      expected = 1;
      break;
    case Wire::kDecimalN:
    case Wire::kNumericN:
    case Wire::kVarBinary:
    case Wire::kBinary:
      expected = 2;
      break;
    case Wire::kVarChar:
    case Wire::kChar:
    case Wire::kNVarChar:
    case Wire::kNChar:
      expected = 7;
      break;
    default: {
      const char token_byte = static_cast<char>(token);
      StreamReader alone(std::string_view(&token_byte, 1));
      // Fixed lengths only: nothing follows their number.
      constexpr std::uint8_t kFixed[] = {0x30, 0x32, 0x34, 0x38, 0x7F, 0x3A,
                                         0x3D, 0x3B, 0x3E, 0x7A, 0x3C};
      if (std::find(std::begin(kFixed), std::end(kFixed), token) == std::end(kFixed))
        throw_bad_variant("type for type-specific metadata");
      type = read_type_info(alone);
    }
  }
  if (properties != expected) throw_bad_variant("length for type-specific metadata");
  return type;
}

void read_variant_properties(StreamReader& in, TypeInfo& type) {
  switch (type.wire) {
    case Wire::kTimeN:
    case Wire::kDateTime2N:
    case Wire::kDateTimeOffsetN:
      type.scale = in.u8();
      if (type.scale > 7) throw_bad_variant("precision or scale for type-specific metadata");
      type.length = time_length(type.scale) + (type.wire == Wire::kTimeN        ? 0
                                               : type.wire == Wire::kDateTime2N ? 3
                                                                                : 5);
      break;
    case Wire::kDecimalN:
    case Wire::kNumericN:
      type.precision = in.u8();
      type.scale = in.u8();
      if (type.precision < 1 || type.precision > 38 || type.scale > type.precision)
        throw_bad_variant("precision or scale for type-specific metadata");
      break;
    case Wire::kVarChar:
    case Wire::kChar:
    case Wire::kNVarChar:
    case Wire::kNChar: {
      const std::string_view bytes = in.bytes(type.collation.size());
      std::copy(bytes.begin(), bytes.end(), type.collation.begin());
      [[fallthrough]];
    }
    case Wire::kVarBinary:
    case Wire::kBinary:
      type.length = in.u16();
      if (type.length > kShortLengthMax) throw_bad_variant("length for type-specific metadata");
      break;
    default:
      break;
  }
}

}  // namespace

std::optional<std::string_view> read_variant(StreamReader& in, TypeInfo& type) {
  const std::size_t size = in.u32();
  if (size == 0) return std::nullopt;
  if (size > kVariantBytesMax) throw_bad_variant("instance length");
  std::size_t properties = 0;
  type = read_variant_type(in, properties);
  if (size < 2 + properties) throw_bad_variant("instance length");
  read_variant_properties(in, type);
  const std::string_view bytes = in.bytes(size - 2 - properties);
  check_length(type, bytes.size());
  return bytes;
}

std::optional<std::string_view> read_value(StreamReader& in, const TypeInfo& type, Within within,
                                           std::string& storage) {
  storage.clear();
  std::optional<std::string_view> bytes;
  switch (type.prefix) {
    case Prefix::kNone:
      if (type.wire == Wire::kNull) return std::nullopt;
      bytes = in.bytes(static_cast<std::size_t>(type.length));
      break;
    case Prefix::kByte: {
      const std::size_t size = in.u8();
      if (size == 0) return std::nullopt;
      bytes = in.bytes(size);
      break;
    }
    case Prefix::kShort: {
      const std::size_t size = in.u16();
      if (size == 0xFFFF) return std::nullopt;
      if (size > static_cast<std::size_t>(kShortLengthMax)) throw_bad_length(token_of(type));
      bytes = in.bytes(size);
      break;
    }
    case Prefix::kLong:
      bytes = read_long(in, type, within, storage);
      break;
    case Prefix::kPlp:
      bytes = read_plp(in, type, storage);
      break;
    case Prefix::kVariant:
      break;
  }
  if (bytes) check_length(type, bytes->size());
  return bytes;
}

}  // namespace tarn::tds::detail
