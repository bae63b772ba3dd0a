#include "detail/bind/bind_error.h"
#include "detail/functions/definitions.h"
#include "detail/translate/conversion_sql.h"
#include "detail/translate/translator.h"
#include "engine/type.h"

namespace tarn::sql {
namespace {

std::string emit_format(const Emission& call) {
  const SqlType& type = call.types[0];
  const std::string& x = call.arguments[0];
  const std::string culture = call.arguments.size() > 2 ? call.arguments[2] : "'en-US'";
  const std::string rest = ", " + call.arguments[1] + ", " + culture + ")";
  if (type.id == TypeId::kDateTimeOffset) return "tarn_format_offset_moment(" + x + rest;
  if (type.id == TypeId::kTime) return "tarn_format_time(" + timestamp_sql(x, type) + rest;
  if (is_temporal(type)) return "tarn_format_moment(" + timestamp_sql(x, type) + rest;
  return "tarn_format_number(CAST(" + x + " AS VARCHAR), " + engine::quote_text(name_of(type.id)) +
         rest;
}

/// Arguments travel as a list of texts whose first letter says their kind.
std::string emit_format_message(const Emission& call) {
  std::string list;
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    const SqlType& type = call.types[i];
    const bool whole = is_integer(type) || (is_exact_decimal(type) && type.scale == 0);
    if (!is_character(type) && !whole) {
      throw bind_error(2748,
                       "Cannot specify " + std::string(name_of(type.id)) +
                           " data type (parameter " + std::to_string(i + 1) +
                           ") as a substitution parameter.",
                       {});
    }
    const std::string text =
        whole ? "'i' || CAST(" + call.arguments[i] + " AS VARCHAR)" : "'s' || " + call.arguments[i];
    list += (list.empty() ? "" : ", ") + text;
  }
  return "tarn_format_message(" + call.arguments[0] + ", CAST([" + list + "] AS VARCHAR[]))";
}

/// The checksum of one value: a small integer is its own.
std::string checksum_sql(const std::string& x, const SqlType& type, bool folds) {
  constexpr int kIntBytes = 4;
  std::string sum;
  if ((is_integer(type) && storage_length(type) <= kIntBytes) || type.id == TypeId::kBit) {
    sum = "CAST(" + x + " AS INTEGER)";
  } else if (is_binary(type)) {
    sum = "tarn_checksum(" + x + ")";
  } else if (is_character(type)) {
    sum = "tarn_checksum(encode(" + (folds ? text_key_sql(x, type.collation, false) : x) + "))";
  } else {
    sum = "tarn_checksum(encode(CAST(" + key_sql(x, type, nullptr, false) + " AS VARCHAR)))";
  }
  return sum;
}

std::string checksums(const Emission& call, bool folds) {
  std::string sum;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const std::string next = checksum_sql(call.arguments[i], call.types[i], folds);
    sum = i == 0 ? "coalesce(" + next + ", 2147483647)"
                 : "tarn_combine_checksums(" + sum + ", " + next + ")";
  }
  return sum;
}

std::string emit_checksum(const Emission& call) { return checksums(call, true); }
std::string emit_binary_checksum(const Emission& call) { return checksums(call, false); }

}  // namespace

