#include "detail/exec/warm_tables.h"

#include <algorithm>
#include <atomic>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "engine/type.h"

namespace tarn::sql {

struct WarmTable::Home {
  std::mutex mutex;  // the connection serves one thread at a time
  engine::Connection connection;
};

namespace {

constexpr std::uint64_t kTextBytes = 16;      // of a text in its column; longer ones lie apart
constexpr std::uint64_t kTextInlineMax = 12;  // bytes of a text that the 16 hold
constexpr std::uint64_t kIndexBytes = 16;     // of a row in an index
constexpr std::int64_t kRowsOfKeyMax = 64;    // on average, of a column that is worth an index

bool is_text(const lake::delta::Type& type) {
  using Kind = lake::delta::Type::Kind;
  return type.kind == Kind::kString || type.kind == Kind::kBinary;
}

/// Of a value in the engine's columns; 0 for nested ones.
std::uint64_t value_bytes(const lake::delta::Type& type) {
  using Kind = lake::delta::Type::Kind;
  switch (type.kind) {
    case Kind::kBoolean:
    case Kind::kByte:
      return 1;
    case Kind::kShort:
      return 2;
    case Kind::kInteger:
    case Kind::kFloat:
    case Kind::kDate:
      return 4;
    case Kind::kDecimal:
      return type.precision > 18 ? 16 : 8;
    case Kind::kString:
    case Kind::kBinary:
      return kTextBytes;
    case Kind::kLong:
    case Kind::kDouble:
    case Kind::kTimestamp:
    case Kind::kTimestampNtz:
      return 8;
    case Kind::kStruct:
    case Kind::kArray:
    case Kind::kMap:
      break;
  }
  return 0;
}

bool is_whole_number(const lake::delta::Type& type) {
  using Kind = lake::delta::Type::Kind;
  return type.kind == Kind::kShort || type.kind == Kind::kInteger || type.kind == Kind::kLong;
}

/// Of a row without its long texts; nothing where a column is nested.
std::optional<std::uint64_t> row_bytes(const lake::delta::Schema& schema) {
  std::uint64_t bytes = 0;
  for (const lake::delta::Field& field : schema.fields) {
    if (field.type.nested()) return std::nullopt;
    bytes += value_bytes(field.type);
  }
  return bytes;
}

/// What a copy would take at least, with an index; nothing where that is not known.
std::optional<std::uint64_t> least_bytes(const lake::delta::Snapshot& snapshot) {
  const auto rows = snapshot.row_count();
  const auto width = row_bytes(snapshot.schema());
  if (!rows || !width) return std::nullopt;
  return static_cast<std::uint64_t>(*rows) * (*width + kIndexBytes);
}

/// Of the texts that lie apart. Their lengths stand in no statistics.
std::uint64_t long_text_bytes(engine::Connection& connection, const lake::delta::Schema& schema,
                              const std::string& scan, const CancelToken& cancel) {
  std::string sum;
  for (const lake::delta::Field& field : schema.fields) {
    if (!is_text(field.type)) continue;
    const std::string name = engine::quote_name(field.name);
    // A text may be another type of SQL Server's, which the scan gives.
    const bool binary = field.type.kind == lake::delta::Type::Kind::kBinary;
    const std::string length =
        binary ? "octet_length(" + name + ")" : "strlen(CAST(" + name + " AS VARCHAR))";
    sum += (sum.empty() ? "" : " + ") + std::string("coalesce(sum(") + length + ") FILTER (WHERE " +
           length + " > " + std::to_string(kTextInlineMax) + "), 0)";
  }
  if (sum.empty()) return 0;
  const auto rows =
      connection.rows("SELECT CAST(" + sum + " AS BIGINT) AS n FROM " + scan + " AS t", cancel);
  return std::stoull(rows.at(0).at(0).value_or("0"));
}

/// Unique in this process, whatever its engines.
std::string new_engine_name() {
  static std::atomic<std::uint64_t> last = 0;
  return "tarn_warm_" + std::to_string(++last);
}

}  // namespace

WarmTable::WarmTable(std::shared_ptr<Home> home, lake::delta::SnapshotPtr snapshot,
                     std::string engine_name, std::uint64_t bytes, int look_ups_for_index)
    : home_(std::move(home)),
      snapshot_(std::move(snapshot)),
      engine_name_(std::move(engine_name)),
      bytes_(bytes),
      look_ups_for_index_(look_ups_for_index) {}

WarmTable::~WarmTable() {
  const std::lock_guard lock(home_->mutex);
  try {
    home_->connection.execute("DROP TABLE IF EXISTS " + engine::quote_name(engine_name_));
  } catch (const std::exception& error) {
    log::warn("sql.warm_table.kept", {{"table", engine_name_}, {"error", error.what()}});
  }
}

void WarmTable::count(const lake::delta::Predicate& predicate, std::string& ripe) {
  using Op = lake::delta::Predicate::Op;
  if (predicate.op == Op::kAnd) {
    for (const auto& operand : predicate.operands) count(operand, ripe);
  }
  if (predicate.op != Op::kEqual) return;
  const lake::delta::Field* field = snapshot_->schema().find(predicate.column);
  if (field && is_whole_number(field->type) && ++look_ups_[field->name] == look_ups_for_index_)
    ripe = field->name;
}

void WarmTable::note_look_up(const lake::delta::Predicate& predicate, const CancelToken& cancel) {
  std::string ripe;
  {
    const std::lock_guard lock(mutex_);
    if (indexed_) return;
    count(predicate, ripe);
  }
  if (ripe.empty() || !make_index(ripe, cancel)) return;
  const std::lock_guard lock(mutex_);
  indexed_ = true;
}

bool WarmTable::make_index(const std::string& column, const CancelToken& cancel) {
  const std::lock_guard lock(home_->mutex);
  const std::string table = engine::quote_name(engine_name_);
  const std::string name = engine::quote_name(column);
  try {
    const auto rows =
        home_->connection.rows("SELECT count(" + name + ") <= " + std::to_string(kRowsOfKeyMax) +
                                   " * approx_count_distinct(" + name + ") AS w FROM " + table,
                               cancel);
    if (rows.at(0).at(0) != "true") return false;
    home_->connection.execute("CREATE INDEX " + engine::quote_name(engine_name_ + "_index") +
                                  " ON " + table + " (" + name + ")",
                              cancel);
    return true;
  } catch (const Error& error) {
    if (error.code() == Code::kCancelled) throw;
    log::info("sql.warm_table.no_index", {{"table", engine_name_}, {"error", error.message()}});
    return false;
  }
}

WarmTables::WarmTables(WarmLimits limits, std::function<SteadyClock::time_point()> now)
    : limits_(limits), now_(std::move(now)) {}
WarmTables::~WarmTables() = default;

WarmTablePtr WarmTables::find(engine::Database& database, const Wanted& wanted,
                              const CancelToken& cancel) {
  std::list<WarmTablePtr> dropped;  // outlives the lock
  {
    const std::lock_guard lock(mutex_);
    forget_idle(dropped);
    if (!entries_.contains(wanted.folder) && entries_.size() >= limits_.tables_max) return nullptr;
    Entry& entry = entries_[wanted.folder];
    if (entry.snapshot != wanted.snapshot) {
      if (entry.copy) dropped.push_back(std::move(entry.copy));
      entry = {.snapshot = wanted.snapshot};
    }
    entry.used = now_();
    if (entry.copy || entry.refused || ++entry.reads < limits_.reads) return entry.copy;
  }
  const std::unique_lock making(making_, std::try_to_lock);
  if (!making) return nullptr;
  WarmTablePtr made = make(database, wanted, cancel);
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(wanted.folder);
  if (entry == entries_.end() || entry->second.snapshot != wanted.snapshot) return made;
  entry->second.refused = made == nullptr;
  entry->second.copy = made;
  if (made) make_room(wanted.folder, made->bytes(), dropped);
  return made;
}

WarmTablePtr WarmTables::make(engine::Database& database, const Wanted& wanted,
                              const CancelToken& cancel) {
  const auto least = least_bytes(*wanted.snapshot);
  const std::uint64_t limit = std::min(limits_.table_bytes_max, limits_.bytes_max);
  if (!least || *least > limit) return nullptr;
  try {
    if (!home_) home_.reset(new WarmTable::Home{.mutex = {}, .connection = database.connect()});
    const std::lock_guard lock(home_->mutex);
    const std::string scan = wanted.scan_sql();
    const std::uint64_t bytes =
        *least + long_text_bytes(home_->connection, wanted.snapshot->schema(), scan, cancel);
    if (bytes > limit) return nullptr;
    std::string name = new_engine_name();
    home_->connection.execute(
        "CREATE TABLE " + engine::quote_name(name) + " AS SELECT * FROM " + scan + " AS t", cancel);
    return std::make_shared<WarmTable>(home_, wanted.snapshot, std::move(name), bytes,
                                       limits_.look_ups);
  } catch (const Error& error) {
    if (error.code() == Code::kCancelled) throw;
    // The statement reads the files, and tells the error if it meets it there.
    log::info("sql.warm_table.refused", {{"folder", wanted.folder}, {"error", error.message()}});
    return nullptr;
  }
}

void WarmTables::forget_idle(std::list<WarmTablePtr>& dropped) {
  const auto oldest = now_() - limits_.idle;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second.used >= oldest) {
      ++entry;
      continue;
    }
    if (entry->second.copy) dropped.push_back(std::move(entry->second.copy));
    entry = entries_.erase(entry);
  }
}

void WarmTables::make_room(const std::string& folder, std::uint64_t bytes,
                           std::list<WarmTablePtr>& dropped) {
  const auto others = [&] {
    std::uint64_t sum = 0;
    for (const auto& [name, entry] : entries_)
      sum += entry.copy && name != folder ? entry.copy->bytes() : 0;
    return sum;
  };
  while (others() + bytes > limits_.bytes_max) {
    auto oldest = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (!entry->second.copy || entry->first == folder) continue;
      if (oldest == entries_.end() || entry->second.used < oldest->second.used) oldest = entry;
    }
    if (oldest == entries_.end()) return;
    dropped.push_back(std::move(oldest->second.copy));
    entries_.erase(oldest);
  }
}

std::size_t WarmTables::copies() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(),
                    [](const auto& entry) { return entry.second.copy != nullptr; }));
}

std::uint64_t WarmTables::bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [folder, entry] : entries_) sum += entry.copy ? entry.copy->bytes() : 0;
  return sum;
}

std::shared_ptr<WarmTables> make_warm_tables() { return std::make_shared<WarmTables>(); }

}  // namespace tarn::sql
