#include "lake/delta_table.h"

#include <algorithm>
#include <list>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/log.h"
#include "detail/checkpoint.h"
#include "detail/conflict.h"
#include "detail/log_cleanup.h"
#include "detail/log_folder.h"
#include "detail/replay.h"
#include "lake/table_properties.h"

namespace tarn::lake::delta {

namespace fs = std::filesystem;
using detail::LogListing;
using detail::Replay;

namespace {

constexpr std::string_view kEngineInfo = "Tarn/0.1.0";
constexpr std::size_t kOldSnapshotsMax = 8;

bool has_timestamp_ntz(const std::vector<Field>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const Field& field) {
    return field.type.kind == Type::Kind::kTimestampNtz || has_timestamp_ntz(field.type.children);
  });
}

Protocol protocol_for(const Schema& schema) {
  if (!has_timestamp_ntz(schema.fields)) return {};
  return {.reader = 3,
          .writer = 7,
          .reader_features = {"timestampNtz"},
          .writer_features = {"appendOnly", "invariants", "timestampNtz"}};
}

// What an older protocol version implied becomes a named feature.
Protocol protocol_with_timestamp_ntz(Protocol protocol) {
  const auto add = [](std::vector<std::string>& features, const char* feature) {
    if (std::find(features.begin(), features.end(), feature) == features.end())
      features.emplace_back(feature);
  };
  if (protocol.writer < 7) {
    const std::pair<int, const char*> kImplied[] = {{2, "appendOnly"},       {2, "invariants"},
                                                    {3, "checkConstraints"}, {4, "changeDataFeed"},
                                                    {4, "generatedColumns"}, {5, "columnMapping"},
                                                    {6, "identityColumns"}};
    for (const auto& [version, feature] : kImplied) {
      if (protocol.writer >= version) add(protocol.writer_features, feature);
    }
  }
  if (protocol.reader == 2) add(protocol.reader_features, "columnMapping");
  add(protocol.reader_features, "timestampNtz");
  add(protocol.writer_features, "timestampNtz");
  protocol.reader = 3;
  protocol.writer = 7;
  return protocol;
}

bool declares_timestamp_ntz(const Protocol& protocol) {
  const auto& features = protocol.reader_features;
  return std::find(features.begin(), features.end(), "timestampNtz") != features.end();
}

void check_add(const Add& add, const Metadata& metadata) {
  const bool same =
      add.partition_values.size() == metadata.partition_columns.size() &&
      std::all_of(metadata.partition_columns.begin(), metadata.partition_columns.end(),
                  [&](const std::string& column) { return add.partition_values.contains(column); });
  check(same, "a file's partition values are those of the table's partition columns");
  check(!add.path.empty() && add.path.front() != '/', "a file's path is relative to its table");
}

Remove remove_of(const Add& add, std::int64_t now_ms) {
  return {.path = add.path,
          .deleted_ms = now_ms,
          .data_change = true,
          .partition_values = add.partition_values,
          .size = add.size};
}

}  // namespace

struct Table::Impl {
  Impl(const fs::path& folder, EngineProvider provider, FileSystem& file_system,
       const Clock& machine_clock)
      : log(folder, file_system),
        engine(std::move(provider)),
        files(file_system),
        clock(machine_clock) {}

  detail::LogFolder log;
  EngineProvider engine;
  FileSystem& files;
  const Clock& clock;

  std::recursive_mutex committing;  // one commit of this process at a time: fewer lost races

  std::mutex mutex;  // guards what follows
  std::optional<Replay> replay;
  SnapshotPtr newest;
  std::optional<detail::FileStamp> newest_stamp;  // of the newest version's commit file
  std::list<SnapshotPtr> old;                     // most recently used first

  // All below are called under `mutex`.
  SnapshotPtr refresh(const CancelToken& cancel);
  SnapshotPtr at_version(std::int64_t version, const CancelToken& cancel);
  std::int64_t version_at(Micros time, const CancelToken& cancel);
  Replay load(const LogListing& listing, std::int64_t version, const CancelToken& cancel);
  std::pair<Replay, std::int64_t> start(const LogListing& listing, std::int64_t version,
                                        const CancelToken& cancel);
  void forget() {
    replay.reset();
    newest.reset();
    newest_stamp.reset();
    old.clear();
  }

