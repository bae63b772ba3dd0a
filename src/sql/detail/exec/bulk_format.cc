#include "detail/exec/bulk_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>

#include "base/digest.h"
#include "base/text.h"
#include "detail/exec/failure.h"

namespace tarn::sql {
namespace {

constexpr std::size_t kTerminatorBytesMax = 4;  // what the engine's reader takes
constexpr std::int64_t kFirstRowMax = 1'000'000;
constexpr std::int64_t kErrorsMax = 1'000'000'000;

std::string literal_text(const ast::Option& option) {
  if (option.word) return option.word->text;
  if (!option.value) return {};
  if (const auto* text = std::get_if<ast::StringLiteral>(&option.value->node)) return text->value;
  if (const auto* number = std::get_if<ast::NumberLiteral>(&option.value->node))
    return number->text;
  if (const auto* bytes = std::get_if<ast::BinaryLiteral>(&option.value->node)) return bytes->bytes;
  throw not_supported("this value of the option " + option.name, option.span,
                      "Write it as a literal.");
}

Error bad_value(const ast::Option& option, std::string hint) {
  return failure_of(
      Code::kInvalidArgument, 102, 15, 48,
      "The value of the option " + option.name + " is not valid: '" + literal_text(option) + "'.",
      option.span, std::move(hint));
}

std::int64_t integer(const ast::Option& option, std::int64_t low, std::int64_t high) {
  const std::string text = literal_text(option);
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    throw bad_value(
        option, "It is a number from " + std::to_string(low) + " to " + std::to_string(high) + ".");
  }
  return value;
}

bool flag(const ast::Option& option) {
  const std::string text = literal_text(option);
  if (equal_ignoring_case(text, "TRUE") || equal_ignoring_case(text, "ON") || text == "1")
    return true;
  if (equal_ignoring_case(text, "FALSE") || equal_ignoring_case(text, "OFF") || text == "0")
    return false;
  throw bad_value(option, "It is TRUE or FALSE.");
}

/// "\t", "0x09", "|": the bytes that are meant.
std::string terminator(const ast::Option& option) {
  const std::string text = literal_text(option);
  std::string bytes;
  if (text.size() > 2 && (text.starts_with("0x") || text.starts_with("0X"))) {
    try {
      bytes = from_hex(to_lower(text.substr(2)));
    } catch (const Error&) {
      throw bad_value(option, "After 0x come pairs of hexadecimal digits.");
    }
  } else {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\' || i + 1 == text.size()) {
        bytes += text[i];
        continue;
      }
      static const std::map<char, char> kEscapes = {
          {'t', '\t'}, {'n', '\n'}, {'r', '\r'}, {'\\', '\\'}, {'0', '\0'}};
      const auto found = kEscapes.find(text[++i]);
      bytes += found == kEscapes.end() ? std::string{'\\', text[i]} : std::string(1, found->second);
    }
  }
  if (bytes.empty() || bytes.size() > kTerminatorBytesMax ||
      bytes.find('\0') != std::string::npos) {
    throw bad_value(option, "It is one to four bytes.");
  }
  return bytes;
}

/// The engine finds line ends itself; anything else would be another format.
void row_terminator(const ast::Option& option) {
  const std::string bytes = terminator(option);
  if (bytes == "\n" || bytes == "\r\n" || bytes == "\r") return;
  throw not_supported("ROWTERMINATOR '" + literal_text(option) + "'", option.span,
                      "Rows end with \\n or \\r\\n.");
}

std::string one_character(const ast::Option& option) {
  const std::string text = literal_text(option);
  if (text.empty()) return {};
  const std::string bytes = terminator(option);
  if (bytes.size() != 1) throw bad_value(option, "It is one character.");
  return bytes;
}

void encoding(BulkFormat& format, const ast::Option& option) {
  const std::string text = to_upper(literal_text(option));
  if (text == "UTF8" || text == "65001" || text == "ACP" || text == "OEM" || text == "RAW" ||
      text == "CHAR") {
    format.encoding = "utf-8";
  } else if (text == "UTF16" || text == "1200" || text == "WIDECHAR") {
    format.encoding = "utf-16";
  } else if (text == "1252" || text == "28591") {
    format.encoding = "latin-1";
  } else {
    throw not_supported("the option " + option.name + " = '" + literal_text(option) + "'",
                        option.span);
  }
}

void compression(BulkFormat& format, const ast::Option& option) {
  const std::string text = to_upper(literal_text(option));
  if (text == "NONE" || text == "FALSE") {
    format.compression = "none";
  } else if (text == "GZIP" || text == "ORG.APACHE.HADOOP.IO.COMPRESS.GZIPCODEC") {
    format.compression = "gzip";
  } else if (text != "SNAPPY") {  // Parquet says so in the file
    throw not_supported("the option COMPRESSION = '" + literal_text(option) + "'", option.span);
  }
}

void date_format(BulkFormat& format, const ast::Option& option) {
  const std::string text = to_lower(literal_text(option));
  if (text == "dmy") {
    format.date_style = 103;
  } else if (text != "mdy" && text != "ymd") {
    throw not_supported("the option DATEFORMAT = '" + literal_text(option) + "'", option.span);
  }
}

