#include "detail/limits.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/text.h"

namespace tarn::track::detail {

namespace {

constexpr std::size_t kShownBytesMax = 80;  // of a wrong text in a message

std::string shown(std::string_view text) {
  if (text.size() <= kShownBytesMax) return "'" + std::string(text) + "'";
  std::size_t end = kShownBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return "'" + std::string(text.substr(0, end)) + "…'";
}

bool allowed_in_key(char c) {
  const bool alphanumeric =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  const bool beyond_ascii = (static_cast<unsigned char>(c) & 0x80) != 0;
  return alphanumeric || beyond_ascii ||
         std::string_view("_-. :/").find(c) != std::string_view::npos;
}

/// A key becomes a file's name in other stores of MLflow, so that it must be a clean relative path.
bool is_clean_path(std::string_view key) {
  for (const std::string& part : split(key, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

void check_count(std::string_view what, std::size_t count, std::size_t max) {
  if (count <= max) return;
  throw Error(Code::kTooLarge,
              "A batch has at most " + std::to_string(max) + " " + std::string(what) + ", not " +
                  std::to_string(count) + ".",
              "Send several batches.");
}

}  // namespace

std::size_t characters_of(std::string_view what, std::string_view text) {
  if (!valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    throw Error(Code::kInvalidArgument,
                "Not valid UTF-8, or with a NUL character: " + std::string(what) + ".");
  }
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

void check_value(std::string_view what, std::string_view key, std::string_view value,
                 std::size_t characters_max) {
  const std::size_t characters = characters_of(what, value);
  if (characters <= characters_max) return;
  std::string message = "A " + std::string(what) + " has at most " +
                        std::to_string(characters_max) + " characters, not " +
                        std::to_string(characters);
  if (!key.empty()) message += ": " + shown(key);
  throw Error(Code::kTooLarge, message + ".", "Save long texts as artifacts.");
}

void check_key(std::string_view what, std::string_view key) {
  const std::string name = std::string(what) + "'s key";
  if (characters_of(name, key) > kKeyCharactersMax) {
    throw Error(Code::kTooLarge, "A " + name + " has at most " + std::to_string(kKeyCharactersMax) +
                                     " characters: " + shown(key) + ".");
  }
  if (!key.empty() && std::all_of(key.begin(), key.end(), allowed_in_key) && is_clean_path(key))
    return;
  throw Error(Code::kInvalidArgument, "Not a " + name + ": " + shown(key) + ".",
              "A key has letters, digits, '_', '-', '.', ' ', ':' and '/', and no empty, '.' or "
              "'..' part between "
              "slashes.");
}

void check_experiment_name(std::string_view name) {
  if (trim(name).empty()) throw Error(Code::kInvalidArgument, "An experiment has a name.");
  check_value("experiment's name", {}, name, kExperimentNameCharactersMax);
}

void check_run_name(std::string_view name) {
  if (name.empty()) throw Error(Code::kInvalidArgument, "A run's name is not empty.");
  check_value("run's name", {}, name, kRunNameCharactersMax);
}

void check_run_id(std::string_view id) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (id.size() == 32 && std::all_of(id.begin(), id.end(), is_hex)) return;
  throw Error(Code::kInvalidArgument, "Not a run's id: " + shown(id) + ".",
              "It is 32 lower-case hexadecimal digits.");
}

void check_batch(const Batch& batch) {
  check_count("items", batch.metrics.size() + batch.params.size() + batch.tags.size(),
              kBatchItemsMax);
  check_count("params", batch.params.size(), kBatchParamsMax);
  check_count("tags", batch.tags.size(), kBatchTagsMax);
  for (const Metric& metric : batch.metrics) check_key("metric", metric.key);
  for (const auto& [key, value] : batch.params) {
    check_key("param", key);
    check_value("param's value", key, value, kParamValueCharactersMax);
  }
  for (const auto& [key, value] : batch.tags) {
    check_key("tag", key);
    check_value("tag's value", key, value, kTagValueCharactersMax);
  }
}

}  // namespace tarn::track::detail