  std::vector<std::pair<std::int64_t, Micros>> commit_times(const LogListing& listing,
                                                            const CancelToken& cancel) const;
  void checkpoint(std::int64_t version);
  [[noreturn]] void no_table() const {
    throw Error(Code::kNotFound, "There is no Delta table in the folder: " +
                                     log.path().parent_path().string() + ".");
  }
};

// The newest version. What is kept is current when its commit file is still the same and none
// follows it.
SnapshotPtr Table::Impl::refresh(const CancelToken& cancel) {
  if (newest && newest_stamp && log.stamp(newest->version) == newest_stamp) {
    std::int64_t version = newest->version;
    auto stamp = log.stamp(version + 1);
    if (!stamp) return newest;
    try {
      for (; stamp; stamp = log.stamp(version + 1)) {
        cancel.check();
        replay->apply(log.read_commit(version + 1));
        newest_stamp = stamp;
        ++version;
      }
      newest = replay->snapshot(version, newest_stamp->modified());
      return newest;
    } catch (...) {
      forget();  // the replay may be half-way
      throw;
    }
  }
  forget();
  const LogListing listing = log.list(cancel);
  if (listing.empty()) no_table();
  const std::int64_t version = listing.newest();
  Replay loaded = load(listing, version, cancel);
  const auto stamp = log.stamp(version);
  newest = loaded.snapshot(version, stamp ? stamp->modified() : 0);
  replay = std::move(loaded);
  newest_stamp = stamp;
  return newest;
}

// The state of the newest readable checkpoint at or before `version`, and the first version that is
// missing in it.
std::pair<Replay, std::int64_t> Table::Impl::start(const LogListing& listing, std::int64_t version,
                                                   const CancelToken& cancel) {
  std::optional<Error> damage;
  for (auto checkpoint = listing.checkpoints.rbegin(); checkpoint != listing.checkpoints.rend();
       ++checkpoint) {
    if (checkpoint->version > version) continue;
    try {
      Replay state;
      state.apply(detail::read_checkpoint(engine(), log, *checkpoint, cancel));
      return {std::move(state), checkpoint->version + 1};
    } catch (const Error& error) {
      if (error.code() != Code::kDataLoss) throw;
      log::warn("delta.checkpoint.damaged",
                {{"version", checkpoint->version}, {"error", error.message()}});
      damage = error;
    }
  }
  if (listing.commits.empty() || listing.commits.front() != 0) {
    if (damage) throw *damage;
    if (!listing.checkpoints.empty() && listing.checkpoints.front().version > version) {
      throw Error(Code::kNotFound,
                  "The version is no longer in the Delta log: " + std::to_string(version) + ".",
                  "The log's clean-up (delta.logRetentionDuration) removed the commits before "
                  "version " +
                      std::to_string(listing.checkpoints.front().version) +
                      ", the oldest that can be read.");
    }
    const auto pointer = detail::read_last_checkpoint(engine, log);
    throw Error(Code::kDataLoss,
                "The Delta log does not begin with version 0 and has no checkpoint: " +
                    log.path().string() + ".",
                pointer ? "Its _last_checkpoint names version " + std::to_string(pointer->version) +
                              " in " + std::to_string(pointer->parts) +
                              " file(s), which are not all there."
                        : "");
  }
  return {Replay(), 0};
}

Replay Table::Impl::load(const LogListing& listing, std::int64_t version,
                         const CancelToken& cancel) {
  auto [state, next] = start(listing, version, cancel);
  auto commit = std::lower_bound(listing.commits.begin(), listing.commits.end(), next);
  for (; next <= version; ++next, ++commit) {
    cancel.check();
    if (commit == listing.commits.end() || *commit != next) {
      throw Error(Code::kDataLoss,
                  "A version is missing in the Delta log: " + commit_file_name(next) + ".");
    }
    state.apply(log.read_commit(next));
  }
  return std::move(state);
}

