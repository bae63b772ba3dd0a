#pragma once
// YAML with the position of every key and value, so that an error can point at it.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "error.h"

namespace tarn {

/// One node of a parsed document. Scalars keep their text; as_int() and the like read it by
/// YAML 1.2's core schema and throw Error(kInvalidArgument) with the node's place.
class Yaml {
 public:
  enum class Kind { kNull, kScalar, kSequence, kMap };

  /// Parses one document. Anchors and merge keys are resolved; a duplicate key is an error.
  static Yaml parse(std::string_view text, std::string source);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  const Place& place() const { return place_; }

  const std::string& as_string() const;
  long long as_int() const;
  double as_double() const;
  bool as_bool() const;

  const std::vector<Yaml>& items() const;  // of a sequence
  /// Of a map, in order; the key's own place lies in the key node.
  const std::vector<std::pair<Yaml, Yaml>>& entries() const;
  /// The value of `key`, or nullptr.
  const Yaml* find(std::string_view key) const;

  [[noreturn]] void fail(std::string message, std::string hint = {}) const;

 private:
  friend struct YamlReader;
  Kind kind_ = Kind::kNull;
  Place place_;
  std::string text_;
  std::vector<Yaml> items_;
  std::vector<std::pair<Yaml, Yaml>> entries_;
};

}  // namespace tarn
