#include "detail/collation_bytes.h"

#include <cstdint>

#include "base/text.h"

namespace tarn::tds::detail {
namespace {

constexpr std::uint32_t kEnglish = 0x409;
constexpr std::uint32_t kLocaleMask = 0xFFFFF;
constexpr std::uint32_t kIgnoreCase = 1u << 20;
constexpr std::uint32_t kIgnoreAccent = 1u << 21;
constexpr std::uint32_t kIgnoreKana = 1u << 22;
constexpr std::uint32_t kIgnoreWidth = 1u << 23;
constexpr std::uint32_t kBinary = 1u << 24;
constexpr std::uint32_t kBinary2 = 1u << 25;
constexpr std::uint32_t kUtf8 = 1u << 26;
constexpr int kVersionShift = 28;
constexpr std::uint32_t kVersion100 = 2;

// Sort orders of SQL_Latin1_General_CP1_….
constexpr std::uint8_t kSortCsAs = 51;
constexpr std::uint8_t kSortCiAs = 52;
constexpr std::uint8_t kSortCiAi = 54;

constexpr std::string_view kSqlFamily = "SQL_LATIN1_GENERAL_CP1_";
constexpr std::string_view kFamily100 = "LATIN1_GENERAL_100_";
constexpr std::string_view kFamily = "LATIN1_GENERAL_";

CollationBytes pack(std::uint32_t info, std::uint8_t sort) {
  return {static_cast<char>(info & 0xFF), static_cast<char>(info >> 8 & 0xFF),
          static_cast<char>(info >> 16 & 0xFF), static_cast<char>(info >> 24 & 0xFF),
          static_cast<char>(sort)};
}

std::uint32_t info_of(const CollationBytes& bytes) {
  std::uint32_t info = 0;
  for (std::size_t i = 0; i < 4; ++i)
    info |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return info;
}

std::uint8_t sort_of(const CollationBytes& bytes) { return static_cast<std::uint8_t>(bytes[4]); }

/// Of "CI_AS_KS_WS_SC_UTF8" or "BIN2_UTF8".
std::uint32_t flags_of(std::string_view suffix) {
  std::uint32_t flags = kIgnoreKana | kIgnoreWidth;
  for (const std::string& part : split(suffix, '_')) {
    if (part == "CI") flags |= kIgnoreCase;
    if (part == "AI") flags |= kIgnoreAccent;
    if (part == "KS") flags &= ~kIgnoreKana;
    if (part == "WS") flags &= ~kIgnoreWidth;
    if (part == "BIN") flags = kBinary;
    if (part == "BIN2") flags = kBinary2;
    if (part == "UTF8") flags |= kUtf8;
  }
  return flags;
}

std::string suffix_of(std::uint32_t info) {
  if (info & kBinary) return "BIN";
  if (info & kBinary2) return info & kUtf8 ? "BIN2_UTF8" : "BIN2";
  std::string suffix = info & kIgnoreCase ? "CI" : "CS";
  suffix += info & kIgnoreAccent ? "_AI" : "_AS";
  if (!(info & kIgnoreKana)) suffix += "_KS";
  if (!(info & kIgnoreWidth)) suffix += "_WS";
  if (info & kUtf8) suffix += "_SC_UTF8";
  return suffix;
}

/// Whether the primary language of a locale is written in code page 1252.
bool western(std::uint32_t locale) {
  switch (locale & 0x3FF) {
    case 0x00:  // none given
    case 0x03:  // Catalan, Danish, German, English, Spanish, Finnish, French, Icelandic, Italian
    case 0x06:
    case 0x07:
    case 0x09:
    case 0x0A:
    case 0x0B:
    case 0x0C:
    case 0x0F:
    case 0x10:
    case 0x13:  // Dutch, Norwegian, Portuguese, Swedish, Indonesian, Basque, Afrikaans, Faroese
    case 0x14:
    case 0x16:
    case 0x1D:
    case 0x21:
    case 0x2D:
    case 0x36:
    case 0x38:
      return true;
    default:
      return false;
  }
}

}  // namespace

CollationBytes collation_bytes(std::string_view name) {
  const std::string upper = to_upper(name);
  const auto rest = [&](std::string_view family) {
    return std::string_view(upper).substr(family.size());
  };
  if (upper.starts_with(kSqlFamily)) {
    const std::uint32_t flags = flags_of(rest(kSqlFamily));
    const std::uint8_t sort = !(flags & kIgnoreCase)  ? kSortCsAs
                              : flags & kIgnoreAccent ? kSortCiAi
                                                      : kSortCiAs;
    return pack(kEnglish | flags, sort);
  }
  if (upper.starts_with(kFamily100))
    return pack(kEnglish | flags_of(rest(kFamily100)) | kVersion100 << kVersionShift, 0);
  if (upper.starts_with(kFamily)) return pack(kEnglish | flags_of(rest(kFamily)), 0);
  return pack(kEnglish | kIgnoreCase | kIgnoreKana | kIgnoreWidth, kSortCiAs);
}

std::string collation_name(const CollationBytes& bytes) {
  const std::uint32_t info = info_of(bytes);
  if ((info & kLocaleMask) != kEnglish) return {};
  const std::uint32_t version = info >> kVersionShift;
  switch (sort_of(bytes)) {
    case 0:
      if (version == 0) return "Latin1_General_" + suffix_of(info);
      return version == kVersion100 ? "Latin1_General_100_" + suffix_of(info) : std::string();
    case kSortCsAs:
      return "SQL_Latin1_General_CP1_CS_AS";
    case kSortCiAs:
      return "SQL_Latin1_General_CP1_CI_AS";
    case kSortCiAi:
      return "SQL_Latin1_General_CP1_CI_AI";
    default:
      return {};
  }
}

TextEncoding encoding_of(const CollationBytes& bytes) {
  const std::uint32_t info = info_of(bytes);
  if (info & kUtf8) return TextEncoding::kUtf8;
  const std::uint8_t sort = sort_of(bytes);
  const bool latin1 = sort == 0 ? western(info & kLocaleMask)
                                : (sort >= 50 && sort <= 54) || (sort >= 183 && sort <= 186);
  return latin1 ? TextEncoding::kWindows1252 : TextEncoding::kOther;
}

bool case_sensitive(const CollationBytes& bytes) { return !(info_of(bytes) & kIgnoreCase); }

}  // namespace tarn::tds::detail
