#pragma once
// The actions of a Delta log and a table's state at one version (Delta protocol, "Actions", "Action
// Reconciliation").

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "lake/delta_schema.h"

namespace tarn::lake::delta {

struct Protocol {
  int reader = 1;
  int writer = 2;
  std::vector<std::string> reader_features;  // only with reader 3
  std::vector<std::string> writer_features;  // only with writer 7
};

struct Metadata {
  std::string id;  // a GUID
  std::string name;
  std::string description;
  Schema schema;
  std::vector<std::string> partition_columns;
  std::map<std::string, std::string> configuration;  // table properties: "delta.appendOnly", …
  std::int64_t created_ms = 0;
};

/// A partition value as the log has it; empty is NULL.
using PartitionValues = std::map<std::string, std::optional<std::string>>;

struct Add {
  std::string path;  // relative to the table's folder, decoded
  PartitionValues partition_values;
  std::int64_t size = 0;
  std::int64_t modified_ms = 0;
  bool data_change = true;
  std::string stats;  // a JSON object, or empty
  std::string
      deletion_vector;  // its descriptor, a JSON object; empty: no row of the file is deleted
  std::map<std::string, std::string> tags;

  /// numRecords of the statistics less the deleted rows, where they have it.
  std::optional<std::int64_t> records() const;
};

struct Remove {
  std::string path;  // decoded
  std::int64_t deleted_ms = 0;
  bool data_change = true;
  std::optional<PartitionValues> partition_values;
  std::int64_t size = 0;
};

/// An application's own progress ("streaming query 7 is at batch 12").
struct Txn {
  std::string app_id;
  std::int64_t version = 0;
  std::int64_t updated_ms = 0;
};

struct CommitInfo {
  std::int64_t timestamp_ms = 0;
  std::string operation;          // "WRITE", "CREATE TABLE", "DELETE", …
  std::string parameters = "{}";  // a JSON object
  std::string metrics = "{}";     // a JSON object
  std::string engine = "";        // "Tarn/0.1.0"
  std::string user;
  std::int64_t read_version = -1;  // -1: none
  bool blind_append = false;
};

using Action = std::variant<CommitInfo, Protocol, Metadata, Add, Remove, Txn>;

/// One line of a commit file, without the line end.
std::string to_line(const Action& action);
/// Reads a commit file. Unknown actions are passed over; malformed lines throw Error(kDataLoss)
/// naming `source` and the line. Files outside the table's folder throw kUnsupported.
std::vector<Action> parse_commit(std::string_view text, std::string_view source);

/// Throws Error(kUnsupported) naming the reader version or features that neither Tarn nor the
/// engine's extension implements.
void check_readable(const Protocol& protocol);
/// The same for writing: features, column mapping, constraints, generated columns, invariants.
void check_writable(const Protocol& protocol, const Metadata& metadata);

/// A table at one version. Immutable; share it freely between threads.
struct Snapshot {
  std::int64_t version = -1;
  Micros timestamp = 0;  // of the commit
  Protocol protocol;
  Metadata metadata;
  std::vector<std::shared_ptr<const Add>>
      files;  // ordered by path; shared with the snapshots before and after
  std::map<std::string, std::int64_t> transactions;  // app id → version

  const Schema& schema() const { return metadata.schema; }
  /// Its files cannot be read as they lie: column mapping or deletion vectors are in use. The
  /// engine's `delta` extension reads them.
  bool needs_extension() const;
  /// The sum of the files' numRecords; empty where a file has no statistics.
  std::optional<std::int64_t> row_count() const;
  std::int64_t size_bytes() const;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// "00000000000000000012.json".
inline constexpr std::size_t kVersionDigits = 20;  // of a version in a file name
std::string commit_file_name(std::int64_t version);

/// Percent-encoding of a file's path in the log (RFC 2396, as Delta has it), and back. decode
/// throws kDataLoss.
std::string encode_path(std::string_view path);
std::string decode_path(std::string_view encoded);

}  // namespace tarn::lake::delta
