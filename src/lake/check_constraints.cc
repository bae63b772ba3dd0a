#include "lake/check_constraints.h"

#include "base/error.h"
#include "base/json.h"
#include "detail/check_parser.h"
#include "detail/names.h"

namespace tarn::lake::delta {
namespace {

constexpr std::string_view kConstraintPrefix = "delta.constraints.";
constexpr const char* kInvariants = "delta.invariants";

Check understood(const std::string& name, const std::string& expression, const Schema& schema,
                 std::string_view feature, std::string_view kind) {
  try {
    return {name, expression, detail::translate_check(expression, schema)};
  } catch (const Error& error) {
    throw Error(Code::kUnsupported,
                "The Delta table uses what Tarn cannot write: " + std::string(feature) + ". The " +
                    std::string(kind) + " '" + lake::detail::printable(name) + "' (" +
                    lake::detail::printable(expression) + ") has " + error.message() + ".",
                "Write to it with the engine that made it, or drop it.");
  }
}

/// {"expression": {"expression": "x > 3"}}, as a text in the field's metadata; empty without.
std::string invariant_of(const Field& field) {
  const Json metadata = Json::parse(field.metadata, nullptr, false);
  if (!metadata.is_object() || !metadata.contains(kInvariants)) return {};
  const Json& text = metadata[kInvariants];
  const Json rule = text.is_string() ? Json::parse(text.get<std::string>(), nullptr, false) : text;
  const Json inner = rule.is_object() ? rule.value("expression", Json()) : Json();
  const Json expression = inner.is_object() ? inner.value("expression", Json()) : Json();
  return expression.is_string() ? expression.get<std::string>() : "an expression of another form";
}

bool has_nested_invariant(const Type& type) {
  for (const Field& child : type.children) {
    if (child.metadata.find(kInvariants) != std::string::npos || has_nested_invariant(child.type))
      return true;
  }
  return false;
}

}  // namespace

bool has_checks(const Metadata& metadata) {
  for (const auto& [key, value] : metadata.configuration) {
    if (key.starts_with(kConstraintPrefix)) return true;
  }
  for (const Field& field : metadata.schema.fields) {
    if (field.metadata.find(kInvariants) != std::string::npos || has_nested_invariant(field.type))
      return true;
  }
  return false;
}

std::vector<Check> checks_of(const Metadata& metadata) {
  std::vector<Check> checks;
  for (const auto& [key, value] : metadata.configuration) {
    if (!key.starts_with(kConstraintPrefix)) continue;
    checks.push_back(understood(key.substr(kConstraintPrefix.size()), value, metadata.schema,
                                "checkConstraints", "constraint"));
  }
  for (const Field& field : metadata.schema.fields) {
    if (has_nested_invariant(field.type)) {
      throw Error(Code::kUnsupported,
                  "The Delta table uses what Tarn cannot write: invariants. One is inside of the "
                  "column '" +
                      lake::detail::printable(field.name) + "'.",
                  "Write to it with the engine that made it.");
    }
    if (const std::string expression = invariant_of(field); !expression.empty()) {
      checks.push_back(
          understood(field.name, expression, metadata.schema, "invariants", "invariant"));
    }
  }
  return checks;
}

}  // namespace tarn::lake::delta
