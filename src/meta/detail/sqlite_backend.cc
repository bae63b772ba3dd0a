#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/disk_full.h"
#include "base/files.h"
#include "base/text.h"
#include "detail/backend.h"

namespace tarn::meta::detail {

namespace {

constexpr int kCachePages_kib = 4096;  // SQLite's page cache of a connection

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// "runs (workspace_id, run_id)" of "UNIQUE constraint failed: runs.workspace_id, runs.run_id".
std::string constraint_of(std::string_view message) {
  const std::size_t colon = message.find(": ");
  if (colon == std::string_view::npos) return std::string(message);
  std::string table;
  std::vector<std::string> columns;
  for (const std::string& part : split(message.substr(colon + 2), ',')) {
    const std::string_view name = trim(part);
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return std::string(message.substr(colon + 2));
    table = std::string(name.substr(0, dot));
    columns.emplace_back(name.substr(dot + 1));
  }
  return table + " (" + join(columns, ", ") + ")";
}

[[noreturn]] void throw_constraint(int extended, const std::string& message) {
  switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      throw Error(Code::kAlreadyExists,
                  "A row with this key is there already: " + constraint_of(message) + ".");
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      throw Error(Code::kConflict,
                  "A row that this one refers to is missing, or is still referred to.");
    case SQLITE_CONSTRAINT_TRIGGER:
      throw Error(Code::kPermissionDenied,
                  "The metadata store refuses this change: " + message + ".");
    default:
      throw Error(Code::kInvalidArgument,
                  "A value breaks a rule of the metadata store: " + message + ".");
  }
}

[[noreturn]] void throw_sqlite(int extended, const std::string& message) {
  switch (extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw BusyError(message);
    case SQLITE_CONSTRAINT:
      throw_constraint(extended, message);
    case SQLITE_FULL:
      throw disk_full("The disk of the metadata store is full: " + message + ".");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(Code::kDataLoss,
                  "The metadata store is damaged, or is no metadata store: " + message + ".",
                  "Restore it from a backup.");
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_IOERR:
      throw Error(Code::kUnavailable,
                  "The metadata store cannot be read or written: " + message + ".",
                  "Check the file, its owner and the disk.");
    case SQLITE_TOOBIG:
      throw Error(Code::kTooLarge, "A value is too large for the metadata store: " + message + ".");
    case SQLITE_NOMEM:
      throw Error(Code::kResourceExhausted,
                  "The metadata store is out of memory: " + message + ".");
    default:
      throw Error(Code::kInternal, "The metadata store failed: " + message + ".");
  }
}

/// A prepared statement, and which $n each of SQLite's parameters is: SQLite numbers names as they
/// occur.
struct Statement {
  StatementHandle handle;
  std::vector<int> parameters;  // [i] is n of SQLite's parameter i + 1
  int parameter_max = 0;
};

class SqliteConnection : public Connection {
 public:
  SqliteConnection(const std::filesystem::path& file, Access access, double busy_timeout_s) {
    sqlite3* db = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int status = sqlite3_open_v2(file.c_str(), &db, flags, nullptr);
    db_.reset(db);
    if (status != SQLITE_OK) throw_sqlite(status, sqlite3_errstr(status));
    sqlite3_busy_timeout(db_.get(), static_cast<int>(busy_timeout_s * 1000));
    sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    run_script(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        "PRAGMA case_sensitive_like = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -" +
        std::to_string(kCachePages_kib));
    if (access == Access::kRead) run_script("PRAGMA query_only = ON");
  }

  Dialect dialect() const override { return Dialect::kSqlite; }

  bool has_table(std::string_view name) override {
    const Value values[] = {name};
    return !query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1", values).empty();
  }

  bool is_empty() override { return query("SELECT 1 FROM sqlite_master LIMIT 1", {}).empty(); }