using Apply = std::function<void(BulkFormat&, const ast::Option&)>;

/// The options that both statements have.
const std::map<std::string_view, Apply>& shared_options() {
  static const std::map<std::string_view, Apply> kOptions = {
      {"FIRSTROW",
       [](BulkFormat& format, const ast::Option& option) {
         format.first_row = integer(option, 1, kFirstRowMax);
       }},
      {"FIELDTERMINATOR",
       [](BulkFormat& format, const ast::Option& option) {
         format.field_terminator = terminator(option);
       }},
      {"ROWTERMINATOR", [](BulkFormat&, const ast::Option& option) { row_terminator(option); }},
      {"FIELDQUOTE",
       [](BulkFormat& format, const ast::Option& option) { format.quote = one_character(option); }},
      {"ESCAPECHAR", [](BulkFormat& format,
                        const ast::Option& option) { format.escape = one_character(option); }},
      {"ESCAPE_CHAR", [](BulkFormat& format,
                         const ast::Option& option) { format.escape = one_character(option); }},
      {"HEADER_ROW",
       [](BulkFormat& format, const ast::Option& option) { format.header_row = flag(option); }},
      {"ENCODING", encoding},
      {"CODEPAGE", encoding},
      {"DATAFILETYPE", encoding},
      {"COMPRESSION", compression},
      {"DATA_COMPRESSION", compression},
      {"DATEFORMAT", date_format},
      {"DATE_FORMAT", date_format},
  };
  return kOptions;
}

void format_type(BulkFormat& format, const ast::Option& option) {
  const std::string text = to_upper(literal_text(option));
  if (text == "CSV") {
    format.type = BulkFormat::Type::kCsv;
  } else if (text == "PARQUET") {
    format.type = BulkFormat::Type::kParquet;
  } else if (text == "DELTA") {
    format.type = BulkFormat::Type::kDelta;
  } else {
    throw not_supported("the option " + option.name + " = '" + literal_text(option) + "'",
                        option.span, "CSV, PARQUET and DELTA are there.");
  }
}

[[noreturn]] void unknown_option(const ast::Option& option, std::vector<std::string> known) {
  for (const auto& [name, apply] : shared_options()) known.emplace_back(name);
  throw not_supported("the option " + option.name, option.span, did_you_mean(option.name, known));
}

bool accepted_without_effect(const ast::Option& option,
                             std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), option.name) != names.end();
}

}  // namespace

BulkFormat openrowset_format(const std::vector<ast::Option>& options, ast::Span span) {
  BulkFormat format;
  bool typed = false;
  for (const ast::Option& option : options) {
    if (option.name == "FORMAT") {
      format_type(format, option);
      typed = true;
    } else if (option.name == "PARSER_VERSION") {
      const std::string version = literal_text(option);
      if (version != "1.0" && version != "2.0") throw bad_value(option, "It is '1.0' or '2.0'.");
    } else if (option.name == "SINGLE_BLOB" || option.name == "SINGLE_CLOB" ||
               option.name == "SINGLE_NCLOB") {
      format.type = option.name == "SINGLE_BLOB"   ? BulkFormat::Type::kSingleBlob
                    : option.name == "SINGLE_CLOB" ? BulkFormat::Type::kSingleClob
                                                   : BulkFormat::Type::kSingleNclob;
      typed = true;
    } else if (const auto found = shared_options().find(option.name);
               found != shared_options().end()) {
      found->second(format, option);
    } else if (!accepted_without_effect(
                   option, {"DATA_SOURCE", "ROWSET_OPTIONS", "MAXERRORS", "ROWS_PER_BATCH"})) {
      unknown_option(option, {"FORMAT", "PARSER_VERSION", "DATA_SOURCE"});
    }
  }
  if (!typed) {
    throw failure_of(Code::kInvalidArgument, 102, 15, 1, "OPENROWSET(BULK ...) needs a FORMAT.",
                     span, "Add FORMAT = 'CSV', 'PARQUET' or 'DELTA'.");
  }
  return format;
}

CopyOptions copy_options(const std::vector<ast::Option>& options) {
  CopyOptions result;
  for (const ast::Option& option : options) {
    if (option.name == "FILE_TYPE") {
      format_type(result.format, option);
    } else if (option.name == "MAXERRORS") {
      result.errors_max = integer(option, 0, kErrorsMax);
    } else if (option.name == "AUTO_CREATE_TABLE") {
      result.create_table = flag(option);
    } else if (option.name == "IDENTITY_INSERT") {
      result.identities = flag(option);
    } else if (const auto found = shared_options().find(option.name);
               found != shared_options().end()) {
      found->second(result.format, option);
    } else if (!accepted_without_effect(option, {"CREDENTIAL"})) {
      // The workspace's own lake asks nobody for a key; ERRORFILE and FILE_FORMAT are refused like
      // unknown ones.
      unknown_option(option, {"FILE_TYPE", "MAXERRORS", "CREDENTIAL", "AUTO_CREATE_TABLE"});
    }
  }
  return result;
}

}  // namespace tarn::sql
