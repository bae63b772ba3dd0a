#include "detail/functions/json_text.h"

#include <cctype>
#include <charconv>

#include "base/text.h"
#include "detail/functions/json_scanner.h"
#include "detail/functions/row_function.h"
#include "detail/functions/utf8_text.h"

namespace tarn::sql {
namespace {

constexpr std::size_t kJsonValueMax = 4000;  // characters of JSON_VALUE's nvarchar(4000)

Error missing_property() {
  return runtime_failure(13608, "Property cannot be found on the specified JSON path.");
}

class PathReader {
 public:
  explicit PathReader(std::string_view text) : text_(text) {}

  JsonPath read(bool append_allowed) {
    JsonPath path;
    skip_blanks();
    if (append_allowed && word("append")) path.append = true;
    if (word("strict")) {
      path.strict = true;
    } else {
      word("lax");
    }
    expect('$');
    while (at_ < text_.size()) {
      if (text_[at_] == '.') {
        ++at_;
        path.steps.push_back({key(), {}});
      } else if (text_[at_] == '[') {
        ++at_;
        path.steps.push_back({{}, index()});
      } else {
        skip_blanks();
        if (at_ < text_.size()) fail();
      }
    }
    return path;
  }

 private:
  [[noreturn]] void fail() const {
    const std::size_t at = at_ < text_.size() || text_.empty() ? at_ : text_.size() - 1;
    throw runtime_failure(13607, "JSON path is not properly formatted. Unexpected character '" +
                                     std::string(text_.substr(at, 1)) + "' is found at position " +
                                     std::to_string(at) + ".");
  }

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  /// A mode's name; `$` may follow it without a blank.
  bool word(std::string_view name) {
    if (!text_.substr(at_).starts_with(name)) return false;
    at_ += name.size();
    skip_blanks();
    return true;
  }

  void expect(char c) {
    if (at_ >= text_.size() || text_[at_] != c) fail();
    ++at_;
  }

  std::string key() {
    std::string name;
    if (at_ < text_.size() && text_[at_] == '"') {
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        name += text_[at_];
      }
      expect('"');
      return name;
    }
    const auto part_of_name = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
             static_cast<unsigned char>(c) >= 0x80;
    };
    while (at_ < text_.size() && part_of_name(text_[at_])) name += text_[at_++];
    if (name.empty()) fail();
    return name;
  }

  std::size_t index() {
    std::size_t value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) fail();
    at_ = static_cast<std::size_t>(end - text_.data());
    expect(']');
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool same_key(std::string_view json, const JsonSpan& key, const std::string& wanted) {
  const std::string_view raw = json.substr(key.begin + 1, key.end - key.begin - 2);
  return raw.find('\\') == std::string_view::npos ? raw == wanted : json_plain(json, key) == wanted;
}

/// Where a walk along a path ended.
struct Walk {
  std::optional<JsonSpan> value;
  // Where it is missing: how many steps were found, and the value at the last of them.
  std::size_t found_steps = 0;
  JsonSpan parent;
  // Of a member that was found: its key's begin.
  std::size_t member_begin = 0;
};

/// Moves the scanner to the value of one step; false where there is none.
bool enter(std::string_view json, JsonScanner& scanner, const JsonPath::Step& step, Walk& walk) {
  if (step.index) {
    if (scanner.kind() != JsonKind::kArray) return false;
    std::size_t number = 0;
    for (bool first = true; scanner.next_element(first); first = false, ++number) {
      scanner.peek();
      walk.member_begin = scanner.position();
      if (number == *step.index) return true;
      scanner.value();
    }
    return false;
  }
  if (scanner.kind() != JsonKind::kObject) return false;
  JsonSpan key;
  for (bool first = true; scanner.next_member(first, key); first = false) {
    walk.member_begin = key.begin;
    if (same_key(json, key, step.key)) return true;
    scanner.value();
  }
  return false;
}

Walk walk(std::string_view json, const JsonPath& path) {
  JsonScanner scanner(json);
  const JsonKind root = scanner.kind();
  scanner.peek();
  if (root != JsonKind::kObject && root != JsonKind::kArray) scanner.fail();
  Walk result;
  for (const JsonPath::Step& step : path.steps) {
    scanner.peek();
    const std::size_t parent = scanner.position();
    if (!enter(json, scanner, step, result)) {
      JsonScanner again(json, parent);
      result.parent = again.value();
      return result;
    }
    ++result.found_steps;
  }
  result.value = scanner.value();
  return result;
}

bool is_container(JsonKind kind) { return kind == JsonKind::kObject || kind == JsonKind::kArray; }

void append_code_unit(std::string& out, unsigned unit, unsigned& high) {
  if (unit >= 0xD800 && unit < 0xDC00) {
    high = unit;
    return;
  }
  char32_t code = unit;
  if (unit >= 0xDC00 && unit < 0xE000) {
    code = high ? 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00) : 0xFFFD;
  }
  high = 0;
  out += encoded(code);
}

