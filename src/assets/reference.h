#pragma once
// How people and programs name a model:
//
//   models:/name/1   models:/name@alias   models:/name/latest   models:/name (the latest)
//   models:/name/Production name:1   name@alias   name   azureml:name:1   azureml:name@latest

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tarn::assets {

struct ModelReference {
  enum class By { kVersion, kAlias, kStage, kLatest };
  std::string name;
  By by = By::kLatest;
  std::int64_t version = 0;  // kVersion
  std::string label;         // kAlias, kStage

  /// In the models:/ form.
  std::string text() const;

  friend bool operator==(const ModelReference&, const ModelReference&) = default;
};

/// Throws Error(kInvalidArgument) that shows the forms.
ModelReference parse_model_reference(std::string_view text);

/// Whether a text is meant as a reference with a scheme ("models:/", "azureml:"), as PREDICT's
/// MODEL = '…' asks.
bool has_model_scheme(std::string_view text);

}  // namespace tarn::assets