SnapshotPtr Table::Impl::at_version(std::int64_t version, const CancelToken& cancel) {
  const SnapshotPtr current = refresh(cancel);
  if (version == current->version) return current;
  if (version < 0 || version > current->version) {
    throw Error(Code::kNotFound, "The table has no version " + std::to_string(version) + ".",
                "The newest is " + std::to_string(current->version) + ".");
  }
  for (auto kept = old.begin(); kept != old.end(); ++kept) {
    if ((*kept)->version != version) continue;
    old.splice(old.begin(), old, kept);
    return old.front();
  }
  const Replay state = load(log.list(cancel), version, cancel);
  const auto stamp = log.stamp(version);
  old.push_front(state.snapshot(version, stamp ? stamp->modified() : 0));
  if (old.size() > kOldSnapshotsMax) old.pop_back();
  return old.front();
}

// The times of all commits that are there, made strictly increasing as Delta does (a copied log may
// have any times).
std::vector<std::pair<std::int64_t, Micros>> Table::Impl::commit_times(
    const LogListing& listing, const CancelToken& cancel) const {
  std::vector<std::pair<std::int64_t, Micros>> times;
  for (const std::int64_t version : listing.commits) {
    cancel.check();
    const auto stamp = log.stamp(version);
    if (!stamp) continue;
    const Micros earliest = times.empty() ? 0 : times.back().second + 1000;
    times.emplace_back(version, std::max(stamp->modified(), earliest));
  }
  return times;
}

std::int64_t Table::Impl::version_at(Micros time, const CancelToken& cancel) {
  const auto times = commit_times(log.list(cancel), cancel);
  if (times.empty()) no_table();
  if (time < times.front().second) {
    throw Error(Code::kNotFound, "The table has no version at the time " + format_utc(time) + ".",
                "The first that is there is version " + std::to_string(times.front().first) +
                    ", committed at " + format_utc(times.front().second) + ".");
  }
  const auto after =
      std::upper_bound(times.begin(), times.end(), time,
                       [](Micros value, const auto& entry) { return value < entry.second; });
  return std::prev(after)->first;
}

void Table::Impl::checkpoint(std::int64_t version) {
  if (!engine) return;
  const std::lock_guard lock(mutex);
  if (!replay || !newest || newest->version != version)
    return;  // others were faster: they will write theirs
  try {
    const Metadata& metadata = newest->metadata;
    const std::int64_t now_ms = clock.now() / 1000;
    detail::write_checkpoint(engine(), log, files, version,
                             replay->checkpoint(now_ms - deleted_file_retention_ms(metadata)));
    if (log_cleanup_enabled(metadata)) detail::clean_log(log, now_ms - log_retention_ms(metadata));
  } catch (const Error& error) {
    log::warn("delta.checkpoint.failed", {{"version", version}, {"error", error.message()}});
  }
}

Table::Table(fs::path folder, EngineProvider engine, FileSystem& files, const Clock& clock)
    : folder_(std::move(folder)),
      impl_(std::make_unique<Impl>(folder_, std::move(engine), files, clock)) {}

Table::~Table() = default;

bool Table::exists(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entry(folder / "_delta_log", error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kTemporaryPrefix)) continue;
    if (name.ends_with(".json") || name.ends_with(".parquet")) return true;
  }
  return false;
}

SnapshotPtr Table::snapshot(const AsOf& as_of, const CancelToken& cancel) {
  const std::lock_guard lock(impl_->mutex);
  if (as_of.version) return impl_->at_version(*as_of.version, cancel);
  if (as_of.timestamp)
    return impl_->at_version(impl_->version_at(*as_of.timestamp, cancel), cancel);
  return impl_->refresh(cancel);
}

