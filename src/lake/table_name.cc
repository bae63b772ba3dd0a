#include "base/error.h"
#include "detail/names.h"
#include "lake/catalog.h"

namespace tarn::lake {
namespace {

[[noreturn]] void refuse(std::string_view text) {
  throw Error(Code::kInvalidArgument, "Invalid name of a table: '" + detail::printable(text) + "'.",
              "Write table, database.table or database.schema.table; put [ ] around a part with a "
              "dot in it.");
}

// Takes one part off the front of `rest`, quoted or plain, without the dot that follows.
std::string take_part(std::string_view text, std::string_view& rest) {
  std::string part;
  if (rest.empty()) refuse(text);
  if (rest.front() != '[' && rest.front() != '"') {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    part = rest.substr(0, dot);
    rest.remove_prefix(dot);
    if (part.find_first_of("[]\"") != std::string::npos) refuse(text);
    return part;
  }
  const char close = rest.front() == '[' ? ']' : '"';
  std::size_t i = 1;
  for (;; ++i) {
    if (i >= rest.size()) refuse(text);
    if (rest[i] == close) {
      if (i + 1 >= rest.size() || rest[i + 1] != close) break;
      ++i;
    }
    part += rest[i];
  }
  rest.remove_prefix(i + 1);
  return part;
}

std::string quoted_if_needed(const std::string& part) {
  if (part.find_first_of(".[]\" ") == std::string::npos) return part;
  std::string out = "[";
  for (const char c : part) {
    out += c;
    if (c == ']') out += ']';
  }
  return out + "]";
}

}  // namespace

TableName TableName::parse(std::string_view text) {
  std::vector<std::string> parts;
  std::string_view rest = text;
  for (;;) {
    parts.push_back(take_part(text, rest));
    if (parts.back().empty() || parts.back().size() > Catalog::kNameBytesMax || parts.size() > 3)
      refuse(text);
    if (!detail::refusal_of_text(parts.back()).empty() &&
        parts.back().find('\\') == std::string::npos)
      refuse(text);
    if (rest.empty()) break;
    if (rest.front() != '.') refuse(text);
    rest.remove_prefix(1);
  }
  if (parts.size() == 1) return {.database = {}, .schema = {}, .table = parts[0]};
  if (parts.size() == 2) return {.database = parts[0], .schema = {}, .table = parts[1]};
  return {.database = parts[0], .schema = parts[1], .table = parts[2]};
}

std::string TableName::text() const {
  std::string out;
  if (!database.empty()) out += quoted_if_needed(database) + ".";
  if (!schema.empty()) out += quoted_if_needed(schema) + ".";
  return out + quoted_if_needed(table);
}

std::string TableRef::text() const {
  return TableName{.database = database, .schema = schema, .table = table}.text();
}

}  // namespace tarn::lake
