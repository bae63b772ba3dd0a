#include "lake/table_properties.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

namespace tarn::lake::delta {
namespace {

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;
constexpr std::int64_t kLogRetentionMs = 30 * kDayMs;
constexpr std::int64_t kDeletedFileRetentionMs = 7 * kDayMs;
constexpr std::int64_t kCheckpointInterval = 10;
constexpr std::int64_t kCheckpointIntervalMax = 10'000;
constexpr std::uint64_t kTargetFileBytesMin = 1 << 10;
constexpr std::string_view kOwnPrefix = "delta.";

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "100mb", "1g", "4096", as Spark's byte strings.
std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  const std::string lower = to_lower(trim(text));
  const std::size_t digits = lower.find_first_not_of("0123456789");
  const auto number = whole_number(std::string_view(lower).substr(0, digits));
  std::string_view unit = digits == std::string::npos ? "" : std::string_view(lower).substr(digits);
  unit = trim(unit);
  constexpr std::array<std::pair<std::string_view, int>, 9> kUnits = {{{"", 0},
                                                                       {"b", 0},
                                                                       {"k", 10},
                                                                       {"kb", 10},
                                                                       {"m", 20},
                                                                       {"mb", 20},
                                                                       {"g", 30},
                                                                       {"gb", 30},
                                                                       {"t", 40}}};
  for (const auto& [name, shift] : kUnits) {
    if (unit == name && number && *number > 0 && *number < (1LL << 22) << (40 - shift))
      return static_cast<std::uint64_t>(*number) << shift;
  }
  return std::nullopt;
}

bool is_boolean(const std::string& value) {
  return equal_ignoring_case(value, "true") || equal_ignoring_case(value, "false");
}
bool is_interval(const std::string& value) { return parse_interval_ms(value).has_value(); }
bool is_checkpoint_interval(const std::string& value) {
  const auto number = whole_number(value);
  return number && *number >= 1 && *number <= kCheckpointIntervalMax;
}
bool is_target_size(const std::string& value) {
  const auto bytes = parse_bytes(value);
  return bytes && *bytes >= kTargetFileBytesMin;
}

struct Known {
  std::string_view name;
  bool (*valid)(const std::string&);
  std::string_view wanted;
};
constexpr std::array kKnown = {
    Known{"delta.appendOnly", is_boolean, "true or false"},
    Known{"delta.checkpointInterval", is_checkpoint_interval, "a number of commits, 1 to 10000"},
    Known{"delta.deletedFileRetentionDuration", is_interval,
          "an interval such as 'interval 7 days'"},
    Known{"delta.enableExpiredLogCleanup", is_boolean, "true or false"},
    Known{"delta.logRetentionDuration", is_interval, "an interval such as 'interval 30 days'"},
    Known{"delta.targetFileSize", is_target_size, "a size such as '100mb', at least 1kb"},
};

/// Properties that ask for a table feature; the prefixes end with a dot.
struct FeatureProperty {
  std::string_view name;
  std::string_view feature;
};
constexpr std::array kFeatureProperties = {
    FeatureProperty{"delta.enableChangeDataFeed", "changeDataFeed"},
    FeatureProperty{"delta.enableDeletionVectors", "deletionVectors"},
    FeatureProperty{"delta.enableRowTracking", "rowTracking"},
    FeatureProperty{"delta.enableInCommitTimestamps", "inCommitTimestamp"},
    FeatureProperty{"delta.enableTypeWidening", "typeWidening"},
    FeatureProperty{"delta.enableIcebergCompatV1", "icebergCompatV1"},
    FeatureProperty{"delta.enableIcebergCompatV2", "icebergCompatV2"},
    FeatureProperty{"delta.columnMapping.", "columnMapping"},
    FeatureProperty{"delta.constraints.", "checkConstraints"},
    FeatureProperty{"delta.checkpointPolicy", "v2Checkpoint"},
    FeatureProperty{"delta.feature.", "table features by name"},
    FeatureProperty{"delta.minReaderVersion", "a change of the protocol"},
    FeatureProperty{"delta.minWriterVersion", "a change of the protocol"},
};

const std::string* find(const Metadata& metadata, const std::string& name) {
  const auto found = metadata.configuration.find(name);
  return found == metadata.configuration.end() ? nullptr : &found->second;
}

// A value that somebody else wrote and that makes no sense counts as not set.
std::int64_t interval_of(const Metadata& metadata, const std::string& name,
                         std::int64_t otherwise) {
  const std::string* text = find(metadata, name);
  return text ? parse_interval_ms(*text).value_or(otherwise) : otherwise;
}

std::string properties_json(const std::map<std::string, std::string>& properties) {
  Json json = Json::object();
  for (const auto& [name, value] : properties) json[name] = value;
  return json.dump();
}

}  // namespace