void Table::check_files(const Snapshot& past, const CancelToken& cancel) {
  std::set<std::string_view> kept;
  const SnapshotPtr newest = snapshot({}, cancel);
  for (const auto& add : newest->files) kept.insert(add->path);
  for (const auto& add : past.files) {
    if (kept.contains(add->path)) continue;
    cancel.check();
    std::error_code ignored;
    if (fs::exists(folder_ / add->path, ignored)) continue;
    throw Error(Code::kNotFound,
                "Version " + std::to_string(past.version) +
                    " can no longer be read: its file is gone: '" + add->path + "'.",
                "VACUUM removes the files of versions older than its retention.");
  }
}

std::vector<std::shared_ptr<const Remove>> Table::tombstones(const CancelToken& cancel) {
  const std::lock_guard lock(impl_->mutex);
  impl_->refresh(cancel);
  return impl_->replay->removes();
}

Micros Table::now() const { return impl_->clock.now(); }

std::vector<HistoryEntry> Table::history(std::size_t limit, const CancelToken& cancel) {
  limit = std::min(limit, kHistoryMax);
  const auto times = impl_->commit_times(impl_->log.list(cancel), cancel);
  if (times.empty()) impl_->no_table();
  std::vector<HistoryEntry> entries;
  for (auto commit = times.rbegin(); commit != times.rend() && entries.size() < limit; ++commit) {
    cancel.check();
    entries.push_back({.version = commit->first,
                       .timestamp = commit->second,
                       .info = impl_->log.read_commit_info(commit->first)});
  }
  return entries;
}

namespace {

std::string render(const Change& change, const CommitInfo& info) {
  std::string lines = to_line(info) + "\n";
  for (const Action& action : change.actions) lines += to_line(action) + "\n";
  if (lines.size() > Table::kCommitBytesMax) {
    throw Error(Code::kTooLarge, "One commit has too many files.",
                "Write larger files, or in several statements.");
  }
  return lines;
}

bool removes_rows(const Change& change) {
  return std::any_of(change.actions.begin(), change.actions.end(), [](const Action& action) {
    const auto* remove = std::get_if<Remove>(&action);
    return remove && remove->data_change;
  });
}

// A change that was computed from another table, which was dropped meanwhile, must not go into this
// one.
void check_same_table(const Change& change, const Snapshot& table) {
  check(change.read_version >= 0, "a change names the version that it was computed from");
  const bool other_id = !change.table_id.empty() && change.table_id != table.metadata.id;
  if (!other_id && change.read_version <= table.version) return;
  throw Error(Code::kConflict, "The table was dropped and made anew by somebody else meanwhile.",
              "Run the statement again.");
}

// The metadata with a new schema, and the protocol where the schema asks for more.
void add_schema(const Snapshot& read, const Schema& schema, std::vector<Action>& actions) {
  Metadata metadata = read.metadata;
  metadata.schema = schema;
  for (const std::string& column : metadata.partition_columns) {
    if (!schema.find(column)) {
      throw Error(Code::kInvalidArgument,
                  "The new schema lacks a partition column: '" + column + "'.");
    }
  }
  if (has_timestamp_ntz(schema.fields) && !declares_timestamp_ntz(read.protocol))
    actions.emplace_back(protocol_with_timestamp_ntz(read.protocol));
  actions.emplace_back(std::move(metadata));
}

// What the table's own rules say about the change.
void check_allowed(const Change& change, const Snapshot& table) {
  check_writable(table.protocol, table.metadata);
  const auto append_only = table.metadata.configuration.find("delta.appendOnly");
  if (append_only != table.metadata.configuration.end() && append_only->second == "true" &&
      removes_rows(change)) {
    throw Error(Code::kInvalidArgument,
                "The table is append-only (delta.appendOnly): rows cannot be removed.");
  }
  const Metadata* metadata = &table.metadata;
  for (const Action& action : change.actions) {
    if (const auto* changed = std::get_if<Metadata>(&action)) metadata = changed;
  }
  for (const Action& action : change.actions) {
    if (const auto* add = std::get_if<Add>(&action)) check_add(*add, *metadata);
  }
}

}  // namespace