/// A row of OPENJSON as JSON.
void append_cell(std::string& out, const std::optional<std::string>& text) {
  if (!out.empty() && out.back() != '[') out += ',';
  out += text ? json_quoted(*text) : "null";
}

std::optional<std::string> cell_of(std::string_view json, const JsonColumn& column) {
  // An element may be a scalar, which the functions do not take as a text.
  JsonScanner scanner(json);
  const JsonKind kind = scanner.kind();
  if (!is_container(kind)) {
    if (!column.path.steps.empty()) {
      if (column.path.strict) throw missing_property();
      return std::nullopt;
    }
    if (kind == JsonKind::kNull || column.as_json) return std::nullopt;
    return json_plain(json, scanner.value());
  }
  return column.as_json ? json_query(json, column.path) : json_value(json, column.path);
}

/// The container that OPENJSON opens; nothing where the lax path finds none.
std::optional<JsonSpan> opened(std::string_view json, const JsonPath& path) {
  const std::optional<JsonSpan> found = find_json(json, path);
  if (!found && path.strict) throw missing_property();
  if (found && is_container(found->kind)) return found;
  if (found && path.strict) {
    throw runtime_failure(13611,
                          "Value referenced by JSON path is not an array or object and cannot be "
                          "opened with OPENJSON.");
  }
  return std::nullopt;
}

std::string without_member(std::string_view json, const Walk& found) {
  std::size_t begin = found.member_begin;
  std::size_t end = found.value->end;
  std::size_t after = json.find_first_not_of(" \t\r\n", end);
  if (after != std::string_view::npos && json[after] == ',') {
    end = json.find_first_not_of(" \t\r\n", after + 1);
  } else {
    const std::size_t before = json.find_last_not_of(" \t\r\n", begin - 1);
    if (before != std::string_view::npos && json[before] == ',') begin = before;
  }
  return std::string(json.substr(0, begin)).append(json.substr(end));
}

/// The container with one more part before its closing bracket.
std::string with_part(std::string_view json, const JsonSpan& container, const std::string& part) {
  const std::size_t close = container.end - 1;
  const std::size_t last = json.find_last_not_of(" \t\r\n", close - 1);
  const bool empty = last == container.begin;
  const std::size_t at = last + 1;
  return std::string(json.substr(0, at))
      .append(empty ? "" : ",")
      .append(part)
      .append(json.substr(at));
}

}  // namespace

JsonPath parse_json_path(std::string_view text, bool append_allowed) {
  return PathReader(text).read(append_allowed);
}

std::optional<JsonSpan> find_json(std::string_view json, const JsonPath& path) {
  return walk(json, path).value;
}

std::string json_plain(std::string_view json, const JsonSpan& value) {
  if (value.kind != JsonKind::kString)
    return std::string(json.substr(value.begin, value.end - value.begin));
  const std::string_view raw = json.substr(value.begin + 1, value.end - value.begin - 2);
  std::string text;
  unsigned high = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      text += raw[i];
      continue;
    }
    switch (raw[++i]) {
      case 'b':
        text += '\b';
        break;
      case 'f':
        text += '\f';
        break;
      case 'n':
        text += '\n';
        break;
      case 'r':
        text += '\r';
        break;
      case 't':
        text += '\t';
        break;
      case 'u': {
        unsigned unit = 0;
        std::from_chars(raw.data() + i + 1, raw.data() + i + 5, unit, 16);
        append_code_unit(text, unit, high);
        i += 4;
        break;
      }
      default:
        text += raw[i];
    }
  }
  return text;
}

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
      case '\\':
      case '/':
        quoted += '\\';
        quoted += c;
        break;
      case '\b':
        quoted += "\\b";
        break;
      case '\f':
        quoted += "\\f";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char escape[8];
          std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
          quoted += escape;
        } else {
          quoted += c;
        }
    }
  }
  return quoted + "\"";
}

