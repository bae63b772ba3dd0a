#include "lake/table_load.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "engine/database.h"
#include "lake/schema_evolution.h"
#include "lake/table_writer.h"

namespace tarn::lake {
namespace {

using Mode = LoadOptions::Mode;

void check_options(const LoadOptions& options) {
  if (options.merge_schema && options.mode != Mode::kAppend)
    throw Error(Code::kInvalidArgument, "merge_schema goes with the mode append only.");
  if (options.overwrite_schema && options.mode != Mode::kOverwrite)
    throw Error(Code::kInvalidArgument, "overwrite_schema goes with the mode overwrite only.");
}

void check_partitions(const delta::Metadata& metadata, const std::vector<std::string>& asked) {
  if (asked.empty()) return;
  const auto& own = metadata.partition_columns;
  const bool same = std::equal(
      asked.begin(), asked.end(), own.begin(), own.end(),
      [](const std::string& a, const std::string& b) { return equal_ignoring_case(a, b); });
  if (same) return;
  throw Error(
      Code::kInvalidArgument,
      "The table is partitioned by other columns than asked for: (" + join(own, ", ") + ").",
      "Leave the partition columns out, or drop the table first.");
}

LoadResult create(Catalog& catalog, const TableName& name, engine::Connection& connection,
                  const std::string& select_sql, const delta::Schema& schema,
                  const LoadOptions& options, const CancelToken& cancel) {
  LoadResult result{.created = true};
  std::unique_ptr<TableWriter> writer;
  const TableRef ref = catalog.create_table(
      name.database.empty() ? kDefaultDatabase : std::string_view(name.database),
      name.schema.empty() ? kDefaultSchema : std::string_view(name.schema), name.table, schema,
      options.partition_columns, {},
      [&](const std::filesystem::path& folder) {
        writer = std::make_unique<TableWriter>(folder, schema, options.partition_columns);
        auto adds = writer->write(connection, select_sql, cancel);
        writer->keep();  // the folder is removed as a whole where the table does not come about
        return adds;
      },
      options.user);
  result.table = ref.text();
  result.rows = writer->rows();
  return result;
}

}  // namespace

LoadResult load_table(Catalog& catalog, const TableName& name, engine::Connection& connection,
                      const std::string& select_sql, const LoadOptions& options,
                      const CancelToken& cancel) {
  check_options(options);
  const delta::Schema incoming = delta::schema_of(connection.describe(select_sql));
  const auto ref = catalog.find(
      name.database.empty() ? kDefaultDatabase : std::string_view(name.database),
      name.schema.empty() ? kDefaultSchema : std::string_view(name.schema), name.table);
  if (!ref) return create(catalog, name, connection, select_sql, incoming, options, cancel);
  if (options.mode == Mode::kErrorIfExists)
    throw Error(Code::kAlreadyExists, "There is a table already: '" + ref->text() + "'.");

  const auto table = catalog.open(*ref);
  const delta::SnapshotPtr snapshot = table->snapshot({}, cancel);
  delta::check_writable(snapshot->protocol, snapshot->metadata);
  check_partitions(snapshot->metadata, options.partition_columns);
  delta::Schema schema = snapshot->schema();
  if (options.merge_schema) {
    schema = delta::merged_schema(schema, incoming);
  } else if (options.overwrite_schema) {
    schema = incoming;
  } else {
    delta::check_columns(schema, incoming);
  }
  const bool changed = !(schema == snapshot->schema());
  delta::Metadata metadata = snapshot->metadata;
  metadata.schema = schema;
  TableWriter writer(ref->folder, metadata);
  auto adds =
      writer.write(connection, delta::columns_by_name_sql(schema, incoming, select_sql), cancel);
  LoadResult result{.table = ref->text(), .version = snapshot->version, .rows = writer.rows()};
  if (options.mode == Mode::kOverwrite) {
    result.version =
        table->overwrite(*snapshot, std::move(adds), changed ? std::optional(schema) : std::nullopt,
                         options.user, cancel);
  } else if (changed) {
    result.version =
        table->append_with_schema(*snapshot, std::move(adds), schema, options.user, cancel);
  } else if (!adds.empty()) {
    result.version = table->append(*snapshot, std::move(adds), options.user, cancel);
  }
  writer.keep();
  return result;
}

}  // namespace tarn::lake
