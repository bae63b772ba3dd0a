#include "json.h"

#include "error.h"

template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace tarn {
namespace {

// Line and column, from 1, of a byte offset.
Place place_at(std::string_view text, std::size_t offset, std::string_view source) {
  offset = std::min(offset, text.size());
  int line = 1, column = 1;
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return {std::string(source), line, column};
}

void check_depth(std::string_view text, std::string_view source) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kJsonDepthMax) {
        throw Error(Code::kInvalidArgument,
                    "JSON is nested deeper than " + std::to_string(kJsonDepthMax) + " levels.")
            .at(place_at(text, i, source));
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
}

}  // namespace

Json parse_json(std::string_view text, std::string_view source) {
  check_depth(text, source);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    // The library's text is "[json.exception.parse_error.101] parse error at line 1, column 2:
    // what".
    std::string what = error.what();
    if (const auto at = what.rfind(": "); at != std::string::npos) what = what.substr(at + 2);
    throw Error(Code::kInvalidArgument, "Not valid JSON: " + what)
        .at(place_at(text, error.byte > 0 ? error.byte - 1 : 0, source));
  }
}

}  // namespace tarn
