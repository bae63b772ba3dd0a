#include "yaml.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "text.h"

namespace tarn {

namespace {
constexpr int kYamlDepthMax = 100;
constexpr std::size_t kYamlNodesMax = 100'000;  // aliases can multiply: bounds what they expand to
}  // namespace

struct YamlReader {
  std::string source;
  std::size_t nodes = 0;

  Place place_of(const YAML::Mark& mark) const {
    if (mark.is_null()) return {source, 0, 0};
    return {source, mark.line + 1, mark.column + 1};
  }

  Yaml read(const YAML::Node& node, int depth) {
    Yaml result;
    result.place_ = place_of(node.Mark());
    if (depth > kYamlDepthMax || ++nodes > kYamlNodesMax) {
      throw Error(Code::kTooLarge, "The YAML document is nested too deeply or too large.")
          .at(result.place_);
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        break;
      case YAML::NodeType::Scalar:
        read_scalar(node, result);
        break;
      case YAML::NodeType::Sequence:
        result.kind_ = Yaml::Kind::kSequence;
        for (const auto& item : node) result.items_.push_back(read(item, depth + 1));
        break;
      case YAML::NodeType::Map:
        result.kind_ = Yaml::Kind::kMap;
        read_entries(node, depth, result);
        break;
    }
    return result;
  }

  static void read_scalar(const YAML::Node& node, Yaml& result) {
    result.text_ = node.Scalar();
    // yaml-cpp knows ~ and null; a plain empty scalar is null too.
    const bool quoted = node.Tag() == "!";
    const bool null = !quoted && (result.text_.empty() || result.text_ == "~" ||
                                  equal_ignoring_case(result.text_, "null"));
    result.kind_ = null ? Yaml::Kind::kNull : Yaml::Kind::kScalar;
  }

  void read_entries(const YAML::Node& node, int depth, Yaml& result) {
    std::set<std::string> seen;
    std::vector<Yaml> merged;
    for (const auto& entry : node) {
      Yaml key = read(entry.first, depth + 1);
      if (key.kind_ == Yaml::Kind::kScalar && key.text_ == "<<") {
        merged.push_back(read(entry.second, depth + 1));
        continue;
      }
      if (key.kind_ == Yaml::Kind::kScalar && !seen.insert(key.text_).second) {
        key.fail("The key '" + key.text_ + "' is there twice.", "Remove one of them.");
      }
      result.entries_.emplace_back(std::move(key), read(entry.second, depth + 1));
    }
    for (const auto& from : merged) merge(from, result);
  }

  // A merge key adds what the map does not say itself.
  static void merge(const Yaml& from, Yaml& into) {
    if (from.kind_ == Yaml::Kind::kSequence) {
      for (const auto& item : from.items_) merge(item, into);
      return;
    }
    for (const auto& entry : from.entries()) {
      if (!into.find(entry.first.as_string())) into.entries_.push_back(entry);
    }
  }
};

Yaml Yaml::parse(std::string_view text, std::string source) {
  YamlReader reader{std::move(source)};
  try {
    return reader.read(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    throw Error(Code::kInvalidArgument, "Not valid YAML: " + error.msg + ".")
        .at(reader.place_of(error.mark));
  }
}

void Yaml::fail(std::string message, std::string hint) const {
  throw Error(Code::kInvalidArgument, std::move(message), std::move(hint)).at(place_);
}

const std::string& Yaml::as_string() const {
  if (kind_ != Kind::kScalar) fail("Expected a text here.");
  return text_;
}

long long Yaml::as_int() const {
  const std::string& text = as_string();
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail("Expected a whole number, found '" + text + "'.");
  }
  return value;
}

double Yaml::as_double() const {
  const std::string& text = as_string();
  if (text == ".inf" || text == "+.inf") return std::numeric_limits<double>::infinity();
  if (text == "-.inf") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    fail("Expected a number, found '" + text + "'.");
  }
  return value;
}

bool Yaml::as_bool() const {
  const std::string& text = as_string();
  for (const auto* name : {"true", "True", "TRUE"}) {
    if (text == name) return true;
  }
  for (const auto* name : {"false", "False", "FALSE"}) {
    if (text == name) return false;
  }
  fail("Expected true or false, found '" + text + "'.");
}

const std::vector<Yaml>& Yaml::items() const {
  if (kind_ != Kind::kSequence) fail("Expected a list here.");
  return items_;
}

const std::vector<std::pair<Yaml, Yaml>>& Yaml::entries() const {
  if (kind_ != Kind::kMap) fail("Expected keys with values here.");
  return entries_;
}

const Yaml* Yaml::find(std::string_view key) const {
  for (const auto& [name, value] : entries()) {
    if (name.kind() == Kind::kScalar && name.text_ == key) return &value;
  }
  return nullptr;
}

}  // namespace tarn
