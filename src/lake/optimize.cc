#include "lake/optimize.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/database.h"
#include "lake/table_properties.h"
#include "lake/table_writer.h"

namespace tarn::lake::delta {
namespace {

using Files = std::vector<std::shared_ptr<const Add>>;

/// Files of one partition that become one file.
struct Bin {
  Files files;
  std::int64_t bytes = 0;
};

/// Small files of each partition, the smallest first, packed until the target is reached. A bin of
/// one file would only copy it.
std::vector<Bin> bins_of(const Snapshot& snapshot, std::uint64_t target_bytes) {
  const auto target = static_cast<std::int64_t>(target_bytes);
  std::map<PartitionValues, Files> small;
  for (const auto& add : snapshot.files) {
    if (add->size < target) small[add->partition_values].push_back(add);
  }
  std::vector<Bin> bins;
  for (auto& [values, files] : small) {
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
      return std::tie(a->size, a->path) < std::tie(b->size, b->path);
    });
    std::vector<Bin> packed(1);
    for (const auto& file : files) {
      if (!packed.back().files.empty() && packed.back().bytes + file->size > target)
        packed.emplace_back();
      packed.back().files.push_back(file);
      packed.back().bytes += file->size;
    }
    for (Bin& bin : packed) {
      if (bin.files.size() > 1) bins.push_back(std::move(bin));
    }
  }
  return bins;
}

std::string scan_of(const Snapshot& snapshot, const std::filesystem::path& folder, const Bin& bin) {
  Snapshot part;
  part.version = snapshot.version;
  part.protocol = snapshot.protocol;
  part.metadata = snapshot.metadata;
  part.files = bin.files;
  return "SELECT * FROM " + scan_sql(part, folder);
}

void check_rows(const Bin& bin, std::int64_t written) {
  std::int64_t expected = 0;
  for (const auto& add : bin.files) {
    const auto records = add->records();
    if (!records) return;
    expected += *records;
  }
  if (expected == written) return;
  throw Error(Code::kDataLoss,
              "The files to rewrite have " + std::to_string(written) + " rows, but the log says " +
                  std::to_string(expected) + ".",
              "Nothing was changed. Compare the files with the statistics in the Delta log.");
}

void add_actions(const Bin& bin, std::vector<Add> adds, std::int64_t now_ms, Change& change,
                 OptimizeResult& result) {
  for (const auto& add : bin.files) {
    change.actions.emplace_back(Remove{.path = add->path,
                                       .deleted_ms = now_ms,
                                       .data_change = false,
                                       .partition_values = add->partition_values,
                                       .size = add->size});
    ++result.files_removed;
    result.bytes_removed += add->size;
  }
  for (Add& add : adds) {
    add.data_change = false;
    ++result.files_added;
    result.bytes_added += add.size;
    change.actions.emplace_back(std::move(add));
  }
}

std::string metrics_of(const OptimizeResult& result) {
  // Spark writes the metrics of an operation as texts.
  Json metrics;
  metrics["numRemovedFiles"] = std::to_string(result.files_removed);
  metrics["numRemovedBytes"] = std::to_string(result.bytes_removed);
  metrics["numAddedFiles"] = std::to_string(result.files_added);
  metrics["numAddedBytes"] = std::to_string(result.bytes_added);
  return metrics.dump();
}

}  // namespace

OptimizeResult optimize(Table& table, engine::Connection& connection,
                        const OptimizeOptions& options, const CancelToken& cancel) {
  const SnapshotPtr snapshot = table.snapshot({}, cancel);
  check_writable(snapshot->protocol, snapshot->metadata);
  const std::uint64_t target = options.target_file_bytes.value_or(
      target_file_bytes(snapshot->metadata).value_or(TableWriter::kFileBytesTarget));
  if (target < kOptimizeFileBytesMin || target > kOptimizeFileBytesMax) {
    throw Error(Code::kInvalidArgument,
                "A target size of files must be within 1 KiB and 16 GiB, not " +
                    std::to_string(target) + " bytes.");
  }
  OptimizeResult result{.version = snapshot->version};
  const std::vector<Bin> bins = bins_of(*snapshot, target);
  if (bins.empty()) return result;
  Change change{
      .kind = Change::Kind::kRearrange,
      .read_version = snapshot->version,
      .table_id = snapshot->metadata.id,
      .actions = {},
      .operation = "OPTIMIZE",
      .parameters = R"({"predicate":"[]","targetSize":")" + std::to_string(target) + "\"}",
      .metrics = "{}",
      .user = options.user};
  std::vector<std::unique_ptr<TableWriter>> writers;
  const PartitionValues* partition = nullptr;
  for (const Bin& bin : bins) {
    cancel.check();
    const Add& first = *bin.files.front();
    auto writer = std::make_unique<TableWriter>(table.folder(), snapshot->schema(),
                                                snapshot->metadata.partition_columns);
    writer->set_file_bytes_target(target);
    if (!snapshot->metadata.partition_columns.empty()) {
      writer->set_partition(first.partition_values,
                            std::filesystem::path(first.path).parent_path());
    }
    auto adds = writer->write(connection, scan_of(*snapshot, table.folder(), bin), cancel);
    check_rows(bin, writer->rows());
    add_actions(bin, std::move(adds), table.now() / 1000, change, result);
    writers.push_back(std::move(writer));
    if (!partition || *partition != first.partition_values) ++result.partitions_optimized;
    partition = &first.partition_values;
  }
  change.metrics = metrics_of(result);
  result.version = table.commit(change, cancel);
  for (const auto& writer : writers) writer->keep();
  log::info("delta.optimized", {{"table", table.folder().string()},
                                {"version", result.version},
                                {"removed", result.files_removed},
                                {"added", result.files_added}});
  return result;
}

}  // namespace tarn::lake::delta