std::int64_t Table::commit(const Change& change, const CancelToken& cancel) {
  const std::lock_guard committing(impl_->committing);
  CommitInfo info{.operation = change.operation,
                  .parameters = change.parameters,
                  .metrics = change.metrics,
                  .engine = std::string(kEngineInfo),
                  .user = change.user,
                  .read_version = change.read_version,
                  .blind_append = change.kind == Change::Kind::kAppend};
  if (change.kind == Change::Kind::kCreate) {
    info.timestamp_ms = impl_->clock.now() / 1000;
    if (exists(folder_) || !impl_->log.write_commit(0, render(change, info), info.timestamp_ms)) {
      throw Error(Code::kAlreadyExists,
                  "There is a Delta table already in the folder: " + folder_.string() + ".");
    }
    return 0;
  }
  std::int64_t checked = change.read_version;
  for (int attempt = 0; attempt < kCommitAttemptsMax; ++attempt) {
    cancel.check();
    const SnapshotPtr latest = snapshot({}, cancel);
    check_same_table(change, *latest);
    check_allowed(change, *latest);
    while (checked < latest->version) {
      ++checked;
      detail::check_conflict(change, checked, impl_->log.read_commit(checked));
    }
    info.timestamp_ms = std::max(impl_->clock.now(), latest->timestamp + 1000) / 1000;
    const std::int64_t version = latest->version + 1;
    if (!impl_->log.write_commit(version, render(change, info), info.timestamp_ms)) continue;
    // Whatever goes wrong from here on, the version is committed.
    if (version % checkpoint_interval(latest->metadata) == 0) {
      try {
        snapshot();
        impl_->checkpoint(version);
      } catch (const Error& error) {
        log::warn("delta.checkpoint.failed", {{"version", version}, {"error", error.message()}});
      }
    }
    return version;
  }
  throw Error(Code::kConflict, "Too many others write to the table at the same time.",
              "Run the statement again.");
}

void Table::check_fits(const Change& change, const CancelToken& cancel) {
  const SnapshotPtr latest = snapshot({}, cancel);
  check_same_table(change, *latest);
  check_allowed(change, *latest);
  for (std::int64_t version = change.read_version + 1; version <= latest->version; ++version)
    detail::check_conflict(change, version, impl_->log.read_commit(version));
}

std::unique_lock<std::recursive_mutex> Table::hold_commits() {
  return std::unique_lock(impl_->committing);
}

SnapshotPtr Table::create(const Schema& schema, const std::vector<std::string>& partition_columns,
                          const std::map<std::string, std::string>& configuration,
                          const std::vector<Action>& more, std::string_view operation,
                          std::string_view user) {
  check_schema(schema);
  Metadata metadata;
  metadata.id = new_id();
  metadata.schema = schema;
  metadata.configuration = configuration;
  metadata.created_ms = impl_->clock.now() / 1000;
  for (const std::string& name : partition_columns) {
    const Field* field = schema.find(name);
    if (!field)
      throw Error(Code::kInvalidArgument,
                  "A partition column is not one of the table's: '" + name + "'.");
    if (field->type.nested() || field->type.kind == Type::Kind::kBinary) {
      throw Error(Code::kInvalidArgument,
                  "A column of this type cannot partition a table: '" + name + "'.");
    }
    metadata.partition_columns.push_back(field->name);
  }
  if (partition_columns.size() >= schema.fields.size()) {
    throw Error(Code::kInvalidArgument, "A table needs a column that does not partition it.");
  }
  Change change{.kind = Change::Kind::kCreate,
                .read_version = -1,
                .actions = {protocol_for(schema), metadata},
                .operation = std::string(operation),
                .parameters = "{}",
                .user = std::string(user)};
  Json parameters;
  parameters["partitionBy"] = Json(metadata.partition_columns).dump();
  change.parameters = parameters.dump();
  check_writable(protocol_for(schema), metadata);
  for (const Action& action : more) {
    if (const auto* add = std::get_if<Add>(&action)) check_add(*add, metadata);
    change.actions.push_back(action);
  }
  commit(change);
  return snapshot();
}