std::optional<std::string> json_value(std::string_view json, const JsonPath& path) {
  const std::optional<JsonSpan> found = find_json(json, path);
  if (!found) {
    if (path.strict) throw missing_property();
    return std::nullopt;
  }
  if (is_container(found->kind)) {
    if (path.strict) {
      throw runtime_failure(13623, "Scalar value cannot be found in the specified JSON path.");
    }
    return std::nullopt;
  }
  if (found->kind == JsonKind::kNull) return std::nullopt;
  std::string text = json_plain(json, *found);
  if (text.size() > kJsonValueMax && text_length(text, LengthUnit::kUtf16) > kJsonValueMax) {
    if (path.strict) {
      throw runtime_failure(13625, "String value in the specified JSON path would be truncated.");
    }
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> json_query(std::string_view json, const JsonPath& path) {
  const std::optional<JsonSpan> found = find_json(json, path);
  if (!found) {
    if (path.strict) throw missing_property();
    return std::nullopt;
  }
  if (!is_container(found->kind)) {
    if (path.strict) {
      throw runtime_failure(13624, "Object or array cannot be found in the specified JSON path.");
    }
    return std::nullopt;
  }
  return std::string(json.substr(found->begin, found->end - found->begin));
}

std::string json_modify(std::string_view json, const JsonPath& path,
                        const std::optional<std::string>& value) {
  const Walk found = walk(json, path);
  const std::string text = value.value_or("null");
  if (found.value) {
    if (path.append) {
      if (found.value->kind == JsonKind::kArray) return with_part(json, *found.value, text);
      if (path.strict) {
        throw runtime_failure(13622, "Array cannot be found in the specified JSON path.");
      }
      return std::string(json);
    }
    const bool removes = !value && !path.strict && !path.steps.empty() && !path.steps.back().index;
    if (removes) return without_member(json, found);
    return std::string(json.substr(0, found.value->begin))
        .append(text)
        .append(json.substr(found.value->end));
  }
  if (path.strict) throw missing_property();
  const bool only_last = found.found_steps + 1 == path.steps.size();
  const JsonPath::Step& last = path.steps.back();
  if (!only_last || last.index || found.parent.kind != JsonKind::kObject) return std::string(json);
  if (!value && !path.append) return std::string(json);
  const std::string part = json_quoted(last.key) + ":" + (path.append ? "[" + text + "]" : text);
  return with_part(json, found.parent, part);
}

bool is_json(std::string_view text, JsonClass wanted) {
  JsonScanner scanner(text);
  JsonSpan value;
  try {
    value = scanner.value();
    scanner.expect_end();
  } catch (const Error&) {
    return false;
  }
  switch (wanted) {
    case JsonClass::kObjectOrArray:
      return is_container(value.kind);
    case JsonClass::kValue:
      return true;
    case JsonClass::kArray:
      return value.kind == JsonKind::kArray;
    case JsonClass::kObject:
      return value.kind == JsonKind::kObject;
    case JsonClass::kScalar:
      return value.kind == JsonKind::kNumber || value.kind == JsonKind::kString;
  }
  return false;
}

std::string open_json(std::string_view json, const JsonPath& path) {
  const std::optional<JsonSpan> container = opened(json, path);
  if (!container) return "[]";
  JsonScanner scanner(json, container->begin);
  std::string rows = "[";
  const auto add = [&](const std::string& key) {
    const JsonSpan value = scanner.value();
    if (rows.size() > 1) rows += ',';
    std::string row = "[";
    append_cell(row, key);
    append_cell(row, value.kind == JsonKind::kNull
                         ? std::nullopt
                         : std::optional<std::string>(json_plain(json, value)));
    append_cell(row, std::to_string(static_cast<int>(value.kind)));
    rows += row + "]";
  };
  if (container->kind == JsonKind::kObject) {
    JsonSpan key;
    for (bool first = true; scanner.next_member(first, key); first = false)
      add(json_plain(json, key));
  } else {
    std::size_t number = 0;
    for (bool first = true; scanner.next_element(first); first = false)
      add(std::to_string(number++));
  }
  return rows + "]";
}

std::string open_json_rows(std::string_view json, const JsonPath& path,
                           const std::vector<JsonColumn>& columns) {
  const std::optional<JsonSpan> container = opened(json, path);
  if (!container) return "[]";
  std::string rows = "[";
  const auto add = [&](const JsonSpan& value) {
    const std::string_view element = json.substr(value.begin, value.end - value.begin);
    if (rows.size() > 1) rows += ',';
    std::string row = "[";
    for (const JsonColumn& column : columns) append_cell(row, cell_of(element, column));
    rows += row + "]";
  };
  if (container->kind == JsonKind::kObject) {
    add(*container);
  } else {
    JsonScanner scanner(json, container->begin);
    for (bool first = true; scanner.next_element(first); first = false) add(scanner.value());
  }
  return rows + "]";
}

std::string nest_json(std::string_view rows, std::string_view names) {
  const std::vector<std::string> inner = split(names, '\1');
  std::string out;
  std::vector<std::string> open;  // the objects that the row before had, outermost first
  const auto close_to = [&](std::size_t depth) {
    // From the innermost array outwards: its last object, then the array.
    for (std::size_t level = open.size(); level > depth; --level) {
      if (level < open.size()) out += "]";
      out += "}";
    }
  };
  for (const std::string& row : split(rows, '\2')) {
    const std::vector<std::string> objects = split(row, '\1');
    std::size_t same = 0;
    while (same + 1 < objects.size() && same < open.size() && open[same] == objects[same]) ++same;
    if (!open.empty()) {
      close_to(same);
      out += ',';
    }
    for (std::size_t level = same; level < objects.size(); ++level) {
      std::string object = objects[level];
      object.pop_back();  // its closing bracket comes after the inner array
      if (level > same) {
        if (!out.ends_with('{')) out += ',';
        out += json_quoted(inner.at(level - 1)) + ":[";
      }
      out += object;
    }
    open = objects;
  }
  if (!open.empty()) close_to(0);
  return out;
}

}  // namespace tarn::sql
