#include "detail/storage/xml.h"

#include <charconv>

#include "base/error.h"
#include "base/text.h"

namespace tarn::api::storage {
namespace {

[[noreturn]] void fail(const std::string& why) {
  throw Error(Code::kInvalidArgument, "The XML of the request is not understood: " + why + ".");
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    if (!valid_utf8(text_)) fail("it is not valid UTF-8");
  }

  void skip_to_element() {
    while (true) {
      text_.remove_prefix(text_.size() - left_trimmed().size());
      if (text_.starts_with("<?")) {
        skip_past("?>");
      } else if (text_.starts_with("<!--")) {
        skip_past("-->");
      } else {
        return;
      }
    }
  }

  /// "<name>" or "<name/>"; `empty` tells which.
  std::string open_tag(bool& empty) {
    if (!text_.starts_with('<') || text_.starts_with("</")) fail("an element is missing");
    if (text_.starts_with("<!")) fail("document types and CDATA have no place in it");
    const std::size_t end = text_.find('>');
    if (end == std::string_view::npos) fail("a tag has no end");
    std::string_view name = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    empty = name.ends_with('/');
    if (empty) name.remove_suffix(1);
    name = trim(name);
    if (name.empty() || name.find_first_of(" \t\r\n=\"'<") != std::string_view::npos) {
      fail("attributes have no place in it");
    }
    return std::string(name);
  }

  bool at_close() const { return text_.starts_with("</"); }

  void close_tag(std::string_view name) {
    const std::size_t end = text_.find('>');
    if (!at_close() || end == std::string_view::npos || trim(text_.substr(2, end - 2)) != name) {
      fail("the element " + std::string(name.substr(0, 40)) + " is not closed");
    }
    text_.remove_prefix(end + 1);
  }

  std::string content() {
    const std::size_t end = std::min(text_.find('<'), text_.size());
    std::string result = unescaped(text_.substr(0, end));
    text_.remove_prefix(end);
    return result;
  }

  void end() {
    skip_to_element();
    if (!text_.empty()) fail("something follows its end");
  }

 private:
  std::string_view left_trimmed() const {
    const std::size_t start = text_.find_first_not_of(" \t\r\n");
    return start == std::string_view::npos ? std::string_view() : text_.substr(start);
  }

  void skip_past(std::string_view mark) {
    const std::size_t at = text_.find(mark);
    if (at == std::string_view::npos) fail("a comment or instruction has no end");
    text_.remove_prefix(at + mark.size());
  }

  static std::string unescaped(std::string_view text) {
    std::string result;
    while (!text.empty()) {
      const std::size_t at = std::min(text.find('&'), text.size());
      result += text.substr(0, at);
      text.remove_prefix(at);
      if (text.empty()) break;
      const std::size_t end = text.find(';');
      if (end == std::string_view::npos) fail("an entity has no end");
      result += character(text.substr(1, end - 1));
      text.remove_prefix(end + 1);
    }
    return result;
  }

  static char character(std::string_view entity) {
    if (entity == "amp") return '&';
    if (entity == "lt") return '<';
    if (entity == "gt") return '>';
    if (entity == "quot") return '"';
    if (entity == "apos") return '\'';
    if (entity.starts_with('#')) {
      const bool hex = entity.starts_with("#x");
      const std::string_view digits = entity.substr(hex ? 2 : 1);
      unsigned value = 0;
      const auto [stop, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
      if (error == std::errc() && stop == digits.data() + digits.size() && value >= 9 &&
          value < 128) {
        return static_cast<char>(value);
      }
    }
    fail("an entity is not known");
  }

  std::string_view text_;
};

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') result += c;
    }
  }
  return result;
}

Xml::Xml() : out_("<?xml version=\"1.0\" encoding=\"utf-8\"?>") {}

Xml& Xml::open(std::string_view name) {
  out_.append("<").append(name).append(">");
  return *this;
}

Xml& Xml::open(std::string_view name, std::string_view attribute, std::string_view value) {
  out_.append("<").append(name).append(" ").append(attribute).append("=\"");
  out_.append(xml_escaped(value)).append("\">");
  return *this;
}

Xml& Xml::close(std::string_view name) {
  out_.append("</").append(name).append(">");
  return *this;
}

Xml& Xml::text(std::string_view name, std::string_view value) {
  open(name);
  out_ += xml_escaped(value);
  return close(name);
}

Xml& Xml::optional(std::string_view name, std::string_view value) {
  return value.empty() ? *this : text(name, value);
}

std::vector<std::pair<std::string, std::string>> read_flat_xml(std::string_view document,
                                                               std::string_view root) {
  Reader reader(document);
  reader.skip_to_element();
  bool empty = false;
  if (reader.open_tag(empty) != root) fail("its root is not " + std::string(root));
  std::vector<std::pair<std::string, std::string>> result;
  while (!empty) {
    reader.skip_to_element();
    if (reader.at_close()) {
      reader.close_tag(root);
      break;
    }
    bool bare = false;
    std::string name = reader.open_tag(bare);
    std::string content;
    if (!bare) {
      content = reader.content();
      reader.close_tag(name);
    }
    result.emplace_back(std::move(name), std::move(content));
  }
  reader.end();
  return result;
}

}  // namespace tarn::api::storage
