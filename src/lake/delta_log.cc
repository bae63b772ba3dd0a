#include "lake/delta_log.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "detail/actions.h"
#include "detail/names.h"
#include "lake/check_constraints.h"

namespace tarn::lake::delta {
namespace {

// Column mapping and deletion vectors are the extension's. Columns of type variant are refused by
// the schema's reader; some writers declare the feature without having any.
constexpr std::array<std::string_view, 6> kReaderFeatures = {
    "timestampNtz", "columnMapping", "deletionVectors",
    "v2Checkpoint", "variantType",   "vacuumProtocolCheck"};
// Those after timestampNtz may be declared as long as the table makes no use of them (duties()).
constexpr std::array<std::string_view, 11> kWriterFeatures = {
    "appendOnly",       "invariants",        "timestampNtz",   "vacuumProtocolCheck",
    "checkConstraints", "columnMapping",     "changeDataFeed", "generatedColumns",
    "identityColumns",  "inCommitTimestamp", "variantType"};

template <std::size_t N>
std::vector<std::string> missing_from(const std::vector<std::string>& features,
                                      const std::array<std::string_view, N>& known) {
  std::vector<std::string> missing;
  for (const std::string& feature : features) {
    if (std::find(known.begin(), known.end(), feature) == known.end()) missing.push_back(feature);
  }
  return missing;
}

[[noreturn]] void refuse_features(std::string_view verb, std::string_view features) {
  throw Error(Code::kUnsupported,
              "The Delta table uses what Tarn cannot " + std::string(verb) + ": " +
                  std::string(features) + ".",
              "Rewrite the table without it, for instance with Spark's CLONE or deltalake's "
              "write_deltalake.");
}

std::string property(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.configuration.find(key);
  return found == metadata.configuration.end() ? std::string() : found->second;
}

void add_duty(std::vector<std::string>& duties, std::string_view feature) {
  if (std::find(duties.begin(), duties.end(), feature) == duties.end())
    duties.emplace_back(feature);
}

void add_column_duties(const std::vector<Field>& fields, std::vector<std::string>& duties) {
  for (const Field& field : fields) {
    for (const auto& [key, feature] : {std::pair("delta.generationExpression", "generatedColumns"),
                                       std::pair("delta.identity.start", "identityColumns")}) {
      if (field.metadata.find(key) != std::string::npos) add_duty(duties, feature);
    }
    add_column_duties(field.type.children, duties);
  }
}

bool column_mapping(const Metadata& metadata) {
  const std::string mode = property(metadata, "delta.columnMapping.mode");
  return !mode.empty() && mode != "none";
}

// What the features ask of a writer, where the table makes use of them.
std::vector<std::string> duties_of(const Metadata& metadata) {
  std::vector<std::string> duties;
  add_column_duties(metadata.schema.fields, duties);
  for (const auto& [key, feature] :
       {std::pair("delta.enableChangeDataFeed", "changeDataFeed"),
        std::pair("delta.enableInCommitTimestamps", "inCommitTimestamp"),
        std::pair("delta.enableRowTracking", "rowTracking"),
        std::pair("delta.enableDeletionVectors", "deletionVectors")}) {
    if (property(metadata, key) == "true") add_duty(duties, feature);
  }
  if (column_mapping(metadata)) add_duty(duties, "columnMapping");
  return duties;
}

}  // namespace

std::optional<std::int64_t> Add::records() const {
  if (stats.empty()) return std::nullopt;
  const Json json = Json::parse(stats, nullptr, false);
  if (!json.is_object() || !json.contains("numRecords") || !json["numRecords"].is_number_integer())
    return std::nullopt;
  std::int64_t records = json["numRecords"].get<std::int64_t>();
  if (!deletion_vector.empty()) {
    const Json vector = Json::parse(deletion_vector, nullptr, false);
    if (!vector.is_object() || !vector.contains("cardinality") ||
        !vector["cardinality"].is_number_integer())
      return std::nullopt;
    const auto deleted = vector["cardinality"].get<std::int64_t>();
    if (deleted < 0 || deleted > records) return std::nullopt;
    records -= deleted;
  }
  return records;
}

bool Snapshot::needs_extension() const {
  return column_mapping(metadata) || std::any_of(files.begin(), files.end(), [](const auto& add) {
           return !add->deletion_vector.empty();
         });
}

std::optional<std::int64_t> Snapshot::row_count() const {
  std::int64_t rows = 0;
  for (const auto& add : files) {
    const auto records = add->records();
    if (!records) return std::nullopt;
    rows += *records;
  }
  return rows;
}

std::int64_t Snapshot::size_bytes() const {
  std::int64_t bytes = 0;
  for (const auto& add : files) bytes += add->size;
  return bytes;
}

std::string commit_file_name(std::int64_t version) {
  char name[32];
  std::snprintf(name, sizeof name, "%020lld.json", static_cast<long long>(version));
  return name;
}

std::string encode_path(std::string_view path) {
  constexpr std::string_view kPlain = "/-._~!$&'()*+,;=@:";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter_or_digit = byte < 0x80 && std::isalnum(byte);
    if (letter_or_digit || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string decode_path(std::string_view encoded) {
  const auto decoded = lake::detail::percent_decode(encoded);
  if (!decoded) {
    throw Error(Code::kDataLoss, "A file's path in the Delta log is damaged: '" +
                                     lake::detail::printable(encoded) + "'.");
  }
  return *decoded;
}

void check_readable(const Protocol& protocol) {
  if (protocol.reader > 3) {
    refuse_features("read", "reader version " + std::to_string(protocol.reader));
  }
  if (protocol.reader == 3) {
    const auto missing = missing_from(protocol.reader_features, kReaderFeatures);
    if (!missing.empty()) refuse_features("read", join(missing, ", "));
  }
}

void check_writable(const Protocol& protocol, const Metadata& metadata) {
  check_readable(protocol);
  if (protocol.writer > 7)
    refuse_features("write", "writer version " + std::to_string(protocol.writer));
  if (protocol.writer == 7) {
    const auto missing = missing_from(protocol.writer_features, kWriterFeatures);
    if (!missing.empty()) refuse_features("write", join(missing, ", "));
  }
  const auto duties = duties_of(metadata);
  if (!duties.empty()) refuse_features("write", join(duties, ", "));
  if (has_checks(metadata)) checks_of(metadata);
}

std::string to_line(const Action& action) { return detail::action_to_json(action).dump(); }

std::vector<Action> parse_commit(std::string_view text, std::string_view source) {
  std::vector<Action> actions;
  int line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    try {
      detail::actions_from_json(parse_json(line), actions);
    } catch (const Json::exception& error) {
      throw Error(Code::kDataLoss,
                  "A commit of the Delta log is damaged: " + std::string(error.what()) + ".")
          .at({std::string(source), line_number, 0});
    } catch (const Error& error) {
      if (error.code() != Code::kInvalidArgument && error.code() != Code::kDataLoss) throw;
      throw Error(Code::kDataLoss, "A commit of the Delta log is damaged: " + error.message())
          .at({std::string(source), line_number, 0});
    }
  }
  return actions;
}

}  // namespace tarn::lake::delta
