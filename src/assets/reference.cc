#include "assets/reference.h"

#include <charconv>

#include "base/text.h"

namespace tarn::assets {

namespace {

constexpr std::string_view kModels = "models:/";
constexpr std::string_view kAzure = "azureml:";
constexpr std::string_view kLatest = "latest";

[[noreturn]] void throw_bad(std::string_view text) {
  throw Error(
      Code::kInvalidArgument,
      "Not a reference to a model: '" + std::string(text.substr(0, 200)) + "'.",
      "Write models:/name/1, models:/name@alias, models:/name/latest, name:1 or azureml:name:1.");
}

/// Whether the text is all digits; a version must then be one from 1 on.
bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

ModelReference with_version(std::string_view whole, std::string_view name,
                            std::string_view digits) {
  ModelReference reference{.name = std::string(name), .by = ModelReference::By::kVersion};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), reference.version);
  if (error != std::errc() || end != digits.data() + digits.size() || reference.version < 1)
    throw_bad(whole);
  return reference;
}

ModelReference with_label(std::string_view whole, std::string_view name, std::string_view label,
                          ModelReference::By by) {
  if (equal_ignoring_case(label, kLatest))
    return {.name = std::string(name), .by = ModelReference::By::kLatest};
  if (label.empty()) throw_bad(whole);
  return {.name = std::string(name), .by = by, .version = 0, .label = std::string(label)};
}

/// What follows the name in the forms that only differ by the separator: '/' in URIs, ':'
/// elsewhere.
ModelReference parse_rest(std::string_view whole, std::string_view rest, char separator) {
  const std::size_t at = rest.find_first_of(separator == '/' ? "/@" : ":@");
  const std::string_view name = rest.substr(0, at);
  if (name.empty() || name.find_first_of("/:@") != std::string_view::npos) throw_bad(whole);
  if (at == std::string_view::npos)
    return {.name = std::string(name), .by = ModelReference::By::kLatest};
  const std::string_view tail = rest.substr(at + 1);
  if (tail.find_first_of("/:@") != std::string_view::npos) throw_bad(whole);
  if (rest[at] == '@') return with_label(whole, name, tail, ModelReference::By::kAlias);
  if (is_digits(tail)) return with_version(whole, name, tail);
  // Azure ML's name:label means a label, MLflow's models:/name/Stage a stage.
  return with_label(whole, name, tail,
                    separator == '/' ? ModelReference::By::kStage : ModelReference::By::kAlias);
}

}  // namespace

std::string ModelReference::text() const {
  const std::string stem = std::string(kModels) + name;
  switch (by) {
    case By::kVersion:
      return stem + "/" + std::to_string(version);
    case By::kAlias:
      return stem + "@" + label;
    case By::kStage:
      return stem + "/" + label;
    case By::kLatest:
      break;
  }
  return stem + "/" + std::string(kLatest);
}

ModelReference parse_model_reference(std::string_view text) {
  const std::string_view whole = text;
  if (text.starts_with(kModels)) return parse_rest(whole, text.substr(kModels.size()), '/');
  if (text.starts_with(kAzure)) text.remove_prefix(kAzure.size());
  return parse_rest(whole, text, ':');
}

bool has_model_scheme(std::string_view text) {
  return text.starts_with(kModels) || text.starts_with(kAzure);
}

}  // namespace tarn::assets