std::int64_t Table::append(const Snapshot& read, std::vector<Add> adds, std::string_view user,
                           const CancelToken& cancel) {
  Change change{
      .kind = Change::Kind::kAppend,
      .read_version = read.version,
      .table_id = read.metadata.id,
      .actions = {std::make_move_iterator(adds.begin()), std::make_move_iterator(adds.end())},
      .operation = "WRITE",
      .parameters = R"({"mode":"Append"})",
      .user = std::string(user)};
  return commit(change, cancel);
}

std::int64_t Table::append_with_schema(const Snapshot& read, std::vector<Add> adds,
                                       const Schema& schema, std::string_view user,
                                       const CancelToken& cancel) {
  check_schema(schema);
  Change change{.kind = Change::Kind::kMetadata,
                .read_version = read.version,
                .table_id = read.metadata.id,
                .actions = {},
                .operation = "WRITE",
                .parameters = R"({"mode":"Append"})",
                .user = std::string(user)};
  add_schema(read, schema, change.actions);
  for (Add& add : adds) change.actions.emplace_back(std::move(add));
  return commit(change, cancel);
}

std::int64_t Table::overwrite(const Snapshot& read, std::vector<Add> adds,
                              const std::optional<Schema>& schema, std::string_view user,
                              const CancelToken& cancel) {
  Change change{.kind = Change::Kind::kOverwrite,
                .read_version = read.version,
                .table_id = read.metadata.id,
                .actions = {},
                .operation = "WRITE",
                .parameters = R"({"mode":"Overwrite"})",
                .user = std::string(user)};
  if (schema) {
    check_schema(*schema);
    add_schema(read, *schema, change.actions);
  }
  const std::int64_t now_ms = impl_->clock.now() / 1000;
  for (const auto& add : read.files) change.actions.emplace_back(remove_of(*add, now_ms));
  for (Add& add : adds) change.actions.emplace_back(std::move(add));
  return commit(change, cancel);
}

std::int64_t Table::delete_all(const Snapshot& read, std::string_view user,
                               const CancelToken& cancel) {
  Change change{.kind = Change::Kind::kOverwrite,
                .read_version = read.version,
                .table_id = read.metadata.id,
                .actions = {},
                .operation = "DELETE",
                .parameters = R"({"predicate":"[\"true\"]"})",
                .user = std::string(user)};
  const std::int64_t now_ms = impl_->clock.now() / 1000;
  for (const auto& add : read.files) change.actions.emplace_back(remove_of(*add, now_ms));
  return commit(change, cancel);
}

struct TableCache::Impl {
  EngineProvider engine;
  FileSystem& files;
  const Clock& clock;
  std::mutex mutex;
  std::list<std::shared_ptr<Table>> tables;  // most recently used first
  std::unordered_map<std::string, std::list<std::shared_ptr<Table>>::iterator> by_folder;
};

TableCache::TableCache(EngineProvider engine, FileSystem& files, const Clock& clock)
    : impl_(new Impl{.engine = std::move(engine),
                     .files = files,
                     .clock = clock,
                     .mutex = {},
                     .tables = {},
                     .by_folder = {}}) {}

TableCache::~TableCache() = default;

std::shared_ptr<Table> TableCache::open(const fs::path& folder) {
  const std::lock_guard lock(impl_->mutex);
  const std::string key = folder.lexically_normal().string();
  if (const auto found = impl_->by_folder.find(key); found != impl_->by_folder.end()) {
    impl_->tables.splice(impl_->tables.begin(), impl_->tables, found->second);
    return impl_->tables.front();
  }
  impl_->tables.push_front(
      std::make_shared<Table>(folder, impl_->engine, impl_->files, impl_->clock));
  impl_->by_folder[key] = impl_->tables.begin();
  if (impl_->tables.size() > kTablesMax) {
    impl_->by_folder.erase(impl_->tables.back()->folder().lexically_normal().string());
    impl_->tables.pop_back();
  }
  return impl_->tables.front();
}

void TableCache::forget(const fs::path& folder) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->by_folder.find(folder.lexically_normal().string());
  if (found == impl_->by_folder.end()) return;
  impl_->tables.erase(found->second);
  impl_->by_folder.erase(found);
}

}  // namespace tarn::lake::delta
