#include "detail/trial_record.h"

#include <cstring>
#include <type_traits>

#include "base/digest.h"

namespace tarn::ml::detail {

namespace {

constexpr std::string_view kMagic = "tarn.trial.1\n";

class Writer {
 public:
  template <typename T>
  void number(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view text) {
    number(static_cast<std::uint64_t>(text.size()));
    bytes_.append(text);
  }
  void doubles(std::span<const double> values) {
    number(static_cast<std::uint64_t>(values.size()));
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }
  std::string finish() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reading beyond the end yields zeros and nothing; whole() tells.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T number() {
    T value{};
    const std::string_view part = take(sizeof value);
    if (part.size() == sizeof value) part.copy(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(number<std::uint64_t>())); }
  std::vector<double> doubles() {
    const auto count = number<std::uint64_t>();
    if (count > bytes_.size() / sizeof(double)) whole_ = false;
    std::vector<double> values(whole_ ? count : 0);
    const std::string_view part = take(values.size() * sizeof(double));
    part.copy(reinterpret_cast<char*>(values.data()), part.size());
    return values;
  }
  bool whole() const { return whole_ && bytes_.empty(); }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size()) {
      whole_ = false;
      return {};
    }
    const std::string_view part = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return part;
  }

  std::string_view bytes_;
  bool whole_ = true;
};

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  return mix_bits(hash ^ mix_bits(value + 1));
}

bool fits_its_space(const Configuration& configuration) {
  if (static_cast<std::size_t>(configuration.algorithm) >= all_algorithms().size()) return false;
  if (static_cast<std::size_t>(configuration.scale) >= std::size(kTargetScales)) return false;
  return configuration.values.size() == space_of(configuration.algorithm).size();
}

}  // namespace

std::uint64_t fingerprint_of(const Validation& validation, Metric primary, std::uint64_t seed) {
  std::uint64_t hash = mix(seed, static_cast<std::uint64_t>(primary));
  for (const double value : validation.target()) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    hash = mix(hash, bits);
  }
  for (const Fold& fold : validation.folds()) hash = mix(hash, fold.validation.size());
  for (const PlannedColumn& column : validation.plan().columns) {
    for (const char c : column.name) hash = mix(hash, static_cast<unsigned char>(c));
    hash = mix(hash, static_cast<std::uint64_t>(column.type));
  }
  return hash;
}

std::string write_record(const TrialRecord& record, std::uint64_t fingerprint) {
  const TrialOutcome& outcome = record.outcome;
  Writer writer;
  writer.number(fingerprint);
  writer.number(static_cast<std::uint8_t>(record.state));
  writer.number(record.duration_s);
  writer.text(record.error);
  writer.number(static_cast<std::int32_t>(outcome.index));
  writer.number(static_cast<std::uint8_t>(outcome.configuration.algorithm));
  writer.number(static_cast<std::uint8_t>(outcome.configuration.scale));
  writer.doubles(outcome.configuration.values);
  writer.number(static_cast<std::int32_t>(outcome.rounds));
  writer.number(static_cast<std::uint64_t>(outcome.folds_judged));
  for (const double value :
       {outcome.target.low, outcome.target.high, outcome.target.shift, outcome.target.factor})
    writer.number(value);
  writer.doubles(outcome.predicted);
  const std::string body = std::move(writer).finish();
  return std::string(kMagic) + sha256_hex(body) + body;
}

std::optional<TrialRecord> read_record(std::string_view bytes, std::uint64_t fingerprint) {
  constexpr std::size_t kDigestSize = 64;
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + kDigestSize) return std::nullopt;
  const std::string_view digest = bytes.substr(kMagic.size(), kDigestSize);
  const std::string_view body = bytes.substr(kMagic.size() + kDigestSize);
  if (sha256_hex(body) != digest) return std::nullopt;
  Reader reader(body);
  if (reader.number<std::uint64_t>() != fingerprint) return std::nullopt;
  TrialRecord record;
  TrialOutcome& outcome = record.outcome;
  record.state = static_cast<TrialRecord::State>(reader.number<std::uint8_t>());
  record.duration_s = reader.number<double>();
  record.error = reader.text();
  outcome.index = reader.number<std::int32_t>();
  outcome.configuration.algorithm = static_cast<Algorithm>(reader.number<std::uint8_t>());
  outcome.configuration.scale = static_cast<TargetScale>(reader.number<std::uint8_t>());
  outcome.configuration.values = reader.doubles();
  outcome.rounds = reader.number<std::int32_t>();
  outcome.folds_judged = reader.number<std::uint64_t>();
  outcome.target.scale = outcome.configuration.scale;
  for (double* value :
       {&outcome.target.low, &outcome.target.high, &outcome.target.shift, &outcome.target.factor})
    *value = reader.number<double>();
  outcome.predicted = reader.doubles();
  if (!reader.whole() || record.state > TrialRecord::State::kEndedEarly ||
      !fits_its_space(outcome.configuration))
    return std::nullopt;
  return record;
}

}  // namespace tarn::ml::detail