std::span<const FunctionDef> text_functions() {
  using enum Take;
  using result::integer;
  using result::longer_text;
  using result::text;
  static const std::vector<FunctionDef> functions = {
      define("LEN", 1, {kText}, result::length, "length(rtrim({0}, ' '))"),
      define("DATALENGTH", 1, {kAny}, result::length, "{bytes0}"),
      define("LEFT", 2, {kText, kBigInt}, text, "tarn_left({0}, {1})"),
      define("RIGHT", 2, {kText, kBigInt}, text, "tarn_right({0}, {1})"),
      define("SUBSTRING", 3, {kText, kBigInt, kBigInt}, text, "tarn_substring({0}, {1}, {2})"),
      define("CHARINDEX", 2, {kText, kText}, result::length, "instr({fold1}, {fold0})"),
      define("CHARINDEX", 3, {kText, kText, kBigInt}, result::length,
             "tarn_charindex({fold0}, {fold1}, {2})"),
      define("PATINDEX", 2, {kText, kText}, result::length, "tarn_patindex({fold0}, {fold1})"),
      define("REPLACE", 3, {kText}, longer_text, "tarn_replace({0}, {1}, {2}, {fold})"),
      define("STUFF", 4, {kText, kBigInt, kBigInt, kText}, longer_text,
             "tarn_stuff({0}, {1}, {2}, coalesce({3}, ''))", Nulls::kAlways),
      define("REPLICATE", 2, {kText, kBigInt}, longer_text, "tarn_replicate({0}, {1}, {large0})",
             Nulls::kAlways),
      define(
          "SPACE", 1, {kBigInt}, [](result::Arguments) { return SqlType::varchar(kCharLengthMax); },
          "tarn_replicate(' ', {0}, false)", Nulls::kAlways),
      define("REVERSE", 1, {kText}, text, "reverse({0})"),
      define("UPPER", 1, {kText}, text, "upper({0})"),
      define("LOWER", 1, {kText}, text, "lower({0})"),
      define("LTRIM", 1, {kText}, text, "ltrim({0}, ' ')"),
      define("LTRIM", 2, {kText}, text, "ltrim({0}, {1})"),
      define("RTRIM", 1, {kText}, text, "rtrim({0}, ' ')"),
      define("RTRIM", 2, {kText}, text, "rtrim({0}, {1})"),
      define("TRIM BOTH", 2, {kText}, text, "trim({0}, {1})"),
      define("CONCAT", {2, 254}, {kText}, result::joined_text, "concat({*})", Nulls::kNever),
      define("CONCAT_WS", {3, 254}, {kText}, result::joined_text,
             "concat_ws(coalesce({0}, ''), {rest})", Nulls::kNever),
      define("ASCII", 1, {kText}, integer, "CASE WHEN {0} <> '' THEN tarn_unicode({0}) END",
             Nulls::kAlways),
      define("UNICODE", 1, {kText}, integer, "CASE WHEN {0} <> '' THEN tarn_unicode({0}) END",
             Nulls::kAlways),
      define("CHAR", 1, {kInt}, result::char1, "tarn_character({0}, 255)", Nulls::kAlways),
      define("NCHAR", 1, {kInt}, result::nchar1, "tarn_character({0}, 1114111)", Nulls::kAlways),
      define("QUOTENAME", 1, {kText}, result::nvarchar258, "tarn_quotename({0}, '[')",
             Nulls::kAlways),
      define("QUOTENAME", 2, {kText}, result::nvarchar258, "tarn_quotename({0}, {1})",
             Nulls::kAlways),
      define("TRANSLATE", 3, {kText}, text, "tarn_translate({0}, {1}, {2})"),
      define(
          "STR", 1, {kFloat}, [](result::Arguments) { return SqlType::varchar(10); },
          "tarn_str({0}, 10, 0)"),
      define(
          "STR", 2, {kFloat, kBigInt},
          [](result::Arguments) { return SqlType::varchar(kCharLengthMax); },
          "tarn_str({0}, {1}, 0)"),
      define(
          "STR", 3, {kFloat, kBigInt, kBigInt},
          [](result::Arguments) { return SqlType::varchar(kCharLengthMax); },
          "tarn_str({0}, {1}, {2})"),
      emitted_by(emit_format, define("FORMAT", {2, 3}, {kFormat, kText}, result::nvarchar4000, "",
                                     Nulls::kAlways)),
      emitted_by(emit_format_message, define(
                                          "FORMATMESSAGE", {1, 21}, {kText, kAny},
                                          [](result::Arguments) { return SqlType::nvarchar(2048); },
                                          "", Nulls::kAlways)),
      // A system function of the row's values: its number, and as many arguments as any has.
      define("ROW FACT", 6, {kAny}, result::nvarchar_max, "tarn_row_fact({*})", Nulls::kAlways),
      // What PARSE and TRY_PARSE read: text that a conversion understands, whatever the culture.
      define("PARSE AS", 3, {kText}, result::nvarchar4000, "tarn_parse({0}, {1}, {2})"),
      define("TRY_PARSE AS", 3, {kText}, result::nvarchar4000, "tarn_try_parse({0}, {1}, {2})",
             Nulls::kAlways),
      define(
          "SOUNDEX", 1, {kText}, [](result::Arguments) { return SqlType::varchar(4); },
          "tarn_soundex({0})"),
      define("DIFFERENCE", 2, {kText}, integer, "tarn_difference({0}, {1})"),
      define("STRING_ESCAPE", 2, {kText}, result::nvarchar_max, "tarn_string_escape({0}, {1})"),
      define(
          "PARSENAME", 2, {kText, kInt}, [](result::Arguments) { return SqlType::nvarchar(128); },
          "tarn_name_part({0}, {1})", Nulls::kAlways),
      define("ISNUMERIC", 1, {kText}, integer, "coalesce(tarn_isnumeric({0}), 0)", Nulls::kNever),
      define("HASHBYTES", 2, {kText, kBytes}, result::varbinary8000, "tarn_hash_bytes({0}, {1})"),
      define("COMPRESS", 1, {kBytes}, result::varbinary_max, "tarn_compress({0})"),
      define("DECOMPRESS", 1, {kBytes}, result::varbinary_max, "tarn_decompress({0})"),
      emitted_by(emit_checksum,
                 define("CHECKSUM", {1, 254}, {kOrdered}, integer, "", Nulls::kNever)),
      emitted_by(emit_binary_checksum,
                 define("BINARY_CHECKSUM", {1, 254}, {kOrdered}, integer, "", Nulls::kNever)),
      of_kind(FunctionKind::kTable, define("STRING_SPLIT", 2, {kText}, text,
                                           "SELECT unnest(string_split({0}, {1})) AS \"value\"")),
      of_kind(FunctionKind::kTable,
              define("STRING_SPLIT", 3, {kText, kText, kInt}, text,
                     "SELECT unnest(string_split({0}, {1})) AS \"value\", "
                     "unnest(range(1, len(string_split({0}, {1})) + 1)) AS \"ordinal\"")),
  };
  return functions;
}

}  // namespace tarn::sql
