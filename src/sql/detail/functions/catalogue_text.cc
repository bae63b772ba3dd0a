#include "detail/functions/definitions.h"

namespace tarn::sql {

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
      define("REPLICATE", 2, {kText, kBigInt}, longer_text, "tarn_replicate({0}, {1})",
             Nulls::kAlways),
      define(
          "SPACE", 1, {kBigInt}, [](result::Arguments) { return SqlType::varchar(kCharLengthMax); },
          "tarn_replicate(' ', {0})", Nulls::kAlways),
      define("REVERSE", 1, {kText}, text, "reverse({0})"),
      define("UPPER", 1, {kText}, text, "upper({0})"),
      define("LOWER", 1, {kText}, text, "lower({0})"),
      define("LTRIM", 1, {kText}, text, "ltrim({0}, ' ')"),
      define("LTRIM", 2, {kText}, text, "ltrim({0}, {1})"),
      define("RTRIM", 1, {kText}, text, "rtrim({0}, ' ')"),
      define("RTRIM", 2, {kText}, text, "rtrim({0}, {1})"),
      define("BTRIM", 2, {kText}, text, "trim({0}, {1})"),
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
      define("FORMAT", {2, 3}, {kFormat, kText}, result::nvarchar4000,
             "tarn_format_{family0}({0}, {1})", Nulls::kAlways),
      define("ISNUMERIC", 1, {kText}, integer, "coalesce(tarn_isnumeric({0}), 0)", Nulls::kNever),
      define("HASHBYTES", 2, {kText, kBinary}, result::varbinary8000,
             "CASE upper({0}) WHEN 'MD5' THEN unhex(md5({1})) WHEN 'SHA' THEN unhex(sha1({1})) "
             "WHEN 'SHA1' THEN unhex(sha1({1})) WHEN 'SHA2_256' THEN unhex(sha256({1})) END",
             Nulls::kAlways),
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