  void begin(Begin kind) override {
    execute(kind == Begin::kRead ? "BEGIN" : "BEGIN IMMEDIATE", {});
  }
  void commit() override { execute("COMMIT", {}); }
  void rollback() noexcept override {
    if (sqlite3_get_autocommit(db_.get()) == 0) {
      sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
  }

  std::int64_t execute(std::string_view sql, std::span<const Value> values) override {
    const std::int64_t before = sqlite3_total_changes64(db_.get());
    step_all(sql, values, {});
    // A statement that changes nothing leaves sqlite3_changes() at the statement before it.
    return sqlite3_total_changes64(db_.get()) == before ? 0 : sqlite3_changes64(db_.get());
  }

  void scan(std::string_view sql, std::span<const Value> values, const RowVisitor& visit) override {
    step_all(sql, values, visit);
  }

  void run_script(const std::string& script) override {
    const int status = sqlite3_exec(db_.get(), script.c_str(), nullptr, nullptr, nullptr);
    if (status != SQLITE_OK) fail(status);
  }

  sqlite3* handle() { return db_.get(); }

 private:
  [[noreturn]] void fail(int status) const {
    const std::string message = sqlite3_errmsg(db_.get());
    const bool full =
        (status & 0xff) == SQLITE_IOERR && is_disk_full(sqlite3_system_errno(db_.get()));
    throw_sqlite(full ? SQLITE_FULL : status, message);
  }

  void step_all(std::string_view sql, std::span<const Value> values, const RowVisitor& visit) {
    Statement& statement = prepared(sql);
    sqlite3_stmt* handle = statement.handle.get();
    bind(statement, values);
    struct Reset {
      sqlite3_stmt* handle;
      ~Reset() {
        sqlite3_reset(handle);
        sqlite3_clear_bindings(handle);
      }
    } reset{handle};
    int status = SQLITE_ROW;
    while ((status = sqlite3_step(handle)) == SQLITE_ROW) {
      if (visit) visit(read_row(handle));
    }
    if (status != SQLITE_DONE) fail(status);
  }

  static Row read_row(sqlite3_stmt* handle) {
    const int columns = sqlite3_column_count(handle);
    std::vector<Row::Cell> cells;
    cells.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) {
      switch (sqlite3_column_type(handle, i)) {
        case SQLITE_NULL:
          cells.emplace_back();
          break;
        case SQLITE_INTEGER:
          cells.emplace_back(static_cast<std::int64_t>(sqlite3_column_int64(handle, i)));
          break;
        case SQLITE_FLOAT:
          cells.emplace_back(sqlite3_column_double(handle, i));
          break;
        default: {
          const char* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle, i));
          const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle, i));
          cells.emplace_back(bytes == nullptr ? std::string() : std::string(bytes, size));
        }
      }
    }
    return Row(std::move(cells));
  }

  void bind(const Statement& statement, std::span<const Value> values) {
    check(static_cast<std::size_t>(statement.parameter_max) == values.size(),
          "a statement's parameters and arguments differ in number");
    for (std::size_t i = 0; i < statement.parameters.size(); ++i) {
      const Value& value = values[static_cast<std::size_t>(statement.parameters[i] - 1)];
      const int status = bind_one(statement.handle.get(), static_cast<int>(i + 1), value.storage());
      if (status != SQLITE_OK) fail(status);
    }
  }

  static int bind_one(sqlite3_stmt* handle, int index, const Value::Storage& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      return sqlite3_bind_int64(handle, index, *integer);
    }
    if (const auto* real = std::get_if<double>(&value)) {
      check_real(*real);
      return sqlite3_bind_double(handle, index, *real);
    }
    if (const auto* text = std::get_if<std::string_view>(&value)) {
      check_text(*text);
      const char* bytes = text->data() == nullptr ? "" : text->data();
      return sqlite3_bind_text64(handle, index, bytes, text->size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    return sqlite3_bind_null(handle, index);
  }

  /// From the cache; the statement used longest ago goes when it is full.
  Statement& prepared(std::string_view sql) {
    if (const auto found = index_.find(sql); found != index_.end()) {
      statements_.splice(statements_.begin(), statements_, found->second);
      return found->second->second;
    }
    Statement statement = prepare(sql);
    if (statements_.size() == kStatementsMax) {
      index_.erase(statements_.back().first);
      statements_.pop_back();
    }
    statements_.emplace_front(std::string(sql), std::move(statement));
    index_.emplace(statements_.front().first, statements_.begin());
    return statements_.front().second;
  }

  Statement prepare(std::string_view sql) {
    sqlite3_stmt* handle = nullptr;
    const char* tail = nullptr;
    const int status = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &handle, &tail);
    Statement statement;
    statement.handle.reset(handle);
    if (status != SQLITE_OK) fail(status);
    const std::string_view rest(tail, static_cast<std::size_t>(sql.data() + sql.size() - tail));
    check(handle != nullptr && trim(rest).empty(), "exactly one statement is expected");
    for (int i = 1; i <= sqlite3_bind_parameter_count(handle); ++i) {
      const char* name = sqlite3_bind_parameter_name(handle, i);
      check(name != nullptr && name[0] == '$', "parameters are written $1, $2, ...");
      const int number = std::atoi(name + 1);
      check(number >= 1, "parameters are written $1, $2, ...");
      statement.parameters.push_back(number);
      statement.parameter_max = std::max(statement.parameter_max, number);
    }
    check(statement.parameters.size() == static_cast<std::size_t>(statement.parameter_max),
          "a statement leaves out one of its parameters");
    return statement;
  }

  using Entry = std::pair<std::string, Statement>;

  DatabaseHandle db_;
  std::list<Entry> statements_;  // the one used last is first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> index_;
};