std::optional<std::int64_t> parse_interval_ms(std::string_view text) {
  struct Unit {
    std::string_view name;
    double ms;
  };
  constexpr std::array kUnits = {Unit{"week", 7.0 * kDayMs}, Unit{"day", 1.0 * kDayMs},
                                 Unit{"hour", 3'600'000.0},  Unit{"minute", 60'000.0},
                                 Unit{"second", 1000.0},     Unit{"millisecond", 1.0},
                                 Unit{"microsecond", 0.001}};
  std::vector<std::string> words;
  for (const std::string& word : split(to_lower(trim(text)), ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  if (!words.empty() && words.front() == "interval") words.erase(words.begin());
  if (words.empty() || words.size() % 2 != 0) return std::nullopt;
  double total = 0;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto number = whole_number(words[i]);
    std::string_view name = words[i + 1];
    if (name.ends_with('s')) name.remove_suffix(1);
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [&](const Unit& candidate) { return candidate.name == name; });
    if (!number || *number < 0 || unit == kUnits.end()) return std::nullopt;
    total += static_cast<double>(*number) * unit->ms;
  }
  constexpr double kLongestMs = 1e6 * kDayMs;
  if (total > kLongestMs) return std::nullopt;
  return static_cast<std::int64_t>(total);
}

std::int64_t log_retention_ms(const Metadata& metadata) {
  return interval_of(metadata, "delta.logRetentionDuration", kLogRetentionMs);
}

std::int64_t deleted_file_retention_ms(const Metadata& metadata) {
  return interval_of(metadata, "delta.deletedFileRetentionDuration", kDeletedFileRetentionMs);
}

bool log_cleanup_enabled(const Metadata& metadata) {
  const std::string* text = find(metadata, "delta.enableExpiredLogCleanup");
  return !text || !equal_ignoring_case(*text, "false");
}

std::int64_t checkpoint_interval(const Metadata& metadata) {
  const std::string* text = find(metadata, "delta.checkpointInterval");
  return text && is_checkpoint_interval(*text) ? *whole_number(*text) : kCheckpointInterval;
}

std::optional<std::uint64_t> target_file_bytes(const Metadata& metadata) {
  const std::string* text = find(metadata, "delta.targetFileSize");
  return text && is_target_size(*text) ? parse_bytes(*text) : std::nullopt;
}

void check_property(const std::string& name, const std::string& value) {
  if (trim(name).empty() || !valid_utf8(name) || !valid_utf8(value))
    throw Error(Code::kInvalidArgument, "A table property needs a name and a value in UTF-8.");
  if (name.size() + value.size() > kPropertyBytesMax)
    throw Error(Code::kTooLarge, "A table property is too long: '" + name.substr(0, 100) + "'.");
  for (const FeatureProperty& property : kFeatureProperties) {
    const bool prefix = property.name.ends_with('.');
    if (prefix ? name.starts_with(property.name) : name == property.name) {
      throw Error(Code::kUnsupported,
                  "The table property '" + name +
                      "' needs what Tarn cannot write: " + std::string(property.feature) + ".");
    }
  }
  std::vector<std::string> names;
  for (const Known& known : kKnown) {
    names.emplace_back(known.name);
    if (known.name != name) continue;
    if (known.valid(value)) return;
    throw Error(
        Code::kInvalidArgument,
        join(std::vector<std::string>{"The table property '", name, "' cannot be '", value, "'."},
             ""),
        "It is " + std::string(known.wanted) + ".");
  }
  if (!name.starts_with(kOwnPrefix)) return;
  const std::string meant = did_you_mean(name, names);
  throw Error(Code::kInvalidArgument,
              "Delta has no such table property, or Tarn does not honour it: '" + name + "'.",
              meant.empty() ? "Those that it does: " + join(names, ", ") + "." : meant);
}

std::int64_t change_properties(Table& table, const PropertyChange& change, std::string_view user,
                               const CancelToken& cancel) {
  for (const auto& [name, value] : change.set) check_property(name, value);
  const SnapshotPtr snapshot = table.snapshot({}, cancel);
  Metadata metadata = snapshot->metadata;
  std::vector<std::string> names;
  for (const auto& [name, value] : metadata.configuration) names.push_back(name);
  for (const std::string& name : change.unset) {
    if (metadata.configuration.erase(name) > 0) continue;
    throw Error(Code::kNotFound, "The table has no property '" + name + "'.",
                did_you_mean(name, names));
  }
  for (const auto& [name, value] : change.set) metadata.configuration[name] = value;
  if (metadata.configuration.size() > kPropertiesMax) {
    throw Error(Code::kTooLarge,
                "A table can have at most " + std::to_string(kPropertiesMax) + " properties.");
  }
  if (metadata.configuration == snapshot->metadata.configuration) return snapshot->version;
  Json parameters;
  if (change.set.empty()) {
    parameters["properties"] = Json(change.unset).dump();
    parameters["ifExists"] = "false";
  } else {
    parameters["properties"] = properties_json(change.set);
  }
  return table.commit(
      {.kind = Change::Kind::kMetadata,
       .read_version = snapshot->version,
       .table_id = snapshot->metadata.id,
       .actions = {std::move(metadata)},
       .operation = change.set.empty() ? "UNSET TBLPROPERTIES" : "SET TBLPROPERTIES",
       .parameters = parameters.dump(),
       .metrics = "{}",
       .user = std::string(user)},
      cancel);
}

}  // namespace tarn::lake::delta