class SqliteBackend : public Backend {
 public:
  SqliteBackend(std::filesystem::path file, double busy_timeout_s)
      : file_(std::move(file)), busy_timeout_s_(busy_timeout_s) {
    make_private_file();
  }

  std::unique_ptr<Connection> connect(Access access) override {
    return std::make_unique<SqliteConnection>(file_, access, busy_timeout_s_);
  }

  void copy_to(const std::filesystem::path& file) override {
    if (std::filesystem::exists(file)) {
      throw Error(Code::kAlreadyExists, "A file is there already: " + file.string() + ".");
    }
    const std::unique_ptr<PendingFile> pending = FileSystem::system().create(file);
    SqliteConnection source(file_, Access::kWrite, busy_timeout_s_);
    // VACUUM INTO wants an empty or absent file, and the rights of the copy are those of the file
    // that is there.
    ::chmod(pending->path().c_str(), 0600);
    const std::string target = pending->path().string();
    const Value values[] = {target};
    source.execute("VACUUM INTO $1", values);
    if (!pending->publish_if_absent()) {
      throw Error(Code::kAlreadyExists, "A file is there already: " + file.string() + ".");
    }
  }

  void checkpoint(Connection& writer) override {
    writer.query("PRAGMA wal_checkpoint(PASSIVE)", {});
  }

  std::filesystem::path backup_file(std::int64_t version) const override {
    return file_.string() + ".v" + std::to_string(version) + ".backup";
  }

  std::string place() const override { return file_.string(); }

 private:
  /// The store holds sealed secrets and everybody's names: nobody else reads it.
  void make_private_file() {
    const std::filesystem::path directory =
        file_.has_parent_path() ? file_.parent_path() : std::filesystem::path(".");
    std::error_code ignored;
    std::filesystem::create_directories(directory, ignored);
    const FileDescriptor file(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) {
      throw Error(Code::kUnavailable,
                  "The metadata store cannot be opened: " + file_.string() + ": " +
                      std::strerror(errno) + ".",
                  "Check the folder and its owner.");
    }
    struct stat status {};
    if (::fstat(file.get(), &status) == 0 && status.st_size == 0) {
      FileSystem::system().sync_directory(directory);
    }
  }

  std::filesystem::path file_;
  double busy_timeout_s_;
};

}  // namespace

std::unique_ptr<Backend> make_sqlite_backend(const std::filesystem::path& file,
                                             double busy_timeout_s) {
  return std::make_unique<SqliteBackend>(file, busy_timeout_s);
}

}  // namespace tarn::meta::detail
